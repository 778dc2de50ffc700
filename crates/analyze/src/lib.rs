//! Analyses of MMIO traces.

pub mod seqs;
pub mod stream;

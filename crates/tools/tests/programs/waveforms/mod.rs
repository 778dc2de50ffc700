//! Readers of waveforms and tracks that share no code with our writers.

pub(crate) mod perfetto;
pub(crate) mod vcd;

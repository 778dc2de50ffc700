//! Analyses of MMIO traces.

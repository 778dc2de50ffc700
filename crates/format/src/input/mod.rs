//! Opens what a trace is read from.

//! Traces in the forms of other people's viewers: waveforms ([`vcd`]) for GTKWave and PulseView, tracks
//! ([`perfetto`]) for Perfetto.

mod clock;
mod look;
mod losses;
mod perfetto;
mod sink;
mod vcd;

pub use clock::{Clock, Shift};
pub use losses::{Losses, Lost};
pub use perfetto::perfetto;
pub use vcd::{MOST_REGISTERS, vcd};

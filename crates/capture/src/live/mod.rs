//! Recording from the running kernel, and leaving it as it was.
//!
//! [`check`] says beforehand why it would not work.
//! [`record`] sets the tracer up and puts everything back, from a [`State`] that is on disk before anything is changed;
//! after a recorder that was killed, [`restore`] does.
//! Meanwhile one thread empties the kernel's buffers, another one orders, compresses and writes, and the calling one
//! runs the command, shows an [`Observer`] how it goes on, and waits for the end.

mod attend;
mod checks;
mod drain;
mod facts;
mod intake;
mod observer;
mod options;
mod pace;
mod record;
mod session;
mod state;
#[cfg(test)]
mod tests;
mod threads;

pub use crate::kernel::roots::Roots;
pub use crate::tracers::Source;
pub use intake::Recorded;
pub use observer::{Observer, Progress};
pub use options::Options;
pub use record::{Checked, Outcome, check, mark, record};
pub use session::restore;
pub use state::State;

//! Recording from the running kernel, and leaving it as it was.
//!
//! [`checks`] say beforehand why it would not work; [`session`] sets the tracer up and puts everything back, from a
//! [`state`] that is on disk before anything is changed; a [`drain`] thread empties the kernel's buffer; an
//! [`intake`] thread orders, compresses and writes; meanwhile the command runs and the end is waited for.

mod attend;
pub mod checks;
pub mod drain;
pub mod facts;
pub mod intake;
pub mod mmiotap;
pub mod mmiotrace;
mod pace;
pub mod pci_slot;
pub mod progress;
pub mod record;
pub mod roots;
pub mod session;
pub mod state;
mod threads;
pub mod tracefs;

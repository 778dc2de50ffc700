//! The files in which the kernel shows itself and is driven: tracefs, CPUs and PCI devices.

pub(crate) mod busy;
pub(crate) mod cpus;
pub(crate) mod mount;
pub(crate) mod pci_slot;
pub(crate) mod roots;
pub(crate) mod tracefs;

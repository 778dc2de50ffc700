//! Where the kernel shows itself. Parameters, so that a tree of plain files can stand in for it.

use std::path::{Path, PathBuf};

/// The folders that recording reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// The mounted tracefs.
    pub tracefs: PathBuf,
    /// `/proc`
    pub proc: PathBuf,
    /// `/sys`
    pub sys: PathBuf,
    /// `/run`, where the state of a recording is kept.
    pub run: PathBuf,
}

impl Roots {
    /// This machine's. tracefs is where it is mounted already, else where [`Roots::private_tracefs`] would be.
    pub fn of_machine() -> Roots {
        let run = PathBuf::from("/run");
        let places = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].map(PathBuf::from);
        let private = run.join(PRIVATE);
        let mounted = places.into_iter().find(|place| place.join("current_tracer").exists());
        Roots { tracefs: mounted.unwrap_or(private), proc: "/proc".into(), sys: "/sys".into(), run }
    }

    /// Where tracefs is mounted by us when nobody else did.
    pub fn private_tracefs(&self) -> PathBuf {
        self.run.join(PRIVATE)
    }

    /// A PCI device's folder.
    pub fn pci_device(&self, slot: &str) -> PathBuf {
        self.sys.join("bus/pci/devices").join(slot)
    }

    /// The file that holds the state of a recording.
    pub fn state_file(&self) -> PathBuf {
        self.run.join("mmio-capture.state")
    }
}

const PRIVATE: &str = "mmio-capture.tracefs";

/// The content of a small file of the kernel without blanks around it; `None` when it cannot be read.
pub fn peek(path: impl AsRef<Path>) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

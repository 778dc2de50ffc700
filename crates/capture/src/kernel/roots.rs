//! The folders in which the kernel shows itself: parameters, so that a tree of plain files can stand in for them.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::pci::PciAddress;

/// The folders that recording reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// The folder where tracefs is mounted.
    pub tracefs: PathBuf,
    /// The folder `/proc`.
    pub proc: PathBuf,
    /// The folder `/sys`.
    pub sys: PathBuf,
    /// The folder `/lib/modules`.
    pub modules: PathBuf,
    /// The folder `/run`, where the state of a recording is kept.
    pub run: PathBuf,
}

impl Roots {
    /// The folders of this machine.
    /// tracefs is where it is mounted already, else where a recording mounts it, under `/run`.
    pub fn of_machine() -> Roots {
        let run = PathBuf::from("/run");
        let places = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].map(PathBuf::from);
        let private = run.join(PRIVATE);
        let mounted = places.into_iter().find(|place| place.join("current_tracer").exists());
        Roots {
            tracefs: mounted.unwrap_or(private),
            proc: "/proc".into(),
            sys: "/sys".into(),
            modules: "/lib/modules".into(),
            run,
        }
    }

    /// The kernel's tracer that is in use, `nop` without any.
    /// `None` when tracefs is not mounted or cannot be read.
    pub fn current_tracer(&self) -> Option<String> {
        peek(self.tracefs.join("current_tracer"))
    }

    /// The folder where tracefs is mounted by us when it is mounted nowhere else.
    pub(crate) fn private_tracefs(&self) -> PathBuf {
        self.run.join(PRIVATE)
    }

    /// The folder of a PCI device.
    pub(crate) fn pci_device(&self, address: PciAddress) -> PathBuf {
        self.sys.join("bus/pci/devices").join(address.to_string())
    }

    /// The folder of a driver of PCI devices.
    pub(crate) fn pci_driver(&self, name: &str) -> PathBuf {
        self.sys.join("bus/pci/drivers").join(name)
    }

    /// The file that holds the state of a recording.
    pub(crate) fn state_file(&self) -> PathBuf {
        self.run.join("mmio-capture.state")
    }
}

const PRIVATE: &str = "mmio-capture.tracefs";

/// Bytes of a file of the kernel that are read at once.
const PIECE: usize = 64 << 10;
/// Most bytes of a file of the kernel that are read.
const MOST: usize = 4 << 20;

/// The content of a file of the kernel, without blanks around it.
///
/// The first read is a large one: header_page and header_event give everything to the first read and nothing
/// to the next.
///
/// # Errors
/// [`Error::Trace`].
pub(crate) fn read(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
    let (mut bytes, mut filled) = (Vec::new(), 0);
    while filled < MOST {
        bytes.resize(filled + PIECE, 0);
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io("cannot read", path, e)),
        }
    }
    Ok(String::from_utf8_lossy(&bytes[..filled]).trim().to_owned())
}

/// The content as [`read`] gives it, which is `None` when the file cannot be read.
pub(crate) fn peek(path: impl AsRef<Path>) -> Option<String> {
    read(path.as_ref()).ok()
}

/// Writes a file of the kernel, in one write and without a line end.
///
/// # Errors
/// [`Error::Trace`].
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let written =
        OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|e| Error::io("cannot write", path, e))
}

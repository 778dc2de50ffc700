//! Where the kernel shows itself. Parameters, so that a tree of plain files can stand in for it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::pci::PciAddress;

/// The folders that recording reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// The mounted tracefs.
    pub tracefs: PathBuf,
    /// `/proc`
    pub proc: PathBuf,
    /// `/sys`
    pub sys: PathBuf,
    /// `/lib/modules`
    pub modules: PathBuf,
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
        Roots {
            tracefs: mounted.unwrap_or(private),
            proc: "/proc".into(),
            sys: "/sys".into(),
            modules: "/lib/modules".into(),
            run,
        }
    }

    /// Where tracefs is mounted by us when nobody else did.
    pub fn private_tracefs(&self) -> PathBuf {
        self.run.join(PRIVATE)
    }

    /// A PCI device's folder.
    pub fn pci_device(&self, address: PciAddress) -> PathBuf {
        self.sys.join("bus/pci/devices").join(address.to_string())
    }

    /// The file that holds the state of a recording.
    pub fn state_file(&self) -> PathBuf {
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
pub fn read(path: &Path) -> Result<String> {
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

/// [`read`], where it is no error that a file is not there.
pub fn peek(path: impl AsRef<Path>) -> Option<String> {
    read(path.as_ref()).ok()
}

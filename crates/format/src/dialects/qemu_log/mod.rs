//! QEMU's trace log: `memory_region_ops_*`, `vfio_region_*`, and what stands around them.
//!
//! The formats are those of QEMU's files `trace-events` (system/, formerly softmmu/ and the top folder; hw/vfio/;
//! hw/pci/), as its log backend prints them. An event may stand in the middle of a line: before it comes a stamp or
//! other output, and the guest's serial port may break in after it.

mod config;
mod memory_region;
mod simple;
mod stamp;
mod vfio;

use std::io;

use memchr::memmem;

use super::scan::Scan;
use super::{Dialect, Options, Reader, Sink, Window, lines};

pub(super) use simple::DIALECT as SIMPLE;

pub(super) const DIALECT: Dialect = Dialect {
    name: "qemu-log",
    about: "QEMU's trace log: memory_region_ops_*, vfio_region_*",
    is_headed: false,
    sniff,
    make: |options, start| Box::new(QemuLog::new(options, start)),
};

/// What a stamp before an event says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamp {
    pub(super) time: Option<u64>,
    /// The thread.
    pub(super) tid: Option<u32>,
}

/// Events by how their names begin.
const FAMILIES: [(&[u8], Family); 3] =
    [(b"memory_region_", Family::MemoryRegion), (b"vfio_", Family::Vfio), (b"pci_cfg_", Family::PciConfig)];

#[derive(Clone, Copy, Debug)]
enum Family {
    MemoryRegion,
    Vfio,
    PciConfig,
}

/// What became of an event.
pub(super) enum Outcome<'a> {
    /// It was taken, and this is the rest of the text.
    Taken(&'a [u8]),
    /// It is an event of another name.
    Other,
    /// It is one of ours and cannot be read.
    Broken,
}

/// A reader of the events of QEMU, wherever they stand.
pub(super) struct Events {
    memory_region: memory_region::MemoryRegion,
    vfio: vfio::Vfio,
    config: config::Config,
}

/// The class of accesses that have no region since there are too many.
pub(super) const TOO_MANY: &str = "accesses of more regions than are followed";

impl Events {
    pub(super) fn new(options: &Options, start: &[u8]) -> Events {
        Events {
            memory_region: memory_region::MemoryRegion::new(options, start),
            vfio: vfio::Vfio::default(),
            config: config::Config::default(),
        }
    }

    /// Reads the event that `text` begins with, if it begins with the name of one.
    pub(super) fn event<'a>(&mut self, text: &'a [u8], stamp: Stamp, to: &mut Sink) -> Outcome<'a> {
        let family = FAMILIES.iter().find(|(begin, _)| text.starts_with(begin));
        match family.map(|(_, family)| family) {
            Some(Family::MemoryRegion) => self.memory_region.event(text, stamp, to),
            Some(Family::Vfio) => self.vfio.event(text, stamp, &mut self.config, to),
            Some(Family::PciConfig) => self.config.event(text, to),
            None => Outcome::Other,
        }
    }
}

/// A reader of the log.
struct QemuLog {
    events: Events,
    names: [memmem::Finder<'static>; 3],
}

impl QemuLog {
    fn new(options: &Options, start: &[u8]) -> QemuLog {
        QemuLog {
            events: Events::new(options, start),
            names: FAMILIES.map(|(name, _)| memmem::Finder::new(name)),
        }
    }

    /// Where in `line` the first event begins.
    fn find(&self, line: &[u8]) -> Option<usize> {
        self.names.iter().filter_map(|name| name.find(line)).min()
    }

    fn line(&mut self, line: &[u8], to: &mut Sink) {
        let (mut rest, mut taken, mut others) = (line, 0, 0);
        while let Some(at) = self.find(rest) {
            let (before, event) = rest.split_at(at);
            match self.events.event(event, stamp::read(before), to) {
                Outcome::Taken(behind) => (rest, taken) = (behind, taken + 1),
                // Another event, or a name of ours within another word.
                Outcome::Other => (rest, others) = (&event[1..], others + 1),
                Outcome::Broken => return to.unparsed(line),
            }
        }
        if taken == 0 && others > 0 {
            to.tally.add("other events of QEMU", 1);
        } else if taken == 0 && !line.trim_ascii().is_empty() {
            to.tally.add("lines that are no events", 1);
        }
    }
}

impl Reader for QemuLog {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        lines(from, to, |line, to| self.line(line, to))
    }
}

/// Whether a line of `start` is an access that QEMU logged.
pub(super) fn sniff(start: &[u8]) -> bool {
    start.split(|&byte| byte == b'\n').any(|line| {
        let event = |name: &[u8]| memmem::find(line, name).map(|at| &line[at..]);
        let is_memory = event(b"memory_region_").is_some_and(memory_region::is_event);
        is_memory || event(b"vfio_region_").is_some_and(vfio::is_access)
    })
}

/// The place in `scan` after the name of an event, if it begins with it: a blank or more follow.
fn named(scan: &mut Scan<'_>, name: &[u8]) -> Option<()> {
    scan.word(name)?;
    scan.word(b" ")?;
    scan.blanks();
    Some(())
}

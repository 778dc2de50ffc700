//! What an input is that is not a trace: recognised by its first bytes and lines, and named in a sentence.
//!
//! A kind is a [`Foreign`] with its sentence. Files are known by their bytes, texts by a property of their lines: what
//! most of them are. A dialect that becomes readable leaves the list.

mod bytes;
mod lines;

use std::fmt;

use crate::survey::Survey;

pub(crate) use lines::is_version;

/// Bytes of an input that are looked at.
pub(crate) const START: usize = 64 << 10;
/// Lines without a record on each record, from which on a text is not a log any more.
const LINES_A_RECORD: u64 = 20;

/// A kind of input that is not a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Foreign {
    Zip,
    Tar,
    SevenZip,
    Compress,
    Lz4,
    Lzip,
    Utf16,
    RingPages,
    PerfData,
    PrefixedLog,
    QuotedLog,
    QemuLog,
    Events,
    OwnJson,
    PciList,
    EventFormats,
    WebPage,
    KernelLog,
    EmptyLog,
    OtherTracer,
    Empty,
    Binary,
    Text,
    MostlyText,
    NoRecord,
}

impl Foreign {
    /// A sentence: what the input is, and what to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Foreign::Zip => "this is a zip archive: give the log that is in it, as `unzip -p` writes it",
            Foreign::Tar => "this is a tar archive: unpack it with `tar -xf`, and give the log that is in it",
            Foreign::SevenZip => "this is a 7z archive: unpack it, and give the log that is in it",
            Foreign::Compress => "this is compressed by compress: give what `zcat` writes",
            Foreign::Lz4 => "this is compressed by lz4: give what `lz4 -dc` writes",
            Foreign::Lzip => "this is compressed by lzip: give what `lzip -dc` writes",
            Foreign::Utf16 => "this is text in UTF-16: give what `iconv -f UTF-16 -t UTF-8` writes",
            Foreign::RingPages => {
                "these are raw pages of the kernel's ring buffer: `mmio-capture --from` reads them"
            }
            Foreign::PerfData => {
                "this is a recording of perf, which is not read: give what `perf script` prints of it"
            }
            Foreign::PrefixedLog => {
                "this is a log in which something stands before each record (a time stamp of dmesg or journald, a line \
                 number, spaces): cut that off, as \
                 `sed -E 's/^.*[^A-Z](([RW] [1248]|MAP|UNMAP|UNKNOWN|MARK|PCIDEV|VERSION) )/\\1/'` does"
            }
            Foreign::QuotedLog => {
                "this is a log that is quoted in a mail: cut the quotation marks off, as `sed -E 's/^[>| ]+//'` does, \
                 and join lines that were wrapped"
            }
            Foreign::QemuLog => {
                "this is QEMU's trace log, and no access in it: switch memory_region_ops_* or vfio_region_* on, as \
                 `-trace 'memory_region_ops_*'` does"
            }
            Foreign::Events => {
                "these are events of the kernel of which none is known to be an access: say of those that are what their \
                 fields mean, as `--event 'my_wr: W addr=offset value=val'` does"
            }
            Foreign::OwnJson => {
                "this is what an analysis wrote with `--format json`: give the trace that it was made of"
            }
            Foreign::PciList => {
                "this is a list of PCI devices: it goes with a log, as in `mmio-capture --from LOG --pci LIST`"
            }
            Foreign::EventFormats => {
                "these are descriptions of events: they go with raw pages, as in `mmio-capture --from PAGES --formats FILE`"
            }
            Foreign::WebPage => "this is a web page: save the log itself, not the page that shows it",
            Foreign::KernelLog => {
                "this is the kernel's log, and no record of a trace in it: the tracer's records are in tracefs \
                 (`cat trace_pipe`); mmio-capture records them"
            }
            Foreign::EmptyLog => {
                "the tracer has printed no record of a trace: nothing was mapped while it was on, or trace_pipe has been \
                 read already; load the driver while it is on"
            }
            Foreign::OtherTracer => {
                "there is no record of a trace in it, and the tracer was another one: it must be mmiotrace, as \
                 `echo mmiotrace > current_tracer` makes it"
            }
            Foreign::Empty => "there is no record of a trace in it, and nothing else either",
            Foreign::Binary => {
                "there is no record of a trace in it: these are bytes of a kind that is not known"
            }
            Foreign::Text => {
                "there is no record of a trace in it: a log's lines begin with R, W, MAP, PCIDEV or VERSION"
            }
            Foreign::MostlyText => {
                "hardly a line of it is a record of a trace: cut the log out, as \
                 `grep -E '^(R|W|MAP|UNMAP|UNKNOWN|MARK|PCIDEV|VERSION) '` does"
            }
            Foreign::NoRecord => "there is no record of a trace in it",
        }
    }

    /// The kind of an input that starts with `start`, decompressed, as far as its bytes and lines show it.
    pub fn of(start: &[u8]) -> Option<Foreign> {
        Foreign::look(start).0
    }

    /// The kind as [`Foreign::of`] gives it, and whether the lines say that it is a log of mmiotrace.
    fn look(start: &[u8]) -> (Option<Foreign>, bool) {
        bytes::kind(start).map_or_else(|| lines::kind(start), |kind| (Some(kind), false))
    }

    /// Whether a log may follow after a start of this kind, as after a report of the machine that made it; after an empty
    /// one, damage may.
    const fn may_precede(self) -> bool {
        use Foreign::{Binary, Empty, EmptyLog, EventFormats, KernelLog, OtherTracer, PciList, WebPage};
        matches!(self, Binary | Empty | EmptyLog | EventFormats | KernelLog | OtherTracer | PciList | WebPage)
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// The looks of an input: what is known of its kind before it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    is_text: bool,
    start: Option<Foreign>,
    /// Whether most of what its first lines tell is a trace.
    is_a_log: bool,
}

impl Looks {
    /// The looks of a text that starts with `start`.
    pub(super) fn of_text(start: &[u8]) -> Looks {
        let (kind, is_a_log) = match start {
            [] => (Some(Foreign::Empty), false),
            _ => Foreign::look(start),
        };
        Looks { is_text: true, start: kind, is_a_log }
    }

    /// Whether it starts as a log of mmiotrace does, rather than as nothing that is known.
    pub(super) fn is_a_log(self) -> bool {
        self.is_a_log
    }

    /// The kind, where the start is enough to be sure of it.
    pub fn certain(self) -> Option<Foreign> {
        self.start.filter(|kind| !kind.may_precede())
    }

    /// The kind of an input that was read to its end: nothing for a trace.
    pub fn judge(self, survey: &Survey) -> Option<Foreign> {
        let records = survey.of_a_trace();
        match (self.is_text, records) {
            (true, 0) => Some(self.start.unwrap_or(Foreign::Text)),
            (false, 0) => Some(Foreign::NoRecord),
            (true, _) if survey.unparsed() / LINES_A_RECORD > records => Some(Foreign::MostlyText),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

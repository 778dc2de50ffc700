//! Facts about a recording as a whole: an open list of keys and values.

use super::layout::{Bytes, put};

/// Facts about one capture: kernel, machine, tracer, devices.
///
/// Any key may appear, also more than once; values are bytes. Several recording sections of the same number
/// add up, so that what is known only at the end (the end time) can follow the blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Number of the recording in its file, from 0; the writer sets it.
    pub number: u32,
    /// Keys and values in order.
    pub entries: Vec<(String, Vec<u8>)>,
}

/// Names of keys with a meaning. Others may be used as well.
pub mod key {
    /// Kernel release and version, as `uname -rv` prints them.
    pub const KERNEL: &str = "kernel";
    /// Host name and hardware, as far as the user wants them known.
    pub const MACHINE: &str = "machine";
    /// The kernel's command line.
    pub const COMMAND_LINE: &str = "command_line";
    /// The tracer: `mmiotrace`, or the module with its version.
    pub const TRACER: &str = "tracer";
    /// The trace clock, as `trace_clock` names it.
    pub const CLOCK: &str = "clock";
    /// One device: domain (4 hexadecimal digits, more where it needs them), a space, subsystem vendor and device (4 digits
    /// each, zeros where not known), a space, its line of `/proc/bus/pci/devices` without the line end.
    pub const PCI_DEVICE: &str = "pci_device";
    /// Names of the columns that the tracer fills, with spaces between: `pc cpu pid caller sequence`. In columns that are
    /// not named, 0 means "not known".
    pub const FIELDS: &str = "fields";
    /// The contents of `/proc/modules`.
    pub const MODULES: &str = "modules";
    /// The contents of `/proc/iomem`.
    pub const IOMEM: &str = "iomem";
    /// Start of the recording: nanoseconds since 1970 UTC, decimal.
    pub const START: &str = "start";
    /// End of the recording: nanoseconds since 1970 UTC, decimal.
    pub const END: &str = "end";
    /// The program that wrote the file, with its version.
    pub const TOOL: &str = "tool";
    /// The log that was read, where it is not one of mmiotrace: a name, and what stands in it.
    pub const SOURCE: &str = "source";
    /// The value of [`CLOCK`] for a log that has no times: all are 0.
    pub const NO_CLOCK: &str = "none";
    /// A named range of physical addresses: base and length in hexadecimal digits and the name, with spaces between.
    pub const REGION: &str = "region";
    /// A register that a log names: its region as in [`REGION`] with `_` for blanks, the offset in hexadecimal digits, and
    /// the name, with spaces between. In a region of which the log gives addresses, the offset is the address.
    pub const REGISTER: &str = "register";
    /// What of a log became no record, or was changed: a decimal number, a space, and the plural of what it counts.
    pub const LEFT_OUT: &str = "left_out";
    /// What is to be known of the records, as a sentence without its end.
    pub const NOTE: &str = "note";
    /// What a repair could not bring over, as a sentence.
    pub const REPAIR: &str = "repair";
}

impl Recording {
    /// Appends a fact.
    pub fn push(&mut self, key: &str, value: impl Into<Vec<u8>>) {
        self.entries.push((key.to_owned(), value.into()));
    }

    /// The first value of `key`.
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.entries.iter().find(|e| e.0 == key).map(|e| &e.1[..])
    }

    /// Bytes of all keys and values.
    pub(super) fn size(&self) -> usize {
        self.entries.iter().map(|e| e.0.len() + e.1.len()).sum()
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        put(out, u64::from(self.number));
        for (key, value) in &self.entries {
            put(out, key.len() as u64);
            out.extend_from_slice(key.as_bytes());
            put(out, value.len() as u64);
            out.extend_from_slice(value);
        }
    }

    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let mut b = Bytes(payload);
        let mut recording = Self { number: b.number32()?, entries: Vec::new() };
        while !b.0.is_empty() {
            let length = usize::try_from(b.number()?).ok()?;
            let key = std::str::from_utf8(b.take(length)?).ok()?.to_owned();
            let length = usize::try_from(b.number()?).ok()?;
            recording.entries.push((key, b.take(length)?.to_vec()));
        }
        Some(recording)
    }
}

/// A section that this version does not know, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Kind of the section.
    pub tag: [u8; 4],
    /// Reserved for later versions.
    pub flags: u32,
    /// Bytes of the section.
    pub payload: Vec<u8>,
}

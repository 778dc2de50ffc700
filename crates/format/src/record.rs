//! What a record is: the kind of a line or item of a trace.

/// The kind of a record, one byte in the container.
///
/// A number this version has no name for is kept as it is, so that a file of a newer
/// minor version survives a conversion.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(transparent)]
pub struct Kind(pub u8);

/// What an access does. As a number it is the [`Kind`] of its record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Op {
    /// The driver reads a register.
    #[default]
    Read = 0,
    /// The driver writes a register.
    Write = 1,
    /// The tracer could not decode the instruction.
    Unknown = 2,
}

impl Op {
    /// `R`, `W` or `?`.
    pub const fn letter(self) -> char {
        match self {
            Op::Read => 'R',
            Op::Write => 'W',
            Op::Unknown => '?',
        }
    }
}

impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Write::write_char(f, self.letter())
    }
}

impl Kind {
    /// `R`: the driver read a device register.
    pub const READ: Kind = Kind(0);
    /// `W`: the driver wrote a device register.
    pub const WRITE: Kind = Kind(1);
    /// `UNKNOWN`: an access by an instruction that the tracer could not decode.
    pub const UNKNOWN: Kind = Kind(2);
    /// `MAP`: a physical range was mapped.
    pub const MAP: Kind = Kind(3);
    /// `UNMAP`: a mapping went away.
    pub const UNMAP: Kind = Kind(4);
    /// `MARK`: text that a user or a program wrote into the trace.
    pub const MARKER: Kind = Kind(5);
    /// `CPU:0 [LOST n EVENTS]`: the kernel's buffer overflowed here.
    pub const LOST: Kind = Kind(6);
    /// `PCIDEV`: a PCI device with its BARs and driver.
    pub const PCI_DEVICE: Kind = Kind(7);
    /// `VERSION`: the version of the text log.
    pub const VERSION: Kind = Kind(8);
    /// `LSPCI`: a line of lspci's output.
    pub const LSPCI: Kind = Kind(9);
    /// A line that starts with `#`.
    pub const COMMENT: Kind = Kind(10);
    /// Bytes that are none of the above, with their own line end.
    pub const RAW: Kind = Kind(11);

    /// A read, a write or an UNKNOWN: what `index` counts.
    #[inline]
    pub fn is_access(self) -> bool {
        self.0 <= Self::UNKNOWN.0
    }

    /// Whether a record of this kind has a time of its own.
    #[inline]
    pub fn is_timed(self) -> bool {
        self.0 <= Self::LOST.0
    }

    /// The operation of an access; `None` for other kinds.
    #[inline]
    pub const fn op(self) -> Option<Op> {
        match self {
            Kind::READ => Some(Op::Read),
            Kind::WRITE => Some(Op::Write),
            Kind::UNKNOWN => Some(Op::Unknown),
            _ => None,
        }
    }

    /// The kind in words, as JSON names it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::READ | Kind::WRITE => "access",
            Kind::UNKNOWN => "unknown",
            Kind::MAP => "map",
            Kind::UNMAP => "unmap",
            Kind::MARKER => "marker",
            Kind::LOST => "lost",
            Kind::PCI_DEVICE => "pci_device",
            Kind::VERSION => "version",
            Kind::LSPCI => "lspci",
            Kind::COMMENT => "comment",
            Kind::RAW => "raw",
            _ => "other",
        }
    }
}

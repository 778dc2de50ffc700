//! What can go wrong, with its place.

use std::path::PathBuf;

use crate::input::Foreign;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An error that ends the work. What is merely missing from a file is a [`Damage`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("{}: {action}", path.display())]
    Io {
        /// What was being done, as in "cannot read".
        action: &'static str,
        /// The file, `-` for standard input and output.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The bytes are not what they should be.
    #[error("{what} at {place}")]
    Data {
        /// What was expected and what was found.
        what: String,
        /// Place of the bytes.
        place: Position,
    },
    /// Something was asked for that the trace does not have.
    #[error("{0}")]
    Request(String),
    /// The input is not a trace.
    #[error("{}: {kind}", path.display())]
    NotATrace {
        /// The file.
        path: PathBuf,
        /// What it is, and what to do.
        kind: Foreign,
    },
    /// The file needs a newer program.
    #[error("{}: format version {found}, this program reads versions up to {known}", path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// Major version of the file.
        found: u16,
        /// Highest major version known here.
        known: u16,
    },
}

impl Error {
    /// An output refused what was written to it; `-` is standard output.
    pub fn write(path: impl Into<PathBuf>, source: std::io::Error) -> Error {
        Error::Io { action: "cannot write", path: path.into(), source }
    }
}

/// A place in an input. What is not known is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Offset in the file, in bytes.
    pub byte: Option<u64>,
    /// Line number from 1, for text.
    pub line: Option<u64>,
    /// Block number from 0, for containers.
    pub block: Option<u64>,
    /// Record number from 0.
    pub record: Option<u64>,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts =
            [("line", self.line), ("block", self.block), ("record", self.record), ("byte", self.byte)];
        let mut separator = "";
        for (name, number) in parts {
            if let Some(number) = number {
                write!(f, "{separator}{name} {number}")?;
                separator = ", ";
            }
        }
        if separator.is_empty() { f.write_str("an unknown place") } else { Ok(()) }
    }
}

/// Something that is missing from an input whose rest could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Cut short, or changed in the middle.
    pub kind: DamageKind,
    /// Description of the damage.
    pub what: String,
    /// Place where the damage begins.
    pub place: Position,
}

/// How an input is incomplete; also the word that the tools print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageKind {
    /// The input ends too early.
    Truncated,
    /// The input's bytes are wrong.
    Damaged,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self.kind {
            DamageKind::Truncated => "truncated",
            DamageKind::Damaged => "damaged",
        };
        write!(f, "{word} at {}: {}", self.place, self.what)
    }
}

impl std::error::Error for Damage {}

impl Damage {
    /// The damage that a reader of [`crate::input`] reports through `error`, if it is one.
    pub fn of(error: &std::io::Error) -> Option<&Damage> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Damage> for std::io::Error {
    fn from(damage: Damage) -> Self {
        let kind = match damage.kind {
            DamageKind::Truncated => std::io::ErrorKind::UnexpectedEof,
            DamageKind::Damaged => std::io::ErrorKind::InvalidData,
        };
        std::io::Error::new(kind, damage)
    }
}

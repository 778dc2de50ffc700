//! What can go wrong.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An error that ends the work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading an input or writing the container.
    #[error(transparent)]
    Trace(#[from] mmio_format::Error),
    /// A description of events or pages is not what it should be.
    #[error("{}: {what}", path.display())]
    Formats {
        /// Where it comes from.
        path: PathBuf,
        /// What was expected and what was found, with the line where there is one.
        what: String,
    },
    /// What was asked for cannot be done; the sentence says why and what helps.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// The operating system refused something.
    pub fn io(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Error {
        Error::Trace(mmio_format::Error::Io { action, path: path.into(), source })
    }
}

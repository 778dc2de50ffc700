//! The errors of this crate.

use std::path::PathBuf;

/// The result of what can go wrong in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An error that ends the work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input could not be read, or the container not be written.
    #[error(transparent)]
    Trace(#[from] mmio_format::Error),
    /// A description of events, pages or devices is not what it should be.
    #[error("{}: {what}", path.display())]
    Formats {
        /// The file or folder of the description.
        path: PathBuf,
        /// What was expected and what was found, with the line where there is one.
        what: String,
    },
    /// A request cannot be done; the sentence says why and what helps.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// The error that the operating system refused something.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Error {
        Error::Trace(mmio_format::Error::Io { action, path: path.into(), source })
    }

    /// The error and its causes, in one sentence.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            text = format!("{text}: {next}");
            cause = next.source();
        }
        text
    }
}

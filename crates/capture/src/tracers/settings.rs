//! Settings of the kernel by name, which a state keeps so that they can be put back.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// Settings as they were before a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Keeps a value, which has no line end.
    pub(crate) fn put(&mut self, name: &str, value: impl ToString) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    /// The value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of this name, which must be there.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not.
    pub(crate) fn need(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| Settings::wrong(name))
    }

    /// The error that a value is missing, or not what it should be.
    pub(crate) fn wrong(name: &str) -> Error {
        Error::Refused(format!("the state of the recording has no usable `{name}`"))
    }

    /// Takes a value out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// The settings as lines: name, a space, value.
    pub(crate) fn to_text(&self) -> String {
        // A value with a line end in it must not become a line of its own.
        self.0.iter().map(|(name, value)| format!("{name} {}\n", value.replace('\n', " "))).collect()
    }

    /// Reads the settings of such lines.
    pub(crate) fn of_text(text: &str) -> Settings {
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Settings(lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

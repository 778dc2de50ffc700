//! What a container says of the log that its records come from, where that is not one of mmiotrace.

use crate::container::{Recording, key};

/// Most entries of a kind that are kept.
const MOST: usize = 1024;

/// The log that was read, and what is to be known of its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The dialect, and what stood in it; nothing for a log of mmiotrace.
    pub source: Option<String>,
    /// How much of what became no record, in the plural.
    pub left_out: Vec<(u64, String)>,
    /// What is to be known of the records, each a sentence without its end.
    pub notes: Vec<String>,
    /// Whether a recording has no times: those of its records are all 0.
    pub lacks_times: bool,
}

impl Origin {
    /// Takes what a recording's data says.
    pub fn add(&mut self, recording: &Recording) {
        for (name, value) in &recording.entries {
            let text = || String::from_utf8_lossy(value).into_owned();
            match name.as_str() {
                key::SOURCE => self.source = Some(text()),
                key::CLOCK => self.lacks_times |= value == key::NO_CLOCK.as_bytes(),
                key::LEFT_OUT if self.left_out.len() < MOST => self.left_out.extend(counted(&text())),
                key::NOTE if self.notes.len() < MOST => self.notes.push(text()),
                _ => {}
            }
        }
    }

    /// How many things of the log became no record.
    pub fn total_left_out(&self) -> u64 {
        self.left_out.iter().fold(0, |sum, (n, _)| sum.saturating_add(*n))
    }
}

/// `1204 accesses to I/O ports`
fn counted(text: &str) -> Option<(u64, String)> {
    let (n, what) = text.split_once(' ')?;
    Some((n.parse().ok()?, what.to_owned()))
}

//! Which part of a trace is looked at.

use std::ops::Range;

use crate::filter::Filter;

/// A part of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Accesses that do not pass are not seen.
    pub filter: Filter,
    /// Numbers of the records.
    pub records: Range<u64>,
}

/// All of a trace.
impl Default for Scope {
    fn default() -> Scope {
        Scope { filter: Filter::default(), records: 0..u64::MAX }
    }
}

impl Scope {
    /// All records that pass `filter`.
    pub fn of(filter: &Filter) -> Scope {
        Scope { filter: filter.clone(), ..Scope::default() }
    }

    /// Whether it is all of a trace.
    pub fn is_all(&self) -> bool {
        *self == Scope::default()
    }

    /// The same records, but those that pass `filter`.
    pub fn with(&self, filter: Filter) -> Scope {
        Scope { filter, records: self.records.clone() }
    }
}

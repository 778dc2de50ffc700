//! How an input is read.

use std::sync::Arc;

use super::{Dialect, EventRule};
use crate::places::Places;

/// What a user says of an input.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The dialect, where the user knows it better than its first bytes.
    pub dialect: Option<&'static Dialect>,
    /// Accesses to I/O ports are kept.
    pub ports: bool,
    /// Where devices lie, from files beside the log.
    pub places: Arc<Places>,
    /// Events of a driver's own, which are accesses.
    pub events: Vec<EventRule>,
}

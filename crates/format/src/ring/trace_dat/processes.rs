//! The names of processes, as `saved_cmdlines` has them.

use std::collections::HashMap;

use super::limits;

/// The process that runs when no other does; the kernel never names it.
const IDLE: (i32, &str) = (0, "<idle>");

/// The names of processes, by their ids.
#[derive(Debug, Default)]
pub(super) struct Processes(HashMap<i32, String>);

impl Processes {
    /// Reads lines of an id and a name, which may have spaces; others are passed over.
    pub(super) fn parse(text: &str) -> Processes {
        let entry = |line: &str| {
            let (pid, name) = line.trim_start().split_once(' ')?;
            Some((pid.parse().ok()?, name.to_owned()))
        };
        Processes(text.trim_end_matches('\0').lines().take(limits::PROCESSES).filter_map(entry).collect())
    }

    pub(super) fn comm(&self, pid: i32) -> Option<&str> {
        let found = self.0.get(&pid).map(String::as_str);
        found.or((pid == IDLE.0).then_some(IDLE.1))
    }
}

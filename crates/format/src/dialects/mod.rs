//! Logs of other tracers, read as the records that mmiotrace would have printed.
//!
//! A dialect is a file or folder here: it says whether the start of an input is of its kind, and reads it on into a sink,
//! which knows where regions lie, what was left out, and which times there are. Of every line something becomes: an access,
//! a marker, a count by class, or a line that is not parsed.

mod csv;
mod event_rule;
#[cfg(test)]
mod exported;
mod extents;
mod ftrace;
mod fuzzware;
mod jsonl;
mod kernel_events;
mod layout;
mod options;
mod panda;
mod places;
mod qemu_log;
mod register_names;
mod registers;
mod renode;
mod scan;
mod sink;
mod tally;
mod times;
mod trace_dat;
mod whole;
mod window;

use std::io;

pub use event_rule::EventRule;
#[doc(hidden)]
pub use kernel_events::KernelEvents;
pub use options::Options;
pub(crate) use sink::{Found, Sink};
pub use whole::read_all;
pub(crate) use window::Window;

/// A reader of one tracer's log.
pub(crate) trait Reader: Send {
    /// Reads on from `from` until `to` is full; `false` at the end of the input.
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool>;
}

/// A kind of log that can be read, beside the log of mmiotrace itself.
pub struct Dialect {
    /// The name for `--input`, and in the container.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Whether the first bytes alone say that an input is of this kind, whatever lines follow.
    is_headed: bool,
    /// Whether the start of an input is of this kind.
    sniff: fn(&[u8]) -> bool,
    make: fn(&Options, &[u8]) -> Box<dyn Reader>,
}

/// All dialects; the first that knows an input reads it.
pub static DIALECTS: &[Dialect] = &[
    qemu_log::SIMPLE,
    trace_dat::DIALECT,
    csv::DIALECT,
    jsonl::DIALECT,
    panda::DIALECT,
    ftrace::DIALECT,
    qemu_log::DIALECT,
    renode::DIALECT,
    fuzzware::DIALECT,
];

impl Dialect {
    /// The dialect of an input that begins with `start`, decompressed.
    pub fn of(start: &[u8]) -> Option<&'static Dialect> {
        DIALECTS.iter().find(|dialect| (dialect.sniff)(start))
    }

    /// The dialect of an input whose first bytes alone say what it is, whatever lines follow.
    pub(crate) fn of_head(start: &[u8]) -> Option<&'static Dialect> {
        let mut headed = DIALECTS.iter().filter(|dialect| dialect.is_headed);
        headed.find(|dialect| (dialect.sniff)(start))
    }

    /// The dialect of an input that begins with `start`, with what the user says of it.
    pub(crate) fn told(options: &Options, start: &[u8]) -> Option<&'static Dialect> {
        if ftrace::is_described(options, start) {
            return Dialect::named(ftrace::DIALECT.name);
        }
        Dialect::of(start)
    }

    /// The dialect with this name.
    pub fn named(name: &str) -> Option<&'static Dialect> {
        DIALECTS.iter().find(|dialect| dialect.name == name)
    }

    /// A reader of an input that begins with `start`.
    pub(crate) fn reader(&self, options: &Options, start: &[u8]) -> Box<dyn Reader> {
        (self.make)(options, start)
    }
}

impl std::fmt::Debug for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Reads lines on, each by `line`, until `to` is full or the input ends.
fn lines(from: &mut Window, to: &mut Sink, mut line: impl FnMut(&[u8], &mut Sink)) -> io::Result<bool> {
    while !to.is_full() {
        match from.line()? {
            Some(text) => line(text, to),
            None => return Ok(false),
        }
    }
    Ok(true)
}

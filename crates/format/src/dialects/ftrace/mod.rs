//! Text of ftrace's family: what tracefs (`trace`, `trace_pipe`), `trace-cmd report` and `perf script` print.
//!
//! A line is a task, a CPU, a time and an event ([`line`]). Some events are accesses: mmiotrace's own, those of the kernel's
//! accessors ([`rwmmio`]), of KVM ([`kvm`]), of regmap ([`regmap`]), of buses ([`hda`], [`i2c`]), those of many drivers
//! ([`table`]), and those that a user describes. Programs write lines of their own between them, which are markers, or
//! events of QEMU.

mod hda;
mod i2c;
mod kvm;
mod line;
mod mmiotrace;
mod other;
mod pattern;
mod regmap;
mod rwmmio;
pub(super) mod table;

use std::io;

use super::qemu_log::{self, Outcome};
use super::registers::{Devices, Fields, Told};
use super::{Dialect, EventRule, Options, Reader, Sink, Window, lines};
pub(super) use line::{Line, Origin};

pub(super) const DIALECT: Dialect = Dialect {
    name: "ftrace",
    about: "events as tracefs, trace-cmd report and perf script print them",
    is_headed: false,
    sniff,
    make: |options, start| Box::new(Ftrace { events: Events::new(options, start) }),
};

/// The class of events that say of an access what another one says.
const SECOND_EVENTS: &str = "second events of accesses that have two";
/// The class of events whose times are left out.
const COUNTED: &str = "events timed by a count that is not of seconds";
/// The function that writes markers, which stands before them.
const MARKER: &[u8] = b"tracing_mark_write:";
/// Most kinds of events that the source of a recording names.
const MAX_NAMES: usize = 12;

/// What can be read of an event.
#[derive(Debug)]
enum Event<'a> {
    Mmiotrace(mmiotrace::Event),
    Rwmmio(rwmmio::Event<'a>),
    Kvm(kvm::Event),
    Regmap(regmap::Event<'a>),
    Hda(hda::Event<'a>),
    I2c(i2c::Event<'a>),
    /// An event of a driver's own, with its name.
    Register(&'static str, Told<'a>),
    /// A transfer of SPI.
    Spi,
    /// What a program wrote into the trace.
    Marker(&'a [u8]),
    /// The head of a stack.
    Stack,
    Other,
}

impl<'a> Event<'a> {
    /// The event of a line; nothing where it is one of ours and cannot be read.
    #[inline]
    fn of(line: &Line<'a>) -> Option<Event<'a>> {
        let &Line { event: name, text, .. } = line;
        match name {
            b"mmiotrace_rw" | b"mmiotrace_map" => mmiotrace::Event::read(name, text).map(Event::Mmiotrace),
            b"rwmmio_read" | b"rwmmio_post_read" | b"rwmmio_write" | b"rwmmio_post_write" => {
                rwmmio::Event::read(name, text).map(Event::Rwmmio)
            }
            b"kvm_mmio" => kvm::Event::read(text).map(Event::Kvm),
            b"tracing_mark_write" => Some(Event::Marker(text)),
            // trace-cmd and perf print the name of the event before the function that it is of.
            b"print" => {
                let marker = text.strip_prefix(MARKER);
                Some(marker.map_or(Event::Other, |text| Event::Marker(text.trim_ascii_start())))
            }
            b"kernel_stack" | b"user_stack" => Some(Event::Stack),
            b"" if text.starts_with(b"<stack trace") || text.starts_with(b"<user stack trace") => {
                Some(Event::Stack)
            }
            _ if name.starts_with(b"regmap_") || name.starts_with(b"regcache_") => {
                regmap::Event::read(name, text).map(Event::Regmap)
            }
            b"hda_send_cmd" | b"hda_get_response" => hda::Event::read(name, text).map(Event::Hda),
            b"spi_transfer_start" | b"spi_transfer_stop" => Some(Event::Spi),
            _ if i2c::is_name(name) => i2c::Event::read(name, text).map(Event::I2c),
            _ => match table::Event::called(name) {
                [] => Some(Event::Other),
                events @ [event, ..] => {
                    let told = events.iter().find_map(|event| event.by_text(text));
                    told.map(|told| Event::Register(event.name, told))
                }
            },
        }
    }

    /// What the source of a recording is called that has such events.
    fn source(&self) -> Option<&'static str> {
        Some(match self {
            Event::Mmiotrace(_) => "mmiotrace",
            Event::Rwmmio(_) => "rwmmio",
            Event::Kvm(_) => "kvm_mmio",
            Event::Regmap(_) => "regmap",
            Event::Hda(_) => "hda",
            Event::I2c(_) => "i2c",
            Event::Register(name, _) => name,
            Event::Spi | Event::Marker(_) | Event::Stack | Event::Other => return None,
        })
    }

    /// Whether it shows that a log is one of accesses.
    fn is_access(&self) -> bool {
        match self {
            Event::Mmiotrace(_) | Event::Rwmmio(_) | Event::Kvm(_) => true,
            Event::Hda(_) | Event::I2c(_) | Event::Register(..) => true,
            Event::Regmap(event) => event.is_access(),
            Event::Marker(text) => qemu_log::sniff(text),
            Event::Spi | Event::Stack | Event::Other => false,
        }
    }
}

/// The events that a user describes.
struct Rules(Vec<EventRule>);

impl Rules {
    /// The rule for a line, the text after the event's name, and whether it is the name of the line's event: an event may
    /// stand in other lines too, as in those of the kernel's log.
    fn find<'a>(&self, text: &'a [u8], line: Option<&Line<'a>>) -> Option<(&EventRule, &'a [u8], bool)> {
        let named = line.and_then(|line| {
            let rule = self.0.iter().find(|rule| rule.name().as_bytes() == line.event)?;
            Some((rule, line.text, true))
        });
        let within = line.map_or(text, |line| line.text);
        named.or_else(|| self.0.iter().find_map(|rule| Some((rule, rule.text(within)?, false))))
    }
}

/// A reader of the log.
struct Ftrace {
    events: Events,
}

/// Makes records of events, whatever they came in.
pub(super) struct Events {
    rwmmio: rwmmio::Rwmmio,
    kvm: kvm::Kvm,
    regmap: regmap::Regmap,
    hda: hda::Hda,
    i2c: i2c::I2c,
    /// Those of all other events.
    devices: Devices,
    qemu: qemu_log::Events,
    rules: Rules,
    /// The kinds of events seen.
    sources: Vec<String>,
}

impl Events {
    pub(super) fn new(options: &Options, start: &[u8]) -> Events {
        Events {
            rwmmio: rwmmio::Rwmmio::default(),
            kvm: kvm::Kvm::default(),
            regmap: regmap::Regmap::default(),
            hda: hda::Hda::default(),
            i2c: i2c::I2c::default(),
            devices: Devices::default(),
            rules: Rules(options.events.clone()),
            qemu: qemu_log::Events::new(options, start),
            sources: Vec::new(),
        }
    }

    /// The event of `line`, which is kept as `text` if it cannot be read.
    pub(super) fn take(&mut self, line: &Line<'_>, text: &[u8], to: &mut Sink) {
        let Some(event) = Event::of(line) else { return to.unparsed(text) };
        if line.is_counted {
            to.tally.add(COUNTED, 1);
        }
        if let Some(source) = event.source() {
            self.names(source, to);
        }
        self.event(event, line, text, to);
    }

    fn event(&mut self, event: Event<'_>, line: &Line<'_>, text: &[u8], to: &mut Sink) {
        let origin = line.origin;
        match event {
            Event::Mmiotrace(event) => event.put(origin, to),
            Event::Rwmmio(event) => self.rwmmio.event(&event, origin, to),
            Event::Kvm(event) => self.kvm.event(event, origin, to),
            Event::Regmap(event) => self.regmap.event(&event, origin, to),
            Event::Hda(event) => self.hda.event(&event, origin, to),
            Event::I2c(event) => self.i2c.event(&event, origin, to),
            Event::Register(_, told) => self.devices.access(&told, &origin.found(), to),
            Event::Marker(marker) => self.marker(marker, text, origin, to),
            Event::Spi => to.tally.add("transfers of SPI, whose registers are not known", 1),
            Event::Stack => to.tally.add(other::STACKS, 1),
            Event::Other if other::lost_by_perf(line.text, origin.cpu, origin.time, to) => {}
            Event::Other => to.tally.add("other events", 1),
        }
    }

    /// Whether a user has described the event of a line.
    fn described(&mut self, text: &[u8], line: Option<&Line<'_>>, to: &mut Sink) -> bool {
        let Some((rule, fields, is_event)) = self.rules.find(text, line) else { return false };
        let origin = line.map_or_else(|| line::logged(text), |line| line.origin);
        let Some(told) = rule.by_text(fields) else {
            if is_event {
                to.unparsed(text);
            }
            return is_event;
        };
        self.devices.access(&told, &origin.found(), to);
        if line.is_some_and(|line| line.is_counted) {
            to.tally.add(COUNTED, 1);
        }
        let name = rule.name().to_owned();
        self.names(&name, to);
        true
    }

    /// An event of which the fields are known by their names, as a user or the table describes it.
    pub(super) fn fields(&mut self, name: &str, fields: &dyn Fields, origin: Origin, to: &mut Sink) {
        let described = self.rules.0.iter().filter(|rule| rule.name() == name);
        let told = described.clone().find_map(|rule| rule.by_fields(fields));
        let listed =
            || table::Event::called(name.as_bytes()).iter().find_map(|event| event.by_fields(fields));
        match told.or_else(listed) {
            Some(told) => {
                self.devices.access(&told, &origin.found(), to);
                self.names(name, to);
            }
            None if name.ends_with("_stack") => to.tally.add(other::STACKS, 1),
            None => to.tally.add("other events", 1),
        }
    }

    /// What a program wrote into the trace: QEMU's events, or words.
    fn marker(&mut self, text: &[u8], line: &[u8], origin: Origin, to: &mut Sink) {
        let stamp = qemu_log::Stamp { time: origin.time, tid: origin.pid };
        match self.qemu.event(text, stamp, to) {
            Outcome::Taken(_) => self.names("QEMU", to),
            Outcome::Broken => to.unparsed(line),
            Outcome::Other => {
                to.marker(origin.time, marker(line).unwrap_or(text));
                to.owner(origin.cpu, origin.pid);
            }
        }
    }

    /// The log ends.
    pub(super) fn end(&mut self, to: &mut Sink) {
        self.rwmmio.end(to);
    }

    /// The source has events of this kind.
    #[inline]
    fn names(&mut self, source: &str, to: &mut Sink) {
        if self.sources.iter().any(|of| of == source) || self.sources.len() >= MAX_NAMES {
            return;
        }
        self.sources.push(source.to_owned());
        to.refine(&format!("ftrace {}", self.sources.join(", ")));
    }
}

impl Ftrace {
    fn line(&mut self, text: &[u8], to: &mut Sink) {
        let line = Line::read(text);
        if self.events.described(text, line.as_ref(), to) || other::take(text, to) {
            return;
        }
        match line {
            Some(line) => self.events.take(&line, text, to),
            None => other::count(text, to),
        }
    }
}

impl Reader for Ftrace {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        let more = lines(from, to, |line, to| self.line(line, to));
        if !matches!(more, Ok(true)) {
            self.events.end(to);
        }
        more
    }
}

/// Whether a line of `start` is an event that the user describes.
pub(super) fn is_described(options: &Options, start: &[u8]) -> bool {
    let rules = Rules(options.events.clone());
    !rules.0.is_empty()
        && start.split(|&byte| byte == b'\n').any(|text| {
            let found = rules.find(text, Line::read(text).as_ref());
            found.is_some_and(|(rule, fields, _)| rule.by_text(fields).is_some())
        })
}

/// The text of a marker with the blanks at its ends.
fn marker(line: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(line, MARKER)? + MARKER.len();
    let text = line[at..].strip_prefix(b" ")?;
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    Some(text.strip_suffix(b"\r").unwrap_or(text))
}

/// Whether a line of `start` is an access, unless QEMU's own log shows before, into which a guest may print anything.
fn sniff(start: &[u8]) -> bool {
    for line in start.split(|&byte| byte == b'\n') {
        let event = Line::read(line).and_then(|line| Event::of(&line));
        if event.is_some_and(|event| event.is_access()) {
            return true;
        }
        if qemu_log::sniff(line) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests;

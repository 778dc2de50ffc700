//! How one kernel lays out its ring-buffer pages and events, as its tracefs says in text.
//!
//! `events/header_page` and `events/header_event` describe pages and what stands before each event;
//! `events/ftrace/{mmiotrace_rw,mmiotrace_map,print}/format` describe the events, for the module mmiotap
//! `events/mmiotap/*/format` in place of the first two.
//! All of them, one after the other in any order, are one description.
//! Only little-endian kernels are known (the tracers are x86's).

mod layout;
mod named;

use std::path::Path;

use mmio_format::ring::formats::{Description, EventHeader, Field, Format, PageLayout, Parsed};

use crate::error::{Error, Result};
use crate::kernel::roots;
use crate::kernel::tracefs::Tracefs;
use crate::tracers::{EventNames, Tracer, Wanted};
use layout::{AccessLayout, PrintLayout, TapLayout};
pub(crate) use layout::{DOWN, MapLayout};

/// The description of a kernel 6.1 for x86-64.
/// It has been the same for many versions, but that is not a promise.
pub const X86_64: &str = include_str!("x86_64.txt");

/// The layout of a kernel's pages and of the events in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formats {
    /// The layout of pages.
    pub(crate) page: PageLayout,
    /// The layout of the header before each event.
    pub(crate) header: EventHeader,
    /// The number of the event's type, at the same place in all events.
    pub(crate) event_type: Field,
    /// The process that was running, at the same place in all events.
    pub(crate) pid: Field,
    /// The events themselves.
    pub(crate) kinds: Kinds,
    tracer: Tracer,
}

/// The events that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kinds {
    /// Those of a tracer that traps accesses.
    Traps(Box<TrapEvents>),
    /// Those that a user names, by their numbers, which rise.
    Named(Vec<(u64, Format)>),
}

/// The events of a tracer that traps accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrapEvents {
    /// The layout of an access: `mmiotrace_rw` or `mmiotap_rw`.
    pub(crate) access: AccessLayout,
    /// The layout of a mapping: `mmiotrace_map` or `mmiotap_map`.
    pub(crate) map: MapLayout,
    /// The layout of what mmiotap's events have beyond those of the kernel's tracer.
    pub(crate) tap: Option<TapLayout>,
    /// The layout of a marker: `print`.
    pub(crate) print: PrintLayout,
}

impl Formats {
    /// The tracer whose events these are.
    pub fn tracer(&self) -> Tracer {
        self.tracer
    }

    /// The bytes of a page.
    pub fn page_size(&self) -> usize {
        self.page.size
    }

    /// The layout of the running kernel's pages and of a tracer's events.
    ///
    /// # Errors
    /// [`Error::Trace`], [`Error::Formats`].
    pub(crate) fn of_kernel(tracefs: &Tracefs, tracer: Tracer, wanted: &Wanted) -> Result<Formats> {
        let Some(names) = tracer.control().events() else {
            return named::of_kernel(tracefs, &tracer.control().named(&tracefs.top(), wanted)?);
        };
        let folder = tracefs.events();
        let own = [Some(names.access), Some(names.mapping), names.gap];
        let own = own.iter().flatten().map(|name| format!("{}/{name}/format", names.system));
        let others = ["ftrace/print/format", "header_page", "header_event"].map(str::to_owned);
        let mut text = String::new();
        for name in own.chain(others) {
            text.push_str(&roots::read(&folder.join(name))?);
            text.push('\n');
        }
        Formats::parse(&text, &folder)
    }

    /// Reads a description.
    /// `path` is the description's name in errors.
    /// Where it has events of both tracers, those of the module count.
    ///
    /// # Errors
    /// [`Error::Formats`] when something is missing, is not a number, contradicts itself or is beyond what pages can
    /// hold.
    pub fn parse(text: &str, path: &Path) -> Result<Formats> {
        let build = || {
            let description = Description::parse(text)?;
            let formats = build(&description)?;
            formats.check()?;
            Ok(formats)
        };
        build().map_err(|what: String| Error::Formats { path: path.to_owned(), what })
    }

    fn check(&self) -> std::result::Result<(), String> {
        self.page.check()?;
        self.header.check()?;
        let ids = match &self.kinds {
            Kinds::Traps(events) => {
                let mut ids = vec![events.access.id, events.map.id, events.print.id];
                ids.extend(events.tap.map(|tap| tap.gap));
                ids
            }
            Kinds::Named(events) => events.iter().map(|event| event.0).collect(),
        };
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(format!("event numbers {ids:?} are not all different"));
        }
        Ok(())
    }
}

fn build(d: &Description) -> std::result::Result<Formats, String> {
    let page = PageLayout::of(d)?;
    let has = |names: EventNames| d.has(names.access);
    let tracer = Tracer::first(|tracer| tracer.events().is_some_and(has));
    let names = tracer.control().events().ok_or("no tracer is known that has these events")?;
    let access = d.event(names.access)?;
    let map = d.event(names.mapping)?;
    let print = d.event("print")?;
    let all = [access, map, print];
    Ok(Formats {
        page,
        header: d.header.layout()?,
        event_type: common(all, "common_type")?,
        pid: common(all, "common_pid")?,
        kinds: Kinds::Traps(Box::new(TrapEvents {
            access: AccessLayout {
                id: access.id()?,
                phys: access.required_number("phys")?,
                value: access.required_number("value")?,
                pc: access.required_number("pc")?,
                map_id: access.required_number("map_id")?,
                opcode: access.required_number("opcode")?,
                width: access.required_number("width")?,
            },
            map: MapLayout {
                id: map.id()?,
                phys: map.required_number("phys")?,
                virt: map.required_number("virt")?,
                length: map.required_number("len")?,
                map_id: map.required_number("map_id")?,
                opcode: map.required_number("opcode")?,
            },
            tap: names.gap.map(|gap| tap(d, access, gap)).transpose()?,
            print: PrintLayout { id: print.id()?, text: print.required("buf")?.offset },
        })),
        tracer,
    })
}

/// The field that all events have at the same place.
fn common<'a>(events: impl IntoIterator<Item = &'a Format>, name: &str) -> Parsed<Field> {
    let fields = events.into_iter().map(|event| event.required_number(name));
    let fields = fields.collect::<Parsed<Vec<Field>>>()?;
    match fields.first() {
        Some(first) if fields.iter().all(|field| field == first) => Ok(*first),
        _ => Err(format!("{name} is not at the same place in all events")),
    }
}

fn tap(d: &Description, access: &Format, gap: &str) -> std::result::Result<TapLayout, String> {
    Ok(TapLayout {
        count: access.required_number("count")?,
        flags: access.required_number("flags")?,
        device: access.required_number("dev")?,
        sequence: access.required_number("seq")?,
        gap: d.event(gap)?.id()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> std::result::Result<Formats, String> {
        Formats::parse(text, Path::new("formats")).map_err(|e| e.to_string())
    }

    fn traps(formats: &Formats) -> &TrapEvents {
        match &formats.kinds {
            Kinds::Traps(events) => events,
            Kinds::Named(_) => panic!("events that a user named"),
        }
    }

    #[test]
    fn reads_what_a_kernel_says() {
        let f = parse(X86_64).unwrap();
        assert_eq!((f.page.data, f.page.size), (16, 4096));
        let events = traps(&f);
        assert_eq!((events.access.id, events.map.id, events.print.id), (7, 8, 5));
        assert_eq!(events.access.phys, Field::unsigned(8, 8));
        assert_eq!(events.access.width, Field::unsigned(37, 1));
        assert_eq!((events.map.opcode.end(), events.print.text), (37, 16));
        let h = f.header;
        assert_eq!((h.type_bits, h.padding, h.time_extend, h.time_stamp, h.data_max), (5, 29, 30, 31, 28));
    }

    #[test]
    fn order_of_the_files_does_not_matter() {
        let at = X86_64.find("\tfield: u64 timestamp").unwrap();
        let swapped = format!("{}{}", &X86_64[at..], &X86_64[..at]);
        assert_eq!(parse(&swapped), parse(X86_64));
    }

    #[test]
    fn other_places_and_sizes_are_followed() {
        let text = X86_64
            .replace("ID: 7", "ID: 19")
            .replace("size:4080", "size:16368")
            .replace("phys;\toffset:8;\tsize:8;", "phys;\toffset:48;\tsize:4;");
        let f = parse(&text).unwrap();
        assert_eq!((traps(&f).access.id, f.page.size), (19, 16384));
        assert_eq!(traps(&f).access.phys, Field::unsigned(48, 4));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let cases = [
            (X86_64.replace("name: print\n", "name: other\n"), "formats: there is no event `print`"),
            (X86_64.replace("unsigned long pc;", "unsigned long ip;"), "no field `pc` in `mmiotrace_rw`"),
            (X86_64.replace("pc;\toffset:24;", "pc;\toffset:many;"), "line 11: `offset:many` is no number"),
            (X86_64.replace("pc;\toffset:24;", "pc;\toffset:4294967296;"), "is no number up to 1048576"),
            (X86_64.replace("pc;\toffset:24;\tsize:8;", "pc;\toffset:24;\tsize:3;"), "`pc` has 3 bytes"),
            (X86_64.replace("ID: 8", "ID: 7"), "event numbers [7, 7, 5] are not all different"),
            (X86_64.replace("type_len    :    5", "type_len    :    6"), "6 and 27 bits"),
            (X86_64.replace("padding     : type == 29", ""), "`padding` is missing in header_event"),
            (X86_64.replace("padding     : type == 29", "padding : type == 28"), "do not fit together"),
            (X86_64.replace("padding     : type == 29", "padding : type == 30"), "not all different"),
            (X86_64.replace("size:4080", "size:0"), "a page has 0 bytes of data"),
            (X86_64.replace("data;\toffset:16;", "data;\toffset:8;"), "begins inside its header"),
            (X86_64.replace("field: char data;", "field: char dat;"), "no field `data` in `header_page`"),
            (
                X86_64.replacen("common_pid;\toffset:4;", "common_pid;\toffset:0;", 1),
                "common_pid is not at the same place",
            ),
            (String::new(), "there is no field `data` in `header_page`"),
            (format!("ID: 3\n{X86_64}"), "line 1: an ID before any name"),
            (X86_64.replace("name: print\n", "name: mmiotrace_map\n"), "two events `mmiotrace_map`"),
        ];
        for (text, expected) in cases {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(expected), "{error:?} for {expected:?}");
        }
    }
}

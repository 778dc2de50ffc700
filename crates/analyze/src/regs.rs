//! What each register did and what it probably is: the report of `regs`.

use mmio_format::{Filter, Register, Result, Scope, Space, Trace};

use crate::banks::{Bank, Banks};
use crate::census::Census;
use crate::evidence::Evidence;
use crate::kinds::RegisterKind;
use crate::kinds::layout::Layout;
use crate::kinds::messages::{Mailboxes, Messages};
use crate::kinds::profiler::Profiler;
use crate::phases::scopes;
use crate::ports::{Port, Watch};
use crate::selected::{selected, selected_behind};
use crate::site::Site;
use crate::study::{Study, where_to_look};
use crate::summary::Summary;
use row::Row;
use view::View;

mod fold;
mod row;
#[cfg(test)]
mod tests;
mod view;

/// What to report of registers.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Device, time and mark choose what is looked at; BAR, offsets, op and width which registers are shown.
    pub filter: Filter,
    /// Look at each stretch between two markers by itself.
    pub by_mark: bool,
    /// List each register, tables too.
    pub expand: bool,
}

/// The report of [`regs`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Counts over the whole trace.
    pub trace: Summary,
    /// Registers by device, BAR and offset; those behind a port after the direct ones of their BAR.
    pub registers: Vec<Entry>,
}

/// A register, or a table of equal ones.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Text of the marker that begins the stretch, in a report by marker.
    pub mark: Option<String>,
    /// The register, or the first one of a table; its width is 0 where it is not known.
    pub site: Site,
    /// Registers in the table, 1 for a single one.
    pub elements: usize,
    /// Bytes from one register to the next, in a table.
    pub stride: Option<u64>,
    /// Reads, of all elements together.
    pub reads: u64,
    /// Writes, of all elements together.
    pub writes: u64,
    /// Accesses that the tracer could not decode, of all elements together.
    pub unknown: u64,
    /// Distinct values, read or written, the most of any element; 256 stands for that many or more.
    pub distinct: usize,
    /// Bits that differed between two accesses, one after the other.
    pub changed: u64,
    /// Bits ever written 1.
    pub ones: u64,
    /// Bits ever written 0.
    pub zeros: u64,
    /// Value of the first access, to the first element.
    pub first: u64,
    /// Value of the last access, to the last element.
    pub last: u64,
    /// The kind of register that it probably is.
    pub kind: RegisterKind,
    /// How sure that is, 0 to 1; 0 for [`RegisterKind::Unknown`].
    pub confidence: f64,
    /// Why the kind is believed.
    pub evidence: Evidence,
    /// Other kinds that the register may be of, likeliest first.
    pub alternatives: Vec<Alternative>,
}

/// Another kind that a register may be of.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Alternative {
    /// The kind.
    pub kind: RegisterKind,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
}

impl Entry {
    /// Accesses of all elements together.
    pub fn accesses(&self) -> u64 {
        self.reads + self.writes + self.unknown
    }

    /// Whether `register` is one of the elements.
    pub fn holds(&self, register: Register) -> bool {
        let Register { device, space, offset, width } = self.site.register;
        let Some(distance) = register.offset.checked_sub(offset) else { return false };
        let stride = self.stride.unwrap_or(1).max(1);
        (device, space, width) == (register.device, register.space, register.width)
            && distance.is_multiple_of(stride)
            && distance / stride < self.elements as u64
    }
}

/// Says of every register of `trace` what it did and what kind it is.
///
/// # Errors
/// As [`mmio_format::walk::walk`], and as [`scopes`] for a report by marker.
pub fn regs(trace: &mut Trace, options: &Options) -> Result<Report> {
    let (mut registers, mut accesses) = (Vec::new(), 0);
    for (mark, scope) in scopes(trace, &where_to_look(&options.filter), options.by_mark)? {
        let found = stretch(trace, &scope, options)?;
        accesses += found.accesses;
        registers.extend(found.entries.into_iter().map(|e| Entry { mark: mark.clone(), ..e }));
    }
    Ok(Report { trace: Summary::of_part(trace, options.filter.is_empty(), accesses), registers })
}

/// Looks at the registers of some records by themselves; the filter of `scope` is as in [`Options::filter`].
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn of_scope(trace: &mut Trace, scope: &Scope) -> Result<Vec<Entry>> {
    let options = Options { filter: scope.filter.clone(), by_mark: false, expand: false };
    Ok(stretch(trace, &scope.with(where_to_look(&scope.filter)), &options)?.entries)
}

/// The registers of one stretch.
struct Stretch {
    entries: Vec<Entry>,
    /// Accesses that pass the filter.
    accesses: u64,
}

fn stretch(trace: &mut Trace, scope: &Scope, options: &Options) -> Result<Stretch> {
    let mut study = Study::new(trace, scope)?;
    let layout = Layout::new(&study.census);
    let mut profiler = Profiler::new(&study.census, &layout);
    let mut watch = Watch::new(&study.census, Profiler::growing());
    let mut banks = Banks::new(&study.census);
    let mut messages = Messages::new(&study.census);
    if watch.is_idle() && banks.is_idle() {
        study.observe(trace, &mut (&mut profiler, &mut messages))?;
    } else {
        study.observe(trace, &mut ((&mut profiler, &mut messages), (&mut watch, &mut banks)))?;
    }
    let found = (banks.finish(&study.census), messages.finish());
    let ports = watch.finish(&study.census);
    let accesses = selected(&study.census, &options.filter)
        + selected_behind(&watch.census, &ports, &study.census, &options.filter);
    let rows = rows(&study.census, &layout, &mut profiler, (watch, ports), &found, options);
    Ok(Stretch { entries: rows.into_iter().map(Row::entry).collect(), accesses })
}

/// The lines of the report, when everything was seen.
fn rows(
    census: &Census,
    layout: &Layout,
    profiler: &mut Profiler,
    (mut watch, ports): (Watch<Profiler>, Vec<Port>),
    (banks, mailboxes): &(Vec<Bank>, Mailboxes),
    options: &Options,
) -> Vec<Row> {
    profiler.finish();
    watch.behind.finish();
    let mut found =
        View { census, ports: &ports, banks, mailboxes, behind: None, options }.rows(layout, profiler);
    if !ports.is_empty() {
        let layout = Layout::new(&watch.census);
        for port in &ports {
            let data = census.register(port.data);
            let none = &Mailboxes::default();
            let view = View {
                census: &watch.census,
                ports: &[],
                banks: &[],
                mailboxes: none,
                behind: Some(data),
                options,
            };
            let layout = layout.within(&watch.census, data.device, Space::Port(port.number));
            found.extend(view.rows(&layout, &watch.behind));
        }
    }
    if !options.expand {
        found = fold::tables(found);
    }
    found.sort_by_key(|row| {
        let site = row.entry.site;
        let Register { device, offset, width, .. } = site.register;
        (device, site.bar(), site.port.map(Register::place), offset, width)
    });
    found
}

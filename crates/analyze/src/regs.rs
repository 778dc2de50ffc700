//! What each register did and what it probably is: the report of `regs`.

use std::collections::{HashMap, HashSet};

use mmio_format::Result;
use mmio_format::filter::Filter;
use mmio_format::resolve::Devices;
use mmio_format::trace::Trace;
use serde::Serialize;

use crate::census::Census;
use crate::kinds::layout::Layout;
use crate::kinds::profile::Profile;
use crate::kinds::profiler::Profiler;
use crate::kinds::{self, Claim, ENOUGH, Facts, NameOf, RegisterKind};
use crate::names::{hex, space};
use crate::phases::spans;
use crate::ports::{Port, Watch};
use crate::register::RegisterId;
use crate::study::{Study, where_to_look};
use crate::summary::Summary;
use crate::walk::Scope;

mod fold;
#[cfg(test)]
mod tests;

/// What to report.
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
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the report.
    pub schema: &'static str,
    /// Version of the report's shape.
    pub version: u32,
    /// Counts over the whole trace.
    pub trace: Summary,
    /// Registers by device, BAR and offset; those behind a port after the direct ones of their BAR.
    pub registers: Vec<Entry>,
}

/// A register, or a table of equal ones.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Text of the marker that begins the stretch, in a report by marker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Bus address or `mem:…`.
    pub device: String,
    /// BAR, 0 to 6.
    pub bar: u8,
    /// `<bar>:<offset>` of the data port that shows it; nothing for a direct register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// Bytes from the start of the BAR, or the index behind a port; of the first register of a table.
    pub offset: String,
    /// Bytes of an access; 0 where it is not known.
    pub width: u8,
    /// Registers, 1 or more.
    pub elements: usize,
    /// Bytes from one to the next, in a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<u64>,
    /// Reads, of all elements together.
    pub reads: u64,
    /// Writes, of all elements together.
    pub writes: u64,
    /// Accesses that the tracer could not decode.
    #[serde(skip_serializing_if = "is_zero")]
    pub unknown: u64,
    /// Distinct values, read or written, the most of any element; 256 stands for that many or more.
    pub distinct: usize,
    /// Bits that differed between two accesses, one after the other.
    pub changed: String,
    /// Bits ever written 1.
    pub ones: String,
    /// Bits ever written 0.
    pub zeros: String,
    /// Value of the first access, to the first element.
    pub first: String,
    /// Value of the last access, to the last element.
    pub last: String,
    /// What it probably is.
    pub kind: RegisterKind,
    /// 0 to 1, two decimals; 0 for `unknown`.
    pub confidence: f64,
    /// Why, in words.
    pub evidence: String,
    /// What else it may be, likeliest first.
    pub alternatives: Vec<Alternative>,
}

/// Another kind that a register may be of.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Alternative {
    pub kind: RegisterKind,
    pub confidence: f64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Looks at every register of `trace`.
///
/// # Errors
/// As [`crate::walk::walk`], and as [`spans`] for a report by marker.
pub fn regs(trace: &mut Trace, options: &Options) -> Result<Report> {
    let looked_at = where_to_look(&options.filter);
    let mut registers = Vec::new();
    let spans = if options.by_mark { spans(trace)? } else { Vec::new() };
    if options.by_mark {
        for span in spans {
            let scope = Scope { filter: looked_at.clone(), records: span.records };
            let found = stretch(trace, &scope, options)?;
            registers.extend(found.into_iter().map(|e| Entry { mark: span.mark.clone(), ..e }));
        }
    } else {
        registers = stretch(trace, &Scope::of(&looked_at), options)?;
    }
    Ok(Report { schema: "mmio-analyze.regs", version: 1, trace: Summary::of(trace), registers })
}

/// The registers of one stretch.
fn stretch(trace: &mut Trace, scope: &Scope, options: &Options) -> Result<Vec<Entry>> {
    let mut study = Study::new(trace, scope)?;
    let layout = Layout::new(&study.census);
    let mut profiler = Profiler::new(&study.census, &layout);
    let mut watch = Watch::new(&study.census, Profiler::growing());
    if watch.is_idle() {
        study.observe(trace, &mut profiler)?;
    } else {
        let mut both = (profiler, watch);
        study.observe(trace, &mut both)?;
        (profiler, watch) = both;
    }
    let rows = rows(&study.census, &layout, &mut profiler, watch, options);
    let devices = trace.devices();
    Ok(rows.into_iter().map(|row| row.entry(devices)).collect())
}

/// The lines of the report, when everything was seen.
fn rows(
    census: &Census,
    layout: &Layout,
    profiler: &mut Profiler,
    mut watch: Watch<Profiler>,
    options: &Options,
) -> Vec<Row> {
    let ports = watch.finish(census);
    profiler.finish();
    watch.behind.finish();
    let mut found = View { census, ports: &ports, behind: None, options }.rows(layout, profiler);
    if !ports.is_empty() {
        let layout = Layout::new(&watch.census);
        for port in &ports {
            let view = View { census: &watch.census, ports: &[], behind: Some((port, census)), options };
            found.extend(view.rows(&layout, &watch.behind));
        }
    }
    if !options.expand {
        found = fold::tables(found);
    }
    found.sort_by_key(|row| (row.device, row.bar, row.space, row.offset, row.width));
    found
}

/// A census and what its registers are called.
#[derive(Clone, Copy)]
struct View<'a> {
    census: &'a Census,
    ports: &'a [Port],
    /// The port whose registers these are, and the census that it is in.
    behind: Option<(&'a Port, &'a Census)>,
    options: &'a Options,
}

/// A line of the report with its numbers.
#[derive(Clone, Debug)]
struct Row {
    device: u16,
    bar: u8,
    space: Option<(u8, u64)>,
    offset: u64,
    width: u8,
    elements: usize,
    stride: u64,
    reads: u64,
    writes: u64,
    distinct: usize,
    changed: u64,
    ones: u64,
    zeros: u64,
    first: u64,
    last: u64,
    claims: Vec<Claim>,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("View")
    }
}

impl NameOf for View<'_> {
    fn name_of(&self, id: RegisterId) -> String {
        format!("+{}", hex(self.census.register(id).offset))
    }
}

impl View<'_> {
    fn rows(&self, layout: &Layout, profiler: &Profiler) -> Vec<Row> {
        let peers = self.peers(layout);
        let nothing = Profile::default();
        let msix = if self.behind.is_none() { kinds::msix(self.census, layout) } else { HashSet::new() };
        let mut rows = Vec::new();
        for ids in &layout.bulk {
            self.bulk(ids, &mut rows);
        }
        for &id in layout.single.iter().filter(|&&id| self.shown(id)) {
            let facts = Facts {
                register: self.census.register(id),
                counts: self.census.counts(id),
                distinct: self.census.distinct(id),
                profile: profiler.profile(id).unwrap_or(&nothing),
                peers: peers.get(&self.crowd(id)).map_or(0, |n| n - 1),
                msix: msix.contains(&id),
                port: self.port(id),
                name: self,
            };
            let claims = if facts.register.width == 0 { Vec::new() } else { kinds::claims(&facts) };
            rows.push(Row { claims, ..self.row(id) });
        }
        rows
    }

    fn crowd(&self, id: RegisterId) -> (u16, u8, u64) {
        let register = self.census.register(id);
        (register.device, register.bar, self.census.counts(id).writes)
    }

    /// How many write-only registers of a BAR were written how often.
    fn peers(&self, layout: &Layout) -> HashMap<(u16, u8, u64), usize> {
        let mut peers = HashMap::new();
        for &id in &layout.single {
            let counts = self.census.counts(id);
            if counts.reads == 0 && counts.writes > 0 {
                *peers.entry(self.crowd(id)).or_default() += 1;
            }
        }
        peers
    }

    fn port(&self, id: RegisterId) -> Option<(bool, f64, &str)> {
        let port = self.ports.iter().find(|p| p.index == id || p.data == id)?;
        Some((port.index == id, port.confidence, &port.evidence))
    }

    fn shown(&self, id: RegisterId) -> bool {
        let f = &self.options.filter;
        let (r, c) = (self.census.register(id), self.census.counts(id));
        if let Some((port, _)) = self.behind
            && r.device != port.number
        {
            return false;
        }
        let op =
            f.op.is_none_or(|op| if op == mmio_format::Kind::WRITE { c.writes > 0 } else { c.reads > 0 });
        op && f.bar.is_none_or(|bar| bar == r.bar)
            && f.width.is_none_or(|w| w == r.width)
            && (f.registers.is_empty() || f.registers.iter().any(|&(a, b)| a <= r.offset && r.offset <= b))
    }

    fn row(&self, id: RegisterId) -> Row {
        let (r, c) = (self.census.register(id), self.census.counts(id));
        let mask = if r.width >= 8 { u64::MAX } else { (1 << (8 * u32::from(r.width))) - 1 };
        let (device, space) = match self.behind {
            None => (r.device, None),
            Some((port, direct)) => {
                let data = direct.register(port.data);
                (data.device, Some((data.bar, data.offset)))
            }
        };
        Row {
            device,
            bar: r.bar,
            space,
            offset: r.offset,
            width: r.width,
            elements: 1,
            stride: 0,
            reads: c.reads,
            writes: c.writes,
            distinct: if r.width == 0 { 0 } else { self.census.distinct(id) },
            changed: c.changed,
            ones: c.ones,
            zeros: c.zeros & mask,
            first: c.first,
            last: c.last,
            claims: Vec::new(),
        }
    }

    /// Neighbours in great numbers are memory, whatever was done to each.
    fn bulk(&self, ids: &[RegisterId], rows: &mut Vec<Row>) {
        let (first, second) = (self.census.register(ids[0]), self.census.register(ids[1]));
        let stride = second.offset - first.offset;
        let all = ids.len();
        let claim = Claim {
            kind: RegisterKind::Memory,
            confidence: 1.0 - 2.0 / all as f64,
            evidence: format!(
                "one of {} neighbours without a gap, all used alike",
                mmio_format::cli::grouped(all as u64)
            ),
        };
        let claims = if first.width == 0 { Vec::new() } else { vec![claim] };
        let mut open: Option<Row> = None;
        for &id in ids.iter().filter(|&&id| self.shown(id)) {
            let row = self.row(id);
            match &mut open {
                Some(table)
                    if !self.options.expand
                        && row.offset == table.offset + table.elements as u64 * stride =>
                {
                    table.append(&row, stride);
                }
                _ => rows.extend(open.replace(Row { claims: claims.clone(), ..row })),
            }
        }
        rows.extend(open);
    }
}

impl Row {
    /// Makes `next` the next element.
    fn append(&mut self, next: &Row, stride: u64) {
        self.elements += next.elements;
        self.stride = stride;
        self.reads += next.reads;
        self.writes += next.writes;
        self.distinct = self.distinct.max(next.distinct);
        self.changed |= next.changed;
        self.ones |= next.ones;
        self.zeros |= next.zeros;
        self.last = next.last;
    }

    /// The kind, if a claim is strong enough.
    fn kind(&self) -> RegisterKind {
        self.claims.first().filter(|c| c.confidence >= ENOUGH).map_or(RegisterKind::Unknown, |c| c.kind)
    }

    fn entry(self, devices: &Devices) -> Entry {
        let kind = self.kind();
        let round = |x: f64| (x * 100.0).round() / 100.0;
        let known = usize::from(kind != RegisterKind::Unknown);
        let first = self.claims.first();
        let evidence = match first {
            _ if self.width == 0 => "the tracer could not decode these accesses".into(),
            Some(claim) => claim.evidence.clone(),
            None => "nothing that tells".into(),
        };
        let alternatives = self.claims.iter().skip(known);
        let undecoded = self.width == 0;
        Entry {
            mark: None,
            device: devices.get(self.device).name.clone(),
            bar: self.bar,
            space: self.space.map(|(bar, offset)| space(bar, offset)),
            offset: hex(self.offset),
            width: self.width,
            elements: self.elements,
            stride: (self.elements > 1).then_some(self.stride),
            reads: if undecoded { 0 } else { self.reads },
            writes: self.writes,
            unknown: if undecoded { self.reads } else { 0 },
            distinct: self.distinct,
            changed: hex(self.changed),
            ones: hex(self.ones),
            zeros: hex(self.zeros),
            first: hex(self.first),
            last: hex(self.last),
            kind,
            confidence: first.filter(|_| known > 0).map_or(0.0, |c| round(c.confidence)),
            evidence,
            alternatives: alternatives
                .map(|c| Alternative { kind: c.kind, confidence: round(c.confidence) })
                .collect(),
        }
    }
}

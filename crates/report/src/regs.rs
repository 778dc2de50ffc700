//! The report of `regs`: as text one table a BAR, as JSON and CSV one row a register or table of equal ones.

use std::fmt::Write;

use mmio_analyze::census::MAX_VALUES;
use mmio_analyze::kinds::RegisterKind;
use mmio_analyze::regs::{Alternative, Entry, Report};
use mmio_format::{DeviceId, Place, Register};
use serde::Serialize;
use serde_json::{Value, json};

use crate::color::Paint;
use crate::columns::{self, Column};
use crate::numbers::{grouped, hex, rounded};
use crate::table::Align::{Left, Right};
use crate::{Counts, Speller, Style, stretch, summary};

/// Name of the report in JSON.
pub const SCHEMA: &str = "mmio-analyze.regs";
/// Version of its shape.
pub const VERSION: u32 = 1;

type Of = Column<Entry>;

/// All that is said of a register.
const COLUMNS: &[Of] = &[
    Of::new("mark", |e, _| Some(json!(e.mark.as_ref()?))),
    Of::new("device", |e, s| Some(json!(s.device(e.site.device())))),
    Of::new("bar", |e, _| Some(json!(e.site.bar()))),
    Of::new("space", |e, s| Some(json!(s.space(e.site)?))),
    Of::new("offset", |e, _| Some(json!(hex(e.site.register.offset)))).shown("offset", Left, offset),
    Of::new("width", |e, _| Some(json!(e.site.register.width)))
        .shown("w", Right, |e, _| e.site.register.width.to_string()),
    Of::new("elements", |e, _| Some(json!(e.elements))),
    Of::new("stride", |e, _| Some(json!(e.stride?))),
    Of::new("reads", |e, _| Some(json!(e.reads))).shown("reads", Right, |e, _| grouped(e.reads)),
    Of::new("writes", |e, _| Some(json!(e.writes))).shown("writes", Right, |e, _| grouped(e.writes)),
    Of::new("unknown", |e, _| (e.unknown > 0).then(|| json!(e.unknown))),
    Of::new("distinct", |e, _| Some(json!(e.distinct))).shown("values", Right, |e, _| distinct(e)),
    Of::new("changed", |e, _| Some(json!(hex(e.changed)))).shown("changed", Right, |e, _| hex(e.changed)),
    Of::new("ones", |e, _| Some(json!(hex(e.ones)))),
    Of::new("zeros", |e, _| Some(json!(hex(e.zeros)))),
    Of::new("first", |e, _| Some(json!(hex(e.first)))).shown("first", Right, |e, _| hex(e.first)),
    Of::new("last", |e, _| Some(json!(hex(e.last)))).shown("last", Right, |e, _| hex(e.last)),
    Of::new("kind", |e, _| Some(json!(kind(e.kind)))).shown("kind", Left, |e, _| kind(e.kind).into()),
    Of::new("confidence", |e, _| Some(json!(rounded(e.confidence)))).shown("sure", Right, |e, _| sure(e)),
    Of::new("evidence", |e, s| Some(json!(s.evidence(&e.evidence)))).shown("evidence", Left, evidence),
    Of::new("alternatives", |e, _| Some(alternatives(e))).parts(&["kind", "confidence"]).json_only(),
];

/// The word for a kind of register in every output.
pub fn kind(kind: RegisterKind) -> &'static str {
    match kind {
        RegisterKind::Constant => "constant",
        RegisterKind::Status => "status",
        RegisterKind::Config => "config",
        RegisterKind::Control => "control",
        RegisterKind::W1c => "w1c",
        RegisterKind::Rc => "rc",
        RegisterKind::Trigger => "trigger",
        RegisterKind::Index => "index",
        RegisterKind::Data => "data",
        RegisterKind::Counter => "counter",
        RegisterKind::Memory => "memory",
        RegisterKind::Unknown => "unknown",
    }
}

/// The report as text.
pub fn text(report: &Report, speller: Speller<'_>, style: Style) -> String {
    let paint = Paint(style.color);
    let mut out = summary(&report.trace);
    out.push('\n');
    let mut mark = &None;
    for group in report.registers.chunk_by(|a, b| place(a) == place(b)) {
        stretch(&group[0].mark, &mut mark, paint, &mut out);
        let _ = writeln!(out, "\n{}", paint.bold(&title(&group[0], speller)));
        out += &columns::table(COLUMNS, group, speller).render("  ");
    }
    out
}

/// The report as JSON has it.
pub fn json<'a>(report: &'a Report, speller: Speller<'a>) -> impl Serialize + 'a {
    #[derive(Serialize)]
    struct Document<R> {
        schema: &'static str,
        version: u32,
        trace: Counts,
        registers: Vec<R>,
    }
    Document {
        schema: SCHEMA,
        version: VERSION,
        trace: report.trace.into(),
        registers: columns::rows(COLUMNS, &report.registers, speller),
    }
}

/// One register as JSON has it.
pub fn row<'a>(entry: &'a Entry, speller: Speller<'a>) -> impl Serialize + 'a {
    columns::row(COLUMNS, entry, speller)
}

/// The registers as CSV.
pub fn csv(report: &Report, speller: Speller<'_>) -> String {
    columns::csv(COLUMNS, &report.registers, speller)
}

/// What has a table of its own.
fn place(entry: &Entry) -> (&Option<String>, DeviceId, u8, Option<Place>) {
    let site = entry.site;
    (&entry.mark, site.device(), site.bar(), site.port.map(Register::place))
}

fn title(entry: &Entry, speller: Speller<'_>) -> String {
    let mut title = format!("{} bar {}", speller.device(entry.site.device()), entry.site.bar());
    if let Some(space) = speller.space(entry.site) {
        let _ = write!(title, ", behind the data port {space}");
    }
    title
}

fn offset(entry: &Entry, speller: Speller<'_>) -> String {
    let first = speller.register(entry.site.register);
    match entry.stride {
        Some(stride) => format!("{first} ×{} by {stride}", grouped(entry.elements as u64)),
        None => first,
    }
}

fn distinct(entry: &Entry) -> String {
    if entry.distinct >= MAX_VALUES {
        format!("≥{}", entry.distinct)
    } else {
        grouped(entry.distinct as u64)
    }
}

fn sure(entry: &Entry) -> String {
    if entry.kind == RegisterKind::Unknown { "-".into() } else { format!("{:.2}", rounded(entry.confidence)) }
}

fn alternatives(entry: &Entry) -> Value {
    let row = |a: &Alternative| json!({ "kind": kind(a.kind), "confidence": rounded(a.confidence) });
    entry.alternatives.iter().map(row).collect()
}

/// Why; and what it may be where the trace does not tell.
fn evidence(entry: &Entry, speller: Speller<'_>) -> String {
    let mut text = speller.evidence(&entry.evidence);
    if entry.unknown > 0 {
        text = format!("{} UNKNOWN: {text}", grouped(entry.unknown));
    }
    if entry.kind == RegisterKind::Unknown && !entry.alternatives.is_empty() {
        let kinds: Vec<&str> = entry.alternatives.iter().map(|a| kind(a.kind)).collect();
        let _ = write!(text, " ({}?)", kinds.join(", "));
    }
    text
}

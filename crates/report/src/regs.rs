//! The report of `regs`: as text one table a BAR, as JSON and CSV one row a register or table of equal ones.

use std::fmt::Write;

use mmio_analyze::kinds::RegisterKind;
use mmio_analyze::regs::{Entry, Report};
use serde::Serialize;
use serde_json::json;

use crate::color::Paint;
use crate::columns::{self, Column};
use crate::numbers::grouped;
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
    Of::new("device", |e, _| Some(json!(e.device))),
    Of::new("bar", |e, _| Some(json!(e.bar))),
    Of::new("space", |e, _| Some(json!(e.space.as_ref()?))),
    Of::new("offset", |e, _| Some(json!(e.offset))).shown("offset", Left, |e, _| offset(e)),
    Of::new("width", |e, _| Some(json!(e.width))).shown("w", Right, |e, _| e.width.to_string()),
    Of::new("elements", |e, _| Some(json!(e.elements))),
    Of::new("stride", |e, _| Some(json!(e.stride?))),
    Of::new("reads", |e, _| Some(json!(e.reads))).shown("reads", Right, |e, _| grouped(e.reads)),
    Of::new("writes", |e, _| Some(json!(e.writes))).shown("writes", Right, |e, _| grouped(e.writes)),
    Of::new("unknown", |e, _| (e.unknown > 0).then(|| json!(e.unknown))),
    Of::new("distinct", |e, _| Some(json!(e.distinct))).shown("values", Right, |e, _| distinct(e)),
    Of::new("changed", |e, _| Some(json!(e.changed))).shown("changed", Right, |e, _| e.changed.clone()),
    Of::new("ones", |e, _| Some(json!(e.ones))),
    Of::new("zeros", |e, _| Some(json!(e.zeros))),
    Of::new("first", |e, _| Some(json!(e.first))).shown("first", Right, |e, _| e.first.clone()),
    Of::new("last", |e, _| Some(json!(e.last))).shown("last", Right, |e, _| e.last.clone()),
    Of::new("kind", |e, _| Some(json!(e.kind.name()))).shown("kind", Left, |e, _| e.kind.name().into()),
    Of::new("confidence", |e, _| Some(json!(e.confidence))).shown("sure", Right, |e, _| sure(e)),
    Of::new("evidence", |e, _| Some(json!(e.evidence))).shown("evidence", Left, |e, _| evidence(e)),
    Of::new("alternatives", |e, _| Some(json!(e.alternatives))).parts(&["kind", "confidence"]).json_only(),
];

/// The report as text.
pub fn text(report: &Report, speller: Speller<'_>, style: Style) -> String {
    let paint = Paint(style.color);
    let mut out = summary(&report.trace);
    out.push('\n');
    let mut mark = &None;
    for group in report.registers.chunk_by(|a, b| place(a) == place(b)) {
        stretch(&group[0].mark, &mut mark, paint, &mut out);
        let _ = writeln!(out, "\n{}", paint.bold(&title(&group[0])));
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

fn place(entry: &Entry) -> (&Option<String>, &str, u8, &Option<String>) {
    (&entry.mark, &entry.device, entry.bar, &entry.space)
}

fn title(entry: &Entry) -> String {
    let mut title = format!("{} bar {}", entry.device, entry.bar);
    if let Some(space) = &entry.space {
        let _ = write!(title, ", behind the data port {space}");
    }
    title
}

fn offset(entry: &Entry) -> String {
    match entry.stride {
        Some(stride) => format!("+{} ×{} by {stride}", entry.offset, grouped(entry.elements as u64)),
        None => format!("+{}", entry.offset),
    }
}

fn distinct(entry: &Entry) -> String {
    if entry.distinct >= mmio_analyze::census::MAX_VALUES {
        format!("≥{}", entry.distinct)
    } else {
        grouped(entry.distinct as u64)
    }
}

fn sure(entry: &Entry) -> String {
    if entry.kind == RegisterKind::Unknown { "-".into() } else { format!("{:.2}", entry.confidence) }
}

/// Why; and what it may be where the trace does not tell.
fn evidence(entry: &Entry) -> String {
    let mut text = entry.evidence.clone();
    if entry.unknown > 0 {
        text = format!("{} UNKNOWN: {text}", grouped(entry.unknown));
    }
    if entry.kind == RegisterKind::Unknown && !entry.alternatives.is_empty() {
        let kinds: Vec<&str> = entry.alternatives.iter().map(|a| a.kind.name()).collect();
        let _ = write!(text, " ({}?)", kinds.join(", "));
    }
    text
}

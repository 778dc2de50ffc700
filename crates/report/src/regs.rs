//! [`Report`] of registers as tables.

use std::fmt::Write;

use mmio_analyze::names::grouped;

use super::color::Paint;
use crate::table::{Align::Left, Align::Right, Table};
use mmio_analyze::kinds::RegisterKind;
use mmio_analyze::regs::{Entry, Report};

/// How registers are shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegsStyle {
    /// Escape codes for colours.
    pub color: bool,
}

/// Columns of the CSV form.
pub const REGS_COLUMNS: &[&str] = &[
    "mark",
    "device",
    "bar",
    "space",
    "offset",
    "width",
    "elements",
    "stride",
    "reads",
    "writes",
    "unknown",
    "distinct",
    "changed",
    "ones",
    "zeros",
    "first",
    "last",
    "kind",
    "confidence",
    "evidence",
];

/// The report as text: one table a BAR.
pub fn regs(report: &Report, style: RegsStyle) -> String {
    let paint = Paint(style.color);
    let mut out = super::summary(&report.trace);
    out.push('\n');
    let mut mark = &None;
    for group in report.registers.chunk_by(|a, b| place(a) == place(b)) {
        super::stretch(&group[0].mark, &mut mark, paint, &mut out);
        let _ = writeln!(out, "\n{}", paint.bold(&title(&group[0])));
        out += &table(group).render("  ");
    }
    out
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

fn table(entries: &[Entry]) -> Table {
    let mut table = Table::new(&[
        ("offset", Left),
        ("w", Right),
        ("reads", Right),
        ("writes", Right),
        ("values", Right),
        ("changed", Right),
        ("first", Right),
        ("last", Right),
        ("kind", Left),
        ("sure", Right),
        ("evidence", Left),
    ]);
    for e in entries {
        let offset = match e.stride {
            Some(stride) => format!("+{} ×{} by {stride}", e.offset, grouped(e.elements as u64)),
            None => format!("+{}", e.offset),
        };
        let unknown = e.kind == RegisterKind::Unknown;
        let sure = if unknown { "-".into() } else { format!("{:.2}", e.confidence) };
        let values = if e.distinct >= mmio_analyze::census::MAX_VALUES {
            format!("≥{}", e.distinct)
        } else {
            grouped(e.distinct as u64)
        };
        table.row(vec![
            offset,
            e.width.to_string(),
            grouped(e.reads),
            grouped(e.writes),
            values,
            e.changed.clone(),
            e.first.clone(),
            e.last.clone(),
            e.kind.name().into(),
            sure,
            evidence(e),
        ]);
    }
    table
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

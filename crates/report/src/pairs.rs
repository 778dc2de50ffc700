//! Pairs as a table, one line each.

use std::fmt::Write;

use mmio_analyze::names::grouped;

use super::color::Paint;
use crate::table::{Align::Left, Align::Right, Table};
use mmio_analyze::pairs::{Answer, Class, Pair, Report, ValueRelation};

/// Columns of the list as CSV.
pub const PAIRS_COLUMNS: &[&str] = &[
    "mark",
    "device",
    "bar",
    "write",
    "width",
    "read_bar",
    "read",
    "read_width",
    "answer",
    "class",
    "count",
    "writes",
    "reads",
    "within",
    "lift",
    "p",
    "latency_us.min",
    "latency_us.median",
    "latency_us.p99",
    "value_relation",
    "mask",
    "folded",
    "evidence",
];

/// How the list looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct PairsStyle {
    /// Escape codes for colour.
    pub color: bool,
}

/// The list, by stretch and device. What is folded stands in the line of its `any`.
pub fn pairs(report: &Report, style: PairsStyle) -> String {
    let paint = Paint(style.color);
    let mut out = format!("{}\n", super::summary(&report.trace));
    let shown: Vec<&Pair> = report.pairs.iter().filter(|p| !p.folded).collect();
    let mut mark = &None;
    for group in shown.chunk_by(|a, b| (&a.mark, &a.device) == (&b.mark, &b.device)) {
        super::stretch(&group[0].mark, &mut mark, paint, &mut out);
        let _ = write!(out, "\n{}\n{}", paint.bold(&group[0].device), table(group).render("  "));
    }
    let n = shown.len();
    let _ = writeln!(out, "\n{n} {}", if n == 1 { "pair" } else { "pairs" });
    if report.truncated {
        out += "too many pairs of registers to count all of them: what was seen late is missing\n";
    }
    out
}

fn table(pairs: &[&Pair]) -> Table {
    let mut table = Table::new(&[
        ("write", Left),
        ("answer", Left),
        ("class", Left),
        ("answered", Right),
        ("of writes", Right),
        ("within", Right),
        ("median µs", Right),
        ("p99 µs", Right),
        ("value", Left),
        ("lift", Right),
        ("p", Right),
    ]);
    for pair in pairs {
        let time = |us: Option<f64>| us.map_or("-".into(), |us| format!("{us:.0}"));
        table.row(vec![
            written(pair),
            answer(pair),
            pair.class.name().into(),
            grouped(pair.count),
            grouped(pair.writes),
            grouped(pair.within),
            time(pair.latency_us.map(|l| l.median)),
            time(pair.latency_us.map(|l| l.p99)),
            value(pair),
            format!("{:.1}", pair.lift),
            if pair.p <= 1e-300 { "<1e-300".into() } else { format!("{:.0e}", pair.p) },
        ]);
    }
    table
}

fn place(bar: u8, offset: &str) -> String {
    if bar == 0 { format!("+{offset}") } else { format!("{bar}:+{offset}") }
}

fn written(pair: &Pair) -> String {
    match pair.width {
        Some(4) => format!("W {}", place(pair.bar, &pair.write)),
        Some(width) => format!("W{width} {}", place(pair.bar, &pair.write)),
        None => format!("W any of {}", pair.members.iter().map(|m| m.elements).sum::<usize>()),
    }
}

fn answer(pair: &Pair) -> String {
    let op = if pair.answer == Answer::R { 'R' } else { 'W' };
    let at = place(pair.read_bar.unwrap_or(pair.bar), &pair.read);
    if pair.read_width == 4 { format!("→ {op} {at}") } else { format!("→ {op}{} {at}", pair.read_width) }
}

fn value(pair: &Pair) -> String {
    let name = pair.value_relation.name();
    match (&pair.mask, pair.value_relation) {
        _ if pair.class == Class::Flush => "-".into(),
        (Some(mask), ValueRelation::Masked) => format!("equal in {mask}"),
        (Some(mask), ValueRelation::Function) => format!("function of {mask}"),
        (Some(mask), _) => format!("{name} in {mask}"),
        (None, _) => name.into(),
    }
}

//! Access idioms, [`mmio_analyze::patterns`]: as text a line each under its device and BAR, as JSON and CSV one row a
//! pattern.

mod lines;

use std::collections::BTreeSet;
use std::fmt::Write;

use mmio_analyze::patterns::{Details, LeftOut, Loops, Pattern, Report};
use mmio_analyze::site::Site;
use serde::Serialize;
use serde_json::{Value, json};

use crate::color::Paint;
use crate::columns::{self, Column};
use crate::numbers::{counted, grouped, hex, seconds};
use crate::table::Align::{Left, Right};
use crate::{Counts, Speller, Style, stretch, summary};
use lines::{FRAME, said};

/// Name of the report in JSON.
pub const SCHEMA: &str = "mmio-analyze.patterns";
/// Version of the report's shape in JSON.
pub const VERSION: u32 = 1;
/// Patterns that are less sure say so in the text.
const DOUBTFUL: f64 = 0.7;

type Of = Column<Pattern>;

/// All that is said of a pattern.
const COLUMNS: &[Of] = &[
    Of::new("kind", |p, _| Some(json!(p.idiom.name()))),
    Of::new("mark", |p, _| Some(json!(p.mark.as_ref()?))),
    Of::new("device", |p, s| Some(json!(s.device(p.site.device())))),
    Of::new("bar", |p, _| Some(json!(p.site.bar()))),
    Of::new("space", |p, s| Some(json!(s.space(p.site)?))),
    Of::new("offset", |p, _| Some(json!(offset(p.site)))),
    Of::new("offset2", |p, _| Some(json!(offset(p.second?)))).json_only(),
    Of::new("device2", |p, s| Some(json!(other_device(p, s)?))),
    Of::new("bar2", |p, _| Some(json!(other_bar(p)?))),
    Of::new("offset2", |p, _| Some(json!(offset(p.second?)))).csv_only(),
    Of::new("mask", |p, _| Some(json!(hex(p.details.mask()?)))),
    Of::new("value", |p, _| Some(json!(hex(p.details.value()?)))),
    Of::new("count", |p, _| Some(json!(p.count))),
    Of::new("ended", |p, _| Some(json!(p.outcomes?.ended))),
    Of::new("in_vain", |p, _| Some(json!(p.outcomes?.in_vain))),
    Of::new("cut", |p, _| Some(json!(p.outcomes?.cut))),
    Of::new("unknown", |p, _| Some(json!(p.outcomes?.unknown))),
    Of::new("elements", |p, _| Some(json!(p.elements))),
    Of::new("stride", |p, _| (p.stride > 0).then(|| json!(p.stride))),
    Of::new("width", |p, _| Some(json!(p.site.register.width))),
    Of::new("first", |p, _| Some(json!(p.first))),
    Of::new("time", |p, _| Some(json!(seconds(p.time)))),
    Of::new("confidence", |p, _| Some(json!(confidence(p)))),
    Of::new("iterations", |p, _| lengths(p)).parts(&["min", "median", "max"]),
    Of::new("time_spent", |p, _| Some(json!(seconds(spent(p)?)))),
    Of::new("set", |p, _| bits(p.details.changes()?.set)),
    Of::new("cleared", |p, _| bits(p.details.changes()?.cleared)),
    Of::new("toggled", |p, _| bits(p.details.changes()?.toggled)),
    Of::new("length", |p, _| Some(json!(length(p)?))),
    Of::new("bases", |p, _| if let Details::Window(w) = p.details { Some(json!(w.bases)) } else { None }),
    Of::new("protocol", |p, _| Some(json!(lines::protocol(said(p)?)))),
    Of::new("data", |p, _| bits(said(p)?.data)),
    Of::new("input", |p, _| bits(said(p)?.input)),
    Of::new("select", |p, _| bits(said(p)?.select)),
    Of::new("frames_total", |p, _| Some(json!(said(p)?.total))),
    Of::new("frames", |p, _| Some(lines::frames(said(p)?))).parts(FRAME).json_only(),
    Of::new("evidence", |p, s| Some(json!(evidence(p, s)))),
];

/// The list of patterns.
pub fn text(report: &Report, speller: Speller<'_>, style: Style) -> String {
    let paint = Paint(style.color);
    let mut out = format!("{}\n", summary(&report.trace));
    let mut mark = &None;
    for of_mark in report.patterns.chunk_by(|a, b| a.mark == b.mark) {
        stretch(&of_mark[0].mark, &mut mark, paint, &mut out);
        for of_device in of_mark.chunk_by(|a, b| a.site.device() == b.site.device()) {
            device(of_device, speller, paint, &mut out);
        }
    }
    let n = report.patterns.len();
    let _ = writeln!(out, "\n{} {}", grouped(n as u64), if n == 1 { "pattern" } else { "patterns" });
    if report.is_incomplete() {
        let what: Vec<&str> = left_out(report).into_iter().collect();
        let words = format!("too many to follow them all: {}; choose a device or a time", what.join(", "));
        let _ = writeln!(out, "{}", paint.alarm(&words));
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
        patterns: Vec<R>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        incomplete: bool,
        #[serde(skip_serializing_if = "BTreeSet::is_empty")]
        left_out: BTreeSet<&'static str>,
    }
    Document {
        schema: SCHEMA,
        version: VERSION,
        trace: report.trace.into(),
        patterns: columns::rows(COLUMNS, &report.patterns, speller),
        incomplete: report.is_incomplete(),
        left_out: left_out(report),
    }
}

/// One pattern as JSON has it.
pub fn row<'a>(pattern: &'a Pattern, speller: Speller<'a>) -> impl Serialize + 'a {
    columns::row(COLUMNS, pattern, speller)
}

/// The patterns as CSV.
pub fn csv(report: &Report, speller: Speller<'_>) -> String {
    columns::csv(COLUMNS, &report.patterns, speller)
}

/// The names of what had to be left out because there was too much of it, in order.
pub fn left_out(report: &Report) -> BTreeSet<&'static str> {
    report.left_out.iter().copied().map(LeftOut::name).collect()
}

/// How sure a pattern is, as it is listed: with three decimals.
pub fn confidence(pattern: &Pattern) -> f64 {
    (pattern.confidence * 1000.0).round() / 1000.0
}

fn offset(site: Site) -> String {
    hex(site.register.offset)
}

/// The device of the second register, where it is another one.
fn other_device<'a>(pattern: &Pattern, speller: Speller<'a>) -> Option<&'a str> {
    let device = pattern.second?.device();
    (device != pattern.site.device()).then(|| speller.device(device))
}

/// The BAR of the second register, where it is another one.
fn other_bar(pattern: &Pattern) -> Option<u8> {
    pattern.second.map(Site::bar).filter(|&bar| bar != pattern.site.bar())
}

/// Some bits; nothing where none is set.
fn bits(bits: u64) -> Option<Value> {
    (bits != 0).then(|| json!(hex(bits)))
}

fn lengths(pattern: &Pattern) -> Option<Value> {
    let lengths = pattern.details.lengths()?;
    Some(json!({ "min": lengths.min, "median": lengths.median, "max": lengths.max }))
}

/// Nanoseconds in the loops of a pattern.
fn spent(pattern: &Pattern) -> Option<u64> {
    if let Details::Loops(Loops { spent, .. }) = pattern.details { Some(spent) } else { None }
}

/// Bytes of the window of a pattern.
fn length(pattern: &Pattern) -> Option<u64> {
    if let Details::Window(window) = pattern.details { Some(window.length) } else { None }
}

fn evidence(pattern: &Pattern, speller: Speller<'_>) -> String {
    let heard = said(pattern).map_or(String::new(), lines::first_frame);
    speller.evidence(&pattern.evidence) + &heard
}

/// The patterns of one device, its BARs one after the other, each with the registers behind its ports.
fn device(patterns: &[Pattern], speller: Speller<'_>, paint: Paint, out: &mut String) {
    let place = |p: &Pattern| (p.site.bar(), speller.space(p.site));
    let mut places: Vec<(u8, Option<String>)> = patterns.iter().map(place).collect();
    places.sort_unstable();
    places.dedup();
    let device = patterns[0].site.device();
    let name = speller.device(device);
    let driver = speller.driver(device).map_or(String::new(), |driver| format!(" {driver}"));
    for here in places {
        let behind = here.1.as_ref().map_or(String::new(), |s| format!(", behind the data port {s}"));
        let _ = writeln!(out, "\n{}", paint.bold(&format!("{name}{driver}  BAR {}{behind}", here.0)));
        let text = columns::table(LINE, patterns.iter().filter(|p| place(p) == here), speller).render("  ");
        // The header says what the eye sees anyway.
        out.extend(text.split_inclusive('\n').skip(1));
    }
}

/// A pattern as a line.
const LINE: &[Of] = &[
    Of::table("kind", Left, |p, _| p.idiom.name().replace('_', " ")),
    Of::table("register", Left, registers),
    Of::table("", Right, |p, _| format!("×{}", grouped(p.count))),
    Of::table("what", Left, what),
];

/// The registers of a pattern: `+0x40 → +0x30`, `+0x8…+0x28 by 16`.
fn registers(p: &Pattern, speller: Speller<'_>) -> String {
    let first = p.site.register;
    let mut text = speller.register(first);
    if p.stride > 0 {
        let last = first.offset.saturating_add(p.stride.saturating_mul(p.elements - 1));
        let _ = write!(text, "…+{} by {}", hex(last), p.stride);
    }
    let Some(second) = p.second.map(|second| second.register) else { return text };
    if second.offset != first.offset {
        let device = other_device(p, speller).map_or(String::new(), |device| format!("{device} "));
        let bar = other_bar(p).map_or(String::new(), |bar| format!("{bar}:"));
        let _ = write!(text, " → {device}{bar}{}", speller.register(second));
    }
    if let Some(length) = length(p) {
        let _ = write!(text, "…+{}", hex(second.offset.saturating_add(length.saturating_sub(1))));
    }
    text
}

/// The evidence of a pattern; doubtful patterns say so.
fn what(p: &Pattern, speller: Speller<'_>) -> String {
    let width = match p.site.register.width {
        4 => String::new(),
        width => format!(" ({} wide)", counted(u64::from(width), "byte", "bytes")),
    };
    let doubt = match confidence(p) {
        sure if sure < DOUBTFUL => format!(" (confidence {sure:.2})"),
        _ => String::new(),
    };
    format!("{}{width}{doubt}", evidence(p, speller))
}

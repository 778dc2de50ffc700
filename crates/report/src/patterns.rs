//! Patterns, one line each, under their device and BAR.

use std::fmt::Write;

use crate::numbers::grouped;
use mmio_format::Devices;

use super::color::Paint;
use crate::table::{Align::Left, Align::Right, Table};
use mmio_analyze::patterns::{Pattern, Report};

/// How the list looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct PatternsStyle {
    /// Escape codes for colour.
    pub color: bool,
}

/// Columns of the CSV form.
pub const PATTERNS_COLUMNS: &[&str] = &[
    "kind",
    "mark",
    "device",
    "bar",
    "space",
    "offset",
    "device2",
    "bar2",
    "offset2",
    "mask",
    "value",
    "count",
    "elements",
    "stride",
    "width",
    "first",
    "time",
    "confidence",
    "iterations.min",
    "iterations.median",
    "iterations.max",
    "time_spent",
    "set",
    "cleared",
    "toggled",
    "length",
    "bases",
    "protocol",
    "data",
    "input",
    "select",
    "frames_total",
    "evidence",
];

/// The list.
pub fn patterns(report: &Report, devices: &Devices, style: PatternsStyle) -> String {
    let paint = Paint(style.color);
    let mut out = format!("{}\n", super::summary(&report.trace));
    let mut mark = &None;
    for of_mark in report.patterns.chunk_by(|a, b| a.mark == b.mark) {
        super::stretch(&of_mark[0].mark, &mut mark, paint, &mut out);
        for of_device in of_mark.chunk_by(|a, b| a.device == b.device) {
            device(of_device, devices, paint, &mut out);
        }
    }
    let n = report.patterns.len();
    let _ = writeln!(out, "\n{} {}", grouped(n as u64), if n == 1 { "pattern" } else { "patterns" });
    if report.incomplete {
        let what: Vec<&str> = report.left_out.iter().copied().collect();
        let words = format!("too many to follow them all: {}; choose a device or a time", what.join(", "));
        let _ = writeln!(out, "{}", paint.alarm(&words));
    }
    out
}

/// The patterns of one device, its BARs one after the other, each with what is behind its ports.
fn device(patterns: &[Pattern], devices: &Devices, paint: Paint, out: &mut String) {
    let mut places: Vec<(u8, &Option<String>)> = patterns.iter().map(|p| (p.bar, &p.space)).collect();
    places.sort_unstable();
    places.dedup();
    let name = &patterns[0].device;
    let driver = devices.iter().find(|(_, d)| d.name == *name).and_then(|(_, d)| d.driver());
    let driver = driver.map_or(String::new(), |driver| format!(" {driver}"));
    for (bar, space) in places {
        let behind = space.as_ref().map_or(String::new(), |s| format!(", behind the data port {s}"));
        let _ = writeln!(out, "\n{}", paint.bold(&format!("{name}{driver}  BAR {bar}{behind}")));
        let mut table = Table::new(&[("kind", Left), ("register", Left), ("", Right), ("what", Left)]);
        for pattern in patterns.iter().filter(|p| (p.bar, &p.space) == (bar, space)) {
            table.row(vec![
                pattern.kind.name().replace('_', " "),
                registers(pattern),
                format!("×{}", grouped(pattern.count)),
                what(pattern),
            ]);
        }
        let text = table.render("  ");
        // The header says what the eye sees anyway.
        out.extend(text.split_inclusive('\n').skip(1));
    }
}

/// `+0x40 → +0x30`, `+0x8…+0x28 by 16`.
fn registers(p: &Pattern) -> String {
    let mut text = format!("+{}", p.offset);
    if let Some(stride) = p.stride {
        let first = u64::from_str_radix(p.offset.trim_start_matches("0x"), 16).unwrap_or_default();
        let last = first.saturating_add(stride.saturating_mul(p.elements - 1));
        let _ = write!(text, "…+0x{last:x} by {stride}");
    }
    if let Some(second) = p.offset2.as_ref().filter(|second| **second != p.offset) {
        let device = p.device2.as_ref().map_or(String::new(), |device| format!("{device} "));
        let bar = p.bar2.map_or(String::new(), |bar| format!("{bar}:"));
        let _ = write!(text, " → {device}{bar}+{second}");
    }
    if let (Some(second), Some(length)) = (&p.offset2, p.length) {
        let first = u64::from_str_radix(second.trim_start_matches("0x"), 16).unwrap_or_default();
        let _ = write!(text, "…+0x{:x}", first.saturating_add(length.saturating_sub(1)));
    }
    text
}

/// The evidence; doubtful patterns say so.
fn what(p: &Pattern) -> String {
    let width = if p.width == 4 { String::new() } else { format!(" ({} bytes wide)", p.width) };
    let doubt = if p.confidence < 0.7 { format!(" (confidence {:.2})", p.confidence) } else { String::new() };
    format!("{}{width}{doubt}", p.evidence)
}

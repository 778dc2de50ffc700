//! [`Info`] as tables.

use std::fmt::Write;

use mmio_analyze::names::grouped;

use crate::table::{Align::Left, Align::Right, Table};
use mmio_analyze::info::{DeviceInfo, Info, Span};

/// The report as text.
pub fn info(report: &Info) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", super::summary(&report.trace));
    if let Some(Span { start, end, duration }) = &report.time {
        let _ = writeln!(out, "{duration} s, from {start} to {end}");
    }
    recordings(report, &mut out);
    section(&mut out, "devices", &bars(&report.devices));
    section(&mut out, "mappings", &mappings(&report.devices));
    section(&mut out, "hottest registers", &hottest(report));
    section(&mut out, "markers", &markers(report));
    section(&mut out, "losses", &losses(report));
    out
}

fn section(out: &mut String, title: &str, table: &Table) {
    if !table.is_empty() {
        let _ = write!(out, "\n{title}\n{}", table.render("  "));
    }
}

fn recordings(report: &Info, out: &mut String) {
    if report.recordings.len() < 2 {
        return;
    }
    let columns = [
        ("recording", Right),
        ("first record", Right),
        ("start", Right),
        ("seconds", Right),
        ("accesses", Right),
    ];
    let mut table = Table::new(&columns);
    for (i, r) in report.recordings.iter().enumerate() {
        let span = r.time.clone().unwrap_or_default();
        let (first, accesses) = (grouped(r.first_record), grouped(r.accesses));
        table.row(vec![(i + 1).to_string(), first, span.start, span.duration, accesses]);
    }
    section(out, "recordings", &table);
}

fn bars(devices: &[DeviceInfo]) -> Table {
    let mut table = Table::new(&[
        ("device", Left),
        ("driver", Left),
        ("id", Left),
        ("bar", Right),
        ("start", Right),
        ("length", Right),
        ("accesses", Right),
        ("reads", Right),
        ("writes", Right),
        ("unknown", Right),
        ("registers", Right),
    ]);
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    for device in devices {
        for bar in &device.bars {
            table.row(vec![
                device.device.clone(),
                or_dash(&device.driver),
                or_dash(&device.id),
                bar.bar.to_string(),
                or_dash(&bar.start),
                or_dash(&bar.length),
                grouped(bar.accesses),
                grouped(bar.reads),
                grouped(bar.writes),
                grouped(bar.unknown),
                grouped(bar.registers),
            ]);
        }
    }
    table
}

fn mappings(devices: &[DeviceInfo]) -> Table {
    let mut table = Table::new(&[
        ("device", Left),
        ("bar", Right),
        ("offset", Right),
        ("length", Right),
        ("times", Right),
    ]);
    for device in devices {
        for m in &device.mappings {
            let (offset, length) = (format!("+{}", m.offset), m.length.clone());
            table.row(vec![device.device.clone(), m.bar.to_string(), offset, length, m.count.to_string()]);
        }
    }
    table
}

fn hottest(report: &Info) -> Table {
    let mut table = Table::new(&[
        ("device", Left),
        ("bar", Right),
        ("offset", Right),
        ("width", Right),
        ("accesses", Right),
        ("reads", Right),
        ("writes", Right),
        ("unknown", Right),
    ]);
    for r in &report.registers {
        table.row(vec![
            r.device.clone(),
            r.bar.to_string(),
            format!("+{}", r.offset),
            r.width.to_string(),
            grouped(r.accesses),
            grouped(r.reads),
            grouped(r.writes),
            grouped(r.unknown),
        ]);
    }
    table
}

fn markers(report: &Info) -> Table {
    let mut table = Table::new(&[("time", Right), ("before access", Right), ("text", Left)]);
    for m in &report.markers {
        table.row(vec![m.time.clone(), grouped(m.index), m.text.escape_debug().to_string()]);
    }
    table
}

fn losses(report: &Info) -> Table {
    let mut table = Table::new(&[("before access", Right), ("events", Right)]);
    for loss in &report.losses {
        table.row(vec![grouped(loss.index), loss.events.map_or("not known".into(), grouped)]);
    }
    table
}

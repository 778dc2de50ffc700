//! [`Info`] as tables.

use std::fmt::Write;

use mmio_analyze::info::{DeviceInfo, Info};

use crate::Speller;
use crate::numbers::{grouped, hex, seconds};
use crate::table::{Align::Left, Align::Right, Table};

/// The report as text.
pub fn text(report: &Info, speller: Speller<'_>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", crate::summary(&report.trace));
    if let Some((start, end)) = report.time {
        let _ = writeln!(out, "{} s, from {} to {}", seconds(end - start), seconds(start), seconds(end));
    }
    recordings(report, &mut out);
    section(&mut out, "devices", &bars(&report.devices, speller));
    section(&mut out, "mappings", &mappings(&report.devices, speller));
    section(&mut out, "hottest registers", &hottest(report, speller));
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
        let (start, length) =
            r.time.map_or_else(Default::default, |(start, end)| (seconds(start), seconds(end - start)));
        let (first, accesses) = (grouped(r.first_record), grouped(r.accesses));
        table.row(vec![(i + 1).to_string(), first, start, length, accesses]);
    }
    section(out, "recordings", &table);
}

fn bars(devices: &[DeviceInfo], speller: Speller<'_>) -> Table {
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
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    for device in devices {
        for bar in &device.bars {
            table.row(vec![
                speller.device(device.device).into(),
                or_dash(speller.driver(device.device).map(Into::into)),
                or_dash(speller.pci_id(device.device)),
                bar.bar.to_string(),
                or_dash(bar.start.map(hex)),
                or_dash(bar.length.map(hex)),
                grouped(bar.accesses()),
                grouped(bar.reads),
                grouped(bar.writes),
                grouped(bar.unknown),
                grouped(bar.registers),
            ]);
        }
    }
    table
}

fn mappings(devices: &[DeviceInfo], speller: Speller<'_>) -> Table {
    let mut table = Table::new(&[
        ("device", Left),
        ("bar", Right),
        ("offset", Right),
        ("length", Right),
        ("times", Right),
    ]);
    for device in devices {
        for m in &device.mappings {
            let (offset, length) = (format!("+{}", hex(m.offset)), hex(m.length));
            table.row(vec![
                speller.device(device.device).into(),
                m.bar.to_string(),
                offset,
                length,
                m.count.to_string(),
            ]);
        }
    }
    table
}

fn hottest(report: &Info, speller: Speller<'_>) -> Table {
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
            speller.device(r.register.device).into(),
            r.register.bar().to_string(),
            speller.register(r.register),
            r.register.width.to_string(),
            grouped(r.accesses()),
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
        table.row(vec![seconds(m.time), grouped(m.index), m.text.escape_debug().to_string()]);
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

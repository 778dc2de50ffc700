//! [`Info`] as tables.

use std::fmt::Write;

use mmio_analyze::info::{BarKind, DeviceInfo, Emptiness, Info};
use mmio_format::Origin;
use mmio_format::container::Recording;

use super::{facts, markers};
use crate::Speller;
use crate::numbers::{grouped, hex, plain, seconds};
use crate::table::{Align::Left, Align::Right, Table};

/// The report as text; with `facts`, the data of the recordings after it.
pub fn text(report: &Info, facts: Option<&[Recording]>, speller: Speller<'_>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", crate::summary(&report.trace));
    origin(&report.origin, &mut out);
    if let Some((start, end)) = report.time {
        let _ = writeln!(out, "{} s, from {} to {}", seconds(end - start), seconds(start), seconds(end));
    }
    if let Some(empty) = report.empty {
        let _ = writeln!(out, "{}", why_empty(empty));
    }
    recordings(report, &mut out);
    match report.empty {
        Some(_) => section(&mut out, "devices that the trace names", &named(&report.devices, speller)),
        None => section(&mut out, "devices", &bars(&report.devices, speller)),
    }
    section(&mut out, "regions", &regions(&report.devices, speller));
    section(&mut out, "mappings", &mappings(&report.devices, speller));
    section(&mut out, "hottest registers", &hottest(report, speller));
    markers::section(&report.markers, &mut out);
    section(&mut out, "losses", &losses(report));
    if let Some(facts) = facts {
        facts::text(facts, &mut out);
    }
    out
}

/// What log it was, what of it is no record, and what is to be known of the records.
fn origin(origin: &Origin, out: &mut String) {
    if let Some(source) = &origin.source {
        let _ = writeln!(out, "read from {}", plain(source));
    }
    if let Some(left_out) = crate::left_out(origin) {
        let _ = writeln!(out, "left out: {}", plain(&left_out));
    }
    for note in &origin.notes {
        let _ = writeln!(out, "note: {}", plain(note));
    }
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

/// What leads to a trace without an access, most often.
fn why_empty(empty: Emptiness) -> &'static str {
    match empty {
        Emptiness::NoMapping => {
            "no mapping and no access: most often the driver was loaded before the tracer was on, which sees only what is \
             mapped from then on; unload it first (modprobe -r), or record with mmio-capture --device"
        }
        _ => "no access: the driver mapped its device and did nothing with it while it was recorded",
    }
}

/// All BARs of all devices, without counts.
fn named(devices: &[DeviceInfo], speller: Speller<'_>) -> Table {
    let columns = [("device", Left), ("driver", Left), ("id", Left), ("bar", Right), ("kind", Left)];
    let mut table = Table::new(&[&columns[..], &[("start", Right), ("length", Right)]].concat());
    for device in devices {
        let names = || {
            let driver = speller.driver(device.device).map(Into::into);
            vec![
                speller.device(device.device).into(),
                or_dash(driver),
                or_dash(speller.pci_id(device.device)),
            ]
        };
        for bar in &device.bars {
            let kind = bar.kind.map(|kind| bar_kind(kind).into());
            let cells = [Some(bar.bar.to_string()), kind, bar.start.map(hex), bar.length.map(hex)];
            table.row([names(), cells.map(or_dash).to_vec()].concat());
        }
        if device.bars.is_empty() {
            table.row([names(), vec!["-".into(); 4]].concat());
        }
    }
    table
}

/// The word for what a BAR is for.
pub(super) fn bar_kind(kind: BarKind) -> &'static str {
    match kind {
        BarKind::Io => "io",
        BarKind::Rom => "rom",
        _ => "memory",
    }
}

/// What the log calls the regions of devices that have another name, or several.
fn regions(devices: &[DeviceInfo], speller: Speller<'_>) -> Table {
    let mut table = Table::new(&[("device", Left), ("regions", Left)]);
    for device in devices {
        let (name, regions) = (speller.device(device.device), speller.regions(device.device));
        if regions.iter().any(|region| region != name) {
            table.row(vec![name.into(), regions.join(", ")]);
        }
    }
    table
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".into())
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

fn losses(report: &Info) -> Table {
    let mut table = Table::new(&[("before access", Right), ("events", Right)]);
    for loss in &report.losses {
        table.row(vec![grouped(loss.index), loss.events.map_or("not known".into(), grouped)]);
    }
    table
}

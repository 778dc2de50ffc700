//! The document, schema `mmio-analyze.info`; docs/json.md explains the fields.

use mmio_analyze::info::{BarInfo, DeviceInfo, Emptiness, Info};
use mmio_format::{Origin, container};
use serde::Serialize;

use super::facts::{self, Facts};
use super::text::bar_kind;
use crate::numbers::{hex, seconds};
use crate::{Counts, Speller};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    trace: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Source<'a>>,
    time: Option<Span>,
    recordings: Vec<Recording>,
    devices: Vec<Device<'a>>,
    markers: Vec<Marker<'a>>,
    losses: Vec<Loss>,
    registers: Vec<Register<'a>>,
    empty: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Vec<Facts>>,
}

/// The log that was read, where it is another tracer's.
#[derive(Serialize)]
struct Source<'a> {
    source: &'a str,
    left_out: Vec<LeftOut<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct LeftOut<'a> {
    count: u64,
    what: &'a str,
}

#[derive(Serialize)]
struct Span {
    start: String,
    end: String,
    duration: String,
}

#[derive(Serialize)]
struct Recording {
    first_record: u64,
    accesses: u64,
    time: Option<Span>,
}

#[derive(Serialize)]
struct Device<'a> {
    device: &'a str,
    driver: Option<&'a str>,
    id: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    regions: &'a [String],
    bars: Vec<Bar>,
    mappings: Vec<Mapping>,
}

#[derive(Serialize)]
struct Bar {
    bar: u8,
    kind: Option<&'static str>,
    start: Option<String>,
    length: Option<String>,
    accesses: u64,
    reads: u64,
    writes: u64,
    unknown: u64,
    registers: u64,
}

#[derive(Serialize)]
struct Mapping {
    bar: u8,
    offset: String,
    length: String,
    count: u64,
}

#[derive(Serialize)]
struct Marker<'a> {
    time: String,
    index: u64,
    text: &'a str,
}

#[derive(Serialize)]
struct Loss {
    index: u64,
    events: Option<u64>,
}

#[derive(Serialize)]
struct Register<'a> {
    device: &'a str,
    bar: u8,
    offset: String,
    width: u8,
    accesses: u64,
    reads: u64,
    writes: u64,
    unknown: u64,
}

/// The report as JSON; with `facts`, the data of the recordings in it.
pub fn json<'a>(
    report: &'a Info,
    facts: Option<&[container::Recording]>,
    speller: Speller<'a>,
) -> impl Serialize + use<'a> {
    let recording = |r: &mmio_analyze::info::Recording| Recording {
        first_record: r.first_record,
        accesses: r.accesses,
        time: r.time.map(span),
    };
    let marker =
        |m: &'a mmio_analyze::info::Marker| Marker { time: seconds(m.time), index: m.index, text: &m.text };
    let register = |r: &mmio_analyze::info::RegisterInfo| Register {
        device: speller.device(r.register.device),
        bar: r.register.bar(),
        offset: hex(r.register.offset),
        width: r.register.width,
        accesses: r.accesses(),
        reads: r.reads,
        writes: r.writes,
        unknown: r.unknown,
    };
    Document {
        schema: "mmio-analyze.info",
        version: 1,
        trace: report.trace.into(),
        origin: source(&report.origin),
        time: report.time.map(span),
        recordings: report.recordings.iter().map(recording).collect(),
        devices: report.devices.iter().map(|d| device(d, speller)).collect(),
        markers: report.markers.iter().map(marker).collect(),
        losses: report.losses.iter().map(|l| Loss { index: l.index, events: l.events }).collect(),
        registers: report.registers.iter().map(register).collect(),
        empty: report.empty.map(emptiness),
        facts: facts.map(|facts| facts.iter().map(facts::json).collect()),
    }
}

fn source(origin: &Origin) -> Option<Source<'_>> {
    let left_out = origin.left_out.iter().map(|(count, what)| LeftOut { count: *count, what }).collect();
    origin.source.as_ref().map(|source| Source { source, left_out, notes: &origin.notes })
}

fn emptiness(empty: Emptiness) -> &'static str {
    match empty {
        Emptiness::NoMapping => "no_mapping",
        _ => "no_access",
    }
}

fn span((start, end): (u64, u64)) -> Span {
    Span { start: seconds(start), end: seconds(end), duration: seconds(end - start) }
}

fn device<'a>(info: &DeviceInfo, speller: Speller<'a>) -> Device<'a> {
    let mapping = |m: &mmio_analyze::info::Mapping| Mapping {
        bar: m.bar,
        offset: hex(m.offset),
        length: hex(m.length),
        count: m.count,
    };
    Device {
        device: speller.device(info.device),
        driver: speller.driver(info.device),
        id: speller.pci_id(info.device),
        regions: speller.regions(info.device),
        bars: info.bars.iter().map(bar).collect(),
        mappings: info.mappings.iter().map(mapping).collect(),
    }
}

fn bar(info: &BarInfo) -> Bar {
    Bar {
        bar: info.bar,
        kind: info.kind.map(bar_kind),
        start: info.start.map(hex),
        length: info.length.map(hex),
        accesses: info.accesses(),
        reads: info.reads,
        writes: info.writes,
        unknown: info.unknown,
        registers: info.registers,
    }
}

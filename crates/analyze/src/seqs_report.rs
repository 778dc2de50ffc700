//! The report of `seqs`: the sequences of all phases with names, as JSON has them.

use mmio_format::{Devices, Trace};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::load::Phase;
use crate::names::{hex, seconds, space};
use crate::seqs::{self, Item, Options, Sequence, Step};
use crate::seqs_behind::{self, Ports};
use crate::summary::Summary;

/// Sequences of a trace.
#[derive(Clone, Debug)]
pub struct Report {
    /// Counts over the whole trace.
    pub summary: Summary,
    /// Accesses that were looked at: those that pass the filter.
    pub considered: u64,
    /// Accesses in the listed sequences, each counted once.
    pub explained: u64,
    /// Whether all devices were followed as one stream.
    pub interleaved: bool,
    /// Sequences, ranked within each phase, numbered from 1 in this order.
    pub sequences: Vec<Listed>,
}

/// A sequence and the phase that it is from.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Text of the marker that begins the phase, in a report by marker.
    pub mark: Option<String>,
    /// The sequence.
    pub sequence: Sequence,
}

/// Finds the sequences of each phase.
pub fn report(trace: &Trace, phases: &[Phase], options: &Options, interleaved: bool) -> Report {
    let summary = Summary::of(trace);
    let mut report = Report { summary, considered: 0, explained: 0, interleaved, sequences: Vec::new() };
    for phase in phases {
        let found = seqs::find(&phase.streams, options);
        report.considered += found.total;
        report.explained += found.explained;
        let ports =
            if found.sequences.is_empty() { Ports::new() } else { seqs_behind::ports(&phase.streams) };
        let listed = found.sequences.into_iter().map(|mut sequence| {
            seqs_behind::name(&mut sequence, &ports);
            Listed { mark: phase.mark.clone(), sequence }
        });
        report.sequences.extend(listed);
    }
    report
}

#[derive(Serialize)]
struct Counts {
    accesses: u64,
    explained: u64,
    lost: u64,
    unparsed: u64,
}

/// The report as JSON, schema `mmio-analyze.seqs` version 1.
pub fn json(report: &Report, devices: &Devices, occurrences: bool) -> Value {
    let Summary { accesses, lost, unparsed } = report.summary;
    let trace = Counts { accesses, explained: report.explained, lost, unparsed };
    let list = report
        .sequences
        .iter()
        .enumerate()
        .map(|(i, listed)| sequence(report, devices, i + 1, listed, occurrences));
    json!({
        "schema": "mmio-analyze.seqs",
        "version": 1,
        "trace": trace,
        "sequences": list.collect::<Vec<Value>>(),
    })
}

fn sequence(report: &Report, devices: &Devices, id: usize, listed: &Listed, occurrences: bool) -> Value {
    let s = &listed.sequence;
    let mut out = Map::new();
    out.insert("id".into(), id.into());
    if let Some(mark) = &listed.mark {
        out.insert("mark".into(), mark.as_str().into());
    }
    if !report.interleaved {
        out.insert("device".into(), devices.get(s.device).name.as_str().into());
    }
    out.insert("count".into(), s.count.into());
    out.insert("accesses".into(), s.accesses.into());
    out.insert("share".into(), share(s.accesses, report.considered).into());
    out.insert("first".into(), json!({"index": s.first.0, "time": seconds(s.first.1)}));
    let devices = report.interleaved.then_some(devices);
    out.insert("steps".into(), s.steps.iter().map(|item| self::item(item, devices)).collect());
    if occurrences {
        let one = |o: &seqs::Occurrence| {
            let values: Vec<String> = o.values.iter().map(|&v| hex(v)).collect();
            json!({"index": o.index, "time": seconds(o.time), "length": o.length, "values": values})
        };
        out.insert("occurrences".into(), s.occurrences.iter().map(one).collect());
    }
    out.into()
}

/// `part` of `whole`, 0 to 1, with six decimals.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 1e6).round() / 1e6 }
}

fn item(item: &Item, devices: Option<&Devices>) -> Value {
    match item {
        Item::Loop { steps, repeat } => {
            let body: Vec<Value> = steps.iter().map(|i| self::item(i, devices)).collect();
            json!({"loop": body, "repeat": repeat})
        }
        Item::Step(step) => self::step(step, devices),
    }
}

fn step(s: &Step, devices: Option<&Devices>) -> Value {
    let mut out = Map::new();
    out.insert("op".into(), s.op.to_string().into());
    if let Some(devices) = devices {
        out.insert("device".into(), devices.get(s.device).name.as_str().into());
    }
    out.insert("bar".into(), s.bar.into());
    out.insert("offset".into(), hex(s.offset).into());
    let value = match &s.value {
        seqs::Value::Absent => None,
        seqs::Value::Fixed(v) => Some(hex(*v).into()),
        seqs::Value::OneOf(v) => Some(json!({"one_of": v.iter().map(|&v| hex(v)).collect::<Vec<_>>()})),
        seqs::Value::Stride(by) => Some(json!({"stride": by})),
        seqs::Value::Free => Some("*".into()),
    };
    if let Some(value) = value {
        out.insert("width".into(), s.width.into());
        out.insert("value".into(), value);
    }
    if s.repeat != [1, 1] {
        out.insert("repeat".into(), json!(s.repeat));
    }
    if s.stride != 0 {
        out.insert("stride".into(), s.stride.into());
        out.insert("span".into(), s.span.into());
    }
    if let Some(behind) = s.behind {
        out.insert("space".into(), space(s.bar, s.offset).into());
        if let seqs::Behind::Index(index) = behind {
            out.insert("index".into(), hex(index).into());
        }
    }
    if let Some(exit) = s.exit {
        out.insert("exit".into(), json!({"mask": hex(exit.mask), "value": hex(exit.value)}));
    }
    out.into()
}

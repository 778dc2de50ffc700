//! The document, schema `mmio-analyze.seqs`; docs/json.md explains the fields.

use mmio_analyze::seqs::{Behind, Exit, Item, Listed, Occurrence, Report, Step, Value as Values};
use mmio_format::Register;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{SCHEMA, VERSION, share};
use crate::numbers::{hex, seconds, space};
use crate::{Counts, Speller};

/// The report as JSON has it.
pub fn json(report: &Report, speller: Speller<'_>) -> impl Serialize {
    let list = (1..).zip(&report.sequences).map(|(id, listed)| sequence(report, speller, id, listed));
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "trace": Explained { counts: report.trace.into(), explained: report.explained },
        "sequences": list.collect::<Vec<Value>>(),
    })
}

/// What `trace` has.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    counts: Counts,
    explained: u64,
}

fn sequence(report: &Report, speller: Speller<'_>, id: usize, listed: &Listed) -> Value {
    let s = &listed.sequence;
    let mut out = Map::new();
    out.insert("id".into(), id.into());
    if let Some(mark) = &listed.mark {
        out.insert("mark".into(), mark.as_str().into());
    }
    if !report.interleaved {
        out.insert("device".into(), speller.device(s.device).into());
    }
    out.insert("count".into(), s.count.into());
    out.insert("accesses".into(), s.accesses.into());
    out.insert("share".into(), share(s.accesses, report.considered).into());
    out.insert("first".into(), json!({"index": s.first.0, "time": seconds(s.first.1)}));
    let devices = report.interleaved.then_some(speller);
    out.insert("steps".into(), s.steps.iter().map(|item| self::item(item, devices)).collect());
    if report.occurrences {
        out.insert("occurrences".into(), s.occurrences.iter().map(occurrence).collect());
    }
    out.into()
}

fn occurrence(o: &Occurrence) -> Value {
    let values: Vec<String> = o.values.iter().map(|&v| hex(v)).collect();
    json!({"index": o.index, "time": seconds(o.time), "length": o.length, "values": values})
}

fn item(item: &Item, devices: Option<Speller<'_>>) -> Value {
    match item {
        Item::Loop { steps, repeat } => {
            let body: Vec<Value> = steps.iter().map(|i| self::item(i, devices)).collect();
            json!({"loop": body, "repeat": repeat})
        }
        Item::Step(step) => self::step(step, devices),
    }
}

fn step(s: &Step, devices: Option<Speller<'_>>) -> Value {
    let Register { device, offset, width, .. } = s.register;
    let bar = s.register.bar();
    let mut out = Map::new();
    out.insert("op".into(), s.op.to_string().into());
    if let Some(speller) = devices {
        out.insert("device".into(), speller.device(device).into());
    }
    out.insert("bar".into(), bar.into());
    out.insert("offset".into(), hex(offset).into());
    if let Some(value) = value(&s.value) {
        out.insert("width".into(), width.into());
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
        out.insert("space".into(), space(bar, offset).into());
        if let Behind::Index(index) = behind {
            out.insert("index".into(), hex(index).into());
        }
    }
    if let Some(Exit { mask, value, ended, never }) = s.exit {
        let exit = json!({"mask": hex(mask), "value": hex(value), "ended": ended, "never": never});
        out.insert("exit".into(), exit);
    }
    out.into()
}

fn value(value: &Values) -> Option<Value> {
    Some(match value {
        Values::Absent => return None,
        Values::Fixed(v) => hex(*v).into(),
        Values::OneOf(v) => json!({"one_of": v.iter().map(|&v| hex(v)).collect::<Vec<_>>()}),
        Values::Stride(by) => json!({"stride": by}),
        Values::Free => "*".into(),
    })
}

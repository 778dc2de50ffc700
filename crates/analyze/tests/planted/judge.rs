//! Compares what was found with what was planted.

use crate::generate::{Part, Plan, Planted};
use mmio_analyze::seqs::{Found, Item, Step, Value};
use mmio_analyze::stream::Symbol;
use mmio_format::DeviceId;

/// A step as text, with polls' values left out: they differ from read to read.
fn step(step: &Step) -> String {
    let value = match &step.value {
        _ if step.repeat[1] > 1 && step.stride == 0 => "poll".into(),
        Value::Fixed(value) => format!("{value:x}"),
        Value::OneOf(values) => format!("{values:x?}"),
        Value::Stride(by) => format!("by {by}"),
        Value::Free | Value::Absent => "*".into(),
    };
    let r = step.register;
    let head = format!("{}{} {}+{:x}", step.op, r.width, r.bar(), r.offset);
    format!("{head} {value} {:?} {}", step.repeat, step.stride)
}

/// The steps as text, a line each, loops of a constant count written out.
pub(crate) fn found(items: &[Item]) -> Vec<String> {
    let mut lines = Vec::new();
    for item in items {
        match item {
            Item::Step(s) => lines.push(step(s)),
            Item::Loop { steps, repeat } => {
                let body = found(steps);
                if repeat[0] == repeat[1] && repeat[0] < 10 {
                    (0..repeat[0]).for_each(|_| lines.extend(body.iter().cloned()));
                } else {
                    lines.push(format!("{{ {} }} {repeat:?}", body.join("; ")));
                }
            }
        }
    }
    lines
}

/// A planted sequence in the same form, given how often each part was done.
pub(crate) fn expected(parts: &[Part]) -> Vec<String> {
    let mut lines = Vec::new();
    for part in parts {
        match part {
            Part::Step { symbol, plan, seen, .. } => lines.push(line(symbol, plan, [seen.0, seen.1], 0)),
            Part::Table { symbol, plan, stride, length } => {
                lines.push(line(symbol, plan, [*length; 2], *stride));
            }
            Part::Loop { body, seen, .. } if seen.0 == seen.1 => {
                (0..seen.0).for_each(|_| lines.extend(expected(body)));
            }
            Part::Loop { body, seen, .. } => {
                lines.push(format!("{{ {} }} {:?}", expected(body).join("; "), [seen.0, seen.1]));
            }
        }
    }
    lines
}

fn line(symbol: &Symbol, plan: &Plan, repeat: [u64; 2], stride: u64) -> String {
    let cut = |value: &u64| value & if symbol.register.width == 1 { 0xff } else { !0 };
    let value = match plan {
        _ if repeat[1] > 1 && stride == 0 => "poll".into(),
        Plan::Until(_, value) | Plan::Fixed(value) => format!("{:x}", cut(value)),
        Plan::Few(values) => format!("{:x?}", values.iter().map(cut).collect::<Vec<_>>()),
        Plan::Moving(_, by, _) => format!("by {by}"),
        Plan::Free => "*".into(),
    };
    let Symbol { register: r, op } = symbol;
    format!("{op}{} {}+{:x} {value} {repeat:?} {stride}", r.width, r.bar(), r.offset)
}

/// What became of the planted sequences.
#[derive(Default, Debug)]
pub(crate) struct Score {
    pub planted: usize,
    pub exact: usize,
    /// Sequences whose steps are right and whose count is wrong.
    pub miscounted: usize,
    pub listed: usize,
    pub strange: usize,
}

/// Counts the planted sequences found, and the listed ones that are none.
pub(crate) fn judge(report: &Found, planted: &[Planted], verbose: bool) -> Score {
    let mut score = Score { planted: planted.len(), listed: report.sequences.len(), ..Score::default() };
    let listed: Vec<_> = report.sequences.iter().map(|s| (s.device, found(&s.steps), s.count)).collect();
    let mut known = vec![false; listed.len()];
    for plant in planted {
        let steps = expected(&plant.parts);
        let at = listed
            .iter()
            .position(|(device, found, _)| *device == DeviceId::new(plant.device) && *found == steps);
        match at {
            Some(at) => {
                known[at] = true;
                if listed[at].2 == plant.count {
                    score.exact += 1;
                } else {
                    score.miscounted += 1;
                    if verbose {
                        println!("  count {} for {}: {steps:?}", listed[at].2, plant.count);
                    }
                }
            }
            None if verbose => explain(plant, &steps, &listed),
            None => {}
        }
    }
    for (at, _) in known.iter().enumerate().filter(|(_, known)| !**known) {
        score.strange += 1;
        if verbose {
            println!("  strange #{at} ×{} on {}: {:#?}", listed[at].2, listed[at].0.index(), listed[at].1);
        }
    }
    score
}

/// Says how a planted sequence differs from the listed one that is most like it.
fn explain(plant: &Planted, steps: &[String], listed: &[(DeviceId, Vec<String>, u64)]) {
    println!("  missing ×{} on {}: {} steps", plant.count, plant.device, steps.len());
    let like = |found: &[String]| {
        let common = found.iter().filter(|line| steps.contains(line)).count();
        2 * common as i64 - found.len() as i64
    };
    let here = listed.iter().enumerate().filter(|(_, l)| l.0 == DeviceId::new(plant.device));
    let Some((at, (_, found, count))) = here.max_by_key(|(_, l)| like(&l.1)) else { return };
    println!("    most like #{at} ×{count}: {} steps", found.len());
    steps.iter().filter(|s| !found.contains(s)).for_each(|s| println!("    - {s}"));
    found.iter().filter(|s| !steps.contains(s)).for_each(|s| println!("    + {s}"));
}

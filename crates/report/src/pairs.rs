//! Write-then-read pairs, [`mmio_analyze::pairs`]: as text one table a device, as JSON and CSV one row a pair.

use std::fmt::Write;

use mmio_analyze::pairs::{Answer, Class, Member, Pair, Report, ValueRelation, Written};
use mmio_format::Register;
use serde::Serialize;
use serde_json::{Value, json};

use crate::color::Paint;
use crate::columns::{self, Column};
use crate::numbers::{grouped, hex};
use crate::table::Align::{Left, Right};
use crate::{Counts, Speller, Style, stretch, summary};

/// Name of the report in JSON.
pub const SCHEMA: &str = "mmio-analyze.pairs";
/// Version of the report's shape in JSON.
pub const VERSION: u32 = 1;

type Of = Column<Pair>;

/// All that is said of a pair.
const COLUMNS: &[Of] = &[
    Of::new("mark", |p, _| Some(json!(p.mark.as_ref()?))),
    Of::new("device", |p, speller| Some(json!(speller.device(p.device())))),
    Of::new("bar", |p, _| Some(json!(first(p).bar()))),
    Of::new("write", |p, _| Some(json!(offset(p)))).shown("write", Left, |p, _| written(p)),
    Of::new("width", |p, _| Some(json!(p.write.single()?.width))),
    Of::new("values", |p, _| values(p)),
    Of::new("read_bar", |p, _| (first(p).space != p.read.space).then(|| json!(p.read.bar()))),
    Of::new("read", |p, _| Some(json!(hex(p.read.offset)))),
    Of::new("read_width", |p, _| Some(json!(p.read.width))),
    Of::new("answer", |p, _| Some(json!(letter(p.answer)))).shown("answer", Left, |p, _| answer(p)),
    Of::new("class", |p, _| Some(json!(class(p.class)))).shown("class", Left, |p, _| class(p.class).into()),
    Of::new("count", |p, _| Some(json!(p.count))).shown("answered", Right, |p, _| answered(p)),
    Of::new("writes", |p, _| Some(json!(p.writes))).shown("of writes", Right, |p, _| grouped(p.writes)),
    Of::new("reads", |p, _| Some(json!(p.reads))),
    Of::new("within", |p, _| Some(json!(p.within))).shown("within", Right, |p, _| grouped(p.within)),
    Of::new("lift", |p, _| Some(json!(lift(p)))),
    Of::new("p", |p, _| Some(json!(chance(p)))),
    Of::new("latency_us", |p, _| latency(p)).parts(&["min", "median", "p99"]),
    Of::new("value_relation", |p, _| Some(json!(relation(p.relation)))),
    Of::new("mask", |p, _| Some(json!(p.relation.mask().map(hex)?))),
    Of::new("folded", |p, _| p.folded.then_some(json!(true))),
    Of::new("members", |p, _| members(p)).parts(MEMBER).json_only(),
    Of::new("never", |p, _| (p.never > 0).then(|| json!(p.never))),
    Of::new("evidence", |p, speller| Some(json!(speller.evidence(&p.evidence)))),
    Of::table("median µs", Right, |p, _| micros(p.latency.percentile(50))),
    Of::table("p99 µs", Right, |p, _| micros(p.latency.percentile(99))),
    Of::table("value", Left, |p, _| value(p)),
    Of::table("lift", Right, |p, _| format!("{:.1}", lift(p))),
    Of::table("p", Right, |p, _| match chance(p) {
        p if p <= LEAST_CHANCE => "<1e-300".into(),
        p => format!("{p:.0e}"),
    }),
];

/// What is said of a member, in this order.
const MEMBER: &[&str] = &["bar", "write", "width", "elements", "stride", "count", "writes"];

/// Smaller chances are written as this one.
const LEAST_CHANCE: f64 = 1e-300;

/// The list of pairs, by stretch and device. What is folded stands in the line of its `any`.
pub fn text(report: &Report, speller: Speller<'_>, style: Style) -> String {
    let paint = Paint(style.color);
    let mut out = format!("{}\n", summary(&report.trace));
    let shown: Vec<&Pair> = report.pairs.iter().filter(|p| !p.folded).collect();
    let mut mark = &None;
    for group in shown.chunk_by(|a, b| (&a.mark, a.device()) == (&b.mark, b.device())) {
        stretch(&group[0].mark, &mut mark, paint, &mut out);
        let table = columns::table(COLUMNS, group.iter().copied(), speller);
        let _ = write!(out, "\n{}\n{}", paint.bold(speller.device(group[0].device())), table.render("  "));
    }
    let n = shown.len();
    let _ = writeln!(out, "\n{n} {}", if n == 1 { "pair" } else { "pairs" });
    if report.truncated {
        out += "too many pairs of registers to count all of them: what was seen late is missing\n";
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
        truncated: bool,
        pairs: Vec<R>,
    }
    Document {
        schema: SCHEMA,
        version: VERSION,
        trace: report.trace.into(),
        truncated: report.truncated,
        pairs: columns::rows(COLUMNS, &report.pairs, speller),
    }
}

/// One pair as JSON has it.
pub fn row<'a>(pair: &'a Pair, speller: Speller<'a>) -> impl Serialize + 'a {
    columns::row(COLUMNS, pair, speller)
}

/// The pairs as CSV.
pub fn csv(report: &Report, speller: Speller<'_>) -> String {
    columns::csv(COLUMNS, &report.pairs, speller)
}

/// The written register, of several the first.
fn first(pair: &Pair) -> Register {
    match pair.write {
        Written::Register(register) | Written::Any { first: register } => register,
    }
}

/// Offset of what is written.
fn offset(pair: &Pair) -> String {
    pair.write.single().map_or("any".into(), |register| hex(register.offset))
}

/// The written values, where only these are answered.
fn values(pair: &Pair) -> Option<Value> {
    (!pair.values.is_empty()).then(|| pair.values.iter().map(|&value| json!(hex(value))).collect())
}

/// `30`, or `30, 3 never` where waits after writes were not met.
fn answered(pair: &Pair) -> String {
    let never = if pair.never > 0 { format!(", {} never", grouped(pair.never)) } else { String::new() };
    grouped(pair.count) + &never
}

fn letter(answer: Answer) -> char {
    match answer {
        Answer::Read => 'R',
        Answer::Write => 'W',
    }
}

fn class(class: Class) -> &'static str {
    match class {
        Class::ReadBack => "read-back",
        Class::Flush => "posting flush",
        Class::Status => "command → status",
        Class::Data => "command → data",
        Class::Index => "index → data",
        Class::Ack => "ack",
    }
}

fn relation(relation: ValueRelation) -> &'static str {
    match relation {
        ValueRelation::Equal => "equal",
        ValueRelation::Masked(_) => "masked",
        ValueRelation::Inverted(_) => "inverted",
        ValueRelation::Function(_) => "function",
        ValueRelation::Constant => "constant",
        ValueRelation::Independent => "independent",
        ValueRelation::Unclear => "unclear",
    }
}

/// The lift of a pair with two decimals.
fn lift(pair: &Pair) -> f64 {
    (pair.lift * 100.0).round() / 100.0
}

fn chance(pair: &Pair) -> f64 {
    pair.ln_p.exp().clamp(LEAST_CHANCE, 1.0)
}

fn latency(pair: &Pair) -> Option<Value> {
    let us = |nanos: u64| nanos as f64 / 1000.0;
    let (median, p99) = (pair.latency.percentile(50)?, pair.latency.percentile(99)?);
    Some(json!({"min": us(pair.latency.min), "median": us(median), "p99": us(p99)}))
}

fn members(pair: &Pair) -> Option<Value> {
    let row = |m: &Member| {
        let mut row = json!({
            "bar": m.first.bar(), "write": hex(m.first.offset), "width": m.first.width, "elements": m.elements,
            "count": m.count, "writes": m.writes,
        });
        if let Some(stride) = m.stride {
            row["stride"] = json!(stride);
        }
        row
    };
    (!pair.members.is_empty()).then(|| pair.members.iter().map(row).collect())
}

/// Nanoseconds as whole microseconds.
fn micros(nanos: Option<u64>) -> String {
    nanos.map_or("-".into(), |nanos| format!("{:.0}", nanos as f64 / 1000.0))
}

/// An access in words: `R +0x20`, `W2 1:+0x8`.
fn access(op: char, register: Register) -> String {
    let width = if register.width == 4 { String::new() } else { register.width.to_string() };
    let bar = if register.bar() == 0 { String::new() } else { format!("{}:", register.bar()) };
    format!("{op}{width} {bar}+{}", hex(register.offset))
}

fn written(pair: &Pair) -> String {
    match pair.write {
        Written::Register(register) if pair.values.is_empty() => access('W', register),
        Written::Register(register) => {
            let values: Vec<String> = pair.values.iter().map(|&value| hex(value)).collect();
            format!("{} = {}", access('W', register), values.join("|"))
        }
        Written::Any { .. } => {
            format!("W any of {}", pair.members.iter().map(|m| m.elements).sum::<usize>())
        }
    }
}

fn answer(pair: &Pair) -> String {
    format!("→ {}", access(letter(pair.answer), pair.read))
}

fn value(pair: &Pair) -> String {
    match (pair.relation, pair.relation.mask().map(hex)) {
        _ if pair.class == Class::Flush => "-".into(),
        (ValueRelation::Masked(_), Some(mask)) => format!("equal in {mask}"),
        (ValueRelation::Function(_), Some(mask)) => format!("function of {mask}"),
        (other, Some(mask)) => format!("{} in {mask}", relation(other)),
        (other, None) => relation(other).into(),
    }
}

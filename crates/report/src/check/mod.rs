//! What went wrong, [`mmio_analyze::check`]: as text some lines a finding, as JSON and CSV one row a finding.

mod words;

use std::fmt::Write;

use mmio_analyze::check::{Done, Finding, Hang, HangEnd, Looked, Moment, Report, Trouble};
use serde::Serialize;
use serde_json::{Value, json};

use crate::color::Paint;
use crate::columns::{self, Column};
use crate::numbers::{counted, grouped, hex, seconds};
use crate::{Counts, Speller, Style, summary};

pub use words::sentences;

/// Name of the report in JSON.
pub const SCHEMA: &str = "mmio-analyze.check";
/// Version of the report's shape in JSON.
pub const VERSION: u32 = 1;

type Of = Column<Finding>;

/// The fields of an access.
const ACCESS: &[&str] = &["op", "bar", "offset", "width", "value", "index", "time"];
/// The fields of a place of losses.
const PLACE: &[&str] = &["index", "events"];

/// All that is said of a finding.
const COLUMNS: &[Of] = &[
    Of::new("kind", |f, _| Some(json!(f.trouble.name()))),
    Of::new("device", |f, s| Some(json!(s.device(f.device?)))),
    Of::new("bar", |f, _| Some(json!(f.site?.bar()))),
    Of::new("offset", |f, _| Some(json!(hex(f.site?.register.offset)))),
    Of::new("width", |f, _| Some(json!(f.site?.register.width))),
    Of::new("index", |f, _| Some(json!(f.moment?.index))),
    Of::new("time", |f, _| Some(json!(seconds(f.moment?.time)))),
    Of::new("value", |f, _| Some(json!(hex(value(f)?)))),
    Of::new("reads", |f, _| Some(json!(reads(f)?))),
    Of::new("time_spent", |f, _| Some(json!(seconds(wait(f)?.time)))),
    Of::new("mask", |f, _| Some(json!(hex(wait(f)?.condition?.mask)))),
    Of::new("until", |f, _| Some(json!(hex(wait(f)?.condition?.value)))),
    Of::new("waits", |f, _| Some(json!(wait(f)?.waits))),
    Of::new("waits_met", |f, _| Some(json!(wait(f)?.met))),
    Of::new(
        "registers",
        |f, _| if let Trouble::Dead(d) = &f.trouble { Some(json!(d.registers)) } else { None },
    ),
    Of::new("changed", |f, _| if let Trouble::Dead(d) = &f.trouble { Some(json!(d.changed)) } else { None }),
    Of::new("last", |f, _| if let Trouble::Dead(d) = &f.trouble { Some(json!(d.end.index)) } else { None }),
    Of::new(
        "recovered",
        |f, _| {
            if let Trouble::Dead(d) = &f.trouble { Some(json!(d.recovered)) } else { None }
        },
    ),
    Of::new("usual", |f, _| match &f.trouble {
        Trouble::Divergence(d) => Some(d.usual.iter().map(|&value| hex(value)).collect()),
        _ => None,
    }),
    Of::new(
        "rounds",
        |f, _| if let Trouble::Divergence(d) = &f.trouble { Some(json!(d.rounds)) } else { None },
    ),
    Of::new(
        "later",
        |f, _| if let Trouble::Divergence(d) = &f.trouble { Some(json!(d.later)) } else { None },
    ),
    Of::new("before", |f, _| before(f)).parts(ACCESS).json_only(),
    Of::new("next", |f, _| next(f)).parts(ACCESS),
    Of::new("usual_next", |f, _| match &f.trouble {
        Trouble::Divergence(d) => Some(access(None, &d.usual_next?)),
        _ => None,
    })
    .parts(ACCESS),
    Of::new("events", |f, _| if let Trouble::Lost(l) = &f.trouble { Some(json!(l.events)) } else { None }),
    Of::new("places", |f, _| if let Trouble::Lost(l) = &f.trouble { Some(json!(l.places)) } else { None }),
    Of::new("first_places", |f, _| places(f)).parts(PLACE).json_only(),
    Of::new("values", |f, _| if let Trouble::Wide(w) = &f.trouble { Some(json!(w.values)) } else { None }),
    Of::new("lines", |f, _| if let Trouble::Unparsed(u) = &f.trouble { Some(json!(u.lines)) } else { None }),
    Of::new(
        "first_lines",
        |f, _| if let Trouble::Unparsed(u) = &f.trouble { Some(json!(u.first)) } else { None },
    )
    .json_only(),
    Of::new("evidence", |f, s| Some(json!(sentences(f, s).join("; ")))),
];

/// The list, most important first.
pub fn text(report: &Report, speller: Speller<'_>, style: Style) -> String {
    let paint = Paint(style.color);
    let mut out = format!("{}\n", summary(&report.trace));
    for finding in &report.findings {
        let (kind, place) = heading(finding, speller);
        let _ = writeln!(out, "\n{}{place}", paint.alarm(kind));
        for sentence in sentences(finding, speller) {
            let _ = writeln!(out, "  {sentence}");
        }
    }
    let _ = writeln!(out, "\n{}", conclusion(report));
    out
}

/// The kind of a finding in words, and where it is: `, 00:02.0 BAR 0 +0x20, at 5.026688 s, access 120`.
pub fn heading(finding: &Finding, speller: Speller<'_>) -> (&'static str, String) {
    let mut place = String::new();
    if let Some(device) = finding.device {
        let driver = speller.driver(device).map_or(String::new(), |driver| format!(" {driver}"));
        let _ = write!(place, "  {}{driver}", speller.device(device));
    }
    if let Some(site) = finding.site {
        let width = match site.register.width {
            4 => String::new(),
            width => format!(" ({width} bytes wide)"),
        };
        let _ = write!(place, " BAR {} {}{width}", site.bar(), speller.register(site.register));
    }
    if let Some(Moment { index, time }) = finding.moment {
        let _ = write!(place, "  at {} s, access {}", seconds(time), grouped(index));
    }
    (kind(finding), place)
}

fn kind(finding: &Finding) -> &'static str {
    match &finding.trouble {
        Trouble::Dead(dead) if dead.value.is_none() => "reads all ones",
        Trouble::Dead(_) => "reads the same everywhere",
        Trouble::Wait(hang) => match hang.end {
            HangEnd::End => "ends in a wait",
            HangEnd::InVain => "wait in vain",
            HangEnd::Unknown => "long wait",
        },
        Trouble::Divergence(_) => "answers otherwise",
        Trouble::NoAccess(_) => "no access",
        Trouble::Damaged(_) => "damaged file",
        Trouble::Lost(_) => "lost events",
        Trouble::Wide(_) => "wide values",
        Trouble::Unparsed(_) => "unparsed lines",
        _ => "",
    }
}

/// How much was found, and what was looked at.
pub fn conclusion(report: &Report) -> String {
    let Looked { accesses, met, registers, sequences, is_incomplete, .. } = report.looked;
    let found = match report.findings.len() as u64 {
        0 => "nothing went wrong as far as the trace shows".to_owned(),
        n => counted(n, "finding", "findings"),
    };
    let looked = [
        counted(accesses, "access", "accesses"),
        counted(met, "wait that was met", "waits that were met"),
        format!("reads of {}", counted(registers, "register", "registers")),
        counted(sequences, "repeated question", "repeated questions"),
    ];
    let mut out = format!("{found}; looked at {}", looked.join(", "));
    if is_incomplete {
        out += "; there was more than could be followed: choose a device or a time";
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
        looked: Value,
        findings: Vec<R>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        incomplete: bool,
    }
    let Looked { accesses, met, registers, sequences, is_incomplete, .. } = report.looked;
    Document {
        schema: SCHEMA,
        version: VERSION,
        trace: report.trace.into(),
        looked: json!({ "accesses": accesses, "waits_met": met, "registers": registers, "sequences": sequences }),
        findings: columns::rows(COLUMNS, &report.findings, speller),
        incomplete: is_incomplete,
    }
}

/// The findings as CSV.
pub fn csv(report: &Report, speller: Speller<'_>) -> String {
    columns::csv(COLUMNS, &report.findings, speller)
}

fn wait(finding: &Finding) -> Option<&Hang> {
    if let Trouble::Wait(hang) = &finding.trouble { Some(hang) } else { None }
}

/// The value that is wrong.
fn value(finding: &Finding) -> Option<u64> {
    match &finding.trouble {
        Trouble::Dead(dead) => dead.value,
        Trouble::Wait(hang) => Some(hang.last),
        Trouble::Divergence(divergence) => Some(divergence.value),
        Trouble::Wide(wide) => Some(wide.first),
        _ => None,
    }
}

fn reads(finding: &Finding) -> Option<u64> {
    match &finding.trouble {
        Trouble::Dead(dead) => Some(dead.reads),
        Trouble::Wait(hang) => Some(hang.reads),
        _ => None,
    }
}

/// The accesses before, oldest first: of a dead device the last read that was good and the writes since.
fn before(finding: &Finding) -> Option<Value> {
    match &finding.trouble {
        Trouble::Dead(dead) => {
            let mut all: Vec<(Moment, Done)> = dead.writes.iter().copied().chain(dead.last_good).collect();
            all.sort_by_key(|(moment, _)| *moment);
            Some(all.iter().map(|(moment, done)| access(Some(*moment), done)).collect())
        }
        Trouble::Divergence(d) => Some(d.before.iter().map(|done| access(None, done)).collect()),
        _ => None,
    }
}

fn next(finding: &Finding) -> Option<Value> {
    match &finding.trouble {
        Trouble::Wait(hang) => hang.next.map(|(moment, done)| access(Some(moment), &done)),
        Trouble::Divergence(d) => d.next.map(|done| access(None, &done)),
        _ => None,
    }
}

fn access(moment: Option<Moment>, done: &Done) -> Value {
    let Done { register, op, value } = *done;
    let mut out = json!({
        "op": op.letter().to_string(),
        "bar": register.bar(),
        "offset": hex(register.offset),
        "width": register.width,
    });
    if let Some(value) = value {
        out["value"] = json!(hex(value));
    }
    if let Some(Moment { index, time }) = moment {
        (out["index"], out["time"]) = (json!(index), json!(seconds(time)));
    }
    out
}

fn places(finding: &Finding) -> Option<Value> {
    let Trouble::Lost(lost) = &finding.trouble else { return None };
    Some(lost.first.iter().map(|(index, events)| json!({ "index": index, "events": events })).collect())
}

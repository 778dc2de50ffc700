//! The report: patterns with names, as the JSON has them.

use mmio_format::filter::Filter;
use mmio_format::resolve::Devices;
use serde::Serialize;

use super::finding::{Bits, Iterations, Kind};
use super::fold::Folded;
use crate::census::Census;
use crate::names::{hex, seconds};
use crate::register::Register;
use crate::summary::Summary;

/// Patterns of a trace.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `mmio-analyze.patterns`.
    pub schema: &'static str,
    /// 1.
    pub version: u32,
    /// Counts over the whole trace.
    pub trace: Summary,
    /// By marker, then by device; of each the most significant first.
    pub patterns: Vec<Pattern>,
    /// There were more registers, or pairs of registers, that may show an idiom than are followed at one
    /// time: patterns of those that came last are missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

impl Report {
    pub(crate) fn new(trace: Summary, patterns: Vec<Pattern>, incomplete: bool) -> Report {
        Report { schema: "mmio-analyze.patterns", version: 1, trace, patterns, incomplete }
    }
}

/// An idiom at a register or at an array of them.
#[derive(Clone, Debug, Serialize)]
pub struct Pattern {
    /// Which idiom.
    pub kind: Kind,
    /// Text of the marker that begins the stretch, in a report by marker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Name of the device.
    pub device: String,
    /// BAR, 0 to 6.
    pub bar: u8,
    /// Of the register; of the first one of an array.
    pub offset: String,
    /// Of the second register. In an array where each register answers for itself there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset2: Option<String>,
    /// BAR of the second register, when it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bar2: Option<u8>,
    /// Bits that decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// What they must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Occurrences, of all elements together.
    pub count: u64,
    /// Registers.
    pub elements: u64,
    /// Bytes from one register to the next, when there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<u64>,
    /// Bytes of an access.
    pub width: u8,
    /// Number of the first access of the first occurrence in the whole trace.
    pub first: u64,
    /// Its time in seconds.
    pub time: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Reads of a loop, accesses of a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<Iterations>,
    /// Seconds spent in the loops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_spent: Option<String>,
    /// Bits that were only set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Bits that were only cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleared: Option<String>,
    /// Bits that were set and cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toggled: Option<String>,
    /// In words, with numbers.
    pub evidence: String,
}

/// The patterns that are shown, with the names of their devices: those of which a register passes `filter`.
pub(crate) fn listed(
    mut found: Vec<Folded>,
    census: &Census,
    devices: &Devices,
    filter: &Filter,
    mark: Option<String>,
) -> Vec<Pattern> {
    let device = |f: &Folded| census.register(f.finding.register).device;
    found.retain(|f| {
        is_shown(f, census, filter)
            || f.finding.second.is_some_and(|s| register_is_shown(census.register(s), 1, 0, filter))
    });
    found.sort_by(|a, b| device(a).cmp(&device(b)).then(a.finding.order(&b.finding)));
    found.iter().map(|f| pattern(f, census, devices, mark.clone())).collect()
}

fn is_shown(folded: &Folded, census: &Census, filter: &Filter) -> bool {
    register_is_shown(census.register(folded.finding.register), folded.elements, folded.stride, filter)
}

/// Whether one of `elements` registers passes. What a pattern does with it, reading or writing, is no matter.
fn register_is_shown(register: Register, elements: u64, stride: u64, filter: &Filter) -> bool {
    let bar = filter.bar.is_none_or(|bar| bar == register.bar);
    let width = filter.width.is_none_or(|width| width == register.width);
    let mut places = (0..elements).map(|i| register.offset.saturating_add(i.saturating_mul(stride)));
    let within = |offset: u64| filter.registers.iter().any(|&(from, to)| (from..=to).contains(&offset));
    bar && width && (filter.registers.is_empty() || places.any(within))
}

fn pattern(folded: &Folded, census: &Census, devices: &Devices, mark: Option<String>) -> Pattern {
    let Folded { finding: f, elements, stride } = folded;
    let register = census.register(f.register);
    let alone = f.second != Some(f.register) || *elements == 1;
    let second = f.second.filter(|_| alone).map(|s| census.register(s));
    let Bits { set, cleared, toggled } = f.bits.unwrap_or_default();
    let changed = |bits: u64| f.bits.filter(|_| bits != 0).map(|_| hex(bits));
    Pattern {
        kind: f.kind,
        mark,
        device: devices.get(register.device).name.clone(),
        bar: register.bar,
        offset: hex(register.offset),
        offset2: second.map(|s| hex(s.offset)),
        bar2: second.map(|s| s.bar).filter(|&bar| bar != register.bar),
        mask: f.mask.map(hex),
        value: f.value.map(hex),
        count: f.count,
        elements: *elements,
        stride: Some(*stride).filter(|&s| s > 0),
        width: register.width,
        first: f.first.index,
        time: seconds(f.first.time),
        confidence: (f.confidence * 1000.0).round() / 1000.0,
        iterations: f.iterations,
        time_spent: f.time_spent.map(seconds),
        set: changed(set),
        cleared: changed(cleared),
        toggled: changed(toggled),
        evidence: f.evidence.clone(),
    }
}

/// Columns of the CSV.
const COLUMNS: [&str; 24] = [
    "kind",
    "mark",
    "device",
    "bar",
    "offset",
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
    "evidence",
];

/// The patterns as CSV, one row each.
///
/// # Errors
/// As [`crate::csv::csv`].
pub fn csv(report: &Report) -> serde_json::Result<String> {
    crate::csv::csv(&COLUMNS, &report.patterns)
}

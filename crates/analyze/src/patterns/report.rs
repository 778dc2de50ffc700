//! The report: patterns with names, as the JSON has them.

use mmio_format::{Devices, Filter, Register, RegisterId};
use std::collections::BTreeSet;

use serde::Serialize;

use super::bitbang::{Frame, Protocol, Said};
use super::finding::{Bits, Iterations, Kind};
use super::fold::Folded;
use super::look::Seen;
use super::places::Places;
use crate::census::Census;
use crate::names::{hex, seconds};
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
    /// There was more that may show an idiom than is followed at one time: patterns of what came last are
    /// missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// Of what there was more.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub left_out: BTreeSet<&'static str>,
}

impl Report {
    pub(crate) fn new(trace: Summary, patterns: Vec<Pattern>, left_out: BTreeSet<&'static str>) -> Report {
        let incomplete = !left_out.is_empty();
        Report { schema: "mmio-analyze.patterns", version: 1, trace, patterns, incomplete, left_out }
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
    /// `<bar>:<offset>` of the data port that shows the registers; nothing for direct ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// Of the register, or its index behind a port; of the first one of an array.
    pub offset: String,
    /// Of the second register. In an array where each register answers for itself there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset2: Option<String>,
    /// Device of the second register, when it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device2: Option<String>,
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
    /// Bytes of a window, from its first register to the end of its last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Values that the base of a window had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bases: Option<u64>,
    /// How lines are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// The line that carries the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// The line that is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The line that selects, and so delimits the frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select: Option<String>,
    /// Frames on the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames_total: Option<u64>,
    /// The first ones of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// In words, with numbers.
    pub evidence: String,
}

/// How patterns become lines of the report.
pub(super) struct Listed<'a> {
    pub(super) devices: &'a Devices,
    /// Shown are those of which a register passes.
    pub(super) filter: &'a Filter,
    /// Text of the marker that begins the stretch.
    pub(super) mark: Option<String>,
}

impl Listed<'_> {
    /// The lines, in their order; `census` has the direct registers.
    pub(super) fn patterns(&self, seen: &Seen, census: &Census) -> Vec<Pattern> {
        let direct = Places { census, behind: None };
        let behind = Places { census: &seen.behind, behind: Some((&seen.ports, census)) };
        let mut all: Vec<(Places<'_>, &Folded)> = seen.direct.iter().map(|f| (direct, f)).collect();
        all.extend(seen.at_behind.iter().map(|f| (behind, f)));
        all.retain(|(places, folded)| self.shows(places, folded));
        all.sort_by(|(p, a), (q, b)| {
            let places = p.order(a.finding.register).cmp(&q.order(b.finding.register));
            places.then_with(|| a.finding.order(&b.finding))
        });
        all.iter().map(|(places, folded)| self.pattern(places, folded)).collect()
    }

    fn shows(&self, places: &Places<'_>, folded: &Folded) -> bool {
        let (first, second) = (folded.finding.register, folded.finding.second);
        self.passes(places, first, folded.elements, folded.stride)
            || second.is_some_and(|s| self.passes(places, s, 1, 0))
    }

    /// Whether one of `elements` registers passes. What a pattern does with it, reading or writing, is no
    /// matter.
    fn passes(&self, places: &Places<'_>, id: RegisterId, elements: u64, stride: u64) -> bool {
        let (register, bar) = (places.register(id), places.bar(id));
        let at = |i: u64| register.offset.saturating_add(i.saturating_mul(stride));
        (0..elements).any(|i| self.filter.shows(Some(bar), Register { offset: at(i), ..register }))
    }

    fn pattern(&self, places: &Places<'_>, folded: &Folded) -> Pattern {
        let Folded { finding: f, elements, stride } = folded;
        let register = places.register(f.register);
        let alone = f.second != Some(f.register) || *elements == 1;
        let second = f.second.filter(|_| alone).map(|s| places.register(s));
        let Bits { set, cleared, toggled } = f.bits.unwrap_or_default();
        let changed = |bits: u64| f.bits.filter(|_| bits != 0).map(|_| hex(bits));
        let line = |of: fn(&Said) -> u64| f.said.as_ref().map(of).filter(|&bit| bit != 0).map(hex);
        Pattern {
            kind: f.kind,
            mark: self.mark.clone(),
            device: self.devices.get(places.device(f.register)).name.clone(),
            bar: places.bar(f.register),
            space: places.space(f.register),
            offset: hex(register.offset),
            offset2: second.map(|s| hex(s.offset)),
            device2: f
                .second
                .map(|s| places.device(s))
                .filter(|&d| d != places.device(f.register))
                .map(|d| self.devices.get(d).name.clone()),
            bar2: f
                .second
                .filter(|_| alone)
                .map(|s| places.bar(s))
                .filter(|&bar| bar != places.bar(f.register)),
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
            length: f.window.map(|w| w.length),
            bases: f.window.map(|w| w.bases),
            protocol: f.said.as_ref().map(|s| s.protocol),
            data: line(|s| s.data),
            input: line(|s| s.input),
            select: line(|s| s.select),
            frames_total: f.said.as_ref().map(|s| s.total),
            frames: f.said.as_ref().map_or_else(Vec::new, |s| s.frames.clone()),
            evidence: f.evidence.clone(),
        }
    }
}

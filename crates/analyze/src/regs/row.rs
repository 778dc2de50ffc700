//! A line of the report.

use mmio_format::{DeviceId, Devices};

use super::{Alternative, Entry};
use crate::kinds::{Claim, ENOUGH, RegisterKind};
use crate::names::{hex, space};

/// A line of the report with its numbers.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) device: DeviceId,
    pub(super) bar: u8,
    pub(super) space: Option<(u8, u64)>,
    pub(super) offset: u64,
    pub(super) width: u8,
    pub(super) elements: usize,
    pub(super) stride: u64,
    pub(super) reads: u64,
    pub(super) writes: u64,
    pub(super) distinct: usize,
    pub(super) changed: u64,
    pub(super) ones: u64,
    pub(super) zeros: u64,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) claims: Vec<Claim>,
}

impl Row {
    /// Makes `next` the next element.
    pub(super) fn append(&mut self, next: &Row, stride: u64) {
        self.elements += next.elements;
        self.stride = stride;
        self.reads += next.reads;
        self.writes += next.writes;
        self.distinct = self.distinct.max(next.distinct);
        self.changed |= next.changed;
        self.ones |= next.ones;
        self.zeros |= next.zeros;
        self.last = next.last;
    }

    /// The kind, if a claim is strong enough.
    pub(super) fn kind(&self) -> RegisterKind {
        self.claims.first().filter(|c| c.confidence >= ENOUGH).map_or(RegisterKind::Unknown, |c| c.kind)
    }

    /// With names, as it is in the report.
    pub(super) fn entry(self, devices: &Devices) -> Entry {
        let kind = self.kind();
        let round = |x: f64| (x * 100.0).round() / 100.0;
        let known = usize::from(kind != RegisterKind::Unknown);
        let first = self.claims.first();
        let evidence = match first {
            _ if self.width == 0 => "the tracer could not decode these accesses".into(),
            Some(claim) => claim.evidence.clone(),
            None => "nothing that tells".into(),
        };
        let alternatives = self.claims.iter().skip(known);
        let undecoded = self.width == 0;
        Entry {
            mark: None,
            device: devices.get(self.device).name.clone(),
            bar: self.bar,
            space: self.space.map(|(bar, offset)| space(bar, offset)),
            offset: hex(self.offset),
            width: self.width,
            elements: self.elements,
            stride: (self.elements > 1).then_some(self.stride),
            reads: if undecoded { 0 } else { self.reads },
            writes: self.writes,
            unknown: if undecoded { self.reads } else { 0 },
            distinct: self.distinct,
            changed: hex(self.changed),
            ones: hex(self.ones),
            zeros: hex(self.zeros),
            first: hex(self.first),
            last: hex(self.last),
            kind,
            confidence: first.filter(|_| known > 0).map_or(0.0, |c| round(c.confidence)),
            evidence,
            alternatives: alternatives
                .map(|c| Alternative { kind: c.kind, confidence: round(c.confidence) })
                .collect(),
        }
    }
}

//! A line of the report.

use super::{Alternative, Entry};
use crate::evidence::Evidence;
use crate::kinds::{Claim, ENOUGH, RegisterKind};

/// A line of the report, and what its register may be.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Its numbers; of no kind yet.
    pub(super) entry: Entry,
    /// The strongest first.
    pub(super) claims: Vec<Claim>,
}

impl Row {
    /// Makes `next` the next element.
    pub(super) fn append(&mut self, next: &Entry, stride: u64) {
        let table = &mut self.entry;
        table.elements += next.elements;
        table.stride = Some(stride);
        table.reads += next.reads;
        table.writes += next.writes;
        table.unknown += next.unknown;
        table.distinct = table.distinct.max(next.distinct);
        table.changed |= next.changed;
        table.ones |= next.ones;
        table.zeros |= next.zeros;
        table.last = next.last;
    }

    /// The kind, if a claim is strong enough.
    pub(super) fn kind(&self) -> RegisterKind {
        self.claims.first().filter(|c| c.confidence >= ENOUGH).map_or(RegisterKind::Unknown, |c| c.kind)
    }

    /// The entry with its kind.
    pub(super) fn entry(self) -> Entry {
        let kind = self.kind();
        let mut claims = self.claims.into_iter();
        let first = claims.next();
        let alternative = |c: &Claim| Alternative { kind: c.kind, confidence: c.confidence };
        let doubtful = first.as_ref().filter(|_| kind == RegisterKind::Unknown).map(alternative);
        let confidence = if doubtful.is_some() { None } else { first.as_ref().map(|c| c.confidence) };
        let evidence = match first {
            _ if self.entry.site.register.width == 0 => "the tracer could not decode these accesses".into(),
            Some(claim) => claim.evidence,
            None => Evidence::from("nothing that tells"),
        };
        Entry {
            kind,
            confidence: confidence.unwrap_or(0.0),
            evidence,
            alternatives: doubtful.into_iter().chain(claims.map(|c| alternative(&c))).collect(),
            ..self.entry
        }
    }
}

//! The registers of a census as rows, each with its claims.

use mmio_format::width::bits;
use mmio_format::{DeviceId, Op, Register, RegisterId, Space};
use std::collections::{HashMap, HashSet};

use super::row::Row;
use super::{Entry, Options};
use crate::banks::Bank;
use crate::census::{Census, Counts};
use crate::evidence::{Evidence, Part, Part::Count, evidence, things};
use crate::kinds::layout::Layout;
use crate::kinds::messages::Mailboxes;
use crate::kinds::profile::Profile;
use crate::kinds::profiler::Profiler;
use crate::kinds::{self, Claim, Facts, RegisterKind};
use crate::ports::Port;
use crate::site::Site;

/// A census and what its registers are called.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) census: &'a Census,
    pub(super) ports: &'a [Port],
    pub(super) banks: &'a [Bank],
    pub(super) mailboxes: &'a Mailboxes,
    /// The data register of the port whose registers these are.
    pub(super) behind: Option<Register>,
    pub(super) options: &'a Options,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("View")
    }
}

impl View<'_> {
    /// The rows; `layout` and `profiler` are of the same census.
    pub(super) fn rows(&self, layout: &Layout, profiler: &Profiler) -> Vec<Row> {
        let peers = self.peers(layout);
        let nothing = Profile::default();
        let msix = if self.behind.is_none() { kinds::msix(self.census, layout) } else { HashSet::new() };
        let mut rows = Vec::new();
        for ids in &layout.bulk {
            self.bulk(ids, &mut rows);
        }
        for &id in layout.single.iter().filter(|&&id| self.shown(id)) {
            let profile = profiler.profile(id).unwrap_or(&nothing);
            let facts = Facts {
                register: self.census.register(id),
                counts: with_shared(self.census.counts(id), profile),
                distinct: self.census.distinct(id),
                profile,
                source: profile.copied_from.and_then(|id| profiler.profile(id)),
                peers: peers.get(&self.crowd(id)).map_or(0, |n| n - 1),
                msix: msix.contains(&id),
                port: self.port(id),
                argument: self.mailboxes.argument(id),
                rings: self.mailboxes.rings(id),
                registers: self.census.table(),
            };
            let mut claims = if facts.register.width == 0 { Vec::new() } else { kinds::claims(&facts) };
            if let Some(other) = profile.through.register {
                let done = if profile.through.writes > 0 { ", written" } else { ", read" };
                let other = self.census.register(other);
                let through = evidence![done, " through ", Part::Register(other), " as ", bytes(other.width)];
                claims.iter_mut().for_each(|claim| claim.evidence.extend(&through));
            }
            rows.push(Row { entry: self.entry(id), claims });
        }
        rows
    }

    fn crowd(&self, id: RegisterId) -> (DeviceId, Space, u64) {
        let register = self.census.register(id);
        (register.device, register.space, self.census.counts(id).writes)
    }

    /// How many write-only registers of a BAR were written how often.
    fn peers(&self, layout: &Layout) -> HashMap<(DeviceId, Space, u64), usize> {
        let mut peers = HashMap::new();
        for &id in &layout.single {
            let counts = self.census.counts(id);
            if counts.reads == 0 && counts.writes > 0 {
                *peers.entry(self.crowd(id)).or_default() += 1;
            }
        }
        peers
    }

    fn port(&self, id: RegisterId) -> Option<(bool, f64, &Evidence)> {
        let ports = self.ports.iter().filter(|p| p.selects(id) || p.data == id);
        let ports = ports.map(|p| (p.selects(id), p.confidence, &p.evidence));
        let banks = self.banks.iter().filter(|b| b.select == id || b.behind.contains(&id));
        let banks = banks.map(|b| (b.select == id, b.confidence, &b.evidence));
        ports.chain(banks).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn shown(&self, id: RegisterId) -> bool {
        let f = &self.options.filter;
        let c = self.census.counts(id);
        let op = f.op.is_none_or(|op| if op == Op::Write { c.writes > 0 } else { c.reads > 0 });
        op && self.site(id).is_shown(f)
    }

    fn site(&self, id: RegisterId) -> Site {
        Site { register: self.census.register(id), port: self.behind }
    }

    /// The register's numbers; its kind is not known yet.
    fn entry(&self, id: RegisterId) -> Entry {
        let (site, c) = (self.site(id), self.census.counts(id));
        let width = site.register.width;
        let mask = if width == 0 { 0 } else { bits(width) };
        let undecoded = width == 0;
        Entry {
            mark: None,
            site,
            elements: 1,
            stride: None,
            reads: if undecoded { 0 } else { c.reads },
            writes: c.writes,
            unknown: if undecoded { c.reads } else { 0 },
            distinct: if undecoded { 0 } else { self.census.distinct(id) },
            changed: c.changed,
            ones: c.ones,
            zeros: c.zeros & mask,
            first: c.first,
            last: c.last,
            kind: RegisterKind::Unknown,
            confidence: 0.0,
            evidence: Evidence::default(),
            alternatives: Vec::new(),
        }
    }

    /// Neighbours in great numbers are memory, whatever was done to each.
    fn bulk(&self, ids: &[RegisterId], rows: &mut Vec<Row>) {
        let (first, second) = (self.census.register(ids[0]), self.census.register(ids[1]));
        let stride = second.offset - first.offset;
        let all = ids.len();
        let claim = Claim {
            kind: RegisterKind::Memory,
            confidence: 1.0 - BULK_DOUBT / all as f64,
            evidence: evidence!["one of ", Count(all as u64), " neighbours without a gap, all used alike"],
        };
        let claims = if first.width == 0 { Vec::new() } else { vec![claim] };
        let mut open: Option<Row> = None;
        for &id in ids.iter().filter(|&&id| self.shown(id)) {
            let entry = self.entry(id);
            match &mut open {
                Some(table)
                    if !self.options.expand
                        && entry.site.register.offset
                            == table.entry.site.register.offset + table.entry.elements as u64 * stride =>
                {
                    table.append(&entry, stride);
                }
                _ => rows.extend(open.replace(Row { entry, claims: claims.clone() })),
            }
        }
        rows.extend(open);
    }
}

/// By so much over their number neighbours in bulk are less sure to be memory.
const BULK_DOUBT: f64 = 2.0;

/// The counts of a register for the rules, which are told of all that was done to its bytes.
fn with_shared(mut counts: Counts, profile: &Profile) -> Counts {
    let through = profile.through;
    if through.register.is_some() {
        counts.reads += through.reads;
        counts.writes += through.writes;
        counts.changed |= profile.moved;
    }
    counts
}

/// `2 bytes`.
fn bytes(width: u8) -> [Part; 3] {
    things(width.into(), "byte", "bytes")
}

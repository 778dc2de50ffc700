//! The registers of a census as rows, each with its claims.

use mmio_format::{DeviceId, Op, Register, RegisterId, Space};
use std::collections::{HashMap, HashSet};

use crate::names::grouped;

use super::Options;
use super::row::Row;
use crate::banks::Bank;
use crate::census::Census;
use crate::kinds::layout::Layout;
use crate::kinds::profile::Profile;
use crate::kinds::profiler::Profiler;
use crate::kinds::{self, Claim, Facts, NameOf, RegisterKind};
use crate::names::hex;
use crate::ports::Port;

/// A census and what its registers are called.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) census: &'a Census,
    pub(super) ports: &'a [Port],
    pub(super) banks: &'a [Bank],
    /// The port whose registers these are, and the census that it is in.
    pub(super) behind: Option<(&'a Port, &'a Census)>,
    pub(super) options: &'a Options,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("View")
    }
}

impl NameOf for View<'_> {
    fn name_of(&self, id: RegisterId) -> String {
        format!("+{}", hex(self.census.register(id).offset))
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
                counts: self.census.counts(id),
                distinct: self.census.distinct(id),
                profile,
                source: profile.copied_from.and_then(|id| profiler.profile(id)),
                peers: peers.get(&self.crowd(id)).map_or(0, |n| n - 1),
                msix: msix.contains(&id),
                port: self.port(id),
                name: self,
            };
            let claims = if facts.register.width == 0 { Vec::new() } else { kinds::claims(&facts) };
            rows.push(Row { claims, ..self.row(id) });
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

    fn port(&self, id: RegisterId) -> Option<(bool, f64, String)> {
        let ports = self.ports.iter().filter(|p| p.index == id || p.data == id);
        let ports = ports.map(|p| (p.index == id, p.confidence, crate::names::spelled(&p.evidence)));
        let banks = self.banks.iter().filter(|b| b.select == id || b.behind.contains(&id));
        let banks = banks.map(|b| (b.select == id, b.confidence, b.evidence.clone()));
        ports.chain(banks).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn shown(&self, id: RegisterId) -> bool {
        let f = &self.options.filter;
        let (r, c) = (self.census.register(id), self.census.counts(id));
        let op = f.op.is_none_or(|op| if op == Op::Write { c.writes > 0 } else { c.reads > 0 });
        op && f.shows(self.bar(r), r)
    }

    /// The BAR of a register, or of the port that shows it.
    fn bar(&self, register: Register) -> Option<u8> {
        register.space.bar().or_else(|| {
            let (port, direct) = self.behind?;
            direct.register(port.data).space.bar()
        })
    }

    fn row(&self, id: RegisterId) -> Row {
        let (r, c) = (self.census.register(id), self.census.counts(id));
        let mask = if r.width >= 8 { u64::MAX } else { (1 << (8 * u32::from(r.width))) - 1 };
        let bar = self.bar(r).unwrap_or(0);
        let space = self.behind.map(|(port, direct)| (bar, direct.register(port.data).offset));
        Row {
            device: r.device,
            bar,
            space,
            offset: r.offset,
            width: r.width,
            elements: 1,
            stride: 0,
            reads: c.reads,
            writes: c.writes,
            distinct: if r.width == 0 { 0 } else { self.census.distinct(id) },
            changed: c.changed,
            ones: c.ones,
            zeros: c.zeros & mask,
            first: c.first,
            last: c.last,
            claims: Vec::new(),
        }
    }

    /// Neighbours in great numbers are memory, whatever was done to each.
    fn bulk(&self, ids: &[RegisterId], rows: &mut Vec<Row>) {
        let (first, second) = (self.census.register(ids[0]), self.census.register(ids[1]));
        let stride = second.offset - first.offset;
        let all = ids.len();
        let claim = Claim {
            kind: RegisterKind::Memory,
            confidence: 1.0 - 2.0 / all as f64,
            evidence: format!("one of {} neighbours without a gap, all used alike", grouped(all as u64)),
        };
        let claims = if first.width == 0 { Vec::new() } else { vec![claim] };
        let mut open: Option<Row> = None;
        for &id in ids.iter().filter(|&&id| self.shown(id)) {
            let row = self.row(id);
            match &mut open {
                Some(table)
                    if !self.options.expand
                        && row.offset == table.offset + table.elements as u64 * stride =>
                {
                    table.append(&row, stride);
                }
                _ => rows.extend(open.replace(Row { claims: claims.clone(), ..row })),
            }
        }
        rows.extend(open);
    }
}

//! One look at a part of a trace: direct registers, and those behind the ports that were found.

use mmio_format::{Access, PortId, RegisterId};
use std::collections::{BTreeSet, HashSet};

use super::conclude;
use super::detectors::LeftOut;
use super::finding::Finding;
use super::fold::{Folded, fold};
use super::idiom::Idiom;
use super::kept_accesses::KeptAccesses;
use super::selectors::Selectors;
use super::watch::Watch;
use super::window::Windows;
use crate::banks::Banks;
use crate::census::Census;
use crate::ports::{self, Port};
use crate::steps::{Observer, Past, Step};

/// Looks at all accesses of a part, in steps.
pub(super) struct Look {
    ports: ports::Watch<KeptAccesses>,
    banks: Banks,
    windows: Windows,
    direct: Watch,
}

/// What was found.
pub(super) struct Seen {
    /// At direct registers.
    pub(super) direct: Vec<Folded>,
    /// Ports, and the registers behind them, whose space is the number of the port.
    pub(super) ports: Vec<Port>,
    pub(super) behind: Census,
    /// At these registers.
    pub(super) at_behind: Vec<Folded>,
    pub(super) left_out: BTreeSet<LeftOut>,
}

impl Look {
    /// `census` counted the accesses that will come.
    pub(super) fn new(census: &Census) -> Look {
        Look {
            ports: ports::Watch::new(census, KeptAccesses::default()),
            banks: Banks::new(census),
            windows: Windows::new(census),
            direct: Watch::new(census),
        }
    }

    /// All accesses were seen.
    pub(super) fn finish(mut self, census: &Census) -> Seen {
        let (ports, banks) = (self.ports.finish(census), self.banks.finish(census));
        let windows = self.windows.findings(census, &self.direct.usual());
        let mut left_out = self.left_out();
        let selectors = Selectors::new(ports, banks, windows, census);
        let (kept, behind) = (self.ports.behind, self.ports.census);
        let (direct, (mut found, mut full)) = std::thread::scope(|scope| {
            let thread = scope.spawn(|| behind_ports(&kept, &behind, &selectors.ports));
            let direct = fold(conclude::direct(self.direct, census, &selectors), census);
            (direct, thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        left_out.append(&mut full);
        let numbers = single(&selectors.ports, &direct);
        found
            .retain(|f| behind.register(f.register).space.port().is_some_and(|port| numbers.contains(&port)));
        let at_behind = fold(found, &behind);
        Seen { direct, ports: selectors.ports, behind, at_behind, left_out }
    }

    fn left_out(&self) -> BTreeSet<LeftOut> {
        let mut left_out = self.direct.left_out();
        let full = [
            (self.windows.is_full(), LeftOut::Windows),
            (self.ports.is_full(), LeftOut::Ports),
            (self.ports.behind.is_full(), LeftOut::BehindPorts),
            (self.banks.is_full(), LeftOut::Banks),
        ];
        left_out.extend(full.into_iter().filter_map(|(full, what)| full.then_some(what)));
        left_out
    }
}

/// What is found behind `ports`, and of what there was more than is followed.
fn behind_ports(kept: &KeptAccesses, behind: &Census, ports: &[Port]) -> (Vec<Finding>, BTreeSet<LeftOut>) {
    let numbers: HashSet<PortId> = ports.iter().map(|p| p.number).collect();
    if numbers.is_empty() {
        return Default::default();
    }
    let mut watch = Watch::new(behind);
    kept.play(behind, |number| numbers.contains(&number), &mut watch);
    let left_out = watch.left_out();
    (conclude::behind_ports(watch, behind), left_out)
}

/// Numbers of the ports that show one register by one index. Where data comes in runs without a new index, or is
/// written more often than an index, the index may go on by itself, and it is not known what was accessed.
fn single(ports: &[Port], direct: &[Folded]) -> HashSet<PortId> {
    let streams: HashSet<RegisterId> =
        direct.iter().filter(|f| f.finding.idiom == Idiom::FIFO).map(|f| f.finding.register).collect();
    let single = |p: &&Port| p.writes <= p.count && !streams.contains(&p.data);
    ports.iter().filter(single).map(|p| p.number).collect()
}

impl Observer for Look {
    fn access(&mut self, register: RegisterId, access: &Access) {
        self.ports.access(register, access);
        self.banks.access(register, access);
        self.windows.access(register, access);
        self.direct.access(register, access);
    }

    fn step(&mut self, step: &Step, past: &Past) {
        self.banks.step(step, past);
        self.direct.step(step, past);
    }

    fn gap(&mut self) {
        self.ports.gap();
        self.banks.gap();
        self.windows.gap();
        self.direct.gap();
    }
}

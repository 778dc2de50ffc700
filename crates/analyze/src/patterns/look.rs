//! One look at a part of a trace: direct registers, and those behind the ports that were found.

use mmio_format::{Access, PortId, RegisterId};
use std::collections::{BTreeSet, HashSet};

use super::conclude::{Selectors, findings};
use super::finding::{Finding, Kind};
use super::fold::{Folded, fold};
use super::tape::Tape;
use super::watch::Watch;
use super::window;
use crate::banks::Banks;
use crate::census::Census;
use crate::ports::{self, Port};
use crate::steps::{Observer, Past, Step};

/// Looks at all accesses of a part, in steps.
pub(super) struct Look {
    ports: ports::Watch<Tape>,
    banks: Banks,
    direct: Watch,
}

/// What was found.
pub(super) struct Seen {
    /// At direct registers.
    pub(super) direct: Vec<Folded>,
    /// Ports, and the registers behind them, whose device is the number of the port.
    pub(super) ports: Vec<Port>,
    pub(super) behind: Census,
    /// At these registers.
    pub(super) at_behind: Vec<Folded>,
    /// Of what there was more than is followed.
    pub(super) left_out: BTreeSet<&'static str>,
}

impl Look {
    /// `census` counted the accesses that will come.
    pub(super) fn new(census: &Census) -> Look {
        Look {
            ports: ports::Watch::new(census, Tape::default()),
            banks: Banks::new(census),
            direct: Watch::new(census),
        }
    }

    /// All accesses were seen.
    pub(super) fn finish(mut self, census: &Census) -> Seen {
        let mut ports = self.ports.finish(census);
        let mut banks = self.banks.finish(census);
        let windows = self.direct.windows(census);
        // An index with several data registers moves a window.
        let moves =
            |select, data| windows.iter().any(|w| w.register == select && window::has(w, data, census));
        ports.retain(|p| !moves(p.index, p.data));
        banks.retain(|b| !b.data.iter().all(|&data| moves(b.select, data)));
        let mut left_out = self.direct.left_out();
        let full = [
            (self.ports.is_full(), "pairs of an index and its data, or indices"),
            (self.ports.behind.is_full(), "accesses behind ports"),
            (self.banks.is_full(), "registers that may select banks"),
        ];
        left_out.extend(full.into_iter().filter_map(|(full, what)| full.then_some(what)));
        let selectors = Selectors { ports: &ports, banks: &banks, windows: &windows };
        let (tape, behind) = (self.ports.behind, self.ports.census);
        let (direct, behind_them) = std::thread::scope(|scope| {
            let thread = scope.spawn(|| behind_ports(&tape, &behind, &ports));
            let direct = fold(findings(self.direct, census, selectors), census);
            (direct, thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (mut found, mut full) = behind_them;
        left_out.append(&mut full);
        let numbers = single(&ports, &direct);
        found
            .retain(|f| behind.register(f.register).space.port().is_some_and(|port| numbers.contains(&port)));
        let at_behind = fold(found, &behind);
        Seen { direct, ports, behind, at_behind, left_out }
    }
}

/// What is found behind `ports`, and of what there was more than is followed.
fn behind_ports(tape: &Tape, behind: &Census, ports: &[Port]) -> (Vec<Finding>, BTreeSet<&'static str>) {
    let numbers: HashSet<PortId> = ports.iter().map(|p| p.number).collect();
    if numbers.is_empty() {
        return Default::default();
    }
    let mut watch = Watch::new(behind);
    tape.play(behind, |number| numbers.contains(&number), &mut watch);
    let left_out = watch.left_out();
    let mut found = findings(watch, behind, Selectors::default());
    // Lines behind a port would take two writes an edge: what looks like them is a command.
    found.retain(|f| f.kind != Kind::Bitbang);
    (found, left_out)
}

/// Numbers of the ports that show one register by one index. Where data comes in runs without a new index, or is
/// written more often than an index, the index may go on by itself, and it is not known what was accessed.
fn single(ports: &[Port], direct: &[Folded]) -> HashSet<PortId> {
    let streams: HashSet<RegisterId> =
        direct.iter().filter(|f| f.finding.kind == Kind::Fifo).map(|f| f.finding.register).collect();
    let single = |p: &&Port| p.writes <= p.count && !streams.contains(&p.data);
    ports.iter().filter(single).map(|p| p.number).collect()
}

impl Observer for Look {
    fn access(&mut self, register: RegisterId, access: &Access) {
        self.ports.access(register, access);
        self.banks.access(register, access);
        self.direct.access(register, access);
    }

    fn step(&mut self, step: &Step, past: &Past) {
        self.banks.step(step, past);
        self.direct.step(step, past);
    }

    fn gap(&mut self) {
        self.ports.gap();
        self.banks.gap();
        self.direct.gap();
    }
}

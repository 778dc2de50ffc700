//! Registers that select what others show: ports, banks and windows.

use super::finding::{Finding, Moment};
use super::idiom::Idiom;
use super::window;
use crate::banks::Bank;
use crate::census::Census;
use crate::ports::Port;
use mmio_format::RegisterId;

impl Idiom {
    /// A register that selects, and one through which the selected is reached.
    pub const INDEX_DATA: Idiom = Idiom::named("index_data");
}

/// The registers that select.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selectors {
    pub(crate) ports: Vec<Port>,
    pub(crate) banks: Vec<Bank>,
    pub(crate) windows: Vec<Finding>,
}

impl Selectors {
    /// Those that were found. An index with several data registers moves a window.
    pub(crate) fn new(
        mut ports: Vec<Port>,
        mut banks: Vec<Bank>,
        windows: Vec<Finding>,
        census: &Census,
    ) -> Selectors {
        let moves =
            |select, data| windows.iter().any(|w| w.register == select && window::has(w, data, census));
        ports.retain(|p| !moves(p.index, p.data));
        banks.retain(|b| !b.data.iter().all(|&data| moves(b.select, data)));
        Selectors { ports, banks, windows }
    }

    /// Index and data registers of all ports, and those that are both.
    pub(crate) fn port_registers(&self) -> impl Iterator<Item = RegisterId> {
        self.ports.iter().flat_map(|p| [p.index, p.data].into_iter().chain(p.combined))
    }

    /// Whether `register` selects a bank.
    pub(crate) fn is_bank(&self, register: RegisterId) -> bool {
        self.banks.iter().any(|bank| bank.select == register)
    }

    /// The ports and banks as idioms.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let is_port = |bank: &&Bank| self.ports.iter().any(|p| p.index == bank.select);
        let banks = self.banks.iter().filter(|bank| !is_port(bank));
        self.ports.iter().map(port).chain(banks.flat_map(selected)).collect()
    }
}

fn port(port: &Port) -> Finding {
    let first = Moment { index: port.first, time: port.time };
    let mut finding = Finding::new(Idiom::INDEX_DATA, port.index, port.count, first);
    finding.second = Some(port.data);
    finding.confidence = port.confidence;
    finding.evidence = port.evidence.clone();
    finding
}

/// One for each register that is accessed straight after the select register.
fn selected(bank: &Bank) -> Vec<Finding> {
    let first = Moment { index: bank.first, time: bank.time };
    let finding = |&data: &RegisterId| {
        let mut finding = Finding::new(Idiom::INDEX_DATA, bank.select, bank.count, first);
        finding.second = Some(data);
        finding.confidence = bank.confidence;
        finding.evidence = bank.evidence.clone();
        finding
    };
    bank.data.iter().map(finding).collect()
}

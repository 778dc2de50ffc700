//! Polls through a command register: the same command written and its result read, again and again.

use super::cells::Cells;
use super::finding::{Finding, Kind, Lengths, Moment, confidence};
use super::poll::counted;
use super::view::View;
use crate::names::hex;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Least equal commands in a row.
const LEAST: u64 = 8;
/// Steps from one to the next.
const BODY: usize = 8;

#[derive(Clone, Debug, Default)]
struct Commands {
    begin: Moment,
    value: u64,
    length: u64,
    time: u64,
    /// Of the chains that are long enough.
    first: Moment,
    command: u64,
    chains: Lengths,
    spent: u64,
}

/// Finds them.
#[derive(Clone, Debug)]
pub(crate) struct Commanded {
    cells: Cells<Commands>,
}

impl Commanded {
    pub(crate) fn new(registers: usize) -> Commanded {
        Commanded { cells: Cells::new(registers) }
    }

    /// A write of a register that is read and written often.
    pub(crate) fn write(&mut self, step: &Step, view: &View) {
        let own = |s: &&Step| s.register == step.register;
        let last = view.iter().take(BODY).position(|s| own(&s) && s.is_write());
        let answer = last.and_then(|back| view.get(back.checked_sub(1)?)).filter(own);
        let result = answer.is_some_and(|s| s.is_read() && s.value != step.value);
        let Some(commands) = self.cells.entry(step.register, Commands::default) else { return };
        if result && step.value != 0 && commands.length > 0 && commands.value == step.value {
            commands.length += 1;
        } else {
            commands.close();
            (commands.begin, commands.value, commands.length) = (Moment::of(step), step.value, 1);
        }
        commands.time = step.time;
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    pub(crate) fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, commands)| commands.length = 0);
    }

    /// What was found.
    pub(crate) fn findings(&mut self) -> Vec<Finding> {
        self.cells.iter_mut().filter_map(|(register, commands)| finding(register, commands)).collect()
    }
}

impl Commands {
    fn close(&mut self) {
        if self.length >= LEAST {
            if self.chains.n == 0 {
                (self.first, self.command) = (self.begin, self.value);
            }
            self.chains.add(self.length);
            self.spent = self.spent.saturating_add(self.time.saturating_sub(self.begin.time));
        }
        self.length = 0;
    }
}

fn finding(register: RegisterId, commands: &mut Commands) -> Option<Finding> {
    commands.close();
    let lengths = commands.chains.iterations()?;
    let mut finding = Finding::new(Kind::Poll, register, commands.chains.n, commands.first);
    finding.second = Some(register);
    finding.iterations = Some(lengths);
    finding.time_spent = Some(commands.spent);
    finding.confidence = confidence(commands.chains.n, commands.chains.n).max(0.8);
    finding.evidence = format!(
        "{} of {}–{} times the same command, first {}, each with a read of its result",
        counted(commands.chains.n, "loop", "loops"),
        lengths.min,
        lengths.max,
        hex(commands.command)
    );
    Some(finding)
}

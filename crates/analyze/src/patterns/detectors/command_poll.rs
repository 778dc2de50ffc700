//! Polls through a command register: the same command written and its result read, again and again.

use crate::census::Census;
use crate::evidence::Part::{Bits, Number};
use crate::evidence::{evidence, things};
use crate::patterns::details::{Body, Details, Loops};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::lengths::Lengths;
use crate::patterns::per_register::PerRegister;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Least reads, and least writes, of a register that is followed.
const LEAST_ACCESSES: u8 = 8;
/// Least equal commands in a row.
const LEAST_COMMANDS: u64 = 8;
/// Most steps from one to the next.
const APART: usize = 8;
/// How much a loop is believed, at least.
const LEAST_TRUST: f64 = 0.8;

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

/// Commands of each register.
#[derive(Clone, Debug)]
pub(crate) struct CommandPolls {
    cells: PerRegister<Commands>,
}

impl Detector for CommandPolls {
    const YIELDS: &'static [Role] = &[Role::Acknowledges];

    fn new(census: &Census) -> CommandPolls {
        CommandPolls { cells: PerRegister::new(census.table().len()) }
    }

    #[inline]
    fn write(&mut self, now: &Now<'_>) {
        if now.known.reads >= LEAST_ACCESSES && now.known.writes >= LEAST_ACCESSES {
            self.command(now);
        }
    }

    fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, commands)| commands.length = 0);
    }

    fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    fn findings(&mut self, _facts: &Facts<'_>) -> Vec<Finding> {
        self.cells.iter_mut().filter_map(|(register, commands)| finding(register, commands)).collect()
    }
}

impl CommandPolls {
    fn command(&mut self, now: &Now<'_>) {
        let Now { step, view, .. } = *now;
        let own = |s: &&Step| s.register == step.register;
        let last = view.iter().take(APART).position(|s| own(&s) && s.is_write());
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
}

impl Commands {
    fn close(&mut self) {
        if self.length >= LEAST_COMMANDS {
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
    let lengths = commands.chains.spread()?;
    let mut finding = Finding::new(Idiom::POLL, register, commands.chains.n, commands.first);
    finding.second = Some(register);
    finding.details =
        Details::Loops(Loops { body: Body::Command, until: None, reads: lengths, spent: commands.spent });
    finding.confidence = confidence(commands.chains.n, commands.chains.n).max(LEAST_TRUST);
    finding.evidence = evidence![
        things(commands.chains.n, "loop", "loops"),
        " of ",
        Number(lengths.min),
        "–",
        Number(lengths.max),
        " times the same command, first ",
        Bits(commands.command),
        ", each with a read of its result",
    ];
    Some(finding)
}

//! Answers that come later: between a write and the read of its answer other registers are accessed.

use super::cells::Cells;
use super::finding::{Finding, Kind, Moment, confidence};
use super::view::View;
use crate::census::Census;
use crate::steps::Step;
use mmio_format::RegisterId;
use mmio_format::register::NONE;

/// Registers followed as what one register may answer.
const WRITES: usize = 4;
/// Least answers.
const LEAST: u64 = 8;

#[derive(Clone, Copy, Debug)]
struct Asked {
    register: RegisterId,
    n: u64,
    same: u64,
    first: Moment,
}

#[derive(Clone, Debug)]
struct Answer {
    reads: u64,
    asked: [Asked; WRITES],
}

/// Finds them.
#[derive(Clone, Debug)]
pub(crate) struct Later {
    cells: Cells<Box<Answer>>,
}

impl Later {
    pub(crate) fn new(registers: usize) -> Later {
        Later { cells: Cells::new(registers) }
    }

    /// A read of a register that is not written.
    pub(crate) fn read(&mut self, step: &Step, view: &View) {
        let none = Asked { register: NONE, n: 0, same: 0, first: Moment::default() };
        let new = || Box::new(Answer { reads: 0, asked: [none; WRITES] });
        let Some(answer) = self.cells.entry(step.register, new) else { return };
        answer.reads += 1;
        let since = view.iter().take_while(|s| s.register != step.register);
        let mut met = [NONE; WRITES];
        for write in since.filter(|s| s.is_write()) {
            let place = answer.asked.iter().position(|a| a.register == write.register);
            let place = place.or_else(|| answer.asked.iter().position(|a| a.register == NONE));
            let Some(place) = place.filter(|&p| met[p] == NONE) else { continue };
            met[place] = write.register;
            let asked = &mut answer.asked[place];
            if asked.register == NONE {
                *asked = Asked { register: write.register, first: Moment::of(write), ..none };
            }
            asked.n += 1;
            asked.same += u64::from(write.value == step.first);
        }
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    /// What was found: of each register the write that it answers best.
    pub(crate) fn findings(&self, census: &Census) -> Vec<Finding> {
        self.cells.iter().filter_map(|(register, answer)| finding(register, answer, census)).collect()
    }
}

/// Values of a register that says something.
const VALUES: usize = 4;

fn finding(register: RegisterId, answer: &Answer, census: &Census) -> Option<Finding> {
    let fits = |a: &&Asked| {
        let writes = census.counts(a.register).writes;
        a.n >= LEAST
            && a.n * 10 >= answer.reads * 9
            && a.n * 10 >= writes * 9
            && census.distinct(a.register) >= VALUES
    };
    let best =
        answer.asked.iter().filter(|a| a.register != NONE).filter(fits).max_by_key(|a| (a.same, a.n))?;
    if census.distinct(register) < VALUES {
        return None;
    }
    let mut finding = Finding::new(Kind::WriteRead, best.register, best.n, best.first);
    finding.second = Some(register);
    let echo = best.same * 10 >= best.n * 9;
    finding.confidence = confidence(best.n, answer.reads) * if echo { 1.0 } else { 0.75 };
    finding.evidence = format!(
        "{} of {} reads come once after a write, and each write is answered once{}",
        best.n,
        answer.reads,
        if echo { format!("; {} give the value written", best.same) } else { String::new() }
    );
    Some(finding)
}

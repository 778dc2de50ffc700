//! Answers that come late: between a write and the read of its answer other registers are accessed.

use crate::census::Census;
use crate::evidence::Part::Number;
use crate::evidence::evidence;
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::per_register::PerRegister;
use crate::share::{Share, share};
use mmio_format::RegisterId;
use mmio_format::register::NONE;

/// Least reads of a register that may answer, and how many writes there may be for all its reads.
const LEAST_READS: u8 = 8;
const READS_OF_A_WRITE: u8 = 8;
/// Registers followed as what one register may answer.
const WRITTEN: usize = 4;
/// Least answers, and their share of all reads and of all writes.
const LEAST_ANSWERS: u64 = 8;
const READS: Share = share(9, 10);
const WRITES: Share = share(9, 10);
/// Least values of both registers.
const LEAST_VALUES: usize = 4;
/// Answers that give what was written, where a value comes back.
const ECHO: Share = share(9, 10);
/// How much an answer is believed that is another value.
const OTHER_TRUST: f64 = 0.75;

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
    asked: [Asked; WRITTEN],
}

/// Writes before the reads of each register.
#[derive(Clone, Debug)]
pub(crate) struct LateAnswers {
    cells: PerRegister<Box<Answer>>,
}

impl Detector for LateAnswers {
    const YIELDS: &'static [Role] = &[Role::Answered, Role::Acknowledges];

    fn new(census: &Census) -> LateAnswers {
        LateAnswers { cells: PerRegister::new(census.table().len()) }
    }

    #[inline]
    fn read(&mut self, now: &Now<'_>) {
        let known = now.known;
        if known.writes <= known.reads / READS_OF_A_WRITE && known.reads >= LEAST_READS && now.step.count == 1
        {
            self.answer(now);
        }
    }

    fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    /// Of each register the write that it answers best.
    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let answers = self.cells.iter();
        answers.filter_map(|(register, answer)| finding(register, answer, facts.census)).collect()
    }
}

impl LateAnswers {
    /// A read of a register that is hardly written.
    fn answer(&mut self, now: &Now<'_>) {
        let step = now.step;
        let none = Asked { register: NONE, n: 0, same: 0, first: Moment::default() };
        let new = || Box::new(Answer { reads: 0, asked: [none; WRITTEN] });
        let Some(answer) = self.cells.entry(step.register, new) else { return };
        answer.reads += 1;
        let since = now.view.iter().take_while(|s| s.register != step.register);
        let mut met = [NONE; WRITTEN];
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
}

fn finding(register: RegisterId, answer: &Answer, census: &Census) -> Option<Finding> {
    let fits = |a: &&Asked| {
        a.n >= LEAST_ANSWERS
            && share(a.n, answer.reads).is_at_least(READS)
            && share(a.n, census.counts(a.register).writes).is_at_least(WRITES)
            && census.distinct(a.register) >= LEAST_VALUES
    };
    let best =
        answer.asked.iter().filter(|a| a.register != NONE).filter(fits).max_by_key(|a| (a.same, a.n))?;
    if census.distinct(register) < LEAST_VALUES {
        return None;
    }
    let mut finding = Finding::new(Idiom::WRITE_READ, best.register, best.n, best.first);
    finding.second = Some(register);
    let echo = share(best.same, best.n).is_at_least(ECHO);
    finding.confidence = confidence(best.n, answer.reads) * if echo { 1.0 } else { OTHER_TRUST };
    finding.evidence = evidence![
        Number(best.n),
        " of ",
        Number(answer.reads),
        " reads come once after a write, and each write is answered once",
        echo.then(|| evidence!["; ", Number(best.same), " give the value written"]),
    ];
    Some(finding)
}

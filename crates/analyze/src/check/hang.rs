//! Waits that were not met: those that the driver gave up, and those in which the trace ends.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::dead::Stretch;
use super::finding::{Done, Finding, Moment, Trouble};
use crate::patterns::{Condition, Spread};
use crate::site::Site;
use crate::waits::{Cut, End, Next, Wait, Waited, Waits};

/// Fewest waits of unknown end with the same number of reads: that number is the limit of a driver.
const LEAST_ALIKE: u64 = 3;
/// Nanoseconds from which on one wait of unknown end is enough.
const LONG: u64 = 1_000_000_000;

/// Waits for one register that were not met.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Hang {
    /// How the waits ended.
    pub end: HangEnd,
    /// How many waits of this kind there are for the register; what follows is said of the longest one.
    pub waits: u64,
    /// Nanoseconds in all of them together.
    pub spent: u64,
    /// Reads of the wait.
    pub reads: u64,
    /// Nanoseconds from its first to its last read.
    pub time: u64,
    /// Value of its last read.
    pub last: u64,
    /// What is waited for, as other waits for the register tell.
    pub condition: Option<Condition>,
    /// Waits for the register that were met.
    pub met: u64,
    /// Reads of those that were met.
    pub met_reads: Option<Spread>,
    /// What came after the last read on the same device, and where.
    pub next: Option<(Moment, Done)>,
}

/// How a wait that was not met ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HangEnd {
    /// The device is not accessed any more.
    End,
    /// The driver gave up.
    InVain,
    /// The reads went on for long; nothing tells what would have ended them.
    Unknown,
}

/// The waits that were not met, those for one register together, without those that follow from a dead device.
pub(super) fn hangs(waits: &Waits, dead: &[Stretch]) -> Vec<Finding> {
    let registers: HashMap<Site, &Waited> =
        waits.registers.iter().map(|waited| (waited.site, waited)).collect();
    let mut found: BTreeMap<(HangEnd, usize), (Site, Moment, Hang)> = BTreeMap::new();
    let mut numbers: HashMap<Site, usize> = HashMap::new();
    let limits = limits(waits);
    let given_up = |wait: &&Wait| {
        wait.end != End::Unknown || limits.contains(&(wait.site, wait.reads)) || wait.spent() >= LONG
    };
    for wait in waits.unmet.iter().filter(|wait| !follows(wait, dead)).filter(given_up) {
        let waited = registers.get(&wait.site).copied();
        let Some(end) = ended(wait, waited) else { continue };
        let next = numbers.len();
        let number = *numbers.entry(wait.site).or_insert(next);
        let (moment, here) = (Moment { index: wait.index, time: wait.start }, hang(wait, end, waited));
        let (_, first, known) =
            found.entry((end, number)).or_insert((wait.site, moment, Hang { waits: 0, ..here }));
        known.waits += 1;
        if known.waits > 1 {
            let (waits, spent) = (known.waits, known.spent.saturating_add(here.spent));
            if (here.time, here.reads) > (known.time, known.reads) {
                (*first, *known) = (moment, here);
            }
            (known.waits, known.spent) = (waits, spent);
        }
    }
    let finding = |(site, moment, hang): (Site, Moment, Hang)| Finding {
        moment: Some(moment),
        device: Some(site.device()),
        site: Some(site),
        trouble: Trouble::Wait(hang),
    };
    found.into_values().map(finding).collect()
}

/// The numbers of reads after which waits of unknown end stop again and again. Only reads with nothing between them
/// count: a driver that serves something between two looks has loops of one length too.
fn limits(waits: &Waits) -> HashSet<(Site, u64)> {
    let mut alike: HashMap<(Site, u64), u64> = HashMap::new();
    let unbroken = |wait: &&Wait| wait.next.is_some_and(|next| next.index - wait.index == wait.reads);
    for wait in waits.unmet.iter().filter(|wait| wait.end == End::Unknown).filter(unbroken) {
        *alike.entry((wait.site, wait.reads)).or_default() += 1;
    }
    alike.into_iter().filter(|&(_, waits)| waits >= LEAST_ALIKE).map(|(limit, _)| limit).collect()
}

/// Whether a wait follows from a dead device: it ends in the stretch in which the device is dead.
fn follows(wait: &Wait, dead: &[Stretch]) -> bool {
    let end = wait.end_time;
    let within = |stretch: &Stretch| (stretch.first.time..=stretch.dead.end.time).contains(&end);
    dead.iter().any(|stretch| stretch.device == wait.site.device() && within(stretch))
}

/// Whether the access `moment` of a register lies in a wait that was not met.
pub(super) fn is_waiting(waits: &Waits, site: Site, moment: Moment) -> bool {
    let within = |wait: &Wait| {
        let end = wait.next.map_or(u64::MAX, |next| next.index);
        wait.site == site && (wait.index..=end).contains(&moment.index)
    };
    waits.unmet.iter().any(within)
}

/// How a wait ended; nothing where that is nothing to speak of: a loss hides the end, or the trace just ends in a
/// wait that is not longer than others.
fn ended(wait: &Wait, waited: Option<&Waited>) -> Option<HangEnd> {
    let usual = waited.and_then(|waited| waited.reads.as_ref()).map_or(0, |reads| reads.max);
    match wait.end {
        End::Met | End::Cut(Cut::Loss) => None,
        End::Cut(Cut::End) => (wait.reads > usual).then_some(HangEnd::End),
        End::InVain => Some(HangEnd::InVain),
        End::Unknown => Some(HangEnd::Unknown),
    }
}

fn hang(wait: &Wait, end: HangEnd, waited: Option<&Waited>) -> Hang {
    let next = |next: &Next| {
        let done = Done { register: next.site.register, op: next.op, value: Some(next.value) };
        (Moment { index: next.index, time: next.time }, done)
    };
    Hang {
        end,
        waits: 1,
        spent: wait.spent(),
        reads: wait.reads,
        time: wait.spent(),
        last: wait.last,
        condition: wait.condition,
        met: waited.map_or(0, |waited| waited.met),
        met_reads: waited.and_then(|waited| waited.reads),
        next: wait.next.as_ref().map(next),
    }
}

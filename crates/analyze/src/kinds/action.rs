//! Triggers: registers that are written to make something happen.

use super::{Claims, Facts, RegisterKind, SURE, support, times, writes};
use crate::evidence::{Part::Number, evidence};
use crate::share::{Share, share};

/// So many write-only registers, written equally often, are an initialisation that ran several times.
const PEERS: usize = 6;
/// Most writes of each register of such a crowd.
const CROWD_WRITES: u64 = 32;
/// Fewest times that written bits show in another register.
const SHOWN: u64 = 2;
/// Fewest writes of a register that is read too, and the least share of them that write what was written before.
const REPEATED_WRITES: u64 = 16;
const REPEATED: Share = share(9, 10);
/// Fewest reads of 0 close after something was written.
const SWALLOWED: u64 = 4;
/// Fewest values copied from another register, and the least share of the writes that they are.
const COPIES: u64 = 3;
const COPIED: Share = share(1, 2);
/// Largest share of the copies that the other register may itself get back.
const RETURNED: Share = share(1, 2);
/// Fewest writes of a tail pointer with more than before, its fewest values, and its fewest rises to each fall.
const RISES: u64 = 4;
const TAIL_VALUES: usize = 4;
const RISES_PER_FALL: u64 = 3;
/// So few writes show nothing.
const FEW_WRITES: u64 = 4;
/// So often a device may be started, or an interrupt mask set.
const STARTS: u64 = 8;
/// The least share of the writes of a parameter that another register follows at once, and the share of its
/// writes that must not all write what was written before.
const LEADS: Share = share(9, 10);
const UNCHANGED: Share = share(9, 10);
/// Writes with which it is as likely as not that they act.
const HALF_SURE: f64 = 8.0;

/// How sure it is that a write acts, and that it sets, by what is known of the writes.
type Weights = (f64, f64);
const OF_CROWD: Weights = (0.3, 0.55);
const OF_FEW: Weights = (0.3, 0.35);
const OF_STARTS: Weights = (0.38, 0.42);
/// The weights of the share that so many writes carry.
const OF_PARAMETER: Weights = (0.5, 0.8);
/// A setting is written often at times.
const SET_OFTEN: f64 = 0.35;

/// How sure the other rules are at most: a register always written the same, one that takes what another one
/// showed, and a tail pointer in a crowd.
const REPEATED_SURE: f64 = 0.6;
const SWALLOWED_SURE: f64 = 0.9;
const COPIED_SURE: f64 = 0.9;
const CROWD_TAIL_SURE: f64 = 0.4;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if c.writes == 0 {
        return;
    }
    if c.reads == 0 {
        acknowledge(facts, claims);
        tail(facts, claims);
        write_only(facts, claims);
        if p.shown >= SHOWN {
            let why = evidence![
                "never read; bits written show in ",
                facts.named(p.shown_in),
                " next ",
                times(p.shown)
            ];
            claims.special(RegisterKind::Trigger, SURE * support(p.shown, 0), why);
        }
    } else if p.read_ones == 0 && p.echoes + p.unchanged == 0 && p.answers >= SWALLOWED {
        let why = evidence![writes(c.writes), " of something, and reads 0 after each of ", Number(p.answers)];
        claims.special(RegisterKind::Trigger, SWALLOWED_SURE * support(p.answers, 0), why);
    } else if c.writes >= REPEATED_WRITES
        && share(p.rewrites, c.writes).is_at_least(REPEATED)
        && p.read_ones == 0
    {
        let why = evidence![
            Number(p.rewrites),
            " of ",
            Number(c.writes),
            " write what was written before, reads 0"
        ];
        claims.special(RegisterKind::Trigger, REPEATED_SURE, why);
    }
}

/// What another register showed is written here. If it is written back there too, that is what acknowledges.
fn acknowledge(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let there = facts.source.map_or(0, |source| source.acks);
    let copied = p.copies >= COPIES && share(p.copies, c.writes).is_at_least(COPIED);
    if !copied || share(there, p.copies).exceeds(RETURNED) {
        return;
    }
    let why = evidence![
        Number(p.copies),
        " of ",
        Number(c.writes),
        " write what was just read from ",
        facts.named(p.copied_from)
    ];
    claims.special(RegisterKind::W1c, COPIED_SURE * support(p.copies, c.writes - p.copies), why);
}

/// Tail pointers move on and wrap. In a crowd, what rises are settings that an initialisation changes.
fn tail(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let falls = (c.writes - 1).saturating_sub(p.rising + p.rewrites);
    if p.rising >= RISES && facts.distinct >= TAIL_VALUES && p.rising >= falls * RISES_PER_FALL {
        let why = evidence!["never read, written ", times(c.writes), " with rising values"];
        let sure = if is_crowd(facts) { CROWD_TAIL_SURE } else { SURE };
        claims.special(RegisterKind::Trigger, sure * support(p.rising, falls * 2), why);
    }
}

fn is_crowd(facts: &Facts<'_>) -> bool {
    facts.peers >= PEERS && facts.counts.writes <= CROWD_WRITES
}

/// A driver sets storage once, or as often as it starts the device; what it writes again and again acts. But
/// what is written just before another register each time is a parameter of that one, if it is ever changed.
fn write_only(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let n = c.writes;
    let mut why = evidence!["never read, ", writes(n)];
    if p.rewrites > 0 {
        why.push([", ".into(), Number(p.rewrites), " of them of the value before".into()]);
    }
    let often = n as f64 / (n as f64 + HALF_SURE);
    let leads = share(p.led, n).is_at_least(LEADS) && !share(p.rewrites, n - 1).is_at_least(UNCHANGED);
    let (trigger, config) = if is_crowd(facts) {
        why.push([", as often as ".into(), Number(facts.peers as u64), " others".into()]);
        OF_CROWD
    } else if n >= STARTS && leads {
        why.push([", ".into(), Number(p.led), " of them right before another register".into()]);
        (often * OF_PARAMETER.0, often * OF_PARAMETER.1)
    } else if n < FEW_WRITES {
        OF_FEW
    } else if n < STARTS {
        OF_STARTS
    } else {
        (often, SET_OFTEN)
    };
    claims.general(RegisterKind::Trigger, trigger, why.clone());
    claims.general(RegisterKind::Config, config, why);
}

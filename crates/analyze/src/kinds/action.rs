//! Triggers: registers that are written to make something happen.

use super::{Claims, Facts, RegisterKind, support, times};

/// So many write-only registers, written equally often, are an initialisation that ran several times.
const PEERS: usize = 6;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if c.writes == 0 {
        return;
    }
    if c.reads == 0 {
        acknowledge(facts, claims);
        tail(facts, claims);
        write_only(facts, claims);
        if p.shown >= 2 {
            let why = format!(
                "never read; bits written show in {} next {}",
                facts.name_of(p.shown_in),
                times(p.shown, "time")
            );
            claims.special(RegisterKind::Trigger, 0.97 * support(p.shown, 0), why);
        }
    } else if c.writes >= 16 && p.rewrites * 10 >= c.writes * 9 && p.read_ones == 0 {
        let why = format!("{} of {} write what was written before, reads 0", p.rewrites, c.writes);
        claims.special(RegisterKind::Trigger, 0.6, why);
    }
}

/// What another register showed is written here. If it is written back there too, that is what acknowledges.
fn acknowledge(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let there = facts.source.map_or(0, |source| source.acks);
    if p.copies < 3 || p.copies * 2 < c.writes || there * 2 > p.copies {
        return;
    }
    let from = facts.name_of(p.copied_from);
    let why = format!("{} of {} write what was just read from {from}", p.copies, c.writes);
    claims.special(RegisterKind::W1c, 0.9 * support(p.copies, c.writes - p.copies), why);
}

/// Tail pointers move on and wrap. In a crowd, what rises are settings that an initialisation changes.
fn tail(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let falls = (c.writes - 1).saturating_sub(p.rising + p.rewrites);
    if p.rising >= 4 && facts.distinct >= 4 && p.rising >= falls * 3 {
        let why = format!("never read, written {} with rising values", times(c.writes, "time"));
        let sure = if is_crowd(facts) { 0.4 } else { 0.97 };
        claims.special(RegisterKind::Trigger, sure * support(p.rising, falls * 2), why);
    }
}

fn is_crowd(facts: &Facts<'_>) -> bool {
    facts.peers >= PEERS && facts.counts.writes <= 32
}

/// A driver sets storage once, or as often as it starts the device; what it writes again and again acts. But
/// what is written just before another register each time is a parameter of that one, if it is ever changed.
fn write_only(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let n = c.writes;
    let mut why = format!("never read, {}", times(n, "write"));
    if p.rewrites > 0 {
        why += &format!(", {} of them of the value before", p.rewrites);
    }
    let often = n as f64 / (n as f64 + 8.0);
    let (trigger, config) = if is_crowd(facts) {
        why += &format!(", as often as {} others", facts.peers);
        (0.3, 0.55)
    } else if n >= 8 && p.led * 10 >= n * 9 && p.rewrites * 10 < (n - 1) * 9 {
        why += &format!(", {} of them right before another register", p.led);
        (often * 0.5, often * 0.8)
    } else if n < 4 {
        (0.3, 0.35)
    } else if n < 8 {
        // So often a device may be started, or an interrupt mask set.
        (0.38, 0.42)
    } else {
        (often, 0.35)
    };
    claims.general(RegisterKind::Trigger, trigger, why.clone());
    claims.general(RegisterKind::Config, config, why);
}

//! What the detectors found, put together.

use super::details::Details;
use super::facts::{Facts, Role};
use super::finding::Finding;
use super::idiom::Idiom;
use super::selectors::Selectors;
use super::watch::Watch;
use super::window;
use crate::census::Census;
use crate::overlaps::Overlaps;
use mmio_format::RegisterId;
use std::collections::HashSet;

/// A bit that clears itself more often than that starts jobs.
const MOST_RESETS: u64 = 16;
/// Accesses in a row that are more than one datum of a port.
const STREAM: u64 = 8;

/// Everything that `watch` found. `census` counted the same accesses, and `selectors` were found in them.
pub(crate) fn findings(mut watch: Watch, census: &Census, selectors: &Selectors) -> Vec<Finding> {
    watch.end();
    let mut facts = Facts::new(census, watch.usual(), watch.posting(), selectors.port_registers());
    let mut found = watch.detectors.findings(&mut facts);
    let starts = starts(&found);
    found.retain(|f| f.idiom != Idiom::RESET || !starts.contains(&(f.register, mask(f))));
    found.retain(|f| !is_return(f, &facts) && !selects(f, &facts, selectors));
    let overlaps = Overlaps::new(census);
    found.retain(|f| !is_stored(f, &overlaps, census));
    found.retain(|f| !selectors.windows.iter().any(|w| explains(w, f, census)));
    let windows = selectors.windows.iter().filter(|w| !facts.has(w.register, Role::Port));
    found.extend(windows.cloned());
    found.extend(facts.posting().filter(|p| !p.asks).map(|p| p.finding()));
    found.extend(selectors.findings());
    found
}

/// Everything that `watch` found behind ports, whose registers `census` counted.
pub(crate) fn behind_ports(watch: Watch, census: &Census) -> Vec<Finding> {
    let mut found = findings(watch, census, &Selectors::default());
    // Lines behind a port would take two writes an edge: what looks like them is a command.
    found.retain(|f| f.idiom != Idiom::BITBANG);
    found
}

/// Registers and bits that clear themselves after so many writes that they start jobs, and reset nothing.
fn starts(found: &[Finding]) -> HashSet<(RegisterId, u64)> {
    let clears = |f: &&Finding| {
        let clear = matches!(f.details, Details::Condition(until) if until.value == 0);
        f.idiom == Idiom::HANDSHAKE && f.is_own() && clear && f.count > MOST_RESETS
    };
    found.iter().filter(clears).map(|f| (f.register, mask(f))).collect()
}

/// The bits of a condition.
fn mask(finding: &Finding) -> u64 {
    if let Details::Condition(until) = finding.details { until.mask } else { 0 }
}

/// Whether it is a read-modify-write of a register where all that is written back acknowledges; where that is not so
/// sure, bits may be set too.
fn is_return(f: &Finding, facts: &Facts<'_>) -> bool {
    f.idiom == Idiom::RMW && facts.has(f.register, Role::Returns)
}

/// Whether a read is said to be an answer that gives, as far as can be seen, what was written: to another register that
/// shares bytes, or to its own after writes of another one.
fn is_stored(f: &Finding, overlaps: &Overlaps, census: &Census) -> bool {
    let answers = f.second.unwrap_or(f.register);
    let written = || overlaps.of(answers).iter().any(|share| census.counts(share.register).writes > 0);
    f.idiom == Idiom::WRITE_READ
        && (overlaps.share(f.register, answers) || (f.register == answers && written()))
}

/// Whether it is what a port or a bank makes of its registers. A stream may go through the data of a port.
fn selects(f: &Finding, facts: &Facts<'_>, selectors: &Selectors) -> bool {
    let stream =
        f.idiom == Idiom::FIFO && matches!(f.details, Details::Runs(accesses) if accesses.median >= STREAM);
    (!stream && facts.has(f.register, Role::Port)) || selectors.is_bank(f.register)
}

/// Whether `found` is what a window makes of its base, which is written again and again, or of its contents,
/// which are memory.
fn explains(window: &Finding, found: &Finding, census: &Census) -> bool {
    let touched = found.register == window.register || window::has(window, found.register, census);
    touched && matches!(found.idiom, Idiom::FIFO | Idiom::DOORBELL)
}

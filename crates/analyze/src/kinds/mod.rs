//! What kind of register each one is, as far as the trace alone shows it.
//!
//! A first look at the census finds [`layout`]: order and bulk. The second pass keeps a [`profile`] of every
//! other register. Then each rule looks at the profile and may claim a kind with a confidence; the strongest
//! claim wins. Rules of thumb (what a register is when nothing speaks against it) give way to special ones.

mod action;
mod clearing;
mod counter;
pub mod layout;
mod mailbox;
pub(crate) mod messages;
mod parts;
mod port;
pub mod profile;
pub mod profiler;
mod read_only;
mod set_clear;
mod storage;
mod table;
mod walks;

use crate::census::{Census, Counts};
use crate::evidence::{Evidence, Part, evidence, things};
use messages::Argument;
use mmio_format::register::Table;
use mmio_format::{Register, RegisterId};
use profile::Profile;

/// What a register is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegisterKind {
    /// Read only, never changes: identification, capabilities.
    Constant,
    /// Read only, changed by the hardware.
    Status,
    /// Plain storage: reads give back what was written.
    Config,
    /// Written and read, and the hardware changes bits by itself.
    Control,
    /// Writing 1 to a bit clears it.
    W1c,
    /// Reading clears the bits that are set.
    Rc,
    /// A write starts something: doorbell, tail pointer, command.
    Trigger,
    /// Selects what another register shows.
    Index,
    /// Shows what an index selects, or a FIFO or stream.
    Data,
    /// Rises by itself.
    Counter,
    /// Part of a table, buffer or memory.
    Memory,
    /// The trace does not show the kind.
    Unknown,
}

/// A kind that a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The kind.
    pub kind: RegisterKind,
    /// How sure the claim is, 0 to 1.
    pub confidence: f64,
    /// Why the claim is believed.
    pub evidence: Evidence,
}

/// What the rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The register.
    pub register: Register,
    /// The counts of the register.
    pub counts: Counts,
    /// Distinct values of the register.
    pub distinct: usize,
    /// What was seen of the register in the second pass.
    pub profile: &'a Profile,
    /// What was seen of the register whose values are written here, if there is one.
    pub source: Option<&'a Profile>,
    /// Write-only registers of the same BAR that were written equally often, this one left out.
    pub peers: usize,
    /// Whether the register lies in an MSI-X table.
    pub msix: bool,
    /// Whether the register is the index (`Some(true)`) or the data (`Some(false)`) of a port, how sure, and
    /// why.
    pub port: Option<(bool, f64, &'a Evidence)>,
    /// The register as a word of messages, and how many of them it ended.
    pub(crate) argument: Option<&'a Argument>,
    pub(crate) rings: Option<u64>,
    /// The registers by their numbers.
    pub registers: &'a Table,
}

impl Facts<'_> {
    /// A register as a part of evidence.
    fn named(&self, id: Option<RegisterId>) -> Part {
        id.map_or(Part::Words("nothing"), |id| Part::Register(self.registers.get(id)))
    }

    /// How the register changes by itself, and after which write.
    fn moves(&self) -> Evidence {
        let p = self.profile;
        let mut changes = evidence!["bits ", Part::Bits(p.moved), " change by themselves ", times(p.moves)];
        let cause = p.cause.candidate();
        if cause.is_some() && p.moves > 1 {
            changes.push([Part::Words(", mostly after W "), self.named(cause)]);
        }
        changes
    }
}

/// Claims of one register.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    special: Vec<Claim>,
    general: Vec<Claim>,
    port: Option<Claim>,
    /// Whether the device does nothing when the register is written.
    passive: bool,
}

impl Claims {
    /// A claim that stands on something only this kind does.
    fn special(&mut self, kind: RegisterKind, confidence: f64, evidence: Evidence) {
        self.special.push(Claim { kind, confidence, evidence });
    }

    /// A claim that holds when nothing special is claimed.
    fn general(&mut self, kind: RegisterKind, confidence: f64, evidence: Evidence) {
        self.general.push(Claim { kind, confidence, evidence });
    }

    /// The strongest claim of each kind, strongest first.
    fn ranked(mut self) -> Vec<Claim> {
        if self.passive {
            self.special.retain(|c| c.kind != RegisterKind::Trigger);
            self.general.retain(|c| c.kind != RegisterKind::Trigger);
        }
        // A port was checked access by access: what else speaks for one of its registers is weaker.
        if let Some(port) = self.port.take() {
            self.special.iter_mut().for_each(|c| c.confidence *= 1.0 - port.confidence);
            self.special.push(port);
        }
        let best = self.special.iter().map(|c| c.confidence).fold(0.0, f64::max);
        let general =
            self.general.into_iter().map(|c| Claim { confidence: c.confidence * (1.0 - best), ..c });
        let mut all: Vec<Claim> = self.special.into_iter().chain(general).collect();
        all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.kind.cmp(&b.kind)));
        let mut seen = Vec::new();
        all.retain(|c| {
            c.confidence >= LEAST && !seen.contains(&c.kind) && {
                seen.push(c.kind);
                true
            }
        });
        all
    }
}

/// Least confidence of a claim that is worth a word.
const LEAST: f64 = 0.1;
/// Least confidence at which a register is said to be of a kind.
pub const ENOUGH: f64 = 0.4;
/// How sure most rules are at most, however often their evidence was seen.
const SURE: f64 = 0.97;

/// How far `yes` observations for, and `no` against, carry: 0.5 for one, 0.9 for nine, never 1.
pub(crate) fn support(yes: u64, no: u64) -> f64 {
    yes as f64 / (yes as f64 + no as f64 + 1.0)
}

/// Words of MSI-X tables.
pub fn msix(census: &Census, layout: &layout::Layout) -> std::collections::HashSet<RegisterId> {
    table::msix(census, layout)
}

/// The claims about a register, strongest first.
pub fn claims(facts: &Facts<'_>) -> Vec<Claim> {
    let mut claims = Claims::default();
    for rule in [
        port::claim,
        table::claim,
        counter::claim,
        clearing::claim,
        action::claim,
        set_clear::claim,
        mailbox::claim,
        storage::claim,
        read_only::claim,
    ] {
        rule(facts, &mut claims);
    }
    claims.ranked()
}

/// `1 read`, `3 reads`.
fn reads(n: u64) -> [Part; 3] {
    things(n, "read", "reads")
}

/// `1 write`, `3 writes`.
fn writes(n: u64) -> [Part; 3] {
    things(n, "write", "writes")
}

/// `1 time`, `3 times`.
fn times(n: u64) -> [Part; 3] {
    things(n, "time", "times")
}

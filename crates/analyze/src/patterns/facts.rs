//! What is settled about registers while the detectors conclude one after the other.

use std::collections::{HashMap, HashSet};

use super::details::{Body, Condition, Details, Loops};
use super::finding::Finding;
use super::gaps::{DeviceGaps, Gaps};
use super::idiom::Idiom;
use super::posting::Posting;
use crate::census::Census;
use crate::waits::Unmet;
use mmio_format::RegisterId;

/// What a register turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// It is an index or its data.
    Port,
    /// It counts by itself.
    Counts,
    /// It drives lines by single bits.
    Drives,
    /// It takes keys.
    Unlocks,
    /// What is read of it is acknowledged, there or elsewhere.
    Acknowledged,
    /// Causes are acknowledged in it.
    Acknowledges,
    /// Causes are acknowledged in it that are read there.
    AcknowledgesItself,
    /// Causes are acknowledged in it that are read elsewhere, and none that are read there.
    AcknowledgesOthers,
    /// What was read of it is written back, and hardly anything else.
    Returns,
    /// Streams go through it.
    Streams,
    /// It hands work to the device.
    Rings,
    /// Another detector found that the second register answers the first.
    Answered,
}

/// What the detectors before found, in terms of idioms and registers.
pub(crate) struct Facts<'a> {
    pub(crate) census: &'a Census,
    /// How fast the accesses of each device follow each other.
    usual: DeviceGaps,
    posting: Vec<Posting>,
    roles: HashSet<(RegisterId, Role)>,
    /// How waits for a register end.
    exits: HashMap<RegisterId, Condition>,
    /// Waits for a register that were not met.
    unmet: HashMap<RegisterId, Vec<Unmet>>,
    /// How often writes of a register were answered, as was found last.
    answers: HashMap<RegisterId, u64>,
    /// Registers and those that answer them.
    answered: HashSet<(RegisterId, Option<RegisterId>)>,
}

impl<'a> Facts<'a> {
    /// Nothing was found but registers that post writes. `usual` is how fast the accesses of each device follow
    /// each other, `ports` are the registers of ports.
    pub(crate) fn new(
        census: &'a Census,
        usual: DeviceGaps,
        posting: Vec<Posting>,
        ports: impl Iterator<Item = RegisterId>,
    ) -> Facts<'a> {
        Facts {
            census,
            usual,
            posting,
            roles: ports.map(|register| (register, Role::Port)).collect(),
            exits: HashMap::new(),
            unmet: HashMap::new(),
            answers: HashMap::new(),
            answered: HashSet::new(),
        }
    }

    /// How fast the accesses of the register's device follow each other.
    pub(crate) fn usual(&self, register: RegisterId) -> Gaps {
        self.usual.of(self.census.register(register))
    }

    /// Registers that are read straight after writes.
    pub(crate) fn posting(&self) -> impl Iterator<Item = &Posting> {
        self.posting.iter()
    }

    /// Whether it is read only that the write before has arrived.
    pub(crate) fn posts(&self, register: RegisterId) -> bool {
        self.posting().any(|p| p.register == register && !p.asks)
    }

    /// Whether it is asked after writes whether the driver may go on.
    pub(crate) fn is_asked(&self, register: RegisterId) -> bool {
        self.posting().any(|p| p.register == register && p.asks)
    }

    /// How waits for it end.
    pub(crate) fn exit(&self, register: RegisterId) -> Option<Condition> {
        self.exits.get(&register).copied()
    }

    /// Waits for `register` after writes of `write` that were not met.
    pub(crate) fn unmet(&self, register: RegisterId, write: RegisterId) -> Vec<Unmet> {
        let waits = self.unmet.get(&register).into_iter().flatten();
        waits.filter(|unmet| unmet.after == Some(write)).copied().collect()
    }

    /// How often a write of it was answered: by a handshake, or by itself.
    pub(crate) fn answers(&self, register: RegisterId) -> Option<u64> {
        self.answers.get(&register).copied()
    }

    /// Whether the register has this role, as far as is known.
    pub(crate) fn has(&self, register: RegisterId, role: Role) -> bool {
        self.roles.contains(&(register, role))
    }

    /// Whether `role` takes its register from a finding.
    pub(crate) fn takes(&self, role: Role, finding: &Finding) -> bool {
        let register = finding.register;
        match role {
            Role::AcknowledgesOthers => {
                self.has(register, Role::Acknowledges) && !self.has(register, Role::AcknowledgesItself)
            }
            Role::Answered => self.answered.contains(&(register, finding.second)),
            role => self.has(register, role),
        }
    }

    /// What a finding says of its registers.
    pub(crate) fn note(&mut self, finding: &Finding) {
        let (register, own) = (finding.register, finding.is_own());
        let mut is = |role| self.roles.insert((register, role));
        match finding.idiom {
            Idiom::COUNTER_READ | Idiom::COUNTER_WAIT => _ = is(Role::Counts),
            Idiom::BITBANG => {
                is(Role::Drives);
                self.roles.extend(finding.part.map(|part| (part, Role::Drives)));
            }
            Idiom::UNLOCK => _ = is(Role::Unlocks),
            Idiom::FIFO => _ = is(Role::Streams),
            // A bit that starts something may also be one of a register that is pulsed.
            Idiom::DOORBELL if finding.details == Details::Plain => _ = is(Role::Rings),
            Idiom::ACK => {
                is(Role::Acknowledged);
                if own {
                    is(Role::AcknowledgesItself);
                }
                if finding.details == Details::Returned {
                    is(Role::Returns);
                }
                self.roles.extend(finding.second.map(|second| (second, Role::Acknowledges)));
            }
            Idiom::POLL => {
                if let Details::Loops(Loops { body: Body::Wait, until: Some(until), .. }) = finding.details {
                    self.exits.insert(register, until);
                    self.unmet.insert(register, finding.unmet.clone());
                }
            }
            _ => {}
        }
        if matches!(finding.idiom, Idiom::HANDSHAKE | Idiom::WRITE_READ | Idiom::READBACK_FLUSH) {
            self.answered.insert((register, finding.second));
        }
        // A bit that clears itself when the device is done may be what starts it; and an event says that it is done.
        let starts = own && matches!(finding.details, Details::Condition(until) if until.value == 0);
        let event = !own && finding.second.is_some_and(|second| self.has(second, Role::Acknowledged));
        if (finding.idiom == Idiom::HANDSHAKE && !starts && !event)
            || (finding.idiom == Idiom::WRITE_READ && own)
        {
            self.answers.insert(register, finding.count);
        }
    }
}

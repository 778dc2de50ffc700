//! The list of detectors.
//!
//! An idiom is added by a file beside this one, which names it and finds it, and a line in the list below;
//! `docs/patterns.md` describes it. Detectors conclude in the order of the list: each may ask what those before it
//! found.

mod ack;
mod answer;
mod bitbang;
mod cause;
mod command_poll;
mod counter;
mod doorbell;
mod fifo;
mod late_answer;
mod part_ack;
mod poll;
mod reset;
mod response;
mod rmw;
mod self_clearing;
mod unlock;
mod word_transfer;

use std::collections::BTreeSet;

use super::detector::{Detector, Now};
use super::facts::Facts;
use super::finding::Finding;
use super::idiom::Idiom;
use super::known::Known;
use super::view::View;
use crate::census::Census;
use crate::steps::Step;
use mmio_format::{Access, RegisterId};

impl Idiom {
    /// All idioms, in the order in which those are listed that are equally significant.
    pub const ALL: &'static [Idiom] = &[
        Idiom::POLL,
        Idiom::HANDSHAKE,
        Idiom::WRITE_READ,
        Idiom::ACK,
        Idiom::DOORBELL,
        Idiom::RMW,
        Idiom::READBACK_FLUSH,
        Idiom::BITBANG,
        Idiom::FIFO,
        Idiom::WINDOW,
        Idiom::INDEX_DATA,
        Idiom::COUNTER_READ,
        Idiom::COUNTER_WAIT,
        Idiom::HI_LO_HI,
        Idiom::RESET,
        Idiom::UNLOCK,
    ];
}

/// Makes the detectors of a list: for each its name, its type, and of what there may be more than it follows.
macro_rules! detectors {
    ($($detector:ident: $Type:ty, $LeftOut:ident = $words:literal;)*) => {
        /// What was left out because there was more of it than is followed at one time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum LeftOut {
            $(#[doc = concat!("Of ", $words, ".")] $LeftOut,)*
            /// Of registers that may be in windows.
            Windows,
            /// Of pairs of an index and its data, or of indices.
            Ports,
            /// Of accesses behind ports.
            BehindPorts,
            /// Of registers that may select banks.
            Banks,
        }

        impl LeftOut {
            /// Of what there was more, as every output names it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(LeftOut::$LeftOut => $words,)*
                    LeftOut::Windows => "registers that may be in windows",
                    LeftOut::Ports => "pairs of an index and its data, or indices",
                    LeftOut::BehindPorts => "accesses behind ports",
                    LeftOut::Banks => "registers that may select banks",
                }
            }
        }

        /// All detectors. Each method is that of [`Detector`], of one after the other.
        pub(super) struct Detectors {
            $($detector: $Type,)*
        }

        impl Detectors {
            pub(super) fn new(census: &Census) -> Detectors {
                Detectors { $($detector: <$Type>::new(census),)* }
            }

            #[inline]
            pub(super) fn access(&mut self, register: RegisterId, access: &Access, known: Known) {
                $(self.$detector.access(register, access, known);)*
            }

            /// A step of any kind, then as a read or as a write.
            #[inline]
            pub(super) fn step(&mut self, now: &Now<'_>) {
                $(self.$detector.step(now);)*
                if now.step.is_read() {
                    $(self.$detector.read(now);)*
                } else if now.step.is_write() {
                    $(self.$detector.write(now);)*
                }
            }

            pub(super) fn posted(&mut self, step: &Step, view: &View) {
                $(self.$detector.posted(step, view);)*
            }

            pub(super) fn pause(&mut self, view: &View) {
                $(self.$detector.pause(view);)*
            }

            pub(super) fn gap(&mut self) {
                $(self.$detector.gap();)*
            }

            pub(super) fn left_out(&self) -> BTreeSet<LeftOut> {
                let full = [$((self.$detector.is_full(), LeftOut::$LeftOut),)*];
                full.into_iter().filter_map(|(full, what)| full.then_some(what)).collect()
            }

            /// What each found, but for registers that those before took. `facts` learns it.
            pub(super) fn findings(&mut self, facts: &mut Facts<'_>) -> Vec<Finding> {
                let mut found = Vec::new();
                $(conclude(&mut self.$detector, facts, &mut found);)*
                found
            }
        }
    };
}

detectors! {
    counters: counter::Counters, Counters = "registers that may count";
    polls: poll::Polls, Polls = "registers that may be polled";
    unlocks: unlock::Unlocks, Unlocks = "registers that may take keys";
    bitbangs: bitbang::Bitbangs, Lines = "registers that may drive lines";
    acks: ack::Acks, Acks = "pairs of a cause and its acknowledge";
    part_acks: part_ack::PartAcks, PartAcks = "pairs of a cause and the acknowledge of a part";
    backs: rmw::Backs, WrittenBack = "registers that are written back";
    causes: cause::Causes, Causes = "registers that may be acknowledged";
    self_clearing: self_clearing::SelfClearing, Resets = "bits that may reset";
    answers: answer::Answers, Answers = "pairs of a write and its read";
    late_answers: late_answer::LateAnswers, LateAnswers = "registers that may answer later";
    word_transfers: word_transfer::WordTransfers, Words = "pairs of a status and its data";
    fifos: fifo::Fifos, Streams = "registers that may be ports of streams";
    doorbells: doorbell::Doorbells, Doorbells = "registers that may be doorbells";
    resets: reset::Resets, Pulses = "registers with pulses";
    responses: response::Responses, Responses = "pairs of a command and its response";
    command_polls: command_poll::CommandPolls, Commands = "registers that may take commands";
}

fn conclude<D: Detector>(detector: &mut D, facts: &mut Facts<'_>, found: &mut Vec<Finding>) {
    let mut new = detector.findings(facts);
    new.retain(|finding| !D::YIELDS.iter().any(|&role| facts.takes(role, finding)));
    new.iter().for_each(|finding| facts.note(finding));
    found.append(&mut new);
}

//! Majority votes for registers.

use mmio_format::RegisterId;
use mmio_format::register::NONE;

/// The winner of a majority vote, as far as it goes: whoever had more than half of the votes wins, and so may one that
/// had not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leader {
    register: RegisterId,
    votes: u32,
}

impl Default for Leader {
    fn default() -> Leader {
        Leader { register: NONE, votes: 0 }
    }
}

impl Leader {
    /// A vote for `register`, which may be [`NONE`].
    pub(crate) fn vote(&mut self, register: RegisterId) {
        if self.register == register {
            self.votes = self.votes.saturating_add(1);
        } else if self.votes == 0 {
            (self.register, self.votes) = (register, 1);
        } else {
            self.votes -= 1;
        }
    }

    /// The register that was voted for, be its votes used up by others.
    pub(crate) fn candidate(&self) -> Option<RegisterId> {
        (self.register != NONE).then_some(self.register)
    }

    /// The register that has votes left.
    pub(crate) fn register(&self) -> Option<RegisterId> {
        self.candidate().filter(|_| self.votes > 0)
    }

    /// Votes that are left, for a register or for none.
    pub(crate) fn votes(&self) -> u64 {
        self.votes.into()
    }
}

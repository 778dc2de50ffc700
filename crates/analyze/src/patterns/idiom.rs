//! The names of idioms.

use std::fmt;

/// An access idiom. Each is a constant here, beside the detector that finds it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Idiom(&'static str);

impl Idiom {
    /// The idiom of this name: small letters, with `_` between words.
    pub(super) const fn named(name: &'static str) -> Idiom {
        Idiom(name)
    }

    /// Its name, as `poll` or `readback_flush`: its identity in every output.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Idiom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

//! Why a finding is believed: words, and the numbers and registers among them.
//!
//! An analysis says what it saw in parts; how a number or a register is written is decided elsewhere.

use mmio_format::Register;

/// A sentence in parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence(Vec<Part>);

/// A part of a sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// Words, blanks and punctuation.
    Words(&'static str),
    /// A number of things, whose word follows.
    Count(u64),
    /// Any other number.
    Number(u64),
    /// A value, or a mask of bits.
    Bits(u64),
    /// The number of a bit, from 0.
    Bit(u32),
    /// A register; its name stands for offset and BAR.
    Register(Register),
    /// A length of time in nanoseconds.
    Time(u64),
    /// A share between 0 and 1.
    Share(f64),
}

impl From<&'static str> for Part {
    fn from(words: &'static str) -> Part {
        Part::Words(words)
    }
}

impl Evidence {
    /// The parts, in their order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether the evidence has no parts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a part, or several.
    pub fn push(&mut self, parts: impl Into<Evidence>) {
        self.0.append(&mut parts.into().0);
    }

    /// Adds all parts of `more`.
    pub fn extend(&mut self, more: &Evidence) {
        self.0.extend_from_slice(&more.0);
    }
}

impl From<Part> for Evidence {
    fn from(part: Part) -> Evidence {
        Evidence(vec![part])
    }
}

impl From<&'static str> for Evidence {
    fn from(words: &'static str) -> Evidence {
        Evidence(vec![Part::Words(words)])
    }
}

impl<const N: usize> From<[Part; N]> for Evidence {
    fn from(parts: [Part; N]) -> Evidence {
        Evidence(parts.into())
    }
}

impl From<Option<Evidence>> for Evidence {
    fn from(parts: Option<Evidence>) -> Evidence {
        parts.unwrap_or_default()
    }
}

impl FromIterator<Part> for Evidence {
    fn from_iter<T: IntoIterator<Item = Part>>(parts: T) -> Evidence {
        Evidence(parts.into_iter().collect())
    }
}

/// [`Evidence`] of parts, each a [`Part`], several, words, or other evidence.
macro_rules! evidence {
    ($($part:expr),* $(,)?) => {{
        let mut evidence = $crate::evidence::Evidence::default();
        $(evidence.push($part);)*
        evidence
    }};
}
pub(crate) use evidence;

/// `n` things, of which there is a word for one and one for several.
pub(crate) fn things(n: u64, one: &'static str, several: &'static str) -> [Part; 3] {
    [Part::Count(n), Part::Words(" "), Part::Words(if n == 1 { one } else { several })]
}

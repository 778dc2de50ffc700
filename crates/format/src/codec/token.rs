//! Tokens: for each row, which predictions of address and value were right.

/// Contexts of tokens: the token before, or for how long there were only zeros.
pub(super) const CONTEXTS: usize = 100;
/// Contexts from here on stand for 1–3, 4–15, 16–63 and more zeros.
const ZEROS: usize = 96;

/// Where the address comes from, the upper half of a token.
pub(super) mod from {
    /// The row after the same four accesses.
    pub(in crate::codec) const JOINT: u8 = 0;
    /// The row after the same three addresses.
    pub(in crate::codec) const THIRD: u8 = 1;
    /// As far from the address before as that one from its own.
    pub(in crate::codec) const STRIDE: u8 = 2;
    /// An address that was spelled out, by number.
    pub(in crate::codec) const KNOWN: u8 = 3;
    /// The difference to the address before, in 4 and in 8 bytes.
    pub(in crate::codec) const NEAR: u8 = 4;
    pub(in crate::codec) const FAR: u8 = 5;
}

/// Where the value comes from, the lower half of a token.
pub(super) mod is {
    /// The row that the address was predicted by, else the register's last row.
    pub(in crate::codec) const ROW: u8 = 0;
    /// The register's last row.
    pub(in crate::codec) const LAST: u8 = 1;
    /// As far from the register's last value as that one from its own.
    pub(in crate::codec) const STRIDE: u8 = 2;
    /// The row before.
    pub(in crate::codec) const BEFORE: u8 = 3;
    pub(in crate::codec) const ZERO: u8 = 4;
    /// The register's last value but for one bit. From here on a list has a number.
    pub(in crate::codec) const FLIP: u8 = 5;
    /// The difference to the register's last value, in 1 and 2 bytes.
    pub(in crate::codec) const NEAR1: u8 = 6;
    pub(in crate::codec) const NEAR2: u8 = 7;
    /// A place in the cache of values.
    pub(in crate::codec) const VALUE: u8 = 8;
    /// A place in the cache of differences to the value before.
    pub(in crate::codec) const DIFFERENCE: u8 = 9;
    /// A multiple of 4096 below 2^32, divided.
    pub(in crate::codec) const PAGE: u8 = 10;
    /// The value, in so many bytes.
    pub(in crate::codec) const BYTES1: u8 = 11;
    pub(in crate::codec) const BYTES2: u8 = 12;
    pub(in crate::codec) const BYTES3: u8 = 13;
    pub(in crate::codec) const BYTES4: u8 = 14;
    pub(in crate::codec) const BYTES8: u8 = 15;
}

/// The context of the next token.
#[derive(Default)]
pub(super) struct TokenContext {
    token: u8,
    zeros: u32,
}

impl TokenContext {
    #[inline(always)]
    pub(super) fn next(&self) -> u8 {
        match self.zeros {
            0 => self.token,
            zeros => (ZEROS + (zeros.ilog2() / 2).min(3) as usize) as u8,
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, token: u8) {
        self.zeros = if token == 0 { self.zeros + 1 } else { 0 };
        self.token = token;
    }
}

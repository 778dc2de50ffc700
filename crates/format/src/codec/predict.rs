//! What an access probably is, from the rows before it. Encoder and decoder share this model,
//! so that they cannot disagree.
//!
//! The tables hold rows: a prediction is the address or value of an earlier row. They start
//! with row 0 everywhere.

/// Binary logarithms of the sizes of the tables.
const JOINT_BITS: u32 = 16;
const THIRD_BITS: u32 = 15;
const REGISTER_BITS: u32 = 14;

/// 2^64 divided by the golden ratio, odd: multiplying by it spreads bits upwards.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Odd factors that spread values and shapes as [`SPREAD`] does.
const SPREAD_VALUE: u64 = 0xd134_2543_de82_ef95;
const SPREAD_SHAPE: u64 = 0xaf25_1af3_b0f0_25b5;

/// Where `x` lies in a table of 2^`bits` entries.
#[inline]
pub(super) fn slot(x: u64, bits: u32) -> usize {
    (x.wrapping_mul(SPREAD) >> (64 - bits)) as usize
}

/// Earlier rows by what stood before them.
pub(super) struct Model {
    /// By shape and the addresses and values of the four rows before.
    joint: Box<[u16; 1 << JOINT_BITS]>,
    /// By shape and the addresses of the three rows before.
    third: Box<[u16; 1 << THIRD_BITS]>,
    /// The rows by address.
    register: Box<[u16; 1 << REGISTER_BITS]>,
}

/// The last addresses, and addresses with values, spread; the last one first.
///
/// Apart from [`Model`], so that it can stay in registers of the processor.
#[derive(Clone, Copy, Default)]
pub(super) struct Recent {
    addresses: [u64; 3],
    accesses: [u64; 4],
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            joint: Box::new([0; 1 << JOINT_BITS]),
            third: Box::new([0; 1 << THIRD_BITS]),
            register: Box::new([0; 1 << REGISTER_BITS]),
        }
    }

    /// Forgets all rows.
    pub(super) fn reset(&mut self) {
        self.joint.fill(0);
        self.third.fill(0);
        self.register.fill(0);
    }

    /// The row that `row` continues and the last one after the same addresses; `row` takes its place.
    ///
    /// It continues the one after `follow`, the row that the row before was like in all, else the last row after the
    /// same accesses.
    #[inline(always)]
    pub(super) fn contexts(
        &mut self,
        recent: &Recent,
        row: u16,
        shape: u8,
        follow: Option<u16>,
    ) -> (u16, u16) {
        let shape = u64::from(shape).wrapping_mul(SPREAD_SHAPE);
        let [a, b, c, d] = recent.accesses;
        let before = shape ^ b.rotate_left(13) ^ c.rotate_left(26) ^ d.rotate_left(39);
        let joint = ((a ^ before) >> (64 - JOINT_BITS)) as usize;
        let [a, b, c] = recent.addresses;
        let third = ((a ^ shape ^ b.rotate_left(13) ^ c.rotate_left(26)) >> (64 - THIRD_BITS)) as usize;
        let place = &mut self.joint[joint];
        let joint = follow.map_or(*place, |like| like + 1);
        *place = row;
        let third = std::mem::replace(&mut self.third[third], row);
        (joint, third)
    }

    /// The last row of the same register; `row` takes its place.
    #[inline(always)]
    pub(super) fn register(&mut self, recent: &mut Recent, row: u16, address: u64) -> u16 {
        let spread = address.wrapping_mul(SPREAD);
        recent.addresses = [spread, recent.addresses[0], recent.addresses[1]];
        std::mem::replace(&mut self.register[(spread >> (64 - REGISTER_BITS)) as usize], row)
    }
}

impl Recent {
    /// Notes the value of the row that [`Model::register`] was called with.
    #[inline(always)]
    pub(super) fn value(&mut self, value: u64) {
        let access = self.addresses[0].wrapping_add(value.wrapping_mul(SPREAD_VALUE));
        let [a, b, c, _] = self.accesses;
        self.accesses = [access, a, b, c];
    }
}

/// Numbers that came up lately, each in the only place that it can be at.
pub(super) struct Cache([u64; 256]);

impl Cache {
    pub(super) fn new() -> Self {
        Self([0; 256])
    }

    #[inline]
    pub(super) fn place(number: u64) -> usize {
        slot(number, 8)
    }

    #[inline]
    pub(super) fn get(&self, place: usize) -> u64 {
        self.0[place]
    }

    #[inline]
    pub(super) fn put(&mut self, number: u64) {
        self.0[Self::place(number)] = number;
    }
}

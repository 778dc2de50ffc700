//! Addresses and values: a token for each row says which prediction was right, lists hold what no
//! prediction knew.

use super::CodecError;
use super::predict::{Cache, Model, Recent, slot};
use super::stream::{Source, Stream};
use super::varint;

/// Contexts of tokens: the token before, or for how long there were only zeros.
pub(super) const CONTEXTS: usize = 100;
/// Contexts from here on stand for 1–3, 4–15, 16–63 and more zeros.
const ZEROS: usize = 96;

/// Where the address comes from, the upper half of a token.
mod from {
    /// The row behind the same four accesses.
    pub(super) const JOINT: u8 = 0;
    /// The row behind the same three addresses.
    pub(super) const THIRD: u8 = 1;
    /// As far from the address before as that one from its own.
    pub(super) const STRIDE: u8 = 2;
    /// An address that was spelled out, by number.
    pub(super) const KNOWN: u8 = 3;
    /// The difference to the address before, in 4 and in 8 bytes.
    pub(super) const NEAR: u8 = 4;
    pub(super) const FAR: u8 = 5;
}

/// Bytes of the numbers in the lists for addresses: KNOWN, NEAR, FAR.
pub(super) const ADDRESS_WIDTHS: [usize; 3] = [2, 4, 8];

/// Where the value comes from, the lower half of a token.
mod is {
    /// The row that the address was predicted by, else the register's last row.
    pub(super) const ROW: u8 = 0;
    /// The register's last row.
    pub(super) const LAST: u8 = 1;
    /// As far from the register's last value as that one from its own.
    pub(super) const STRIDE: u8 = 2;
    /// The row before.
    pub(super) const BEFORE: u8 = 3;
    pub(super) const ZERO: u8 = 4;
    /// The register's last value but for one bit. From here on a list has a number.
    pub(super) const FLIP: u8 = 5;
    /// The difference to the register's last value, in 1 and 2 bytes.
    pub(super) const NEAR1: u8 = 6;
    pub(super) const NEAR2: u8 = 7;
    /// A place in the cache of values.
    pub(super) const VALUE: u8 = 8;
    /// A place in the cache of differences to the value before.
    pub(super) const DIFFERENCE: u8 = 9;
    /// A multiple of [`super::PAGE`] below 2^32, divided.
    pub(super) const PAGE: u8 = 10;
    /// The value, in so many bytes.
    pub(super) const BYTES1: u8 = 11;
    pub(super) const BYTES2: u8 = 12;
    pub(super) const BYTES3: u8 = 13;
    pub(super) const BYTES4: u8 = 14;
    pub(super) const BYTES8: u8 = 15;
}

/// Bytes of the numbers in the lists for values, from [`is::FLIP`] on.
pub(super) const VALUE_WIDTHS: [usize; 11] = [1, 1, 2, 1, 1, 3, 1, 2, 3, 4, 8];

/// The context of the next token.
#[derive(Default)]
struct TokenContext {
    token: u8,
    zeros: u32,
}

impl TokenContext {
    #[inline(always)]
    fn next(&self) -> u8 {
        match self.zeros {
            0 => self.token,
            zeros => (ZEROS + (zeros.ilog2() / 2).min(3) as usize) as u8,
        }
    }

    #[inline(always)]
    fn push(&mut self, token: u8) {
        self.zeros = if token == 0 { self.zeros + 1 } else { 0 };
        self.token = token;
    }
}

/// What the spelled-out parts refer to, the same in both directions.
struct Memory {
    /// Addresses that were spelled out, in order.
    known: Vec<u64>,
    values: Cache,
    differences: Cache,
}

impl Memory {
    fn new() -> Self {
        Self { known: Vec::new(), values: Cache::new(), differences: Cache::new() }
    }

    /// Notes a value that no row predicted.
    #[inline]
    fn push_value(&mut self, value: u64, before: u64) {
        self.values.put(value);
        self.differences.put(value.wrapping_sub(before));
    }
}

/// Values that are a multiple of it are frequent: addresses of memory.
const PAGE: u64 = 4096;

/// Binary logarithm of the size of the encoder's table of known addresses.
const PLACE_BITS: u32 = 12;

/// Encodes addresses and values; keeps its memory.
pub(super) struct Encoder {
    model: Model,
    pub(super) spelled: Spelled,
    pub(super) tokens: Vec<u8>,
    pub(super) contexts: Vec<u8>,
    /// For each row the earlier one that it resembles.
    pub(super) like: Vec<u16>,
    link: Vec<u16>,
}

/// What no prediction knew.
pub(super) struct Spelled {
    memory: Memory,
    /// Where an address is among the known ones, plus one.
    places: Vec<u32>,
    pub(super) addresses: [Vec<u64>; 3],
    pub(super) values: [Vec<u64>; 11],
}

/// Room for `records` rows. The first one is zero, it may be read before it is written; the others are not.
fn room<T: Clone + Default>(rows: &mut Vec<T>, records: usize) -> &mut [T] {
    rows.resize(records, T::default());
    if let Some(first) = rows.first_mut() {
        *first = T::default();
    }
    rows
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self {
            model: Model::new(),
            spelled: Spelled {
                memory: Memory::new(),
                places: Vec::new(),
                addresses: Default::default(),
                values: Default::default(),
            },
            tokens: Vec::new(),
            contexts: Vec::new(),
            like: Vec::new(),
            link: Vec::new(),
        }
    }

    /// Fills tokens, their contexts, the lists and `like` from the columns of a block.
    pub(super) fn encode(&mut self, shapes: &[u8], addresses: &[u64], values: &[u64]) {
        let records = shapes.len();
        let (addresses, values) = (&addresses[..records], &values[..records]);
        let Self { model, spelled, tokens, contexts, like: likes, link } = self;
        model.reset();
        spelled.reset();
        let (tokens, contexts) = (room(tokens, records), room(contexts, records));
        let (likes, link) = (room(likes, records), room(link, records));
        let mut recent = Recent::default();
        let mut context = TokenContext::default();
        let (mut address_before, mut stride, mut value_before) = (0u64, 0u64, 0u64);
        for row in 0..records {
            let (address, value) = (addresses[row], values[row]);
            // The first row's predictions are zeros: nothing lies before it.
            let before = if row == 0 { 0 } else { u64::MAX };
            let (joint, third) = model.contexts(&recent, row as u16, shapes[row]);
            let last = model.register(&mut recent, row as u16, address);
            // Selections rather than branches: which prediction is right is hard to predict.
            let mut upper = from::STRIDE;
            let mut like = last;
            if address == addresses[third as usize] & before {
                (upper, like) = (from::THIRD, third);
            }
            if address == addresses[joint as usize] & before {
                (upper, like) = (from::JOINT, joint);
            }
            if upper == from::STRIDE && address != address_before.wrapping_add(stride) {
                upper = spelled.address(address, address_before);
            }
            let last_value = values[last as usize] & before;
            let mut lower = u8::from(value != values[like as usize] & before);
            if lower != is::ROW && value != last_value {
                let before_last = values[link[last as usize] as usize] & before;
                lower = spelled.value(value, last_value, before_last, value_before);
            }
            link[row] = last;
            likes[row] = like;
            let token = upper << 4 | lower;
            contexts[row] = context.next();
            tokens[row] = token;
            context.push(token);
            recent.value(value);
            stride = address.wrapping_sub(address_before);
            (address_before, value_before) = (address, value);
        }
    }
}

impl Spelled {
    fn reset(&mut self) {
        self.memory = Memory::new();
        self.places.clear();
        self.places.resize(1 << PLACE_BITS, 0);
        self.addresses.iter_mut().chain(&mut self.values).for_each(Vec::clear);
    }

    #[inline(never)]
    fn address(&mut self, address: u64, before: u64) -> u8 {
        let known = &mut self.memory.known;
        let place = &mut self.places[slot(address, PLACE_BITS)];
        if let Some(&found) = known.get((*place as usize).wrapping_sub(1))
            && found == address
        {
            self.addresses[0].push(u64::from(*place - 1));
            return from::KNOWN;
        }
        known.push(address);
        *place = known.len() as u32;
        let difference = varint::zigzag(address.wrapping_sub(before));
        let far = difference >> 32 != 0;
        self.addresses[1 + usize::from(far)].push(difference);
        if far { from::FAR } else { from::NEAR }
    }

    #[inline(never)]
    fn value(&mut self, value: u64, last: u64, before_last: u64, before: u64) -> u8 {
        if value == last.wrapping_add(last.wrapping_sub(before_last)) {
            return is::STRIDE;
        }
        if value == before {
            return is::BEFORE;
        }
        if value == 0 {
            return is::ZERO;
        }
        let (class, number) = self.spelling(value, last, before);
        if class != is::FLIP {
            self.memory.push_value(value, before);
        }
        self.values[usize::from(class - is::FLIP)].push(number);
        class
    }

    /// The shortest way to spell out a value.
    fn spelling(&self, value: u64, last: u64, before: u64) -> (u8, u64) {
        if (value ^ last).is_power_of_two() {
            return (is::FLIP, u64::from((value ^ last).trailing_zeros()));
        }
        let near = varint::zigzag(value.wrapping_sub(last));
        if near < 1 << 8 {
            return (is::NEAR1, near);
        }
        let place = Cache::place(value);
        if self.memory.values.get(place) == value {
            return (is::VALUE, place as u64);
        }
        let difference = value.wrapping_sub(before);
        let place = Cache::place(difference);
        if self.memory.differences.get(place) == difference {
            return (is::DIFFERENCE, place as u64);
        }
        if value < 1 << 8 {
            (is::BYTES1, value)
        } else if near < 1 << 16 {
            (is::NEAR2, near)
        } else if value < 1 << 16 {
            (is::BYTES2, value)
        } else if value < 1 << 32 && value.is_multiple_of(PAGE) {
            (is::PAGE, value / PAGE)
        } else if value < 1 << 24 {
            (is::BYTES3, value)
        } else if value < 1 << 32 {
            (is::BYTES4, value)
        } else {
            (is::BYTES8, value)
        }
    }
}

/// Decodes addresses and values; keeps its memory.
pub(super) struct Decoder {
    model: Model,
    pub(super) addresses: [Vec<u64>; 3],
    pub(super) values: [Vec<u64>; 11],
    /// For each row the earlier one that it resembles.
    pub(super) like: Vec<u16>,
    link: Vec<u16>,
}

/// The numbers of a list that are still to come.
type Rest<'a> = std::slice::Iter<'a, u64>;

fn next(list: &mut Rest) -> Result<u64, CodecError> {
    list.next().copied().ok_or(CodecError::Truncated)
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            model: Model::new(),
            addresses: Default::default(),
            values: Default::default(),
            like: Vec::new(),
            link: Vec::new(),
        }
    }

    /// Sets the addresses and values of `shapes.len()` rows.
    pub(super) fn decode(
        &mut self,
        shapes: &[u8],
        tokens: Stream,
        addresses: &mut Vec<u64>,
        values: &mut Vec<u64>,
    ) -> Result<(), CodecError> {
        match tokens {
            Stream::Bytes(tokens) => self.decode_tokens(shapes, tokens, addresses, values),
            Stream::Coded(tokens) => self.decode_tokens(shapes, tokens, addresses, values),
        }
    }

    #[inline(never)]
    fn decode_tokens(
        &mut self,
        shapes: &[u8],
        mut tokens: impl Source,
        addresses: &mut Vec<u64>,
        values: &mut Vec<u64>,
    ) -> Result<(), CodecError> {
        let records = shapes.len();
        let (addresses, values) = (room(addresses, records), room(values, records));
        let (like, link) = (room(&mut self.like, records), room(&mut self.link, records));
        let model = &mut self.model;
        let mut spelled_addresses = self.addresses.each_ref().map(|list| list.iter());
        let mut spelled_values = self.values.each_ref().map(|list| list.iter());
        model.reset();
        let mut recent = Recent::default();
        let mut memory = Memory::new();
        let mut context = TokenContext::default();
        let (mut address_before, mut stride, mut value_before) = (0u64, 0u64, 0u64);
        for row in 0..records {
            let (joint, third) = model.contexts(&recent, row as u16, shapes[row]);
            let token = tokens.take(context.next());
            context.push(token);
            let upper = token >> 4;
            let address = match upper {
                from::JOINT => addresses[joint as usize],
                from::THIRD => addresses[third as usize],
                from::STRIDE => address_before.wrapping_add(stride),
                _ => spelled_address(upper, address_before, &mut spelled_addresses, &mut memory)?,
            };
            let last = model.register(&mut recent, row as u16, address);
            let resembled = [joint, third, last][usize::from(upper.min(2))];
            let value = match token & 15 {
                is::ROW => values[resembled as usize],
                is::LAST => values[last as usize],
                class => {
                    let before_last = values[link[last as usize] as usize];
                    let last = values[last as usize];
                    spelled_value(class, last, before_last, value_before, &mut spelled_values, &mut memory)?
                }
            };
            link[row] = last;
            like[row] = resembled;
            addresses[row] = address;
            values[row] = value;
            recent.value(value);
            stride = address.wrapping_sub(address_before);
            (address_before, value_before) = (address, value);
        }
        if spelled_addresses.iter().chain(&spelled_values).any(|list| list.len() > 0) {
            return Err(CodecError::Invalid("more spelled-out numbers than records ask for"));
        }
        tokens.finish()
    }
}

#[inline(never)]
fn spelled_address(
    class: u8,
    before: u64,
    lists: &mut [Rest; 3],
    memory: &mut Memory,
) -> Result<u64, CodecError> {
    let address = match class {
        from::KNOWN => {
            let place = next(&mut lists[0])? as usize;
            return memory
                .known
                .get(place)
                .copied()
                .ok_or(CodecError::Invalid("an address that is not known"));
        }
        from::NEAR | from::FAR => {
            before.wrapping_add(varint::unzigzag(next(&mut lists[usize::from(class - from::KNOWN)])?))
        }
        _ => return Err(CodecError::Invalid("an unknown token")),
    };
    memory.known.push(address);
    Ok(address)
}

#[inline(never)]
fn spelled_value(
    class: u8,
    last: u64,
    before_last: u64,
    before: u64,
    lists: &mut [Rest; 11],
    memory: &mut Memory,
) -> Result<u64, CodecError> {
    match class {
        is::STRIDE => return Ok(last.wrapping_add(last.wrapping_sub(before_last))),
        is::BEFORE => return Ok(before),
        is::ZERO => return Ok(0),
        _ => {}
    }
    let number = next(&mut lists[usize::from(class - is::FLIP)])?;
    let value = match class {
        is::FLIP => return Ok(last ^ 1 << (number & 63)),
        is::NEAR1 | is::NEAR2 => last.wrapping_add(varint::unzigzag(number)),
        is::VALUE => memory.values.get(number as usize & 255),
        is::DIFFERENCE => before.wrapping_add(memory.differences.get(number as usize & 255)),
        is::PAGE => number * PAGE,
        _ => number,
    };
    memory.push_value(value, before);
    Ok(value)
}

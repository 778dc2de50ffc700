//! Addresses and values: a token for each row says which prediction was right, lists hold what no
//! prediction knew.

use super::CodecError;
use super::predict::{Model, Recent};
use super::spell::{Spelled, Unspelled};
use super::stream::Stream;
use super::symbols::SymbolReader;
use super::token::{TokenContext, from, is};

/// An encoder of addresses and values, which keeps its memory.
pub(super) struct Encoder {
    model: Model,
    pub(super) spelled: Spelled,
    pub(super) tokens: Vec<u8>,
    pub(super) contexts: Vec<u8>,
    /// For each row the earlier one that it resembles.
    pub(super) like: Vec<u16>,
    link: Vec<u16>,
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
            spelled: Spelled::new(),
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
        // The row that the row before was like in all.
        let mut follow = None;
        let (mut address_before, mut stride, mut value_before) = (0u64, 0u64, 0u64);
        for row in 0..records {
            let (address, value) = (addresses[row], values[row]);
            // The first row's predictions are zeros: nothing lies before it.
            let before = if row == 0 { 0 } else { u64::MAX };
            let (joint, third) = model.contexts(&recent, row as u16, shapes[row], follow);
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
            follow = (token == 0 && row > 0).then_some(joint);
            recent.value(value);
            stride = address.wrapping_sub(address_before);
            (address_before, value_before) = (address, value);
        }
    }
}

/// A decoder of addresses and values, which keeps its memory.
pub(super) struct Decoder {
    model: Model,
    pub(super) addresses: [Vec<u64>; 3],
    pub(super) values: [Vec<u64>; 11],
    /// For each row the earlier one that it resembles.
    pub(super) like: Vec<u16>,
    link: Vec<u16>,
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
        tokens: impl SymbolReader,
        addresses: &mut Vec<u64>,
        values: &mut Vec<u64>,
    ) -> Result<(), CodecError> {
        // A copy that stays in registers of the processor.
        let mut tokens = tokens;
        let records = shapes.len();
        let (addresses, values) = (room(addresses, records), room(values, records));
        let (like, link) = (room(&mut self.like, records), room(&mut self.link, records));
        let model = &mut self.model;
        let mut spelled = Unspelled::new(&self.addresses, &self.values);
        model.reset();
        let mut recent = Recent::default();
        let mut context = TokenContext::default();
        // The row that the row before was like in all.
        let mut follow = None;
        let (mut address_before, mut stride, mut value_before) = (0u64, 0u64, 0u64);
        for row in 0..records {
            let (joint, third) = model.contexts(&recent, row as u16, shapes[row], follow);
            let token = tokens.take(context.next());
            context.push(token);
            follow = (token == 0 && row > 0).then_some(joint);
            let upper = token >> 4;
            let address = match upper {
                from::JOINT => addresses[joint as usize],
                from::THIRD => addresses[third as usize],
                from::STRIDE => address_before.wrapping_add(stride),
                _ => spelled.address(upper, address_before)?,
            };
            let last = model.register(&mut recent, row as u16, address);
            let resembled = [joint, third, last][usize::from(upper.min(2))];
            let value = match token & 15 {
                is::ROW => values[resembled as usize],
                is::LAST => values[last as usize],
                class => {
                    let before_last = values[link[last as usize] as usize];
                    let last = values[last as usize];
                    spelled.value(class, last, before_last, value_before)?
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
        spelled.finish()?;
        tokens.finish()
    }
}

//! Lists of numbers as byte planes: the lowest bytes of a list, then the bytes above, …

use super::CodecError;
use super::cluster;
use super::entropy::{self, Tables};
use super::symbols::SymbolReader;
use super::varint::{self, Reader};

/// Planes of a list at most, and contexts of as many lists.
const PLANES: usize = 8;

/// A plane is coded when that makes it this much smaller, in percent.
const WORTH: f32 = 0.97;
/// Bytes of a plane, about, that decide about it in a hurry.
const SAMPLE: usize = 2048;

/// Numbers by list, and how many bytes those of each list have.
pub(super) type Lists<T> = (T, &'static [usize]);

/// Appends `lists`; list `i` has numbers of `widths[i]` bytes.
pub(super) fn encode(
    lists: &[Vec<u64>],
    widths: &[usize],
    thorough: bool,
    entropy: &mut entropy::Encoder,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) {
    scratch.symbols.clear();
    scratch.contexts.clear();
    scratch.raw.clear();
    for (i, (list, &width)) in lists.iter().zip(widths).enumerate() {
        varint::put(out, list.len() as u64);
        if list.is_empty() {
            continue;
        }
        let mut coded = 0;
        for plane in 0..width {
            let bytes = list.iter().map(|x| (x >> (8 * plane)) as u8);
            let step = if thorough { 1 } else { list.len().div_ceil(SAMPLE) };
            if is_worth(bytes.clone(), step) {
                coded |= 1 << plane;
                scratch.symbols.extend(bytes);
                scratch.contexts.resize(scratch.symbols.len(), (i * PLANES + plane) as u8);
            } else {
                scratch.raw.extend(bytes);
            }
        }
        out.push(coded);
    }
    out.extend_from_slice(&scratch.raw);
    if !scratch.symbols.is_empty() {
        entropy.encode(&scratch.symbols, &scratch.contexts, lists.len() * PLANES, thorough, out);
    }
}

/// Memory of [`encode`].
#[derive(Default)]
pub(super) struct Scratch {
    symbols: Vec<u8>,
    contexts: Vec<u8>,
    raw: Vec<u8>,
}

/// Whether coding makes `bytes` smaller than they are, judged by one byte in `step`.
fn is_worth(bytes: impl ExactSizeIterator<Item = u8>, step: usize) -> bool {
    let length = bytes.len();
    if length < 16 {
        return false;
    }
    let mut counts = [0u32; 256];
    bytes.step_by(step).for_each(|byte| counts[usize::from(byte)] += 1);
    let (table, symbols) = cluster::cost_parts(&counts);
    table + symbols * (step as f32) < WORTH * 8.0 * length as f32
}

/// Reads lists that [`encode`] wrote, none longer than `most`.
pub(super) fn decode(
    mut data: Reader,
    widths: &[usize],
    most: usize,
    tables: &mut Tables,
    lists: &mut [Vec<u64>],
) -> Result<(), CodecError> {
    let mut coded = [0u8; 32];
    let mut total = 0;
    for (list, coded) in lists.iter_mut().zip(&mut coded) {
        list.clear();
        let length = data.varint_up_to(most)?;
        total += length;
        if total > most {
            return Err(CodecError::Invalid("more numbers than records"));
        }
        list.resize(length, 0);
        if length > 0 {
            *coded = data.byte()?;
        }
    }
    for ((list, &width), coded) in lists.iter_mut().zip(widths).zip(coded) {
        for plane in (0..width).filter(|plane| coded >> plane & 1 == 0) {
            let bytes = data.take(list.len())?;
            list.iter_mut().zip(bytes).for_each(|(x, &byte)| *x |= u64::from(byte) << (8 * plane));
        }
    }
    if coded.iter().all(|&c| c == 0) {
        return data.finish();
    }
    let mut symbols = tables.open(data, lists.len() * PLANES)?;
    for (i, ((list, &width), coded)) in lists.iter_mut().zip(widths).zip(coded).enumerate() {
        for plane in (0..width).filter(|plane| coded >> plane & 1 != 0) {
            let context = (i * PLANES + plane) as u8;
            list.iter_mut().for_each(|x| *x |= u64::from(symbols.take(context)) << (8 * plane));
        }
    }
    symbols.finish()
}

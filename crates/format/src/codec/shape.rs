//! Kind and width of the records: together a *shape*, which has a number within the block.

use super::CodecError;
use super::predict::slot;
use super::stream::Stream;
use super::symbols::SymbolReader;
use super::varint::{self, Reader};
use crate::record::Kind;

/// Shapes that have a number; others are spelled out, as number [`OTHER`].
const MAX_SHAPES: usize = 255;
const OTHER: u8 = 255;
/// Contexts of shapes.
pub(super) const CONTEXTS: usize = 256;
/// Binary logarithm of the size of the table of predictions.
const TABLE_BITS: u32 = 12;

/// Predicts the next shape: what followed the last twelve shapes before.
struct History {
    table: [u8; 1 << TABLE_BITS],
    /// The last shapes, 4 bits each, the last one lowest. 15 stands for all from 15 on.
    shapes: u64,
    at: usize,
}

impl History {
    fn new() -> Self {
        Self { table: [0; 1 << TABLE_BITS], shapes: 0, at: 0 }
    }

    /// The context of the next shape: the predicted shape and the one before.
    #[inline(always)]
    fn context(&mut self) -> u8 {
        self.at = slot(self.shapes, TABLE_BITS);
        self.table[self.at] << 4 | (self.shapes & 15) as u8
    }

    #[inline(always)]
    fn push(&mut self, shape: u8) {
        let shape = shape.min(15);
        self.table[self.at] = shape;
        self.shapes = (self.shapes << 4 | u64::from(shape)) & ((1 << 48) - 1);
    }
}

/// Numbers the shapes of a block by first occurrence. Fills the number of each row,
/// appends what stands in front of the numbers.
pub(super) fn encode(kinds: &[Kind], widths: &[u8], symbols: &mut Vec<u8>, out: &mut Vec<u8>) {
    symbols.clear();
    let mut numbers = vec![OTHER; 1 << 16];
    let mut shapes = Vec::new();
    let mut others = Vec::new();
    symbols.extend(kinds.iter().zip(widths).map(|(&Kind(kind), &width)| {
        let number = &mut numbers[usize::from(kind) << 8 | usize::from(width)];
        if *number == OTHER {
            if shapes.len() < MAX_SHAPES {
                *number = shapes.len() as u8;
                shapes.push([kind, width]);
            } else {
                others.push([kind, width]);
            }
        }
        *number
    }));
    varint::put(out, shapes.len() as u64);
    out.extend(shapes.as_flattened());
    varint::put(out, others.len() as u64);
    out.extend(others.as_flattened());
}

/// Fills the context of each number.
pub(super) fn contexts(symbols: &[u8], contexts: &mut Vec<u8>) {
    let mut history = History::new();
    contexts.clear();
    contexts.extend(symbols.iter().map(|&number| {
        let context = history.context();
        history.push(number);
        context
    }));
}

/// Shapes that were read, in front of their numbers.
pub(super) struct Shapes<'a> {
    shapes: &'a [[u8; 2]],
    others: &'a [[u8; 2]],
}

impl<'a> Shapes<'a> {
    /// Reads what stands in front of the numbers.
    pub(super) fn read(data: &mut Reader<'a>, records: usize) -> Result<Self, CodecError> {
        let mut list = |most| {
            let count = data.varint_up_to(most)?;
            Ok(data.take(count * 2)?.as_chunks::<2>().0)
        };
        Ok(Self { shapes: list(MAX_SHAPES)?, others: list(records)? })
    }

    /// Reads the numbers of `records` rows into `symbols`, appends their kinds and, when wanted, widths.
    pub(super) fn decode(
        self,
        records: usize,
        numbers: Stream,
        symbols: &mut Vec<u8>,
        kinds: &mut Vec<Kind>,
        widths: Option<&mut Vec<u8>>,
    ) -> Result<(), CodecError> {
        symbols.clear();
        match numbers {
            Stream::Bytes(bytes) => symbols.extend_from_slice(bytes.as_slice()),
            Stream::Coded(mut coded) => {
                let mut history = History::new();
                symbols.extend((0..records).map(|_| {
                    let number = coded.take(history.context());
                    history.push(number);
                    number
                }));
                coded.finish()?;
            }
        }
        if symbols.iter().any(|&number| usize::from(number) >= self.shapes.len()) {
            return self.spell(symbols, kinds, widths);
        }
        let mut shapes = [[0; 2]; 256];
        shapes[..self.shapes.len()].copy_from_slice(self.shapes);
        kinds.extend(symbols.iter().map(|&number| Kind(shapes[usize::from(number)][0])));
        if let Some(widths) = widths {
            widths.extend(symbols.iter().map(|&number| shapes[usize::from(number)][1]));
        }
        Ok(())
    }

    /// Appends kinds and widths when some shapes have no number.
    fn spell(
        &self,
        symbols: &[u8],
        kinds: &mut Vec<Kind>,
        mut widths: Option<&mut Vec<u8>>,
    ) -> Result<(), CodecError> {
        let mut others = self.others.iter();
        for &number in symbols {
            let shape = self.shapes.get(usize::from(number)).or_else(|| others.next());
            let &[kind, width] = shape.ok_or(CodecError::Invalid("a shape without a kind"))?;
            kinds.push(Kind(kind));
            if let Some(widths) = &mut widths {
                widths.push(width);
            }
        }
        Ok(())
    }
}

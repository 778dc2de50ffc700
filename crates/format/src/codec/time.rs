//! Time stamps: their differences as symbols under contexts, the low bits of large ones raw.

use super::CodecError;
use super::bits::{BitReader, BitWriter};
use super::cluster;
use super::predict::slot;
use super::stream::Stream;
use super::symbols::SymbolReader;
use super::varint::{self, Reader};

/// Symbol of a time of 0: the clock stands still.
const ZERO: u8 = 0;
/// Symbol of a difference that is spelled out.
const FAR: u8 = 1;
/// Symbol of difference 0; those after it are for rising differences.
const FIRST: u64 = 2;
/// Contexts of a time stamp.
pub(super) const CONTEXTS: usize = 256;
/// Binary logarithm of the size of the table of predictions.
const TABLE_BITS: u32 = 12;
/// Rows that decide how a block is coded.
const SAMPLE: usize = 4096;
/// In nanoseconds. The text log's times are multiples of it.
const MICROSECOND: u64 = 1000;

/// The parts that the context of a difference is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// The difference before and the shape.
    Before = 0,
    /// The magnitude that followed the last four shapes and three magnitudes before, and the magnitude before.
    History = 1,
}

/// How a block's time stamps are coded.
#[derive(Clone, Copy)]
struct Header {
    mode: Mode,
    /// Nanoseconds that all times are multiples of.
    unit: u64,
    /// Contexts look at differences without their low `shift` bits.
    shift: u32,
}

/// The symbol of a difference, how many low bits follow raw.
#[inline(always)]
fn symbol(difference: u64) -> (u8, u32) {
    // 0 below 32.
    let raw = 59 - (difference | 16).leading_zeros();
    let symbol = u64::from(raw) * 16 + (difference >> raw) + FIRST;
    if symbol < 256 { (symbol as u8, raw) } else { (FAR, 0) }
}

/// The lowest difference of a symbol from [`FIRST`] on, how many low bits follow raw.
#[inline(always)]
fn difference(symbol: u8) -> (u64, u32) {
    match u64::from(symbol) - FIRST {
        number @ 0..32 => (number, 0),
        number => {
            let raw = number as u32 / 16 - 1;
            ((number % 16 + 16) << raw, raw)
        }
    }
}

/// Bits of a number.
#[inline]
fn magnitude(x: u64) -> u32 {
    64 - x.leading_zeros()
}

/// What a symbol means to the contexts: its lowest difference without the low `shift` bits, exactly below
/// 16 and by magnitude above (5 bits), or its magnitude alone (4 bits).
fn classes(header: Header) -> [u8; 256] {
    std::array::from_fn(|symbol| {
        let lowest = if symbol as u8 <= FAR { u64::MAX } else { difference(symbol as u8).0 } >> header.shift;
        let class = match header.mode {
            Mode::History if lowest < 2 => lowest as u32,
            Mode::History => {
                let bits = magnitude(lowest);
                (2 * bits - 2 + (lowest >> (bits - 2) & 1) as u32).min(31)
            }
            Mode::Before if lowest < 16 => lowest as u32,
            Mode::Before => (magnitude(lowest) + 11).min(31),
        };
        class as u8
    })
}

/// The state of the contexts.
struct Context {
    mode: Mode,
    classes: [u8; 256],
    table: [u8; 1 << TABLE_BITS],
    /// The last four shapes and the classes of the last three symbols, the last ones lowest.
    shapes: u32,
    before: u32,
    /// The class of the symbol before, in steps of a factor of four.
    magnitude: u8,
    at: usize,
}

impl Context {
    fn new(header: Header) -> Self {
        let classes = classes(header);
        Self {
            mode: header.mode,
            classes,
            table: [0; 1 << TABLE_BITS],
            shapes: 0,
            before: 0,
            magnitude: 0,
            at: 0,
        }
    }

    /// The context of the next symbol.
    #[inline(always)]
    fn next(&mut self, shape: u8) -> u8 {
        if self.mode == Mode::Before {
            return (self.before << 3) as u8 | shape.min(7);
        }
        self.shapes = self.shapes << 8 | u32::from(shape);
        self.at = slot(u64::from(self.shapes) << 32 | u64::from(self.before), TABLE_BITS);
        self.table[self.at] << 3 | self.magnitude
    }

    /// Notes the symbol that came, which is not [`ZERO`].
    #[inline(always)]
    fn push(&mut self, symbol: u8) {
        let class = self.classes[usize::from(symbol)];
        if self.mode == Mode::Before {
            self.before = u32::from(class);
        } else {
            self.table[self.at] = class;
            self.before = (self.before << 4 | u32::from(class / 2)) & 0xfff;
            self.magnitude = class / 4;
        }
    }
}

/// An encoder of time stamps, which keeps its memory.
#[derive(Default)]
pub(super) struct Encoder {
    low: Vec<u8>,
    far: Vec<u8>,
    counts: Vec<u32>,
}

impl Encoder {
    /// Fills the symbol and context of each row, appends what stands in front of the symbols.
    pub(super) fn encode(
        &mut self,
        times: &[u64],
        shapes: &[u8],
        thorough: bool,
        symbols: &mut Vec<u8>,
        contexts: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) {
        let sample = if thorough { times.len() } else { times.len().min(SAMPLE) };
        let mut unit = if times[..sample].iter().all(|t| t % MICROSECOND == 0) { MICROSECOND } else { 1 };
        let mut header = self.choose(unit, times, shapes, sample, symbols, contexts);
        if !self.fill(header, times, shapes, symbols, contexts) {
            unit = 1;
            header = self.choose(unit, times, shapes, sample, symbols, contexts);
            self.fill(header, times, shapes, symbols, contexts);
        }
        out.push(header.mode as u8);
        varint::put(out, unit);
        out.push(header.shift as u8);
        for part in [&self.far, &self.low] {
            varint::put(out, part.len() as u64);
            out.extend_from_slice(part);
        }
    }

    /// A header for the block: the best one if the `sample` is all of it, else a good one for the first `sample` rows.
    fn choose(
        &mut self,
        unit: u64,
        times: &[u64],
        shapes: &[u8],
        sample: usize,
        symbols: &mut Vec<u8>,
        contexts: &mut Vec<u8>,
    ) -> Header {
        let usual = shift(&times[..sample], unit);
        let mut best = (f32::MAX, Header { mode: Mode::Before, unit, shift: usual });
        if sample < times.len() {
            // A sample is taken when time matters: this header is hardly ever much worse than the best.
            return best.1;
        }
        for mode in [Mode::Before, Mode::History] {
            for shift in usual.saturating_sub(2)..=usual + 2 {
                let header = Header { mode, unit, shift };
                self.fill(header, times, shapes, symbols, contexts);
                let cost = self.cost(symbols, contexts);
                if cost < best.0 {
                    best = (cost, header);
                }
            }
        }
        best.1
    }

    /// Symbols and contexts of `times`; `false` when they are not multiples of the unit.
    fn fill(
        &mut self,
        header: Header,
        times: &[u64],
        shapes: &[u8],
        symbols: &mut Vec<u8>,
        contexts: &mut Vec<u8>,
    ) -> bool {
        symbols.resize(times.len(), ZERO);
        contexts.resize(times.len(), 0);
        self.far.clear();
        self.low.clear();
        let mut bits = BitWriter::new(&mut self.low);
        let mut context = Context::new(header);
        let (mut last, mut remainders) = (0u64, 0);
        let outputs = symbols.iter_mut().zip(contexts);
        for ((&time, &shape), (out, under)) in times.iter().zip(shapes).zip(outputs) {
            *under = context.next(shape);
            if time == 0 {
                *out = ZERO;
                continue;
            }
            let now = if header.unit == MICROSECOND { time / MICROSECOND } else { time };
            remainders |= time - now * header.unit;
            let difference = now.wrapping_sub(last);
            last = now;
            let (symbol, raw) = symbol(difference);
            *out = symbol;
            if symbol == FAR {
                varint::put(&mut self.far, varint::zigzag(difference));
            } else {
                bits.put(difference & ((1 << raw) - 1), raw);
            }
            context.push(symbol);
        }
        bits.finish();
        remainders == 0
    }

    /// Estimated bits of `symbols`.
    fn cost(&mut self, symbols: &[u8], contexts: &[u8]) -> f32 {
        self.counts.clear();
        self.counts.resize(CONTEXTS << 8, 0);
        for (&symbol, &context) in symbols.iter().zip(contexts) {
            self.counts[usize::from(context) << 8 | usize::from(symbol)] += 1;
        }
        let used = self.counts.chunks_exact(256).filter(|row| row.iter().any(|&n| n > 0));
        used.map(cluster::cost).sum()
    }
}

/// The shift that leaves about four bits of a usual difference.
fn shift(times: &[u64], unit: u64) -> u32 {
    let mut magnitudes = [0usize; 65];
    times.windows(2).for_each(|t| magnitudes[magnitude(t[1].wrapping_sub(t[0]) / unit) as usize] += 1);
    let mut rows = 0;
    let middle = magnitudes.iter().position(|n| {
        rows += n;
        rows * 2 >= times.len()
    });
    middle.unwrap_or(0).saturating_sub(4) as u32
}

/// Reads `shapes.len()` time stamps.
pub(super) fn decode(
    mut data: Reader,
    encoding: u8,
    shapes: &[u8],
    tables: &mut super::entropy::Tables,
    times: &mut Vec<u64>,
) -> Result<(), CodecError> {
    let mode = match data.byte()? {
        0 => Mode::Before,
        1 => Mode::History,
        _ => return Err(CodecError::Invalid("an unknown kind of context")),
    };
    let unit = data.varint()?;
    let shift = u32::from(data.byte()?);
    if shift > 63 {
        return Err(CodecError::Invalid("a shift by more than a number has bits"));
    }
    let mut part = || {
        let length = data.varint_up_to(data.0.len())?;
        data.take(length)
    };
    let (mut far, low) = (Reader(part()?), BitReader::new(part()?));
    let symbols = Stream::open(super::id::TIME, encoding, data, shapes.len(), CONTEXTS, tables)?;
    let context = Context::new(Header { mode, unit, shift });
    match symbols {
        Stream::Bytes(symbols) => sum(symbols, context, unit, &mut far, low, shapes, times)?,
        Stream::Coded(symbols) => sum(symbols, context, unit, &mut far, low, shapes, times)?,
    }
    far.finish()
}

/// Sums the differences up.
fn sum(
    symbols: impl SymbolReader,
    mut context: Context,
    unit: u64,
    far: &mut Reader,
    low: BitReader,
    shapes: &[u8],
    times: &mut Vec<u64>,
) -> Result<(), CodecError> {
    // Copies that stay in registers of the processor.
    let (mut symbols, mut low) = (symbols, low);
    let differences: [(u64, u32); 256] =
        std::array::from_fn(|symbol| if symbol as u8 <= FAR { (0, 0) } else { difference(symbol as u8) });
    times.resize(shapes.len(), 0);
    let mut last = 0u64;
    for (&shape, time) in shapes.iter().zip(times) {
        let symbol = symbols.take(context.next(shape));
        if symbol == ZERO {
            *time = 0;
            continue;
        }
        context.push(symbol);
        let difference = if symbol == FAR {
            varint::unzigzag(far.varint()?)
        } else {
            let (lowest, raw) = differences[usize::from(symbol)];
            lowest | low.take(raw)?
        };
        last = last.wrapping_add(difference);
        *time = last.wrapping_mul(unit);
    }
    low.finish()?;
    symbols.finish()
}

//! The way from blocks to columns.

use super::side::{self, Order};
use super::stream::{BYTES, CODED};
use super::{EncodedColumn, access, entropy, id, planes, shape, spell, texts, time, token};
use crate::block::{Block, MAX_RECORDS, Texts};
use zstd::bulk::Compressor;

/// From this level on everything is tried that can make a column smaller.
const THOROUGH: i32 = 10;
/// Blocks shorter than this are compressed at [`SHORT_LEVEL`] at least: there is one at the end of a
/// file, so time does not matter.
const SHORT: usize = 48 << 10;
/// The same for a machine that is at work meanwhile, whose blocks are short because they are written before
/// they are full: this many records may cost it what they want.
const SHORT_LIVE: usize = 4 << 10;
const SHORT_LEVEL: i32 = 12;

/// Turns blocks into columns. It keeps its memory from block to block.
pub struct Encoder {
    level: i32,
    short: usize,
    thorough: bool,
    shapes: Vec<u8>,
    time: time::Encoder,
    access: Box<access::Encoder>,
    column: Vec<u64>,
    symbols: Symbols,
    planes: planes::Scratch,
    writer: Writer,
}

/// Symbols of a column, and what is needed to write them.
#[derive(Default)]
struct Symbols {
    symbols: Vec<u8>,
    contexts: Vec<u8>,
    /// The head that stands before the symbols.
    front: Vec<u8>,
    entropy: entropy::Encoder,
}

/// The compressor of plain bytes into frames.
struct Writer {
    zstd: Compressor<'static>,
    plain: Vec<u8>,
    /// How many columns of the output are from this block.
    used: usize,
}

impl Encoder {
    /// An encoder at zstd's compression level `level`; levels out of range mean the nearest one.
    /// From level 10 on it also tries more encodings.
    pub fn new(level: i32) -> Self {
        let range = zstd::compression_level_range();
        let level = level.clamp(*range.start(), *range.end());
        let mut zstd = Compressor::new(level).expect("the level is in range");
        zstd.include_checksum(true).expect("zstd has checksums");
        zstd.include_contentsize(true).expect("zstd stores sizes");
        Self {
            level,
            short: SHORT,
            thorough: false,
            shapes: Vec::new(),
            time: time::Encoder::default(),
            access: Box::new(access::Encoder::new()),
            column: Vec::new(),
            symbols: Symbols::default(),
            planes: planes::Scratch::default(),
            writer: Writer { zstd, plain: Vec::new(), used: 0 },
        }
    }

    /// An encoder for blocks that are written as they come, on a machine that has other things to do: only those of
    /// less than 4,096 records are compressed better than `level`.
    pub fn live(level: i32) -> Self {
        Self { short: SHORT_LIVE, ..Self::new(level) }
    }

    /// Replaces `out` by the columns of `block`, by rising id. Columns of zeros are left out.
    ///
    /// Of the block, `kind` … `width` must be of one length, at most [`crate::block::MAX_RECORDS`],
    /// no other column may have more rows, and no text column may be longer than [`super::MAX_PLAIN`]
    /// allows: what [`Block::is_full`] ends in time.
    ///
    /// # Panics
    /// The block has more records.
    pub fn encode(&mut self, block: &Block, out: &mut Vec<EncodedColumn>) {
        assert!(block.len() <= MAX_RECORDS, "a block of {} records", block.len());
        self.writer.used = 0;
        let level = if block.len() < self.short { self.level.max(SHORT_LEVEL) } else { self.level };
        self.thorough = level >= THOROUGH;
        self.writer.zstd.set_compression_level(level).expect("the level is in range");
        self.kinds(block, out);
        self.times(block, out);
        self.accesses(block, out);
        self.origins(block, out);
        self.texts(block, out);
        out.truncate(self.writer.used);
    }

    fn kinds(&mut self, block: &Block, out: &mut Vec<EncodedColumn>) {
        let s = &mut self.symbols;
        s.front.clear();
        shape::encode(&block.kind, &block.width, &mut s.symbols, &mut s.front);
        self.shapes.clone_from(&s.symbols);
        if block.kind.iter().all(|k| k.0 == 0) && block.width.iter().all(|&w| w == 0) {
            return;
        }
        self.writer.bytes(id::KIND, s, out);
        if self.thorough {
            shape::contexts(&s.symbols, &mut s.contexts);
            self.writer.coded(id::KIND, s, shape::CONTEXTS, true, out);
            self.writer.keep_smaller(out);
        }
    }

    fn times(&mut self, block: &Block, out: &mut Vec<EncodedColumn>) {
        if block.time.iter().all(|&t| t == 0) {
            return;
        }
        let s = &mut self.symbols;
        s.front.clear();
        let thorough = self.thorough;
        self.time.encode(&block.time, &self.shapes, thorough, &mut s.symbols, &mut s.contexts, &mut s.front);
        self.writer.coded(id::TIME, s, time::CONTEXTS, thorough, out);
        if thorough {
            self.writer.bytes(id::TIME, s, out);
            self.writer.keep_smaller(out);
        }
    }

    fn accesses(&mut self, block: &Block, out: &mut Vec<EncodedColumn>) {
        let access = &mut self.access;
        if block.address.iter().chain(&block.value).all(|&x| x == 0) {
            access.like.clear();
            access.like.resize(block.len(), 0);
            return;
        }
        access.encode(&self.shapes, &block.address, &block.value);
        let s = &mut self.symbols;
        s.front.clear();
        std::mem::swap(&mut s.symbols, &mut access.tokens);
        std::mem::swap(&mut s.contexts, &mut access.contexts);
        self.writer.coded(id::TOKENS, s, token::CONTEXTS, self.thorough, out);
        if self.thorough {
            self.writer.bytes(id::TOKENS, s, out);
            self.writer.keep_smaller(out);
        }
        let lists: [(u8, planes::Lists<&[Vec<u64>]>); 2] = [
            (id::ADDRESS, (&access.spelled.addresses, &spell::ADDRESS_WIDTHS)),
            (id::VALUE, (&access.spelled.values, &spell::VALUE_WIDTHS)),
        ];
        for (id, (lists, widths)) in lists {
            if lists.iter().any(|list| !list.is_empty()) {
                let plain = self.writer.start(BYTES);
                planes::encode(lists, widths, self.thorough, &mut s.entropy, &mut self.planes, plain);
                self.writer.finish(id, out);
            }
        }
    }

    /// Map ids, and what most traces lack.
    fn origins(&mut self, block: &Block, out: &mut Vec<EncodedColumn>) {
        self.column.clear();
        self.column.extend(block.map_id.iter().map(|&m| u64::from(m as u32)));
        self.side(id::MAP_ID, Order::Runs, &block.map_id, out);
        let maps = &block.map_id;
        self.load(block.pc.as_slice(), block.len());
        self.side(id::PC, Order::Alike, maps, out);
        self.load(block.cpu.as_slice(), block.len());
        self.side(id::CPU, Order::Runs, maps, out);
        self.load(block.pid.as_slice(), block.len());
        self.side(id::PID, Order::Runs, maps, out);
        self.load(block.caller.as_slice(), block.len());
        self.side(id::CALLER, Order::Alike, maps, out);
        self.load(block.sequence.as_slice(), block.len());
        self.side(id::SEQUENCE, Order::Count, maps, out);
        self.load(block.repeat.as_slice(), block.len());
        self.side(id::REPEAT, Order::Runs, maps, out);
        self.load(block.flags.as_slice(), block.len());
        self.side(id::FLAGS, Order::Runs, maps, out);
    }

    /// Makes `column` the current one, as long as the block.
    fn load<T: Copy + Into<u64>>(&mut self, column: &[T], records: usize) {
        self.column.clear();
        if !column.is_empty() {
            self.column.extend(column.iter().take(records).map(|&x| x.into()));
            self.column.resize(records, 0);
        }
    }

    /// Writes the current column.
    fn side(&mut self, id: u8, order: Order, map_ids: &[i32], out: &mut Vec<EncodedColumn>) {
        if self.column.iter().all(|&x| x == 0) {
            return;
        }
        let rows = side::Rows { like: &self.access.like, map_ids };
        let plain = self.writer.start(order as u8);
        side::encode(order, &self.column, rows, &mut self.symbols.front, plain);
        self.writer.finish(id, out);
    }

    fn texts(&mut self, block: &Block, out: &mut Vec<EncodedColumn>) {
        if !block.ranges.is_empty() {
            texts::encode_ranges(&block.ranges, self.writer.start(BYTES));
            self.writer.finish(id::RANGES, out);
        }
        let columns: [(u8, &Texts); 3] =
            [(id::TEXTS, &block.texts), (id::OPCODES, &block.opcodes), (id::VERBATIM, &block.verbatim)];
        for (id, texts) in columns {
            if !texts.is_empty() {
                texts::encode_texts(texts, self.writer.start(BYTES));
                self.writer.finish(id, out);
            }
        }
    }
}

impl Writer {
    /// Begins the plain bytes of a column.
    fn start(&mut self, encoding: u8) -> &mut Vec<u8> {
        self.plain.clear();
        self.plain.push(encoding);
        &mut self.plain
    }

    /// Writes the symbols of `s` entropy coded.
    fn coded(
        &mut self,
        id: u8,
        s: &mut Symbols,
        contexts: usize,
        thorough: bool,
        out: &mut Vec<EncodedColumn>,
    ) {
        self.start(CODED).extend_from_slice(&s.front);
        s.entropy.encode(&s.symbols, &s.contexts, contexts, thorough, &mut self.plain);
        self.finish(id, out);
    }

    /// Writes the symbols of `s` as bytes.
    fn bytes(&mut self, id: u8, s: &Symbols, out: &mut Vec<EncodedColumn>) {
        self.start(BYTES).extend_from_slice(&s.front);
        self.plain.extend_from_slice(&s.symbols);
        self.finish(id, out);
    }

    /// Keeps the smaller one of the last two columns.
    fn keep_smaller(&mut self, out: &mut [EncodedColumn]) {
        self.used -= 1;
        if out[self.used].frame.len() < out[self.used - 1].frame.len() {
            out.swap(self.used - 1, self.used);
        }
    }

    /// Compresses the plain bytes as the next column of `out`, into a buffer that may be there already.
    fn finish(&mut self, id: u8, out: &mut Vec<EncodedColumn>) {
        if self.used == out.len() {
            out.push(EncodedColumn::default());
        }
        let column = &mut out[self.used];
        self.used += 1;
        column.id = id;
        column.plain_len = self.plain.len() as u32;
        column.crc = crc32fast::hash(&self.plain);
        column.frame.clear();
        column.frame.reserve(zstd::zstd_safe::compress_bound(self.plain.len()));
        self.zstd.compress_to_buffer(&self.plain, &mut column.frame).expect("the buffer is long enough");
    }
}

//! Speed and size of the block codec against zstd on the text, in one process, on one thread and in turns.
//!
//! `MMIO_BENCH_EVENTS` sets the size of the generated logs (1,000,000 accesses each), `MMIO_BENCH_LOG` names a
//! log to use instead, `MMIO_BENCH_LEVEL` the level (3).

use std::hint::black_box;
use std::time::Instant;

use mmio_testkit::generate;

use mmio_format::codec::{Decoder, EncodedColumn, Encoder, needed};
use mmio_format::text::{self, Chunk, Splitter};
use mmio_format::{Block, Columns};
use zstd::bulk::Decompressor;

const ROUNDS: usize = 7;
/// Records of a short block.
const SHORT: usize = 10_000;

fn main() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let level = number("MMIO_BENCH_LEVEL").unwrap_or(3) as i32;
    if let Some(path) = std::env::var_os("MMIO_BENCH_LOG") {
        return run("log", &std::fs::read(path).expect("MMIO_BENCH_LOG can be read"), level);
    }
    let events = number("MMIO_BENCH_EVENTS").unwrap_or(1_000_000usize);
    run("poll", &generate::log(generate::Shape::Poll, events), level);
    run("fifo", &generate::log(generate::Shape::Fifo, events), level);
}

fn run(name: &str, log: &[u8], level: i32) {
    let blocks = parse(log);
    let records: usize = blocks.iter().map(Block::len).sum();
    let encoded: Vec<Vec<EncodedColumn>> = encode(&blocks, Encoder::new(level));
    let text = zstd::encode_all(log, level).expect("memory can be compressed");
    let pieces = pieces(log);
    let per_record = |bytes: usize| bytes as f64 / records as f64;
    println!(
        "{name}: {records} records, level {level}: {:.4} bytes each, text by zstd {:.4}, short blocks {:.4}, live {:.4}",
        per_record(size(&encoded)),
        per_record(text.len()),
        per_record(size(&encode(&pieces, Encoder::new(level)))),
        per_record(size(&encode(&pieces, Encoder::live(level)))),
    );
    type Contestant<'a> = (&'a str, Box<dyn FnMut() + 'a>);
    let mut contestants: [Contestant<'_>; 7] = [
        ("zstd on the text", Box::new(|| ignore(&zstd::encode_all(log, level).expect("memory")))),
        ("encode", Box::new(|| ignore(&encode(&blocks, Encoder::new(level))))),
        ("encode short blocks", Box::new(|| ignore(&encode(&pieces, Encoder::new(level))))),
        ("encode them live", Box::new(|| ignore(&encode(&pieces, Encoder::live(level))))),
        ("zstd -d to the text", Box::new(|| ignore(&zstd::decode_all(&text[..]).expect("memory")))),
        ("decode", Box::new(|| decode(&blocks, &encoded, Columns::ALL))),
        ("decode time alone", Box::new(|| decode(&blocks, &encoded, Columns::TIME))),
    ];
    let mut seconds = vec![Vec::new(); contestants.len()];
    for _ in 0..ROUNDS {
        for ((_, run), seconds) in contestants.iter_mut().zip(&mut seconds) {
            let start = Instant::now();
            run();
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    let rates: Vec<f64> = seconds.into_iter().map(|s| records as f64 / median(s) / 1e6).collect();
    for (i, ((name, _), rate)) in contestants.iter().zip(&rates).enumerate() {
        let baseline = rates[if i < 4 { 0 } else { 4 }];
        println!("  {name:20}{rate:8.1} M records/s{:7.2} x", rate / baseline);
    }
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn ignore<T>(result: &[T]) {
    black_box(result.len());
}

fn parse(log: &[u8]) -> Vec<Block> {
    let (mut splitter, mut chunk) = (Splitter::new(log), Chunk::default());
    let mut blocks = Vec::new();
    while splitter.next(&mut chunk).expect("memory can be read") {
        let mut block = Block::default();
        text::parse_chunk(&chunk, &mut block);
        blocks.push(block);
    }
    blocks
}

/// Blocks as short as those of a recording that is not fast.
fn pieces(log: &[u8]) -> Vec<Block> {
    let lines: Vec<&[u8]> = log.split_inclusive(|&b| b == b'\n').collect();
    let block = |lines: &[&[u8]]| {
        let mut block = Block::default();
        text::parse(&lines.concat(), &mut block);
        block
    };
    lines.chunks(SHORT).map(block).collect()
}

fn encode(blocks: &[Block], mut encoder: Encoder) -> Vec<Vec<EncodedColumn>> {
    let mut columns = Vec::new();
    let encode = |block| {
        encoder.encode(block, &mut columns);
        columns.clone()
    };
    blocks.iter().map(encode).collect()
}

fn size(encoded: &[Vec<EncodedColumn>]) -> usize {
    encoded.iter().flatten().map(|column| column.frame.len()).sum()
}

fn decode(blocks: &[Block], encoded: &[Vec<EncodedColumn>], want: Columns) {
    let (mut decoder, mut block) = (Decoder::new(), Block::default());
    let mut zstd = Decompressor::new().expect("memory");
    let mut buffers: [Vec<u8>; 32] = Default::default();
    for (original, columns) in blocks.iter().zip(encoded) {
        let wanted = || columns.iter().filter(|column| needed(column.id, want));
        for (column, buffer) in wanted().zip(&mut buffers) {
            buffer.clear();
            buffer.reserve(column.plain_len as usize);
            zstd.decompress_to_buffer(&column.frame, buffer).expect("the frame is whole");
        }
        let plain: Vec<(u8, &[u8])> =
            wanted().zip(&buffers).map(|(column, buffer)| (column.id, &buffer[..])).collect();
        decoder.decode(original.len() as u32, &plain, want, &mut block).expect("the columns are whole");
        black_box(&block);
    }
}

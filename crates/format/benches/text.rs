//! Speed of the text log's parser and writer against simpler ways, in one process and in turns.
//!
//! `MMIO_BENCH_EVENTS` sets the size of the generated log (3,500,000 accesses), `MMIO_BENCH_LOG` names a
//! log to use instead.

use std::hint::black_box;
use std::time::Instant;

use mmio_testkit::generate;

use mmio_format::text::{self, Chunk, Splitter};
use mmio_format::{Block, Fields, Kind};

const ROUNDS: usize = 7;

type Contestant<'a> = (&'a str, Box<dyn FnMut() + 'a>);

fn main() {
    let log = match std::env::var_os("MMIO_BENCH_LOG") {
        Some(path) => std::fs::read(path).expect("MMIO_BENCH_LOG can be read"),
        None => {
            let events = std::env::var("MMIO_BENCH_EVENTS").ok().and_then(|text| text.parse().ok());
            generate::log(generate::Shape::Poll, events.unwrap_or(3_500_000))
        }
    };
    let chunks = split(&log);
    let mut blocks = vec![Block::default(); chunks.len()];
    blocks.iter_mut().zip(&chunks).for_each(|(block, chunk)| text::parse_chunk(chunk, block));
    let records: usize = blocks.iter().map(Block::len).sum();
    println!(
        "{:.1} MB, {records} records in {} blocks, median of {ROUNDS} rounds",
        log.len() as f64 / 1e6,
        blocks.len()
    );

    let mut contestants: Vec<Contestant<'_>> = vec![
        ("split + from_str", Box::new(|| each_line(&chunks, naive_line))),
        ("nom", Box::new(|| each_line(&chunks, nom_line))),
        ("nom, spelling checked", Box::new(|| each_line(&chunks, text::parse_line_by_grammar))),
        ("one line at a time", Box::new(|| each_line(&chunks, text::parse_line))),
        ("parse", Box::new(|| parse(&chunks))),
        ("parse, new columns", Box::new(|| parse_into_new(&chunks))),
        ("parse, two threads", Box::new(|| parse_on_two_threads(&chunks))),
        ("splitter alone", Box::new(|| ignore(count_chunks(&log)))),
        ("count line ends", Box::new(|| ignore(memchr::memchr_iter(b'\n', &log).count()))),
        ("render", Box::new(|| render(&blocks))),
    ];
    let mut seconds = vec![Vec::new(); contestants.len()];
    for _ in 0..ROUNDS {
        for ((_, run), seconds) in contestants.iter_mut().zip(&mut seconds) {
            let start = Instant::now();
            run();
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    let medians: Vec<f64> = seconds.into_iter().map(median).collect();
    println!("{:24}{:>8}{:>12}{:>12}{:>12}", "", "MB/s", "M lines/s", "x split", "x nom");
    for ((name, _), median) in contestants.iter().zip(&medians) {
        let (megabytes, lines) = (log.len() as f64 / median / 1e6, records as f64 / median / 1e6);
        println!(
            "{name:24}{megabytes:8.0}{lines:12.1}{:12.2}{:12.2}",
            medians[0] / median,
            medians[1] / median
        );
    }
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn split(log: &[u8]) -> Vec<Chunk> {
    let mut splitter = Splitter::new(log);
    let mut chunks = Vec::new();
    loop {
        let mut chunk = Chunk::default();
        if !splitter.next(&mut chunk).expect("memory can be read") {
            return chunks;
        }
        chunks.push(chunk);
    }
}

fn ignore(count: usize) {
    black_box(count);
}

fn count_chunks(log: &[u8]) -> usize {
    let (mut splitter, mut chunk) = (Splitter::new(log), Chunk::default());
    std::iter::from_fn(|| splitter.next(&mut chunk).expect("memory can be read").then_some(())).count()
}

fn parse(chunks: &[Chunk]) {
    let mut block = Block::default();
    for chunk in chunks {
        text::parse_chunk(chunk, &mut block);
        black_box(&block);
    }
}

fn parse_into_new(chunks: &[Chunk]) {
    for chunk in chunks {
        let mut block = Block::default();
        text::parse_chunk(chunk, &mut block);
        black_box(&block);
    }
}

fn parse_on_two_threads(chunks: &[Chunk]) {
    let (first, second) = chunks.split_at(chunks.len() / 2);
    std::thread::scope(|scope| {
        scope.spawn(|| parse(first));
        parse(second);
    });
}

fn render(blocks: &[Block]) {
    let mut out = Vec::new();
    for block in blocks {
        out.clear();
        text::render(block, &mut out);
        black_box(&out);
    }
}

fn each_line(chunks: &[Chunk], mut line: impl FnMut(&[u8], &mut Block)) {
    let mut block = Block::default();
    for chunk in chunks {
        block.clear();
        chunk.bytes().split_inclusive(|&byte| byte == b'\n').for_each(|text| line(text, &mut block));
        black_box(&block);
    }
}

/// The grammar without the check for the kernel's spelling.
fn nom_line(line: &[u8], block: &mut Block) {
    match text::grammar::record(line) {
        Some(record) => record.push(block),
        None => block.push_text(Kind::RAW, 0, line),
    };
}

/// What a script would do; it knows accesses only.
fn naive_line(line: &[u8], block: &mut Block) {
    if naive_access(line).map(|fields| block.push(fields)).is_none() {
        block.push_text(Kind::RAW, 0, line);
    }
}

fn naive_access(line: &[u8]) -> Option<Fields> {
    let mut words = std::str::from_utf8(line).ok()?.trim_end().split(' ');
    let kind = match words.next()? {
        "R" => Kind::READ,
        "W" => Kind::WRITE,
        _ => return None,
    };
    let width = words.next()?.parse().ok()?;
    let (seconds, microseconds) = words.next()?.split_once('.')?;
    let time = (seconds.parse::<u64>().ok()? * 1_000_000 + microseconds.parse::<u64>().ok()?) * 1000;
    let map_id = words.next()?.parse().ok()?;
    let mut hex = || u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok();
    let (address, value, pc) = (hex()?, hex()?, hex()?);
    let pid = words.next()?.parse().ok()?;
    Some(Fields { kind, time, map_id, address, value, width, pc, pid })
}

//! Speed of reading other tracers' logs against a grammar with nom and against splitting by hand, on one thread, in one
//! process and in turns.
//!
//! The samples are repeated until they have `MMIO_BENCH_MB` (100) megabytes. What is read stands in a file, and every
//! contestant pushes its accesses into a block; ours also finds regions, counts what it leaves out, and makes the
//! statistics of each block.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use mmio_format::block::Columns;
use mmio_format::source::Source;
use mmio_format::{Block, Fields, Kind, input};
use mmio_testkit::sample;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_until, take_while1};
use nom::character::complete::{char, i64, space1, u8, u64};
use nom::combinator::{map_res, opt, value};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

const ROUNDS: usize = 7;

/// A way to make fields of a line.
type Line = fn(&str) -> Option<Fields>;

fn main() {
    let megabytes = std::env::var("MMIO_BENCH_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, nom, split) in [
        ("qemu-log-timestamp.log.zst", nom_memory_region as Line, split_memory_region as Line),
        ("vfio.log.zst", nom_vfio, split_vfio),
        ("kvm_mmio.report.txt.zst", nom_kvm, split_kvm),
    ] {
        let log = repeated(name, megabytes << 20);
        let path = folder.path().join(name.trim_end_matches(".zst"));
        std::fs::write(&path, &log).expect("disk has room");
        bench(name, &path, log.len(), [("nom", nom), ("split by hand", split)]);
    }
}

/// A sample, again and again.
fn repeated(name: &str, bytes: usize) -> Vec<u8> {
    let packed = std::fs::read(sample(&format!("tracers/{name}"))).expect("a sample");
    let log = zstd::decode_all(&packed[..]).expect("a sample is whole");
    log.repeat(bytes.div_ceil(log.len()))
}

fn bench(name: &str, path: &Path, bytes: usize, others: [(&str, Line); 2]) {
    let mut seconds = [const { Vec::new() }; 3];
    let mut found = [0; 3];
    for _ in 0..ROUNDS {
        for (i, seconds) in seconds.iter_mut().enumerate() {
            let start = Instant::now();
            found[i] = if i == 0 { ours(path) } else { by_line(path, others[i - 1].1) };
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    println!("\n{name}, {:.0} MB, accesses found: {found:?}", bytes as f64 / 1e6);
    let median = |seconds: &mut Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    let ours = median(&mut seconds[0]);
    for (who, seconds) in ["ours", others[0].0, others[1].0].iter().zip(&mut seconds) {
        let median = median(seconds);
        println!("{who:16}{:8.0} MB/s   ours is {:5.2} x", bytes as f64 / 1e6 / median, median / ours);
    }
}

fn ours(path: &Path) -> u64 {
    let mut source = Source::new(input::open(path).expect("it was just written")).expect("a log");
    let mut accesses = 0;
    source
        .run(
            1,
            Columns::ALL,
            |_| true,
            || |_: Option<&_>, _: &Block, (): &mut ()| Ok(()),
            |piece| {
                if let mmio_format::Piece::Block(part, ()) = piece {
                    accesses += u64::from(part.stats.accesses);
                }
                Ok(())
            },
        )
        .expect("a log");
    accesses
}

/// Reads the file and makes fields of each line; blocks are emptied when they are full.
fn by_line(path: &Path, line: Line) -> u64 {
    let log = std::fs::read(path).expect("it was just written");
    let (mut block, mut accesses) = (Block::default(), 0);
    for text in log.split(|&byte| byte == b'\n') {
        let Some(fields) = std::str::from_utf8(text).ok().and_then(line) else { continue };
        block.push(fields);
        accesses += 1;
        if block.is_full() {
            black_box(&block);
            block.clear();
        }
    }
    black_box(&block);
    accesses
}

fn hex(text: &str) -> IResult<&str, u64> {
    let digits = take_while1(|c: char| c.is_ascii_hexdigit());
    map_res(digits, |digits| u64::from_str_radix(digits, 16)).parse(text)
}

fn number(text: &str) -> IResult<&str, u64> {
    preceded(tag("0x"), hex).parse(text)
}

/// `4711@1893553445.100400:`
fn stamp(text: &str) -> IResult<&str, u64> {
    let (text, (_, _, seconds, _, micros, _)) =
        (u64, char('@'), u64, char('.'), u64, char(':')).parse(text)?;
    Ok((text, seconds.wrapping_mul(1_000_000_000) + micros * 1000))
}

fn kind(text: &str) -> IResult<&str, Kind> {
    alt((value(Kind::READ, tag("read")), value(Kind::WRITE, tag("write")))).parse(text)
}

fn nom_memory_region(line: &str) -> Option<Fields> {
    let mut grammar = (
        opt(stamp),
        tag("memory_region_ops_"),
        kind,
        preceded(tag(" cpu "), i64),
        preceded(tag(" mr "), number),
        preceded(tag(" addr "), number),
        preceded(tag(" value "), number),
        preceded(tag(" size "), u8),
        preceded(tag(" name '"), terminated(take_until("'"), char('\''))),
    );
    let (_, (time, _, kind, _, _, address, value, width, _)) = grammar.parse(line).ok()?;
    Some(Fields { kind, time: time.unwrap_or(0), address, value, width, ..Fields::default() })
}

fn nom_vfio(line: &str) -> Option<Fields> {
    let (rest, (time, _, kind, _, _)) =
        (opt(stamp), tag("vfio_region_"), kind, space1, char('(')).parse(line).ok()?;
    let (rest, (_, _, _, offset, _)) = (
        take_until::<_, _, nom::error::Error<&str>>(":region"),
        tag(":region"),
        (u64, char('+')),
        number,
        tag(", "),
    )
        .parse(rest)
        .ok()?;
    let (value, width) = if kind == Kind::READ {
        let (_, (width, _, value)) =
            (u8::<_, nom::error::Error<&str>>, tag(") = "), number).parse(rest).ok()?;
        (value, width)
    } else {
        let (_, (value, _, width)) = (number, tag(", "), u8).parse(rest).ok()?;
        (value, width)
    };
    Some(Fields { kind, time: time.unwrap_or(0), address: offset, value, width, ..Fields::default() })
}

fn nom_kvm(line: &str) -> Option<Fields> {
    let mut grammar = (
        terminated(take_until(" ["), tag(" [")),
        terminated(u64, (tag("]"), space1)),
        (u64, char('.'), u64),
        (tag(": kvm_mmio:"), space1, tag("mmio ")),
        kind,
        preceded(tag(" len "), u8),
        preceded(tag(" gpa "), number),
        preceded(tag(" val "), number),
    );
    let (_, (_, _, (seconds, _, micros), _, kind, width, address, value)) = grammar.parse(line).ok()?;
    let time = seconds.wrapping_mul(1_000_000_000) + micros * 1000;
    Some(Fields { kind, time, address, value, width, ..Fields::default() })
}

fn split_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?.trim_end_matches([',', ')']), 16).ok()
}

fn split_time(seconds: &str) -> Option<u64> {
    let (seconds, micros) = seconds.split_once('.')?;
    Some(seconds.parse::<u64>().ok()?.wrapping_mul(1_000_000_000) + micros.parse::<u64>().ok()? * 1000)
}

fn split_memory_region(line: &str) -> Option<Fields> {
    let (stamp, event) = line.split_once(":memory_region_ops_")?;
    let time = split_time(stamp.split_once('@')?.1)?;
    let words: Vec<&str> = event.split_ascii_whitespace().collect();
    let kind = if *words.first()? == "read" { Kind::READ } else { Kind::WRITE };
    let (address, value) = (split_hex(words.get(6)?)?, split_hex(words.get(8)?)?);
    Some(Fields { kind, time, address, value, width: words.get(10)?.parse().ok()?, ..Fields::default() })
}

fn split_vfio(line: &str) -> Option<Fields> {
    let (stamp, event) = line.split_once(":vfio_region_")?;
    let time = split_time(stamp.split_once('@')?.1)?;
    let words: Vec<&str> = event.split_ascii_whitespace().collect();
    let address = split_hex(words.get(1)?.rsplit_once('+')?.1)?;
    let (kind, value, width) = if *words.first()? == "read" {
        (Kind::READ, words.get(4)?, words.get(2)?)
    } else {
        (Kind::WRITE, words.get(2)?, words.get(3)?)
    };
    let width = width.trim_end_matches(')').parse().ok()?;
    Some(Fields { kind, time, address, value: split_hex(value)?, width, ..Fields::default() })
}

fn split_kvm(line: &str) -> Option<Fields> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let time = split_time(words.get(2)?.trim_end_matches(':'))?;
    let kind = match *words.get(5)? {
        "read" => Kind::READ,
        "write" => Kind::WRITE,
        _ => return None,
    };
    let (address, value) = (split_hex(words.get(9)?)?, split_hex(words.get(11)?)?);
    Some(Fields { kind, time, address, value, width: words.get(7)?.parse().ok()?, ..Fields::default() })
}

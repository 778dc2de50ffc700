//! Files of every version of the format, kept as they were written, are read as they were meant.
//!
//! `tests/frozen/v1/NAME.mmio.zst` is never written again: whoever kept a trace must be able to read it for ever.
//! `NAME.txt` is what it says as a text log, `NAME.columns` everything that it holds, one line a record; the reader in
//! `tests/read_mmio.py`, which shares no code with this library, prints both too. Long ones are compressed. With
//! `MMIO_FREEZE=1` files of recordings that are new in `frozen/recordings.rs` are added; those that exist stay as they are.

use mmio_format::container::{self, BlockDecoder, Item, RawBlock, Reader, Recording, Section, Writer};
use mmio_format::{Block, Columns, text};
use std::fmt::{Display, LowerHex, Write as _};
use std::fs;
use std::path::PathBuf;
use std::sync::Once;

mod recordings;

/// A file, described.
pub(crate) struct Described {
    name: &'static str,
    /// Level of zstd that the file was written with.
    level: i32,
    parts: Vec<Part>,
}

/// What a file holds, in its order.
pub(crate) enum Part {
    /// A recording, or more about it when its number was there before.
    Recording(Recording),
    /// A section that this version does not know.
    Section(Section),
    /// A block.
    Block(Box<Block>),
}

fn folder() -> PathBuf {
    mmio_testkit::at_top("tests/frozen/v1")
}

/// Bytes of text and columns beyond which they are kept compressed.
const LONG: usize = 32 << 10;

fn frozen(name: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.mmio.zst"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text or the columns that a file has to have.
fn expected(name: &str, extension: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.{extension}"));
    let compressed = path.with_extension(format!("{extension}.zst"));
    fs::read(path).or_else(|_| zstd::decode_all(fs::File::open(&compressed)?)).unwrap_or_else(|error| {
        panic!("{}: {error}", compressed.display());
    })
}

fn reader(file: &[u8]) -> Reader<std::io::Cursor<&[u8]>> {
    Reader::open(std::io::Cursor::new(file), "frozen").unwrap()
}

#[test]
fn every_frozen_file_says_what_it_said() {
    for case in &described() {
        let parts = read(&frozen(case.name));
        assert_eq!(parts.len(), case.parts.len(), "{}", case.name);
        for (i, (is, was)) in parts.iter().zip(&case.parts).enumerate() {
            compare(is, was, &format!("{}, part {i}", case.name));
        }
        assert_text(&rendered(&parts), &expected(case.name, "txt"), case.name);
        assert_text(columns(&parts).as_bytes(), &expected(case.name, "columns"), case.name);
    }
}

#[test]
fn every_frozen_file_is_good() {
    for case in described() {
        let file = frozen(case.name);
        let mut reader = reader(&file);
        let totals = container::check(&mut reader, 1).unwrap();
        assert!(reader.damage().is_empty(), "{}: {:?}", case.name, reader.damage());
        let records: usize = blocks(&case.parts).map(Block::len).sum();
        assert_eq!(totals.records, records as u64, "{}", case.name);
        assert_eq!(totals.blocks, blocks(&case.parts).count() as u64, "{}", case.name);
    }
}

#[test]
fn every_frozen_file_is_described() {
    let described = described();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stem = name.split('.').next().unwrap();
        assert!(described.iter().any(|case| case.name == stem), "{name}");
    }
}

/// All descriptions, whose files are there.
fn described() -> Vec<Described> {
    static FREEZE: Once = Once::new();
    let described = recordings::all();
    if std::env::var_os("MMIO_FREEZE").is_some() {
        FREEZE.call_once(|| described.iter().for_each(freeze));
    }
    described
}

/// Writes what does not exist yet, and nothing else.
fn freeze(case: &Described) {
    let path = |extension: &str| folder().join(format!("{}.{extension}", case.name));
    if path("mmio.zst").exists() {
        return;
    }
    let mut writer = Writer::new(Vec::new(), case.name, case.level).unwrap();
    for part in &case.parts {
        match part {
            Part::Recording(it) if u64::from(it.number) < writer.totals().recordings => {
                writer.extend_recording(it).unwrap();
            }
            Part::Recording(it) => assert_eq!(writer.write_recording(it).unwrap(), it.number),
            Part::Section(it) => writer.write_section(it).unwrap(),
            Part::Block(it) => writer.write_block(it).unwrap(),
        }
    }
    fs::write(path("mmio.zst"), writer.finish().unwrap().0).unwrap();
    for (extension, text) in [("txt", rendered(&case.parts)), ("columns", columns(&case.parts).into_bytes())]
    {
        if text.len() > LONG {
            let compressed = zstd::encode_all(&text[..], 19).unwrap();
            fs::write(path(&format!("{extension}.zst")), compressed).unwrap();
        } else {
            fs::write(path(extension), text).unwrap();
        }
    }
}

fn read(file: &[u8]) -> Vec<Part> {
    let (mut reader, mut raw) = (reader(file), RawBlock::default());
    let (mut decoder, mut parts) = (BlockDecoder::new(), Vec::new());
    while let Some(item) = reader.next_item(&mut raw, Columns::ALL).unwrap() {
        parts.push(match item {
            Item::Recording(recording) => Part::Recording(recording),
            Item::Section(section) => Part::Section(section),
            Item::Block => {
                let mut block = Block::default();
                raw.decode(&mut decoder, Columns::ALL, &mut block).unwrap();
                Part::Block(Box::new(block))
            }
        });
    }
    parts
}

/// Column by column, so that a difference has a name.
fn compare(is: &Part, was: &Part, place: &str) {
    match (is, was) {
        (Part::Recording(is), Part::Recording(was)) => assert_eq!(is, was, "{place}"),
        (Part::Section(is), Part::Section(was)) => assert_eq!(is, was, "{place}"),
        (Part::Block(is), Part::Block(was)) => {
            macro_rules! same {
                ($($column:ident),*) => { $(assert!(is.$column == was.$column, "{place}: {}", stringify!($column));)* };
            }
            same!(kind, time, map_id, address, value, width, pc, cpu, pid, caller, sequence);
            same!(repeat, flags, texts, opcodes, verbatim);
            assert!(is.map_ranges() == was.map_ranges(), "{place}: ranges");
        }
        _ => panic!("{place} is something else"),
    }
}

fn blocks(parts: &[Part]) -> impl Iterator<Item = &Block> {
    parts.iter().filter_map(|part| if let Part::Block(block) = part { Some(&**block) } else { None })
}

fn rendered(parts: &[Part]) -> Vec<u8> {
    let mut out = Vec::new();
    blocks(parts).for_each(|block| text::render(block, &mut out));
    out
}

/// Says which line differs, rather than all of both.
fn assert_text(is: &[u8], was: &[u8], name: &str) {
    let lines = |text: &[u8]| text.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    for (i, (is, was)) in lines(is).iter().zip(&lines(was)).enumerate() {
        assert_eq!(String::from_utf8_lossy(is), String::from_utf8_lossy(was), "{name}, line {}", i + 1);
    }
    assert!(is == was, "{name} has more or fewer lines");
}

/// Everything that a file holds. Bytes are `=` and their digits; `-` stands for what a record does not have.
fn columns(parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Recording(it) => {
                write!(out, "recording {}", it.number).unwrap();
                for (key, value) in &it.entries {
                    write!(out, " {key}{}", bytes(Some(value))).unwrap();
                }
                out.push('\n');
            }
            Part::Section(it) => {
                let (tag, payload) = (bytes(Some(&it.tag)), bytes(Some(&it.payload)));
                writeln!(out, "section {tag} {} {payload}", it.flags).unwrap();
            }
            Part::Block(it) => {
                writeln!(out, "block {}", it.len()).unwrap();
                (0..it.len()).for_each(|row| record(it, row, &mut out));
            }
        }
    }
    out
}

fn record(block: &Block, row: usize, out: &mut String) {
    let at = row as u32;
    let range = block.map_range(at).map(|r| format!("{:#x}+{:#x}", r.virt, r.length));
    let fields: [&dyn Display; 17] = [
        &block.kind[row].0,
        &block.time[row],
        &block.map_id[row],
        &hex(block.address[row]),
        &hex(block.value[row]),
        &block.width[row],
        &hex(block.pc.get(row)),
        &block.cpu.get(row),
        &block.pid.get(row),
        &hex(block.caller.get(row)),
        &block.sequence.get(row),
        &block.repeat.get(row),
        &block.flags.get(row),
        &range.as_deref().unwrap_or("-"),
        &bytes(block.texts.get(at)),
        &bytes(block.opcodes.get(at)),
        &bytes(block.verbatim.get(at)),
    ];
    let words: Vec<String> = fields.iter().map(ToString::to_string).collect();
    writeln!(out, "{}", words.join(" ")).unwrap();
}

fn hex(number: impl LowerHex) -> String {
    format!("{number:#x}")
}

fn bytes(bytes: Option<&[u8]>) -> String {
    bytes.map_or("-".into(), |bytes| bytes.iter().fold("=".into(), |text, byte| format!("{text}{byte:02x}")))
}

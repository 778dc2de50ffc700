//! Lists what a container holds: `cargo run --example records -- trace.mmio.zst`.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write, stdout};

use mmio_format::container::{BlockDecoder, Item, RawBlock, Reader};
use mmio_format::{Block, Columns, Record, Seconds};

pub(crate) fn list<R: Read + Seek>(
    reader: &mut Reader<R>,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let (mut raw, mut decoder, mut block) = (RawBlock::default(), BlockDecoder::new(), Block::default());
    while let Some(item) = reader.next_item(&mut raw, Columns::ALL)? {
        match item {
            Item::Recording(recording) => {
                let keys: Vec<&str> = recording.entries.iter().map(|(key, _)| key.as_str()).collect();
                writeln!(out, "recording {}: {}", recording.number, keys.join(", "))?;
            }
            Item::Section(section) => writeln!(out, "section {:?}", section.tag)?,
            Item::Block => match raw.decode(&mut decoder, Columns::ALL, &mut block) {
                Ok(()) => {
                    writeln!(out, "block of {} records", block.len())?;
                    block.records().try_for_each(|record| line(record, out))?;
                }
                Err(damage) => reader.report(damage),
            },
        }
    }
    Ok(())
}

fn line(record: Record<'_>, out: &mut impl Write) -> std::io::Result<()> {
    let (kind, time, address) = (record.kind().name(), Seconds(record.time()), record.address());
    match record.text() {
        Some(text) => writeln!(out, "  {time} {kind} {}", String::from_utf8_lossy(text).trim_end()),
        None => writeln!(out, "  {time} {kind} {address:#x}/{} {:#x}", record.width(), record.value()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("expected the name of a container")?;
    let mut reader = Reader::open(File::open(&path)?, &path)?;
    list(&mut reader, &mut BufWriter::new(stdout().lock()))?;
    reader.damage().iter().for_each(|damage| eprintln!("{path}: {damage}"));
    Ok(())
}

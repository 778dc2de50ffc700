//! Stores a text log as a container, block by block: `cargo run --example log_to_container -- trace.txt trace.mmio.zst`.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};

use mmio_format::Block;
use mmio_format::container::{DEFAULT_LEVEL, Recording, Totals, Writer, key};
use mmio_format::text::{Chunk, Splitter, parse_chunk};

pub(crate) fn store(log: impl Read, out: impl Write, name: &str) -> Result<Totals, Box<dyn Error>> {
    let mut log = Splitter::new(log);
    let mut writer = Writer::new(out, name, DEFAULT_LEVEL)?;
    let mut recording = Recording::default();
    recording.push(key::TOOL, "an example of mmio_format");
    writer.write_recording(&recording)?;
    let (mut chunk, mut block) = (Chunk::default(), Block::default());
    while log.next(&mut chunk)? {
        parse_chunk(&chunk, &mut block);
        writer.write_block(&block)?;
    }
    Ok(writer.finish()?.1)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [log, container] = &arguments[..] else {
        return Err("expected the name of a log, and one for the container".into());
    };
    let log = BufReader::new(File::open(log)?);
    let out = BufWriter::new(File::create_new(container)?);
    let totals = store(log, out, container)?;
    println!("{} records, {} of them accesses, in {} blocks", totals.records, totals.accesses, totals.blocks);
    Ok(())
}

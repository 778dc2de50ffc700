//! The lines with which mmiotrace would have begun a log that another tracer made.

use std::fmt::Write;

use anyhow::Result;
use mmio_format::container::{Recording, key};
use mmio_format::{Block, Trace, text};

/// The records of these lines (version, devices, and where the named regions lie); none for a log of mmiotrace.
pub(crate) fn of_mmiotrace(trace: &mut Trace) -> Result<Block> {
    let mut block = Block::default();
    if trace.survey().origin.source.is_none() {
        return Ok(block);
    }
    let mut lines = String::from("VERSION 20070824\n");
    for recording in mmio_analyze::info::facts(trace)? {
        add(&recording, &mut lines);
    }
    text::parse(lines.as_bytes(), &mut block);
    Ok(block)
}

fn add(recording: &Recording, lines: &mut String) {
    let values = |wanted| recording.entries.iter().filter(move |(name, _)| name == wanted);
    let mut ranges: Vec<String> = Vec::new();
    for (_, value) in values(key::PCI_DEVICE) {
        let value = String::from_utf8_lossy(value);
        // Domain and subsystem stand before the line.
        if let Some(device) = value.splitn(3, ' ').nth(2) {
            let _ = writeln!(lines, "PCIDEV {device}");
        }
    }
    for (_, value) in values(key::REGION) {
        let value = String::from_utf8_lossy(value);
        let mut numbers = value.splitn(3, ' ');
        if let (Some(base), Some(length)) = (numbers.next(), numbers.next()) {
            ranges.push(format!("0x{base} 0x0 0x{length}"));
        }
    }
    for (number, range) in ranges.iter().enumerate() {
        let _ = writeln!(lines, "MAP 0.000000 {} {range} 0x0 0", number + 1);
    }
}

//! Conversions that must know each record's device: filters, and formats that name it.

use mmio_analyze::unselected::unselected;
use mmio_format::{Error, Kind, Row, Scope, Selection, Stats, Trace, text};
use mmio_report::Speller;
use std::io::Write;

use anyhow::{Result, bail};
use mmio_format::block::{Block, Columns};
use mmio_format::container::{BlockHead, Recording, Section, Writer};
use mmio_format::export::{Csv, Exporter, Ftrace, Jsonl, Qemu, Resolved};
use mmio_format::filter::Filter;
use mmio_format::input::Input;
use mmio_format::source::Piece;
use mmio_format::survey::Survey;
use mmio_format::trace::write_recording;

use crate::args::{Args, Format};
use crate::header;
use crate::strip::Strip;
use crate::{Counted, Done, RECORDING_DATA, UNKNOWN_COLUMN, UNKNOWN_SECTION};

/// Bytes collected before they are written.
const PIECE: usize = 256 << 10;

/// Where chosen records go.
enum Sink<'a> {
    Text(&'a mut Counted, Block),
    Container(Box<Writer<&'a mut Counted>>, Block),
    Lines(&'a mut Counted, &'static dyn Exporter, Vec<u8>),
}

/// Writes what passes `filter`; nothing at all, and nothing is returned, where no access does.
pub(crate) fn convert(
    args: &Args,
    format: Format,
    filter: &Filter,
    output: &mut Counted,
    input: Input,
) -> Result<Option<Done>> {
    let mut trace = mmio_cli::open_input("mmio-convert", input, args.quiet, filter)?;
    let devices = trace.devices().clone();
    // Before anything is written: standard output does not take it back.
    if !filter.is_empty() && trace.accesses(&Scope::of(filter))?.next().transpose()?.is_none() {
        return nothing(args, filter, &mut trace).map(|()| None);
    }
    let begin = if format == Format::Text { header::of_mmiotrace(&mut trace)? } else { Block::default() };
    let mut sink = Sink::new(args, format, output, begin)?;
    let mut selection = Selection::new(filter, &devices, trace.start())?;
    let mut strip = args.strip.then(|| Strip::new(&mut trace, selection.clone())).transpose()?;
    let mut done = Done::default();
    let (may_pass, all) = (selection.may_pass(), selection.is_all());
    // Blocks without an access that passes may still hold mappings, which are kept.
    let takes = |head: &BlockHead| all || head.stats.kinds & !ACCESSES != 0 || may_pass(&head.stats);
    trace.pieces(Columns::ALL, takes, |piece| {
        let part = match piece {
            Piece::Block(part, ()) => part,
            Piece::Recording(recording) => {
                let kept = strip.as_mut().map(|strip| strip.recording(recording));
                return sink.recording(kept.as_ref().unwrap_or(recording), &mut done);
            }
            Piece::Section(_) if strip.is_some() => {
                strip.iter_mut().for_each(Strip::omit_section);
                return Ok(());
            }
            Piece::Section(section) => return sink.section(section, &mut done),
        };
        for row in selection.rows(&part).filter(|row| all || is_kept(row)) {
            let Row { row, index, place, .. } = row;
            if strip.as_mut().is_some_and(|strip| !strip.keeps(part.block, row)) {
                continue;
            }
            let record = Resolved { devices: &devices, block: part.block, row, index, place };
            sink.put(&record, &mut done)?;
        }
        Ok(())
    })?;
    sink.finish(&mut done)?;
    if all && !args.strip {
        done.survey = trace.survey().clone();
    } else if !all {
        done.filtered = trace.survey().records.saturating_sub(done.survey.records);
    }
    done.omitted.add_named(UNKNOWN_COLUMN, trace.unknown_columns());
    done.stripped = strip.map(Strip::omitted);
    done.read = trace.bytes();
    done.damage = trace.damage_report();
    Ok(Some(done))
}

/// Says that the filters select nothing, and what there is.
fn nothing(args: &Args, filter: &Filter, trace: &mut Trace) -> Result<()> {
    let found = unselected(trace, filter)?;
    let sentence = mmio_report::unselected::text(&found, filter, Speller::new(trace.devices()));
    let file = args.input.display();
    eprintln!("mmio-convert: {file}: {sentence}");
    if let Some(damage) = trace.damage_report() {
        bail!("{file}: {damage}");
    }
    Ok(())
}

const ACCESSES: u32 = 1 << Kind::READ.0 | 1 << Kind::WRITE.0 | 1 << Kind::UNKNOWN.0;

/// Which records a filter leaves. Accesses and markers must pass; what accesses cannot be read without (versions,
/// devices, mappings, losses) always stays; lines that belong to no time or device go.
fn is_kept(row: &Row) -> bool {
    match row.kind {
        Kind::VERSION | Kind::PCI_DEVICE | Kind::MAP | Kind::UNMAP | Kind::LOST => true,
        kind => (kind.is_access() || kind == Kind::MARKER) && row.passes,
    }
}

impl<'a> Sink<'a> {
    /// A sink that begins with the records of `begin`.
    fn new(args: &Args, format: Format, output: &'a mut Counted, begin: Block) -> Result<Sink<'a>> {
        let exporter: &'static dyn Exporter = match format {
            Format::Text => return Ok(Sink::Text(output, begin)),
            Format::Mmio => {
                let writer = Writer::new(output, &args.output, args.level)?;
                return Ok(Sink::Container(Box::new(writer), Block::default()));
            }
            Format::Ftrace => &Ftrace,
            Format::Qemu => &Qemu,
            Format::Csv => &Csv,
            Format::Jsonl => &Jsonl,
        };
        Ok(Sink::Lines(output, exporter, exporter.header().into()))
    }

    fn put(&mut self, record: &Resolved<'_>, done: &mut Done) -> mmio_format::Result<()> {
        match self {
            Sink::Text(_, block) | Sink::Container(_, block) => {
                block.push_row(record.block, record.row);
                if block.is_full() { self.flush(done) } else { Ok(()) }
            }
            Sink::Lines(_, exporter, lines) => {
                if !exporter.record(record, lines) {
                    done.omitted.add(record.block.kind[record.row]);
                }
                count(record.block, record.row, &mut done.survey);
                if lines.len() < PIECE { Ok(()) } else { self.flush(done) }
            }
        }
    }

    /// Writes what is known of a recording, which only a container can hold.
    fn recording(&mut self, recording: &Recording, done: &mut Done) -> mmio_format::Result<()> {
        self.flush(done)?;
        if let Sink::Container(writer, _) = self {
            return write_recording(writer, recording);
        }
        done.omitted.add_named(RECORDING_DATA, 1);
        Ok(())
    }

    fn section(&mut self, section: &Section, done: &mut Done) -> mmio_format::Result<()> {
        self.flush(done)?;
        if let Sink::Container(writer, _) = self {
            return writer.write_section(section);
        }
        done.omitted.add_named(UNKNOWN_SECTION, 1);
        Ok(())
    }

    fn flush(&mut self, done: &mut Done) -> mmio_format::Result<()> {
        match self {
            Sink::Text(output, block) => {
                done.survey.feed(&Stats::of(block), block, done.survey.accesses);
                let mut lines = Vec::new();
                text::render(block, &mut lines);
                block.clear();
                output.write_all(&lines).map_err(|e| Error::write(output.to.path(), e))
            }
            Sink::Container(writer, block) => {
                done.survey.feed(&Stats::of(block), block, done.survey.accesses);
                let result = writer.write_block(block);
                block.clear();
                result
            }
            Sink::Lines(output, _, lines) => {
                let result = output.write_all(lines).map_err(|e| Error::write(output.to.path(), e));
                lines.clear();
                result
            }
        }
    }

    fn finish(mut self, done: &mut Done) -> Result<()> {
        self.flush(done)?;
        if let Sink::Container(writer, _) = self {
            writer.finish()?;
        }
        Ok(())
    }
}

/// Counts one record that passed.
fn count(block: &Block, row: usize, survey: &mut Survey) {
    survey.records += 1;
    survey.accesses += u64::from(block.kind[row].is_access());
}

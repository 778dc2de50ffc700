//! mmio-convert: text logs to containers and back, and to what other tools read.

mod args;
mod filtered;
mod header;
mod strip;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use mmio_cli::output::{Content, Output};
use mmio_cli::{Bar, Exit};
use mmio_format::block::Columns;
use mmio_format::container::Writer;
use mmio_format::export::Omitted;
use mmio_format::input::{self, Input};
use mmio_format::source::{Piece, Source};
use mmio_format::survey::Survey;
use mmio_format::text;
use mmio_format::trace::{encoder, report, threads, write_piece};
use mmio_format::{Origin, Trace};
use mmio_report::numbers::{counted, grouped, percent, plain};

use args::{Args, Format};

fn main() -> ExitCode {
    let args = Args::parse();
    mmio_cli::run("mmio-convert", || match (args.check, args.repair) {
        (true, _) => verify::check(&args),
        (_, true) => verify::repair(&args),
        _ => convert(&args),
    })
}

/// Names of what a format may have no place for, beside kinds of records.
const RECORDING_DATA: &str = "recording's data";
const UNKNOWN_SECTION: &str = "section of a newer version";
const UNKNOWN_COLUMN: &str = "column of a newer version";

/// What a conversion did.
#[derive(Default)]
struct Done {
    survey: Survey,
    damage: Option<String>,
    omitted: Omitted,
    /// What `--strip` took out, if it was asked for.
    stripped: Option<Omitted>,
    /// Records that the filter took out.
    filtered: u64,
    read: u64,
    written: u64,
}

fn convert(args: &Args) -> Result<Exit> {
    let format = args.to.or_else(|| Format::of_name(&args.output)).with_context(|| {
        let known = ".mmio.zst, .txt, .log, .ftrace, .qemu, .csv, .jsonl";
        format!(
            "{}: the name does not tell a format ({known} do); choose one with --to",
            args.output.display()
        )
    })?;
    let content = if format == Format::Mmio { Content::Binary } else { Content::Text };
    // Before the work: an output that cannot be written should not cost an hour.
    let mut output = Counted { to: Output::create(&args.output, content, args.force)?, written: 0 };
    let filter = args.filter.filter();
    let input = input::open_as(&args.input, &args.read.options()?)?;
    let direct = filter.is_empty() && !args.strip && is_straight(&input, format)?;
    let mut done = if direct {
        straight(args, format, &mut output, input)?
    } else if let Some(done) = filtered::convert(args, format, &filter, &mut output, input)? {
        done
    } else {
        return Ok(Exit::Nothing);
    };
    done.written = output.written;
    output.to.finish()?;
    Ok(close(args, format, &done))
}

/// Whether the output has the records of the input and nothing else. As text, the log of another tracer begins with lines
/// that are known at its end only; whether a container from a pipe holds one is not known before.
fn is_straight(input: &Input, format: Format) -> Result<bool> {
    Ok(match (format, input.content) {
        (Format::Mmio, _) | (Format::Text, input::Content::Text) => true,
        (Format::Text, input::Content::Container) if input.file.is_some() => {
            Trace::open(&input.path)?.survey().origin.source.is_none()
        }
        _ => false,
    })
}

/// Converts from blocks to bytes without looking into them: text to text, text to container and so on.
fn straight(args: &Args, format: Format, output: &mut Counted, input: Input) -> Result<Done> {
    let meter = input.meter.clone();
    let mut bar = Bar::new(args.quiet);
    let mut source = Source::new(input)?;
    let mut done = Done::default();
    let path = args.output.clone();
    if format == Format::Mmio {
        let mut writer = Writer::new(output, &path, args.level)?;
        source.run(
            threads(),
            Columns::ALL,
            |_| true,
            || encoder(args.level),
            |piece| {
                bar.show(meter.progress());
                match &piece {
                    Piece::Block(part, _) => done.survey.feed(part.stats, part.block, part.first_access),
                    Piece::Recording(recording) => done.survey.origin.add(recording),
                    Piece::Section(_) => {}
                }
                write_piece(&mut writer, piece)
            },
        )?;
        writer.finish()?;
    } else {
        let render = || {
            |_: Option<&_>, block: &_, out: &mut Vec<u8>| {
                out.clear();
                text::render(block, out);
                Ok(())
            }
        };
        source.run(
            threads(),
            Columns::ALL,
            |_| true,
            render,
            |piece| {
                bar.show(meter.progress());
                let (part, text) = match piece {
                    Piece::Block(part, text) => (part, text),
                    Piece::Recording(_) => {
                        done.omitted.add_named(RECORDING_DATA, 1);
                        return Ok(());
                    }
                    Piece::Section(_) => {
                        done.omitted.add_named(UNKNOWN_SECTION, 1);
                        return Ok(());
                    }
                };
                done.survey.feed(part.stats, part.block, part.first_access);
                output.write_all(text).map_err(|e| mmio_format::Error::write(&path, e))
            },
        )?;
    }
    done.omitted.add_named(UNKNOWN_COLUMN, source.unknown_columns());
    done.damage = report(source.damage().iter());
    if let Err(refusal) = source.judge(&done.survey) {
        done.damage.iter().for_each(|damage| say_damage(args, damage));
        return Err(refusal.into());
    }
    done.read = source.offset().max(meter.progress().read);
    Ok(done)
}

/// Says on standard error what was done, and what was missing.
fn close(args: &Args, format: Format, done: &Done) -> Exit {
    let s = &done.survey;
    if !args.quiet {
        let filtered = if done.filtered > 0 {
            format!(", {} filtered out", grouped(done.filtered))
        } else {
            String::new()
        };
        // How much smaller a container is; unpacked, it is as large as the trace is long.
        let share = done.written as f64 / done.read.max(1) as f64;
        let share = if format == Format::Mmio { format!(" ({})", percent(share)) } else { String::new() };
        eprintln!(
            "{}: {}, {}, {} lost, {} unparsed{filtered}; {} to {}{share}",
            args.input.display(),
            counted(s.records, "record", "records"),
            counted(s.accesses, "access", "accesses"),
            grouped(s.lost()),
            grouped(s.unparsed()),
            counted(done.read, "byte", "bytes"),
            grouped(done.written),
        );
    }
    if !args.quiet {
        origin(&s.origin);
    }
    if let Some(stripped) = done.stripped.as_ref().filter(|stripped| !stripped.is_empty()) {
        eprintln!("mmio-convert: stripped: {stripped}");
    }
    if !done.omitted.is_empty() {
        eprintln!("mmio-convert: left out, for the output has no place for it: {}", done.omitted);
    }
    match &done.damage {
        Some(damage) => {
            say_damage(args, damage);
            Exit::Error
        }
        None => Exit::Success,
    }
}

/// Says what log of another tracer it was, what of it became no record, and what is to be known of the records.
fn origin(origin: &Origin) {
    let Some(source) = &origin.source else { return };
    let left_out = mmio_report::left_out(origin).unwrap_or_else(|| "nothing".into());
    eprintln!("mmio-convert: read from {}; left out: {}", plain(source), plain(&left_out));
    let no_times = origin.lacks_times.then(|| "it has no times: all are 0".to_owned());
    for note in origin.notes.iter().cloned().chain(no_times) {
        eprintln!("mmio-convert: note: {}", plain(&note));
    }
}

fn say_damage(args: &Args, damage: &str) {
    eprintln!("mmio-convert: {}: {damage}", args.input.display());
}

/// An output that counts its bytes.
struct Counted {
    to: Output,
    written: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.to.write(bytes)?;
        self.written += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

//! A trace that is open for analysis: it can be read again and again, whole or in parts.
//!
//! Anything but a container in a file is turned into one first, in memory or, beyond
//! [`SPOOL_MEMORY`], in a temporary file. So every input is analysed in the same way.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::SpooledTempFile;

use crate::accesses::Accesses;
use crate::block::{Block, Columns};
use crate::codec::Encoder;
use crate::collect::Collector;
use crate::container::{BlockHead, EncodedBlock, Recording, Writer};
use crate::devices::Devices;
use crate::error::{Damage, Error, Result};
use crate::input::{self, Content, Input, Looks};
use crate::map_ids::MapIds;
use crate::progress::Progress;
use crate::record::Kind;
use crate::scope::Scope;
use crate::source::{Blocks, Piece, Source, judge};
use crate::stats::Stats;
use crate::survey::Survey;

pub use crate::source::Part;

/// Bytes of a converted input that are kept in memory.
pub const SPOOL_MEMORY: usize = 64 << 20;
/// Compression level of a converted input: it is read soon, and by this program alone.
const SPOOL_LEVEL: i32 = 1;

/// An open trace.
pub struct Trace {
    source: Source,
    survey: Survey,
    devices: Devices,
    /// Damage of an input that had to be converted.
    damage: Vec<Damage>,
    threads: usize,
    bytes: u64,
    path: PathBuf,
    looks: Looks,
    /// How many values are wider than their access, of blocks that have some, by the number of their first record.
    wide: HashMap<u64, u64>,
}

/// Most threads that are used: beyond, memory grows and the one that reads is the slowest.
const MAX_THREADS: usize = 8;

/// Threads that this machine has for the program, at most eight.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get()).min(MAX_THREADS)
}

impl Trace {
    /// Opens `path` (`-` is standard input) and looks through it once for its totals and devices.
    ///
    /// # Errors
    /// [`crate::Error::Io`], [`crate::Error::NewerVersion`], and [`crate::Error::NotATrace`] where the start of the input
    /// says so. Damage is not an error, see [`Trace::damage`]; a text without a record is a trace without one, see
    /// [`Trace::judge`].
    pub fn open(path: impl AsRef<Path>) -> Result<Trace> {
        Trace::open_observed(path, |_| ())
    }

    /// As [`Trace::open`]; an input that must be converted first says how far that is.
    ///
    /// # Errors
    /// As [`Trace::open`].
    pub fn open_observed(path: impl AsRef<Path>, observe: impl FnMut(Progress)) -> Result<Trace> {
        Trace::of_input(input::open(path.as_ref())?, observe)
    }

    /// As [`Trace::open_observed`], from an input that is open.
    ///
    /// # Errors
    /// As [`Trace::open`].
    pub fn of_input(input: Input, mut observe: impl FnMut(Progress)) -> Result<Trace> {
        let threads = threads();
        let (meter, path, looks) = (input.meter.clone(), input.path.clone(), input.looks);
        let (mut source, damage) = match input.content {
            Content::Container if input.file.is_some() => (Source::new(input)?, Vec::new()),
            _ => spool(input, threads, &mut observe)?,
        };
        let (survey, devices) = look_through(&mut source, threads)?;
        let Progress { read, size } = meter.progress();
        let bytes = size.unwrap_or(read);
        Ok(Trace { source, survey, devices, damage, threads, bytes, path, looks, wide: HashMap::new() })
    }

    /// Refuses what is not a trace: an input without a record that only a trace has, or with hardly any.
    ///
    /// # Errors
    /// [`crate::Error::NotATrace`].
    pub fn judge(&self) -> Result<()> {
        judge(self.looks, &self.survey, &self.path)
    }

    /// Refuses a log without times for `what`, which needs them.
    ///
    /// # Errors
    /// [`crate::Error::Request`].
    pub fn needs_times(&self, what: &str) -> Result<()> {
        if self.survey.origin.lacks_times {
            return Err(Error::Request(format!("the log has no times, and {what} needs them")));
        }
        Ok(())
    }

    /// Length of the input in bytes, compressed if it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Totals of the trace.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }

    /// Devices of the trace; a clone of them costs nothing.
    pub fn devices(&self) -> &Devices {
        &self.devices
    }

    /// Values that are wider than their access, in the blocks whose values were read by [`walk`](crate::walk::walk) or by a
    /// function of `Trace` that takes several threads.
    pub fn wide_values(&self) -> u64 {
        self.wide.values().sum()
    }

    /// Time of the trace's first record in nanoseconds; 0 without any.
    pub fn start(&self) -> u64 {
        self.survey.start.unwrap_or(0)
    }

    /// The parts of the trace that could not be read; complete after [`Trace::for_each`].
    pub fn damage(&self) -> impl Iterator<Item = &Damage> {
        self.damage.iter().chain(self.source.damage())
    }

    /// The damage in one sentence, if there is any.
    pub fn damage_report(&self) -> Option<String> {
        report(self.damage())
    }

    /// The accesses in `scope`, one after the other.
    ///
    /// # Errors
    /// [`crate::Error::Io`], and [`crate::Error::Request`] when no device has a name that is asked for, and for registers
    /// behind a port. An access that cannot be read is the last item.
    pub fn accesses(&mut self, scope: &Scope) -> Result<Accesses<'_>> {
        let start = self.start();
        Accesses::new(&mut self.source, &self.devices, start, scope)
    }

    /// All blocks, one after the other, with the columns in `want`. They are decoded on the calling thread;
    /// [`Trace::for_each`] decodes on several and can leave blocks out.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn blocks(&mut self, want: Columns) -> Result<Blocks<'_>> {
        self.source.rewind()?;
        Ok(self.source.blocks(want, Box::new(|_| true)))
    }

    /// Hands every block that `filter` takes by its head to `each`, in order, with the columns in `want`.
    ///
    /// # Errors
    /// [`crate::Error::Io`], and what `each` returns.
    pub fn for_each(
        &mut self,
        want: Columns,
        filter: impl Fn(&BlockHead) -> bool,
        mut each: impl FnMut(&Part<'_>) -> Result<()>,
    ) -> Result<()> {
        self.map(want, filter, || |_, _: &Block, (): &mut ()| {}, |part, ()| each(part))
    }

    /// As [`Trace::for_each`], with what stands between the blocks.
    ///
    /// # Errors
    /// As [`Trace::for_each`].
    pub fn pieces(
        &mut self,
        want: Columns,
        filter: impl Fn(&BlockHead) -> bool,
        each: impl FnMut(Piece<'_, ()>) -> Result<()>,
    ) -> Result<()> {
        self.source.rewind()?;
        self.source.run(self.threads, want, filter, || |_: Option<&_>, _: &_, (): &mut ()| Ok(()), each)
    }

    /// As [`Trace::for_each`], with what a worker made of each block on the thread that decoded it. A worker gets
    /// the number of the block's first record, the block, and a `T` that may have been used before.
    ///
    /// # Errors
    /// As [`Trace::for_each`].
    pub fn map<T, W>(
        &mut self,
        want: Columns,
        filter: impl Fn(&BlockHead) -> bool,
        make_worker: impl Fn() -> W,
        mut each: impl FnMut(&Part<'_>, &T) -> Result<()>,
    ) -> Result<()>
    where
        T: Default + Send,
        W: FnMut(u64, &Block, &mut T) + Send,
    {
        self.source.rewind()?;
        let make_worker = || {
            let mut worker = make_worker();
            move |head: Option<&BlockHead>, block: &Block, made: &mut (T, u64)| {
                // An open trace is always a container, so there is a head.
                worker(head.map_or(0, |head| head.first_record), block, &mut made.0);
                made.1 = block.wide_values();
                Ok(())
            }
        };
        let wide = &mut self.wide;
        self.source.run(self.threads, want, filter, make_worker, |piece| match piece {
            Piece::Block(part, (made, count)) => {
                if *count > 0 {
                    wide.insert(part.first_record, *count);
                }
                each(&part, made)
            }
            Piece::Recording(_) | Piece::Section(_) => Ok(()),
        })
    }

    /// Columns that a newer version wrote and this one cannot read, as far as blocks were read.
    pub fn unknown_columns(&self) -> u64 {
        self.source.unknown_columns()
    }
}

/// Damage in one sentence: the first place, and how many more.
pub fn report<'a>(damage: impl Iterator<Item = &'a Damage>) -> Option<String> {
    let all: Vec<&Damage> = damage.collect();
    let first = all.first()?;
    Some(match all.len() - 1 {
        0 => first.to_string(),
        1 => format!("{first}; and 1 more place"),
        more => format!("{first}; and {more} more places"),
    })
}

/// Turns an input into a container that can be read again; one that comes from a pipe is kept as it is.
fn spool(
    mut input: Input,
    threads: usize,
    observe: &mut impl FnMut(Progress),
) -> Result<(Source, Vec<Damage>)> {
    let meter = input.meter.clone();
    let mut observe = || observe(meter.progress());
    let path = input.path.clone();
    let file = SpooledTempFile::new(SPOOL_MEMORY);
    if matches!(input.content, Content::Container | Content::PlainContainer) {
        return copy(&mut input.reader, file, &path, &mut observe);
    }
    let mut from = Source::new(input)?;
    let mut writer = Writer::new(file, "temporary file", SPOOL_LEVEL)?;
    from.run(
        threads,
        Columns::ALL,
        |_| true,
        || encoder(SPOOL_LEVEL),
        |piece| {
            observe();
            write_piece(&mut writer, piece)
        },
    )?;
    let (file, _) = writer.finish()?;
    Ok((Source::seekable(file, &path)?, from.damage().to_vec()))
}

/// Copies a stream as far as it can be read.
fn copy(
    from: &mut impl Read,
    mut to: SpooledTempFile,
    path: &Path,
    observe: &mut impl FnMut(),
) -> Result<(Source, Vec<Damage>)> {
    let error = |action, source| Error::Io { action, path: path.to_owned(), source };
    let (mut buffer, mut damage) = (vec![0; 256 << 10], Vec::new());
    loop {
        observe();
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                to.write_all(&buffer[..n]).map_err(|e| error("cannot write a temporary file for it", e))?
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => match Damage::of(&e) {
                Some(found) => {
                    damage.push(found.clone());
                    break;
                }
                None => return Err(error("cannot read", e)),
            },
        }
    }
    Ok((Source::seekable(to, path)?, damage))
}

/// A worker that compresses blocks.
pub fn encoder(level: i32) -> impl FnMut(Option<&BlockHead>, &Block, &mut EncodedBlock) -> Result<()> + Send {
    let mut encoder = Encoder::new(level);
    move |_, block, out| {
        out.encode(&mut encoder, block);
        Ok(())
    }
}

/// Writes what a source hands out, its blocks encoded.
///
/// # Errors
/// [`crate::Error::Io`].
pub fn write_piece<W: Write>(writer: &mut Writer<W>, piece: Piece<'_, EncodedBlock>) -> Result<()> {
    match piece {
        Piece::Block(_, encoded) => writer.write_encoded(encoded),
        Piece::Recording(recording) => write_recording(writer, recording),
        Piece::Section(section) => writer.write_section(section),
    }
}

/// Writes a recording's data as the next recording, or as more of the one that was begun.
///
/// # Errors
/// [`crate::Error::Io`].
pub fn write_recording<W: Write>(writer: &mut Writer<W>, recording: &Recording) -> Result<()> {
    if u64::from(recording.number) + 1 == writer.totals().recordings {
        return writer.extend_recording(recording);
    }
    writer.write_recording(recording).map(|_| ())
}

/// Reads what totals and devices need: the heads of all blocks, and the contents of few. In a damaged trace heads
/// promise what may not be there, and every block is read.
fn look_through(source: &mut Source, threads: usize) -> Result<(Survey, Devices)> {
    let mut found = look(source, threads, Look::default())?;
    if !source.damage().is_empty() {
        source.rewind()?;
        found = look(source, threads, Look { all: true, ..Look::default() })?;
    }
    let (survey, devices) = found;
    let devices = part_unmapped(source, threads, devices)?;
    Ok((survey, devices))
}

/// Parts the devices of recordings without MAP records, for which their accesses must be looked at.
fn part_unmapped(source: &mut Source, threads: usize, devices: Devices) -> Result<Devices> {
    if !devices.lacks_maps(0, u64::MAX) {
        return Ok(devices);
    }
    source.rewind()?;
    let mut ids = MapIds::new(&devices);
    source.run(
        threads,
        Columns::ADDRESS.with(Columns::MAP_ID),
        |head| MapIds::wants(&devices, head.first_record, &head.stats),
        || |_: Option<&_>, _: &_, (): &mut ()| Ok(()),
        |piece| {
            if let Piece::Block(part, ()) = piece {
                ids.feed(part.first_record, part.block);
            }
            Ok(())
        },
    )?;
    Ok(ids.finish())
}

fn look(source: &mut Source, threads: usize, mut look: Look) -> Result<(Survey, Devices)> {
    let want = Columns::TIME.with(Columns::ADDRESS).with(Columns::VALUE).with(Columns::TEXT);
    let survey = RefCell::new(Survey::default());
    let mut collector = Collector::default();
    let filter = |head: &BlockHead| {
        let wanted = look.wants(&head.stats);
        if !wanted {
            survey.borrow_mut().skip(&head.stats);
        }
        wanted
    };
    source.run(
        threads,
        want,
        filter,
        || |_: Option<&_>, _: &_, (): &mut ()| Ok(()),
        |piece| {
            match piece {
                Piece::Block(part, ()) => {
                    survey.borrow_mut().feed(part.stats, part.block, part.first_access);
                    collector.feed(part.first_record, part.block);
                }
                Piece::Recording(recording) => {
                    survey.borrow_mut().origin.add(recording);
                    collector.recording(recording);
                }
                Piece::Section(_) => {}
            }
            Ok(())
        },
    )?;
    Ok((survey.into_inner(), collector.finish()))
}

/// Which blocks must be read, as their heads say.
#[derive(Default)]
struct Look {
    all: bool,
    /// Whether there was an access after the last block with a VERSION record.
    in_use: bool,
}

impl Look {
    fn wants(&mut self, stats: &Stats) -> bool {
        let has = |kinds: &[Kind]| kinds.iter().any(|kind| stats.kinds & (1 << kind.0) != 0);
        let named = has(&[Kind::LOST, Kind::MARKER, Kind::RAW, Kind::PCI_DEVICE, Kind::MAP, Kind::VERSION]);
        // The first time of the trace, and whether a recording has begun.
        let first = !self.in_use && (stats.accesses > 0 || stats.time.is_some());
        self.in_use = (self.in_use || stats.accesses > 0) && !has(&[Kind::VERSION]);
        self.all || named || first
    }
}

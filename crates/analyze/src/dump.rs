//! The records of a trace one by one, polls folded, for people to read.

use mmio_format::block::LOST_COUNT_UNKNOWN;
use mmio_format::{Block, Columns, Filter, Kind, Op, Place, Register, Result, Row, Selection, Trace};
use std::collections::HashMap;

use crate::patterns::Condition;
use crate::waits::{End, Waits, waits};

use crate::summary::Summary;

/// One line of the dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An access, or several reads of one register folded to one.
    Access(Access),
    /// A mapping came (`length` is there) or went.
    Mapping {
        /// When the mapping came or went, in nanoseconds.
        time: u64,
        /// The tracer's number of the mapping.
        map_id: i32,
        /// Place and length in bytes of a new mapping; nothing for one that went.
        range: Option<(Place, u64)>,
    },
    /// A marker.
    Marker {
        /// When the marker was written, in nanoseconds.
        time: u64,
        /// The words of the marker.
        text: String,
    },
    /// The kernel dropped events here; how many, where it said so.
    Lost(Option<u64>),
    /// A line that is not an access: its keyword and text.
    Text(&'static str, String),
}

/// An access of the dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Number in the whole trace.
    pub index: u64,
    /// When the access was made, in nanoseconds.
    pub time: u64,
    /// Where the access goes.
    pub place: Place,
    /// Read, write or UNKNOWN.
    pub op: Op,
    /// Bytes of the access.
    pub width: u8,
    /// Value, or the opcode bytes of an UNKNOWN.
    pub value: u64,
    /// More reads of the same register that follow.
    pub folded: Option<Folded>,
    /// Where it comes from; of a folded run the first one.
    pub origin: Origin,
}

/// What the trace has of the cause of an access; what it does not have is 0 or nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The tracer's number of the mapping, −1 where it does not know.
    pub map_id: i32,
    /// Physical address.
    pub address: u64,
    /// Address of the instruction.
    pub pc: u64,
    /// Where the function with the instruction returns to.
    pub caller: u64,
    /// The CPU, where the trace has the CPUs of accesses.
    pub cpu: Option<u32>,
    /// The process.
    pub pid: u32,
    /// The tracer's number of the access within its device.
    pub sequence: u64,
    /// Further iterations of a string instruction that the record stands for.
    pub repeat: u64,
}

impl Origin {
    fn of(block: &Block, row: usize) -> Origin {
        Origin {
            map_id: block.map_id[row],
            address: block.address[row],
            pc: block.pc.get(row),
            caller: block.caller.get(row),
            cpu: (!block.cpu.is_empty()).then(|| block.cpu.get(row)),
            pid: block.pid.get(row),
            sequence: block.sequence.get(row),
            repeat: block.repeat.get(row),
        }
    }
}

/// Reads after the first one of a folded run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    /// All reads of the run, the first one included.
    pub count: u64,
    /// How often a read differs from the one before it.
    pub changes: u64,
    /// Value of the last read.
    pub last_value: u64,
    /// Time of the last read in nanoseconds.
    pub last_time: u64,
    /// How a wait ended that begins here, and what is waited for, as far as that is known.
    pub wait: Option<(End, Option<Condition>)>,
}

/// Fewest reads in a row that are folded.
const MIN_FOLD: u64 = 3;

/// Hands the records that pass `filter` to `show`, in order; runs of at least three reads of one
/// register as one item if `fold` is set. Returns the counts of what was shown.
///
/// # Errors
/// As [`mmio_format::walk::walk`], and what `show` returns.
pub fn dump(
    trace: &mut Trace,
    filter: &Filter,
    fold: bool,
    mut show: impl FnMut(&Item) -> Result<()>,
) -> Result<Summary> {
    let devices = trace.devices().clone();
    let mut selection = Selection::new(filter, &devices, trace.start())?;
    let (may_pass, all) = (selection.may_pass(), selection.is_all());
    let waits = if fold { Some(Known::of(waits(trace, filter)?)) } else { None };
    let mut runs = Runs { waits, all, run: None, min_fold: if fold { MIN_FOLD } else { u64::MAX } };
    trace.for_each(
        Columns::ALL,
        |head| may_pass(&head.stats),
        |part| selection.rows(part).try_for_each(|row| runs.row(part.block, row, &mut show)),
    )?;
    runs.flush(&mut show)?;
    Ok(Summary::of_part(trace, all, selection.accesses()))
}

/// Reads that may become a folded run: the first one, and what came after it.
struct Run {
    first: Access,
    changes: u64,
    rest: u64,
    second: Option<(u64, u64, u64, Origin)>,
    last: (u64, u64),
}

/// What is known of waits.
struct Known {
    /// Those that were not met, by the number of their first read.
    unmet: HashMap<u64, (End, Option<Condition>)>,
    /// What is waited for.
    until: HashMap<Register, Condition>,
}

impl Known {
    fn of(waits: Waits) -> Known {
        let unmet = waits.unmet.iter().map(|wait| (wait.index, (wait.end, wait.condition))).collect();
        let until = waits.registers.iter().filter_map(|w| Some((w.site.register, w.condition?))).collect();
        Known { unmet, until }
    }

    /// How the wait of a run ended, if it is one.
    fn wait(&self, run: &Run) -> Option<(End, Option<Condition>)> {
        let register = Register::at(run.first.place, run.first.width);
        let met = || {
            let until = self.until.get(&register).filter(|until| until.is_met(run.last.1))?;
            (!until.is_met(run.first.value)).then_some((End::Met, Some(*until)))
        };
        self.unmet.get(&run.first.index).copied().or_else(met)
    }
}

/// The items so far; the run of reads at hand is not shown yet.
struct Runs {
    /// Nothing where nothing is folded.
    waits: Option<Known>,
    /// No filter chooses accesses.
    all: bool,
    run: Option<Run>,
    min_fold: u64,
}

impl Runs {
    fn row(&mut self, block: &Block, row: Row, show: &mut impl FnMut(&Item) -> Result<()>) -> Result<()> {
        if let (Some(op), Some(place)) = (row.kind.op(), row.place) {
            if !row.passes {
                return Ok(());
            }
            let (time, width, value) =
                (block.time[row.row], block.width[row.row], block.access_value(row.row));
            let origin = Origin::of(block, row.row);
            let access = Access { index: row.index, time, place, op, width, value, folded: None, origin };
            return self.access(access, show);
        }
        let Some(item) = self.other(block, row) else { return Ok(()) };
        self.flush(show)?;
        show(&item)
    }

    fn access(&mut self, access: Access, show: &mut impl FnMut(&Item) -> Result<()>) -> Result<()> {
        if access.op != Op::Read || self.min_fold == u64::MAX {
            self.flush(show)?;
            return show(&Item::Access(access));
        }
        match &mut self.run {
            Some(run) if (run.first.place, run.first.width) == (access.place, access.width) => {
                run.rest += 1;
                run.changes += u64::from(access.value != run.last.1);
                run.last = (access.time, access.value);
                run.second.get_or_insert((access.index, access.time, access.value, access.origin));
            }
            _ => {
                self.flush(show)?;
                let last = (access.time, access.value);
                self.run = Some(Run { first: access, changes: 0, rest: 0, second: None, last });
            }
        }
        Ok(())
    }

    /// Shows the run collected so far.
    fn flush(&mut self, show: &mut impl FnMut(&Item) -> Result<()>) -> Result<()> {
        let Some(run) = self.run.take() else { return Ok(()) };
        let wait = self.waits.as_ref().and_then(|waits| waits.wait(&run));
        let (first, count) = (run.first, run.rest + 1);
        if count >= self.min_fold {
            let (last_time, last_value) = run.last;
            let folded = Some(Folded { wait, count, changes: run.changes, last_value, last_time });
            return show(&Item::Access(Access { folded, ..first }));
        }
        show(&Item::Access(first.clone()))?;
        if let Some((index, time, value, origin)) = run.second {
            show(&Item::Access(Access { index, time, value, origin, ..first }))?;
        }
        Ok(())
    }

    /// The item of a record that is not an access. With a filter that chooses accesses, only what belongs to
    /// them is left.
    fn other(&self, block: &Block, Row { row, kind, place, in_span, passes, .. }: Row) -> Option<Item> {
        let (time, map_id, all) = (block.time[row], block.map_id[row], self.all);
        let text = || String::from_utf8_lossy(block.texts.get(row as u32).unwrap_or_default()).into_owned();
        match kind {
            Kind::MAP if passes => {
                let length = block.map_range(row as u32)?.length;
                Some(Item::Mapping { time, map_id, range: place.map(|place| (place, length)) })
            }
            Kind::UNMAP if all => Some(Item::Mapping { time, map_id, range: None }),
            Kind::MARKER if in_span => Some(Item::Marker { time, text: text() }),
            Kind::LOST => Some(Item::Lost(Some(block.value[row]).filter(|&n| n != LOST_COUNT_UNKNOWN))),
            Kind::PCI_DEVICE if all => Some(Item::Text("PCIDEV", text())),
            Kind::VERSION if all => Some(Item::Text("VERSION", text())),
            Kind::LSPCI if all => Some(Item::Text("LSPCI", text())),
            Kind::COMMENT if all => Some(Item::Text("#", text())),
            Kind::RAW if all => Some(Item::Text("unparsed", text())),
            _ => None,
        }
    }
}

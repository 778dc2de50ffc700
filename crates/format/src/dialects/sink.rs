//! What a dialect's reader puts its records into.

use std::collections::VecDeque;
use std::sync::Arc;

use super::layout::{Layout, RegionId};
use super::register_names::Registers;
use super::tally::Tally;
use super::times::Times;
use crate::block::{Block, Fields};
use crate::container::{Recording, key};
use crate::places::Places;
use crate::record::Kind;
use crate::width::bits;

/// Columns that only some tracers fill.
const COLUMNS: [&str; 5] = ["cpu", "pid", "pc", "caller", "sequence"];

/// A block that is filled, and what is known of the whole log beside its records.
pub(crate) struct Sink {
    block: Block,
    /// Blocks that were filled before: a line may have more records than a block has room for.
    full: VecDeque<Block>,
    pub(crate) layout: Layout,
    pub(crate) registers: Registers,
    pub(crate) times: Times,
    pub(crate) tally: Tally,
    /// Which of the columns of [`COLUMNS`] are filled.
    has: [bool; COLUMNS.len()],
    source: String,
    notes: Vec<String>,
    facts: Vec<(&'static str, String)>,
    /// Values that were wider than their access.
    cut: u64,
    /// Virtual addresses that no known mapping holds.
    virt: u64,
}

/// An access as a log gives it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// [`Kind::READ`], [`Kind::WRITE`] or [`Kind::UNKNOWN`].
    pub(crate) kind: Kind,
    pub(crate) value: u64,
    /// Bytes, 1 to 8; 0 for an UNKNOWN alone.
    pub(crate) width: u8,
    /// Nanoseconds of the log's clock, where the line has a time.
    pub(crate) time: Option<u64>,
    pub(crate) cpu: Option<u32>,
    pub(crate) pid: Option<u32>,
    pub(crate) pc: Option<u64>,
}

impl Sink {
    /// A sink for a log of the kind `source`.
    pub(crate) fn new(source: &str) -> Sink {
        Sink {
            block: Block::default(),
            full: VecDeque::new(),
            layout: Layout::default(),
            registers: Registers::default(),
            times: Times::default(),
            tally: Tally::default(),
            has: [false; COLUMNS.len()],
            source: source.to_owned(),
            notes: Vec::new(),
            facts: Vec::new(),
            cut: 0,
            virt: 0,
        }
    }

    /// The same for a log of which the user knows `places`.
    pub(crate) fn with_places(self, places: Arc<Places>) -> Sink {
        Sink { layout: Layout::new(places), ..self }
    }

    /// Says more exactly what the log is, as soon as it is known.
    pub(crate) fn refine(&mut self, source: &str) {
        if self.source != source {
            source.clone_into(&mut self.source);
        }
    }

    /// The physical address of a virtual one of the kernel; the same where the user knows no mapping that holds it.
    pub(crate) fn physical(&mut self, virt: u64) -> u64 {
        match self.layout.physical(virt) {
            Some(Some(address)) => address,
            Some(None) => {
                self.virt += 1;
                virt
            }
            None => virt,
        }
    }

    /// Says something of all records, once.
    pub(crate) fn note(&mut self, sentence: &str) {
        if self.notes.iter().all(|note| note != sentence) {
            self.notes.push(sentence.to_owned());
        }
    }

    /// A fact about the recording, for the container.
    pub(crate) fn fact(&mut self, key: &'static str, value: &str) {
        self.facts.push((key, value.to_owned()));
    }

    /// Whether the block should be handed on.
    pub(crate) fn is_full(&self) -> bool {
        !self.full.is_empty() || self.block.is_full()
    }

    /// The block for the next record.
    #[inline]
    fn room(&mut self) -> &mut Block {
        if self.block.is_full() {
            self.full.push_back(std::mem::take(&mut self.block));
        }
        &mut self.block
    }

    /// Whether there is no record in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.full.is_empty() && self.block.is_empty()
    }

    /// The block that was filled first, in exchange for an empty one.
    pub(crate) fn swap(&mut self, block: &mut Block) {
        block.clear();
        match self.full.pop_front() {
            Some(full) => *block = full,
            None => std::mem::swap(&mut self.block, block),
        }
    }

    /// An access at `offset` of a region that has offsets of its own. What lies beyond every region is not followed.
    pub(crate) fn access_in(&mut self, region: RegionId, offset: u64, found: &Found) {
        match self.layout.reach(region, offset, found.width) {
            Some(address) => self.push(region, address, found),
            None => self.tally.add("accesses at offsets beyond every region", 1),
        }
    }

    /// An access at a physical address of a region.
    pub(crate) fn access_at(&mut self, region: RegionId, address: u64, found: &Found) {
        self.layout.touch(region, address, found.width);
        self.push(region, address, found);
    }

    /// An access at a physical address that no region was named for; `map_id` is the tracer's number of its mapping.
    pub(crate) fn access(&mut self, map_id: i32, address: u64, found: &Found) {
        let (time, all) = (self.time(found.time), bits(found.width));
        self.cut += u64::from(found.value & !all != 0);
        let block = self.room();
        let row = block.push(Fields {
            kind: found.kind,
            time,
            map_id,
            address,
            value: found.value & all,
            width: found.width,
            pc: found.pc.unwrap_or(0),
            pid: found.pid.unwrap_or(0),
        });
        if let Some(cpu) = found.cpu {
            block.cpu.push_at(row as usize, cpu);
        }
        self.fills([found.cpu.is_some(), found.pid.is_some(), found.pc.is_some(), false, false]);
    }

    /// A record that is one of a trace already, with all that it has.
    pub(crate) fn append(&mut self, from: &Block, row: usize) {
        self.room().push_row(from, row);
        // Where all are 0, the trace has no times.
        if from.time[row] != 0 {
            self.times.see(from.time[row]);
        }
        let is_lost = from.kind[row] == Kind::LOST;
        self.fills([
            from.cpu.get(row) != 0 && !is_lost,
            from.pid.get(row) != 0,
            from.pc.get(row) != 0,
            from.caller.get(row) != 0,
            from.sequence.get(row) != 0,
        ]);
    }

    fn fills(&mut self, has: [bool; COLUMNS.len()]) {
        self.has.iter_mut().zip(has).for_each(|(all, one)| *all |= one);
    }

    fn push(&mut self, region: RegionId, address: u64, found: &Found) {
        self.access(self.layout.map_id(region), address, found);
    }

    fn time(&mut self, time: Option<u64>) -> u64 {
        self.times.of(time)
    }

    /// A mapping that the log tells of.
    pub(crate) fn map(&mut self, time: Option<u64>, map_id: i32, phys: u64, virt: u64, length: u64) {
        let time = self.time(time);
        self.room().push_map(Fields { time, map_id, address: phys, ..Fields::default() }, virt, length);
    }

    /// The end of a mapping.
    pub(crate) fn unmap(&mut self, time: Option<u64>, map_id: i32) {
        let time = self.time(time);
        self.room().push(Fields { kind: Kind::UNMAP, time, map_id, ..Fields::default() });
    }

    /// The record before, a mapping or a marker, is of this CPU and process.
    pub(crate) fn owner(&mut self, cpu: Option<u32>, pid: Option<u32>) {
        let Some(row) = self.block.len().checked_sub(1) else { return };
        self.block.cpu.push_at(row, cpu.unwrap_or(0));
        self.block.pid.push_at(row, pid.unwrap_or(0));
        self.fills([cpu.is_some(), pid.is_some(), false, false, false]);
    }

    /// Something that happened, in words.
    pub(crate) fn marker(&mut self, time: Option<u64>, text: &[u8]) {
        let time = self.time(time);
        self.room().push_text(Kind::MARKER, time, text);
    }

    /// Events that the tracer lost here, of a CPU; `None` where it does not say how many.
    pub(crate) fn lost(&mut self, time: Option<u64>, cpu: u32, count: Option<u64>) {
        let time = if time.is_some() { self.times.of(time) } else { self.times.last() };
        self.room().push_lost(time, cpu, count.unwrap_or(crate::block::LOST_COUNT_UNKNOWN));
    }

    /// Something to be known of the log, which is kept as a comment.
    pub(crate) fn comment(&mut self, text: &[u8]) {
        self.room().push_text(Kind::COMMENT, 0, text);
    }

    /// A line that looks like an event of the dialect and cannot be parsed: it is kept as it is.
    pub(crate) fn unparsed(&mut self, line: &[u8]) {
        self.room().push_text(Kind::RAW, 0, line);
    }

    /// What the container says of the log before its first record.
    pub(crate) fn opening(&self) -> Recording {
        let mut recording = Recording::default();
        recording.push(key::TOOL, concat!("mmio_format ", env!("CARGO_PKG_VERSION")));
        recording
    }

    /// What it says behind the last one: what is known only then.
    pub(crate) fn closing(&self) -> Recording {
        let mut recording = Recording::default();
        recording.push(key::SOURCE, self.source.as_bytes());
        for (key, value) in &self.facts {
            recording.push(key, value.as_bytes());
        }
        self.times.describe(&mut recording);
        let names = COLUMNS.iter().zip(self.has).filter(|(_, has)| *has);
        let fields: Vec<&str> = names.map(|(name, _)| *name).collect();
        recording.push(key::FIELDS, fields.join(" "));
        self.layout.describe(&mut recording);
        self.registers.describe(&self.layout, &mut recording);
        self.tally.describe(&mut recording);
        for note in &self.notes {
            recording.push(key::NOTE, note.as_bytes());
        }
        if self.times.without() > 0 && self.times.has_any() {
            let without = self.times.without();
            let text = format!("records without a time, which have that of the record before: {without}");
            recording.push(key::NOTE, text);
        }
        if self.virt > 0 {
            recording.push(
                key::NOTE,
                format!("events at virtual addresses of which no mapping is known: {}", self.virt),
            );
        }
        if self.cut > 0 {
            recording.push(key::NOTE, format!("values cut to the width of their access: {}", self.cut));
        }
        recording
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::MAX_RECORDS;
    use crate::dialects::whole::Whole;

    #[test]
    fn a_line_of_more_records_than_a_block_holds_is_several_blocks() {
        let event = "memory_region_ops_read cpu 0 mr 0x1 addr 0xfe000000 value 0x1 size 4 name 'x'";
        let line = |events: usize| event.repeat(events) + "\n";
        let whole = Whole::of("qemu-log", (line(1).repeat(MAX_RECORDS - 1) + &line(3)).as_bytes());
        let lengths: Vec<usize> = whole.blocks.iter().map(Block::len).collect();
        assert_eq!(lengths, [MAX_RECORDS, 2]);
    }
}

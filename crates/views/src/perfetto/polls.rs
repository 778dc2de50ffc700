//! Polls, the polls of each register on a track of their own: two may overlap.

use std::collections::HashMap;

use mmio_format::{DeviceId, Devices, Filter, Register, Result, Space, Trace};

use super::packets::{Name, Packets, Track, Value};
use super::tracks::{Kind, Tracks, called};
use mmio_analyze::patterns::{self, Condition, Idiom, Pattern};
use mmio_analyze::steps::{Past, Step};
use mmio_analyze::study::Study;
use mmio_analyze::waits::End;
use mmio_report::Speller;

/// A register that is polled.
struct Polled {
    /// Bits that end a poll, and what they are then.
    exit: Condition,
    /// The end of the polls in words.
    until: String,
    /// The register's track, and the name of its events, once it has one.
    shown: Option<(Track, Name)>,
    /// The first and the last step of a poll that may go on, and its reads.
    open: Option<(Step, Step, u64)>,
}

/// What `patterns` says of a register, or of several at equal distances.
struct Listed {
    first: u64,
    stride: u64,
    elements: u64,
    exit: Condition,
}

/// The polls that `patterns` lists.
pub(super) struct Polls {
    /// The registers by device, BAR and width.
    listed: HashMap<(DeviceId, Space, u8), Vec<Listed>>,
    registers: HashMap<Register, Box<Polled>>,
    /// The waits that were not met, by the number of their first read.
    unmet: HashMap<u64, End>,
}

impl Polls {
    /// The polls of `trace`, which was studied.
    pub(super) fn find(
        trace: &mut Trace,
        study: &mut Study,
        filter: &Filter,
        unmet: HashMap<u64, End>,
    ) -> Result<Polls> {
        let found = patterns::of_study(trace, study, filter)?;
        let mut listed: HashMap<_, Vec<Listed>> = HashMap::new();
        let direct = |p: &&Pattern| p.site.port.is_none() && p.second.is_none();
        for p in found.iter().filter(|p| p.idiom == Idiom::POLL).filter(direct) {
            let Register { device, space, width, .. } = p.site.register;
            listed.entry((device, space, width)).or_default().extend(Listed::new(p));
        }
        Ok(Polls { listed, registers: HashMap::new(), unmet })
    }

    /// Takes a read step of `register`. A poll goes on where at most one other read lies between.
    pub(super) fn step(
        &mut self,
        step: &Step,
        register: Register,
        past: &Past,
        tracks: &mut Tracks,
        packets: &mut Packets<'_>,
    ) {
        let key = (register.device, register.space, register.width);
        let listed = self.listed.get(&key).and_then(|all| all.iter().find(|one| one.covers(register.offset)));
        let Some(listed) = listed else { return };
        let polled = self.registers.entry(register).or_insert_with(|| Box::new(Polled::new(listed)));
        let between = past.get(0).is_some_and(Step::is_read);
        let before = past.get(1).is_some_and(|s| s.is_read() && s.register == step.register);
        match &mut polled.open {
            Some((_, last, reads)) if between && before => (*last, *reads) = (*step, *reads + step.count),
            _ => {
                polled.close(register, &self.unmet, tracks, packets);
                polled.open = Some((*step, *step, step.count));
            }
        }
    }

    /// Ends the polls of all registers.
    pub(super) fn close(&mut self, tracks: &mut Tracks, packets: &mut Packets<'_>) {
        let mut open: Vec<_> = self.registers.iter_mut().collect();
        // The same file each time, whatever the order of the map.
        open.sort_by_key(|(register, _)| **register);
        for (register, polled) in open {
            polled.close(*register, &self.unmet, tracks, packets);
        }
    }
}

impl Listed {
    fn new(pattern: &Pattern) -> Option<Listed> {
        let Pattern { stride, elements, .. } = *pattern;
        let exit = pattern.details.condition()?;
        Some(Listed { first: pattern.site.register.offset, stride, elements, exit })
    }

    fn covers(&self, offset: u64) -> bool {
        offset.checked_sub(self.first).is_some_and(|behind| match self.stride {
            0 => behind == 0,
            stride => behind.is_multiple_of(stride) && behind / stride < self.elements,
        })
    }
}

impl Polled {
    fn new(listed: &Listed) -> Polled {
        // The words name no device.
        let until = Speller::new(&Devices::default()).evidence(&listed.exit.evidence());
        Polled { exit: listed.exit, until, shown: None, open: None }
    }

    /// Writes the poll that was going on, if it had more than one read.
    fn close(
        &mut self,
        register: Register,
        unmet: &HashMap<u64, End>,
        tracks: &mut Tracks,
        packets: &mut Packets<'_>,
    ) {
        let Some((first, last, reads)) = self.open.take().filter(|(_, _, reads)| *reads > 1) else { return };
        let met = last.value & self.exit.mask == self.exit.value;
        let end = unmet.get(&first.index).copied().filter(|_| !met);
        let (track, name) = *self.shown.get_or_insert_with(|| {
            let name = format!("{} until {}", called(register), self.until);
            let track = tracks.below(register.device, Kind::Polls, &name, register.offset, packets);
            (track, packets.name(name))
        });
        let name = end.map_or(name, |end| packets.name(mmio_report::waits::end(end).to_owned()));
        let says = [
            ("reads", Value::Count(reads)),
            ("first value", Value::Hex(first.first)),
            ("last value", Value::Hex(last.value)),
            ("until", Value::Text(&self.until)),
            ("met", Value::Truth(met)),
            ("index", Value::Count(first.index)),
        ];
        packets.slice(track, (first.time, last.end_time), name, &says);
    }
}

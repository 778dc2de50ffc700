//! Polls, those of each register on a track of their own: two may overlap.

use std::collections::HashMap;

use mmio_format::{Filter, Register, Result, Trace};

use super::packets::{Name, Packets, Track, Value};
use super::tracks::{Kind, Tracks, called};
use mmio_analyze::names::parse_hex;
use mmio_analyze::patterns::{self, Kind as Idiom, Pattern, agrees};
use mmio_analyze::steps::{Past, Step};
use mmio_analyze::study::Study;

/// A register that is polled.
struct Polled {
    /// Bits that end a poll, and what they are then.
    mask: u64,
    value: u64,
    /// The same in words.
    until: String,
    /// Its track, and the name of its events, once it has one.
    shown: Option<(Track, Name)>,
    /// The first and the last step of a poll that may go on, and its reads.
    open: Option<(Step, Step, u64)>,
}

/// What `patterns` says of a register, or of several at equal distances.
struct Listed {
    first: u64,
    stride: u64,
    elements: u64,
    /// Bits that end a poll, and what they are then.
    mask: u64,
    value: u64,
}

/// The polls that `patterns` lists.
pub(super) struct Polls {
    /// For each device the first one that has its name.
    namesakes: Vec<usize>,
    /// By device, BAR and width.
    listed: HashMap<(usize, u8, u8), Vec<Listed>>,
    registers: HashMap<Register, Box<Polled>>,
}

impl Polls {
    /// Those of `trace`, which was studied.
    pub(super) fn find(trace: &mut Trace, study: &mut Study, filter: &Filter) -> Result<Polls> {
        let found = patterns::of_study(trace, study, filter)?;
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        let devices = trace.devices().iter();
        let namesakes: Vec<usize> =
            devices.map(|(id, device)| *by_name.entry(&device.name).or_insert(id.index())).collect();
        let mut listed: HashMap<_, Vec<Listed>> = HashMap::new();
        for p in found.iter().filter(|p| p.kind == Idiom::Poll && p.space.is_none() && p.offset2.is_none()) {
            if let (Some(&device), Some(one)) = (by_name.get(p.device.as_str()), Listed::new(p)) {
                listed.entry((device, p.bar, p.width)).or_default().push(one);
            }
        }
        Ok(Polls { namesakes, listed, registers: HashMap::new() })
    }

    /// A read step of `register`. A poll goes on where at most one other read lies between.
    pub(super) fn step(
        &mut self,
        step: &Step,
        register: Register,
        past: &Past,
        tracks: &mut Tracks,
        packets: &mut Packets<'_>,
    ) {
        let key = (self.namesakes[register.device.index()], register.bar(), register.width);
        let listed = self.listed.get(&key).and_then(|all| all.iter().find(|one| one.covers(register.offset)));
        let Some(listed) = listed else { return };
        let polled = self.registers.entry(register).or_insert_with(|| Box::new(Polled::new(listed)));
        let between = past.get(0).is_some_and(Step::is_read);
        let before = past.get(1).is_some_and(|s| s.is_read() && s.register == step.register);
        match &mut polled.open {
            Some((_, last, reads)) if between && before => (*last, *reads) = (*step, *reads + step.count),
            _ => {
                polled.close(register, tracks, packets);
                polled.open = Some((*step, *step, step.count));
            }
        }
    }

    /// Ends all polls.
    pub(super) fn close(&mut self, tracks: &mut Tracks, packets: &mut Packets<'_>) {
        for (register, polled) in &mut self.registers {
            polled.close(*register, tracks, packets);
        }
    }
}

impl Listed {
    fn new(pattern: &Pattern) -> Option<Listed> {
        Some(Listed {
            first: parse_hex(&pattern.offset)?,
            stride: pattern.stride.unwrap_or(0),
            elements: pattern.elements,
            mask: parse_hex(pattern.mask.as_deref()?)?,
            value: parse_hex(pattern.value.as_deref()?)?,
        })
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
        let Listed { mask, value, .. } = *listed;
        Polled { mask, value, until: agrees(mask, value), shown: None, open: None }
    }

    /// Writes the poll that was going on, if it had more than one read.
    fn close(&mut self, register: Register, tracks: &mut Tracks, packets: &mut Packets<'_>) {
        let Some((first, last, reads)) = self.open.take().filter(|(_, _, reads)| *reads > 1) else { return };
        let (track, name) = *self.shown.get_or_insert_with(|| {
            let name = format!("{} until {}", called(register), self.until);
            let track = tracks.below(register.device, Kind::Polls, &name, register.offset, packets);
            (track, packets.name(name))
        });
        let says = [
            ("reads", Value::Count(reads)),
            ("first value", Value::Hex(first.first)),
            ("last value", Value::Hex(last.value)),
            ("until", Value::Text(&self.until)),
            ("met", Value::Truth(last.value & self.mask == self.value)),
            ("index", Value::Count(first.index)),
        ];
        packets.slice(track, (first.time, last.end_time), name, &says);
    }
}

//! Polls, those of each register on a track of their own: two may overlap.

use std::collections::HashMap;

use mmio_format::Result;
use mmio_format::filter::Filter;
use mmio_format::trace::Trace;

use super::packets::{Name, Packets, Track, Value};
use super::tracks::{Kind, Tracks, called};
use crate::names::parse_hex;
use crate::patterns::{self, Kind as Idiom, Pattern, agrees};
use crate::register::Register;
use crate::steps::{Past, Step};
use crate::study::Study;

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

/// The polls that `patterns` lists.
pub(super) struct Polls {
    listed: Vec<Pattern>,
    /// Names of the devices.
    names: Vec<String>,
    registers: HashMap<Register, Option<Polled>>,
}

impl Polls {
    /// Those of `trace`, which was studied.
    pub(super) fn find(trace: &mut Trace, study: &mut Study, filter: &Filter) -> Result<Polls> {
        let found = patterns::of_study(trace, study, filter)?;
        let direct = |p: &Pattern| p.kind == Idiom::Poll && p.space.is_none() && p.offset2.is_none();
        let listed = found.into_iter().filter(direct).collect();
        let names = trace.devices().iter().map(|(_, device)| device.name.clone()).collect();
        Ok(Polls { listed, names, registers: HashMap::new() })
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
        let (listed, names) = (&self.listed, &self.names);
        let polled = self.registers.entry(register).or_insert_with(|| {
            let name = &names[usize::from(register.device)];
            listed.iter().find(|p| p.device == *name && covers(p, register)).and_then(Polled::new)
        });
        let Some(polled) = polled else { return };
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
            if let Some(polled) = polled {
                polled.close(*register, tracks, packets);
            }
        }
    }
}

/// Whether `register` is the one of a pattern, or one of its array.
fn covers(pattern: &Pattern, register: Register) -> bool {
    let behind = parse_hex(&pattern.offset).and_then(|first| register.offset.checked_sub(first));
    let one = |behind: u64| match pattern.stride {
        Some(stride) if stride > 0 => behind.is_multiple_of(stride) && behind / stride < pattern.elements,
        _ => behind == 0,
    };
    (pattern.bar, pattern.width) == (register.bar, register.width) && behind.is_some_and(one)
}

impl Polled {
    fn new(pattern: &Pattern) -> Option<Polled> {
        let (mask, value) = (parse_hex(pattern.mask.as_deref()?)?, parse_hex(pattern.value.as_deref()?)?);
        Some(Polled { mask, value, until: agrees(mask, value), shown: None, open: None })
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

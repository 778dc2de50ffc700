//! Writes and the reads that answer them, each pair of registers on a track of its own.

use std::collections::HashMap;

use mmio_format::{Filter, Register, Result, Trace};

use super::packets::{Name, Packets, Track, Value};
use super::tracks::{Kind, Tracks, called};
use mmio_analyze::latency::{Asked, chosen};
use mmio_analyze::pairs::{WINDOW, of_study};
use mmio_analyze::steps::{PAST, Past, Step};
use mmio_analyze::study::Study;
use mmio_analyze::waits::End;

/// Most pairs: the most frequent ones.
const TOP: usize = 20;

struct Pair {
    write: Asked,
    read: Register,
    /// The pair's track, and the name of its events, once it has one.
    shown: Option<(Track, Name)>,
    /// When the last answer was there.
    end: u64,
}

/// The pairs that `pairs` lists, of single registers.
pub(super) struct Answers {
    pairs: Vec<Pair>,
    /// Places in `pairs` by the register that is read.
    by_read: HashMap<Register, Vec<usize>>,
    /// The waits that were not met, by the number of their first read.
    pub(super) unmet: HashMap<u64, End>,
}

impl Answers {
    /// The pairs of `trace`, which was studied.
    pub(super) fn find(trace: &mut Trace, study: &mut Study, filter: &Filter) -> Result<Answers> {
        let found = of_study(trace, study, filter)?;
        let unmet = found.waits.unmet.iter().map(|wait| (wait.index, wait.end)).collect();
        let mut answers = Answers { pairs: Vec::new(), by_read: HashMap::new(), unmet };
        for (write, read) in chosen(&found, TOP) {
            answers.by_read.entry(read).or_default().push(answers.pairs.len());
            answers.pairs.push(Pair { write, read, shown: None, end: 0 });
        }
        Ok(answers)
    }

    /// Writes what `step`, which reads `read`, answers. `register` says what a step before accesses.
    pub(super) fn step(
        &mut self,
        step: &Step,
        read: Register,
        past: &Past,
        register: impl Fn(&Step) -> Register,
        tracks: &mut Tracks,
        packets: &mut Packets<'_>,
    ) {
        // A wait that was not met is not an answer.
        if self.unmet.contains_key(&step.index) {
            return;
        }
        let Some(places) = self.by_read.get(&read) else { return };
        for &place in places {
            let pair = &mut self.pairs[place];
            let recent = past.iter().take(WINDOW.min(PAST));
            let mut decides = recent.filter(|s| match s.is_write() {
                true => register(s) == pair.write.register,
                false => register(s) == pair.read,
            });
            let asks = |s: &&Step| s.is_write() && pair.write.is(pair.write.register, s.value);
            if let Some(write) = decides.next().filter(asks) {
                pair.show(place, step, write, tracks, packets);
            }
        }
    }
}

impl Pair {
    fn show(
        &mut self,
        place: usize,
        step: &Step,
        write: &Step,
        tracks: &mut Tracks,
        packets: &mut Packets<'_>,
    ) {
        let (track, name) = *self.shown.get_or_insert_with(|| {
            let (write, read) = (&self.write, self.read);
            let values: Vec<String> = write.values.iter().map(|value| format!("0x{value:x}")).collect();
            let values = if values.is_empty() { String::new() } else { format!(" = {}", values.join("|")) };
            let name = format!("W {}{values} → R {}", called(write.register), called(read));
            let track = tracks.below(read.device, Kind::Pair, &name, place as u64, packets);
            (track, packets.name(name))
        });
        let says = [
            ("written", Value::Hex(write.value)),
            ("read", Value::Hex(step.value)),
            ("reads", Value::Count(step.count)),
            ("index", Value::Count(write.index)),
        ];
        packets.slice(track, (write.time.max(self.end), step.end_time), name, &says);
        self.end = step.end_time;
    }
}

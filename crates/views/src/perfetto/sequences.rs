//! The occurrences of sequences, each sequence on a track of its own: two may overlap.

use mmio_format::{Filter, Result, Trace};

use super::packets::{Packets, Value};
use super::tracks::{Kind, Tracks};
use crate::clock::Clock;
use mmio_analyze::load::{Cut, load};
use mmio_analyze::seqs::{Options, Sequence, of_phases};
use mmio_analyze::stream::Stream;
use mmio_report::Speller;
use mmio_report::seqs::step_words;

/// Characters of a sequence's steps in the name of its track.
const NAME: usize = 60;

/// Writes the sequences that `seqs` lists, under the same numbers.
pub(super) fn write(
    trace: &mut Trace,
    filter: &Filter,
    clock: &Clock,
    tracks: &mut Tracks,
    packets: &mut Packets<'_>,
) -> Result<()> {
    let mut phases = load(trace, filter, Cut::default())?;
    for stream in phases.iter_mut().flat_map(|phase| &mut phase.streams) {
        let mut latest = 0;
        for (time, &index) in stream.time.iter_mut().zip(&stream.index) {
            latest = latest.max(clock.again(*time, index));
            *time = latest;
        }
    }
    let options = Options { occurrences: true, ..Options::default() };
    let found = of_phases(trace, &phases, &options, false);
    let speller = Speller::new(trace.devices());
    for (id, listed) in (1..).zip(&found.sequences) {
        let words = step_words(&found, speller, id);
        let words = words.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(", ");
        let cut =
            words.char_indices().nth(NAME).map_or(words.clone(), |(end, _)| format!("{}…", &words[..end]));
        let name = format!("#{id} {cut}");
        let track = tracks.below(listed.sequence.device, Kind::Sequence, &name, id as u64, packets);
        let streams = phases.iter().flat_map(|phase| &phase.streams);
        let Some(stream) = streams.clone().nth(listed.sequence.stream) else { continue };
        let event = packets.name(format!("#{id}"));
        for (times, index, length) in occurrences(&listed.sequence, stream) {
            let says = [("accesses", Value::Count(length)), ("index", Value::Count(index))];
            packets.slice(track, times, event, &says);
        }
    }
    Ok(())
}

/// First and last time, number of the first access, and accesses of each occurrence.
fn occurrences<'a>(
    sequence: &'a Sequence,
    stream: &'a Stream,
) -> impl Iterator<Item = ((u64, u64), u64, u64)> + 'a {
    sequence.occurrences.iter().filter_map(|occurrence| {
        let first = stream.index.binary_search(&occurrence.index).ok()?;
        let last = first + (occurrence.length as usize).max(1) - 1;
        Some(((stream.time[first], *stream.time.get(last)?), occurrence.index, occurrence.length))
    })
}

//! Accesses, polls, answers and sequences as a trace for Perfetto.

mod answers;
mod events;
mod packets;
mod polls;
mod proto;
mod rate;
mod sequences;
mod tracks;

use std::io::Write;

use mmio_format::{Filter, Result, Scope, Trace};

use super::Written;
use super::clock::Clock;
use super::look::{Look, lacks};
use super::losses::Losses;
use super::sink::Sink;
use answers::Answers;
use events::{Events, Steps, Whole};
use mmio_analyze::steps::Folder;
use mmio_analyze::study::{Study, where_to_look};
use mmio_format::walk::walk;
use packets::Packets;
use polls::Polls;
use tracks::Tracks;

/// Writes what passes `filter` as a trace of Perfetto, unless that is nothing, and returns in sentences what it does not
/// show as it is in the trace; the file says the same. `name` names the output in errors.
///
/// Memory goes with the number of registers, and for the sequences with that of accesses: as in `seqs`, 28 bytes each.
///
/// # Errors
/// As [`walk`], and [`mmio_format::Error::Io`] for `to`.
pub fn perfetto(trace: &mut Trace, filter: &Filter, to: &mut dyn Write, name: &str) -> Result<Written> {
    let mut look = Look::at(trace, filter)?;
    let summary = look.summary;
    if summary.is_in_vain() {
        return Ok(Written { summary, lacking: Vec::new() });
    }
    let mut study = Study::with_waits(trace, &Scope::of(&where_to_look(filter)))?;
    let answers = Answers::find(trace, &mut study, filter)?;
    let polls = Polls::find(trace, &mut study, filter, answers.unmet.clone())?;
    drop(study);
    let told = look.told();
    let mut packets = Packets::new(Sink::new(to));
    let whole = Whole {
        phases: packets.track(None, "phases", 1),
        markers: packets.track(None, "markers", 2),
        losses: packets.track(None, "losses", 3),
    };
    let first = look.first.unwrap_or(trace.start());
    notes(&mut packets, first, told.iter().cloned().chain(lacks(trace)));
    let mut tracks = Tracks::new(trace.devices());
    let steps = Steps {
        packets: &mut packets,
        tracks: &mut tracks,
        polls,
        answers,
        census: &mut look.census,
        names: Vec::new(),
    };
    let mut events = Events {
        steps,
        folder: Folder::default(),
        clock: Clock::default(),
        losses: Losses::of(trace),
        whole,
        rates: Vec::new(),
        first,
        span: look.clock.now().unwrap_or(first) - first,
        phase: None,
    };
    walk(trace, &Scope::of(filter), &mut events)?;
    events.end();
    sequences::write(trace, filter, &look.clock, &mut tracks, &mut packets)?;
    packets.finish(name)?;
    Ok(Written { summary, lacking: told })
}

/// What is not as in the trace, where a reader of the file sees it: at the beginning.
fn notes(packets: &mut Packets<'_>, first: u64, sentences: impl Iterator<Item = String>) {
    let mut track = None;
    for sentence in sentences {
        let track = *track.get_or_insert_with(|| packets.track(None, "notes", 4));
        let name = packets.name(sentence);
        packets.instant(track, first, name, &[]);
    }
}

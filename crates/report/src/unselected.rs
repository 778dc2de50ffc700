//! The sentence on a filter that selects nothing.

use mmio_analyze::unselected::{Markers, Unselected};
use mmio_format::Filter;

use crate::Speller;
use crate::numbers::{counted, grouped, seconds};

/// Most devices or BARs that are named, and most letters of a marker.
const MOST: usize = 20;
const LETTERS: usize = 80;

/// The sentence, without a full stop: `0 of 4,808 accesses pass --bar 3; accesses go to 00:02.0 bar 0`.
pub fn text(found: &Unselected, filter: &Filter, speller: Speller<'_>) -> String {
    let mut out = format!("0 of {} pass {filter}", counted(found.accesses, "access", "accesses"));
    let mut say = |words: String| out += &format!("; {words}");
    if let Some((start, end)) = found.time {
        say(format!("the trace goes from {} to {} s", seconds(start), seconds(end)));
    }
    if let Some(found) = &found.markers {
        say(markers(found));
    }
    if !found.bars.is_empty() {
        let bar = |&(device, bar): &_| format!("{} bar {bar}", speller.device(device));
        say(format!("accesses go to {}", list(found.bars.iter().map(bar))));
    }
    if !found.devices.is_empty() {
        let device = |&device| speller.device(device).to_owned();
        say(format!("the devices with accesses are {}", list(found.devices.iter().map(device))));
    }
    out
}

fn markers(found: &Markers) -> String {
    let Markers { texts, more, .. } = found;
    let quoted = |text: &String| {
        let cut: String = text.chars().take(LETTERS).collect();
        let end = if cut.len() < text.len() { "…" } else { "" };
        format!("\"{}{end}\"", cut.escape_debug())
    };
    let all = texts.iter().map(quoted).collect::<Vec<_>>().join(", ");
    match more {
        0 if texts.is_empty() => "the trace has no marker".to_owned(),
        0 => format!("the markers are {all}"),
        more => format!("the markers are {all} and {} more", grouped(*more)),
    }
}

fn list(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MOST);
    let all = names.take(MOST).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{all} and {} more", grouped(more as u64)) } else { all }
}

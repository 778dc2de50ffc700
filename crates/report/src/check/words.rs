//! What went wrong, in sentences.

use mmio_analyze::check::{
    Dead, Divergence, Done, Finding, Hang, HangEnd, Lost, Moment, NoAccess, Trouble, Unparsed, Wide,
};

use crate::Speller;
use crate::numbers::{counted, grouped, hex, seconds};

/// The words of a finding, a sentence a line: first what it is, then what came before and next.
pub fn sentences(finding: &Finding, speller: Speller<'_>) -> Vec<String> {
    let words = Words { speller, bar: finding.site.map_or(0, |site| site.bar()) };
    match &finding.trouble {
        Trouble::Dead(dead) => words.dead(dead),
        Trouble::Wait(hang) => words.hang(hang),
        Trouble::Divergence(divergence) => words.divergence(divergence),
        Trouble::NoAccess(none) => vec![no_access(none)],
        Trouble::Damaged(sentence) => vec![format!("the file could be read only in part: {sentence}")],
        Trouble::Lost(lost) => vec![self::lost(lost)],
        Trouble::Wide(wide) => vec![Words::wide(wide)],
        Trouble::Unparsed(unparsed) => vec![self::unparsed(unparsed)],
        _ => Vec::new(),
    }
}

struct Words<'a> {
    speller: Speller<'a>,
    /// The BAR that needs no name.
    bar: u8,
}

impl Words<'_> {
    /// An access: `W +0x20 = 0x1`, `R1 2:+0x8 = *`.
    fn done(&self, done: &Done) -> String {
        let Done { register, op, value } = *done;
        let width = match register.width {
            0 | 4 => String::new(),
            width => width.to_string(),
        };
        let bar = match register.bar() {
            bar if bar == self.bar => String::new(),
            bar => format!("{bar}:"),
        };
        let value = value.map_or(String::new(), |value| format!(" = {}", hex(value)));
        format!("{}{width} {bar}{}{value}", op.letter(), self.speller.register(register))
    }

    fn placed(&self, (moment, done): &(Moment, Done)) -> String {
        format!("{} at {} s, access {}", self.done(done), seconds(moment.time), grouped(moment.index))
    }

    fn dead(&self, dead: &Dead) -> Vec<String> {
        let value = dead.value.map_or("all ones".to_owned(), hex);
        let mut words = vec![format!(
            "{} of {} give {value}; {} of them gave something else before",
            counted(dead.reads, "read", "reads"),
            counted(dead.registers, "register", "registers"),
            grouped(dead.changed)
        )];
        let end = format!("the last one at {} s, access {}", seconds(dead.end.time), grouped(dead.end.index));
        words.push(match dead.recovered {
            true => format!("{end}; then the device answers again"),
            false => format!("{end}; no read gives anything else after"),
        });
        words.extend(dead.last_good.iter().map(|good| format!("last read before: {}", self.placed(good))));
        if let Some((oldest, _)) = dead.writes.last() {
            let writes: Vec<String> = dead.writes.iter().rev().map(|(_, done)| self.done(done)).collect();
            words.push(format!(
                "written just before, from access {} on: {}",
                grouped(oldest.index),
                writes.join(", ")
            ));
        }
        words
    }

    fn hang(&self, hang: &Hang) -> Vec<String> {
        let until = match (hang.condition, hang.end) {
            (Some(condition), _) => format!(" until {}", self.speller.evidence(&condition.evidence())),
            (None, HangEnd::Unknown) => ", for what is not known".to_owned(),
            (None, _) => String::new(),
        };
        let mut words = vec![format!(
            "{}{until}, in {} s; the last one gives {}",
            counted(hang.reads, "read", "reads"),
            seconds(hang.time),
            hex(hang.last)
        )];
        if hang.waits > 1 {
            let (waits, spent) = (grouped(hang.waits), seconds(hang.spent));
            words.push(format!("{waits} such waits, {spent} s in all; this one is the longest"));
        }
        words.push(match (hang.met, hang.met_reads) {
            (0, _) => "no wait for this register was met".to_owned(),
            (met, None) => format!("{} for this register {} met", counted(met, "wait", "waits"), was(met)),
            (met, Some(reads)) => format!(
                "{} for this register {} met, after at most {}",
                counted(met, "wait", "waits"),
                was(met),
                counted(reads.max, "read", "reads")
            ),
        });
        words.push(match (&hang.next, hang.end) {
            (Some(next), _) => format!("then {}", self.placed(next)),
            (None, HangEnd::End) => "nothing comes after it on this device".to_owned(),
            (None, _) => "what came next is not known".to_owned(),
        });
        words
    }

    fn divergence(&self, d: &Divergence) -> Vec<String> {
        let usual: Vec<String> = d.usual.iter().map(|&value| hex(value)).collect();
        let [earlier, last] = d.before.each_ref().map(|done| self.done(done));
        let mut words = vec![format!(
            "gives {} where it gave {} in all {} rounds before, after {earlier} and {last}",
            hex(d.value),
            usual.join(" or "),
            grouped(d.rounds)
        )];
        let usual = d.usual_next.as_ref().map(|done| self.done(done));
        words.extend(match (d.next.as_ref().map(|done| self.done(done)), usual) {
            (Some(next), Some(usual)) if next == usual => Some(format!("then {next}, as in all rounds")),
            (Some(next), Some(usual)) => {
                Some(format!("then {next}, where {usual} came in all rounds before"))
            }
            (Some(next), None) => Some(format!("then {next}")),
            (None, _) => None,
        });
        words.push(match d.later {
            0 => "these steps are not done again".to_owned(),
            later => format!("as before in {} after", counted(later, "round", "rounds")),
        });
        words
    }

    fn wide(wide: &Wide) -> String {
        let values = counted(wide.values, "value has", "values have");
        format!("{values} bits above the width of the access; the first one is {}", hex(wide.first))
    }
}

fn was(n: u64) -> &'static str {
    if n == 1 { "was" } else { "were" }
}

fn no_access(none: &NoAccess) -> String {
    match none.mappings {
        0 => "no mapping and no access was recorded: most often the driver was loaded before the tracer was on; load it again".to_owned(),
        mappings => format!("{} made and not used", counted(mappings, "mapping was", "mappings were")),
    }
}

fn lost(lost: &Lost) -> String {
    let places = lost.first.iter().map(|&(index, events)| match events {
        Some(events) => format!("{} before access {}", grouped(events), grouped(index)),
        None => format!("some before access {}", grouped(index)),
    });
    let places: Vec<String> = places.collect();
    let more = if lost.places > places.len() as u64 { ", …" } else { "" };
    format!(
        "{} lost in {}: {}{more}",
        counted(lost.events, "event", "events"),
        counted(lost.places, "place", "places"),
        places.join(", ")
    )
}

fn unparsed(unparsed: &Unparsed) -> String {
    let first: Vec<String> = unparsed.first.iter().map(|&line| grouped(line)).collect();
    let more = if unparsed.lines > first.len() as u64 { ", …" } else { "" };
    let lines = counted(unparsed.lines, "line is not a record", "lines are not records");
    let numbers = if unparsed.lines == 1 { "line" } else { "lines" };
    format!("{lines}: {numbers} {}{more}", first.join(", "))
}

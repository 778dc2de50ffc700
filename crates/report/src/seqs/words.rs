//! Steps as an engineer would write them on a whiteboard.

use mmio_analyze::seqs::{Behind, Item, Report, Step, Value};

use super::nesting::{Piece, pieces};
use crate::Speller;
use crate::numbers::{grouped, hex};

/// The steps of sequence `id`, counted from 1, as the list writes them, each with its operation (`R`, `W`).
/// Listed sequences inside this one are written as their numbers, and have none. Nothing where the list does
/// not have such a sequence.
pub fn step_words(report: &Report, speller: Speller<'_>, id: usize) -> Vec<(Option<char>, String)> {
    let Some(listed) = id.checked_sub(1).and_then(|at| report.sequences.get(at)) else { return Vec::new() };
    let numbered = || report.sequences.iter().enumerate().map(|(i, l)| (i + 1, l));
    let others: Vec<_> =
        numbered().filter(|(_, l)| l.mark == listed.mark).map(|(i, l)| (i, &l.sequence)).collect();
    let writer = Words { devices: report.interleaved.then_some(speller), bars: bars(&listed.sequence.steps) };
    let mut words = Vec::new();
    for piece in pieces(&listed.sequence.steps, id, &others) {
        match piece {
            Piece::Item(item) => writer.items(std::slice::from_ref(item), &mut words),
            Piece::Listed { id, times: 1 } => words.push((None, format!("[#{id}]"))),
            Piece::Listed { id, times } => words.push((None, format!("[#{id}] ×{times}"))),
        }
    }
    words
}

/// Whether steps are in a BAR other than 0.
fn bars(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Step(step) => step.register.bar() != 0,
        Item::Loop { steps, .. } => bars(steps),
    })
}

struct Words<'a> {
    /// The names of the devices, where each step has its own.
    devices: Option<Speller<'a>>,
    /// Whether BARs are named.
    bars: bool,
}

impl Words<'_> {
    fn items(&self, items: &[Item], out: &mut Vec<(Option<char>, String)>) {
        for item in items {
            match item {
                Item::Step(step) => out.push((Some(step.op.letter()), self.step(step))),
                Item::Loop { steps, repeat } => {
                    let start = out.len();
                    self.items(steps, out);
                    if let Some(first) = out.get_mut(start) {
                        first.1.insert(0, '{');
                    }
                    if let Some(last) = out.last_mut() {
                        last.1 += &format!("}}{}", times(*repeat));
                    }
                }
            }
        }
    }

    /// A step in words: `W +0x20 = *`, `R1 1:+0x8 ×3–90 until &0x10 = 0x10`.
    fn step(&self, s: &Step) -> String {
        let mut out = String::from(s.op.letter());
        let register = s.register;
        if register.width != 4 && register.width != 0 {
            out += &register.width.to_string();
        }
        out.push(' ');
        if let Some(speller) = self.devices {
            out += &format!("{} ", speller.device(register.device));
        }
        if self.bars {
            out += &format!("{}:", register.bar());
        }
        out += &format!("+{}", hex(register.offset));
        if s.stride != 0 {
            out += &format!("…+{} by {}", hex(register.offset.saturating_add(s.span)), s.stride);
        }
        match s.behind {
            Some(Behind::Index(index)) => out += &format!("[{}]", hex(index)),
            Some(Behind::Varies) => out += "[*]",
            None => {}
        }
        out += &match &s.value {
            Value::Fixed(v) => format!(" = {}", hex(*v)),
            Value::OneOf(v) => {
                format!(" = {}", v.iter().map(|&v| hex(v)).collect::<Vec<_>>().join("|"))
            }
            Value::Stride(by) => format!(" = {by:+} each"),
            Value::Free => " = *".into(),
            Value::Absent => String::new(),
        };
        out += &times(s.repeat);
        if let Some(exit) = s.exit {
            out += &format!(" until &{} = {}", hex(exit.mask), hex(exit.value));
            if exit.never > 0 {
                out += &format!(", {} of {} never", grouped(exit.never), grouped(exit.ended + exit.never));
            }
        }
        out
    }
}

fn times(repeat: [u32; 2]) -> String {
    match repeat {
        [1, 1] => String::new(),
        [n, m] if n == m => format!(" ×{n}"),
        [n, m] => format!(" ×{n}–{m}"),
    }
}

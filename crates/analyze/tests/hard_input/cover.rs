//! What a sequence says, as text and held against the accesses of its occurrences.

use std::collections::BTreeSet;

use mmio_analyze::seqs::{Found, Item, Sequence, Step, Value};
use mmio_analyze::stream::Stream;
use mmio_format::Register;

use super::inputs::APART;

/// The sequences as `COUNT: STEPS`.
pub(crate) fn listed(report: &Found) -> Vec<String> {
    report.sequences.iter().map(|sequence| format!("{}: {}", sequence.count, text(&sequence.steps))).collect()
}

/// Steps as registers: `0…9 by 3 ×4` is a walk, `{0 1} ×2–5` a loop.
pub(crate) fn text(items: &[Item]) -> String {
    let times = |[least, most]: [u32; 2]| match (least, most) {
        (1, 1) => String::new(),
        (least, most) if least == most => format!(" ×{least}"),
        (least, most) => format!(" ×{least}–{most}"),
    };
    let item = |item: &Item| match item {
        Item::Loop { steps, repeat } => format!("{{{}}}{}", text(steps), times(*repeat)),
        Item::Step(step) => {
            let (register, by) = (step.register.offset / APART, step.stride / APART as i64);
            let last = register + step.span / APART;
            let walk = if by == 0 { String::new() } else { format!("…{last} by {by}") };
            format!("{register}{walk}{}", times(step.repeat))
        }
    };
    items.iter().map(item).collect::<Vec<_>>().join(" ")
}

/// Steps, those in loops too.
pub(crate) fn steps(items: &[Item]) -> usize {
    let steps = |item: &Item| match item {
        Item::Step(_) => 1,
        Item::Loop { steps, .. } => self::steps(steps),
    };
    items.iter().map(steps).sum()
}

/// Marks the accesses that the occurrences of a sequence cover, and returns the first and the last one of
/// those that are not what its steps say; panics where its counts are not those of the occurrences.
pub(crate) fn cover(sequence: &Sequence, stream: &Stream, covered: &mut [bool]) -> Vec<(usize, usize)> {
    let (mut free, mut mistakes) = (0, Vec::new());
    for occurrence in &sequence.occurrences {
        let (start, length) = (occurrence.index as usize, occurrence.length as usize);
        assert!(start >= free, "occurrences overlap at access {start}");
        free = start + length;
        if !ends(&sequence.steps, stream, start).contains(&free) {
            mistakes.push((start, free - 1));
        }
        covered[start..free].fill(true);
    }
    let lengths = || sequence.occurrences.iter().map(|occurrence| occurrence.length);
    assert_eq!(sequence.count, lengths().count() as u64);
    assert_eq!(sequence.accesses, lengths().sum::<u64>());
    assert_eq!(
        Some(sequence.length),
        lengths().min().zip(lengths().max()).map(|(least, most)| [least, most])
    );
    assert_eq!(sequence.first.0, sequence.occurrences[0].index);
    mistakes
}

/// Everywhere that the steps can end when they start at an access.
fn ends(items: &[Item], stream: &Stream, start: usize) -> BTreeSet<usize> {
    let mut at = BTreeSet::from([start]);
    for item in items {
        at = at.into_iter().flat_map(|start| ends_of_item(item, stream, start)).collect();
    }
    at
}

fn ends_of_item(item: &Item, stream: &Stream, start: usize) -> BTreeSet<usize> {
    match item {
        Item::Step(step) => {
            let [least, most] = step.repeat.map(|count| count as usize);
            let fit =
                (start..stream.len()).take(most).take_while(|&at| fits(step, stream, start, at)).count();
            (least..=fit).map(|count| start + count).collect()
        }
        Item::Loop { steps, repeat: [least, most] } => {
            let (mut at, mut found) = (BTreeSet::from([start]), BTreeSet::new());
            for round in 1..=*most {
                at = at.into_iter().flat_map(|start| ends(steps, stream, start)).collect();
                if at.is_empty() {
                    break;
                }
                if round >= *least {
                    found.extend(&at);
                }
            }
            found
        }
    }
}

/// Whether an access is one of those of a step that began at `start`.
fn fits(step: &Step, stream: &Stream, start: usize, at: usize) -> bool {
    let symbol = |at: usize| stream.symbols[stream.symbol[at] as usize];
    let found = symbol(at);
    let moved = at == start
        || found.register.offset == symbol(at - 1).register.offset.wrapping_add_signed(step.stride);
    let value = match &step.value {
        Value::Fixed(value) => stream.value[at] == *value,
        Value::OneOf(values) => values.contains(&stream.value[at]),
        _ => true,
    };
    let first = step.register.offset;
    let found_at = Register { offset: first, ..found.register };
    (found_at, found.op) == (step.register, step.op)
        && (first..=first + step.span).contains(&found.register.offset)
        && moved
        && value
}

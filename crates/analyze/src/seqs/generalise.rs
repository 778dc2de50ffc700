//! From the matches of a pattern to steps with counts and values.

use super::found::{Item, Step, Value};
use super::matching::{Place, Sink, Source};
use super::pattern::{Kind, Node};
use super::token::Walk;
use super::values::Values;
use mmio_format::{Op, Register};

/// What all matches have to say about each node.
pub(super) struct Facts {
    /// How often each node was done in a row: fewest, most.
    pub times: Vec<[u32; 2]>,
    /// How often it was done at all, how often more than once in a row, and all times together.
    pub done: Vec<[u32; 3]>,
    values: Vec<Values>,
    /// Lowest first offset and highest offset of each walk slot.
    range: Vec<Option<(u64, u64)>>,
}

impl Facts {
    /// Which leaves have values that vary.
    pub(super) fn holes(&self) -> Vec<bool> {
        let seen = self.values.iter().zip(&self.range);
        seen.map(|(values, range)| range.is_some() && !matches!(values.value(8), Value::Fixed(_))).collect()
    }

    /// Leaves with these numbers whose value is always the same.
    pub(super) fn fixed(&self, numbers: std::ops::Range<usize>) -> usize {
        numbers.filter(|&id| matches!(self.values[id].value(8), Value::Fixed(_))).count()
    }

    /// How little the leaves with these numbers vary: a fixed value counts more than a fixed count.
    pub(super) fn steady(&self, numbers: std::ops::Range<usize>) -> usize {
        let leaf = |id: usize| {
            let value = match self.values[id].value(8) {
                Value::Fixed(_) => 2,
                Value::OneOf(_) | Value::Stride(_) => 1,
                Value::Absent | Value::Free => 0,
            };
            value + usize::from(self.range[id].is_some() && self.times[id][0] == self.times[id][1])
        };
        numbers.map(leaf).sum()
    }
}

struct Gather<'a> {
    source: &'a Source<'a>,
    facts: Facts,
    occurrence: usize,
}

impl Sink for Gather<'_> {
    fn run(&mut self, leaf: usize, start: u32, count: u32) {
        let range = start as usize..(start + count) as usize;
        self.facts.values[leaf].add_run(&self.source.stream.value[range], self.occurrence);
        let symbol = self.source.stream.symbol[start as usize];
        let offset = self.source.stream.symbols[symbol as usize].register.offset;
        let seen = self.facts.range[leaf].get_or_insert((offset, offset));
        *seen = (seen.0.min(offset), seen.1.max(offset));
    }

    fn times(&mut self, node: usize, times: u32) {
        let [least, most] = &mut self.facts.times[node];
        (*least, *most) = ((*least).min(times), (*most).max(times));
        let [all, more, sum] = &mut self.facts.done[node];
        (*all, *more, *sum) = (*all + 1, *more + u32::from(times > 1), sum.saturating_add(times));
    }
}

/// The facts of all matches.
pub(super) fn gather(source: &Source, nodes: &[Node], numbers: usize, places: &[Place]) -> Facts {
    let facts = Facts {
        times: vec![[u32::MAX, 0]; numbers],
        done: vec![[0; 3]; numbers],
        values: vec![Values::default(); numbers],
        range: vec![None; numbers],
    };
    let mut gather = Gather { source, facts, occurrence: 0 };
    for (i, place) in places.iter().enumerate() {
        gather.occurrence = i;
        source.tell(nodes, place, &mut gather);
    }
    gather.facts
}

/// Most values of one occurrence.
const VALUES: usize = 256;

/// Collects the values of the leaves that vary.
struct Holes<'a> {
    source: &'a Source<'a>,
    holes: &'a [bool],
    values: Vec<u64>,
}

impl Sink for Holes<'_> {
    fn run(&mut self, leaf: usize, start: u32, count: u32) {
        let left = VALUES - self.values.len();
        if self.holes[leaf] && left > 0 {
            let range = start as usize..start as usize + left.min(count as usize);
            self.values.extend_from_slice(&self.source.stream.value[range]);
        }
    }

    fn times(&mut self, _: usize, _: u32) {}
}

/// The values of one occurrence at the leaves that vary, in order; the first 256.
pub(super) fn hole_values(source: &Source, nodes: &[Node], holes: &[bool], place: &Place) -> Vec<u64> {
    let mut sink = Holes { source, holes, values: Vec::new() };
    source.tell(nodes, place, &mut sink);
    sink.values
}

/// The steps of a pattern.
pub(super) fn items(source: &Source, nodes: &[Node], facts: &Facts) -> Vec<Item> {
    let mut items = Vec::new();
    for node in nodes {
        let repeat = facts.times[node.id];
        match &node.kind {
            Kind::Run(symbol) => items.push(Item::Step(run(source, *symbol, node.id, facts))),
            Kind::Walk(walk) => items.push(table(walk, node.id, repeat, facts)),
            Kind::Loop(body) => {
                let mut steps = self::items(source, body, facts);
                if repeat == [1, 1] {
                    items.append(&mut steps);
                } else {
                    items.push(Item::Loop { steps, repeat });
                }
            }
        }
    }
    fold(items)
}

fn run(source: &Source, symbol: u32, id: usize, facts: &Facts) -> Step {
    let symbol = source.stream.symbols[symbol as usize];
    let values = &facts.values[id];
    let repeat = facts.times[id];
    let poll = symbol.op == Op::Read && repeat[1] > 1;
    Step {
        register: symbol.register,
        op: symbol.op,
        value: values.value(symbol.register.width),
        repeat,
        stride: 0,
        span: 0,
        exit: if poll { values.exit(symbol.register.width) } else { None },
        behind: None,
    }
}

fn table(walk: &Walk, id: usize, repeat: [u32; 2], facts: &Facts) -> Item {
    let single = walk.slots.len() == 1;
    let slot = |(i, slot): (usize, &super::token::Slot)| {
        let leaf = id + 1 + i;
        let first = slot.symbol.register;
        let (low, high) = facts.range[leaf].unwrap_or((first.offset, first.offset));
        let stride = slot.stride as i64;
        let offset = if walk.anywhere || stride < 0 { low } else { first.offset };
        Step {
            register: Register { offset, ..first },
            op: slot.symbol.op,
            value: facts.values[leaf].value(first.width),
            repeat: if single { repeat } else { [1, 1] },
            stride,
            span: high - low,
            exit: None,
            behind: None,
        }
    };
    let mut steps: Vec<Item> = walk.slots.iter().enumerate().map(slot).map(Item::Step).collect();
    if single { steps.remove(0) } else { Item::Loop { steps, repeat } }
}

/// Longest body looked for when steps are folded.
const BODY: usize = 32;

/// Folds equal steps in a row into loops: three rounds, or two of a body worth a line.
pub(super) fn fold(items: Vec<Item>) -> Vec<Item> {
    let mut folded: Vec<Item> = Vec::new();
    let mut at = 0;
    while at < items.len() {
        let rest = &items[at..];
        let best = (1..=BODY.min(rest.len() / 2)).find_map(|body| {
            let mut steps = rest[..body].to_vec();
            let mut rounds = 1;
            while let Some(next) = rest.get(rounds * body..(rounds + 1) * body) {
                let Some(joined) = steps.iter().zip(next).map(|(a, b)| join(a, b)).collect() else { break };
                steps = joined;
                rounds += 1;
            }
            let worth = rounds >= 3 || (rounds == 2 && body >= 2);
            (worth && !(body == 1 && foldable(&rest[0]))).then_some((body, rounds, steps))
        });
        if let Some((body, rounds, steps)) = best {
            folded.push(Item::Loop { steps, repeat: [rounds as u32; 2] });
            at += body * rounds;
        } else {
            folded.push(rest[0].clone());
            at += 1;
        }
    }
    folded
}

/// One item for two, if they differ in nothing but the counts of polls.
fn join(a: &Item, b: &Item) -> Option<Item> {
    match (a, b) {
        (Item::Loop { steps, repeat }, Item::Loop { steps: others, repeat: counts }) => {
            let same = steps.len() == others.len();
            let steps = steps.iter().zip(others).map(|(a, b)| join(a, b)).collect::<Option<_>>()?;
            same.then_some(Item::Loop { steps, repeat: union(*repeat, *counts) })
        }
        (Item::Step(a), Item::Step(b)) => {
            let polls = a.op == Op::Read && a.stride == 0 && a.repeat[1].max(b.repeat[1]) > 1;
            let mut step = a.clone();
            if polls {
                step.repeat = union(a.repeat, b.repeat);
                step.exit = a.exit.zip(b.exit).and_then(|(a, b)| a.with(b));
                step.value = if a.value == b.value { step.value } else { Value::Free };
            }
            let value = if polls { step.value.clone() } else { b.value.clone() };
            let other = Step {
                value,
                repeat: if polls { step.repeat } else { b.repeat },
                exit: if polls { step.exit } else { b.exit },
                ..b.clone()
            };
            (step == other).then_some(Item::Step(step))
        }
        _ => None,
    }
}

fn union(a: [u32; 2], b: [u32; 2]) -> [u32; 2] {
    [a[0].min(b[0]), a[1].max(b[1])]
}

/// Whether equal items in a row are one item already (loops of a loop say nothing).
fn foldable(item: &Item) -> bool {
    match item {
        Item::Loop { .. } => true,
        Item::Step(step) => step.value == Value::Absent,
    }
}

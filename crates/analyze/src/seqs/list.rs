//! The list: which sequences of the parsed streams are worth a reader's time.

use super::generalise::{gather, items};
use super::cost::Prices;
use super::pattern::{Kind, MANY, Node, Place, Source, first_symbol, from_tokens, number as number_nodes};
use super::refine::{Noise, Refined, finish, refine, write_out};
use super::report::{Item, Occurrence, Sequence, Value};
use super::shape::all_same;
use super::token::{Dictionary, Meaning, Tokens};
use super::{Options, split};
use std::sync::Mutex;

/// Accesses in a walk or a poll that make it worth listing on its own.
const LONG: u64 = 64;

/// Lines that a walk or a poll must save to be worth listing on its own.
const ALONE: f64 = 12.0;

/// A sequence before it is written down.
pub(super) struct Draft {
    pub refined: Refined,
    steps: Vec<Item>,
    own: Vec<bool>,
    /// Whether it is the body of a long loop of another.
    inner: bool,
    /// Fewest own occurrences.
    least: usize,
    saved: f64,
}

/// The sequences of one stream, those that save most first; and which accesses they cover.
pub(super) fn list(
    number: usize,
    source: &Source,
    tokens: &Tokens,
    dictionary: &Dictionary,
    options: &Options,
) -> Vec<(Sequence, Vec<(u32, u32)>)> {
    let prices = Prices::new(source.stream, source.runs, dictionary);
    let noise = Noise::new(source.stream.symbols.len(), tokens);
    let drafts = in_parallel(patterns(tokens, dictionary, options), |nodes| {
        drafts(source, &prices, &noise, nodes, options)
    });
    let mut drafts: Vec<Draft> = drafts.into_iter().flatten().collect();
    drop_special_cases(source, &mut drafts);
    own(source.stream.len(), &mut drafts);
    drafts.retain(|draft| {
        split::is_more_than_chance(source, &prices, &noise, &draft.refined, &draft.own_places())
    });
    drafts.sort_by(|a, b| b.saved.total_cmp(&a.saved).then(a.start().cmp(&b.start())));
    drafts.into_iter().take(options.top).map(|d| d.write(number, source, options)).collect()
}

/// A pattern as drafts: it, its variants, the bodies of its long loops.
fn drafts(source: &Source, prices: &Prices, noise: &Noise, nodes: Vec<Node>, options: &Options) -> Vec<Draft> {
    if nodes.len() == 1 {
        return draft(source, finish(source, nodes), options).into_iter().collect();
    }
    let mut drafts = Vec::new();
    for refined in split::variants(source, prices, refine(source, noise, nodes)) {
        for body in long_loops(source, &refined) {
            let body = draft(source, refine(source, noise, body), options);
            drafts.extend(body.map(|draft| Draft { inner: true, ..draft }));
        }
        drafts.extend(draft(source, refined, options));
    }
    drafts
}

/// Does the work on two threads; the results are in the order of the input.
fn in_parallel<T: Send, R: Send>(work: Vec<T>, run: impl Fn(T) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(work.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    let worker = || {
        while let Some((i, item)) = next.lock().ok().and_then(|mut next| next.next()) {
            let result = run(item);
            if let Ok(mut done) = done.lock() {
                done.push((i, result));
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(worker);
        worker();
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The patterns of the tokens that were left, those with most accesses first.
fn patterns(tokens: &Tokens, dictionary: &Dictionary, options: &Options) -> Vec<Vec<Node>> {
    let mut accesses = vec![0u64; dictionary.len()];
    for (i, &id) in tokens.id.iter().enumerate() {
        let count = u64::from(tokens.accesses(i));
        // A register on its own is a sequence only where it is polled or filled.
        let alone = dictionary.is_register(id);
        if !alone || count >= 3 {
            accesses[id as usize] += count;
        }
    }
    let mut order: Vec<u32> = (0..accesses.len() as u32).filter(|&id| accesses[id as usize] > 0).collect();
    order.sort_by_key(|&id| (std::cmp::Reverse(accesses[id as usize]), id));
    order.truncate(options.top.saturating_mul(2).saturating_add(30));
    let pattern = |&id: &u32| match dictionary.meaning(id) {
        Some(Meaning::Group(body)) => from_tokens(body, dictionary),
        None => vec![Node::new(Kind::Run(id), 3, MANY)],
        Some(Meaning::Walk(walk)) => vec![Node::new(Kind::Walk(walk.clone()), 4, MANY)],
        Some(Meaning::Break) => Vec::new(),
    };
    order.iter().map(pattern).filter(|nodes| !nodes.is_empty()).collect()
}

fn draft(source: &Source, refined: Refined, options: &Options) -> Option<Draft> {
    let mean = refined.places.iter().map(|p| u64::from(p.end - p.start)).sum::<u64>();
    // A long walk or poll is a repetition in itself.
    let alone = refined.nodes.len() == 1 && mean >= LONG * refined.places.len() as u64;
    let least = if alone { 1 } else { options.min_count.max(1) };
    if refined.places.len() < least {
        return None;
    }
    let mut refined = refined;
    let mut facts = gather(source, &refined.nodes, refined.numbers, &refined.places);
    // A variant may have counts that vary less.
    let mut nodes = write_out(source, refined.nodes.clone(), &facts);
    if !all_same(&nodes, &refined.nodes) {
        let numbers = number_nodes(&mut nodes, 0);
        refined = Refined { nodes, numbers, ..refined };
        facts = gather(source, &refined.nodes, refined.numbers, &refined.places);
    }
    let steps = items(source, &refined.nodes, &facts);
    let longest = refined.places.iter().map(|p| p.end - p.start).max().unwrap_or(0);
    if (longest as usize) < options.min_length {
        return None;
    }
    let own = vec![false; refined.places.len()];
    Some(Draft { refined, steps, own, inner: false, least, saved: 0.0 })
}

/// Rounds of a loop that make its body a sequence in its own right: on average, and where the
/// sequence around it is hardly repeated itself.
const ROUNDS: u32 = 64;
const ROUNDS_ONCE: u32 = 8;

/// The bodies of the loops that are most of what a sequence does.
fn long_loops(source: &Source, refined: &Refined) -> Vec<Vec<Node>> {
    if !refined.nodes.iter().any(|node| matches!(node.kind, Kind::Loop(_))) {
        return Vec::new();
    }
    let facts = gather(source, &refined.nodes, refined.numbers, &refined.places);
    let least = if refined.places.len() <= 2 { ROUNDS_ONCE } else { ROUNDS };
    let mut found = Vec::new();
    let mut open: Vec<&Node> = refined.nodes.iter().collect();
    while let Some(node) = open.pop() {
        let Kind::Loop(body) = &node.kind else { continue };
        let [all, _, sum] = facts.done[node.id];
        if sum / all.max(1) >= least {
            found.push(body.clone());
        } else {
            open.extend(body);
        }
    }
    found
}

/// Occurrences tried to see whether another pattern matches them as well.
const TRIED: usize = 16;

/// Drops patterns whose occurrences are all occurrences of a more general one.
fn drop_special_cases(source: &Source, drafts: &mut Vec<Draft>) {
    let general = |special: &Draft, other: &Draft| {
        let places = &special.refined.places;
        let more = other.refined.places.len() > places.len();
        let step = places.len().div_ceil(TRIED);
        let mut tried = places.iter().step_by(step);
        let same_start = first_symbol(&special.refined.nodes) == first_symbol(&other.refined.nodes);
        more && same_start && tried.all(|p| source.matches_at(&other.refined.nodes, p.from) == Some(p.end))
    };
    let special = |draft: &Draft| drafts.iter().any(|other| general(draft, other));
    let keep: Vec<bool> = drafts.iter().map(|draft| !special(draft)).collect();
    let mut keep = keep.into_iter();
    drafts.retain(|_| keep.next().unwrap_or(true));
}

/// Lines of a list of steps, and lines' worth of values an occurrence must name.
fn size(items: &[Item]) -> (f64, f64) {
    let mut total = (0.0, 0.0);
    for item in items {
        let (lines, holes) = match item {
            Item::Loop { steps, .. } => {
                let (lines, holes) = size(steps);
                (lines + 1.0, holes * 2.0)
            }
            Item::Step(step) => match step.value {
                Value::Fixed(_) | Value::Absent => (1.0, 0.0),
                Value::Stride(_) => (1.0, 0.1),
                Value::OneOf(_) => (1.0, 0.2),
                Value::Free => (1.0, 0.5),
            },
        };
        total = (total.0 + lines, total.1 + holes);
    }
    total
}

/// For each access, how many patterns cover it, and the count of the commonest one.
struct Cover {
    patterns: Vec<u16>,
    count: Vec<u32>,
}

impl Cover {
    fn new(length: usize, drafts: &[Draft]) -> Cover {
        let mut cover = Cover { patterns: vec![0; length], count: vec![0; length] };
        for draft in drafts {
            let count = draft.refined.places.len() as u32;
            for place in &draft.refined.places {
                let range = place.start as usize..place.end as usize;
                cover.patterns[range.clone()].iter_mut().for_each(|n| *n = n.saturating_add(1));
                cover.count[range].iter_mut().for_each(|most| *most = count.max(*most));
            }
        }
        cover
    }

    fn remove(&mut self, draft: &Draft) {
        for place in &draft.refined.places {
            let range = place.start as usize..place.end as usize;
            self.patterns[range].iter_mut().for_each(|n| *n -= 1);
        }
    }

    /// Whether these occurrences are just others, much commoner, that happen to be neighbours.
    fn is_adjacency(&self, own: &[&Place]) -> bool {
        let adjacent = |place: &&&Place| {
            let range = place.start as usize..place.end as usize;
            let others = self.patterns[range.clone()].iter().all(|&n| n > 1);
            others && self.count[range].iter().all(|&count| count as usize > 2 * own.len())
        };
        10 * own.iter().filter(adjacent).count() >= 9 * own.len()
    }
}

/// Gives each access to the longest sequence it is in, and scores the sequences by what is theirs.
fn own(length: usize, drafts: &mut Vec<Draft>) {
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    let rank = |d: &Draft| (size(&d.steps).0, d.accesses() as f64 / d.refined.places.len() as f64);
    order.sort_by(|&a, &b| {
        let (more, less) = (rank(&drafts[b]), rank(&drafts[a]));
        let first = drafts[a].start().cmp(&drafts[b].start());
        more.0.total_cmp(&less.0).then(more.1.total_cmp(&less.1)).then(first)
    });
    let mut cover = Cover::new(length, drafts);
    let mut taken = vec![Taken::Not; length];
    // Bodies of long loops come first; what is around them does not earn by them.
    order.sort_by_key(|&i| !drafts[i].inner);
    for i in order {
        let draft = &mut drafts[i];
        draft.claim(&taken);
        let inner = draft.inner;
        let own = draft.own_places();
        if draft.saved <= 0.0 || (draft.refined.nodes.len() > 1 && cover.is_adjacency(&own)) {
            draft.saved = 0.0;
            cover.remove(draft);
            continue;
        }
        for place in own {
            let by = if inner { Taken::ByBody } else { Taken::ByLonger };
            taken[place.start as usize..place.end as usize].fill(by);
        }
    }
    drafts.retain(|draft| draft.saved > 0.0);
}

/// Whether an access belongs to a sequence already.
#[derive(Clone, Copy, PartialEq)]
enum Taken {
    Not,
    /// To the body of a long loop.
    ByBody,
    /// To a longer sequence.
    ByLonger,
}

impl Draft {
    /// Finds the occurrences that are mostly free, and what they save.
    fn claim(&mut self, taken: &[Taken]) {
        let (lines, holes) = size(&self.steps);
        let (mut saved, mut count) = (-lines, 0);
        for (place, own) in self.refined.places.iter().zip(&mut self.own) {
            let range = place.start as usize..place.end as usize;
            let longer = taken[range.clone()].iter().filter(|&&t| t == Taken::ByLonger).count();
            if 2 * longer < range.len() {
                let free = taken[range].iter().filter(|&&t| t == Taken::Not).count();
                *own = true;
                count += 1;
                saved += free as f64 - 0.5 - holes.min(0.5 * free as f64);
            }
        }
        if self.refined.nodes.len() == 1 {
            saved -= ALONE;
        }
        self.saved = if count < self.least { 0.0 } else { saved };
    }

    /// The occurrences in no longer sequence.
    fn own_places(&self) -> Vec<&Place> {
        self.refined.places.iter().zip(&self.own).filter(|(_, own)| **own).map(|(p, _)| p).collect()
    }

    fn start(&self) -> u32 {
        self.refined.places[0].start
    }

    fn accesses(&self) -> u64 {
        self.refined.places.iter().map(|p| u64::from(p.end - p.start)).sum()
    }

    fn write(self, number: usize, source: &Source, options: &Options) -> (Sequence, Vec<(u32, u32)>) {
        let stream = source.stream;
        let first = self.start() as usize;
        let occurrence = |place: &Place| Occurrence {
            index: stream.index[place.start as usize],
            time: stream.time[place.start as usize],
            length: u64::from(place.end - place.start),
            values: Vec::new(),
        };
        let places = &self.refined.places;
        let wanted = if options.occurrences { places.len() } else { 0 };
        let sequence = Sequence {
            stream: number,
            device: stream.symbols[stream.symbol[first] as usize].device,
            count: places.len() as u64,
            accesses: self.accesses(),
            own: self.own_places().iter().map(|p| u64::from(p.end - p.start)).sum(),
            saved: self.saved,
            first: (stream.index[first], stream.time[first]),
            occurrences: places.iter().take(wanted).map(occurrence).collect(),
            steps: self.steps,
        };
        (sequence, places.iter().map(|p| (p.start, p.end)).collect())
    }
}

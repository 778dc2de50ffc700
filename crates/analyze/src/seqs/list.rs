//! The list: which sequences of the parsed streams are worth a reader's time.

use super::cost::Prices;
use super::found::{Occurrence, Sequence};
use super::generalise::{gather, hole_values, items};
use super::matching::{Place, Source};
use super::own::{Draft, own};
use super::pattern::{Kind, MANY, Node, first_symbol, from_tokens, number as number_nodes};
use super::refine::{Noise, Refined, finish, refine, trim, write_out};
use super::shape::all_same;
use super::token::{Dictionary, Meaning, Tokens};
use super::{Options, split};
use std::sync::Mutex;

/// Accesses in a walk or a poll that make it worth listing on its own.
const LONG: u64 = 24;

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
    drop_neighbours(&noise, &mut drafts);
    own(source.stream.len(), &mut drafts);
    drafts.retain(|draft| {
        split::is_more_than_chance(source, &prices, &noise, &draft.refined, &draft.own_places())
    });
    drafts.sort_by(|a, b| b.saved.total_cmp(&a.saved).then(a.start().cmp(&b.start())));
    drafts.into_iter().take(options.top).map(|d| d.write(number, source, options)).collect()
}

/// A pattern as drafts: it, its variants, the bodies of its long loops.
fn drafts(
    source: &Source,
    prices: &Prices,
    noise: &Noise,
    nodes: Vec<Node>,
    options: &Options,
) -> Vec<Draft> {
    if nodes.len() == 1 {
        return draft(source, finish(source, nodes), options).into_iter().collect();
    }
    let mut drafts = Vec::new();
    let variants = split::variants(source, prices, refine(source, noise, nodes));
    let several = variants.len() > 1;
    for refined in variants {
        let refined = if several { trim(source, noise, refined) } else { refined };
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
    let holes = facts.holes();
    Some(Draft { refined, steps, own, holes, inner: false, least, saved: 0.0 })
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
    let accesses: u64 = refined.places.iter().map(|p| u64::from(p.end - p.start)).sum();
    let once = refined.places.len() <= 2;
    let mut found = Vec::new();
    let mut open: Vec<&Node> = refined.nodes.iter().collect();
    while let Some(node) = open.pop() {
        let Kind::Loop(body) = &node.kind else { continue };
        let [all, _, sum] = facts.done[node.id];
        let rounds = sum / all.max(1);
        // Polls and inner loops in it make a round longer than it looks.
        let most = 4 * u64::from(sum) * body.len() as u64 >= accesses;
        if rounds >= ROUNDS || (once && most && rounds >= ROUNDS_ONCE) {
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

/// Drops patterns that are another one and an access of any value next to it, as often as noise
/// makes that.
fn drop_neighbours(noise: &Noise, drafts: &mut Vec<Draft>) {
    let by_chance = |draft: &Draft, other: &Draft, front: bool| {
        let (places, others) = (&draft.refined.places, &other.refined.places);
        let node = if front { draft.refined.nodes.first() } else { draft.refined.nodes.last() };
        let Some(Node { kind: Kind::Run(symbol), id, .. }) = node else { return false };
        let expected = others.len() as f64 * noise.share(*symbol);
        if places.len() as f64 > expected + 3.0 * expected.sqrt() + 2.0 || 3 * places.len() > others.len() {
            return false;
        }
        let inner = |p: &&Place| {
            let (start, end) = if front { (p.start + 1, p.end) } else { (p.start, p.end - 1) };
            others.binary_search_by_key(&start, |o| o.start).is_ok_and(|at| others[at].end == end)
        };
        draft.holes[*id] && 10 * places.iter().filter(inner).count() >= 9 * places.len()
    };
    let drop = |draft: &Draft| {
        let chance = |other: &Draft| [true, false].iter().any(|&front| by_chance(draft, other, front));
        drafts.iter().any(chance)
    };
    let keep: Vec<bool> = drafts.iter().map(|draft| !drop(draft)).collect();
    let mut keep = keep.into_iter();
    drafts.retain(|_| keep.next().unwrap_or(true));
}

impl Draft {
    fn write(self, number: usize, source: &Source, options: &Options) -> (Sequence, Vec<(u32, u32)>) {
        let stream = source.stream;
        let first = self.start() as usize;
        let occurrence = |place: &Place| Occurrence {
            index: stream.index[place.start as usize],
            time: stream.time[place.start as usize],
            length: u64::from(place.end - place.start),
            values: hole_values(source, &self.refined.nodes, &self.holes, place),
        };
        let places = &self.refined.places;
        let wanted = if options.occurrences { places.len() } else { 0 };
        let occurrences = places.iter().take(wanted).map(occurrence).collect();
        let lengths = places.iter().map(|p| u64::from(p.end - p.start));
        let sequence = Sequence {
            stream: number,
            device: stream.symbols[stream.symbol[first] as usize].register.device,
            count: places.len() as u64,
            accesses: self.accesses(),
            length: [lengths.clone().min().unwrap_or(0), lengths.max().unwrap_or(0)],
            own: self.own_places().iter().map(|p| u64::from(p.end - p.start)).sum(),
            saved: self.saved,
            first: (stream.index[first], stream.time[first]),
            occurrences,
            steps: self.steps,
        };
        (sequence, places.iter().map(|p| (p.start, p.end)).collect())
    }
}

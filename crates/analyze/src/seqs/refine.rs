//! From a token string to the pattern that a person would write, and all its matches.
//!
//! Three corrections. A loop done once everywhere is not a loop. Two or three writes of one
//! register are steps of their own, and so are two or three rounds of a loop: their values set
//! them apart (equal ones are folded again when the steps are written). And at the edges of a
//! sequence a neighbour that happens to be of the same register is not part of it.

use super::generalise::{Facts, gather};
use super::matching::{Place, Source};
use super::pattern::{Kind, MANY, Node, first_leaf_mut, last_leaf_mut, number};
use super::rounds::{absorb_rounds, loosen};
use super::shape::{all_same, join_rounds, peel_loops, turn_loops};
use super::token::Tokens;
use super::values::Values;
use mmio_format::Op;

/// A pattern and what matches it.
pub(super) struct Refined {
    pub nodes: Vec<Node>,
    pub numbers: usize,
    pub places: Vec<Place>,
}

/// Matches a pattern, corrects it by what was matched, and matches it again.
pub(super) fn refine(source: &Source, noise: &Noise, nodes: Vec<Node>) -> Refined {
    let first = extend(source, finish(source, nodes));
    let facts = gather(source, &first.nodes, first.numbers, &first.places);
    let mut nodes = first.nodes.clone();
    edges(source, &mut nodes, &first.places, noise);
    single(source, &mut nodes, &facts, true);
    single(source, &mut nodes, &facts, false);
    let nodes = primitive(write_out(source, nodes, &facts));
    let second = if all_same(&nodes, &first.nodes) { first } else { finish(source, nodes) };
    let joined = loosen(source, absorb_rounds(source, join_rounds(source, turn_loops(source, second))));
    let trimmed = trim(source, noise, turn_loops(source, peel_loops(source, joined)));
    absorb_rounds(source, trimmed)
}

/// Bounds what is at the edges now: more matches, or other steps there, may show what is foreign.
pub(super) fn trim(source: &Source, noise: &Noise, refined: Refined) -> Refined {
    if refined.places.is_empty() || refined.nodes.len() < 2 {
        return refined;
    }
    let mut nodes = refined.nodes.clone();
    edges(source, &mut nodes, &refined.places, noise);
    if all_same(&nodes, &refined.nodes) {
        return refined;
    }
    let trimmed = finish(source, nodes);
    if trimmed.places.len() >= refined.places.len() { trimmed } else { refined }
}

/// A sequence that is played right before (or after) a longer one that starts (or ends) with it
/// makes that look like a loop at the edge: one that is mostly done once.
fn single(source: &Source, nodes: &mut [Node], facts: &Facts, first: bool) {
    let node = if first { nodes.first_mut() } else { nodes.last_mut() };
    let Some(Node { kind: Kind::Loop(body), least, most, id, .. }) = node else { return };
    let [all, more, sum] = facts.done[*id];
    if facts.times[*id][0] == 1 {
        // Often on its own, it is a sequence that just happens to come before.
        let alone = || source.matches(body).len() as u32 >= sum + all / 2;
        if 10 * more <= 3 * all || (4 * more <= 3 * all && alone()) {
            (*least, *most) = (1, 1);
            single(source, body, facts, first);
        }
    }
}

/// Most steps added at an end.
const MORE: usize = 16;

/// Longest body of a loop looked for at an end.
const BODY: usize = 8;

/// Adds the neighbours that the matches share.
///
/// They are missing when noise before or after a single occurrence took them, when it looked
/// like one more round of a loop there, or when one more round of a loop is all that differs.
fn extend(source: &Source, mut refined: Refined) -> Refined {
    for _ in 0..MORE {
        let longer = [true, false].into_iter().find_map(|front| {
            let longer = extended(source, &refined.nodes, &refined.places, front);
            longer.or_else(|| extended_loop(source, &refined, front))
        });
        match longer {
            Some(longer) if longer.places.len() >= refined.places.len() => refined = longer,
            _ => break,
        }
    }
    refined
}

/// The pattern with the neighbour that nearly all of its matches share at one end.
fn extended(source: &Source, nodes: &[Node], places: &[Place], front: bool) -> Option<Refined> {
    if places.len() < 3 {
        return None;
    }
    let runs = source.runs;
    let neighbour = |p: &Place| {
        if front {
            (p.from.used == 0 && p.from.run > 0).then(|| runs.id[p.from.run - 1])
        } else {
            runs.id.get(source.run_at(p.end)?).copied()
        }
    };
    let symbol = source.common(places.iter().map(neighbour))?;
    let mut nodes = nodes.to_vec();
    nodes.insert(if front { 0 } else { nodes.len() }, Node::new(Kind::Run(symbol), 1, MANY));
    Some(finish(source, nodes))
}

/// The extended pattern after making a loop of the nodes at that end, if often one more round comes there.
fn extended_loop(source: &Source, refined: &Refined, front: bool) -> Option<Refined> {
    let Refined { nodes, places, .. } = refined;
    (2..=BODY.min(nodes.len().saturating_sub(1))).find_map(|length| {
        let (body, rest) = if front { nodes.split_at(length) } else { nodes.split_at(nodes.len() - length) };
        let (body, rest) = if front { (body, rest) } else { (rest, body) };
        let body_loop = Node::new(Kind::Loop(body.to_vec()), 1, MANY);
        let looped = if front { [&[body_loop], rest].concat() } else { [rest, &[body_loop]].concat() };
        let looped = finish(source, looped);
        let more =
            looped.places.iter().zip(places).filter(|(a, b)| a.end - a.start > b.end - b.start).count();
        let often = looped.places.len() == places.len() && 8 * more >= places.len();
        if often { extended(source, &looped.nodes, &looped.places, front) } else { None }
    })
}

/// Matches a pattern as it is.
pub(super) fn finish(source: &Source, mut nodes: Vec<Node>) -> Refined {
    let numbers = number(&mut nodes, 0);
    let places = source.matches(&nodes);
    Refined { nodes, numbers, places }
}

/// The shortest pattern that this one is a repetition of.
fn primitive(mut nodes: Vec<Node>) -> Vec<Node> {
    let whole = |p: &usize| {
        nodes.len().is_multiple_of(*p) && nodes.chunks_exact(*p).all(|chunk| all_same(chunk, &nodes[..*p]))
    };
    if let Some(period) = (1..=nodes.len() / 2).find(whole) {
        nodes.truncate(period);
    }
    nodes
}

/// Writes out loops and runs of a small, constant count.
pub(super) fn write_out(source: &Source, nodes: Vec<Node>, facts: &Facts) -> Vec<Node> {
    let mut written = Vec::new();
    for node in nodes {
        let [least, most] = facts.times[node.id];
        let few = (least == most && most <= 3) || node.most == 1;
        let most = most.min(node.most);
        match node.kind {
            Kind::Loop(body) => {
                let body = write_out(source, body, facts);
                if few {
                    for _ in 0..most {
                        written.extend(body.iter().cloned());
                    }
                } else {
                    written.push(Node::new(Kind::Loop(body), 1, MANY));
                }
            }
            Kind::Run(symbol)
                if source.stream.symbols[symbol as usize].op == Op::Write && few && node.most == MANY =>
            {
                for _ in 0..most {
                    written.push(Node::new(Kind::Run(symbol), 1, 1));
                }
            }
            kind => written.push(Node { kind, ..node }),
        }
    }
    written
}

/// One end of all matches: the runs there, cut to the match, in the direction of the sequence.
struct End<'a> {
    runs: Vec<&'a [u64]>,
    /// Whether this end is the first leaf, so that what is foreign comes before the rest.
    leading: bool,
}

/// Bounds the first and the last run where part of them is foreign.
fn edges(source: &Source, nodes: &mut [Node], places: &[Place], noise: &Noise) {
    let values = &source.stream.value;
    let first = places.iter().map(|p| {
        let end = source.runs.start[p.from.run + 1].min(p.end);
        &values[p.start as usize..end as usize]
    });
    let first = End { runs: first.collect(), leading: true };
    let last = places.iter().map(|p| {
        let run = source.runs.start.partition_point(|&s| s < p.end) - 1;
        &values[source.runs.start[run].max(p.start) as usize..p.end as usize]
    });
    let last = End { runs: last.collect(), leading: false };
    if let Some(node) = first_leaf_mut(nodes) {
        first.bound(source, node, noise);
    }
    if let Some(node) = last_leaf_mut(nodes) {
        last.bound(source, node, noise);
    }
}

impl End<'_> {
    fn bound(&self, source: &Source, node: &mut Node, noise: &Noise) {
        let Kind::Run(symbol) = node.kind else { return };
        let Some(usual) = self.runs.iter().map(|run| run.len()).min() else { return };
        let longer = self.runs.iter().filter(|run| run.len() > usual).count();
        if longer == 0 {
            return;
        }
        let total = self.runs.len() as f64;
        let chance = noise.share(symbol);
        let allowed = (total * 2.0 * chance + 2.0 * (total * chance).sqrt()).max(1.0);
        // A neighbour that ends with a write of the same register is not one of its reads.
        let poll = source.stream.symbols[symbol as usize].op == Op::Read;
        let rare = 20 * longer <= self.runs.len() && self.runs.iter().all(|run| run.len() <= usual + 1);
        if (longer > 1 || usual > 1) && poll && (usual > 1 || !rare) && self.is_poll() {
            return;
        }
        if usual == 1 && longer as f64 <= total * 0.35 {
            (node.least, node.most) = (1, 1);
        } else if let Some(only) = self.usual_values() {
            node.only = only;
        } else if longer as f64 <= allowed.min(total / 4.0) {
            (node.least, node.most) = (usual as u32, usual as u32);
        }
    }

    /// Whether all runs together behave like a poll: a few values, and one that ends it.
    fn is_poll(&self) -> bool {
        let mut values = Values::default();
        self.runs.iter().for_each(|run| values.add_run(run, 0));
        values.is_few() && values.exit(8).is_some()
    }

    /// The few values that nearly all accesses have, if others occur at the outer end only.
    fn usual_values(&self) -> Option<Vec<u64>> {
        let mut seen: Vec<(u64, usize)> = Vec::new();
        let mut total = 0;
        for run in &self.runs {
            let mut here: Vec<u64> = Vec::new();
            // The inner end; a long poll shows its values there as well.
            let inner: &[u64] =
                if self.leading { &run[run.len().saturating_sub(16)..] } else { &run[..run.len().min(16)] };
            here.extend_from_slice(inner);
            here.sort_unstable();
            here.dedup();
            total += 1;
            for value in here {
                match seen.iter().position(|(v, _)| *v == value) {
                    Some(at) => seen[at].1 += 1,
                    None if seen.len() < 256 => seen.push((value, 1)),
                    None => return None,
                }
            }
        }
        seen.sort_unstable_by_key(|&(value, count)| (std::cmp::Reverse(count), value));
        let only: Vec<u64> =
            seen.iter().filter(|&&(_, count)| count > 1 && 8 * count >= total).map(|&(v, _)| v).collect();
        if only.is_empty() || only.len() > 4 {
            return None;
        }
        let whole = |run: &&&[u64]| run.iter().all(|v| only.contains(v));
        let inner = |run: &&&[u64]| match self.leading {
            true => run.last().is_some_and(|v| only.contains(v)),
            false => run.first().is_some_and(|v| only.contains(v)),
        };
        let clean = self.runs.iter().filter(whole).count();
        let fits = self.runs.iter().filter(inner).count();
        (clean < self.runs.len() && 10 * fits >= 9 * self.runs.len() && 3 * clean >= 2 * self.runs.len())
            .then_some(only)
    }
}

/// How common each symbol is outside all sequences.
pub(super) struct Noise {
    count: Vec<u32>,
    total: u32,
}

impl Noise {
    pub(super) fn new(symbols: usize, tokens: &Tokens) -> Noise {
        let mut count = vec![0u32; symbols];
        let mut total = 1;
        for &id in &tokens.id {
            if let Some(n) = count.get_mut(id as usize) {
                *n += 1;
                total += 1;
            }
        }
        Noise { count, total }
    }

    /// Tokens of a symbol outside all sequences.
    pub(super) fn count(&self, symbol: u32) -> u32 {
        self.count[symbol as usize]
    }

    /// Tokens outside, with those of `own` occurrences of a sequence added.
    pub(super) fn total(&self, own: usize, symbols: &[u32]) -> f64 {
        f64::from(self.total) + (own * symbols.len()) as f64
    }

    /// Bits of such a sequence if its tokens were independent of each other.
    pub(super) fn bits(&self, own: usize, symbols: &[u32]) -> f64 {
        let total = self.total(own, symbols);
        let bits = |&symbol: &u32| {
            let times = symbols.iter().filter(|&&s| s == symbol).count();
            (total / (f64::from(self.count[symbol as usize]) + (own * times) as f64)).log2()
        };
        symbols.iter().map(bits).sum()
    }

    /// The chance that an access next to a sequence is of this symbol.
    pub(super) fn share(&self, symbol: u32) -> f64 {
        f64::from(self.count[symbol as usize] + 1) / f64::from(self.total)
    }
}

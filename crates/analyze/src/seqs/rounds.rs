//! Rounds that a loop has missed: those written out next to it, and loops mostly done once.

use super::matching::Source;
use super::pattern::{Kind, MANY, Node};
use super::refine::{Refined, finish};
use super::shape::sample;

/// Readings tried for one pattern.
const TRIES: usize = 64;
/// Longest body of a loop looked for at an end.
const BODY: usize = 8;
/// Longest body of a loop inside which another one is looked for, and of that other one.
const OUTER: usize = 12;
const INNER: usize = 4;

/// Whether two nodes are of the same steps, however often.
fn alike(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Loop(a), Kind::Loop(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (a, b) => a == b,
    }
}

/// Makes `{A B}×n` of `A {B A}×n B`, with one round more, where the values allow it.
pub(super) fn absorb_rounds(source: &Source, mut refined: Refined) -> Refined {
    let mut at = 0;
    while at < refined.nodes.len() {
        let absorbed =
            absorbed(&refined.nodes, at).map(|(from, end, nodes)| (from, end, finish(source, nodes)));
        match absorbed {
            Some((from, end, other)) if is_as_steady(source, &refined, from..end, at, &other) => {
                at = from + 1;
                refined = other;
            }
            _ => at += 1,
        }
    }
    refined
}

/// The nodes from..end as one loop, if that is what the loop at `at` and its neighbours are.
fn absorbed(nodes: &[Node], at: usize) -> Option<(usize, usize, Vec<Node>)> {
    let Kind::Loop(body) = &nodes[at].kind else { return None };
    let (before, behind) = (&nodes[..at], &nodes[at + 1..]);
    let last = body.iter().rev().zip(before.iter().rev()).take_while(|(a, b)| alike(a, b)).count();
    let first = body.iter().zip(behind).take_while(|(a, b)| alike(a, b)).count();
    if last + first < body.len() {
        return None;
    }
    let (from, end) = (at - last, at + 1 + body.len() - last);
    // The written ones know what noise at the edge is.
    let turned = [&nodes[from..at], &nodes[at + 1..end]].concat();
    let turned = Node { kind: Kind::Loop(turned), ..nodes[at].clone() };
    Some((from, end, [&nodes[..from], &[turned], &nodes[end..]].concat()))
}

/// Whether no fixed value is lost by reading the nodes `range`, a loop at `at`, as one loop.
fn is_as_steady(
    source: &Source,
    refined: &Refined,
    range: std::ops::Range<usize>,
    at: usize,
    other: &Refined,
) -> bool {
    let accesses = |of: &Refined| of.places.iter().map(|p| u64::from(p.end - p.start)).sum::<u64>();
    if other.places.len() < refined.places.len() || accesses(other) < accesses(refined) {
        return false;
    }
    let id = |of: &Refined, node: usize| of.nodes.get(node).map_or(of.numbers, |node| node.id);
    let (before, after) = (sample(source, refined), sample(source, other));
    let one = after.fixed(id(other, range.start)..id(other, range.start + 1));
    let inner = before.fixed(id(refined, at)..id(refined, at + 1));
    2 * one >= before.fixed(id(refined, range.start)..id(refined, range.end)) && one >= inner
}

/// Makes loops of the steps in a loop, or at an end, that are done twice now and then.
pub(super) fn loosen(source: &Source, refined: Refined) -> Refined {
    let mut tries = TRIES;
    let mut refined = refined;
    for at in 0..refined.nodes.len() {
        refined = loosen_loop(source, refined, at, &mut tries);
    }
    for front in [true, false] {
        refined = loosen_end(source, refined, front);
    }
    refined
}

/// A loop inside the loop at `at`, mostly done once: without it, many matches were missed.
fn loosen_loop(source: &Source, refined: Refined, at: usize, tries: &mut usize) -> Refined {
    let Kind::Loop(body) = &refined.nodes[at].kind else { return refined };
    if refined.nodes.len() < 2 || !(3..=OUTER).contains(&body.len()) {
        return refined;
    }
    let mut best: Option<Refined> = None;
    for length in 2..=INNER.min(body.len() - 1) {
        for from in 0..=body.len() - length {
            if *tries == 0 {
                return best.unwrap_or(refined);
            }
            *tries -= 1;
            let inner = Node::new(Kind::Loop(body[from..from + length].to_vec()), 1, MANY);
            let body = [&body[..from], &[inner], &body[from + length..]].concat();
            let mut nodes = refined.nodes.clone();
            nodes[at].kind = Kind::Loop(body);
            let looser = finish(source, nodes);
            let most =
                best.as_ref().map_or(refined.places.len() + refined.places.len() / 8 + 1, |b| b.places.len());
            if looser.places.len() > most {
                best = Some(looser);
            }
        }
    }
    best.unwrap_or(refined)
}

/// A loop at an end, done once or twice.
fn loosen_end(source: &Source, refined: Refined, front: bool) -> Refined {
    let Refined { nodes, places, .. } = &refined;
    for length in 2..=BODY.min(nodes.len().saturating_sub(1)) {
        let (body, rest) = if front { nodes.split_at(length) } else { nodes.split_at(nodes.len() - length) };
        let (body, rest) = if front { (body, rest) } else { (rest, body) };
        let node = Node::new(Kind::Loop(body.to_vec()), 1, MANY);
        let looped = if front { [&[node], rest].concat() } else { [rest, &[node]].concat() };
        let looped = finish(source, looped);
        if looped.places.len() != places.len() {
            continue;
        }
        let more =
            looped.places.iter().zip(places).filter(|(a, b)| a.end - a.start > b.end - b.start).count();
        if more < 3 || 4 * more < places.len() {
            continue;
        }
        // Often on its own, it is a sequence that just happens to be next to this one.
        if source.matches(body).len() < places.len() + more + places.len() / 2 {
            return looped;
        }
    }
    refined
}

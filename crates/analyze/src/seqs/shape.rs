//! Other readings of a pattern that match at least as much, and when they are better.

use super::generalise::{Facts, gather};
use super::hash;
use super::matching::Source;
use super::pattern::{Kind, MANY, Node};
use super::refine::{Refined, finish};

/// Readings tried for one pattern.
const TRIES: usize = 6;

/// Whether two nodes ask for the same, whatever their numbers.
fn same(a: &Node, b: &Node) -> bool {
    let kinds = match (&a.kind, &b.kind) {
        (Kind::Loop(a), Kind::Loop(b)) => all_same(a, b),
        (a, b) => a == b,
    };
    kinds && (a.least, a.most, &a.only) == (b.least, b.most, &b.only)
}

pub(super) fn all_same(a: &[Node], b: &[Node]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

/// Makes a loop of a body that stands twice, where once or three times occurs as well.
///
/// A loop of one or two rounds is never seen with the three that prove a loop.
pub(super) fn join_rounds(source: &Source, mut refined: Refined) -> Refined {
    let mut tries = 0;
    let mut at = 0;
    while at < refined.nodes.len() {
        let rest = &refined.nodes[at..];
        let body = (2..=rest.len() / 2).find(|&p| all_same(&rest[..p], &rest[p..2 * p]));
        let Some(body) = body.filter(|_| tries < TRIES) else {
            at += 1;
            continue;
        };
        tries += 1;
        let rounds = rest.chunks_exact(body).take_while(|c| all_same(c, &rest[..body])).count();
        let mut nodes = refined.nodes[..at].to_vec();
        nodes.push(Node::new(Kind::Loop(rest[..body].to_vec()), 1, MANY));
        nodes.extend_from_slice(&rest[rounds * body..]);
        let inside = at > 0 && nodes.len() > at + 1;
        // At an edge, a body that is often on its own is a sequence that happens to be next to it.
        let alone = || source.matches(&rest[..body]).len() > (rounds + 1) * refined.places.len();
        let looped = (inside || !alone()).then(|| finish(source, nodes));
        if let Some(looped) = looped.filter(|l| l.places.len() >= refined.places.len() + 2) {
            refined = looped;
            at += 1;
        } else {
            at += body;
        }
    }
    refined
}

/// Turns loops: `{A B}×n A` is as well `A {B A}×n`. The values show which A is the odd one.
pub(super) fn turn_loops(source: &Source, mut refined: Refined) -> Refined {
    let mut tries = 0;
    for at in 0..refined.nodes.len() {
        for other in [turned_on(&refined.nodes, at), turned_back(&refined.nodes, at)] {
            let Some(nodes) = other.filter(|_| tries < TRIES) else { continue };
            tries += 1;
            let other = finish(source, nodes);
            let same = other.places.len() == refined.places.len();
            if same && steadiness(source, &other) > steadiness(source, &refined) {
                refined = other;
                break;
            }
        }
    }
    refined
}

/// `{A B} A` at `at` as `A {B A}`.
fn turned_on(nodes: &[Node], at: usize) -> Option<Vec<Node>> {
    let Kind::Loop(body) = &nodes[at].kind else { return None };
    let behind = &nodes[at + 1..];
    let shared = body.iter().zip(behind).take_while(|(a, b)| same(a, b)).count();
    if shared == 0 || shared == body.len() {
        return None;
    }
    let turned = [&body[shared..], &body[..shared]].concat();
    let turned = Node { kind: Kind::Loop(turned), ..nodes[at].clone() };
    Some([&nodes[..at], &body[..shared], &[turned], &behind[shared..]].concat())
}

/// `A {B A}` with the loop at `at` as `{A B} A`.
fn turned_back(nodes: &[Node], at: usize) -> Option<Vec<Node>> {
    let Kind::Loop(body) = &nodes[at].kind else { return None };
    let before = &nodes[..at];
    let shared = body.iter().rev().zip(before.iter().rev()).take_while(|(a, b)| same(a, b)).count();
    if shared == 0 || shared == body.len() {
        return None;
    }
    let (head, tail) = body.split_at(body.len() - shared);
    let turned = Node { kind: Kind::Loop([tail, head].concat()), ..nodes[at].clone() };
    Some([&before[..at - shared], &[turned], tail, &nodes[at + 1..]].concat())
}

/// Takes the first or the last round out of a loop that is steadier without it.
pub(super) fn peel_loops(source: &Source, mut refined: Refined) -> Refined {
    let mut tries = 0;
    let mut at = 0;
    while at < refined.nodes.len() && tries < TRIES {
        let node = &refined.nodes[at];
        let Kind::Loop(body) = &node.kind else {
            at += 1;
            continue;
        };
        let facts = sample(source, &refined);
        let end = refined.nodes.get(at + 1).map_or(refined.numbers, |next| next.id);
        let steady = facts.steady(node.id..end);
        if facts.times[node.id][0] < 2 || steady >= 3 * body.len() {
            at += 1;
            continue;
        }
        tries += 1;
        let mut nodes = refined.nodes[..at].to_vec();
        nodes.extend_from_slice(body);
        let round = nodes.len();
        nodes.extend_from_slice(&refined.nodes[at..]);
        let peeled = finish(source, nodes);
        let from = peeled.nodes[round].id;
        let end = peeled.nodes.get(round + 1).map_or(peeled.numbers, |next| next.id);
        let better = sample(source, &peeled).steady(from..end) > steady;
        if better && peeled.places.len() == refined.places.len() {
            at = round;
            refined = peeled;
        }
        at += 1;
    }
    refined
}

pub(super) fn sample(source: &Source, refined: &Refined) -> Facts {
    let places: Vec<_> = hash::sample(refined.places.len(), 256).map(|i| refined.places[i]).collect();
    gather(source, &refined.nodes, refined.numbers, &places)
}

/// Leaves whose value is always the same.
fn steadiness(source: &Source, refined: &Refined) -> usize {
    sample(source, refined).steady(0..refined.numbers)
}

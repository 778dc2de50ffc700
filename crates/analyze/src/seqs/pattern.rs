//! Patterns: a sequence as a small regular expression over runs of accesses.

use super::runs::ROUNDS;
use super::token::{Dictionary, Meaning, Walk};

/// No upper bound on a count.
pub(super) const MANY: u32 = u32::MAX;

/// One element, `least` to `most` times in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    pub least: u32,
    pub most: u32,
    /// Values that the accesses of a run may have; empty for any. A run ends before another value, and one
    /// that starts a match starts after it.
    pub only: Vec<u64>,
    /// Number of the node, in order; the slots of a walk have the numbers after it.
    pub id: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Accesses of a symbol.
    Run(u32),
    Walk(Walk),
    Loop(Vec<Node>),
}

impl Node {
    pub(super) fn new(kind: Kind, least: u32, most: u32) -> Node {
        Node { kind, least, most, only: Vec::new(), id: 0 }
    }
}

/// The pattern of a token string.
pub(super) fn from_tokens(body: &[u32], dictionary: &Dictionary) -> Vec<Node> {
    let node = |&token: &u32| {
        let kind = match dictionary.meaning(token) {
            None => Kind::Run(token),
            Some(Meaning::Walk(walk)) => Kind::Walk(walk.clone()),
            Some(Meaning::Group(body)) => Kind::Loop(from_tokens(body, dictionary)),
            Some(Meaning::Break) => Kind::Loop(Vec::new()),
        };
        let least = if matches!(kind, Kind::Walk(_)) { ROUNDS as u32 } else { 1 };
        Node::new(kind, least, MANY)
    };
    body.iter().map(node).collect()
}

/// Numbers the nodes; returns how many numbers there are.
pub(super) fn number(nodes: &mut [Node], mut next: usize) -> usize {
    for node in nodes {
        node.id = next;
        next += 1;
        match &mut node.kind {
            Kind::Run(_) => {}
            Kind::Walk(walk) => next += walk.slots.len(),
            Kind::Loop(body) => next = number(body, next),
        }
    }
    next
}

/// The first leaf.
pub(super) fn first_leaf(nodes: &[Node]) -> Option<&Node> {
    let node = nodes.first()?;
    match &node.kind {
        Kind::Loop(body) => first_leaf(body),
        _ => Some(node),
    }
}

/// The symbol that a match starts with, if it is one.
pub(super) fn first_symbol(nodes: &[Node]) -> Option<u32> {
    match first_leaf(nodes)?.kind {
        Kind::Run(symbol) => Some(symbol),
        _ => None,
    }
}

/// The first leaf, to be changed.
pub(super) fn first_leaf_mut(nodes: &mut [Node]) -> Option<&mut Node> {
    let node = nodes.first_mut()?;
    if matches!(node.kind, Kind::Loop(_)) {
        let Kind::Loop(body) = &mut node.kind else { return None };
        return first_leaf_mut(body);
    }
    Some(node)
}

/// The last leaf, to be changed.
pub(super) fn last_leaf_mut(nodes: &mut [Node]) -> Option<&mut Node> {
    let node = nodes.last_mut()?;
    if matches!(node.kind, Kind::Loop(_)) {
        let Kind::Loop(body) = &mut node.kind else { return None };
        return last_leaf_mut(body);
    }
    Some(node)
}

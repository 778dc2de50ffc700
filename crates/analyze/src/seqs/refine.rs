//! From a token string to the pattern that a person would write, and all its matches.
//!
//! Three corrections. A loop done once everywhere is no loop. Two or three writes of one
//! register are steps of their own, and so are two or three rounds of a loop: their values tell
//! them apart (equal ones are folded again when the steps are written). And at the edges of a
//! sequence a neighbour that happens to be of the same register is not part of it.

use super::generalise::{Facts, gather};
use super::pattern::{Kind, MANY, Node, Place, Source, number};
use mmio_format::Kind as Op;

/// A pattern and what matches it.
pub(super) struct Refined {
    pub nodes: Vec<Node>,
    pub numbers: usize,
    pub places: Vec<Place>,
}

/// Matches a pattern, corrects it by what was matched, and matches it again.
pub(super) fn refine(source: &Source, mut nodes: Vec<Node>) -> Refined {
    let numbers = number(&mut nodes, 0);
    let places = source.matches(&nodes);
    let facts = gather(source, &nodes, numbers, &places);
    edges(source, &mut nodes, &places);
    let nodes = write_out(source, nodes, &facts);
    finish(source, nodes)
}

/// Matches a pattern as it is.
pub(super) fn finish(source: &Source, mut nodes: Vec<Node>) -> Refined {
    let numbers = number(&mut nodes, 0);
    let places = source.matches(&nodes);
    Refined { nodes, numbers, places }
}

/// Writes out loops and runs of a small, constant count.
fn write_out(source: &Source, nodes: Vec<Node>, facts: &Facts) -> Vec<Node> {
    let mut written = Vec::new();
    for node in nodes {
        let [least, most] = facts.times[node.id];
        let few = least == most && most <= 3;
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
            Kind::Run(symbol) if source.stream.symbols[symbol as usize].op == Op::WRITE && few => {
                let bounded = node.most != MANY;
                let times = if bounded { node.most } else { most };
                for _ in 0..times {
                    written.push(Node::new(Kind::Run(symbol), 1, 1));
                }
            }
            kind => written.push(Node::new(kind, node.least, node.most)),
        }
    }
    written
}

/// Bounds the first and the last run where a longer one is chance.
fn edges(source: &Source, nodes: &mut [Node], places: &[Place]) {
    let runs = source.runs;
    let first: Vec<u32> = places.iter().map(|p| runs.accesses(p.from.run) - p.from.used).collect();
    let last: Vec<u32> = places
        .iter()
        .map(|p| {
            let run = runs.start.partition_point(|&s| s < p.end) - 1;
            p.end - runs.start[run].max(p.start)
        })
        .collect();
    if let Some(node) = nodes.first_mut() {
        bound(source, node, &first);
    }
    if let Some(node) = nodes.last_mut() {
        bound(source, node, &last);
    }
}

fn bound(source: &Source, node: &mut Node, counts: &[u32]) {
    let Kind::Run(symbol) = node.kind else { return };
    let Some(&usual) = counts.iter().min() else { return };
    let longer = counts.iter().filter(|&&count| count > usual).count();
    let chance = source.run_count(symbol) as f64 / source.runs.len() as f64;
    let total = counts.len() as f64;
    let allowed = (total * (4.0 * chance).max(0.1)).max(if counts.len() > 2 { 1.0 } else { 0.0 });
    if longer as f64 <= allowed.min(total / 3.0) {
        node.least = usual;
        node.most = usual;
    }
}

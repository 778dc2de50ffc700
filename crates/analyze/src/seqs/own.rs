//! Whose an access is: the score of a sequence counts what no longer one explains.

use super::found::{Item, Value};
use super::matching::Place;
use super::refine::Refined;

/// Lines that a walk or a poll must save to be worth listing on its own.
const ALONE: f64 = 12.0;

/// A sequence before it is written down.
pub(super) struct Draft {
    pub refined: Refined,
    pub steps: Vec<Item>,
    pub own: Vec<bool>,
    /// Leaves whose value differs from one occurrence to the next.
    pub holes: Vec<bool>,
    /// Whether the sequence is the body of a long loop of another.
    pub inner: bool,
    /// Fewest own occurrences.
    pub least: usize,
    pub saved: f64,
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
    patterns: Vec<u32>,
    count: Vec<u32>,
}

impl Cover {
    fn new(length: usize, drafts: &[Draft]) -> Cover {
        let mut cover = Cover { patterns: vec![0; length], count: vec![0; length] };
        for draft in drafts {
            let count = draft.refined.places.len() as u32;
            for place in &draft.refined.places {
                let range = place.start as usize..place.end as usize;
                cover.patterns[range.clone()].iter_mut().for_each(|n| *n += 1);
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
pub(super) fn own(length: usize, drafts: &mut Vec<Draft>) {
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
    /// The access belongs to the body of a long loop.
    ByBody,
    /// The access belongs to a longer sequence.
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
    pub(super) fn own_places(&self) -> Vec<&Place> {
        self.refined.places.iter().zip(&self.own).filter(|(_, own)| **own).map(|(p, _)| p).collect()
    }

    pub(super) fn start(&self) -> u32 {
        self.refined.places[0].start
    }

    pub(super) fn accesses(&self) -> u64 {
        self.refined.places.iter().map(|p| u64::from(p.end - p.start)).sum()
    }
}

//! Finds listed sequences inside longer ones, so that a long one can be written with their numbers.

use mmio_analyze::seqs::{Item, Sequence, Step};

/// A piece of a sequence's steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// Steps as they are.
    Item(&'a Item),
    /// Listed sequence number `id`, so many times in a row.
    Listed { id: usize, times: usize },
}

/// Cuts `items`, which belong to listed sequence `own`, into pieces: where a shorter sequence of the list has the
/// same steps (three at least; values and counts aside), its number stands for them.
pub(super) fn pieces<'a>(items: &'a [Item], own: usize, listed: &[(usize, &Sequence)]) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < items.len() {
        let fits = listed.iter().filter(|(id, s)| *id != own && s.steps.len() < items.len());
        let found = fits.filter_map(|(id, s)| Some((round(items, at, &s.steps)?, *id)));
        // The longest one; of those the first listed.
        match found.max_by_key(|&(end, id)| (end, std::cmp::Reverse(id))) {
            Some((end, id)) if end > at + 2 => {
                at = end;
                match out.last_mut() {
                    Some(Piece::Listed { id: last, times }) if *last == id => *times += 1,
                    _ => out.push(Piece::Listed { id, times: 1 }),
                }
            }
            _ => {
                out.push(Piece::Item(&items[at]));
                at += 1;
            }
        }
    }
    out
}

/// Where `pattern` ends if it stands at `at`. A loop of the pattern also matches its rounds written out.
fn round(items: &[Item], mut at: usize, pattern: &[Item]) -> Option<usize> {
    for wanted in pattern {
        let here = items.get(at)?;
        at = match (wanted, here) {
            (Item::Step(a), Item::Step(b)) if same_place(a, b) => at + 1,
            (Item::Loop { steps: a, .. }, Item::Loop { steps: b, .. }) if round(b, 0, a) == Some(b.len()) => {
                at + 1
            }
            (Item::Loop { steps, repeat }, _) => {
                let mut rounds = 0;
                while rounds < repeat[1]
                    && round(items, at, steps).is_some_and(|end| {
                        at = end;
                        true
                    })
                {
                    rounds += 1;
                }
                if rounds < repeat[0].max(1) {
                    return None;
                }
                at
            }
            _ => return None,
        };
    }
    Some(at)
}

fn same_place(a: &Step, b: &Step) -> bool {
    (a.register, a.op, a.stride) == (b.register, b.op, b.stride)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mmio_analyze::seqs::Value;
    use mmio_format::{DeviceId, Op, Register, Space};

    fn step(offset: u64) -> Item {
        let register = Register { device: DeviceId::default(), space: Space::Bar(0), offset, width: 4 };
        Item::Step(Step {
            register,
            op: Op::Read,
            value: Value::Free,
            repeat: [1, 1],
            stride: 0,
            span: 0,
            exit: None,
            behind: None,
        })
    }

    fn sequence(steps: Vec<Item>) -> Sequence {
        Sequence {
            stream: 0,
            device: DeviceId::default(),
            count: 2,
            accesses: 0,
            length: [0, 0],
            own: 0,
            saved: 0.0,
            steps,
            first: (0, 0),
            occurrences: Vec::new(),
        }
    }

    #[test]
    fn a_listed_sequence_stands_for_its_steps() {
        let long: Vec<Item> = [9, 1, 2, 3, 1, 2, 3, 8, 1, 2].map(step).into();
        let (short, tiny) = (sequence([1, 2, 3].map(step).into()), sequence([1, 2].map(step).into()));
        let found = pieces(&long, 1, &[(2, &short), (3, &tiny)]);
        let [first, rest @ ..] = &long[..] else { unreachable!() };
        let behind = rest[6..].iter().map(Piece::Item);
        let expected: Vec<Piece> =
            [Piece::Item(first), Piece::Listed { id: 2, times: 2 }].into_iter().chain(behind).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_loop_matches_its_rounds_written_out() {
        let body = Item::Loop { steps: [1, 2].map(step).into(), repeat: [1, 2] };
        let inner = sequence(vec![step(0), body, step(3)]);
        let long: Vec<Item> = [7, 0, 1, 2, 1, 2, 3, 7].map(step).into();
        assert_eq!(pieces(&long, 1, &[(2, &inner)])[1], Piece::Listed { id: 2, times: 1 });
        let without: Vec<Item> = [7, 0, 3, 7].map(step).into();
        assert_eq!(pieces(&without, 1, &[(2, &inner)]).len(), 4);
    }
}

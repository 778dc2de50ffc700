//! What follows what: accesses of a device one after the other, counted.

use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_format::{Access, Op, Register, RegisterId, Result, Scope, Trace};

/// A register that is read, or written, or accessed in a way that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) register: Register,
    pub(super) op: Op,
    /// Accesses of the node.
    pub(super) count: u64,
    /// How often it follows something else: a poll counts once.
    pub(super) turns: u64,
}

/// Transitions among some nodes.
pub(super) struct Steps {
    /// The nodes with most turns, by first appearance.
    pub(super) nodes: Vec<Node>,
    /// How many other nodes there are.
    pub(super) others: u64,
    /// How often a node follows another: row by row, the earlier one first.
    counts: Vec<u64>,
    /// All transitions, those from and to others too.
    pub(super) total: u64,
}

impl Steps {
    /// Follows what is in `scope`, and counts between the `most` nodes with most turns.
    ///
    /// # Errors
    /// As [`walk`].
    pub(super) fn of(trace: &mut Trace, scope: &Scope, most: usize) -> Result<Steps> {
        let mut census = Census::default();
        walk(trace, scope, &mut census)?;
        let (nodes, numbers, others) = census.busiest(most);
        let counts = vec![0; nodes.len() * nodes.len()];
        let follow =
            Follow { table: Table::default(), numbers, side: nodes.len(), counts, total: 0, last: Last::Gap };
        let mut follow = follow;
        walk(trace, scope, &mut follow)?;
        Ok(Steps { nodes, others, counts: follow.counts, total: follow.total })
    }

    /// How often node `to` follows node `from`.
    pub(super) fn count(&self, from: usize, to: usize) -> u64 {
        self.counts[from * self.nodes.len() + to]
    }
}

/// Accesses of each register by operation.
#[derive(Default)]
struct Census {
    table: Table,
    /// Accesses and turns of each register, by operation.
    counts: Vec<[(u64, u64); 3]>,
    last: Option<(RegisterId, usize)>,
}

impl Visitor for Census {
    const TIMES: bool = false;
    const VALUES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, id: RegisterId, access: &Access) {
        if id as usize >= self.counts.len() {
            self.counts.resize(id as usize + 1, [(0, 0); 3]);
        }
        let here = (id, place(access.op));
        let (count, turns) = &mut self.counts[id as usize][here.1];
        *count += 1;
        *turns += u64::from(self.last != Some(here));
        self.last = Some(here);
    }

    fn gap(&mut self) {
        self.last = None;
    }
}

impl Census {
    /// The nodes, the number of each by register and operation, and how many are left out.
    fn busiest(&self, most: usize) -> (Vec<Node>, Vec<[u8; 3]>, u64) {
        let mut all: Vec<(u64, usize, usize)> = Vec::new();
        for (id, ops) in self.counts.iter().enumerate() {
            let used = ops.iter().enumerate().filter(|(_, (count, _))| *count > 0);
            all.extend(used.map(|(op, (_, turns))| (*turns, id, op)));
        }
        let others = all.len().saturating_sub(most) as u64;
        let rank = |&(n, id, op): &(u64, usize, usize)| (std::cmp::Reverse(n), id, op);
        if all.len() > most {
            all.select_nth_unstable_by_key(most, rank);
            all.truncate(most);
        }
        // Registers are numbered by their first appearance.
        all.sort_unstable_by_key(|&(_, id, op)| (id, op));
        let mut numbers = vec![[NOT_SHOWN; 3]; self.counts.len()];
        let registers = self.table.registers();
        let mut nodes = Vec::new();
        for (turns, id, op) in all {
            numbers[id][op] = nodes.len() as u8;
            nodes.push(Node { register: registers[id], op: OPS[op], count: self.counts[id][op].0, turns });
        }
        (nodes, numbers, others)
    }
}

const OPS: [Op; 3] = [Op::Read, Op::Write, Op::Unknown];
const NOT_SHOWN: u8 = u8::MAX;

fn place(op: Op) -> usize {
    OPS.iter().position(|known| *known == op).unwrap_or(2)
}

/// The node that a device accessed last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// No access that is known to be the one before.
    Gap,
    Other,
    Node(usize),
}

struct Follow {
    table: Table,
    numbers: Vec<[u8; 3]>,
    side: usize,
    counts: Vec<u64>,
    total: u64,
    last: Last,
}

impl Visitor for Follow {
    const TIMES: bool = false;
    const VALUES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, id: RegisterId, access: &Access) {
        // The same registers in the same order have the same numbers as before.
        let number = self.numbers.get(id as usize).map_or(NOT_SHOWN, |ops| ops[place(access.op)]);
        let here = if number == NOT_SHOWN { Last::Other } else { Last::Node(usize::from(number)) };
        self.total += u64::from(self.last != Last::Gap);
        if let (Last::Node(from), Last::Node(to)) = (self.last, here) {
            self.counts[from * self.side + to] += 1;
        }
        self.last = here;
    }

    fn gap(&mut self) {
        self.last = Last::Gap;
    }
}

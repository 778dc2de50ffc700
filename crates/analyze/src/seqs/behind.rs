//! Names the registers behind index ports in the steps of sequences.

use mmio_format::width::bits;
use mmio_format::{Access, Op, Register};
use std::collections::HashMap;

use super::found::{Behind, Item, Sequence, Value};
use crate::census::Census;
use crate::ports::{MIN_INDICES, Watch};
use crate::steps::Steps;
use crate::stream::{Stream, Symbol};
use mmio_format::walk::Visitor;

/// The index register of each data register, and that of each register that is both.
#[derive(Clone, Debug, Default)]
pub(super) struct Ports {
    index_of: HashMap<Register, Register>,
    /// With the bits of a value that are the index.
    combined: HashMap<Register, (Register, u64)>,
}

impl Ports {
    /// The register that a write of `value` to `register` selects by, and the index.
    fn selects(&self, register: Register, value: Option<u64>) -> (Register, Option<u64>) {
        match self.combined.get(&register) {
            Some(&(index, bits)) => (index, value.map(|value| value & bits)),
            None => (register, value),
        }
    }
}

/// The ports that the accesses of `streams` show.
pub(super) fn ports(streams: &[Stream]) -> Ports {
    let rare: Vec<Vec<bool>> = streams.iter().map(rare).collect();
    let show = |visitor: &mut dyn FnMut(Option<&Access>)| {
        streams.iter().zip(&rare).for_each(|(stream, rare)| show(stream, rare, visitor));
    };
    let mut census = Census::default();
    show(&mut |access| feed(&mut census, access));
    let mut watch = Watch::new(&census, ());
    if watch.is_idle() {
        return Ports::default();
    }
    let mut steps = Steps::new(&mut census, &mut watch);
    show(&mut |access| feed(&mut steps, access));
    steps.finish();
    let mut ports = Ports::default();
    for port in watch.finish(&census) {
        let [index, data] = [port.index, port.data].map(|id| census.register(id));
        ports.index_of.insert(data, index);
        if let Some(both) = port.combined.map(|id| census.register(id)) {
            ports.combined.insert(both, (index, bits(both.width - data.width)));
        }
    }
    ports
}

fn feed(visitor: &mut impl Visitor, access: Option<&Access>) {
    match access {
        Some(access) => visitor.see(access),
        None => visitor.gap(),
    }
}

/// The symbols that are too rare for a port; there may be millions.
fn rare(stream: &Stream) -> Vec<bool> {
    let mut counts = vec![0_u8; stream.symbols.len()];
    for &symbol in &stream.symbol {
        let count = &mut counts[symbol as usize];
        *count = count.saturating_add(1);
    }
    counts.into_iter().map(|count| u64::from(count) < MIN_INDICES as u64).collect()
}

/// Shows the accesses of a stream, nothing for a break. Rare symbols share one register.
fn show(stream: &Stream, rare: &[bool], visitor: &mut dyn FnMut(Option<&Access>)) {
    let mut breaks = stream.breaks.iter().peekable();
    for (at, &symbol) in stream.symbol.iter().enumerate() {
        if breaks.next_if(|&&b| b == at).is_some() {
            visitor(None);
        }
        let Symbol { mut register, mut op } = stream.symbols[symbol as usize];
        if rare[symbol as usize] {
            (register.offset, op, register.width) = (u64::MAX, Op::Unknown, 0);
        }
        let (place, width) = (register.place(), register.width);
        let (value, time, index) = (stream.value[at], stream.time[at], stream.index[at]);
        visitor(Some(&Access { place, op, width, value, time, index }));
    }
}

/// Names in every step at a data port the register behind it.
pub(super) fn name(sequence: &mut Sequence, ports: &Ports) {
    if !ports.index_of.is_empty() {
        name_items(&mut sequence.steps, ports);
    }
}

/// Returns what was written last to each register, nothing for a value that varies.
fn name_items(items: &mut [Item], ports: &Ports) -> HashMap<Register, Option<u64>> {
    let mut written = HashMap::new();
    for item in items {
        match item {
            // What was selected before a loop holds in its first round only.
            Item::Loop { steps, .. } => written.extend(name_items(steps, ports)),
            Item::Step(step) => {
                let register = step.register;
                step.behind = ports.index_of.get(&register).map(|index| match written.get(index) {
                    Some(&Some(index)) => Behind::Index(index),
                    _ => Behind::Varies,
                });
                if step.op == Op::Write {
                    let value = if let Value::Fixed(value) = step.value { Some(value) } else { None };
                    let (register, value) = ports.selects(register, value.filter(|_| step.stride == 0));
                    written.insert(register, value);
                }
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seqs::testing::stream;
    use crate::seqs::{Options, find};

    #[test]
    fn data_behind_a_fixed_index_is_named() {
        let mut text = String::new();
        for round in 0..8 {
            for index in [3, 7, 9, 12] {
                text += &format!("W0={index:x} R10={:x} ", 100 + index);
            }
            text += &format!("W20={round:x} R10=70 ");
        }
        let streams = [stream(&text)];
        let ports = ports(&streams);
        assert_eq!(ports.index_of.len(), 1);
        let mut report = find(&streams, &Options::default());
        let mut named = Vec::new();
        for sequence in &mut report.sequences {
            name(sequence, &ports);
            for item in &sequence.steps {
                if let Item::Step(step) = item {
                    named.push((step.op, step.register.offset, step.behind));
                }
            }
        }
        assert!(named.contains(&(Op::Read, 0x10, Some(Behind::Index(3)))), "{named:x?}");
        assert!(named.iter().all(|n| (n.1 == 0x10) == n.2.is_some()), "{named:x?}");
    }
}

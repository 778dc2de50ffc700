//! How many accesses pass a filter, from what a census counted anyway.

use mmio_format::{Filter, Op, Register};

use crate::census::{Census, Counts};
use crate::ports::Port;

/// The accesses of `census`, whose registers are direct ones, that pass `filter` by BAR, offset, op and width. Nothing is
/// counted for a filter that lets everything through.
pub(crate) fn selected(census: &Census, filter: &Filter) -> u64 {
    if filter.is_empty() { 0 } else { count(census, filter, |register| filter.shows(register, None)) }
}

/// The accesses of `behind`, registers behind `ports`, that pass `filter`, where those of the port's data register, which is
/// one of `direct`, do not pass themselves.
pub(crate) fn selected_behind(behind: &Census, ports: &[Port], direct: &Census, filter: &Filter) -> u64 {
    if filter.registers.is_empty() {
        return 0;
    }
    count(behind, filter, |register| {
        let number = register.space.port();
        let port = ports.iter().find(|port| Some(port.number) == number);
        let data = port.map(|port| direct.register(port.data));
        data.is_some_and(|data| !filter.shows(data, None) && filter.shows(register, Some(data)))
    })
}

fn count(census: &Census, filter: &Filter, shows: impl Fn(Register) -> bool) -> u64 {
    let registers = census.table().registers().iter().zip(0..);
    let shown = registers.filter(|(register, _)| shows(**register));
    shown.map(|(register, id)| of_op(census.counts(id), register.width, filter.op)).sum()
}

fn of_op(counts: Counts, width: u8, op: Option<Op>) -> u64 {
    match op {
        None => counts.accesses(),
        Some(Op::Write) => counts.writes,
        // What was not decoded is counted as read, at width 0.
        Some(Op::Read) if width > 0 => counts.reads,
        Some(Op::Unknown) if width == 0 => counts.reads,
        Some(_) => 0,
    }
}

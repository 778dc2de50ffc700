//! Lists the registers of a trace that are accessed most: `cargo run --example busiest -- trace.txt [device]`.

use std::error::Error;
use std::io::{Write, stdout};

use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_format::{Access, Filter, Op, RegisterId, Scope, Trace};

/// How many registers are listed.
const MOST: usize = 10;

/// Reads and writes of each register, by its number.
#[derive(Default)]
struct Counts {
    table: Table,
    counts: Vec<(u64, u64)>,
}

impl Visitor for Counts {
    const TIMES: bool = false;
    const VALUES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, register: RegisterId, access: &Access) {
        self.counts.resize(self.table.len(), (0, 0));
        let (reads, writes) = &mut self.counts[register as usize];
        *(if access.op == Op::Write { writes } else { reads }) += 1;
    }
}

pub(crate) fn list(path: &str, device: Option<String>, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let filter = Filter { devices: device.into_iter().collect(), ..Filter::default() };
    let (mut trace, mut seen) = (Trace::open(path)?, Counts::default());
    walk(&mut trace, &Scope::of(&filter), &mut seen)?;
    let mut order = seen.table.sorted();
    order.sort_by_key(|&id| std::cmp::Reverse(seen.counts[id as usize].0 + seen.counts[id as usize].1));
    for id in order.into_iter().take(MOST) {
        let (register, (reads, writes)) = (seen.table.get(id), seen.counts[id as usize]);
        let device = &trace.devices().get(register.device).name;
        let (bar, offset, width) = (register.bar(), register.offset, register.width);
        writeln!(out, "{device} BAR {bar} +{offset:#x}/{width}: {reads} reads, {writes} writes")?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected the name of a trace")?;
    list(&path, arguments.next(), &mut stdout().lock())
}

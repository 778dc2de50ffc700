//! Files of trace-cmd: what is in them, and what is given of them when they are cut or wrong.

mod build;
mod hostile;
mod made;
mod recorded;

use std::path::Path;

use mmio_format::Damage;
use mmio_format::ring::page::Missed;
use mmio_format::ring::trace_dat::{Item, TraceDat};

/// What a file gives, in the form that is compared: an event by time, CPU and name, or a loss.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Event(u64, u32, String),
    Lost(u64, u32, Missed),
}

fn read(file: &[u8]) -> mmio_format::Result<TraceDat> {
    TraceDat::read(file, Path::new("trace.dat"))
}

/// All items of a file that can be read, and the damage.
fn found(file: &[u8]) -> (Vec<Found>, Option<Damage>) {
    let trace = read(file).unwrap();
    let (mut all, mut items) = (Vec::new(), trace.items());
    while let Some(item) = items.next() {
        all.push(match item {
            Item::Event(event) => Found::Event(event.time, event.cpu, event.format.name.clone()),
            Item::Lost(lost) => Found::Lost(lost.time, lost.cpu, lost.count),
        });
    }
    (all, items.damage().cloned())
}

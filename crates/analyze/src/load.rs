//! From a trace to the streams of accesses that sequence analyses work on.

use std::collections::BTreeMap;

use mmio_format::Result;
use mmio_format::filter::Filter;
use mmio_format::trace::Trace;

use crate::register::{NONE, Register, Table};
use crate::stream::{Stream, Symbol};
use crate::walk::{Access, Scope, Visitor, walk};

/// How a trace is cut into streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cut {
    /// One stream for all devices together, instead of one for each.
    pub interleaved: bool,
    /// Streams end at each marker.
    pub by_mark: bool,
}

/// The streams between two markers, or of the whole trace.
#[derive(Clone, Debug, Default)]
pub struct Phase {
    /// Text of the marker that begins it; nothing before the first one and without `by_mark`.
    pub mark: Option<String>,
    /// Streams in the order of their devices.
    pub streams: Vec<Stream>,
}

/// Reads the accesses that pass `filter`, 28 bytes of memory for each.
pub fn load(trace: &mut Trace, filter: &Filter, cut: Cut) -> Result<Vec<Phase>> {
    let mut loader = Loader { cut, phases: Vec::new(), mark: None, open: BTreeMap::new() };
    walk(trace, &Scope::of(filter), &mut loader)?;
    loader.end_phase();
    Ok(loader.phases)
}

struct Loader {
    cut: Cut,
    phases: Vec<Phase>,
    mark: Option<String>,
    open: BTreeMap<u16, Open>,
}

/// A stream that grows.
#[derive(Default)]
struct Open {
    registers: Table,
    /// For each register the numbers of its read, write and UNKNOWN among the symbols.
    numbers: Vec<[u32; 3]>,
    stream: Stream,
}

impl Open {
    fn number(&mut self, symbol: Symbol) -> u32 {
        let Symbol { device, bar, offset, op, width } = symbol;
        let register = self.registers.id(Register { device, bar, offset, width }) as usize;
        if register == self.numbers.len() {
            self.numbers.push([NONE; 3]);
        }
        let number = &mut self.numbers[register][usize::from(op.0)];
        if *number == NONE {
            *number = self.stream.symbols.len() as u32;
            self.stream.symbols.push(symbol);
        }
        *number
    }
}

impl Visitor for Loader {
    fn access(&mut self, access: &Access) {
        let Access { place, op, width, .. } = *access;
        let key = if self.cut.interleaved { 0 } else { place.device };
        let open = self.open.entry(key).or_default();
        let symbol = Symbol { device: place.device, bar: place.bar, offset: place.offset, op, width };
        let number = open.number(symbol);
        open.stream.symbol.push(number);
        open.stream.value.push(access.value);
        open.stream.time.push(access.time);
        open.stream.index.push(access.index);
    }

    fn gap(&mut self) {
        for open in self.open.values_mut() {
            let here = open.stream.symbol.len();
            if here > 0 && open.stream.breaks.last() != Some(&here) {
                open.stream.breaks.push(here);
            }
        }
    }

    fn marker(&mut self, text: &[u8]) {
        if self.cut.by_mark {
            self.end_phase();
            self.mark = Some(String::from_utf8_lossy(text).into_owned());
        }
    }
}

impl Loader {
    fn end_phase(&mut self) {
        let streams: Vec<Stream> =
            std::mem::take(&mut self.open).into_values().map(|open| open.stream).collect();
        if !streams.is_empty() {
            self.phases.push(Phase { mark: self.mark.take(), streams });
        }
    }
}

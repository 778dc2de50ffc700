//! From a trace to the streams of accesses that sequence analyses work on.

use mmio_format::{Access, DeviceId, Filter, Op, RegisterId, Result, Scope, Trace};
use std::collections::BTreeMap;

use crate::stream::{Stream, Symbol};
use mmio_format::register::{NONE, Table};
use mmio_format::walk::{Moment, Visitor, walk};

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
    let mut loader = Loader { cut, ..Loader::default() };
    walk(trace, &Scope::of(filter), &mut loader)?;
    loader.end_phase();
    Ok(loader.phases)
}

#[derive(Default)]
struct Loader {
    cut: Cut,
    phases: Vec<Phase>,
    mark: Option<String>,
    registers: Table,
    numbers: Numbers,
    open: BTreeMap<DeviceId, Stream>,
}

/// For each register the numbers of its read, write and UNKNOWN among the symbols of its stream.
#[derive(Default)]
struct Numbers {
    of: Vec<[u32; 3]>,
    /// Registers that have numbers.
    used: Vec<RegisterId>,
}

impl Numbers {
    fn get(&mut self, register: RegisterId, op: Op) -> &mut u32 {
        if register as usize >= self.of.len() {
            self.of.resize(register as usize + 1, [NONE; 3]);
        }
        let numbers = &mut self.of[register as usize];
        if *numbers == [NONE; 3] {
            self.used.push(register);
        }
        &mut numbers[op as usize]
    }

    fn clear(&mut self) {
        self.used.drain(..).for_each(|register| self.of[register as usize] = [NONE; 3]);
    }
}

impl Visitor for Loader {
    fn registers(&mut self) -> &mut Table {
        &mut self.registers
    }

    fn access(&mut self, register: RegisterId, access: &Access) {
        let op = access.op;
        let key = if self.cut.interleaved { DeviceId::default() } else { access.place.device };
        let stream = self.open.entry(key).or_default();
        let number = self.numbers.get(register, op);
        if *number == NONE {
            *number = stream.symbols.len() as u32;
            stream.symbols.push(Symbol { register: access.register(), op });
        }
        stream.symbol.push(*number);
        stream.value.push(access.value);
        stream.time.push(access.time);
        stream.index.push(access.index);
    }

    fn gap(&mut self) {
        for stream in self.open.values_mut() {
            let here = stream.symbol.len();
            if here > 0 && stream.breaks.last() != Some(&here) {
                stream.breaks.push(here);
            }
        }
    }

    fn marker(&mut self, _: &Moment, text: &[u8]) {
        if self.cut.by_mark {
            self.end_phase();
            self.mark = Some(String::from_utf8_lossy(text).into_owned());
        }
    }
}

impl Loader {
    fn end_phase(&mut self) {
        self.numbers.clear();
        let streams: Vec<Stream> = std::mem::take(&mut self.open).into_values().collect();
        if !streams.is_empty() {
            self.phases.push(Phase { mark: self.mark.take(), streams });
        }
    }
}

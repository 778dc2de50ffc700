//! From a trace to the streams of accesses that sequence analyses work on.

use std::collections::BTreeMap;

use mmio_format::filter::{Bound, Filter};
use mmio_format::resolve::Resolver;
use mmio_format::trace::{Part, Trace};
use mmio_format::{Columns, Kind, Result};

use crate::intern::Interner;
use crate::stream::{Stream, Symbol};

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
    let devices = trace.devices().clone();
    let filter = filter.bind(&devices, trace.start())?;
    let may_pass = filter.clone();
    let columns =
        Columns::TIME.with(Columns::ADDRESS).with(Columns::VALUE).with(Columns::WIDTH).with(Columns::TEXT);
    let mut loader = Loader {
        filter,
        resolver: devices.resolver(),
        cut,
        recording: 0,
        phases: Vec::new(),
        mark: None,
        open: BTreeMap::new(),
    };
    trace.for_each(
        columns,
        |stats| may_pass.may_pass(stats),
        |part| {
            loader.part(part);
            Ok(())
        },
    )?;
    loader.end_phase();
    Ok(loader.phases)
}

struct Loader<'a> {
    filter: Bound<'a>,
    resolver: Resolver<'a>,
    cut: Cut,
    recording: usize,
    phases: Vec<Phase>,
    mark: Option<String>,
    open: BTreeMap<u16, Open>,
}

/// A stream that grows.
#[derive(Default)]
struct Open {
    symbols: Interner<Symbol>,
    stream: Stream,
}

impl Loader<'_> {
    fn part(&mut self, part: &Part<'_>) {
        let block = part.block;
        if part.after_gap {
            self.break_all();
        }
        let mut index = part.first_access;
        for (row, &kind) in block.kind.iter().enumerate() {
            let here = index;
            index += u64::from(kind.is_access());
            if kind == Kind::LOST {
                self.break_all();
            }
            if kind == Kind::MARKER && self.cut.by_mark {
                self.end_phase();
                let text = block.texts.get(row as u32).unwrap_or_default();
                self.mark = Some(String::from_utf8_lossy(text).into_owned());
            }
            let in_span = self.filter.in_span(block, row);
            if !kind.is_access() || !in_span {
                continue;
            }
            let place = self.resolver.place(part.first_record + row as u64, block.address[row]);
            if self.filter.wants_access(kind, block.width[row], place) {
                if self.resolver.recording() != self.recording {
                    self.recording = self.resolver.recording();
                    self.break_all();
                }
                let width = block.width[row];
                let symbol =
                    Symbol { device: place.device, bar: place.bar, offset: place.offset, op: kind, width };
                self.push(symbol, block.value[row], block.time[row], here);
            }
        }
    }

    fn push(&mut self, symbol: Symbol, value: u64, time: u64, index: u64) {
        let key = if self.cut.interleaved { 0 } else { symbol.device };
        let open = self.open.entry(key).or_default();
        open.stream.symbol.push(open.symbols.id(symbol));
        open.stream.value.push(value);
        open.stream.time.push(time);
        open.stream.index.push(index);
    }

    /// What comes next does not follow what came before.
    fn break_all(&mut self) {
        for open in self.open.values_mut() {
            let here = open.stream.symbol.len();
            if here > 0 && open.stream.breaks.last() != Some(&here) {
                open.stream.breaks.push(here);
            }
        }
    }

    fn end_phase(&mut self) {
        let streams: Vec<Stream> = std::mem::take(&mut self.open)
            .into_values()
            .map(|open| Stream { symbols: open.symbols.into_keys(), ..open.stream })
            .collect();
        if !streams.is_empty() {
            self.phases.push(Phase { mark: self.mark.take(), streams });
        }
    }
}

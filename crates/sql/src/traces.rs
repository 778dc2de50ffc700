//! The inputs of a query.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mmio_format::{Devices, Error, Filter, Result, Trace};

use mmio_analyze::Summary;

/// Open traces, each with its name, and the filter that all of them are seen through.
#[derive(Clone, Default)]
pub struct Traces {
    pub(super) inputs: Vec<Arc<Input>>,
    filter: Arc<Filter>,
    /// Accesses that pass the filter, where they were counted.
    selected: Option<u64>,
}

/// One trace.
pub(super) struct Input {
    /// What the column `trace` says.
    pub(super) name: String,
    pub(super) filter: Arc<Filter>,
    pub(super) devices: Devices,
    /// Scans of one query may want the trace at the same time; they read it one after the other.
    trace: Mutex<Trace>,
    blocks: AtomicU64,
}

impl Traces {
    /// Traces of which there are none yet; those that are added pass through `filter`.
    pub fn new(filter: Filter) -> Traces {
        Traces { inputs: Vec::new(), filter: Arc::new(filter), selected: None }
    }

    /// Adds a trace. `name` is what the column `trace` says for its rows.
    pub fn add(&mut self, name: impl Into<String>, trace: Trace) {
        self.inputs.push(Arc::new(Input {
            name: name.into(),
            filter: self.filter.clone(),
            devices: trace.devices().clone(),
            trace: Mutex::new(trace),
            blocks: AtomicU64::new(0),
        }));
    }

    /// Shows each trace with its name, in the order in which they were added.
    pub fn for_each(&self, mut show: impl FnMut(&str, &mut Trace)) {
        for input in &self.inputs {
            show(&input.name, &mut input.lock());
        }
    }

    /// Counts the accesses that pass the filter, for [`Traces::summary`]: a query does not look at all of them. Nothing is
    /// counted for a filter that lets everything through.
    ///
    /// # Errors
    /// As [`mmio_format::walk::walk`], with the name of the trace.
    pub fn count_selected(&mut self) -> Result<()> {
        if self.filter.is_empty() {
            return Ok(());
        }
        let mut selected = 0;
        for input in &self.inputs {
            let found = Summary::passing(&mut input.lock(), &self.filter);
            let found = found.map_err(|error| Error::Request(format!("{}: {error}", input.name)))?;
            selected += found.selected.unwrap_or(0);
        }
        self.selected = Some(selected);
        Ok(())
    }

    /// Counts over all traces together, and of what passes the filter where that was counted.
    pub fn summary(&self) -> Summary {
        let mut total = Summary { selected: self.selected, ..Summary::default() };
        self.for_each(|_, trace| {
            let one = Summary::of(trace);
            total.accesses += one.accesses;
            total.lost = total.lost.saturating_add(one.lost);
            total.unparsed += one.unparsed;
            total.wide += one.wide;
        });
        total
    }

    /// Blocks that scans have decoded so far.
    pub fn blocks_read(&self) -> u64 {
        self.inputs.iter().map(|input| input.blocks.load(Ordering::Relaxed)).sum()
    }
}

impl Input {
    pub(super) fn lock(&self) -> MutexGuard<'_, Trace> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count_block(&self) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
    }
}

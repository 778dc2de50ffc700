//! What analyses of registers share: a first pass that counts, and a second one that observes.

use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_format::{Access, Filter, RegisterId, Result, Scope, Trace};

use crate::census::Census;
use crate::steps::{Observer, Steps};
use crate::summary::Summary;
use crate::waits::{Finder, Waits, Watch};

/// The registers of a part of a trace, ready to be observed.
pub struct Study {
    scope: Scope,
    /// Every register with its counts.
    pub census: Census,
    /// The waits, once they are known.
    waits: Option<Waits>,
}

impl Study {
    /// Counts the registers in `scope`.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn new(trace: &mut Trace, scope: &Scope) -> Result<Study> {
        let mut census = Census::default();
        walk(trace, scope, &mut census)?;
        Ok(Study { scope: scope.clone(), census, waits: None })
    }

    /// Counts the registers in `scope`, and finds the waits for them in the same walk.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn with_waits(trace: &mut Trace, scope: &Scope) -> Result<Study> {
        let mut both = Both::default();
        walk(trace, scope, &mut both)?;
        let waits = both.finder.finish(Summary::of(trace));
        Ok(Study { scope: scope.clone(), census: both.census, waits: Some(waits) })
    }

    /// The waits for all registers; where they are not known yet, a walk of its own finds them.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn waits(&mut self, trace: &mut Trace) -> Result<Waits> {
        if let Some(waits) = &self.waits {
            return Ok(waits.clone());
        }
        let mut watch = Watch::new(&self.census);
        self.observe(trace, &mut watch)?;
        Ok(self.waits.insert(watch.finish(Summary::of(trace), &self.census)).clone())
    }

    /// Shows the same accesses to `observer`, in steps.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn observe(&mut self, trace: &mut Trace, observer: &mut impl Observer) -> Result<()> {
        let mut steps = Steps::new(&mut self.census, observer);
        walk(trace, &self.scope, &mut steps)?;
        steps.finish();
        Ok(())
    }
}

/// A walk that counts and finds waits.
#[derive(Default)]
struct Both {
    census: Census,
    finder: Finder,
}

impl Visitor for Both {
    fn registers(&mut self) -> &mut Table {
        self.census.registers()
    }

    fn access(&mut self, register: RegisterId, access: &Access) {
        self.census.access(register, access);
        self.finder.access(register, access);
    }

    fn gap(&mut self) {
        self.census.gap();
        self.finder.gap();
    }
}

/// The part of `filter` that says where to look. What is left, BAR, offsets, op and width, says which
/// registers to show: what they mean follows from everything that happened around them.
pub fn where_to_look(filter: &Filter) -> Filter {
    Filter {
        devices: filter.devices.clone(),
        time: filter.time,
        mark: filter.mark.clone(),
        ..Filter::default()
    }
}

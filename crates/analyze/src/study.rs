//! What analyses of registers share: a first pass that counts, and a second one that observes.

use mmio_format::{Filter, Result, Scope, Trace};

use crate::census::Census;
use crate::steps::{Observer, Steps};
use mmio_format::walk::walk;

/// The registers of a part of a trace, ready to be observed.
pub struct Study {
    scope: Scope,
    /// Every register with its counts.
    pub census: Census,
}

impl Study {
    /// Counts the registers in `scope`.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn new(trace: &mut Trace, scope: &Scope) -> Result<Study> {
        let mut census = Census::default();
        walk(trace, scope, &mut census)?;
        Ok(Study { scope: scope.clone(), census })
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

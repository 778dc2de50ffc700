//! What a detector of idioms is.

use super::facts::{Facts, Role};
use super::finding::Finding;
use super::known::Known;
use super::view::View;
use crate::census::Census;
use crate::steps::Step;
use mmio_format::{Access, RegisterId};

/// A step, and what is known when it comes.
#[derive(Clone, Copy)]
pub(crate) struct Now<'a> {
    pub(crate) step: &'a Step,
    /// What came before on the same device.
    pub(crate) view: &'a View,
    /// The step's register.
    pub(crate) known: Known,
    /// All registers, by number.
    pub(crate) registers: &'a [Known],
}

/// Learns from the steps of every device as they come, and says at the end what it found.
///
/// Steps come one by one, those of one device in their order. Reads that only post writes are not shown as steps.
/// What is not overridden costs nothing.
pub(crate) trait Detector {
    /// What takes a register away from its findings: they are dropped where an earlier detector of the list found
    /// that.
    const YIELDS: &'static [Role] = &[];

    /// For the registers of `census`, which counted the accesses that will come.
    fn new(census: &Census) -> Self;

    /// An access, before it is known to which step it belongs.
    #[inline]
    fn access(&mut self, _register: RegisterId, _access: &Access, _known: Known) {}

    /// A step of any kind.
    #[inline]
    fn step(&mut self, _now: &Now<'_>) {}

    /// One or more reads of a register.
    #[inline]
    fn read(&mut self, _now: &Now<'_>) {}

    /// A write.
    #[inline]
    fn write(&mut self, _now: &Now<'_>) {}

    /// A read that only posts the write before it.
    #[inline]
    fn posted(&mut self, _step: &Step, _view: &View) {}

    /// What follows the steps of a device is not known: a gap, or the end.
    fn pause(&mut self, _view: &View) {}

    /// Nothing before may be joined with what comes next.
    fn gap(&mut self) {}

    /// Whether there was more than is followed.
    fn is_full(&self) -> bool;

    /// What was found, now that all was seen; `facts` has what the detectors before it found.
    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding>;
}

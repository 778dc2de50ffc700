//! Shows every step to the detectors.

use std::collections::BTreeSet;

use mmio_format::{Access, RegisterId};

use super::detector::Now;
use super::detectors::{Detectors, LeftOut};
use super::gaps::{DeviceGaps, Gaps};
use super::known::Known;
use super::posting::{Posters, Posting};
use super::view::View;
use crate::census::Census;
use crate::steps::{Observer, Past, Step};

/// What is remembered of a device.
#[derive(Clone, Debug, Default)]
struct Device {
    view: View,
    posters: Posters,
    /// Times between its accesses, and the last one since the last gap.
    usual: Gaps,
    time: Option<u64>,
}

/// Watches the accesses of all devices.
pub(crate) struct Watch {
    registers: Vec<Known>,
    devices: Vec<Device>,
    pub(super) detectors: Detectors,
}

impl Watch {
    /// For the registers of `census`, which counted the accesses that will come.
    pub(crate) fn new(census: &Census) -> Watch {
        Watch { registers: Known::all(census), devices: Vec::new(), detectors: Detectors::new(census) }
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self) {
        self.devices.iter().for_each(|device| self.detectors.pause(&device.view));
    }

    /// How fast the accesses of each device follow each other.
    pub(super) fn usual(&self) -> DeviceGaps {
        self.devices.iter().map(|device| device.usual).collect()
    }

    /// Registers that are read after writes.
    pub(super) fn posting(&self) -> Vec<Posting> {
        self.devices.iter().flat_map(|device| device.posters.posting(&device.usual)).collect()
    }

    /// Of what there was more than is followed.
    pub(super) fn left_out(&self) -> BTreeSet<LeftOut> {
        self.detectors.left_out()
    }
}

impl Observer for Watch {
    fn access(&mut self, register: RegisterId, access: &Access) {
        let device = access.place.stream();
        if device >= self.devices.len() {
            self.devices.resize_with(device + 1, Device::default);
        }
        let device = &mut self.devices[device];
        if let Some(time) = device.time.replace(access.time) {
            device.usual.add(access.time.saturating_sub(time));
        }
        self.detectors.access(register, access, self.registers[register as usize]);
    }

    fn step(&mut self, step: &Step, _past: &Past) {
        let device = &mut self.devices[usize::from(step.stream)];
        if device.posters.is_posting(step) {
            self.detectors.posted(step, &device.view);
            return;
        }
        let known = self.registers[step.register as usize];
        self.detectors.step(&Now { step, view: &device.view, known, registers: &self.registers });
        if known.is_accessed() {
            device.view.push(step);
        }
    }

    fn gap(&mut self) {
        for device in &mut self.devices {
            self.detectors.pause(&device.view);
            device.view.gap();
            device.posters.gap();
            device.time = None;
        }
        self.detectors.gap();
    }
}

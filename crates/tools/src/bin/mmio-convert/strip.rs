//! `--strip`: what says which machine a trace is of is left out, and what its accesses need stays.

use std::collections::{BTreeSet, HashSet};

use mmio_format::container::{Recording, key};
use mmio_format::export::Omitted;
use mmio_format::pci::PciDevice;
use mmio_format::{Block, Columns, DeviceId, Kind, Result, Selection, Trace};

/// Keys of a recording's data that stay: how it was recorded, and not on what.
const KEPT: [&str; 7] =
    [key::TOOL, key::TRACER, key::CLOCK, key::FIELDS, key::REPAIR, "start_clock", "end_clock"];

/// A choice of what stays.
pub(crate) struct Strip {
    /// Bus, device and function of the devices that are accessed or mapped.
    used: HashSet<(u8, u8)>,
    omitted: Omitted,
}

impl Strip {
    /// Looks through the records that `selection` lets through for the devices that they need.
    pub(crate) fn new(trace: &mut Trace, mut selection: Selection<'_>) -> Result<Strip> {
        let devices = trace.devices().clone();
        let mut used: BTreeSet<DeviceId> = BTreeSet::new();
        trace.for_each(
            Columns::TIME.with(Columns::ADDRESS).with(Columns::WIDTH).with(Columns::TEXT),
            |_| true,
            |part| {
                let rows = selection.rows(part).filter(|row| row.passes || row.kind == Kind::MAP);
                used.extend(rows.filter_map(|row| Some(row.place?.device)));
                Ok(())
            },
        )?;
        let slots = used.into_iter().filter_map(|id| devices.get(id).slot);
        Ok(Strip { used: slots.map(|slot| (slot.bus, slot.devfn)).collect(), omitted: Omitted::default() })
    }

    /// Whether the record at `row` stays: accesses, mappings, losses and markers do, and the devices that they need.
    pub(crate) fn keeps(&mut self, block: &Block, row: usize) -> bool {
        let kind = block.kind[row];
        let keeps = match kind {
            Kind::PCI_DEVICE => {
                let text = block.texts.get(row as u32).unwrap_or_default();
                PciDevice::parse(text).is_some_and(|device| self.is_used(&device))
            }
            Kind::COMMENT | Kind::LSPCI | Kind::RAW => false,
            _ => true,
        };
        if !keeps {
            self.omitted.add(kind);
        }
        keeps
    }

    /// What stays of a recording's data.
    pub(crate) fn recording(&mut self, recording: &Recording) -> Recording {
        let mut kept = Recording { number: recording.number, entries: Vec::new() };
        for (name, value) in &recording.entries {
            let device = || if name == key::PCI_DEVICE { self.device(value) } else { None };
            if KEPT.contains(&name.as_str()) {
                kept.push(name, value.clone());
            } else if let Some(device) = device() {
                kept.push(name, device);
            } else {
                self.omitted.add_named("fact of a recording", 1);
            }
        }
        kept
    }

    /// A device of a recording's data, if it is used, without the ids of the subsystem: those name the machine's maker.
    fn device(&self, value: &[u8]) -> Option<Vec<u8>> {
        let mut parts = value.splitn(3, |&byte| byte == b' ');
        let (domain, line) = (parts.next()?, parts.nth(1)?);
        self.is_used(&PciDevice::parse(line)?).then(|| [domain, b" 00000000 ", line].concat())
    }

    fn is_used(&self, device: &PciDevice) -> bool {
        self.used.contains(&(device.bus, device.devfn))
    }

    /// Says that a section was left out, as nothing is known of it.
    pub(crate) fn omit_section(&mut self) {
        self.omitted.add_named(crate::UNKNOWN_SECTION, 1);
    }

    /// What was left out, by kind.
    pub(crate) fn omitted(self) -> Omitted {
        self.omitted
    }
}

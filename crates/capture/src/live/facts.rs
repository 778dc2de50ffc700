//! Facts about the machine: the recording's data.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use mmio_format::container::{Recording, key};
use mmio_format::dialects;
use mmio_format::places::Places;

use crate::error::Result;
use crate::kernel::roots::{Roots, peek};
use crate::pci::{PciAddress, PciDevices, PciIds};
use crate::tool::TOOL;
use crate::tracers::{Tracer, Wanted};

/// Keys of ours beside those of the format.
pub(super) mod own_key {
    /// The options of the recorder.
    pub(crate) const OPTIONS: &str = "options";
    /// Nanoseconds of the trace's clock at `start`, by which other logs can be lined up.
    pub(crate) const START_CLOCK: &str = "start_clock";
    /// Nanoseconds of the trace's clock at `end`.
    pub(crate) const END_CLOCK: &str = "end_clock";
}

/// Longest fact that is kept: a recording's data has a limit of its own, 8 MiB.
const MAX_FACT: usize = 1 << 20;

/// The time now, in nanoseconds since 1970 UTC.
pub(super) fn wall_time() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64)
}

/// The machine's PCI devices, with what sysfs knows beyond the list.
///
/// # Errors
/// [`crate::Error::Formats`] for a line that describes no device.
pub(super) fn pci_devices(roots: &Roots) -> Result<PciDevices> {
    let path = roots.proc.join("bus/pci/devices");
    // A machine without PCI has no such file.
    let list = std::fs::read(&path).unwrap_or_default();
    let mut devices = PciDevices::parse(&list, &path)?;
    let names = std::fs::read_dir(roots.sys.join("bus/pci/devices")).into_iter().flatten();
    let addresses = names.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut addresses: Vec<PciAddress> = addresses.collect();
    addresses.sort_unstable();
    for address in addresses {
        devices.place(address, ids(roots, address));
    }
    Ok(devices)
}

fn ids(roots: &Roots, address: PciAddress) -> PciIds {
    let folder = roots.pci_device(address);
    let id = |file| u16::from_str_radix(peek(folder.join(file))?.strip_prefix("0x")?, 16).ok();
    PciIds {
        device: id("vendor").zip(id("device")),
        subsystem: id("subsystem_vendor").zip(id("subsystem_device")),
    }
}

/// The facts at the start.
pub(super) fn at_start(
    roots: &Roots,
    tracer: Tracer,
    devices: &PciDevices,
    clock: &str,
    fields: &str,
    options: &str,
) -> Recording {
    let mut r = Recording::default();
    r.push(key::TOOL, TOOL);
    r.push(key::TRACER, tracer.name());
    r.push(key::FIELDS, fields);
    r.push(key::CLOCK, clock);
    r.push(own_key::OPTIONS, options);
    let kernel = ["osrelease", "version"].map(|name| peek(roots.proc.join("sys/kernel").join(name)));
    r.push(key::KERNEL, kernel.map(Option::unwrap_or_default).join(" "));
    let machine = ["sys_vendor", "product_name"].map(|name| peek(roots.sys.join("class/dmi/id").join(name)));
    let machine: Vec<String> = machine.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    if !machine.is_empty() {
        r.push(key::MACHINE, machine.join(" "));
    }
    push_file(&mut r, key::COMMAND_LINE, &roots.proc.join("cmdline"));
    push_file(&mut r, key::MODULES, &roots.proc.join("modules"));
    push_file(&mut r, key::IOMEM, &roots.proc.join("iomem"));
    devices.describe(&mut r);
    r
}

/// The facts at the end: the modules once more, and the devices that are not as they were, as the driver may have come
/// meanwhile.
pub(super) fn at_end(roots: &Roots, before: &PciDevices) -> Recording {
    let mut r = Recording::default();
    push_file(&mut r, key::MODULES, &roots.proc.join("modules"));
    push_file(&mut r, key::IOMEM, &roots.proc.join("iomem"));
    if let Ok(now) = pci_devices(roots) {
        now.without(before).describe(&mut r);
    }
    r
}

/// What is known of the machine whose events are recorded: where the kernel has mapped devices, for the events of its
/// accessors, which name virtual addresses.
pub(super) fn places(roots: &Roots, wanted: &Wanted) -> dialects::Options {
    let mut places = Places::default();
    if wanted.events.iter().any(|event| event.starts_with("rwmmio"))
        && let Some(mappings) = peek(roots.proc.join("vmallocinfo"))
    {
        // Where it has no addresses that can be used, those of the events stay virtual, and the recording says so.
        let _ = places.add_vmallocinfo(mappings.as_bytes());
    }
    dialects::Options { places: Arc::new(places), ..dialects::Options::default() }
}

/// Notes a moment by two clocks.
pub(super) fn moment(r: &mut Recording, (wall_key, clock_key): (&str, &str), wall: u64, clock: u64) {
    r.push(wall_key, wall.to_string());
    r.push(clock_key, clock.to_string());
}

fn push_file(r: &mut Recording, key: &str, path: &Path) {
    if let Some(mut text) = peek(path) {
        let mut end = text.len().min(MAX_FACT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        r.push(key, text);
    }
}

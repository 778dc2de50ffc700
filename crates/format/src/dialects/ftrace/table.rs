//! The events that drivers have of their own for accesses to registers.
//!
//! A line here is an event: its name, what it prints (see [`pattern`](super::pattern)), and what differs from a register of
//! 4 bytes at an offset in bytes. What it prints is in the file that stands above it, below `drivers/` of the kernel's
//! source where nothing else is said. The names of its fields are for readers of the binary form.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::pattern::Parts;
use crate::dialects::registers::{Device, Fields, Place, Told};
use crate::record::Kind;

/// An event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    op: Op,
    /// The pattern of its text.
    text: &'static str,
    /// Bytes from one register to the next, where registers are numbers.
    unit: u64,
    /// Bytes of an access, where the event does not say them.
    width: u8,
    /// What a device of such events is.
    class: &'static str,
    place: Place,
    names: Names,
}

/// What an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Is(Kind),
    /// It says so: in text by a word, in binary form by this field, which is not 0 for an access of this kind.
    Said(&'static str, Kind),
}

/// The fields by what is in them; an empty name where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(dead_code)]
struct Names {
    device: &'static str,
    part: &'static str,
    register: &'static str,
    value: &'static str,
    /// Bytes.
    length: &'static str,
}

/// All events, those of one name side by side.
pub(crate) static EVENTS: &[Event] = &[
    // gpu/drm/amd/amdgpu/amdgpu_trace.h
    read("amdgpu_device_rreg", "{dev:s}, {reg:x}, {value:x}")
        .of("amdgpu")
        .unit(4)
        .fields("did", "reg", "value"),
    write("amdgpu_device_wreg", "{dev:s}, {reg:x}, {value:x}")
        .of("amdgpu")
        .unit(4)
        .fields("did", "reg", "value"),
    read("amdgpu_mm_rreg", "{dev:s}, {reg:x}, {value:x}").of("amdgpu").unit(4).fields("did", "reg", "value"),
    write("amdgpu_mm_wreg", "{dev:s}, {reg:x}, {value:x}").of("amdgpu").unit(4).fields("did", "reg", "value"),
    // gpu/drm/amd/display/amdgpu_dm/amdgpu_dm_trace.h
    read("amdgpu_dc_rreg", "reg={reg:x}, value={value:x}").of("amdgpu").unit(4).fields("", "reg", "value"),
    read("amdgpu_dc_rreg", "reg={reg:x} value={value:x}").of("amdgpu").unit(4).fields("", "reg", "value"),
    write("amdgpu_dc_wreg", "reg={reg:x}, value={value:x}").of("amdgpu").unit(4).fields("", "reg", "value"),
    write("amdgpu_dc_wreg", "reg={reg:x} value={value:x}").of("amdgpu").unit(4).fields("", "reg", "value"),
    // gpu/drm/i915/i915_trace.h
    said("i915_reg_rw", "{op} reg={reg:x}, len={len:d}, val=({value:x}, {high:x})")
        .of("i915")
        .fields("", "reg", "val")
        .op("write", Kind::WRITE)
        .length("len"),
    // gpu/drm/xe/xe_trace.h: the device since 6.10
    said("xe_reg_rw", "dev={dev:s}, {op} reg={reg:x}, len={len:d}, val=({value:x}, {high:x})")
        .bar(0)
        .fields("dev", "reg", "val")
        .op("write", Kind::WRITE)
        .length("len"),
    said("xe_reg_rw", "{op} reg={reg:x}, len={len:d}, val=({value:x}, {high:x})")
        .of("xe")
        .fields("", "reg", "val")
        .op("write", Kind::WRITE)
        .length("len"),
    // net/wireless/intel/iwlwifi/iwl-devtrace-io.h: PRPH is a space behind a window
    read("iwlwifi_dev_ioread32", "[{dev:s}] read io[{reg:x}] = {value:x}")
        .bar(0)
        .fields("dev", "offs", "val"),
    write("iwlwifi_dev_iowrite8", "[{dev:s}] write io[{reg:x}] = {value:x}")
        .bar(0)
        .width(1)
        .fields("dev", "offs", "val"),
    write("iwlwifi_dev_iowrite32", "[{dev:s}] write io[{reg:x}] = {value:x}")
        .bar(0)
        .fields("dev", "offs", "val"),
    write("iwlwifi_dev_iowrite64", "[{dev:s}] write io[{reg:d}] = {value:d}")
        .bar(0)
        .width(8)
        .fields("dev", "offs", "val"),
    read("iwlwifi_dev_ioread_prph32", "[{dev:s}] read PRPH[{reg:x}] = {value:x}")
        .of("PRPH")
        .fields("dev", "offs", "val"),
    write("iwlwifi_dev_iowrite_prph32", "[{dev:s}] write PRPH[{reg:x}] = {value:x}")
        .of("PRPH")
        .fields("dev", "offs", "val"),
    write("iwlwifi_dev_iowrite_prph64", "[{dev:s}] write PRPH[{reg:d}] = {value:d}")
        .of("PRPH")
        .width(8)
        .fields("dev", "offs", "val"),
    // net/wireless/mediatek/mt76/trace.h, usb_trace.h and mt7601u/trace.h
    read("reg_rr", "{dev:s} {reg:x}={value:x}").fields("wiphy_name", "reg", "val"),
    write("reg_wr", "{dev:s} {reg:x}={value:x}").fields("wiphy_name", "reg", "val"),
    read("usb_reg_rr", "{dev:s} {reg:x}={value:x}").fields("wiphy_name", "reg", "val"),
    write("usb_reg_wr", "{dev:s} {reg:x}={value:x}").fields("wiphy_name", "reg", "val"),
    read("reg_read", "{dev:s} {reg:x}={value:x}").fields("wiphy_name", "reg", "val"),
    write("reg_write", "{dev:s} {reg:x}={value:x}").fields("wiphy_name", "reg", "val"),
    // usb/dwc3/trace.h: the offset since 5.9, the device's address in the latest ones
    read("dwc3_readl", "addr {_:s} offset {reg:x} value {value:x}").of("dwc3").fields("", "offset", "value"),
    read("dwc3_readl", "{dev:s}: addr {_:s} offset {reg:x} value {value:x}")
        .of("dwc3")
        .fields("", "offset", "value"),
    write("dwc3_writel", "addr {_:s} offset {reg:x} value {value:x}")
        .of("dwc3")
        .fields("", "offset", "value"),
    write("dwc3_writel", "{dev:s}: addr {_:s} offset {reg:x} value {value:x}")
        .of("dwc3")
        .fields("", "offset", "value"),
    // usb/musb/musb_trace.h
    read("musb_readb", "{_:s}: {_:s} + {reg:x}: {value:x}").of("musb").width(1).fields("", "offset", "data"),
    read("musb_readw", "{_:s}: {_:s} + {reg:x}: {value:x}").of("musb").width(2).fields("", "offset", "data"),
    read("musb_readl", "{_:s}: {_:s} + {reg:x}: {value:x}").of("musb").fields("", "offset", "data"),
    write("musb_writeb", "{_:s}: {_:s} + {reg:x}: {value:x}")
        .of("musb")
        .width(1)
        .fields("", "offset", "data"),
    write("musb_writew", "{_:s}: {_:s} + {reg:x}: {value:x}")
        .of("musb")
        .width(2)
        .fields("", "offset", "data"),
    write("musb_writel", "{_:s}: {_:s} + {reg:x}: {value:x}").of("musb").fields("", "offset", "data"),
    // gpu/drm/tegra/trace.h: dwords
    read("dc_readl", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    write("dc_writel", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    read("hdmi_readl", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    write("hdmi_writel", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    read("dsi_readl", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    write("dsi_writel", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    read("dpaux_readl", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    write("dpaux_writel", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    read("sor_readl", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    write("sor_writel", "{dev:s} {reg:x} {value:x}").unit(4).fields("", "offset", "value"),
    // media/platform/nvidia/tegra-vde/trace.h
    read("vde_readl", "{dev:s}:{reg:x} {value:x}").of("vde").fields("hw_name", "offset", "value"),
    write("vde_writel", "{dev:s}:{reg:x} {value:x}").of("vde").fields("hw_name", "offset", "value"),
    // misc/mei/mei-trace.h
    read("mei_reg_read", "[{dev:s}] read {_:s}:[{reg:x}] = {value:x}").bar(0).fields("dev", "offs", "val"),
    write("mei_reg_write", "[{dev:s}] write {_:s}[{reg:x}] = {value:x}").bar(0).fields("dev", "offs", "val"),
    // include/trace/events/habanalabs.h: addresses of the device's own bus
    read("habanalabs_rreg32", "{dev:s}: addr: {reg:x}, val: {value:x}")
        .addresses()
        .fields("dname", "addr", "val"),
    write("habanalabs_wreg32", "{dev:s}: addr: {reg:x}, val: {value:x}")
        .addresses()
        .fields("dname", "addr", "val"),
    // dma/fsl-edma-trace.h: in binary form there is an address of the kernel only
    read("edma_readb", "offset {reg:x}: value {value:x}").of("edma").width(1),
    read("edma_readw", "offset {reg:x}: value {value:x}").of("edma").width(2),
    read("edma_readl", "offset {reg:x}: value {value:x}").of("edma"),
    write("edma_writeb", "offset {reg:x}: value {value:x}").of("edma").width(1),
    write("edma_writew", "offset {reg:x}: value {value:x}").of("edma").width(2),
    write("edma_writel", "offset {reg:x}: value {value:x}").of("edma"),
    // mtd/devices/docg3.h
    said("docg3_io", "docg3: {op}{bits:d} reg={reg:x}, val={value:x}")
        .of("docg3")
        .fields("", "reg", "val")
        .op("op", Kind::WRITE),
    // include/trace/events/mdio.h: numbers of registers
    said("mdio_access", "{dev:s} {op} phy:{part:x} reg:{reg:x} val:{value:x}")
        .of("mdio")
        .width(2)
        .fields("busid", "regnum", "val")
        .op("read", Kind::READ)
        .part("addr"),
    // arch/x86/include/asm/msr-trace.h: numbers of registers
    read("read_msr", "{reg:x}, value {value:x}").of("msr").width(8).fields("", "msr", "val"),
    write("write_msr", "{reg:x}, value {value:x}").of("msr").width(8).fields("", "msr", "val"),
    read("rdpmc", "{reg:x}, value {value:x}").of("pmc").width(8).fields("", "msr", "val"),
];

/// An event that is a read.
const fn read(name: &'static str, text: &'static str) -> Event {
    event(name, text, Op::Is(Kind::READ))
}

/// An event that is a write.
const fn write(name: &'static str, text: &'static str) -> Event {
    event(name, text, Op::Is(Kind::WRITE))
}

/// An event that is the one or the other.
const fn said(name: &'static str, text: &'static str) -> Event {
    event(name, text, Op::Said("", Kind::WRITE))
}

const fn event(name: &'static str, text: &'static str, op: Op) -> Event {
    let names = Names { device: "", part: "", register: "", value: "", length: "" };
    Event { name, op, text, unit: 1, width: 4, class: "", place: Place::Offsets, names }
}

impl Event {
    const fn of(self, class: &'static str) -> Event {
        Event { class, ..self }
    }

    const fn unit(self, unit: u64) -> Event {
        Event { unit, ..self }
    }

    const fn width(self, width: u8) -> Event {
        Event { width, ..self }
    }

    const fn bar(self, bar: u8) -> Event {
        Event { place: Place::Bar(bar), ..self }
    }

    const fn addresses(self) -> Event {
        Event { place: Place::Addresses, ..self }
    }

    const fn fields(self, device: &'static str, register: &'static str, value: &'static str) -> Event {
        Event { names: Names { device, register, value, ..self.names }, ..self }
    }

    const fn part(self, part: &'static str) -> Event {
        Event { names: Names { part, ..self.names }, ..self }
    }

    const fn length(self, length: &'static str) -> Event {
        Event { names: Names { length, ..self.names }, ..self }
    }

    const fn op(self, field: &'static str, kind: Kind) -> Event {
        Event { op: Op::Said(field, kind), ..self }
    }

    /// The events of this name, of which the first that can be read is the right one.
    pub(crate) fn called(name: &[u8]) -> &'static [Event] {
        static BY_NAME: LazyLock<HashMap<&'static [u8], &'static [Event]>> = LazyLock::new(|| {
            let events = EVENTS.chunk_by(|one, other| one.name == other.name);
            events.map(|events| (events[0].name.as_bytes(), events)).collect()
        });
        BY_NAME.get(name).copied().unwrap_or_default()
    }

    /// The access that the text of an event tells of.
    pub(crate) fn by_text<'a>(&self, text: &'a [u8]) -> Option<Told<'a>> {
        let parts = Parts::read(self.text, text)?;
        let kind = match self.op {
            Op::Is(kind) => kind,
            Op::Said(..) => parts.op?,
        };
        self.told(kind, &parts)
    }

    /// The access that the fields of an event in binary form tell of.
    pub(crate) fn by_fields<'a>(&self, fields: &'a dyn Fields) -> Option<Told<'a>> {
        let names = &self.names;
        let kind = match self.op {
            Op::Is(kind) => kind,
            Op::Said(name, kind) => match (fields.number(name)?, kind) {
                (0, Kind::WRITE) => Kind::READ,
                (0, _) => Kind::WRITE,
                _ => kind,
            },
        };
        let parts = Parts {
            register: fields.number(names.register)?,
            value: fields.number(names.value)?,
            bytes: fields.number(names.length),
            ..Parts::default()
        };
        let told = self.told(kind, &parts)?;
        let (name, part) = (described(fields, names.device), described(fields, names.part));
        Some(Told { device: Device { name, part, ..told.device }, ..told })
    }

    fn told<'a>(&self, kind: Kind, parts: &Parts<'a>) -> Option<Told<'a>> {
        let width = match parts.bytes {
            Some(bytes) => u8::try_from(bytes).ok().filter(|bytes| (1..=8).contains(bytes))?,
            None => self.width,
        };
        let (name, part) = (parts.device.into(), parts.part.into());
        let device = Device { class: self.class, name, part, place: self.place };
        let register = parts.register.checked_mul(self.unit)?;
        Some(Told { device, kind, register, value: parts.value, width })
    }
}

/// A field as the name of a device: a number as the events of the table print it.
#[allow(dead_code)]
fn described<'a>(fields: &'a dyn Fields, name: &str) -> Cow<'a, [u8]> {
    match (fields.text(name), fields.number(name)) {
        (Some(text), _) => text.into(),
        (None, Some(number)) => format!("0x{number:02x}").into_bytes().into(),
        (None, None) => Cow::default(),
    }
}

#[cfg(test)]
mod tests;

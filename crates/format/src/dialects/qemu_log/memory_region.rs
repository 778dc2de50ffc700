//! `memory_region_ops_*`, their twins of subpages, and RAM of devices.

use memchr::memmem;

use super::{Outcome, Stamp, TOO_MANY};
use crate::dialects::layout::RegionId;
use crate::dialects::scan::Scan;
use crate::dialects::{Found, Options, Sink};
use crate::record::Kind;

/// Addresses below are I/O ports on a PC, where the same event tells of both.
const PORTS: u64 = 0x1_0000;
/// Where messages that are interrupts are written on x86 (Intel SDM volume 3, "Message Signalled Interrupts").
const MESSAGES: std::ops::RangeInclusive<u64> = 0xfee0_0000..=0xfeef_ffff;
/// Ports that show that the machine is a PC: of PCI's configuration, and of the clock.
const OF_A_PC: [u64; 4] = [0xcf8, 0xcfc, 0x70, 0x71];

/// What is to be known of the widths: QEMU joins and splits accesses as the model of the device asks (impl.min_access_size
/// and max_access_size in system/memory.c) before it logs them.
const WIDTHS: &str = "widths are those of the device model, which may join or split what the driver does";

/// The start of an event's name, which `read` or `write` follows.
const OPS: &[u8] = b"memory_region_ops_";
const SUBPAGE: &[u8] = b"memory_region_subpage_";
const RAM_DEVICE: &[u8] = b"memory_region_ram_device_";

/// What an event is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A region, at an address of the machine.
    Region,
    /// A part of a page that regions share.
    Subpage,
    /// Memory of a device, as VFIO has it.
    RamDevice,
}

/// Places by the start of an event's name, with what their address is called.
const PLACES: [(&[u8], &[u8], Place); 3] = [
    (OPS, b"addr", Place::Region),
    (SUBPAGE, b"offset", Place::Subpage),
    (RAM_DEVICE, b"addr", Place::RamDevice),
];

/// An event, as it stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event<'a> {
    pub(super) place: Place,
    pub(super) is_write: bool,
    /// Less than 0 for what is not a CPU.
    pub(super) cpu: Option<i64>,
    pub(super) region: Option<u64>,
    /// Of a subpage the offset in it.
    pub(super) address: u64,
    pub(super) value: u64,
    pub(super) size: u8,
    pub(super) name: Option<&'a [u8]>,
}

/// Follows the events.
pub(super) struct MemoryRegion {
    keeps_ports: bool,
    is_pc: bool,
    has_ops: bool,
    /// The region used last, by its pointer.
    recent: Option<(u64, RegionId)>,
}

impl MemoryRegion {
    /// For a log that begins with `start`, which says what kind of machine it is of, and which events are on.
    pub(super) fn new(options: &Options, start: &[u8]) -> MemoryRegion {
        let mut this =
            MemoryRegion { keeps_ports: options.ports, is_pc: false, has_ops: false, recent: None };
        for line in start.split(|&byte| byte == b'\n') {
            if let Some(at) = memmem::find(line, OPS)
                && let Some((event, _)) = Event::read(&line[at..])
            {
                this.foresee(&event);
            }
        }
        this
    }

    /// Takes from an event what kind of machine the log is of, and which events are on.
    pub(super) fn foresee(&mut self, event: &Event<'_>) {
        if event.place == Place::Region {
            self.has_ops = true;
            self.is_pc |= event.is_of_a_pc();
        }
    }

    pub(super) fn event<'a>(&mut self, text: &'a [u8], stamp: Stamp, to: &mut Sink) -> Outcome<'a> {
        if !PLACES.iter().any(|(begin, ..)| text.starts_with(begin)) {
            return Outcome::Other;
        }
        let Some((event, rest)) = Event::read(text) else { return Outcome::Broken };
        self.take(&event, stamp, to);
        Outcome::Taken(rest)
    }

    /// Makes of an event what it is: an access, an interrupt, or something that is left out.
    pub(super) fn take(&mut self, event: &Event<'_>, stamp: Stamp, to: &mut Sink) {
        self.foresee(event);
        match event.place {
            Place::Region => self.ops(event, stamp, to),
            // An access to a region that shares its page has an event of both.
            Place::Subpage if self.has_ops => to.tally.add("second lines of accesses to subpages", 1),
            Place::Subpage => in_region(event, "subpage", stamp, to),
            Place::RamDevice => in_region(event, "ram-device", stamp, to),
        }
    }

    fn ops(&mut self, event: &Event<'_>, stamp: Stamp, to: &mut Sink) {
        let is_message = event.is_write && MESSAGES.contains(&event.address);
        if is_message && event.cpu.is_some_and(|cpu| cpu < 0) {
            to.marker(stamp.time, format!("irq {}", event.value as u8).as_bytes());
        } else if self.is_pc && event.address < PORTS && !self.keeps_ports {
            to.tally.add("accesses to I/O ports (--ports keeps them)", 1);
        } else if let Some(region) = self.region(event, to) {
            to.access_at(region, event.address, &event.found(stamp));
        } else {
            to.access(0, event.address, &event.found(stamp));
        }
    }

    /// The region of an event: pointers tell those of one name apart.
    fn region(&mut self, event: &Event<'_>, to: &mut Sink) -> Option<RegionId> {
        if let Some((pointer, region)) = self.recent
            && event.region == Some(pointer)
        {
            return Some(region);
        }
        let name = event.name.map_or_else(|| "memory".into(), String::from_utf8_lossy);
        let key = match event.region {
            Some(pointer) => format!("{pointer:x}"),
            None => format!("={name}"),
        };
        to.note(WIDTHS);
        let region = to.layout.find(key.as_bytes()).or_else(|| to.layout.add_seen(key.as_bytes(), &name))?;
        self.recent = event.region.map(|pointer| (pointer, region));
        Some(region)
    }
}

/// An access to a region of which only the offset is known.
fn in_region(event: &Event<'_>, what: &str, stamp: Stamp, to: &mut Sink) {
    let key = format!("{what}-{:x}", event.region.unwrap_or(0));
    let region = to.layout.find(key.as_bytes()).or_else(|| to.layout.add(key.as_bytes(), &key, None));
    match region {
        Some(region) => to.access_in(region, event.address, &event.found(stamp)),
        None => to.tally.add(TOO_MANY, 1),
    }
}

impl<'a> Event<'a> {
    /// Reads ` cpu C mr 0xP addr 0xA value 0xV size S name 'N'`: `cpu` is there since QEMU 2.6, the name since 6.2. With
    /// it comes the rest of the text.
    fn read(text: &'a [u8]) -> Option<(Event<'a>, &'a [u8])> {
        let &(begin, called, place) = PLACES.iter().find(|(begin, ..)| text.starts_with(begin))?;
        let mut scan = Scan(text.strip_prefix(begin)?);
        let is_write = scan.word(b"write ").is_some();
        if !is_write {
            scan.word(b"read ")?;
        }
        scan.blanks();
        let cpu = if scan.word(b"cpu ").is_some() { Some(signed(&mut scan)?) } else { None };
        scan.blanks();
        let region = if scan.word(b"mr ").is_some() { Some(scan.hex_0x()?) } else { None };
        scan.blanks();
        scan.word(called)?;
        scan.word(b" ")?;
        let address = scan.hex_0x()?;
        scan.word(b" value ")?;
        let value = scan.hex_0x()?;
        scan.word(b" size ")?;
        let size = scan.decimal().filter(|size| (1..=8).contains(size))? as u8;
        let mut name = None;
        if scan.word(b" name '").is_some() {
            let end = closing_quote(scan.0)?;
            name = Some(&scan.0[..end]);
            scan.0 = &scan.0[end + 1..];
        } else if scan.0.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            return None;
        }
        Some((Event { place, is_write, cpu, region, address, value, size, name }, scan.0))
    }

    fn is_of_a_pc(&self) -> bool {
        OF_A_PC.contains(&self.address) || MESSAGES.contains(&self.address)
    }

    fn found(&self, stamp: Stamp) -> Found {
        Found {
            kind: if self.is_write { Kind::WRITE } else { Kind::READ },
            value: self.value,
            width: self.size,
            time: stamp.time,
            cpu: self.cpu.and_then(|cpu| cpu.try_into().ok()),
            pid: stamp.tid,
            pc: None,
        }
    }
}

/// Where a name ends, which may have quotes in it: at the last one, unless another event follows.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let end = memmem::find(text, b"memory_region_").unwrap_or(text.len());
    memchr::memrchr(b'\'', &text[..end])
}

fn signed(scan: &mut Scan<'_>) -> Option<i64> {
    let is_negative = scan.word(b"-").is_some();
    let value = i64::try_from(scan.decimal()?).ok()?;
    Some(if is_negative { -value } else { value })
}

/// Whether `text` is an event that can be read.
pub(super) fn is_event(text: &[u8]) -> bool {
    Event::read(text).is_some()
}

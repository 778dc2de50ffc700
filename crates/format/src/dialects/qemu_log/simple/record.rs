//! Records of the simple backend, as trace/simple.c of QEMU writes them in version 4: numbers of the host's order, with
//! nothing between them.

use crate::dialects::qemu_log::memory_region::{self, Place};
use crate::dialects::qemu_log::{config, vfio};

/// Bytes of the file's head: a mark, a number that says what it is, the version.
pub(super) const HEAD: usize = 24;
/// The mark, and the number that says what the file is.
const MARK: u64 = u64::MAX;
const MAGIC: u64 = 0xf2b1_77cb_0aa4_29b4;
/// The event that tells of events that were dropped.
pub(super) const DROPPED: u64 = u64::MAX - 1;
/// Bytes of an event before its arguments, which its length counts too.
pub(super) const EVENT_HEAD: usize = 24;
/// Most bytes of an event or a name: QEMU's strings have up to 512.
pub(super) const MAX_LENGTH: usize = 64 << 10;

/// The order of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// The order in which `start` has the file's head.
    pub(super) fn of(start: &[u8]) -> Option<Order> {
        [Order::Little, Order::Big].into_iter().find(|&order| {
            let mut args = Args { bytes: start, order };
            (args.number(), args.number()) == (Some(MARK), Some(MAGIC))
        })
    }
}

/// What is not read yet of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Args<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) order: Order,
}

impl<'a> Args<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*taken)
    }

    /// A number, as arguments are whatever their type.
    pub(super) fn number(&mut self) -> Option<u64> {
        let bytes = self.take::<8>()?;
        Some(match self.order {
            Order::Little => u64::from_le_bytes(bytes),
            Order::Big => u64::from_be_bytes(bytes),
        })
    }

    /// A length, or the number of a process.
    pub(super) fn half(&mut self) -> Option<u32> {
        let bytes = self.take::<4>()?;
        Some(match self.order {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        })
    }

    /// A number of 32 bits with a sign; what stands above them depends on the compiler.
    fn signed(&mut self) -> Option<i64> {
        self.number().map(|number| i64::from(number as u32 as i32))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.half()?).ok()?;
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }
}

/// An event that is followed; what differs is the order of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Memory(Place, bool),
    Region(bool),
    Config(bool),
    SetUp,
    Message,
    /// `pci_cfg_*`, which are counted.
    PciConfig,
}

/// Names of events, with what they are.
const KINDS: [(&[u8], Kind); 14] = [
    (b"memory_region_ops_read", Kind::Memory(Place::Region, false)),
    (b"memory_region_ops_write", Kind::Memory(Place::Region, true)),
    (b"memory_region_subpage_read", Kind::Memory(Place::Subpage, false)),
    (b"memory_region_subpage_write", Kind::Memory(Place::Subpage, true)),
    (b"memory_region_ram_device_read", Kind::Memory(Place::RamDevice, false)),
    (b"memory_region_ram_device_write", Kind::Memory(Place::RamDevice, true)),
    (b"vfio_region_read", Kind::Region(false)),
    (b"vfio_region_write", Kind::Region(true)),
    (b"vfio_pci_read_config", Kind::Config(false)),
    (b"vfio_pci_write_config", Kind::Config(true)),
    (b"vfio_region_setup", Kind::SetUp),
    (b"vfio_msi_interrupt", Kind::Message),
    (b"pci_cfg_read", Kind::PciConfig),
    (b"pci_cfg_write", Kind::PciConfig),
];

impl Kind {
    pub(super) fn named(name: &[u8]) -> Option<Kind> {
        KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }
}

/// The arguments of `memory_region_*`: CPU, region, address, value, size, and since QEMU 6.2 the name of ops.
pub(super) fn memory<'a>(
    mut args: Args<'a>,
    place: Place,
    is_write: bool,
) -> Option<memory_region::Event<'a>> {
    let cpu = Some(args.signed()?);
    let region = Some(args.number()?);
    let (address, value) = (args.number()?, args.number()?);
    let size = args.number().filter(|size| (1..=8).contains(size))? as u8;
    let name = if args.bytes.is_empty() { None } else { Some(args.string()?) };
    Some(memory_region::Event { place, is_write, cpu, region, address, value, size, name })
}

/// The arguments of `vfio_region_*`, and what the log calls the region: it goes into `name`.
pub(super) fn region<'n>(
    mut args: Args<'_>,
    is_write: bool,
    name: &'n mut Vec<u8>,
) -> Option<vfio::Event<'n>> {
    let device = args.string()?;
    let number = args.number()?;
    *name = vfio::region_name(device, u64::from(number as u32));
    let offset = args.number()?;
    let (first, second) = (args.number()?, args.number()?);
    let (value, size) = if is_write { (first, second) } else { (second, first) };
    let size = Some(size as u32).filter(|size| matches!(size, 1 | 2 | 4 | 8))? as u8;
    Some(vfio::Event { is_write, region: name, offset, value, size })
}

/// The arguments of `vfio_pci_*_config`: device, and what was accessed.
pub(super) fn configuration<'a>(mut args: Args<'a>, is_write: bool) -> Option<(&'a [u8], config::Register)> {
    let device = args.string()?;
    let offset = args.number()? & 0xffff_ffff;
    let (first, second) = (args.number()? & 0xffff_ffff, args.number()? & 0xffff_ffff);
    let (value, length) = if is_write { (first, second) } else { (second, first) };
    Some((device, config::Register { is_write, offset, value, length: Some(length) }))
}

/// The arguments of `vfio_region_setup`: what the log calls the region, and its size.
pub(super) fn set_up(mut args: Args<'_>) -> Option<(Vec<u8>, u64)> {
    let device = args.string()?;
    let number = args.number()?;
    args.string()?;
    let (_flags, _offset, size) = (args.number()?, args.number()?, args.number()?);
    Some((vfio::region_name(device, u64::from(number as u32)), size))
}

/// The vector among the arguments of `vfio_msi_interrupt`.
pub(super) fn vector(mut args: Args<'_>) -> Option<u32> {
    args.string()?;
    args.number().map(|number| number as u32)
}

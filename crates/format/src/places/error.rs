//! Why a file beside a trace is of no use.

/// A file or an argument of which nothing could be used; its text says what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlacesError {
    /// A file of PCI devices without one.
    #[error(
        "no PCI device in it: it should be a copy of /proc/bus/pci/devices, the output of `lspci -vv`, or what QEMU's \
         monitor answers to `info pci`"
    )]
    NoPciDevice,
    /// A file of PCI devices that have no addresses.
    #[error(
        "no PCI device in it has a BAR with an address and a length: `lspci` shows them with -v or -vv, QEMU's \
         `info pci` once the guest has set them"
    )]
    NoBar,
    /// A memory map without a part for the memory.
    #[error(
        "no memory map in it: it should be what QEMU's monitor answers to `info mtree -f`, with the part for AS \
         \"memory\""
    )]
    NoMemoryMap,
    /// A memory map with RAM and ROM alone.
    #[error(
        "no device in the memory map: it has no range of the kind i/o; ask QEMU's monitor `info mtree -f` once the \
         guest has set its BARs"
    )]
    NoRegion,
    /// A list of mappings that has none of devices.
    #[error(
        "no mapping of a device in it: it should be a copy of /proc/vmallocinfo, which root reads, with lines that \
         have phys= and ioremap"
    )]
    NoMapping,
    /// A list of mappings whose addresses the kernel has hidden.
    #[error(
        "the kernel has hashed or hidden the addresses in it: run `sysctl kernel.kptr_restrict=1` and copy \
         /proc/vmallocinfo as root, in the boot in which the trace is recorded"
    )]
    HiddenAddresses,
    /// A region that is not spelled as one.
    #[error("{0:?} is not a region such as uart=0x9000000+0x1000")]
    NotARegion(String),
    /// A region of no bytes.
    #[error("{0:?} is a region of length 0")]
    EmptyRegion(String),
    /// A region that does not end within 64 bits.
    #[error("{0:?} is a region that ends above the highest address of 64 bits")]
    RegionTooLong(String),
}

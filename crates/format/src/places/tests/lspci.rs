use super::*;

/// As `lspci -vvnn` prints a network card and a disk.
pub(super) const VERY_VERBOSE: &str = "\
0000:00:03.0 Ethernet controller [0200]: Intel Corporation 82574L Gigabit Network Connection [8086:10d3]
\tSubsystem: Intel Corporation Device [8086:0000]
\tControl: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR+ FastB2B- DisINTx+
\tInterrupt: pin A routed to IRQ 22
\tRegion 0: Memory at feb80000 (32-bit, non-prefetchable) [size=128K]
\tRegion 1: Memory at feba0000 (32-bit, non-prefetchable) [disabled] [size=128K]
\tRegion 2: I/O ports at c080 [size=32]
\tRegion 3: [virtual] Memory at febc0000 (32-bit, non-prefetchable) [size=16K]
\tExpansion ROM at feb40000 [disabled] [size=256K]
\tCapabilities: [c8] Power Management version 2
\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)
\t\tRegion 0: Memory at 00000000dfa00000 (64-bit, non-prefetchable) [size=16K]
\tKernel driver in use: e1000e
\tKernel modules: e1000e

10000:e1:00.0 Non-Volatile memory controller [0108]: Vendor [2.0] Disk [SSD] [144d:a808] (prog-if 02 [NVM Express])
\tRegion 0: Memory at <unassigned> (64-bit, non-prefetchable) [disabled] [size=16K]
\tRegion 2: Memory at 4000000000 (64-bit, prefetchable) [size=128G]
\tRegion 7: Memory at fe000000 (32-bit, non-prefetchable) [size=4K]
";

#[test]
fn very_verbose_with_domains() {
    let devices = pci(VERY_VERBOSE);
    let (domain, card) = &devices[0];
    assert_eq!((*domain, card.slot().to_string().as_str()), (Some(0), "00:03.0"));
    assert_eq!((card.vendor, card.device, card.irq), (0x8086, 0x10d3, 22));
    assert_eq!(card.driver.as_deref(), Some("e1000e"));
    let io = Bar { is_io: true, ..memory(0xc080, 32) };
    let none = Bar::default();
    let expected = [
        memory(0xfeb8_0000, 0x2_0000),
        memory(0xfeba_0000, 0x2_0000),
        io,
        memory(0xfebc_0000, 0x4000),
        none,
        none,
        memory(0xfeb4_0000, 0x4_0000),
    ];
    assert_eq!(card.bars, expected);
    let (domain, disk) = &devices[1];
    assert_eq!((*domain, disk.bus, disk.devfn), (Some(0x10000), 0xe1, 0));
    assert_eq!((disk.vendor, disk.device, &disk.driver), (0x144d, 0xa808, &None));
    let wide = Bar { is_64bit: true, is_prefetchable: true, ..memory(0x40_0000_0000, 128 << 30) };
    assert_eq!(disk.bars, [none, none, wide, none, none, none, none]);
}

#[test]
fn verbose_numbers_bars_in_order() {
    let text = "\
02:00.0 VGA compatible controller: NVIDIA Corporation GT216 [GeForce GT 220] (rev a2) (prog-if 00 [VGA controller])
        Flags: bus master, fast devsel, latency 0, IRQ 16, NUMA node 0
        Memory at fb000000 (32-bit, non-prefetchable) [size=16M]
        Memory at d0000000 (64-bit, prefetchable) [size=256M]
        Memory at <ignored> (64-bit, prefetchable)
        I/O ports at cc00 [size=128]
        [virtual] Expansion ROM at 000c0000 [disabled] [size=128K]
        Capabilities: <access denied>
        Kernel driver in use: nouveau
";
    let (domain, device) = pci(text).remove(0);
    assert_eq!((domain, device.vendor, device.device, device.irq), (None, 0, 0, 16));
    let none = Bar::default();
    let wide = Bar { is_64bit: true, is_prefetchable: true, ..memory(0xd000_0000, 256 << 20) };
    let io = Bar { is_io: true, ..memory(0xcc00, 128) };
    let rom = memory(0xc0000, 128 << 10);
    assert_eq!(device.bars, [memory(0xfb00_0000, 16 << 20), wide, none, none, none, io, rom]);
}

#[test]
fn ids_with_numbers_alone() {
    for heading in
        ["00:02.0 0300: 8086:3582 (rev 02) (prog-if 00 [VGA controller])", "00:02.0 Class 0300: 8086:3582"]
    {
        let devices =
            pci(&format!("{heading}\r\n\tMemory at e8000000 (32-bit, prefetchable) [size=128M]\r\n"));
        assert_eq!((devices[0].1.vendor, devices[0].1.device), (0x8086, 0x3582), "{heading}");
        assert!(devices[0].1.bars[0].is_prefetchable);
    }
}

#[test]
fn a_bar_that_ends_above_all_addresses_is_none() {
    let text = "00:02.0 a\n\tRegion 0: Memory at ffffffffffff0000 (64-bit, prefetchable) [size=1M]\n\
        \tRegion 2: Memory at ffffffffffff0000 (64-bit, prefetchable) [size=64K]\n\
        \tRegion 4: Memory at 1000 (64-bit, prefetchable) [size=99999999P]\n";
    let (_, device) = pci(text).remove(0);
    assert_eq!(device.bars.map(|bar| bar.length), [0, 0, 64 << 10, 0, 0, 0, 0]);
}

use super::*;

pub(super) const ANSWER: &str = "i\x1b[K\x1b[Din\x1b[K\x1b[D\x1b[Dinfo pci\x1b[K\r
  Bus  0, device   0, function 0:\r
    Host bridge: PCI device 8086:29c0\r
      PCI subsystem 1af4:1100\r
      id \"\"\r
  Bus  0, device   1, function 0:\r
    Class 0002: PCI device 1af4:1009\r
      PCI subsystem 1af4:0009\r
      IRQ 10, pin A\r
      BAR0: I/O at 0xc040 [0xc05f].\r
      BAR1: 32 bit memory at 0xfebc4000 [0xfebc4fff].\r
      BAR4: 64 bit prefetchable memory at 0xfebf8000 [0xfebfbfff].\r
      id \"\"\r
  Bus  3, device  31, function 2:\r
    Ethernet controller: PCI device 8086:10d3\r
      BAR0: 32 bit memory at 0xfeb80000 [0xfeb9ffff].\r
      BAR1: 32 bit memory at 0xffffffffffffffff [0x0001fffe].\r
      BAR2: 64 bit memory at 0x8000000000 [0x7fffffffff].\r
      BAR6: 64 bit prefetchable memory at 0xfeb40000 [0xfeb7ffff].\r
      BAR7: 32 bit memory at 0xfeb40000 [0xfeb7ffff].\r
      id \"net\"\r
(qemu) ";

#[test]
fn an_answer_over_a_socket() {
    let devices = pci(ANSWER);
    assert_eq!(
        devices.iter().map(|(_, d)| d.slot().to_string()).collect::<Vec<_>>(),
        ["00:00.0", "00:01.0", "03:1f.2"]
    );
    let none = Bar::default();
    let (domain, disk) = &devices[1];
    assert_eq!((*domain, disk.vendor, disk.device, disk.irq), (None, 0x1af4, 0x1009, 10));
    let io = Bar { is_io: true, ..memory(0xc040, 0x20) };
    let wide = Bar { is_64bit: true, is_prefetchable: true, ..memory(0xfebf_8000, 0x4000) };
    assert_eq!(disk.bars, [io, memory(0xfebc_4000, 0x1000), none, none, wide, none, none]);
}

#[test]
fn what_is_not_mapped_is_none_and_the_rom_has_no_flags() {
    let (_, card) = pci(ANSWER).remove(2);
    let none = Bar::default();
    let expected =
        [memory(0xfeb8_0000, 0x2_0000), none, none, none, none, none, memory(0xfeb4_0000, 0x4_0000)];
    assert_eq!(card.bars, expected);
}

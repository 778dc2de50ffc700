use super::*;

pub(super) const FLAT: &str = "info mtree -f\x1b[K\x1b[D\r
FlatView #0\r
 AS \"cpu-smm-0\", root: memory\r
 Root memory region: memory\r
  00000000fed00000-00000000fed003ff (prio 0, i/o): of another view\r
\r
FlatView #1\r
 AS \"mch\", root: bus master container\r
 AS \"memory\", root: system\r
 AS \"nvme\", root: bus master container\r
 Root memory region: system\r
  0000000000000000-00000000000bffff (prio 0, ram): pc.ram\r
  00000000000c0000-00000000000cafff (prio 0, rom): pc.ram @00000000000c0000\r
  00000000d0000000-00000000d0000fff (prio 0, ramd): 0000:01:00.0 BAR 0 mmaps[0] KVM\r
  00000000e0000000-00000000e3ffffff (prio 0, romd): virt.flash1\r
  00000000febb8440-00000000febb844f (prio 0, i/o): usb3 port #1\r
  00000000febbc000-00000000febbdfff (prio 1, i/o): megasas-mmio\r
  00000000febbe000-00000000febbe0ef (prio 0, i/o): msix-table\r
  00000000febbe0f0-00000000febbf7ff (prio 1, i/o): megasas-mmio @00000000000020f0\r
  00000000febc4500-00000000febc4515 (prio 0, i/o): bochs dispi interface owner:{dev path=/machine/peripheral/v}\r
  00000000fee00000-00000000feefffff (prio 4096, i/o): apic-msi\r
\r
FlatView #2\r
 AS \"I/O\", root: io\r
 Root memory region: io\r
  0000000000000064-0000000000000064 (prio 0, i/o): i8042-cmd\r
(qemu) ";

fn mtree(text: &str) -> Places {
    let mut places = Places::default();
    assert_eq!(places.add_mtree(text.as_bytes()), Ok(places.regions.len()));
    places
}

fn ranges(places: &Places) -> Vec<(&str, u64, u64)> {
    places.regions.iter().map(|r| (r.name.as_str(), r.base, r.length)).collect()
}

#[test]
fn a_flat_map_gives_the_devices_of_the_memory() {
    let places = mtree(FLAT);
    let expected = [
        ("0000:01:00.0 BAR 0 mmaps[0]", 0xd000_0000, 0x1000),
        ("virt.flash1", 0xe000_0000, 0x400_0000),
        ("usb3 port #1", 0xfebb_8440, 0x10),
        ("megasas-mmio", 0xfebb_c000, 0x2000),
        ("msix-table", 0xfebb_e000, 0xf0),
        ("megasas-mmio", 0xfebb_e0f0, 0x1710),
        ("bochs dispi interface", 0xfebc_4500, 0x16),
        ("apic-msi", 0xfee0_0000, 0x10_0000),
    ];
    assert_eq!(ranges(&places), expected);
    assert_eq!(places.region_named("megasas-mmio").unwrap().base, 0xfebb_c000);
    assert_eq!(places.region_named("i8042-cmd"), None);
    let at = |address| places.region_at(address).map(|region| region.base);
    assert_eq!(
        [at(0xfebb_e0ef), at(0xfebb_e0f0), at(0xfebb_f800)],
        [Some(0xfebb_e000), Some(0xfebb_e0f0), None]
    );
}

#[test]
fn a_tree_gives_what_can_be_reached() {
    let text = "\
address-space: cpu-memory-0
address-space: memory
address-space: cpu-memory-1
  0000000000000000-ffffffffffffffff (prio 0, i/o): system
    0000000000000000-000000003fffffff (prio 0, ram): alias ram-below-4g @pc.ram 0000000000000000-000000003fffffff
    0000000000000000-ffffffffffffffff (prio -1, i/o): pci
      00000000fe000000-00000000fe003fff (prio 1, i/o): virtio-pci
        00000000fe001000-00000000fe001fff (prio 0, i/o): virtio-pci-isr-virtio-net
      00000000feb80000-00000000feb9ffff (prio 1, i/o): e1000-mmio [disabled]
        00000000feb80000-00000000feb80fff (prio 1, i/o): in what is disabled
      00000000febb0000-00000000febb1fff (prio 0, i/o): alias smram-region @pci 00000000000a0000-00000000000bffff
    00000000fed00000-00000000fed003ff (prio 0, i/o): hpet

address-space: I/O
  0000000000000000-000000000000ffff (prio 0, i/o): io

address-space: nvme
  0000000000000000-ffffffffffffffff (prio 0, i/o): bus master container

memory-region: pci
  00000000000a0000-00000000000bffff (prio 0, i/o): vga-lowmem
";
    let places = mtree(text);
    let expected = [
        ("virtio-pci", 0xfe00_0000, 0x4000),
        ("virtio-pci-isr-virtio-net", 0xfe00_1000, 0x1000),
        ("hpet", 0xfed0_0000, 0x400),
    ];
    assert_eq!(ranges(&places), expected);
    let at = |address| places.region_at(address).map(|region| region.name.as_str());
    let found = [0xfe00_0fff, 0xfe00_1000, 0xfe00_1fff, 0xfe00_2000].map(at);
    assert_eq!(found.map(|name| name == Some("virtio-pci-isr-virtio-net")), [false, true, true, false]);
    assert_eq!(found[3], Some("virtio-pci"));
}

#[test]
fn a_map_without_devices_or_without_memory_is_refused() {
    let mut places = Places::default();
    let io = &FLAT[FLAT.find("FlatView #2").unwrap()..];
    assert_eq!(places.add_mtree(io.as_bytes()), Err(PlacesError::NoMemoryMap));
    let ram = FLAT.replace("i/o", "ram").replace("ramd", "ram").replace("romd", "rom");
    assert_eq!(places.add_mtree(ram.as_bytes()), Err(PlacesError::NoRegion));
    assert!(PlacesError::NoMemoryMap.to_string().contains("`info mtree -f`"));
}

//! Files as programs write them, cut short, and what must come of them.

mod info_pci;
mod lspci;
mod mtree;
mod pci;
mod region;
mod vmallocinfo;

use super::{MAX_ENTRIES, NamedRegion, Places, PlacesError, VirtRange};
use crate::pci::{Bar, PciDevice, ROM};
use proptest::prelude::*;

fn memory(start: u64, length: u64) -> Bar {
    Bar { start, length, ..Bar::default() }
}

/// The devices of a file, with their domains.
fn pci(text: &str) -> Vec<(Option<u32>, PciDevice)> {
    let mut places = Places::default();
    assert_eq!(places.add_pci(text.as_bytes()), Ok(places.pci.len()));
    assert_eq!(places.left_out, 0);
    places.pci
}

/// Text of which parts look like what a parser expects, so that it gets further than the first line.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "00:03.0 ",
        "Region 0: ",
        "[virtual] ",
        "Memory at ",
        "I/O ports at ",
        "Expansion ROM at ",
        "[size=",
        "64K",
        "99999999999999999P",
        "]",
        "(64-bit, prefetchable)",
        "<unassigned>",
        "Capabilities:",
        "IRQ ",
        "Flags: ",
        "Bus  0, device   3, function 0:",
        "BAR0: ",
        "BAR99: ",
        "64 bit memory at ",
        "0xffffffffffffffff",
        " [0x0].",
        "ffffffffffffffff",
        "0",
        "-",
        " (prio 0, i/o): ",
        "name",
        " @",
        "[disabled]",
        "FlatView #0",
        "AS \"memory",
        "\"",
        "address-space: memory",
        "alias ",
        "0x",
        "é",
        "8192 ",
        " phys=",
        " ioremap",
        "\u{1b}[",
        "K",
        "\r\n",
        "\n",
        "\n  ",
        " ",
        "18446744073709551615 ",
        "PCIDEV ",
        "0008\t80861234\t",
    ]);
    let word = prop_oneof![
        8 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

/// Entries of which nothing that follows could go wrong.
fn check(places: &Places) {
    let fits = |base: u64, length: u64| length > 0 && base.checked_add(length - 1).is_some();
    assert!(places.regions.iter().all(|r| fits(r.base, r.length)), "{places:?}");
    assert!(places.virt.iter().all(|v| fits(v.virt, v.length) && fits(v.phys, v.length)), "{places:?}");
    for region in &places.regions {
        assert!(places.region_named(&region.name).is_some_and(|found| found.name == region.name));
        assert!(places.region_at(region.base).is_some_and(|found| found.length <= region.length));
    }
    for range in &places.virt {
        assert!(places.phys(range.virt).is_some());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        text in prop_oneof![hostile(), prop::collection::vec(any::<u8>(), 0..200)],
    ) {
        let mut places = Places::default();
        let added = [places.add_pci(&text), places.add_mtree(&text), places.add_vmallocinfo(&text)];
        let kept = [places.pci.len(), places.regions.len(), places.virt.len()];
        prop_assert_eq!(added.map(|added| added.unwrap_or(0)), kept);
        let _ = places.add_region(&String::from_utf8_lossy(&text));
        check(&places);
    }
}

#[test]
fn files_cut_at_any_byte_are_read_or_refused() {
    for text in [info_pci::ANSWER, lspci::VERY_VERBOSE, mtree::FLAT, vmallocinfo::LIST] {
        let mut most = 0;
        for end in 0..=text.len() {
            let (text, mut places) = (&text.as_bytes()[..end], Places::default());
            let _ = (places.add_pci(text), places.add_mtree(text), places.add_vmallocinfo(text));
            check(&places);
            let kept = places.pci.len() + places.regions.len() + places.virt.len();
            assert!(kept >= most, "{end}");
            most = kept;
        }
        assert!(most > 0);
    }
}

#[test]
fn entries_above_the_limit_are_counted() {
    let mut places = Places::default();
    let line = "0xa000-0xc000 8192 f+0x1/0x2 phys=0x1000 ioremap\n";
    assert_eq!(places.add_vmallocinfo(line.as_bytes()), Ok(1));
    assert_eq!(places.add_vmallocinfo(line.repeat(MAX_ENTRIES + 2).as_bytes()), Ok(MAX_ENTRIES - 1));
    assert_eq!((places.virt.len(), places.left_out), (MAX_ENTRIES, 3));
    let device = "0008 80861234 0 fe000000 0 0 0 0 0 0 1000 0 0 0 0 0 0 \n";
    assert_eq!(places.add_pci(device.repeat(MAX_ENTRIES + 1).as_bytes()), Ok(MAX_ENTRIES));
    assert_eq!((places.pci.len(), places.left_out), (MAX_ENTRIES, 4));
}

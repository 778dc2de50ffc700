use super::*;

pub(super) const LIST: &str = "\
0xffff800080530000-0xffff8000806a0000 1507328 paging_init+0x358/0x3fc phys=0x0000000040730000 vmap
0xffff800080971000-0xffff800080973000    8192 bpf_prog_alloc_no_stats+0x34/0x154 pages=1 vmalloc
0xffff800080980000-0xffff800080991000   69632 __ioremap_prot+0x64/0xa0 phys=0x0000000008000000 ioremap
0xffff8000809b2000-0xffff8000809b4000    8192 __ioremap_prot+0x64/0xa0 phys=0x0000000009000000 ioremap
0xffff800080a60000-0xffff800080a81000  135168 __ioremap_prot+0x64/0xa0 [pci] phys=10000000 ioremap
0xffff800080979000-0xffff80008097b000    8192 unpurged vm_area
";

#[test]
fn mappings_of_devices_without_their_guard_page() {
    let mut places = Places::default();
    assert_eq!(places.add_vmallocinfo(LIST.as_bytes()), Ok(3));
    let range = |virt, length, phys| VirtRange { virt, length, phys };
    let expected = [
        range(0xffff_8000_8098_0000, 0x1_0000, 0x800_0000),
        range(0xffff_8000_809b_2000, 0x1000, 0x900_0000),
        range(0xffff_8000_80a6_0000, 0x2_0000, 0x1000_0000),
    ];
    assert_eq!(places.virt, expected);
    assert_eq!(places.phys(0xffff_8000_809b_2018), Some(0x900_0018));
    assert_eq!(places.phys(0xffff_8000_80a7_ffff), Some(0x1001_ffff));
    for nowhere in [0, 0xffff_8000_8098_0000 - 1, 0xffff_8000_80a8_0000, 0xffff_8000_8053_0000, u64::MAX] {
        assert_eq!(places.phys(nowhere), None, "{nowhere:#x}");
    }
}

#[test]
fn the_guard_is_as_large_as_a_page() {
    for (page, size) in [(16 << 10, 0x8000_u64), (64 << 10, 0x3_0000)] {
        let start = 0xffff_8000_8000_0000_u64;
        let list = format!(
            "{start:#x}-{:#x} {} f+0x1/0x2 pages=4 vmalloc\n{:#x}-{:#x} {size} g+0x1/0x2 phys=0xfe000000 ioremap\n",
            start + 5 * page,
            5 * page,
            start + 16 * page,
            start + 16 * page + size,
        );
        let mut places = Places::default();
        places.add_vmallocinfo(list.as_bytes()).unwrap();
        assert_eq!(places.virt[0].length, size - page);
    }
}

#[test]
fn the_mapping_added_last_counts() {
    let mut places = Places::default();
    places.add_vmallocinfo(LIST.as_bytes()).unwrap();
    assert_eq!(places.phys(0xffff_8000_8098_1000), Some(0x800_1000));
    let later = "0xffff800080981000-0xffff800080983000 8192 f+0x1/0x2 phys=0xfe000000 ioremap\n";
    places.add_vmallocinfo(later.as_bytes()).unwrap();
    let around =
        [0xffff_8000_8098_0fff, 0xffff_8000_8098_1000, 0xffff_8000_8098_2000].map(|virt| places.phys(virt));
    assert_eq!(around, [Some(0x800_0fff), Some(0xfe00_0000), Some(0x800_2000)]);
}

#[test]
fn hashed_and_hidden_addresses_are_refused_with_what_to_do() {
    for addresses in [
        "0x00000000f740870b-0x00000000460fef01",
        "0x00000000460fef01-0x00000000f740870b",
        "0x0000000000000000-0x0000000000000000",
        "0x(____ptrval____)-0x(____ptrval____)",
        "(ptrval)-(ptrval)",
    ] {
        let line = format!("{addresses}  135168 __ioremap_prot+0x64/0xa0 phys=0x0000000010000000 ioremap\n");
        let error = Places::default().add_vmallocinfo(line.as_bytes()).unwrap_err();
        assert_eq!(error, PlacesError::HiddenAddresses, "{addresses}");
        assert!(error.to_string().contains("`sysctl kernel.kptr_restrict=1`"));
    }
}

#[test]
fn a_list_without_mappings_of_devices_is_refused() {
    let mut places = Places::default();
    let others: String = LIST.lines().filter(|line| !line.contains("ioremap ")).take(2).collect();
    for text in ["", "0000 808629c0\n", &others] {
        assert_eq!(places.add_vmallocinfo(text.as_bytes()), Err(PlacesError::NoMapping), "{text}");
    }
    let guard_alone = "0xa000-0xb000 4096 f+0x1/0x2 phys=0x1000 ioremap\n";
    assert_eq!(places.add_vmallocinfo(guard_alone.as_bytes()), Err(PlacesError::NoMapping));
}

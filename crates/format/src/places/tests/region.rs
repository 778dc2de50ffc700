use super::*;

#[test]
fn a_region_has_a_name_a_base_and_a_length() {
    let mut places = Places::default();
    for spec in ["uart=0x9000000+0x1000", "usb3 port #1=4096+16", " a=b+c = 0xFFFFFFFFFFFFFFFF + 1 "] {
        assert_eq!(places.add_region(spec), Ok(()), "{spec}");
    }
    let region = |name: &str, base, length| NamedRegion { name: name.into(), base, length };
    let expected =
        [region("uart", 0x900_0000, 0x1000), region("usb3 port #1", 4096, 16), region("a=b+c", u64::MAX, 1)];
    assert_eq!(places.regions, expected);
    assert_eq!(places.region_at(u64::MAX), Some(&expected[2]));
    assert_eq!(places.region_at(0x900_1000), None);
    assert_eq!(places.region_named("uart"), Some(&expected[0]));
    assert_eq!(places.region_named("uar"), None);
}

#[test]
fn what_is_wrong_is_refused() {
    let mut places = Places::default();
    let bad = |error: fn(String) -> PlacesError, specs: &[&str], places: &mut Places| {
        for spec in specs {
            assert_eq!(places.add_region(spec), Err(error(spec.to_string())), "{spec}");
        }
    };
    let spelled = [
        "",
        "uart",
        "uart=",
        "=1+1",
        "uart=1",
        "uart=1+",
        "uart=f+1",
        "uart=-1+1",
        "uart=0x+1",
        "u\x1b[=1+1",
    ];
    bad(PlacesError::NotARegion, &spelled, &mut places);
    bad(PlacesError::NotARegion, &["uart=0x10000000000000000+1", "uart=1++1", "uart=1+0x+1"], &mut places);
    bad(PlacesError::EmptyRegion, &["uart=0x1000+0"], &mut places);
    bad(PlacesError::RegionTooLong, &["uart=0xffffffffffffffff+2", "uart=2+0xffffffffffffffff"], &mut places);
    assert!(places.regions.is_empty());
}

#[test]
fn regions_added_after_a_lookup_are_found() {
    let mut places = Places::default();
    places.add_region("a=0x1000+0x1000").unwrap();
    assert_eq!(places.region_at(0x1800).unwrap().name, "a");
    places.add_region("b=0x1000+0x1000").unwrap();
    places.add_region("c=0x1800+0x8").unwrap();
    places.add_region("d=0x0+0x10000").unwrap();
    let at = |address| places.region_at(address).unwrap().name.as_str();
    assert_eq!([at(0x17ff), at(0x1800), at(0x1808), at(0x2000)], ["b", "c", "b", "d"]);
    assert!(places.region_named("d").is_some());
}

//! Any bytes as a file that says where devices lie: no panic, and what is kept can be looked up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmio_format::places::Places;

fuzz_target!(|data: &[u8]| {
    let mut places = Places::default();
    let _ = (places.add_pci(data), places.add_mtree(data), places.add_vmallocinfo(data));
    if let Ok(spec) = std::str::from_utf8(data) {
        let _ = places.add_region(spec);
    }
    for region in &places.regions {
        assert!(places.region_at(region.base).is_some());
        assert!(places.region_named(&region.name).is_some());
    }
    for range in &places.virt {
        assert!(places.phys(range.virt).is_some());
    }
});

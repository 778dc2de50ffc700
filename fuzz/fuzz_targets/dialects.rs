//! Any bytes as a log of each dialect: blocks that a container can hold, and nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmio_format::MAX_RECORDS;
use mmio_format::dialects::{DIALECTS, Dialect, read_all};

fuzz_target!(|data: &[u8]| {
    let _ = Dialect::of(data);
    for dialect in DIALECTS {
        for block in read_all(dialect, data) {
            assert!((1..=MAX_RECORDS).contains(&block.len()), "{dialect:?}");
        }
    }
});

//! Any bytes as the start of an input: what it is is found without a panic, and one kind has one sentence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmio_format::input::Foreign;

fuzz_target!(|data: &[u8]| {
    if let Some(kind) = Foreign::of(data) {
        assert!(!kind.sentence().is_empty());
    }
});

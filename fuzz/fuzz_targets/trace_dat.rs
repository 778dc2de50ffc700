//! Any bytes as a file of trace-cmd: an error, or items whose fields can be asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmio_format::ring::trace_dat::{Item, TraceDat};

fuzz_target!(|data: &[u8]| {
    let Ok(trace) = TraceDat::read(data, "input".as_ref()) else { return };
    let mut items = trace.items();
    while let Some(item) = items.next() {
        let Item::Event(event) = item else { continue };
        for (_, field) in event.format.fields() {
            field.number(event.data);
            field.text(event.data);
            field.bytes(event.data);
        }
        trace.comm(event.pid);
    }
});

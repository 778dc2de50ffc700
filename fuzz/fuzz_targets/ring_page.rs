//! Any bytes as the pages of two CPUs: records and faults, nothing else, however they are handed out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmio_capture::formats::{Formats, X86_64};
use mmio_capture::merge::{Merge, Stop};
use mmio_format::Block;

thread_local! {
    static FORMATS: Formats = Formats::parse(X86_64, "built-in".as_ref()).expect("they are good");
}

fuzz_target!(|data: &[u8]| {
    let mut merge = Merge::new(FORMATS.with(Clone::clone), &[0, 1]);
    // Where pages are shorter than a kernel's, more of them fit into little input.
    for (number, page) in data.chunks(512).enumerate() {
        let mut page = page.to_vec();
        if number % 3 != 2 {
            page.resize(4096, 0);
        }
        merge.push(number % 2, page);
    }
    merge.close(0);
    let mut block = Block::default();
    let mut limit = 1 << 20;
    loop {
        match merge.fill(limit, &mut block) {
            Stop::Needs(lane) => merge.close(lane),
            Stop::Full => block.clear(),
            Stop::Done if limit == u64::MAX => break,
            Stop::Done => limit = u64::MAX,
        }
    }
    assert!(block.len() <= data.len() / 4 + 64 + data.len() / 512);
    let mut text = Vec::new();
    mmio_format::text::render(&block, &mut text);
});

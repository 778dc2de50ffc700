//! Any bytes as lines: both parsers agree, and the text comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmio_format::{Block, text};

fuzz_target!(|data: &[u8]| {
    let (mut fast, mut grammar) = (Block::default(), Block::default());
    for line in data.split_inclusive(|&b| b == b'\n') {
        text::parse_line(line, &mut fast);
        text::parse_line_by_grammar(line, &mut grammar);
    }
    assert_eq!(fast, grammar);
    let mut back = Vec::new();
    text::render(&fast, &mut back);
    assert_eq!(back, data);
});

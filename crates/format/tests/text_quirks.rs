//! What real logs do beyond the table of the text format, each as a test of its own.

use std::io::{self, Read};

use mmio_format::Stats;
use mmio_format::block::LOST_COUNT_UNKNOWN;
use mmio_format::pci::PciDevice;
use mmio_format::survey::Survey;
use mmio_format::text::{self, Chunk, MAX_LINE, Splitter, UnparsedLines};
use mmio_format::{Block, Kind};

/// Parses `log`, and holds that it is rendered as it was.
fn parse(log: &[u8]) -> Block {
    let mut block = Block::default();
    text::parse(log, &mut block);
    let mut rendered = Vec::new();
    text::render(&block, &mut rendered);
    assert_eq!(rendered, log, "{:?}", String::from_utf8_lossy(log));
    block
}

/// Parses one line that must be `kind` and spelled as the kernel does.
fn canonical(line: &str, kind: Kind) -> Block {
    let block = parse(line.as_bytes());
    assert_eq!((&block.kind[..], block.verbatim.len()), (&[kind][..], 0), "{line:?}");
    block
}

/// Parses one line that must be `kind`, and kept as it is spelled.
fn odd(line: &[u8], kind: Kind) -> Block {
    let block = parse(line);
    let shown = String::from_utf8_lossy(line);
    assert_eq!((&block.kind[..], block.verbatim.get(0)), (&[kind][..], Some(line)), "{shown:?}");
    block
}

/// Parses one line whose meaning must not be guessed.
fn raw(line: &[u8]) {
    let block = parse(line);
    let shown = String::from_utf8_lossy(line);
    assert_eq!((&block.kind[..], block.texts.get(0)), (&[Kind::RAW][..], Some(line)), "{shown:?}");
    assert!(block.verbatim.is_empty());
}

#[test]
fn field_after_the_time_is_the_map_id() {
    let block = canonical("R 4 63.400063 17 0xf6002054 0x3 0x0 0\n", Kind::READ);
    assert_eq!((block.map_id[0], block.address[0], block.value[0], block.width[0]), (17, 0xf600_2054, 3, 4));
    assert_eq!(block.time[0], 63_400_063_000);
}

#[test]
fn pc_has_its_column() {
    let block = canonical("W 1 5.000001 1 0xfebc4000 0xff 0xffffffffc0a01234 0\n", Kind::WRITE);
    assert_eq!(block.pc.get(0), 0xffff_ffff_c0a0_1234);
}

#[test]
fn pid_other_than_zero_is_kept() {
    let block = odd(b"R 4 63.400063 1 0xf6002054 0x0 0x0 42\n", Kind::READ);
    assert_eq!(block.pid.get(0), 42);
}

#[test]
fn opcode_bytes_of_an_unknown_become_its_value() {
    let block = canonical("UNKNOWN 68.825798 13 0xfea00000 f3,a5,8b 0x0 0\n", Kind::UNKNOWN);
    assert_eq!((block.value[0], block.width[0], block.address[0]), (0xf3_a5_8b, 0, 0xfea0_0000));
}

#[test]
fn map_has_a_virtual_address_and_a_length() {
    let block = canonical("MAP 3.328651 1 0xfebf0000 0xff5d640cc05cc000 0x4000 0x0 0\n", Kind::MAP);
    let range = block.map_range(0).unwrap();
    assert_eq!((range.virt, range.length, block.address[0]), (0xff5d_640c_c05c_c000, 0x4000, 0xfebf_0000));
}

#[test]
fn unmap_of_an_unknown_mapping_is_minus_one() {
    assert_eq!(canonical("UNMAP 5.987303 -1 0x0 0\n", Kind::UNMAP).map_id[0], -1);
    assert_eq!(canonical("UNMAP 5.987303 2147483647 0x0 0\n", Kind::UNMAP).map_id[0], i32::MAX);
    assert_eq!(canonical("UNMAP 5.987303 -2147483648 0x0 0\n", Kind::UNMAP).map_id[0], i32::MIN);
    assert_eq!(odd(b"UNMAP 5.987303 -0 0x0 0\n", Kind::UNMAP).map_id[0], 0);
}

#[test]
fn pcidev_may_come_between_events_and_end_in_a_space() {
    let log = "R 4 1.000001 1 0xfebf0000 0x0 0x0 0\n\
        PCIDEV 0018 10025046 b fd000008 c001 febf0000 0 0 0 c0002 1000000 100 4000 0 0 0 20000 \n\
        W 4 1.000002 1 0xfebf0000 0x0 0x0 0\n";
    let block = parse(log.as_bytes());
    assert_eq!(block.kind, [Kind::READ, Kind::PCI_DEVICE, Kind::WRITE]);
    assert!(block.verbatim.is_empty());
    let device = PciDevice::parse(block.texts.get(1).unwrap()).unwrap();
    assert_eq!((device.slot().to_string().as_str(), device.driver), ("00:03.0", None));
    assert_eq!((device.bars[0].start, device.bars[0].is_prefetchable), (0xfd00_0000, true));
}

#[test]
fn reading_trace_instead_of_trace_pipe_gives_comments() {
    let block = parse(b"# tracer: mmiotrace\n#\n# entries-in-buffer/entries-written: 1/1   #P:1\n#\n");
    assert_eq!(block.kind, [Kind::COMMENT; 4]);
    assert_eq!(block.texts.get(0), Some(&b" tracer: mmiotrace"[..]));
    assert_eq!((block.texts.get(1), block.verbatim.len()), (Some(&b""[..]), 0));
}

#[test]
fn version_and_lspci_are_text() {
    assert_eq!(canonical("VERSION 20070824\n", Kind::VERSION).texts.get(0), Some(&b"20070824"[..]));
    canonical("LSPCI 01:00.0 VGA compatible controller\n", Kind::LSPCI);
}

#[test]
fn mark_at_time_zero_stays_where_it_is() {
    let log = b"R 4 2.000000 1 0x10 0x0 0x0 0\nMARK 0.000000 Lost 5 events.\nR 4 2.000000 1 0x10 0x0 0x0 0\n";
    let block = parse(log);
    assert_eq!(block.kind, [Kind::READ, Kind::MARKER, Kind::READ]);
    assert_eq!((block.time[1], block.texts.get(1)), (0, Some(&b"Lost 5 events."[..])));
}

#[test]
fn mark_of_two_lines_leaves_a_bare_second_line() {
    let block = parse(b"MARK 5.076958 two\nlines\nMARK 5.100000 \n");
    assert_eq!(block.kind, [Kind::MARKER, Kind::RAW, Kind::MARKER]);
    assert_eq!((block.texts.get(0), block.texts.get(2)), (Some(&b"two"[..]), Some(&b""[..])));
    assert!(block.verbatim.is_empty());
}

#[test]
fn mark_without_newline_at_the_end_of_the_log_is_a_mark() {
    let block = odd(b"MARK 5.075716 no newline", Kind::MARKER);
    assert_eq!(block.texts.get(0), Some(&b"no newline"[..]));
    odd(b"MARK 5.075716\n", Kind::MARKER);
}

#[test]
fn mark_takes_nul_and_invalid_utf8() {
    let block = parse(b"MARK 5.075716 a\0b\xff\xc3\n");
    assert_eq!((block.kind[0], block.texts.get(0)), (Kind::MARKER, Some(&b"a\0b\xff\xc3"[..])));
    assert!(block.verbatim.is_empty());
}

#[test]
fn nul_and_invalid_utf8_elsewhere_are_raw() {
    raw(b"R 4 63.400063 1 0xf6002054 0x0\0 0x0 0\n");
    raw(b"R 4 63.400063 1 0xf600\xff054 0x0 0x0 0\n");
    raw(b"\0\0\0\0");
    raw(b"\xef\xbb\xbfVERSION 20070824\n");
}

#[test]
fn access_of_eight_bytes() {
    let block =
        canonical("R 8 68.1 1 0xfea00000 0x0 0x0 0\n".replace("68.1", "68.100000").as_str(), Kind::READ);
    assert_eq!(block.width[0], 8);
    let block = canonical("W 8 68.100000 1 0xfea00000 0xfedcba9876543210 0x0 0\n", Kind::WRITE);
    assert_eq!(block.value[0], 0xfedc_ba98_7654_3210);
}

#[test]
fn garbage_of_movq_immediate_is_kept() {
    let block = canonical("W 4 68.821204 13 0xfea00008 0xa8c7c74800004321 0x0 0\n", Kind::WRITE);
    assert_eq!((block.value[0], block.width[0]), (0xa8c7_c748_0000_4321, 4));
}

#[test]
fn loss_is_reported_twice_and_counted_once() {
    let log = b"CPU:0 [LOST 76268 EVENTS]\nR 4 2.000000 1 0x10 0x0 0x0 0\nMARK 0.000000 Lost 76268 events.\n";
    let block = parse(log);
    assert_eq!(block.kind, [Kind::LOST, Kind::READ, Kind::MARKER]);
    assert_eq!((block.value[0], block.verbatim.len()), (76268, 0));
    let mut survey = Survey::default();
    survey.feed(&Stats::of(&block), &block, 0);
    assert_eq!((survey.lost(), survey.losses.len()), (76268, 1));
}

#[test]
fn loss_names_its_cpu_and_may_lack_its_count() {
    let block = canonical("CPU:3 [LOST EVENTS]\n", Kind::LOST);
    assert_eq!((block.cpu.get(0), block.value[0]), (3, LOST_COUNT_UNKNOWN));
    raw(b"CPU:0 [LOST 18446744073709551615 EVENTS]\n");
    raw(b"CPU:0 [LOST 5 EVENTS\n");
}

#[test]
fn cut_lines_are_raw() {
    let (access, device) =
        ("R 4 63.400063 1 0xf6002054 0x0 0x0 0", "PCIDEV 0018 808629c0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
    for line in [
        access,
        "UNKNOWN 6.825798 13 0xfea00000 f3,a5,8b 0x0 0",
        "MAP 3.328651 1 0x10 0xff 0x4000 0x0 0",
        device,
    ] {
        for end in 1..line.len() {
            raw(&line.as_bytes()[..end]);
            raw(format!("{}\n", &line[..end]).as_bytes());
        }
        for start in 1..line.len() {
            raw(format!("{}\n", &line[start..]).as_bytes());
        }
    }
}

#[test]
fn glued_lines_are_raw() {
    raw(b"R 4 63.400063 1 0xf60R 4 63.400063 1 0xf6002054 0x0 0x0 0\n");
    raw(b"R 4 63.400063 1 0xf6002054 0x0 0x0 0R 4 63.400063 1 0xf6002054 0x0 0x0 0\n");
    raw(b"UNMAP 5.987303 1 0x0 0UNMAP 5.987303 1 0x0 0\n");
    raw(b"CPU:0 [LOST 5 EVENTS]R 4 63.400063 1 0xf6002054 0x0 0x0 0\n");
}

#[test]
fn more_than_a_line_given_as_one_line_is_raw() {
    for line in ["R 4 63.400063 1 0xf6002054 0x0 0x0 0\n", "UNMAP 5.987303 1 0x0 0\n"] {
        let mut block = Block::default();
        text::parse_line(line.repeat(2).as_bytes(), &mut block);
        assert_eq!((block.kind, block.texts.get(0)), (vec![Kind::RAW], Some(line.repeat(2).as_bytes())));
    }
}

#[test]
fn what_the_kernel_does_not_know_is_raw() {
    raw(b"rw what?\n");
    raw(b"map what?\n");
    raw(b"\n");
    raw(b"R 3 63.400063 1 0xf6002054 0x0 0x0 0\n");
    raw(b" R 4 63.400063 1 0xf6002054 0x0 0x0 0\n");
}

#[test]
fn overflowing_fields_are_raw() {
    raw(b"R 4 63.400063 1 0x10000000000000000 0x0 0x0 0\n");
    raw(b"R 4 63.400063 2147483648 0x0 0x0 0x0 0\n");
    raw(b"R 4 63.400063 -2147483649 0x0 0x0 0x0 0\n");
    raw(b"R 4 18446744074.000000 1 0x0 0x0 0x0 0\n");
    raw(b"R 4 63.400063 1 0x0 0x0 0x0 4294967296\n");
    raw(b"R 4 63.400063 1 0x0 0x0 0x0 -1\n");
}

#[test]
fn carriage_return_before_the_newline() {
    let block = odd(b"R 4 63.400063 1 0xf6002054 0x0 0x0 0\r\n", Kind::READ);
    assert_eq!(block.address[0], 0xf600_2054);
    assert_eq!(odd(b"MARK 1.000000 start\r\n", Kind::MARKER).texts.get(0), Some(&b"start"[..]));
    odd(b"UNMAP 5.987303 -1 0x0 0\r\n", Kind::UNMAP);
    odd(b"VERSION 20070824\r\n", Kind::VERSION);
}

#[test]
fn no_newline_at_the_end_of_the_log() {
    let block = odd(b"R 4 63.400063 1 0xf6002054 0x7 0x0 0", Kind::READ);
    assert_eq!(block.value[0], 7);
}

#[test]
fn odd_spellings_of_numbers_are_read_and_kept() {
    assert_eq!(odd(b"R 4 63.400063 1 0xF600ABCD 0x0 0x0 0\n", Kind::READ).address[0], 0xf600_abcd);
    assert_eq!(odd(b"R 4 63.400063 1 0x00000000f6002054 0x0 0x0 0\n", Kind::READ).address[0], 0xf600_2054);
    assert_eq!(odd(b"R 4 63.400063 1 0x0e002054 0x0 0x0 0\n", Kind::READ).address[0], 0xe00_2054);
    assert_eq!(odd(b"R 4 63.400063 1 0x0 0x07 0x0 0\n", Kind::READ).value[0], 7);
    assert_eq!(odd(b"R 4 63.400063 01 0x0 0x0 0x0 0\n", Kind::READ).map_id[0], 1);
    assert_eq!(odd(b"R 4 063.400063 1 0x0 0x0 0x0 0\n", Kind::READ).time[0], 63_400_063_000);
    assert_eq!(odd(b"R 4 63.4 1 0x0 0x0 0x0 0\n", Kind::READ).time[0], 63_400_000_000);
    assert_eq!(odd(b"R 4 63.400063123 1 0x0 0x0 0x0 0\n", Kind::READ).time[0], 63_400_063_123);
    assert_eq!(odd(b"UNKNOWN 8.0 1 0xfea00000 F3,A5,8B 0x0 0  \n", Kind::UNKNOWN).value[0], 0xf3_a5_8b);
    raw(b"R 4 63.4000631234 1 0x0 0x0 0x0 0\n");
    raw(b"R 4 63. 1 0x0 0x0 0x0 0\n");
}

#[test]
fn time_prints_microseconds_rounded_as_the_kernel_does() {
    let mut block = Block::default();
    for time in [1_499, 1_500, 999_999_500, u64::MAX] {
        block.push_text(Kind::MARKER, time, b"x");
    }
    let mut out = Vec::new();
    text::render(&block, &mut out);
    let expected = "MARK 0.000001 x\nMARK 0.000002 x\nMARK 1.000000 x\nMARK 18446744073.709552 x\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn empty_log_has_no_chunk() {
    assert!(!Splitter::new(&b""[..]).next(&mut Chunk::default()).unwrap());
}

#[test]
fn line_cut_by_an_error_of_the_reader_is_raw() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let mut splitter = Splitter::new((&b"MARK 1.000000 whole\nMARK 2.000000 hal"[..]).chain(Broken));
    let (mut chunk, mut block) = (Chunk::default(), Block::default());
    assert!(splitter.next(&mut chunk).unwrap());
    text::parse_chunk(&chunk, &mut block);
    assert_eq!(block.kind, [Kind::MARKER, Kind::RAW]);
    assert_eq!(splitter.next(&mut chunk).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert!(!splitter.next(&mut chunk).unwrap());
}

/// All blocks of a log.
fn blocks(log: &[u8]) -> Vec<Block> {
    let (mut splitter, mut chunk, mut blocks) = (Splitter::new(log), Chunk::default(), Vec::new());
    while splitter.next(&mut chunk).unwrap() {
        let mut block = Block::default();
        text::parse_chunk(&chunk, &mut block);
        blocks.push(block);
    }
    blocks
}

fn unparsed(blocks: &[Block]) -> u64 {
    let mut unparsed = UnparsedLines::default();
    blocks.iter().for_each(|block| unparsed.add(block));
    unparsed.count()
}

#[test]
fn line_of_10_megabytes_is_raw_and_counts_once() {
    let access = b"R 4 63.400063 1 0xf6002054 0x0 0x0 0\n";
    // What stands after a cut must not become a record.
    let filler = vec![b'x'; MAX_LINE - 8 * access.len()];
    let long = [&b"MARK 1.000000 "[..], &filler, &access[..36].repeat(8)].concat().repeat(10);
    let log = [access, &long[..], b"\n", access, b"rw what?\n", &long, b"\nrw what?"].concat();
    let blocks = blocks(&log);
    let accesses = blocks.iter().flat_map(|block| &block.kind).filter(|kind| kind.is_access()).count();
    assert_eq!((accesses, unparsed(&blocks)), (2, 4));
    assert!(blocks.iter().flat_map(|block| &block.kind).all(|&kind| kind == Kind::READ || kind == Kind::RAW));
    let mut rendered = Vec::new();
    blocks.iter().for_each(|block| text::render(block, &mut rendered));
    assert!(rendered == log);
}

#[test]
fn longest_line_is_a_line() {
    let mut log = b"MARK 1.000000 ".to_vec();
    log.resize(MAX_LINE - 1, b'x');
    log.push(b'\n');
    assert_eq!(blocks(&log)[0].kind, [Kind::MARKER]);
    log.insert(14, b'x');
    assert_eq!(blocks(&log)[0].kind, [Kind::RAW, Kind::RAW]);
}

#[test]
fn numbers_of_ten_digits_do_not_overflow() {
    raw(b"R 8 6899246001 1 0x10 0x0 0x0 0\n");
    let block =
        parse(b"R 8 999999999.000000 999999999 0x10 0x0 0x0 0\nR 8 9999999999.000000 1 0x10 0x0 0x0 0\n");
    assert_eq!((block.time[0], block.map_id[0]), (999_999_999_000_000_000, 999_999_999));
    assert_eq!(block.time[1], 9_999_999_999_000_000_000);
}

#[test]
fn text_on_an_access_does_not_hide_what_follows() {
    let mut block = parse(b"R 4 1.000000 1 0x10 0x0 0x0 0\n");
    block.texts.push(0, b"a note of a later version");
    text::parse(b"MARK 1.000001 here\nnoise\n", &mut block);
    let mut out = Vec::new();
    text::render(&block, &mut out);
    assert_eq!(out, b"R 4 1.000000 1 0x10 0x0 0x0 0\nMARK 1.000001 here\nnoise\n");
}

//! What the frozen files of version 1 hold. Add to it; change nothing that has a file.

use super::{Described, Part};
use mmio_format::block::LOST_COUNT_UNKNOWN;
use mmio_format::container::{DEFAULT_LEVEL, Recording, Section, key};
use mmio_format::{Block, Fields, Kind, text};

pub(super) fn all() -> Vec<Described> {
    let described = |name, level, parts| Described { name, level, parts };
    let one = |name, records| described(name, DEFAULT_LEVEL, vec![block(records)]);
    vec![
        described("empty", DEFAULT_LEVEL, vec![]),
        one("boot_pc", parsed(BOOT)),
        one("odd_lines", parsed(ODD)),
        one("losses", losses()),
        one("raw_tracer", raw_tracer()),
        one("module", module()),
        one("kinds", kinds()),
        one("extremes", extremes()),
        one("patterns", patterns(6000)),
        described("patterns_19", 19, vec![block(patterns(4000)), block(patterns(60))]),
        described("two_recordings", DEFAULT_LEVEL, two_recordings()),
        described("sections", DEFAULT_LEVEL, sections()),
        described("two_pages", DEFAULT_LEVEL, two_pages()),
        one("driver", parsed(DRIVER)),
        described("driver_19", 19, vec![block(parsed(DRIVER))]),
    ]
}

fn block(records: Block) -> Part {
    Part::Block(Box::new(records))
}

fn parsed(log: &[u8]) -> Block {
    let mut block = Block::default();
    text::parse(log, &mut block);
    block
}

/// A real driver's load: enough for several frequency tables in each column.
const DRIVER: &[u8] = include_bytes!("../../../../samples/e1000e.txt");

/// A machine that was booted with `mmiotrace.trace_pc=1`.
const BOOT: &[u8] = b"# tracer: mmiotrace\n#\nVERSION 20070824\n\
PCIDEV 0000 808629c0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 \n\
PCIDEV 0008 1af41001 15 c301 febbe000 0 0 fe00000c 0 0 80 1000 0 0 4000 0 0 virtio-pci\n\
LSPCI 00:1f.2 SATA controller: 82801IR/IO/IH [AHCI mode]\n\
MARK 5.071244 hello from pid 90\nMARK 5.076958 two\nlines\n\
MAP 5.113211 1 0xfebc4000 0xff37848a00075000 0x10 0xffffffff8107d5a2 0\n\
W 2 5.115790 1 0xfebc400c 0x80 0xffffffffc0299372 0\n\
W 2 5.117297 1 0xfebc400c 0x86 0xffffffffc0299382 0\n\
R 2 5.117781 1 0xfebc400c 0x0 0xffffffffc0299391 0\n\
W 2 5.117856 1 0xfebc400c 0x80 0xffffffffc02993a9 0\n\
W 2 5.117899 1 0xfebc400c 0x86 0xffffffffc02993b9 0\n\
W 4 5.118317 1 0xfebc4000 0x3c00 0xffffffffc0299079 0\n\
W 8 5.118357 1 0xfebc4008 0xfedcba9876543210 0xffffffffc0299083 0\n\
R 1 5.118357 1 0xfebc4003 0xff 0xffffffffc0299083 0\n\
UNKNOWN 5.118400 1 0xfebc4004 89,43,8 0xffffffffc0299090 0\n\
UNKNOWN 5.118401 1 0xfebc4004 89,43,08 0xffffffffc0299090 0\n\
UNMAP 5.234152 1 0xffffffff8107d7b0 0\nUNMAP 5.234153 -1 0x0 0\n";

/// What is found in logs in the wild.
const ODD: &[u8] = b"VERSION 20070824\r\nR 4 1.000000 1 0x10 0x2 0x0 0\r\n\
R 4 1.0 1 0x10 0x2 0x0 0R 4 1.0 1 0x10\nrw what?\nmap what?\n\n\0\0\n\xff\xfe\xc3\n\
R 4 1.5 1 0x0010 0X2 0x0 0\nR 4 1.123456789 1 0xABC 0x2 0x0 17\nW 4 2.000000 1 0x10  0x2 0x0 0\n\
W 3 2.000000 1 0x10 0x2 0x0 0\nMARK 2.000001\nMARK 2.000002 \nMARK 2.000003 tab\there \xe2\x82\xac\n#\n\
R 4 18446744073.709551615 2147483647 0xffffffffffffffff 0xffffffffffffffff 0xffffffffffffffff 0\n\
R 4 18446744073.709551616 1 0x1 0x1 0x0 0\nR 4 3.000000 -2147483648 0x1 0x1 0x0 0\n\
PCIDEV 0008 1af41001\nR 4 3.000001 1 0x10 0x2 0x0 0 \nR 4 3.000002 1 0x10";

/// Each loss is reported twice, at its place and later.
fn losses() -> Block {
    let mut log = b"R 4 1.000001 1 0xfed00010 0x1 0x0 0\nCPU:0 [LOST 76268 EVENTS]\n".to_vec();
    for i in 0..40 {
        log.extend(format!("R 4 1.{:06} 1 0xfed00010 {:#x} 0x0 0\n", 500 + 3 * i, i / 4).bytes());
    }
    log.extend_from_slice(b"MARK 0.000000 Lost 76268 events.\nCPU:1 [LOST EVENTS]\nCPU:12 [LOST 1 EVENTS]\n");
    let mut block = parsed(&log);
    // A reader of raw pages knows when.
    block.push_lost(2_000_000_123, 3, 17);
    block.push_lost(2_000_000_456, 4, LOST_COUNT_UNKNOWN);
    block
}

fn access(kind: Kind, time: u64, address: u64, value: u64, width: u8) -> Fields {
    Fields { kind, time, map_id: 1, address, value, width, ..Fields::default() }
}

/// The kernel's tracer, read from its raw pages: nanoseconds, cpu and pid.
fn raw_tracer() -> Block {
    let mut block = Block::default();
    let map = Fields { time: 3_000_000_001, map_id: 1, address: 0xfeb8_0000, pid: 812, ..Fields::default() };
    block.push_map(map, 0xffff_c900_0010_0000, 0x2_0000);
    for i in 0..120u64 {
        let kind = if i % 3 == 2 { Kind::WRITE } else { Kind::READ };
        let fields = access(kind, 3_000_001_499 + 1_017 * i + i % 7, 0xfeb8_0000 + 8 * (i % 5), i * i, 4);
        let row = block.push(Fields { pid: [812, 812, 0, 4_194_304][i as usize / 30], ..fields });
        block.cpu.push_at(row as usize, [0, 1, 255, 70_000][i as usize % 4]);
    }
    let row = block.push_text(Kind::MARKER, 3_000_400_500, b"link up");
    block.cpu.push_at(row as usize, 2);
    block.pid.push_at(row as usize, 1);
    block
}

/// What a tracer module records: caller, sequence, whole instructions, repeat counts, wide accesses.
fn module() -> Block {
    let mut block = Block::default();
    let opcodes: [&[u8]; 4] =
        [b"\x48", b"", b"\x00\x0f\xae\xf0\x66\x90\xcc\xff\x01\x02\x03\x04", b"\x90\x90"];
    for i in 0..96u64 {
        let unknown = i % 8 == 5;
        let kind = if unknown { Kind::UNKNOWN } else { Kind((i % 2) as u8) };
        let value = if unknown { 0xf3_48ab } else { 0x0101_0101_0101_0101 * (i % 5) };
        let fields = access(kind, 9_000_000_000 + 311 * i, 0xd000_0000 + 8 * (i % 4), value, 8);
        let width = if unknown { 0 } else { 8 };
        let row = block.push(Fields { width, pc: 0xffff_ffff_c000_0000 + 13 * (i % 6), ..fields });
        let at = row as usize;
        block.cpu.push_at(at, (i % 2) as u32);
        block.caller.push_at(at, 0xffff_ffff_c010_0000 + 5 * (i % 3));
        block.sequence.push_at(at, 1_000_000 + i / 2);
        block.repeat.push_at(at, [0, 0, 0, 1023, 0, 0, u64::MAX - 1, 0][i as usize % 8]);
        block.flags.push_at(at, [0, 1, 0, 1, 1, 0, 0, 0x80][i as usize % 8]);
        if unknown {
            block.opcodes.push(row, opcodes[i as usize / 8 % 4]);
        }
    }
    block
}

/// Every kind, and two that no version has yet.
fn kinds() -> Block {
    let mut block = Block::default();
    for turn in 0..3u64 {
        let time = 1_000_000_000 * turn + 1_500;
        block.push_text(Kind::VERSION, 0, b"20070824");
        block.push_text(Kind::PCI_DEVICE, 0, b"0000 808629c0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ");
        block.push_text(Kind::LSPCI, 0, b"00:00.0 Host bridge");
        block.push_text(Kind::COMMENT, 0, b" tracer: mmiotrace");
        block.push_text(Kind(12), 0, b"a kind of version 1.1\n");
        block.push_map(access(Kind::MAP, time, 0xfee0_0000, 0, 0), 0xffff_8000_0000_0000, 0x1000);
        block.push(access(Kind::READ, time + 499, 0xfee0_0020, 7, 4));
        block.push(access(Kind::WRITE, time + 500, 0xfee0_00b0, 0, 2));
        block.push(access(Kind::UNKNOWN, time + 501, 0xfee0_0030, 0x0f_b6_03, 0));
        block.push_text(Kind::MARKER, time + 502, b"");
        block.push_lost(time + 503, 0, turn);
        block.push_text(Kind::RAW, 0, b"rw what?\n");
        block.push(Fields { kind: Kind::UNMAP, time: time + 504, map_id: 1, ..Fields::default() });
        block.push_text(Kind(255), 0, b"");
    }
    block
}

/// The ends of every range, and time that goes back.
fn extremes() -> Block {
    let mut block = Block::default();
    for i in 0..64u64 {
        let end = |n: u64| if (i >> n) & 1 == 0 { i } else { u64::MAX - i };
        let fields = access(Kind((i % 2) as u8), end(0), end(1), end(2), [1, 2, 4, 8][i as usize % 4]);
        let map_id = [1, -1, i32::MAX, i32::MIN][(i >> 2) as usize % 4];
        let row = block.push(Fields { map_id, pc: end(3), pid: end(4) as u32, ..fields }) as usize;
        block.cpu.push_at(row, end(5) as u32);
        block.caller.push_at(row, end(0));
        block.sequence.push_at(row, end(1));
        block.repeat.push_at(row, end(2));
        block.flags.push_at(row, end(3) as u8);
    }
    block.push(Fields {
        kind: Kind::UNMAP,
        time: u64::MAX,
        map_id: i32::MIN,
        pc: u64::MAX,
        ..Fields::default()
    });
    let map = Fields { map_id: i32::MIN, address: u64::MAX, pc: u64::MAX, ..Fields::default() };
    block.push_map(map, u64::MAX, u64::MAX);
    block.push_lost(u64::MAX, u32::MAX, u64::MAX - 1);
    block.push(Fields { kind: Kind::UNKNOWN, value: 0xff_ffff, address: u64::MAX, ..Fields::default() });
    block
}

/// What real drivers do: polls, counters, uploads through a port, strides, flipped bits, and noise,
/// long enough that every way to predict and to code an access is taken.
fn patterns(records: u64) -> Block {
    let mut block = Block::default();
    let (mut noise, mut time) = (0x2545_f491_4f6c_dd1du64, 12_000_000_000u64);
    while (block.len() as u64) < records {
        let i = block.len() as u64;
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        time += 1_000 * (3 + [0, 0, 1, 0, 2, 0, 0, 40][(noise >> 60) as usize % 8]);
        let (kind, offset, value) = match (i / 40) % 6 {
            0 => (Kind::READ, 0x08, if i % 40 < 37 { 0x8008_0783 } else { 0x8008_0782 }),
            1 => (Kind((i % 2) as u8), 0xf0, 17 * i),
            2 => (
                Kind::WRITE,
                [0x100, 0x104][i as usize % 2],
                if i.is_multiple_of(2) { i } else { noise & 0xffff_ffff },
            ),
            3 => (Kind::WRITE, 0x2000 + 4 * (i % 40), 0),
            4 => (Kind((i / 2 % 2) as u8), 0x10 + 4 * (i % 3), 1 << (noise % 32)),
            _ => (Kind((noise >> 40 & 1) as u8), noise % 0x400 * 4, noise >> 32),
        };
        let width = if (i / 40) % 6 == 5 { 1 << (noise >> 48 & 1) } else { 4 };
        let row = block.push(access(kind, time, 0xfebc_0000 + offset, value & 0xffff_ffff, width)) as usize;
        if records > 100 {
            block.cpu.push_at(row, (noise >> 20 & 1) as u32);
            block.sequence.push_at(row, i + i / 100);
            block.pc.push_at(row, 0xffff_ffff_c000_0000 + 16 * (i / 40 % 6) + i % 4);
        }
    }
    block
}

/// The second one is completed after its blocks.
fn two_recordings() -> Vec<Part> {
    let mut first = Recording::default();
    first.push(key::KERNEL, "6.1.0-55-amd64 #1 SMP");
    first.push(key::PCI_DEVICE, "0000:00:02.0 0010 808610d3");
    first.push(key::PCI_DEVICE, "0000:00:03.0 0018 10ec8139");
    let mut second = Recording { number: 1, ..Recording::default() };
    second.push(key::TRACER, "mmiotrace");
    second.push(key::START, "1700000000000000000");
    let mut more = Recording { number: 1, ..Recording::default() };
    more.push(key::END, "1700000001000000000");
    more.push("a key of somebody's own", b"\x00\xff\n".to_vec());
    more.push("", "");
    vec![
        Part::Recording(first),
        block(parsed(b"VERSION 20070824\nR 4 1.000000 1 0xfebc0000 0x1 0x0 0\n")),
        Part::Recording(second),
        block(parsed(b"VERSION 20070824\nMAP 0.500000 2 0xfebc0000 0xff000 0x1000 0x0 0\n")),
        block(parsed(b"R 4 0.600000 2 0xfebc0004 0x2 0x0 0\n")),
        Part::Recording(more),
    ]
}

/// Sections of later versions, before, between and after the blocks.
fn sections() -> Vec<Part> {
    let section = |tag: &[u8; 4], flags, payload: &[u8]| {
        Part::Section(Section { tag: *tag, flags, payload: payload.to_vec() })
    };
    vec![
        section(b"NOTE", 0, b"before"),
        block(parsed(b"R 4 1.000000 1 0xfebc0000 0x1 0x0 0\n")),
        section(b"note", 0x8000_0001, &[0xff; 300]),
        section(b"\x00\xff\n\x80", u32::MAX, b""),
        block(parsed(b"R 4 1.000001 1 0xfebc0000 0x1 0x0 0\n")),
        section(b"NOTE", 0, b"behind"),
    ]
}

/// 260 blocks: one whole page of the index, and a second one.
fn two_pages() -> Vec<Part> {
    let records = |i: u64| match i % 20 {
        0 => parsed(format!("W 4 {i}.000000 1 0xfebc0000 {i:#x} 0x0 0\nUNMAP {i}.5 1 0x0 0\n").as_bytes()),
        10 => parsed(b"CPU:0 [LOST 5 EVENTS]\n"),
        _ => parsed(format!("block {i}\n").as_bytes()),
    };
    (0..260).map(|i| block(records(i))).collect()
}

//! Pages and their order: what a kernel can write, and what no kernel writes.

mod build;

use std::path::Path;

use build::Page;
use mmio_capture::formats::{Formats, X86_64};
use mmio_capture::merge::{Merge, Stop, Tally};
use mmio_format::block::LOST_COUNT_UNKNOWN;
use mmio_format::{Block, Kind, text};
use proptest::collection::vec;
use proptest::prelude::*;

fn formats() -> Formats {
    Formats::parse(X86_64, Path::new("built-in")).unwrap()
}

/// All records of the pages of some CPUs.
fn read(cpus: &[(u32, Vec<Vec<u8>>)]) -> (Block, Tally, Merge) {
    let numbers: Vec<u32> = cpus.iter().map(|cpu| cpu.0).collect();
    let mut merge = Merge::new(formats(), &numbers);
    for (lane, (_, pages)) in cpus.iter().enumerate() {
        pages.iter().for_each(|page| merge.push(lane, page.clone()));
        merge.close(lane);
    }
    let mut block = Block::default();
    assert_eq!(merge.fill(u64::MAX, &mut block), Stop::Done);
    let tally = *merge.tally();
    (block, tally, merge)
}

fn read_one(pages: &[Vec<u8>]) -> (Block, Tally, Merge) {
    read(&[(0, pages.to_vec())])
}

fn lines(block: &Block) -> String {
    let mut out = Vec::new();
    text::render(block, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn read_access(value: u64) -> Vec<u8> {
    build::access(77, [0xfebc_0008, value, 0], 3, 1, 4)
}

#[test]
fn each_kind_of_event_becomes_its_record() {
    let mut page = Page::new(1_000_000_000);
    page.event(0, &build::mapping(9, [0xfebc_0000, 0xffff_c900_0010_0000, 0x1000], 3, 3))
        .event(100_499, &read_access(0x8008_0783))
        .event(1, &build::access(77, [0xfebc_0000, 0x414_0241, 0xffff_ffff_c029_9372], 3, 2, 8))
        .event(500, &build::access(77, [0xfebc_0010, 0xff0f_b603, 0], 3, 5, 4))
        .event(1, &build::access(77, [0xfebc_0010, 0, 0], 3, 6, 4))
        .event(1, &build::print(12, b"link up\n"))
        .long_event(1, &build::print(12, b"no line end, and longer than others"))
        .event(1, &build::mapping(-1, [0, 0, 0], -1, 4))
        .event(1, &build::mapping(9, [0, 0, 0], 1, 9))
        .event(1, &build::other(12));
    let (block, tally, _) = read(&[(5, vec![page.finish(None)])]);
    assert_eq!(
        lines(&block),
        "MAP 1.000000 3 0xfebc0000 0xffffc90000100000 0x1000 0x0 0\n\
         R 4 1.000100 3 0xfebc0008 0x80080783 0x0 0\n\
         W 8 1.000101 3 0xfebc0000 0x4140241 0xffffffffc0299372 0\n\
         UNKNOWN 1.000101 3 0xfebc0010 0f,b6,03 0x0 0\n\
         rw what?\nMARK 1.000101 link up\nMARK 1.000101 no line end, and longer than others\n\
         UNMAP 1.000101 -1 0x0 0\nmap what?\n"
    );
    assert_eq!(block.time[1..4], [1_000_100_499, 1_000_100_500, 1_000_101_000]);
    assert_eq!(block.width[3], 0, "what stands there for an UNKNOWN means nothing");
    let pids: Vec<u32> = (0..block.len()).map(|row| block.pid.get(row)).collect();
    assert_eq!(pids, [9, 77, 77, 77, 0, 12, 12, u32::MAX, 0]);
    assert!((0..block.len()).all(|row| block.cpu.get(row) == 5));
    assert_eq!((tally.others, tally.losses, tally.has_pc), (1, 0, true));
}

#[test]
fn time_goes_on_by_extends_stamps_and_events_taken_back() {
    let mut page = Page::new(1 << 60);
    page.event(0, &read_access(0)).extend(1 << 40).event(5, &read_access(1));
    let at = (1 << 60) + (1 << 40) + 5;
    page.stamp(at + 77).event(3, &read_access(2));
    page.discarded(10, 44).event(1, &read_access(3));
    page.discarded(1, 44).event(1, &read_access(4));
    page.stamp(12).event(0, &read_access(5));
    let (block, _, _) = read_one(&[page.finish(None)]);
    // Stamps keep their upper bits; one that went back means that those have become more.
    let last = (3u64 << 59) + 12;
    assert_eq!(block.time, [1 << 60, at, at + 80, at + 91, at + 92, last]);
    assert_eq!(block.value, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn what_is_after_padding_is_nothing() {
    let mut page = Page::new(5);
    page.event(1, &read_access(1)).word(29).word(0x1234_5678).event(1, &read_access(2));
    let (block, tally, merge) = read_one(&[page.finish(None)]);
    assert_eq!((block.value.as_slice(), tally.losses), (&[1][..], 0));
    assert!(merge.faults().next().is_none());
}

#[test]
fn losses_stand_before_their_page_with_their_count() {
    let mut page = Page::new(1000);
    page.event(7, &read_access(1));
    let counted = page.finish(Some((76268, true)));
    let uncounted = page.finish(Some((0, false)));
    let most = page.finish(Some((u64::MAX, true)));
    let (block, tally, _) = read(&[(2, vec![page.finish(None), counted, uncounted, most])]);
    let access = "R 4 0.000001 3 0xfebc0008 0x1 0x0 0\n";
    let expected = format!(
        "{access}CPU:2 [LOST 76268 EVENTS]\n{access}CPU:2 [LOST EVENTS]\n{access}CPU:2 [LOST EVENTS]\n{access}"
    );
    assert_eq!(lines(&block), expected);
    assert_eq!(block.time[1], 1000, "a loss has the time of its page");
    assert_eq!((tally.lost, tally.losses, tally.uncounted), (76268, 3, 2));
}

#[test]
fn a_page_without_room_for_the_count_says_that_events_are_missing() {
    let mut page = Page::new(1000);
    while page.room() >= 48 {
        page.event(1, &read_access(1));
    }
    let mut page = page.finish(None);
    let commit = (page.len() - build::HEAD) as u64 | 3 << 30;
    page[8..16].copy_from_slice(&commit.to_le_bytes());
    let (block, tally, _) = read_one(&[page]);
    assert_eq!((block.kind[0], block.value[0]), (Kind::LOST, LOST_COUNT_UNKNOWN));
    assert_eq!((tally.losses, tally.uncounted), (1, 1));
}

#[test]
fn a_damaged_page_is_a_loss_of_unknown_count() {
    let mut good = Page::new(1000);
    good.event(7, &read_access(1));
    let bad_pages = [
        ("more data than it can hold", Page::new(1).finish(None), Some((8, 0xff_u8))),
        ("an event is cut", Page::new(1).event(3, &read_access(2)).word(28).finish(None), None),
        ("an event is cut", Page::new(1).event(3, &read_access(2)).word(30).finish(None), None),
        (
            "an event is cut",
            Page::new(1).event(3, &read_access(2)).word(29 | 32).word(999).finish(None),
            None,
        ),
        ("an event is cut", Page::new(1).event(3, &read_access(2)).word(0).word(u32::MAX).finish(None), None),
        (
            "shorter than its own length",
            Page::new(1).event(3, &read_access(2)).word(0).word(3).finish(None),
            None,
        ),
        ("contradicts its format", Page::new(1).event(3, &read_access(2)[..36]).finish(None), None),
    ];
    for (what, mut bad, patch) in bad_pages {
        if let Some((at, byte)) = patch {
            bad[at..at + 2].fill(byte);
        }
        let (block, tally, merge) = read_one(&[good.finish(None), bad, good.finish(None)]);
        let kinds: Vec<Kind> = block.kind.iter().copied().filter(|&k| k != Kind::READ).collect();
        assert_eq!(kinds, [Kind::LOST], "{what}");
        assert_eq!(block.kind.last(), Some(&Kind::READ), "{what}: reading goes on");
        assert_eq!((tally.losses, tally.uncounted), (1, 1), "{what}");
        let (_, faults) = merge.faults().next().unwrap();
        assert!(faults.first.what.contains(what), "{what}: {}", faults.first.what);
        assert!((4096..8192).contains(&faults.offset) && !faults.is_cut, "{what}");
    }
}

#[test]
fn cpus_are_merged_by_time_and_then_by_number() {
    let mut first = Page::new(100);
    first.event(0, &read_access(1)).event(10, &read_access(3)).event(10, &read_access(6));
    let mut second = Page::new(105);
    second.event(0, &read_access(2)).event(5, &read_access(4)).event(5, &read_access(5));
    let (block, ..) = read(&[(0, vec![first.finish(None)]), (3, vec![second.finish(None)])]);
    assert_eq!(block.value, [1, 2, 3, 4, 5, 6]);
    let cpus: Vec<u32> = (0..6).map(|row| block.cpu.get(row)).collect();
    assert_eq!(cpus, [0, 3, 0, 3, 3, 0]);
}

#[test]
fn an_open_cpu_without_events_is_waited_for_and_a_limit_kept() {
    let mut page = Page::new(100);
    page.event(0, &read_access(1)).event(10, &read_access(2));
    let mut merge = Merge::new(formats(), &[0, 1]);
    let mut block = Block::default();
    assert_eq!(merge.fill(u64::MAX, &mut block), Stop::Needs(0));
    merge.push(0, page.finish(None));
    assert_eq!(merge.fill(u64::MAX, &mut block), Stop::Needs(1));
    assert!(block.is_empty());
    merge.close(1);
    assert_eq!(merge.fill(105, &mut block), Stop::Done);
    assert_eq!(block.value, [1]);
    assert_eq!(merge.fill(110, &mut block), Stop::Needs(0));
    assert_eq!(block.value, [1, 2]);
}

/// The pages of a real recording.
fn sample(bytes: &[u8]) -> Vec<u8> {
    zstd::decode_all(bytes).unwrap()
}

fn pages_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.chunks(build::PAGE).map(<[u8]>::to_vec).collect()
}

#[test]
fn a_recording_cut_at_any_byte_keeps_what_is_whole() {
    let bytes = sample(include_bytes!("../../../samples/edu_lost_raw.bin.zst"));
    let (all, ..) = read_one(&pages_of(&bytes));
    let mut before = 0;
    for length in 0..bytes.len() {
        let (block, tally, merge) = read_one(&pages_of(&bytes[..length]));
        assert!(block.len() >= before, "{length}");
        before = block.len();
        // The number of lost events stands after the first page's data.
        let knows_loss = length >= 4072 || before == 0;
        let skipped = if knows_loss { 0 } else { 1 };
        assert_eq!(block.value[skipped..], all.value[skipped..before], "{length}");
        assert_eq!(block.time, all.time[..before], "{length}");
        assert_eq!(tally.uncounted, u64::from(!knows_loss), "{length}");
        // What is cut after the last event of a page is not missed.
        if length % build::PAGE < 4000 && length % build::PAGE > 0 {
            let (_, faults) = merge.faults().next().unwrap();
            assert!(faults.is_cut, "{length}");
        }
    }
    assert_eq!(before, all.len());
}

/// An event as a test plans it.
#[derive(Clone, Debug)]
enum Plan {
    Access { delta: u32, value: u64, op: u8, width: u8 },
    Extend(u64),
    Stamp(u64),
    Discarded(u32),
    Mark(u32, Vec<u8>),
    Other(u32, usize),
    Page(Option<u64>),
}

fn plan() -> impl Strategy<Value = Plan> {
    let width = prop::sample::select(vec![1u8, 2, 4, 8]);
    prop_oneof![
        8 => (0u32..1 << 27, any::<u64>(), 1u8..=2, width)
            .prop_map(|(delta, value, op, width)| Plan::Access { delta, value, op, width }),
        1 => (0u64..1 << 50).prop_map(Plan::Extend),
        1 => (0u64..1 << 58).prop_map(Plan::Stamp),
        1 => (2u32..1 << 27).prop_map(Plan::Discarded),
        1 => (0u32..1 << 27, "[a-z\n ]{0,60}").prop_map(|(d, text)| Plan::Mark(d, text.into_bytes())),
        1 => (0u32..1 << 27, 8usize..200).prop_map(|(d, length)| Plan::Other(d, length)),
        1 => proptest::option::of(0u64..1 << 40).prop_map(Plan::Page),
    ]
}

/// Time, kind and value of a record.
type Found = (u64, Kind, u64);

/// What the plan's pages are, and what its records should be: time, kind, value.
fn carry_out(start: u64, plans: &[Plan]) -> (Vec<Vec<u8>>, Vec<Found>) {
    let (mut pages, mut expected) = (Vec::new(), Vec::new());
    let (mut time, mut page, mut missed) = (start, Page::new(start), None);
    for plan in plans {
        if page.room() < 300 || matches!(plan, Plan::Page(_)) {
            pages.push(page.finish(missed));
            missed = if let Plan::Page(Some(count)) = plan { Some((*count, true)) } else { None };
            page = Page::new(time);
            expected.extend(missed.map(|(count, _)| (time, Kind::LOST, count)));
        }
        match plan {
            Plan::Access { delta, value, op, width } => {
                time += u64::from(*delta);
                page.event(*delta, &build::access(1, [0x1000, *value, 0], 1, *op, *width));
                expected.push((time, if *op == 1 { Kind::READ } else { Kind::WRITE }, *value));
            }
            Plan::Extend(more) => {
                time += more;
                page.extend(*more);
            }
            Plan::Stamp(stamp) => {
                time = *stamp;
                page.stamp(*stamp);
            }
            Plan::Discarded(delta) => {
                time += u64::from(*delta);
                page.discarded(*delta, 44);
            }
            Plan::Mark(delta, text) => {
                time += u64::from(*delta);
                page.long_event(*delta, &build::print(1, text));
                expected.push((time, Kind::MARKER, 0));
            }
            Plan::Other(delta, length) => {
                time += u64::from(*delta);
                page.long_event(*delta, &build::other(*length));
            }
            Plan::Page(_) => {}
        }
    }
    pages.push(page.finish(missed));
    (pages, expected)
}

fn found(block: &Block) -> Vec<Found> {
    (0..block.len()).map(|row| (block.time[row], block.kind[row], block.value[row])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_a_kernel_writes_is_read(start in 0u64..1 << 50, plans in vec(plan(), 0..300)) {
        let (pages, expected) = carry_out(start, &plans);
        let (block, _, merge) = read_one(&pages);
        prop_assert_eq!(found(&block), expected);
        prop_assert!(merge.faults().next().is_none());
    }

    #[test]
    fn the_order_is_the_rule(cpus in vec((0u64..1000, vec((0u32..50, any::<u64>()), 0..200)), 1..5)) {
        let mut queues = Vec::new();
        let mut input = Vec::new();
        for (cpu, (start, events)) in cpus.iter().enumerate() {
            let access = |&(delta, value)| Plan::Access { delta, value, op: 1, width: 4 };
            let plans: Vec<Plan> = events.iter().map(access).collect();
            let (pages, expected) = carry_out(*start, &plans);
            input.push((cpu as u32, pages));
            queues.push(std::collections::VecDeque::from(expected));
        }
        let mut expected = Vec::new();
        while let Some(i) = (0..queues.len())
            .filter(|&i| !queues[i].is_empty())
            .min_by_key(|&i| (queues[i][0].0, i))
        {
            expected.extend(queues[i].pop_front());
        }
        prop_assert_eq!(found(&read(&input).0), expected);
    }

    #[test]
    fn any_bytes_end(mut bytes in vec(any::<u8>(), 0..9000), commit in 0u16..4100, heads in any::<bool>()) {
        // Without a likely length most pages would end at once.
        if heads && bytes.len() > 16 {
            bytes[8..16].copy_from_slice(&u64::from(commit).to_le_bytes());
        }
        let (block, ..) = read_one(&pages_of(&bytes));
        prop_assert!(block.len() <= bytes.len() / 4 + 6);
    }

    #[test]
    fn a_changed_byte_is_survived(at in 0usize..12288, byte in any::<u8>()) {
        let mut bytes = sample(include_bytes!("../../../samples/edu_lost_raw.bin.zst"));
        bytes[at] = byte;
        let (block, ..) = read_one(&pages_of(&bytes));
        prop_assert!(block.len() <= bytes.len() / 4);
    }
}

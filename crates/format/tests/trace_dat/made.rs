//! Files that are made here: what trace-cmd's recordings at hand do not have.

use mmio_format::ring::page::Missed;
use mmio_format::ring::trace_dat::Item;
use mmio_format::{DamageKind, Error};

use super::build::{PAGE, With, page, version_6, version_6_of_two, version_7};
use super::{Found, found, read};

fn event(time: u64, cpu: u32, name: &str) -> Found {
    Found::Event(time, cpu, name.into())
}

/// Two CPUs; the second one has lost events twice.
fn cpus() -> Vec<Vec<Vec<u8>>> {
    let first =
        vec![page(100, &[(300, 0), (301, 20)], None), page(200, &[(300, 1)], None), page(300, &[], None)];
    let second = vec![page(110, &[(5, 0), (999, 5)], Some(3)), page(200, &[(301, 1), (301, 0)], Some(0))];
    vec![first, second]
}

fn expected() -> Vec<Found> {
    vec![
        event(100, 0, "first"),
        Found::Lost(110, 1, Missed::Count(3)),
        event(110, 1, "print"),
        event(120, 0, "second"),
        Found::Lost(200, 1, Missed::Unknown),
        event(201, 0, "first"),
        event(201, 1, "second"),
        event(201, 1, "second"),
    ]
}

fn all() -> Vec<Vec<u8>> {
    let seven = [With::None, With::Zstd, With::Zlib].map(|with| version_7(with, &[("", cpus())]));
    seven.into_iter().chain([version_6(&cpus())]).collect()
}

#[test]
fn events_and_losses_are_merged_by_time() {
    for file in all() {
        assert_eq!(found(&file), (expected(), None));
        let trace = read(&file).unwrap();
        assert_eq!((trace.comm(7), trace.facts().uname.as_deref()), (Some("a task"), Some("uts")));
        let mut items = trace.items();
        while items.next().is_some() {}
        assert_eq!((items.tally().events, items.tally().unknown), (6, 1));
    }
}

#[test]
fn overruns_and_clocks_are_told() {
    let trace = read(&version_7(With::Zlib, &[("", cpus())])).unwrap();
    let stats = trace.facts().cpu_stats[0];
    assert_eq!((stats.cpu, stats.overrun, stats.commit_overrun, stats.dropped), (1, 4, 0, 2));
    assert_eq!(trace.buffers()[0].clock.as_deref(), Some("mono"));
}

#[test]
fn instances_have_buffers_of_their_own() {
    let other = vec![vec![page(105, &[(301, 0)], None)], vec![]];
    let six = version_6_of_two(&cpus(), "mine", &other);
    let seven = version_7(With::Zstd, &[("", cpus()), ("mine", other)]);
    for file in [six, seven] {
        let trace = read(&file).unwrap();
        let names: Vec<&str> = trace.buffers().iter().map(|buffer| buffer.name.as_str()).collect();
        assert_eq!((names, trace.damage()), (vec!["", "mine"], None));
        let mut items = trace.items();
        items.next();
        let Some(Item::Event(second)) = items.next() else { panic!("no event") };
        assert_eq!((second.time, second.buffer, second.pid), (105, 1, 7));
        assert_eq!(second.format.field("value").and_then(|field| field.number(second.data)), Some(0));
    }
}

#[test]
fn a_piece_that_is_damaged_is_a_loss() {
    let file = version_7(
        With::Zstd,
        &[(
            "",
            vec![vec![page(1, &[(300, 0)], None), page(2, &[(300, 0)], None), page(3, &[(300, 0)], None)]],
        )],
    );
    let magic = b"\x28\xb5\x2f\xfd";
    // The pieces of pages are the last but one compressed parts, the options are the last one.
    let starts: Vec<usize> =
        file.windows(4).enumerate().filter(|(_, w)| w == magic).map(|(at, _)| at).collect();
    let mut damaged = file.clone();
    damaged[starts[starts.len() - 3]] ^= 1;
    let (items, damage) = found(&damaged);
    assert_eq!(items, [Found::Lost(0, 0, Missed::Unknown), event(3, 0, "first")]);
    assert!(
        damage.is_some_and(|damage| damage.kind == DamageKind::Damaged && damage.what.starts_with("zstd"))
    );
}

#[test]
fn a_page_that_is_damaged_is_a_loss() {
    let mut pages = vec![page(1, &[(300, 0)], None), page(2, &[(300, 0)], None), page(3, &[(300, 0)], None)];
    // An event that is longer than its page.
    pages[1][16] = 28;
    let file = version_6(&[pages]);
    let (items, damage) = found(&file);
    assert_eq!(items, [event(1, 0, "first"), Found::Lost(2, 0, Missed::Unknown), event(3, 0, "first")]);
    let damage = damage.unwrap();
    assert_eq!(damage.place.byte, Some((file.len() - 2 * PAGE + 16) as u64));
    assert_eq!((damage.kind, damage.what.as_str()), (DamageKind::Damaged, "CPU 0: an event is cut"));
}

#[test]
fn a_file_that_is_cut_gives_what_is_before() {
    let file = version_6(&[vec![page(1, &[(300, 0)], None), page(2, &[(300, 0), (300, 1)], None)]]);
    for (cut, events) in [(PAGE, 1), (PAGE - 16, 1), (PAGE - 32, 2), (PAGE - 40, 2)] {
        let (items, damage) = found(&file[..file.len() - cut]);
        assert_eq!(items.len(), events, "{cut}");
        assert_eq!(damage.map(|damage| damage.kind), Some(DamageKind::Truncated), "{cut}");
    }
}

#[test]
fn what_is_not_read_is_refused_with_a_sentence() {
    let file = version_6(&cpus());
    let with = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] = byte;
        read(&file).unwrap_err().to_string()
    };
    assert_eq!(with(0, 0), "this is no trace.dat of trace-cmd at byte 0");
    assert_eq!(with(12, 1), "this trace.dat is of a big-endian machine, which is not read at byte 12");
    assert_eq!(with(13, 5), "a `long` has 5 bytes, 4 or 8 were expected at byte 13");
    assert_eq!(with(10, b'5'), "version `5` of a trace.dat, 6 or 7 was expected at byte 10");
    assert!(with(19, b'x').starts_with("the description of pages does not begin with its name at byte"));
    assert!(matches!(
        read(&[&file[..10], b"8\0", &file[12..]].concat()),
        Err(Error::NewerVersion { found: 8, .. })
    ));
    let seven = version_7(With::None, &[]);
    let other = [&seven[..18], b"lzma", &seven[22..]].concat();
    let sentence = "the compressor `lzma` is not known, zstd, zlib or none was expected at byte 18";
    assert_eq!(read(&other).unwrap_err().to_string(), sentence);
}

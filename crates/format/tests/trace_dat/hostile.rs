//! Files that say anything: a clear error or a part of the events, never a panic, and no memory without bound.

use mmio_format::DamageKind;
use mmio_testkit::sample_log;
use proptest::prelude::*;

use super::build::{With, page, version_6, version_7};
use super::{found, read};

/// Small files of all kinds.
fn files() -> Vec<Vec<u8>> {
    let pages = |time| vec![page(time, &[(300, 0), (301, 4)], None), page(time + 9, &[(5, 0)], Some(2))];
    let cpus = || vec![pages(3), pages(5)];
    let seven = [With::None, With::Zstd, With::Zlib].map(|with| version_7(with, &[("", cpus())]));
    seven.into_iter().chain([version_6(&cpus())]).collect()
}

/// The number of items of a file, or nothing when it is refused.
fn items(file: &[u8]) -> Option<usize> {
    read(file).ok().map(|_| found(file).0.len())
}

#[test]
fn any_cut_is_told() {
    for file in files() {
        let whole = found(&file);
        assert_eq!((whole.0.len(), whole.1), (8, None));
        for length in 0..file.len() {
            let Ok(trace) = read(&file[..length]) else { continue };
            let mut items = trace.items();
            let mut count = 0;
            while items.next().is_some() {
                count += 1;
            }
            assert!(count <= 8);
            assert!(items.damage().is_some_and(|damage| damage.kind == DamageKind::Truncated), "{length}");
        }
    }
}

#[test]
fn any_cut_of_a_recording_ends() {
    for name in ["tracers/mmiotrace.trace.dat", "tracers/regmap-hda.v6.trace.dat.zst"] {
        let file = sample_log(name);
        let step = file.len() / 400;
        (0..file.len()).step_by(step).for_each(|length| assert!(items(&file[..length]).unwrap_or(0) <= 1169));
    }
}

#[test]
fn any_byte_may_be_wrong() {
    for file in files() {
        for at in 0..file.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut file = file.clone();
                file[at] ^= change;
                // A byte more of pages is no event more than they have room for.
                assert!(items(&file).is_none_or(|count| count < 200), "{at} {change}");
            }
        }
    }
}

#[test]
fn claims_of_sizes_are_not_believed() {
    // A section of options that claims to be large when it is decompressed.
    let file = version_7(With::Zstd, &[]);
    let mut claims = file.clone();
    let start = u64::from_le_bytes(file[31..39].try_into().unwrap()) as usize;
    claims[start + 20..start + 24].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(read(&claims).unwrap_err().to_string().contains("a section claims 4294967295 bytes"));
    // A piece of pages that does so; the piece is the last but one compressed part.
    let mut claims = version_7(With::Zstd, &[("", vec![vec![page(1, &[(300, 0)], None)]])]);
    let is_start = |&at: &usize| claims[at..].starts_with(b"\x28\xb5\x2f\xfd");
    let starts: Vec<usize> = (0..claims.len()).filter(is_start).collect();
    let piece = starts[starts.len() - 2];
    claims[piece - 4..piece].copy_from_slice(&u32::MAX.to_le_bytes());
    let (_, damage) = found(&claims);
    assert!(damage.unwrap().what.contains("claims 4294967295 bytes"));
    // A chain of options that goes round.
    let mut round = version_7(With::None, &[]);
    let start = u64::from_le_bytes(round[31..39].try_into().unwrap());
    let end = round.len();
    round[end - 8..].copy_from_slice(&start.to_le_bytes());
    assert!(read(&round).unwrap_err().to_string().starts_with("the chain of options does not end"));
}

/// A reader that fails behind the start of a file.
struct Failing<'a>(&'a [u8]);

impl std::io::Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.0.is_empty() {
            return Err(std::io::Error::other("a bad disk"));
        }
        self.0.read(buffer)
    }
}

#[test]
fn a_reader_that_fails_is_an_error() {
    let file = version_6(&[]);
    let error = mmio_format::ring::trace_dat::TraceDat::read(Failing(&file), "name".as_ref()).unwrap_err();
    assert_eq!(error.to_string(), "name: cannot read");
}

proptest! {
    #[test]
    fn several_bytes_may_be_wrong(
        which in 0..4usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = files().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        items(&file);
    }

    #[test]
    fn any_bytes_may_follow_the_head(seven in any::<bool>(), rest in prop::collection::vec(any::<u8>(), 0..300)) {
        let file = if seven { version_7(With::Zlib, &[]) } else { version_6(&[]) };
        items(&[&file[..if seven { 31 } else { 18 }], &rest].concat());
    }
}

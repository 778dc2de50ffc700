//! Opening inputs: what they are is found by content, and damage costs no byte before it.

use std::io::{Read, Write};
use std::path::PathBuf;

use mmio_format::input::{self, Content, Input};

/// What a plain stream and the first frame of a container begin with (docs/format.md).
const PLAIN_MAGIC: [u8; 8] = *b"\x89MMIO\r\n\x1a";
const CONTAINER_MAGIC: [u8; 8] = *b"mmioscop";
use mmio_format::text::{self, Chunk, Splitter};
use mmio_format::{Block, Damage, DamageKind, Error, Kind, Progress};
use tempfile::TempDir;

struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(TempDir::new().unwrap())
    }

    fn write(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("log");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn open(&self, bytes: &[u8]) -> Input {
        input::open(&self.write(bytes)).unwrap()
    }

    /// What can be read, and what is wrong then.
    fn read(&self, bytes: &[u8]) -> (Content, Vec<u8>, Option<Damage>) {
        let mut input = self.open(bytes);
        let mut read = Vec::new();
        let damage =
            input.reader.read_to_end(&mut read).err().map(|error| Damage::of(&error).unwrap().clone());
        (input.content, read, damage)
    }
}

fn log(lines: u64) -> Vec<u8> {
    let line = |i: u64| {
        let value = i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        format!("W 4 63.{:06} 1 {:#x} {value:#x} 0x0 0\n", 3 * i, 0xf600_0000 + 4 * (i % 64))
    };
    (0..lines).map(line).collect::<String>().into_bytes()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let builder = flate2::GzBuilder::new().filename("log").comment("of a driver").extra(vec![1, 2, 3]);
    let mut encoder = builder.write(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn lzma(text: &[u8]) -> Vec<u8> {
    let options = liblzma::stream::LzmaOptions::new_preset(6).unwrap();
    let stream = liblzma::stream::Stream::new_lzma_encoder(&options).unwrap();
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

type Compress = fn(&[u8]) -> Vec<u8>;

/// Formats that have checksums, and may have several streams.
const FORMATS: [(&str, Compress); 4] = [("gzip", gzip), ("bzip2", bzip2), ("xz", xz), ("zstd", zstd)];

/// What is read of lzma, which has neither.
const LZMA: (&str, Compress) = ("lzma", lzma);

fn all_formats() -> impl Iterator<Item = (&'static str, Compress)> {
    FORMATS.into_iter().chain([LZMA])
}

fn skippable(payload: &[u8]) -> Vec<u8> {
    [&0x184d_2a50_u32.to_le_bytes()[..], &(payload.len() as u32).to_le_bytes(), payload].concat()
}

#[test]
fn text_is_text_whatever_compresses_it() {
    let (files, text) = (Files::new(), log(30_000));
    assert_eq!(files.read(&text), (Content::Text, text.clone(), None));
    for (name, compress) in all_formats() {
        assert_eq!(files.read(&compress(&text)), (Content::Text, text.clone(), None), "{name}");
    }
}

#[test]
fn streams_after_one_another_are_one_text() {
    let (files, text) = (Files::new(), log(3_000));
    for (name, compress) in FORMATS {
        let parts = [compress(&text[..1000]), compress(b""), compress(&text[1000..])].concat();
        assert_eq!(files.read(&parts), (Content::Text, text.clone(), None), "{name}");
    }
}

#[test]
fn empty_input_is_empty_text() {
    let files = Files::new();
    assert_eq!(files.read(b""), (Content::Text, vec![], None));
    for (name, compress) in all_formats() {
        assert_eq!(files.read(&compress(b"")), (Content::Text, vec![], None), "{name}");
    }
}

#[test]
fn containers_are_recognised_by_their_first_bytes() {
    let files = Files::new();
    let plain = [&PLAIN_MAGIC[..], b"the rest"].concat();
    assert_eq!(files.read(&plain), (Content::PlainContainer, plain.clone(), None));
    for (name, compress) in all_formats() {
        assert_eq!(files.read(&compress(&plain)), (Content::PlainContainer, plain.clone(), None), "{name}");
    }
    let container = [skippable(&CONTAINER_MAGIC), zstd(&plain)].concat();
    assert_eq!(files.read(&container), (Content::Container, container.clone(), None));
}

#[test]
fn container_can_be_sought_while_it_is_read() {
    let files = Files::new();
    let container = [skippable(&CONTAINER_MAGIC), zstd(b"x")].concat();
    let mut input = files.open(&container);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    input.file.as_mut().unwrap().read_to_end(&mut first).unwrap();
    input.reader.read_to_end(&mut second).unwrap();
    assert_eq!((&first, &second), (&container, &container));
    assert!(files.open(b"text").file.is_none());
}

#[test]
fn foreign_skippable_frames_before_a_text_are_skipped() {
    let (files, text) = (Files::new(), log(100));
    let frames =
        [skippable(b"pzstd was here"), skippable(b""), zstd(&text), skippable(&[0; 70_000])].concat();
    assert_eq!(files.read(&frames), (Content::Text, text, None));
}

#[test]
fn progress_ends_at_the_size_of_the_file() {
    let files = Files::new();
    let bytes = gzip(&log(10_000));
    let mut input = files.open(&bytes);
    let size = Some(bytes.len() as u64);
    assert_eq!(input.meter.progress().size, size);
    input.reader.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(input.meter.progress(), Progress { read: bytes.len() as u64, size });
}

#[test]
fn cut_at_every_byte() {
    let (files, text) = (Files::new(), log(60));
    for (name, compress) in all_formats() {
        let bytes = compress(&text);
        let mut longest = 0;
        // The first bytes alone are a text of their own.
        let first = if name == "lzma" { 14 } else { 6 };
        for end in first..bytes.len() {
            let (content, read, damage) = files.read(&bytes[..end]);
            let damage = damage.unwrap_or_else(|| panic!("{name} cut at {end} reads as if it were whole"));
            assert_eq!((content, damage.kind), (Content::Text, DamageKind::Truncated), "{name} cut at {end}");
            assert_eq!(damage.place.byte, Some(end as u64), "{name} cut at {end}");
            assert!(text.starts_with(&read), "{name} cut at {end}");
            longest = longest.max(read.len());
        }
        assert_eq!(longest, text.len(), "{name}: a missing checksum costs no text");
    }
}

#[test]
fn a_wrong_byte_anywhere_is_noticed() {
    let (files, text) = (Files::new(), log(60));
    for (name, compress) in FORMATS {
        let bytes = compress(&text);
        for place in 6..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[place] ^= 0x10;
            let (_, read, damage) = files.read(&bytes);
            assert!(damage.is_some() || read == text, "{name} changed at {place} reads wrong without a word");
        }
    }
}

#[test]
fn wrong_bytes_cost_little_of_what_is_before_them() {
    let (files, text) = (Files::new(), log(40_000));
    for (name, compress) in FORMATS {
        let mut bytes = compress(&text);
        let place = bytes.len() * 9 / 10;
        bytes[place..].fill(0xff);
        // Wide reads, so that a decoder that drops what the failing call decoded shows.
        let (mut reader, mut step, mut read) = (files.open(&bytes).reader, vec![0; 1 << 20], Vec::new());
        let damage = loop {
            match reader.read(&mut step) {
                Ok(length) => read.extend_from_slice(&step[..length]),
                Err(error) => break Damage::of(&error).unwrap().clone(),
            }
        };
        let intact = read.iter().zip(&text).take_while(|(a, b)| a == b).count();
        // A block of zstd is up to 128 KiB of text, one of bzip2 here 100 kB; the others lose next to nothing.
        let tolerated = match name {
            "zstd" => 128 << 10,
            "bzip2" => 100_000,
            _ => 1 << 10,
        };
        let expected = text.len() * 9 / 10 - text.len() / 100 - tolerated;
        assert!(intact >= expected, "{name}: {intact} bytes of at least {expected}");
        assert!(damage.place.byte.unwrap() <= bytes.len() as u64);
    }
}

#[test]
fn bytes_after_the_last_stream_are_damage() {
    let (files, text) = (Files::new(), log(60));
    for (name, compress) in all_formats() {
        let (_, read, damage) = files.read(&[compress(&text), b"sixteen of these.".to_vec()].concat());
        assert_eq!((read == text, damage.unwrap().kind), (true, DamageKind::Damaged), "{name}");
    }
    assert_eq!(files.read(&[gzip(&text), vec![0; 512]].concat()), (Content::Text, text, None));
}

#[test]
fn damage_stays_damage_when_read_again() {
    let (files, bytes) = (Files::new(), xz(&log(60)));
    let mut input = files.open(&bytes[..bytes.len() - 20]);
    let first = input.reader.read_to_end(&mut Vec::new()).unwrap_err();
    let second = input.reader.read(&mut [0; 8]).unwrap_err();
    assert_eq!(Damage::of(&first).unwrap(), Damage::of(&second).unwrap());
    assert_eq!(first.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn last_line_of_a_cut_log_is_raw() {
    let (files, bytes) = (Files::new(), gzip(&log(2_000)));
    let input = files.open(&bytes[..bytes.len() / 2]);
    let (mut splitter, mut chunk) = (Splitter::new(input.reader), Chunk::default());
    assert!(splitter.next(&mut chunk).unwrap());
    let mut block = Block::default();
    text::parse_chunk(&chunk, &mut block);
    let (last, before) = block.kind.split_last().unwrap();
    assert!(*last == Kind::RAW && before.iter().all(|&kind| kind == Kind::WRITE));
    assert!(Damage::of(&splitter.next(&mut chunk).unwrap_err()).is_some());
    assert!(!splitter.next(&mut chunk).unwrap());
}

#[test]
fn too_wide_a_window_is_refused_with_a_reason() {
    let files = Files::new();
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(28).unwrap();
    encoder.write_all(&log(10)).unwrap();
    let (_, read, damage) = files.read(&encoder.finish().unwrap());
    assert!(read.is_empty());
    assert!(damage.unwrap().what.contains("memory"));
}

fn refusal(path: PathBuf) -> String {
    match input::open(&path) {
        Err(ref error @ Error::Io { ref source, .. }) => {
            format!("{error}: {source}").replace(&path.display().to_string(), "PATH")
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{} could be opened", path.display()),
    }
}

#[test]
fn what_cannot_be_opened_is_named() {
    let files = Files::new();
    assert_eq!(refusal(files.0.path().to_owned()), "PATH: cannot read: it is a directory");
    let missing = refusal(files.0.path().join("missing"));
    assert!(missing.starts_with("PATH: cannot open: No such file"), "{missing}");
}

#[test]
fn an_event_between_stacks_is_enough_for_its_dialect() {
    let frame = "\tffffffffb9320e71 _regmap_read+0xf1 ([kernel.kallsyms])\n".repeat(20);
    let event = "bash   153 [000]    81.000652:             regmap:regmap_reg_read: 0-0049 reg=1 val=0\n";
    let files = Files::new();
    assert_eq!(files.open(format!("{event}{frame}\n").as_bytes()).content, Content::Dialect);
    assert_eq!(files.open(format!("{frame}\n").as_bytes()).content, Content::Text);
    let trace = String::from_utf8(log(3)).unwrap();
    assert_eq!(files.open(format!("{trace}{event}").as_bytes()).content, Content::Text, "a log of mmiotrace");
}

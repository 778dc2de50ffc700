//! A log of samples/ as lines that can be changed.

use std::path::Path;

use mmio_analyze::check::{Report, check};
use mmio_format::{Filter, Trace};

/// An access of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Access {
    /// Number of its line, from 0.
    pub(crate) line: usize,
    pub(crate) is_read: bool,
    pub(crate) width: u32,
    pub(crate) address: u64,
    pub(crate) value: u64,
}

impl Access {
    /// All ones in the width.
    pub(crate) fn ones(&self) -> u64 {
        u64::MAX >> (64 - 8 * self.width)
    }

    /// The register.
    pub(crate) fn register(&self) -> (u64, u32) {
        (self.address, self.width)
    }
}

/// A log.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) lines: Vec<String>,
}

impl Log {
    /// A log of samples/, which may be compressed.
    pub(crate) fn sample(name: &str) -> Log {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name);
        let bytes = std::fs::read(path).unwrap();
        let bytes = if name.ends_with(".zst") { zstd::decode_all(&bytes[..]).unwrap() } else { bytes };
        Log { lines: String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect() }
    }

    /// The accesses; those that the tracer could not decode are not among them, so that a log which has some is not
    /// for these tests.
    pub(crate) fn accesses(&self) -> Vec<Access> {
        let access = |(line, text): (usize, &String)| {
            let fields: Vec<&str> = text.split(' ').collect();
            let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
            assert_ne!(fields[0], "UNKNOWN");
            let is_read = match fields[0] {
                "R" => true,
                "W" => false,
                _ => return None,
            };
            let (address, value) = (hex(fields[4]), hex(fields[5]));
            Some(Access { line, is_read, width: fields[1].parse().unwrap(), address, value })
        };
        self.lines.iter().enumerate().filter_map(access).collect()
    }

    /// Gives the access in `line` another value.
    pub(crate) fn set(&mut self, line: usize, value: u64) {
        let mut fields: Vec<String> = self.lines[line].split(' ').map(str::to_owned).collect();
        fields[5] = format!("{value:#x}");
        self.lines[line] = fields.join(" ");
    }

    /// What is found in it.
    pub(crate) fn check(&self) -> Report {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), self.lines.join("\n") + "\n").unwrap();
        check(&mut Trace::open(file.path()).unwrap(), &Filter::default()).unwrap()
    }
}

/// Numbers that look like chance, the same for a seed.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

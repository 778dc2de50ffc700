//! Ring-buffer pages as a kernel would write them, for tests.

/// Bytes of a page, and of its head.
pub(crate) const PAGE: usize = 4096;
pub(crate) const HEAD: usize = 16;

/// A page that is being written.
pub(crate) struct Page {
    bytes: Vec<u8>,
}

impl Page {
    pub(crate) fn new(time: u64) -> Page {
        let mut bytes = time.to_le_bytes().to_vec();
        bytes.extend_from_slice(&[0; 8]);
        Page { bytes }
    }

    pub(crate) fn room(&self) -> usize {
        PAGE - self.bytes.len()
    }

    pub(crate) fn word(&mut self, word: u32) -> &mut Page {
        self.bytes.extend_from_slice(&word.to_le_bytes());
        self
    }

    /// An event with its length in the header.
    pub(crate) fn event(&mut self, delta: u32, data: &[u8]) -> &mut Page {
        assert!(data.len().is_multiple_of(4) && data.len() <= 28 * 4);
        self.word((delta << 5) | (data.len() as u32 / 4));
        self.bytes.extend_from_slice(data);
        self
    }

    /// An event with its length after the header.
    pub(crate) fn long_event(&mut self, delta: u32, data: &[u8]) -> &mut Page {
        assert!(data.len().is_multiple_of(4));
        self.word(delta << 5).word(data.len() as u32 + 4);
        self.bytes.extend_from_slice(data);
        self
    }

    /// More time than fits into a delta.
    pub(crate) fn extend(&mut self, time: u64) -> &mut Page {
        assert!(time < 1 << 59);
        self.word((time as u32) << 5 | 30).word((time >> 27) as u32)
    }

    /// An absolute time; its upper five bits are not stored.
    pub(crate) fn stamp(&mut self, time: u64) -> &mut Page {
        self.word((time as u32) << 5 | 31).word((time >> 27) as u32)
    }

    /// An event that was taken back.
    pub(crate) fn discarded(&mut self, delta: u32, length: usize) -> &mut Page {
        self.word(delta.max(1) << 5 | 29).word(length as u32 + 4);
        self.bytes.resize(self.bytes.len() + length, 0xee);
        self
    }

    /// The page as it is read.
    /// `missed`: events before it, and whether their number is stored.
    pub(crate) fn finish(&self, missed: Option<(u64, bool)>) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let mut commit = (bytes.len() - HEAD) as u64;
        if let Some((count, stored)) = missed {
            // The kernel adds signed 32-bit flags.
            commit = commit.wrapping_add(1 << 31).wrapping_add(0xffff_ffff_0000_0000);
            if stored {
                commit = commit.wrapping_add(1 << 30);
                bytes.extend_from_slice(&count.to_le_bytes());
            }
        }
        bytes[8..16].copy_from_slice(&commit.to_le_bytes());
        assert!(bytes.len() <= PAGE, "{} bytes", bytes.len());
        bytes.resize(PAGE, 0);
        bytes
    }
}

fn common(kind: u16, pid: i32) -> Vec<u8> {
    let mut data = kind.to_le_bytes().to_vec();
    data.extend_from_slice(&[1, 0]);
    data.extend_from_slice(&pid.to_le_bytes());
    data
}

/// `mmiotrace_rw` of kernel 6.1.
pub(crate) fn access(pid: i32, numbers: [u64; 3], map_id: i32, opcode: u8, width: u8) -> Vec<u8> {
    let mut data = common(7, pid);
    numbers.iter().for_each(|n| data.extend_from_slice(&n.to_le_bytes()));
    data.extend_from_slice(&map_id.to_le_bytes());
    data.extend_from_slice(&[opcode, width, 0x55, 0x55, 0, 0, 0, 0]);
    data.truncate(44);
    data.resize(44, 0);
    data
}

/// `mmiotrace_map` of kernel 6.1.
pub(crate) fn mapping(pid: i32, numbers: [u64; 3], map_id: i32, opcode: u8) -> Vec<u8> {
    let mut data = common(8, pid);
    numbers.iter().for_each(|n| data.extend_from_slice(&n.to_le_bytes()));
    data.extend_from_slice(&map_id.to_le_bytes());
    data.extend_from_slice(&[opcode, 0, 0, 0]);
    data
}

/// `print` of kernel 6.1.
pub(crate) fn print(pid: i32, text: &[u8]) -> Vec<u8> {
    let mut data = common(5, pid);
    data.extend_from_slice(&[0xff; 8]);
    data.extend_from_slice(text);
    data.push(0);
    data.resize(data.len().next_multiple_of(4), 0);
    data
}

/// An event that is not the tracer's.
pub(crate) fn other(length: usize) -> Vec<u8> {
    let mut data = common(300, 1);
    data.resize(length.next_multiple_of(4).max(8), 0xab);
    data
}

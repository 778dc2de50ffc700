//! Bounds of what is read and kept of a file that may say anything.

/// Most bytes of a file, which is kept in memory.
pub(super) const FILE: u64 = 1 << 30;
/// Most decompressed bytes of a section.
pub(super) const SECTION: u64 = 64 << 20;
/// Most decompressed bytes of all sections together.
pub(super) const SECTIONS: u64 = 256 << 20;
/// Most sections of options.
pub(super) const OPTION_SECTIONS: usize = 256;
/// Most bytes of the two descriptions of pages, each.
pub(super) const LAYOUT: u64 = 1 << 20;
/// Most bytes of the formats of all events; those of a whole kernel have about one million.
pub(super) const FORMATS_TEXT: u64 = 64 << 20;
/// Most bytes of a short text, such as a name.
pub(super) const TEXT: usize = 4096;
/// Most processes whose names are kept.
pub(super) const PROCESSES: usize = 1 << 20;
/// Most formats of events: their numbers have 16 bits.
pub(super) const FORMATS: usize = 1 << 16;
/// Most buffers and CPUs of all buffers together; the kernel can have 8192 CPUs.
pub(super) const CPUS: usize = 1 << 14;
/// Most bytes of decompressed pages that all CPUs together hold at a time.
/// Each CPU gets the same share; trace-cmd compresses ten pages at once.
pub(super) const HELD: usize = 1 << 30;
/// Most bytes of decompressed pages of a CPU at a time.
pub(super) const CHUNK: usize = 16 << 20;
/// Most bytes of pages of all CPUs, decompressed: a small file may claim any number.
pub(super) const PAGES: u64 = 16 << 30;

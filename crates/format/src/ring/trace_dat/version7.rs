//! Version 7: sections, and a chain of options that says where they are.

use std::borrow::Cow;

use super::buffers::{Buffer, CpuCount, CpuData};
use super::bytes::Bytes;
use super::compression::Compressor;
use super::facts::option;
use super::head::Head;
use super::processes::Processes;
use super::{Contents, damage, limits, version6};
use crate::error::{Damage, DamageKind};

/// The numbers of sections, and of the options that say where they are.
mod section {
    pub(super) const OPTIONS: u16 = 0;
    pub(super) const PAGES: u16 = 3;
    pub(super) const LAYOUT: u16 = 16;
    pub(super) const FTRACE: u16 = 17;
    pub(super) const SYSTEMS: u16 = 18;
    pub(super) const PROCESSES: u16 = 21;
    pub(super) const LATENCY: u16 = 22;
}

/// The flag of a section that is compressed.
const COMPRESSED: u16 = 1;
/// Bytes of a CPU's entry in the option of a buffer: number, offset, size.
const CPU_ENTRY: u64 = 20;

/// Reads what a file has before its pages. What is damaged is left out.
pub(super) fn read(file: &[u8], head: &Head, compressor: Compressor, first: u64) -> Contents {
    let mut contents = Contents::default();
    let mut sections = Sections { file, compressor, left: limits::SECTIONS };
    let mut reader = OptionReader { sections: &mut sections, head, count: CpuCount::default() };
    let mut next = first;
    for _ in 0..limits::OPTION_SECTIONS {
        match reader.section(next, &mut contents) {
            Ok(0) => return contents,
            Ok(offset) => next = offset,
            Err(damage) => {
                contents.note(damage);
                return contents;
            }
        }
    }
    contents.note(damage(DamageKind::Damaged, next, "the chain of options does not end"));
    contents
}

/// The head of a section, and the bytes of the file behind it.
struct SectionHead<'a> {
    is_compressed: bool,
    size: u64,
    bytes: Bytes<'a>,
}

/// The sections of a file.
struct Sections<'a> {
    file: &'a [u8],
    compressor: Compressor,
    /// Bytes that may still be decompressed.
    left: u64,
}

impl<'a> Sections<'a> {
    /// The head of the section at `offset`, which must have the number `id`.
    fn head(&self, offset: u64, id: u16) -> Result<SectionHead<'a>, Damage> {
        let mut bytes = Bytes::of_file(self.file, offset)?;
        let (found, flags) = (bytes.u16("the head of a section")?, bytes.u16("the head of a section")?);
        if found != id {
            let what = format!("a section of kind {found}, where one of kind {id} was expected");
            return Err(damage(DamageKind::Damaged, offset, what));
        }
        bytes.u32("the head of a section")?;
        let size = bytes.u64("the head of a section")?;
        Ok(SectionHead { is_compressed: flags & COMPRESSED != 0, size, bytes })
    }

    /// The content of the section at `offset`.
    fn content(&mut self, offset: u64, id: u16) -> Result<Cow<'a, [u8]>, Damage> {
        let mut head = self.head(offset, id)?;
        let mut data = head.bytes.take(head.size, "a section")?;
        if !head.is_compressed {
            self.spend(data.len() as u64, offset)?;
            return Ok(Cow::Borrowed(data.as_slice()));
        }
        let (length, size) = (data.u32("a compressed section")?, data.u32("a compressed section")?);
        let compressed = data.take(length.into(), "a compressed section")?;
        self.spend(size.into(), offset)?;
        self.compressor.decompress(compressed.as_slice(), size as usize, offset).map(Cow::Owned)
    }

    fn spend(&mut self, size: u64, offset: u64) -> Result<(), Damage> {
        let left = self.left.checked_sub(size).filter(|_| size <= limits::SECTION);
        self.left = left.ok_or_else(|| {
            damage(DamageKind::Damaged, offset, format!("a section claims {size} bytes, which are too many"))
        })?;
        Ok(())
    }
}

/// A reader of options, and of what they refer to.
struct OptionReader<'a, 'b> {
    sections: &'b mut Sections<'a>,
    head: &'b Head,
    count: CpuCount,
}

impl OptionReader<'_, '_> {
    /// Reads a section of options; gives the offset of the next one, 0 behind the last one.
    fn section(&mut self, offset: u64, contents: &mut Contents) -> Result<u64, Damage> {
        let content = self.sections.content(offset, section::OPTIONS)?;
        let mut bytes = Bytes::of_section(&content, offset);
        loop {
            let (id, length) = (bytes.u16("an option")?, bytes.u32("an option")?);
            let mut data = bytes.take(length.into(), "an option")?;
            if id == option::DONE {
                return data.u64("the last option");
            }
            let read = self.option(id, data, contents);
            contents.keep(read);
        }
    }

    fn option(&mut self, id: u16, mut data: Bytes<'_>, contents: &mut Contents) -> Result<(), Damage> {
        match id {
            section::LAYOUT | section::FTRACE | section::SYSTEMS | section::PROCESSES => {
                let offset = data.u64("the place of a section")?;
                let content = self.sections.content(offset, id)?;
                let mut bytes = Bytes::of_section(&content, offset);
                match id {
                    section::LAYOUT => contents.layout = version6::layout(&mut bytes)?,
                    section::FTRACE => contents.formats.read_ftrace(&mut bytes)?,
                    section::SYSTEMS => contents.formats.read_systems(&mut bytes)?,
                    _ => contents.processes = processes(&mut bytes)?,
                }
            }
            option::BUFFER => {
                let buffer = self.buffer(data)?;
                contents.buffers.push(buffer);
            }
            section::LATENCY => contents.facts.latency_texts = contents.facts.latency_texts.saturating_add(1),
            _ => contents.facts.take(id, data.as_slice()),
        }
        Ok(())
    }

    /// Reads the option of a buffer: the place of its section, its name, its clock, the places of its CPUs.
    fn buffer(&mut self, mut data: Bytes<'_>) -> Result<Buffer, Damage> {
        const OF: &str = "the option of a buffer";
        let offset = data.u64(OF)?;
        let (name, clock) = (data.text(OF)?, data.text(OF)?);
        let mut page_size = self.head.page_size;
        let mut cpus = data.u32(OF)?;
        // The manual page has no size of a page here, as the first files of this version.
        if data.len() as u64 != u64::from(cpus) * CPU_ENTRY {
            page_size = cpus;
            cpus = data.u32(OF)?;
        }
        self.count.add(cpus, &data)?;
        let mut places = Vec::new();
        for _ in 0..cpus {
            places.push(CpuData { cpu: data.u32(OF)?, offset: data.u64(OF)?, size: data.u64(OF)? });
        }
        let is_compressed = self.sections.head(offset, section::PAGES)?.is_compressed;
        let clock = (!clock.is_empty()).then_some(clock);
        Ok(Buffer { name, clock, page_size: page_size as usize, cpus: places, is_compressed })
    }
}

fn processes(bytes: &mut Bytes<'_>) -> Result<Processes, Damage> {
    let length = bytes.u64("the list of processes")?;
    Ok(Processes::parse(&bytes.take(length, "the list of processes")?.as_text()))
}

//! Version 6: everything in one order.

use super::buffers::{Buffer, CpuCount, CpuData};
use super::bytes::Bytes;
use super::facts::option;
use super::head::Head;
use super::processes::Processes;
use super::{Contents, damage, limits};
use crate::error::{Damage, DamageKind};

/// What stands before the options, the text of a latency tracer, and the places of pages.
mod tag {
    pub(super) const OPTIONS: &[u8] = b"options  \0";
    pub(super) const LATENCY: &[u8] = b"latency  \0";
    pub(super) const PAGES: &[u8] = b"flyrecord\0";
    pub(super) const LENGTH: u64 = 10;
}

/// The names of the two descriptions of pages.
const LAYOUTS: [&[u8]; 2] = [b"header_page\0", b"header_event\0"];

/// An instance's buffer that an option names: the offset of its places, and its name.
type Instance = (u64, String);

/// Reads what a file has before its pages. Where it is cut or damaged, the rest is left out.
pub(super) fn read(file: &[u8], head: &Head) -> Contents {
    let mut contents = Contents::default();
    let result = read_all(file, head, &mut contents);
    contents.keep(result);
    contents
}

fn read_all(file: &[u8], head: &Head, contents: &mut Contents) -> Result<(), Damage> {
    let mut bytes = Bytes::of_file(file, head.end)?;
    contents.layout = layout(&mut bytes)?;
    contents.formats.read_ftrace(&mut bytes)?;
    contents.formats.read_systems(&mut bytes)?;
    for of in ["the list of symbols", "the list of formats of texts"] {
        let length = bytes.u32(of)?;
        bytes.take(length.into(), of)?;
    }
    let length = bytes.u64("the list of processes")?;
    contents.processes = Processes::parse(&bytes.take(length, "the list of processes")?.as_text());
    let cpus = bytes.u32("the number of CPUs")?;
    let mut count = CpuCount::default();
    let instances = places(&mut bytes, (String::new(), cpus), head, &mut count, contents)?;
    for (offset, name) in instances {
        let read = Bytes::of_file(file, offset)
            .and_then(|mut bytes| places(&mut bytes, (name, cpus), head, &mut count, contents));
        contents.keep(read);
    }
    Ok(())
}

/// The descriptions of pages: each a name, a length and a text.
pub(super) fn layout(bytes: &mut Bytes<'_>) -> Result<String, Damage> {
    let mut text = String::new();
    for name in LAYOUTS {
        let at = bytes.at();
        if bytes.take(name.len() as u64, "the description of pages")?.as_slice() != name {
            return Err(damage(
                DamageKind::Damaged,
                at,
                "the description of pages does not begin with its name",
            ));
        }
        let length = bytes.u64("the length of the description of pages")?;
        if length > limits::LAYOUT {
            return Err(damage(
                DamageKind::Damaged,
                at,
                format!("the description of pages has {length} bytes"),
            ));
        }
        text.push_str(&bytes.take(length, "the description of pages")?.as_text());
        text.push('\n');
    }
    Ok(text)
}

/// Reads the options of a buffer and the places of its pages, of as many CPUs as are named with it.
fn places(
    bytes: &mut Bytes<'_>,
    (name, mut cpus): (String, u32),
    head: &Head,
    count: &mut CpuCount,
    contents: &mut Contents,
) -> Result<Vec<Instance>, Damage> {
    let mut instances = Vec::new();
    loop {
        let at = bytes.at();
        match bytes.take(tag::LENGTH, "the kind of the next part")?.as_slice() {
            tag::OPTIONS => cpus = options(bytes, contents, &mut instances)?.unwrap_or(cpus),
            tag::LATENCY => {
                contents.facts.latency_texts += 1;
                return Ok(instances);
            }
            tag::PAGES => break,
            _ => return Err(damage(DamageKind::Damaged, at, "a part of a kind that is not known")),
        }
    }
    count.add(cpus, bytes)?;
    let mut buffer = Buffer {
        name,
        clock: contents.facts.clock.clone(),
        page_size: head.page_size as usize,
        cpus: Vec::new(),
        is_compressed: false,
    };
    for cpu in 0..cpus {
        let (offset, size) = (bytes.u64("the place of a CPU")?, bytes.u64("the place of a CPU")?);
        buffer.cpus.push(CpuData { cpu, offset, size });
    }
    contents.buffers.push(buffer);
    Ok(instances)
}

/// Reads options up to the last one; gives the number of CPUs, where one says it.
fn options(
    bytes: &mut Bytes<'_>,
    contents: &mut Contents,
    instances: &mut Vec<Instance>,
) -> Result<Option<u32>, Damage> {
    let mut cpus = None;
    loop {
        let id = bytes.u16("the number of an option")?;
        if id == option::DONE {
            return Ok(cpus);
        }
        let length = bytes.u32("the length of an option")?;
        let mut data = bytes.take(length.into(), "an option")?;
        match id {
            option::CPU_COUNT => cpus = Some(data.u32("the number of CPUs")?),
            option::BUFFER if instances.len() < limits::CPUS => {
                instances.push((data.u64("the place of a buffer")?, data.text("the name of a buffer")?));
            }
            _ => contents.facts.take(id, data.as_slice()),
        }
    }
}

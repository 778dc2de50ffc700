//! Files as trace-cmd writes them, with pages of our own.

use std::io::Write;

const LAYOUTS: [(&str, &str); 2] = [
    (
        "header_page",
        "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\
         \tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n\
         \tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n\
         \tfield: char data;\toffset:16;\tsize:240;\tsigned:1;\n",
    ),
    (
        "header_event",
        "# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n\
         \tarray       :   32 bits\n\n\tpadding     : type == 29\n\ttime_extend : type == 30\n\
         \ttime_stamp : type == 31\n\tdata max type_len  == 28\n",
    ),
];
const COMMON: &str = "format:\n\
    \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\
    \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n";
/// Bytes of a page.
pub(crate) const PAGE: usize = 256;

/// A page that begins at `time` with events one after the other, each with its distance in time.
/// `missed` events are missing before it; of 0, their number is not known.
pub(crate) fn page(time: u64, events: &[(u16, u32)], missed: Option<u64>) -> Vec<u8> {
    let mut data = Vec::new();
    for &(id, delta) in events {
        // Three words: the type, the process, a number.
        data.extend((delta << 5 | 3).to_le_bytes());
        data.extend(u32::from(id).to_le_bytes());
        data.extend(7u32.to_le_bytes());
        data.extend(delta.to_le_bytes());
    }
    let flags = match missed {
        None => 0,
        Some(0) => 1 << 31,
        Some(_) => 3 << 30,
    };
    let mut page = time.to_le_bytes().to_vec();
    page.extend((data.len() as u64 | flags).to_le_bytes());
    page.extend(data);
    page.extend(missed.unwrap_or_default().to_le_bytes());
    page.resize(PAGE, 0);
    page
}

fn event(name: &str, id: u16) -> Vec<u8> {
    let text = format!(
        "name: {name}\nID: {id}\n{COMMON}\tfield:u32 value;\toffset:8;\tsize:4;\tsigned:0;\n\nprint fmt: \"\"\n"
    );
    sized(text.as_bytes())
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u64).to_le_bytes()[..], bytes].concat()
}

fn layout() -> Vec<u8> {
    LAYOUTS
        .iter()
        .flat_map(|(name, text)| [format!("{name}\0").as_bytes(), &sized(text.as_bytes())].concat())
        .collect()
}

fn ftrace() -> Vec<u8> {
    [1u32.to_le_bytes().to_vec(), event("print", 5)].concat()
}

fn systems() -> Vec<u8> {
    let head = [&1u32.to_le_bytes()[..], b"test\0", &2u32.to_le_bytes()].concat();
    [head, event("first", 300), event("second", 301)].concat()
}

fn head(version: &str) -> Vec<u8> {
    let head = [b"\x17\x08\x44tracing", version.as_bytes(), b"\0\0\x08", &(PAGE as u32).to_le_bytes()];
    head.concat()
}

/// A file of version 6 whose CPUs have these pages.
pub(crate) fn version_6(cpus: &[Vec<Vec<u8>>]) -> Vec<u8> {
    version_6_with(cpus, b"")
}

/// A file of version 6 with the buffer of an instance, whose CPUs have other pages.
pub(crate) fn version_6_of_two(cpus: &[Vec<Vec<u8>>], name: &str, other: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let option_to = |at: u64| option(3, &[&at.to_le_bytes()[..], name.as_bytes(), b"\0"].concat());
    let start = version_6_with(cpus, &option_to(0)).len();
    let mut file = version_6_with(cpus, &option_to(start as u64));
    file.extend(b"flyrecord\0");
    places(&mut file, other);
    file
}

fn version_6_with(cpus: &[Vec<Vec<u8>>], option: &[u8]) -> Vec<u8> {
    let mut file = [head("6"), layout(), ftrace(), systems()].concat();
    file.extend([0; 8]);
    file.extend(sized(b"7 a task\n"));
    file.extend((cpus.len() as u32).to_le_bytes());
    file.extend(b"options  \0\x05\0\x04\0\0\0uts\0");
    file.extend(option);
    file.extend(b"\0\0flyrecord\0");
    places(&mut file, cpus);
    file
}

/// Appends the places of pages, and these.
fn places(file: &mut Vec<u8>, cpus: &[Vec<Vec<u8>>]) {
    let mut at = (file.len() + 16 * cpus.len()).next_multiple_of(PAGE) as u64;
    let pages = at as usize;
    for cpu in cpus {
        let size = (cpu.len() * PAGE) as u64;
        file.extend([at.to_le_bytes(), size.to_le_bytes()].concat());
        at += size;
    }
    file.resize(pages, 0);
    cpus.iter().flatten().for_each(|page| file.extend(page));
}

/// What compresses the sections of a file of version 7.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum With {
    None,
    Zstd,
    Zlib,
}

impl With {
    fn compress(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            With::None => bytes.to_vec(),
            With::Zstd => zstd::bulk::compress(bytes, 3).unwrap(),
            With::Zlib => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    /// The lengths of compressed and plain bytes, and the former.
    fn piece(self, bytes: &[u8]) -> Vec<u8> {
        let compressed = self.compress(bytes);
        let lengths = [(compressed.len() as u32).to_le_bytes(), (bytes.len() as u32).to_le_bytes()];
        [lengths.concat(), compressed].concat()
    }

    fn section(self, id: u16, bytes: &[u8]) -> Vec<u8> {
        let content = if self == With::None { bytes.to_vec() } else { self.piece(bytes) };
        [section_head(id, u16::from(self != With::None), content.len()), content].concat()
    }
}

fn section_head(id: u16, flags: u16, size: usize) -> Vec<u8> {
    [&id.to_le_bytes()[..], &flags.to_le_bytes(), &[0; 4], &(size as u64).to_le_bytes()].concat()
}

fn option(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(data.len() as u32).to_le_bytes(), data].concat()
}

/// A file of version 7: buffers with names, CPUs with pages. Two pages make a piece.
pub(crate) fn version_7(with: With, buffers: &[(&str, Vec<Vec<Vec<u8>>>)]) -> Vec<u8> {
    let name = format!("{with:?}\0version\0").to_lowercase();
    let mut file = [head("7"), name.into_bytes()].concat();
    let first = file.len();
    file.extend([0; 8]);
    let mut options = Vec::new();
    for (id, content) in [(16, layout()), (17, ftrace()), (18, systems()), (21, sized(b"7 a task\n"))] {
        options.extend(option(id, &(file.len() as u64).to_le_bytes()));
        file.extend(with.section(id, &content));
    }
    options.extend(option(2, b"CPU: 1\nentries: 9\noverrun: 4\ndropped events: 2\n\0"));
    for (name, cpus) in buffers {
        let place = buffer(with, &mut file, name, cpus);
        options.extend(option(3, &place));
    }
    // Two sections of options, of which the first one refers to the second one.
    let second = file.len() as u64;
    file.extend(With::None.section(0, &[options, option(0, &[0; 8])].concat()));
    let start = file.len() as u64;
    file.extend(with.section(0, &[option(5, b"uts\0"), option(0, &second.to_le_bytes())].concat()));
    file[first..first + 8].copy_from_slice(&start.to_le_bytes());
    file
}

/// Appends the pages of a buffer; gives the option that says where they are.
fn buffer(with: With, file: &mut Vec<u8>, name: &str, cpus: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let place = (file.len() as u64).to_le_bytes();
    file.extend(section_head(3, u16::from(with != With::None), 0));
    let clock = format!("{name}\0mono\0");
    let counts = [(PAGE as u32).to_le_bytes(), (cpus.len() as u32).to_le_bytes()];
    let mut option = [&place[..], clock.as_bytes(), &counts.concat()].concat();
    for (number, pages) in cpus.iter().enumerate() {
        let start = file.len() as u64;
        if with == With::None {
            pages.iter().for_each(|page| file.extend(page));
        } else {
            let pieces = pages.chunks(2);
            file.extend((pieces.len() as u32).to_le_bytes());
            pieces.for_each(|pages| file.extend(with.piece(&pages.concat())));
        }
        let size = file.len() as u64 - start;
        option
            .extend([&(number as u32).to_le_bytes()[..], &start.to_le_bytes(), &size.to_le_bytes()].concat());
    }
    option
}

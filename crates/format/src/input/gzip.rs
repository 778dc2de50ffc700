//! The gzip format (RFC 1952). flate2's own reader drops what it decoded in a call that fails, so
//! header and trailer are read here, around its raw decoder.

use flate2::{FlushDecompress, Status};

use super::decompress::{Decoder, Step};

/// Bits of the header's fourth byte.
const HAS_HEADER_CRC: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;

pub(super) struct Gzip {
    part: Part,
    /// Bytes of the part that came already, of parts with a fixed length.
    field: Vec<u8>,
    flags: u8,
    inflate: flate2::Decompress,
    crc: crc32fast::Hasher,
    length: u32,
    members: u64,
}

/// The parts of a member in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Header,
    ExtraLength,
    Extra(usize),
    Name,
    Comment,
    HeaderCrc,
    Body,
    Trailer,
    /// Zeros after the last member, as tapes have them.
    Padding,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Gzip {
            part: Part::Header,
            field: Vec::new(),
            flags: 0,
            inflate: flate2::Decompress::new(false),
            crc: crc32fast::Hasher::new(),
            length: 0,
            members: 0,
        }
    }

    /// Takes one byte outside of the body.
    fn take(&mut self, byte: u8) -> Result<(), &'static str> {
        self.field.push(byte);
        match self.part {
            Part::Header if self.field == [0] && self.members > 0 => self.enter(Part::Padding),
            Part::Header => return self.take_header(),
            Part::ExtraLength if self.field.len() == 2 => {
                let length = usize::from(u16::from_le_bytes([self.field[0], self.field[1]]));
                self.enter(if length == 0 { self.after_extra() } else { Part::Extra(length) });
            }
            Part::Extra(length) if self.field.len() == length => self.enter(self.after_extra()),
            Part::Name if byte == 0 => self.enter(self.after_name()),
            Part::Comment if byte == 0 => self.enter(self.after_comment()),
            Part::HeaderCrc if self.field.len() == 2 => self.enter(Part::Body),
            Part::Trailer if self.field.len() == 8 => return self.check_trailer(),
            Part::Padding if byte != 0 => return Err("bytes behind the last member"),
            Part::Name | Part::Comment | Part::Padding => self.field.clear(),
            _ => {}
        }
        Ok(())
    }

    fn take_header(&mut self) -> Result<(), &'static str> {
        const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
        let known = self.field.len().min(MAGIC.len());
        if self.field[..known] != MAGIC[..known] {
            return Err("a member does not start as one");
        }
        if self.field.len() == 10 {
            self.flags = self.field[3];
            if self.flags & RESERVED != 0 {
                return Err("a member's header has flags that are not known");
            }
            self.enter(if self.flags & HAS_EXTRA != 0 { Part::ExtraLength } else { self.after_extra() });
        }
        Ok(())
    }

    fn after_extra(&self) -> Part {
        if self.flags & HAS_NAME != 0 { Part::Name } else { self.after_name() }
    }

    fn after_name(&self) -> Part {
        if self.flags & HAS_COMMENT != 0 { Part::Comment } else { self.after_comment() }
    }

    fn after_comment(&self) -> Part {
        if self.flags & HAS_HEADER_CRC != 0 { Part::HeaderCrc } else { Part::Body }
    }

    fn enter(&mut self, part: Part) {
        self.field.clear();
        self.part = part;
    }

    fn check_trailer(&mut self) -> Result<(), &'static str> {
        let crc = std::mem::take(&mut self.crc).finalize().to_le_bytes();
        let length = std::mem::take(&mut self.length).to_le_bytes();
        if self.field != [crc, length].concat() {
            return Err("a member's checksum does not match");
        }
        self.members += 1;
        self.inflate.reset(false);
        self.enter(Part::Header);
        Ok(())
    }

    fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let result = self.inflate.decompress(input, output, FlushDecompress::None);
        // The totals count what was done before a failure too.
        let (read, written) =
            ((self.inflate.total_in() - read) as usize, (self.inflate.total_out() - written) as usize);
        self.crc.update(&output[..written]);
        self.length = self.length.wrapping_add(written as u32);
        if let Ok(Status::StreamEnd) = result {
            self.enter(Part::Trailer);
        }
        Step { read, written, failure: result.err().map(|error| error.to_string()) }
    }
}

impl Decoder for Gzip {
    const FORMAT: &'static str = "gzip";

    fn decode(&mut self, input: &[u8], output: &mut [u8], _is_last: bool) -> Step {
        let mut read = 0;
        while self.part != Part::Body {
            let Some(&byte) = input.get(read) else { return Step { read, written: 0, failure: None } };
            if let Err(what) = self.take(byte) {
                return Step { read, written: 0, failure: Some(what.to_owned()) };
            }
            read += 1;
        }
        let step = self.inflate(&input[read..], output);
        Step { read: read + step.read, ..step }
    }

    fn is_complete(&self) -> bool {
        match self.part {
            Part::Header => self.members > 0 && self.field.is_empty(),
            part => part == Part::Padding,
        }
    }
}

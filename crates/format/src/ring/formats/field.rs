//! A field of a page or event: its place, and what its bytes are.

/// The place of a field, and what its bytes are. All numbers are little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// The first byte.
    pub offset: usize,
    /// The number of bytes: 1, 2, 4 or 8 for a number; 0 for an array that goes on to the end of the event.
    pub size: usize,
    /// The form of the content.
    pub form: Form,
    /// Whether a number is signed.
    pub is_signed: bool,
}

/// The form of a field's content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A number; a struct too, which has another size then.
    #[default]
    Number,
    /// An array in the place of the field.
    Array(Element),
    /// An array elsewhere in the event (`__data_loc`): the field is its offset in the event in 16 bits, and its bytes in
    /// the upper 16.
    DataLoc(Element),
    /// An array elsewhere in the event (`__rel_loc`): as [`Form::DataLoc`], with the offset from the end of the field.
    RelLoc(Element),
}

/// The elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Characters.
    Char,
    /// Something else.
    Other,
}

impl Field {
    /// The place of an unsigned number.
    pub const fn unsigned(offset: usize, size: usize) -> Field {
        Field { offset, size, form: Form::Number, is_signed: false }
    }

    /// The first byte after the field.
    pub fn end(self) -> usize {
        self.offset + self.size
    }

    /// The number in `bytes`, without regard to its sign; `None` when these end before the number does.
    #[inline]
    pub fn read(self, bytes: &[u8]) -> Option<u64> {
        let number = bytes.get(self.offset..)?;
        Some(match self.size {
            8 => u64::from_le_bytes(*number.first_chunk()?),
            4 => u32::from_le_bytes(*number.first_chunk()?).into(),
            2 => u16::from_le_bytes(*number.first_chunk()?).into(),
            _ => (*number.first()?).into(),
        })
    }

    /// The number in the event `data`; a signed one is extended to 64 bits.
    /// `None` when the field is not a number of 1, 2, 4 or 8 bytes, or the event ends before it.
    #[inline]
    pub fn number(self, data: &[u8]) -> Option<u64> {
        if self.form != Form::Number || !matches!(self.size, 1 | 2 | 4 | 8) {
            return None;
        }
        let number = self.read(data)?;
        let unused = 64 - 8 * self.size as u32;
        Some(if self.is_signed { ((number << unused) as i64 >> unused) as u64 } else { number })
    }

    /// The text in the event `data`, without the zero byte that ends it and what follows.
    /// `None` when the field is not an array of characters, or lies outside the event.
    pub fn text(self, data: &[u8]) -> Option<&[u8]> {
        match self.form {
            Form::Array(Element::Char) | Form::DataLoc(Element::Char) | Form::RelLoc(Element::Char) => {
                self.bytes(data)?.split(|&byte| byte == 0).next()
            }
            _ => None,
        }
    }

    /// The bytes of the field in the event `data`, those of an array that is elsewhere from there.
    /// `None` when they lie outside the event.
    pub fn bytes(self, data: &[u8]) -> Option<&[u8]> {
        let base = match self.form {
            Form::Array(_) if self.size == 0 => return data.get(self.offset..),
            Form::Array(_) | Form::Number => return data.get(self.offset..)?.get(..self.size),
            Form::DataLoc(_) => 0,
            Form::RelLoc(_) => self.end(),
        };
        let location = Field::unsigned(self.offset, 4).read(data)? as usize;
        data.get(base + (location & 0xffff)..)?.get(..location >> 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(offset: usize, size: usize) -> Field {
        Field { is_signed: true, ..Field::unsigned(offset, size) }
    }

    #[test]
    fn numbers_have_their_size_and_sign() {
        let data = [0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0x80];
        let cases = [
            (Field::unsigned(0, 1), Some(0xfe)),
            (signed(0, 1), Some(-2i64 as u64)),
            (Field::unsigned(0, 2), Some(0xfffe)),
            (signed(0, 2), Some(-2i64 as u64)),
            (Field::unsigned(0, 4), Some(0xffff_fffe)),
            (signed(0, 4), Some(-2i64 as u64)),
            (signed(4, 2), Some(0)),
            (Field::unsigned(0, 8), Some(0x8000_0000_ffff_fffe)),
            (signed(0, 8), Some(0x8000_0000_ffff_fffe)),
            (Field::unsigned(0, 3), None),
            (Field::unsigned(5, 4), None),
            (Field::unsigned(1 << 20, 1), None),
        ];
        for (field, expected) in cases {
            assert_eq!(field.number(&data), expected, "{field:?}");
        }
    }

    #[test]
    fn texts_are_in_place_or_elsewhere() {
        let text = |offset, size, form| Field { form, ..Field::unsigned(offset, size) };
        // A location at 0 and one at 4, a text at 8 and its end.
        let data = b"\x08\0\x04\0\x00\0\x03\0lm75\0rest";
        assert_eq!(text(0, 4, Form::DataLoc(Element::Char)).text(data), Some(&b"lm75"[..]));
        assert_eq!(text(4, 4, Form::RelLoc(Element::Char)).text(data), Some(&b"lm7"[..]));
        assert_eq!(text(8, 8, Form::Array(Element::Char)).text(data), Some(&b"lm75"[..]));
        assert_eq!(text(13, 0, Form::Array(Element::Char)).text(data), Some(&b"rest"[..]));
        assert_eq!(text(8, 8, Form::Array(Element::Other)).text(data), None);
        assert_eq!(text(8, 6, Form::Array(Element::Other)).bytes(data), Some(&b"lm75\0r"[..]));
        assert_eq!(text(8, 10, Form::Array(Element::Char)).text(data), None);
        assert_eq!(text(0, 4, Form::DataLoc(Element::Char)).text(&data[..11]), None);
        assert_eq!(text(8, 4, Form::Number).text(data), None);
    }
}

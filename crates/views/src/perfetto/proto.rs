//! Protocol Buffers: the two kinds of field that a trace needs, and 64-bit fixed ones.
//!
//! Facts: the encoding as <https://protobuf.dev/programming-guides/encoding/> describes it.

/// Fields with a varint.
const VARINT: u32 = 0;
/// Fields with a length and bytes.
const BYTES: u32 = 2;

/// Appends a number, seven bits a byte, lowest first.
#[inline]
pub(super) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn key(out: &mut Vec<u8>, field: u32, kind: u32) {
    varint(out, u64::from(field << 3 | kind));
}

/// Appends a field that is a number, an enumerator or a truth.
#[inline]
pub(super) fn uint(out: &mut Vec<u8>, field: u32, value: u64) {
    key(out, field, VARINT);
    varint(out, value);
}

/// Appends a field that is a string.
pub(super) fn text(out: &mut Vec<u8>, field: u32, text: &str) {
    key(out, field, BYTES);
    varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a field that is a message, which `fill` appends.
pub(super) fn message(out: &mut Vec<u8>, field: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    key(out, field, BYTES);
    // Most messages are short: one byte for the length.
    let start = out.len();
    out.push(0);
    fill(out);
    let length = out.len() - start - 1;
    if length < 0x80 {
        out[start] = length as u8;
        return;
    }
    let mut spelled = Vec::new();
    varint(&mut spelled, length as u64);
    out.splice(start..=start, spelled);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The fields of a message: number, kind and value, or length, of each; and the bytes of those with a length.
    fn fields(mut bytes: &[u8]) -> Option<Vec<(u32, u64, Vec<u8>)>> {
        let next = |bytes: &mut &[u8]| {
            let end = bytes.iter().position(|byte| byte & 0x80 == 0)?;
            let value = bytes[..=end].iter().rev().fold(0_u64, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
            *bytes = &bytes[end + 1..];
            Some(value)
        };
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let (key, value) = (next(&mut bytes)?, next(&mut bytes)?);
            let length = if key & 7 == 2 { value as usize } else { 0 };
            found.push(((key >> 3) as u32, value, bytes.get(..length)?.to_vec()));
            bytes = &bytes[length..];
        }
        Some(found)
    }

    #[test]
    fn numbers_are_spelled_as_the_specification_does() {
        let mut out = Vec::new();
        uint(&mut out, 1, 150);
        text(&mut out, 2, "testing");
        assert_eq!(out, b"\x08\x96\x01\x12\x07testing");
    }

    proptest! {
        #[test]
        fn messages_of_any_length_come_back(
            number in any::<u64>(),
            words in prop::collection::vec("[a-z]{0,40}", 0..20),
            field in 1_u32..2000,
        ) {
            let mut out = Vec::new();
            message(&mut out, field, |out| {
                uint(out, 1, number);
                words.iter().for_each(|word| text(out, field, word));
            });
            uint(&mut out, field, 7);
            let outer = fields(&out).unwrap();
            prop_assert_eq!(outer.len(), 2);
            prop_assert_eq!((outer[0].0, outer[1].0, outer[1].1), (field, field, 7));
            let inner = fields(&outer[0].2).unwrap();
            prop_assert_eq!(inner[0].1, number);
            let back: Vec<&[u8]> = inner[1..].iter().map(|(_, _, bytes)| bytes.as_slice()).collect();
            prop_assert_eq!(back, words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>());
        }
    }
}

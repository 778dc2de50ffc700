//! Numbers eight characters at a time: a machine word holds eight characters, the first one lowest.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x80 * ONES;

/// How many characters at the start of `word` are lower-case hexadecimal digits.
#[inline(always)]
pub(super) fn hex_digits(word: u64) -> usize {
    // With seven bits a byte, no sum carries into its neighbour: bit 7 says "at least this character".
    let low = word & !HIGH_BITS;
    let decimal = (low + (0x80 - 0x30) * ONES) & !(low + (0x80 - 0x3a) * ONES);
    let letter = (low + (0x80 - 0x61) * ONES) & !(low + (0x80 - 0x67) * ONES);
    let other = (!(decimal | letter) | word) & HIGH_BITS;
    (other.trailing_zeros() / 8) as usize
}

/// The value of the first `count` (1 to 8) characters of `word`, which are hexadecimal digits.
#[inline(always)]
pub(super) fn hex_value(word: u64, count: usize) -> u64 {
    // What is shifted in counts as leading zeros.
    let word = word << (64 - 8 * count);
    let digits = (word & (0x0f * ONES)) + 9 * ((word >> 6) & ONES);
    let pairs = ((digits << 4) | (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    u64::from(((fours | (fours >> 16)) as u32).swap_bytes())
}

/// The value of the first six characters of `word`, if they are decimal digits.
#[inline(always)]
pub(super) fn six_decimals(word: u64) -> Option<u64> {
    let word = (word << 16) | 0x3030;
    let high = word & (0xf0 * ONES);
    let carried = word.wrapping_add(6 * ONES) & (0xf0 * ONES);
    if high != 0x30 * ONES || carried != 0x30 * ONES {
        return None;
    }
    let digits = word & (0x0f * ONES);
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// Eight lower-case hexadecimal digits of `value`, leading zeros included.
#[inline(always)]
pub(super) fn hex_characters(value: u32) -> u64 {
    let bytes = u64::from(value.swap_bytes());
    let halves = (bytes | (bytes << 16)) & 0x0000_ffff_0000_ffff;
    let lanes = (halves | (halves << 8)) & 0x00ff_00ff_00ff_00ff;
    let digits = ((lanes >> 4) | (lanes << 8)) & (0x0f * ONES);
    let letters = ((digits + 6 * ONES) >> 4) & ONES;
    digits + 0x30 * ONES + letters * u64::from(b'a' - 10 - b'0')
}

/// Digits that `value` needs in hexadecimal, at least one.
#[inline(always)]
pub(super) fn hex_length(value: u64) -> usize {
    (67 - (value | 1).leading_zeros() as usize) / 4
}

/// Eight decimal digits of `value`, which is below 100,000,000, leading zeros included.
#[inline(always)]
pub(super) fn decimal_characters(value: u32) -> u64 {
    let value = u64::from(value);
    // Split in two, four and eight lanes; multiply and shift divide the small numbers exactly.
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | ((pairs - tens * 10) << 8);
    digits + 0x30 * ONES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> u64 {
        let mut bytes = [b' '; 8];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        u64::from_le_bytes(bytes)
    }

    #[test]
    fn every_byte_is_classified_as_hex_digit_or_not() {
        for byte in 0..=255u8 {
            let expected = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            for place in 0..8 {
                let mut bytes = [b'7'; 8];
                bytes[place] = byte;
                let count = hex_digits(u64::from_le_bytes(bytes));
                assert_eq!(count, if expected { 8 } else { place }, "byte {byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn every_byte_is_classified_as_decimal_digit_or_not() {
        for byte in 0..=255u8 {
            for place in 0..6 {
                let mut bytes = *b"000000 1";
                bytes[place] = byte;
                let value = six_decimals(u64::from_le_bytes(bytes));
                let expected =
                    byte.is_ascii_digit().then(|| u64::from(byte - b'0') * 10u64.pow(5 - place as u32));
                assert_eq!(value, expected, "byte {byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn hexadecimal_there_and_back() {
        let values = (0..32).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, 0x9abc_def0 >> bit]);
        for value in values.chain([0xffff_ffff]) {
            let text = format!("{value:x}");
            assert_eq!(hex_length(value), text.len());
            assert_eq!(hex_digits(word(&text)), text.len());
            assert_eq!(hex_value(word(&text), text.len()), value);
            assert_eq!(hex_characters(value as u32).to_le_bytes(), format!("{value:08x}").as_bytes());
        }
        assert_eq!(hex_length(u64::MAX), 16);
    }

    #[test]
    fn decimal_there_and_back() {
        for value in (0..100_000_000u32).step_by(997).chain([99_999_999, 9_999, 10_000]) {
            assert_eq!(decimal_characters(value).to_le_bytes(), format!("{value:08}").as_bytes());
            let six = value % 1_000_000;
            assert_eq!(six_decimals(word(&format!("{six:06}"))), Some(u64::from(six)));
        }
    }
}

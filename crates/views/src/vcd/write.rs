//! The words of a VCD file (IEEE 1364-2005, clause 18), and strings as GTKWave has them.

/// The code of a variable: one to five printable characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    characters: [u8; 5],
    length: u8,
}

/// Characters of a code: `!` to `~`.
const CHARACTERS: u32 = 94;

impl Code {
    /// The code of variable number `number`; low numbers have short codes.
    pub(super) fn new(mut number: u32) -> Code {
        let mut code = Code { characters: [0; 5], length: 0 };
        loop {
            code.characters[usize::from(code.length)] = b'!' + (number % CHARACTERS) as u8;
            code.length += 1;
            match (number / CHARACTERS).checked_sub(1) {
                Some(rest) => number = rest,
                None => return code,
            }
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.characters[..usize::from(self.length)]
    }
}

/// Appends a time, as `#123`.
pub(super) fn time(out: &mut Vec<u8>, time: u64) {
    let (mut digits, mut first, mut rest) = ([0; 20], 20, time);
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.push(b'#');
    out.extend_from_slice(&digits[first..]);
    out.push(b'\n');
}

/// Appends the change of a variable to `value`. Leading zeros are left out, as they may be.
#[inline]
pub(super) fn vector(out: &mut Vec<u8>, code: Code, value: u64) {
    let bits = 64 - (value | 1).leading_zeros();
    out.push(b'b');
    out.extend((0..bits).rev().map(|bit| b'0' + (value >> bit & 1) as u8));
    end(out, code);
}

/// Appends the change of a variable to unknown.
pub(super) fn unknown(out: &mut Vec<u8>, code: Code) {
    out.extend_from_slice(b"bx");
    end(out, code);
}

/// Appends the change of a string. What is not a printable character of ASCII, spaces and backslashes become
/// `\x20`.
pub(super) fn string(out: &mut Vec<u8>, code: Code, text: &[u8]) {
    out.push(b's');
    // Readers take a string without a character for the code.
    let text = if text.is_empty() { b" " } else { text };
    for &byte in text {
        if byte.is_ascii_graphic() && byte != b'\\' {
            out.push(byte);
        } else {
            let digit = |n: u8| b"0123456789abcdef"[usize::from(n)];
            out.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    end(out, code);
}

fn end(out: &mut Vec<u8>, code: Code) {
    out.push(b' ');
    out.extend_from_slice(code.bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_printable_and_never_the_same() {
        let codes: std::collections::HashSet<Vec<u8>> =
            (0..100_000).map(|n| Code::new(n).bytes().to_vec()).collect();
        assert_eq!(codes.len(), 100_000);
        assert!(codes.iter().flatten().all(u8::is_ascii_graphic));
        assert_eq!([0, 93, 94, 94 + 94 * 94].map(|n| Code::new(n).bytes().len()), [1, 1, 2, 3]);
        assert_eq!(Code::new(u32::MAX).bytes().len(), 5);
    }

    #[test]
    fn changes_are_spelled_as_readers_expect() {
        let mut out = Vec::new();
        time(&mut out, 0);
        time(&mut out, u64::MAX);
        [0, 1, 10, u64::MAX].iter().for_each(|&value| vector(&mut out, Code::new(0), value));
        unknown(&mut out, Code::new(1));
        string(&mut out, Code::new(2), "a b\\ü\n".as_bytes());
        string(&mut out, Code::new(2), b"");
        let ones = "1".repeat(64);
        let expected = format!(
            "#0\n#18446744073709551615\nb0 !\nb1 !\nb1010 !\nb{ones} !\nbx \"\nsa\\x20b\\x5c\\xc3\\xbc\\x0a #\ns\\x20 #\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

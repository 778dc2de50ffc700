//! Lines of a text that a terminal may have shown.

use std::borrow::Cow;

/// Begins an escape sequence.
const ESCAPE: u8 = 0x1b;

/// The lines of a text without their ends and without escape sequences, which a monitor that is asked over a socket
/// sends for its cursor. What is not UTF-8 is replaced.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.split(|&byte| byte == b'\n').map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match memchr::memchr(ESCAPE, line) {
            Some(_) => Cow::Owned(String::from_utf8_lossy(&without_escapes(line)).into_owned()),
            None => String::from_utf8_lossy(line),
        }
    })
}

/// What a line says beside its escape sequences: `ESC [`, parameters and a letter, or ESC and one character.
fn without_escapes(line: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != ESCAPE {
            plain.push(byte);
        } else if rest.next() == Some(b'[') {
            rest.find(|byte| (0x40..=0x7e).contains(byte));
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_line_ends_are_gone() {
        let text = b"\xef\xbb\xbfi\x1b[K\x1b[Din\x1b[1;31m!\x1b[0m\r\n  a \x1bcb\r\n\xff\n\x1b[";
        assert_eq!(lines(text).collect::<Vec<_>>(), ["iin!", "  a b", "\u{fffd}", ""]);
    }
}

//! A picture straight on the terminal: kitty's graphics protocol, and iTerm2's inline images.
//!
//! Which of them a terminal has is seen from its environment alone: nothing is asked that an answer would
//! have to be read for. Facts: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>,
//! <https://iterm2.com/documentation-images.html>.

use std::io::{IsTerminal, Write};

use anyhow::{Result, bail};

/// What the terminal understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Kitty,
    Iterm,
}

/// A terminal that shows pictures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    protocol: Protocol,
    /// Columns of letters, and pixels of all of them; 0 where the terminal does not say.
    columns: u16,
    width: u16,
}

/// Most letters of a piece in kitty's protocol.
const PIECE: usize = 4096;

impl Screen {
    /// The terminal that standard output is.
    ///
    /// # Errors
    /// Says what to do instead where there is none, or none that is known to show pictures.
    pub(crate) fn new() -> Result<Screen> {
        let stdout = std::io::stdout();
        if !stdout.is_terminal() {
            bail!("--show needs a terminal, and standard output is none: give -o a name, .svg or .png");
        }
        let protocol = protocol(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
        let size = rustix::termios::tcgetwinsize(&stdout).ok();
        let (columns, width) = size.map_or((0, 0), |size| (size.ws_col, size.ws_xpixel));
        Ok(Screen { protocol, columns, width })
    }

    /// Pixels from left to right, where the terminal says so.
    pub(crate) fn width(&self) -> Option<i32> {
        (self.width > 0).then_some(i32::from(self.width))
    }

    /// Writes a PNG to standard output. It is made as wide as the terminal where it is to `fill` that.
    pub(crate) fn show(&self, png: &[u8], fill: bool) -> Result<()> {
        let columns = if fill { self.columns } else { 0 };
        let bytes = match self.protocol {
            Protocol::Kitty => kitty(png, columns),
            Protocol::Iterm => iterm(png, fill),
        };
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&bytes)?;
        Ok(stdout.flush()?)
    }
}

/// What the terminal understands, by the variables of the environment.
fn protocol(variable: impl Fn(&str) -> Option<String>) -> Result<Protocol> {
    let (term, program) = (variable("TERM").unwrap_or_default(), variable("TERM_PROGRAM"));
    let inside = |name: &str| term == name || term.starts_with(&format!("{name}-"));
    if inside("tmux") || inside("screen") || variable("TMUX").is_some() || variable("STY").is_some() {
        bail!(
            "--show: pictures do not get through tmux and screen: leave them, or give -o a name, .svg or .png"
        );
    }
    match (&*term, program.as_deref()) {
        ("xterm-kitty" | "xterm-ghostty", _) | (_, Some("ghostty")) => return Ok(Protocol::Kitty),
        (_, Some("iTerm.app" | "WezTerm")) => return Ok(Protocol::Iterm),
        // Another terminal, perhaps started from within one of these.
        (_, Some(_)) => {}
        (_, None) if variable("KITTY_WINDOW_ID").is_some() => return Ok(Protocol::Kitty),
        // The only variable that gets through ssh.
        (_, None) if variable("LC_TERMINAL").as_deref() == Some("iTerm2") => return Ok(Protocol::Iterm),
        (_, None) => {}
    }
    let name = program.unwrap_or(term);
    bail!(
        "--show: this terminal ({name:?}) is not known to show pictures, as kitty, ghostty, WezTerm and iTerm2 do: \
         give -o a name, .svg or .png"
    )
}

/// The picture in pieces; the terminal is asked not to answer. 0 columns: as large as its pixels.
fn kitty(png: &[u8], columns: u16) -> Vec<u8> {
    let text = base64(png);
    let (mut out, count) = (Vec::new(), text.len().div_ceil(PIECE));
    for (i, piece) in text.as_bytes().chunks(PIECE).enumerate() {
        out.extend_from_slice(b"\x1b_G");
        if i == 0 {
            out.extend_from_slice(b"a=T,f=100,q=2,");
            if columns > 0 {
                out.extend_from_slice(format!("c={columns},").as_bytes());
            }
        }
        out.extend_from_slice(format!("m={};", u8::from(i + 1 < count)).as_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\x1b\\");
    }
    out.push(b'\n');
    out
}

fn iterm(png: &[u8], fill: bool) -> Vec<u8> {
    let width = if fill { "100%" } else { "auto" };
    let head = format!("\x1b]1337;File=inline=1;size={};width={width}:", png.len());
    [head.as_bytes(), base64(png).as_bytes(), b"\x07\n"].concat()
}

/// Bytes as text, after RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i)) as usize & 63];
            text.push(if i <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ];
        vectors.iter().for_each(|(bytes, text)| assert_eq!(base64(bytes.as_bytes()), *text));
        assert_eq!(base64(&[0xfb, 0xef, 0xff]), "++//");
    }

    #[test]
    fn the_environment_decides_the_protocol() {
        let of = |pairs: &'static [(&str, &str)]| {
            let found = protocol(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()));
            found.map_err(|e| e.to_string())
        };
        let (kitty, iterm) = (Ok(Protocol::Kitty), Ok(Protocol::Iterm));
        assert_eq!(of(&[("TERM", "xterm-kitty")]), kitty);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")]), kitty);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "ghostty")]), kitty);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]), iterm);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")]), iterm);
        for inside in [
            &[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")][..],
            &[("TERM", "screen")],
            &[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")],
            &[("TERM", "xterm-kitty"), ("STY", "1.pts")],
        ] {
            assert!(of(inside).unwrap_err().contains("tmux and screen"), "{inside:?}");
        }
        for other in [
            &[("TERM", "xterm-256color")][..],
            &[("TERM", "dumb")],
            &[],
            &[("TERM", "xterm"), ("TERM_PROGRAM", "vscode"), ("KITTY_WINDOW_ID", "1")],
        ] {
            assert!(of(other).unwrap_err().contains("give -o a name"), "{other:?}");
        }
    }

    #[test]
    fn kitty_gets_pieces_of_which_all_but_the_last_are_followed_by_more() {
        let text = String::from_utf8(kitty(&[7; 9000], 80)).unwrap();
        let pieces: Vec<&str> = text.trim_end().split_terminator("\x1b\\").collect();
        let heads = ["\x1b_Ga=T,f=100,q=2,c=80,m=1;", "\x1b_Gm=1;", "\x1b_Gm=0;"];
        let bodies = pieces.iter().zip(heads).map(|(piece, head)| piece.strip_prefix(head).unwrap());
        assert_eq!((pieces.len(), bodies.collect::<String>()), (3, base64(&[7; 9000])));
        assert!(pieces.iter().all(|piece| piece.len() < PIECE + 40));
    }
}

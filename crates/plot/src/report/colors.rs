//! The colours of all pictures of a page as classes, so that one rule each is enough for both themes.

use std::collections::HashMap;
use std::fmt::Write;

use mmio_report::regs::kind;

use crate::map::KINDS;
use crate::palette::{Color, PALETTE, Rgb};

/// Colours by number.
#[derive(Default)]
pub(super) struct Colors {
    numbers: HashMap<Color, usize>,
    all: Vec<Color>,
}

impl Colors {
    /// The attribute of an element that is filled (`fill`) or drawn (`stroke`) in `color`.
    pub(super) fn class(&mut self, key: &str, color: Color) -> String {
        let number = *self.numbers.entry(color).or_insert_with(|| {
            self.all.push(color);
            self.all.len() - 1
        });
        format!("class=\"{}{number}\"", &key[..1])
    }

    /// The rules.
    pub(super) fn css(&self) -> String {
        let mut out = String::new();
        for (name, color) in [
            ("background", PALETTE.background),
            ("panel", PALETTE.panel),
            ("grid", PALETTE.grid),
            ("ink", PALETTE.ink),
            ("muted", PALETTE.muted),
            ("read", PALETTE.read),
            ("write", PALETTE.write),
            ("lost", PALETTE.lost),
        ] {
            let _ = writeln!(out, ":root{{--{name}:{}}}", both(color));
        }
        for (number, color) in self.all.iter().enumerate() {
            let (color, plain) = (both(*color), hex(color.light));
            let _ = writeln!(
                out,
                ".f{number}{{fill:{plain};fill:{color}}}.s{number}{{stroke:{plain};stroke:{color}}}"
            );
        }
        for of in KINDS {
            let _ = writeln!(out, ".k-{}{{background:{}}}", kind(of), hex(PALETTE.kind(of).light));
        }
        out
    }
}

fn both(color: Color) -> String {
    format!("light-dark({},{})", hex(color.light), hex(color.dark))
}

fn hex(Rgb(r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

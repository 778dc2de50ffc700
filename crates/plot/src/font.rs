//! The one font of all pictures, shipped with the program so that they look alike on every machine.

use ab_glyph::{Font, FontRef, GlyphId, Point, PxScale};

/// A subset of DejaVu Sans Mono; its licence is beside it.
const BYTES: &[u8] = include_bytes!("../font/DejaVuSansMono.ttf");

/// Width of every glyph, in ems: 1233 of 2048 units.
const ADVANCE: f64 = 1233.0 / 2048.0;

/// Ascent and descent together, in ems: what the rasteriser takes for the size.
const HEIGHT: f64 = 2384.0 / 2048.0;

/// Half the height of a capital, in ems: from the middle of a line down to its baseline.
pub(crate) const HALF_CAPITAL: f64 = 1493.0 / 2048.0 / 2.0;

/// First and last code point of the stretches that the font has.
const GLYPHS: [(u32, u32); 9] = [
    (0x20, 0x7e),
    (0xa0, 0x1c3),
    (0x391, 0x3a1),
    (0x3a3, 0x3ce),
    (0x400, 0x45f),
    (0x2013, 0x2014),
    (0x2026, 0x2026),
    (0x2190, 0x2193),
    (0xfffd, 0xfffd),
];

/// Size in ems of a font whose glyphs are `advance` pixels wide.
pub(crate) fn ems(advance: i32) -> f64 {
    f64::from(advance) / ADVANCE
}

/// Draws a printable text whose baseline begins at the origin: columns, rows (negative above the baseline) and
/// how much of each pixel is covered, 0 to 1.
pub(crate) fn rasterise(text: &str, advance: i32, mut pixel: impl FnMut(i32, i32, f32)) {
    // The bytes are ours; a test reads them.
    let Ok(font) = FontRef::try_from_slice(BYTES) else { return };
    let scale = PxScale::from((ems(advance) * HEIGHT) as f32);
    for (i, c) in (0..).zip(text.chars()) {
        let id: GlyphId = font.glyph_id(c);
        let at = Point { x: (i * advance) as f32, y: 0.0 };
        let Some(outline) = font.outline_glyph(id.with_scale_and_position(scale, at)) else { continue };
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, share| pixel(corner.x as i32 + x as i32, corner.y as i32 + y as i32, share));
    }
}

/// `text` without what the font does not have or an SVG may not hold.
pub fn printable(text: &str) -> String {
    let known = |c: &char| GLYPHS.iter().any(|&(first, last)| (first..=last).contains(&u32::from(*c)));
    text.chars().map(|c| if known(&c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// `text` cut to at most `most` characters, the last one `…` if it was cut.
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_is_in_the_font_and_as_wide_as_the_others() {
        let font = FontRef::try_from_slice(BYTES).unwrap();
        for c in GLYPHS.iter().flat_map(|&(first, last)| first..=last).filter_map(char::from_u32) {
            let id = font.glyph_id(c);
            assert!(id.0 != 0, "{c:?}");
            assert_eq!(f64::from(font.h_advance_unscaled(id)) / 2048.0, ADVANCE, "{c:?}");
        }
    }

    #[test]
    fn a_dot_stands_in_the_middle_of_its_place_on_the_baseline() {
        let (mut columns, mut rows) = (Vec::new(), Vec::new());
        rasterise(" .", 10, |x, y, share| {
            if share > 0.5 {
                columns.push(x);
                rows.push(y);
            }
        });
        assert_eq!((columns.iter().min(), columns.iter().max()), (Some(&14), Some(&15)));
        assert_eq!(rows.iter().max(), Some(&-1));
    }

    #[test]
    fn what_the_font_lacks_is_replaced() {
        assert_eq!(printable("a\tb\u{1b}µ → 漢\u{0}"), "a\u{fffd}b\u{fffd}µ → \u{fffd}\u{fffd}");
    }

    #[test]
    fn long_texts_end_in_dots() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefg", 6), "abcde…");
        assert_eq!(shorten("äöü", 2), "ä…");
        assert_eq!(shorten("abc", 0), "");
    }
}

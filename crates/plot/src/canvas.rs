//! What a picture consists of, in pixels. Plots draw here; [`crate::image`] makes files of it.

use mmio_analyze::Summary;

use crate::font;
use crate::hover::{Hover, Series, Span};
use crate::palette::Color;

/// A rectangle of pixels: left, top, width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
}

impl Area {
    /// An area, without any pixels where width or height would be negative.
    pub fn new(x: i32, y: i32, w: i32, h: i32) -> Area {
        Area { x, y, w: w.max(0), h: h.max(0) }
    }

    /// The first column right of the area.
    pub fn right(&self) -> i32 {
        self.x + self.w
    }

    /// The first row below the area.
    pub fn bottom(&self) -> i32 {
        self.y + self.h
    }

    /// Whether both areas have a pixel in common.
    pub fn overlaps(&self, other: &Area) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether all of `other` lies inside this area.
    pub fn holds(&self, other: &Area) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }
}

/// How large a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Letters {
    Small,
    Normal,
    Title,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Anchor {
    Left,
    Middle,
    Right,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Column of the anchor.
    pub x: i32,
    /// Row of the middle of a capital.
    pub y: i32,
    /// The letters of the text.
    pub text: String,
    /// Which end of the text stands at `x`; reading upwards, at `y`.
    pub anchor: Anchor,
    /// Width of a letter.
    pub advance: i32,
    /// Colour of the letters.
    pub color: Color,
    /// Whether the text reads from bottom to top.
    pub upwards: bool,
}

impl Text {
    /// The pixels that the text may touch.
    pub fn area(&self) -> Area {
        let length = self.text.chars().count() as i32 * self.advance;
        let thick = (font::ems(self.advance) * 1.1).ceil() as i32;
        let back = match self.anchor {
            Anchor::Left => 0,
            Anchor::Middle => length / 2,
            Anchor::Right => length,
        };
        if self.upwards {
            Area::new(self.x - thick / 2, self.y - (length - back), thick, length)
        } else {
            Area::new(self.x - back, self.y - thick / 2, length, thick)
        }
    }
}

/// A piece of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shape {
    Rect {
        area: Area,
        color: Color,
    },
    Line {
        points: Vec<(i32, i32)>,
        width: u32,
        color: Color,
    },
    /// Cubic curves, each from its first point to its last, drawn to the two between.
    Curve {
        pieces: Vec<[(i32, i32); 4]>,
        width: u32,
        color: Color,
    },
    Polygon {
        points: Vec<(i32, i32)>,
        color: Color,
    },
    /// Bars of one pixel's width side by side from `x`, on the row `base`, upwards where positive.
    Bars {
        x: i32,
        base: i32,
        heights: Vec<i32>,
        color: Color,
    },
    Text(Text),
}

/// A picture in pieces, the first one lowest.
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas {
    /// Pixels from left to right.
    pub width: i32,
    /// Pixels from top to bottom.
    pub height: i32,
    /// The shapes of the picture, in the order in which they are drawn.
    pub shapes: Vec<Shape>,
    /// What a page shows where parts of the picture are pointed at.
    pub hovers: Vec<Hover>,
    /// Where the picture's columns are times.
    pub times: Vec<Span>,
    /// The counts of the trace, and of what was looked at.
    pub summary: Summary,
    scale: f64,
}

/// Width at which letters have their plain size.
const PLAIN_WIDTH: f64 = 1200.0;

impl Canvas {
    /// An empty picture. Its letters and lines grow with its width, though not as fast.
    pub fn new(width: i32, height: i32) -> Canvas {
        let scale = (f64::from(width) / PLAIN_WIDTH).powf(0.7).clamp(0.8, 4.0);
        let (shapes, hovers, times) = (Vec::new(), Vec::new(), Vec::new());
        Canvas { width, height, shapes, hovers, times, summary: Summary::default(), scale }
    }

    /// A length of `pixels` at the plain size, as it is in this picture.
    pub fn px(&self, pixels: f64) -> i32 {
        ((pixels * self.scale).round() as i32).max(1)
    }

    /// Width of a letter.
    pub fn advance(&self, letters: Letters) -> i32 {
        // Whole pixels, so that letters stand evenly.
        let plain = match letters {
            Letters::Small => 6.0,
            Letters::Normal => 7.0,
            Letters::Title => 10.0,
        };
        ((plain * self.scale).round() as i32).max(6)
    }

    /// Width of a text.
    pub fn text_width(&self, text: &str, letters: Letters) -> i32 {
        text.chars().count() as i32 * self.advance(letters)
    }

    /// Height of a line with what keeps it from the next.
    pub fn line_height(&self, letters: Letters) -> i32 {
        (font::ems(self.advance(letters)) * 1.45).round() as i32
    }

    /// How many letters fit into `width`.
    pub fn fitting(&self, width: i32, letters: Letters) -> usize {
        (width / self.advance(letters)).max(0) as usize
    }

    /// A filled rectangle.
    pub fn rect(&mut self, area: Area, color: Color) {
        if area.w > 0 && area.h > 0 {
            self.shapes.push(Shape::Rect { area, color });
        }
    }

    /// A horizontal line of `thick` pixels downwards from `y`.
    pub fn horizontal(&mut self, x0: i32, x1: i32, y: i32, thick: i32, color: Color) {
        self.rect(Area::new(x0, y, x1 - x0, thick), color);
    }

    /// A vertical line of `thick` pixels rightwards from `x`.
    pub fn vertical(&mut self, x: i32, y0: i32, y1: i32, thick: i32, color: Color) {
        self.rect(Area::new(x, y0, thick, y1 - y0), color);
    }

    /// A vertical line of dashes. Dashes are in the same rows wherever a line begins, so that two lines in one
    /// column do not fill each other's gaps.
    pub fn dashed(&mut self, x: i32, y0: i32, y1: i32, color: Color) {
        let dash = self.px(4.0);
        let mut y = y0 - y0.rem_euclid(2 * dash);
        while y < y1 {
            self.vertical(x, y.max(y0), (y + dash).min(y1), self.px(1.0), color);
            y += 2 * dash;
        }
    }

    /// A text in one line.
    pub fn text(&mut self, (x, y): (i32, i32), anchor: Anchor, letters: Letters, color: Color, text: &str) {
        self.letter((x, y), anchor, letters, color, text, false);
    }

    /// A text that reads from bottom to top.
    pub fn upwards(
        &mut self,
        (x, y): (i32, i32),
        anchor: Anchor,
        letters: Letters,
        color: Color,
        text: &str,
    ) {
        self.letter((x, y), anchor, letters, color, text, true);
    }

    fn letter(
        &mut self,
        (x, y): (i32, i32),
        anchor: Anchor,
        letters: Letters,
        color: Color,
        text: &str,
        upwards: bool,
    ) {
        if !text.is_empty() {
            let (text, advance) = (font::printable(text), self.advance(letters));
            self.shapes.push(Shape::Text(Text { x, y, text, anchor, advance, color, upwards }));
        }
    }

    /// Shows `text` where `area` is pointed at.
    pub fn hover(&mut self, area: Area, text: impl Into<String>) {
        self.hovers.push(Hover { area, text: text.into(), series: Vec::new() });
    }

    /// Shows `text` where `area` is pointed at, and the counts of the column.
    pub fn hover_counts(&mut self, area: Area, text: impl Into<String>, series: Vec<Series>) {
        self.hovers.push(Hover { area, text: text.into(), series });
    }

    /// All texts of the picture.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::PALETTE;

    #[test]
    fn dashed_lines_in_one_column_keep_their_gaps() {
        let mut rows = vec![0; 100];
        for from in [0, 13, 26] {
            let mut canvas = Canvas::new(1200, 100);
            canvas.dashed(5, from, 100, PALETTE.marker);
            for shape in &canvas.shapes {
                let Shape::Rect { area, .. } = shape else { continue };
                assert!(area.y >= from);
                (area.y..area.bottom()).for_each(|y| rows[y as usize] += 1);
            }
        }
        assert_eq!(rows.iter().filter(|n| **n == 0).count(), 48);
    }
}

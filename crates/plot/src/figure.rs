//! What every picture has around its data: title, subtitle, legend, and a footer with what is missing.

use mmio_analyze::Summary;
use mmio_format::Register;
use mmio_report::numbers::grouped;

use crate::canvas::{Anchor, Area, Canvas, Letters};
use crate::font::shorten;
use crate::palette::{Color, PALETTE};

/// Least and most pixels of a side.
pub const SIDES: std::ops::RangeInclusive<i32> = 400..=8000;

/// Width where none was asked for.
pub const WIDTH: i32 = 1200;

/// How a picture is to look.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: i32,
    /// Pixels from top to bottom; without, each plot chooses what suits it.
    pub height: Option<i32>,
    /// What the trace is called.
    pub source: String,
}

impl Picture {
    /// An empty canvas; `height` says how high it would like to be, at a plain width of [`WIDTH`].
    pub(crate) fn canvas(&self, height: i32) -> Canvas {
        let suitable = Canvas::new(self.width, 0).px(f64::from(height.clamp(300, 4000)));
        let mut canvas = Canvas::new(self.width, self.height.unwrap_or(suitable));
        canvas.rect(Area::new(0, 0, canvas.width, canvas.height), PALETTE.background);
        canvas
    }
}

/// A mark of the legend.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    /// A square of a colour.
    Square(Color),
    /// A vertical line of dashes.
    Dashes(Color),
    /// The colours of densities, from few to many.
    Ramp,
    /// Words alone.
    Nothing,
}

/// What stands around the data.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) legend: Vec<(Key, String)>,
    pub(crate) summary: Summary,
    /// A sentence that is added to the footer.
    pub(crate) note: Option<String>,
}

impl Frame {
    /// Draws the frame, and returns what is left for the data.
    pub(crate) fn draw(&self, canvas: &mut Canvas, picture: &Picture) -> Area {
        canvas.summary = self.summary;
        let margin = canvas.px(18.0);
        let inner = canvas.width - 2 * margin;
        let mut y = margin + canvas.line_height(Letters::Title) / 2 - canvas.px(4.0);
        let room = canvas.fitting(inner, Letters::Title);
        canvas.text((margin, y), Anchor::Left, Letters::Title, PALETTE.ink, &shorten(&self.title, room));
        y += canvas.line_height(Letters::Title) / 2 + canvas.line_height(Letters::Normal) / 2;
        let room = canvas.fitting(inner, Letters::Normal);
        let subtitle = format!("{} · {}", picture.source, self.subtitle);
        canvas.text((margin, y), Anchor::Left, Letters::Normal, PALETTE.muted, &shorten(&subtitle, room));
        y += canvas.line_height(Letters::Normal) / 2 + canvas.px(6.0);
        let top = self.draw_legend(canvas, Area::new(margin, y, inner, 0));
        let bottom = self.draw_footer(canvas, margin);
        Area::new(margin, top, inner, bottom - top)
    }

    /// Pixels of all that stands around the data.
    pub(crate) fn height(&self, picture: &Picture) -> i32 {
        let mut canvas = Canvas::new(picture.width, 1000);
        let data = self.draw(&mut canvas, picture);
        canvas.height - data.h
    }

    /// Draws the legend, and returns the row below it.
    fn draw_legend(&self, canvas: &mut Canvas, area: Area) -> i32 {
        if self.legend.is_empty() {
            return area.y + canvas.px(4.0);
        }
        let (line, mark, gap) = (canvas.line_height(Letters::Small), canvas.px(9.0), canvas.px(14.0));
        let (mut x, mut y) = (area.x, area.y + line / 2);
        for (key, words) in &self.legend {
            let width = match key {
                Key::Ramp => 6 * mark,
                Key::Nothing => 0,
                Key::Square(_) | Key::Dashes(_) => mark,
            };
            let before = if width > 0 { canvas.px(5.0) } else { 0 };
            let room = canvas.fitting(area.w - width - before, Letters::Small);
            let words = shorten(words, room);
            let length = width + before + canvas.text_width(&words, Letters::Small);
            // Words alone are not to pass for those of the mark before.
            let apart = if matches!(key, Key::Nothing) && x > area.x { gap } else { 0 };
            x += apart;
            if x > area.x && x + length > area.right() {
                (x, y) = (area.x, y + line);
            }
            match *key {
                Key::Square(color) => canvas.rect(Area::new(x, y - mark / 2, mark, mark), color),
                Key::Dashes(color) => {
                    let (dash, half, thick) = (canvas.px(4.0), mark / 2 + 1, canvas.px(1.0));
                    for top in [y - half, y + half - dash] {
                        canvas.vertical(x + mark / 2, top, top + dash, thick, color);
                    }
                }
                Key::Ramp => {
                    for i in 0..width {
                        let color = PALETTE.density(f64::from(i) / f64::from(width - 1).max(1.0));
                        canvas.rect(Area::new(x + i, y - mark / 2, 1, mark), color);
                    }
                }
                Key::Nothing => {}
            }
            canvas.text((x + width + before, y), Anchor::Left, Letters::Small, PALETTE.ink, &words);
            x += length + gap;
        }
        y + line / 2 + canvas.px(8.0)
    }

    /// Draws the footer, and returns the row above it.
    fn draw_footer(&self, canvas: &mut Canvas, margin: i32) -> i32 {
        let Summary { lost, unparsed, wide, .. } = self.summary;
        let y = canvas.height - margin / 2 - canvas.line_height(Letters::Small) / 2;
        let mut missing = format!("{} · {}", counted(lost, "lost event"), counted(unparsed, "unparsed line"));
        if wide > 0 {
            missing += &format!(" · {}", counted(wide, "wide value"));
        }
        let color = if lost > 0 { PALETTE.lost } else { PALETTE.muted };
        canvas.text((margin, y), Anchor::Left, Letters::Small, color, &missing);
        let left = canvas.text_width(&missing, Letters::Small) + 2 * margin;
        let room = canvas.fitting(canvas.width - left - margin, Letters::Small);
        let total = match self.summary.selected {
            Some(_) => mmio_report::accesses(&self.summary),
            None => format!("{} in the trace", mmio_report::accesses(&self.summary)),
        };
        let mut parts: Vec<&str> = self.note.as_deref().into_iter().chain([&*total, "mmioscope"]).collect();
        // What matters least goes first, as a whole.
        while parts.len() > 1 && parts.join(" · ").chars().count() > room {
            parts.pop();
        }
        let place = (canvas.width - margin, y);
        let right = shorten(&parts.join(" · "), room);
        canvas.text(place, Anchor::Right, Letters::Small, PALETTE.muted, &right);
        canvas.height - margin - canvas.line_height(Letters::Small)
    }
}

/// `1 access in a cell`, `1 to 37 accesses in a cell, logarithmic`: what a scale goes to.
pub(crate) fn scale_words(most: u64, place: &str) -> String {
    match most {
        0 | 1 => format!("1 access in a {place}"),
        _ => format!("1 to {} in a {place}, logarithmic", counted(most, "access")),
    }
}

/// `1 poll`, `1,234 polls`, `2 accesses`.
pub(crate) fn counted(n: u64, what: &str) -> String {
    let end = match n {
        1 => "",
        _ if what.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {what}{end}", grouped(n))
}

/// `W` or `W1`: the operation, and bytes other than four; 0 bytes are not known.
pub(crate) fn operation(op: char, width: u8) -> String {
    if matches!(width, 0 | 4) { op.to_string() } else { format!("{op}{width}") }
}

/// `W +0x20`, `R1 +0x8`.
pub(crate) fn access_name(op: char, register: &Register) -> String {
    format!("{} +0x{:x}", operation(op, register.width), register.offset)
}

/// The picture of no access.
pub(crate) fn empty(picture: &Picture, title: &str, summary: Summary) -> Canvas {
    let why = if summary.accesses == 0 { "the trace has no access" } else { "no access passes the filters" };
    empty_for(picture, title, summary, why)
}

/// The picture of nothing, and why.
pub(crate) fn empty_for(picture: &Picture, title: &str, summary: Summary, why: &str) -> Canvas {
    let mut canvas = picture.canvas(300);
    let (title, subtitle) = (title.to_owned(), "nothing to show".to_owned());
    let area = Frame { title, subtitle, legend: Vec::new(), summary, note: None }.draw(&mut canvas, picture);
    nothing(&mut canvas, area, why);
    canvas
}

/// What to say where there is nothing to show.
pub(crate) fn nothing(canvas: &mut Canvas, area: Area, words: &str) {
    let room = canvas.fitting(area.w, Letters::Normal);
    let middle = (area.x + area.w / 2, area.y + area.h / 2);
    canvas.text(middle, Anchor::Middle, Letters::Normal, PALETTE.muted, &shorten(words, room));
}

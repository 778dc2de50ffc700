//! A picture as SVG. Neighbours of one colour become one path, which keeps dense pictures small.

use std::fmt::Write;
use std::ops::Range;

use crate::canvas::{Anchor, Area, Canvas, Shape, Text};
use crate::font;
use crate::palette::{Color, Theme};

/// Fonts: all of them monospaced and of nearly the same width. None is in the file.
const FAMILY: &str = "DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace";

/// The SVG file of a picture.
pub(crate) fn file(canvas: &Canvas, theme: Theme) -> String {
    let color = |color: Color| {
        let crate::palette::Rgb(r, g, b) = color.on(theme);
        format!("\"#{r:02x}{g:02x}{b:02x}\"")
    };
    let (width, height) = (canvas.width, canvas.height);
    let head = format!(
        "xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" shape-rendering=\"crispEdges\""
    );
    element(canvas, &head, |key, c| format!("{key}={}", color(c)))
}

/// The SVG element of a picture, of which `paint` gives the attribute for `fill` or `stroke` with a colour.
pub(crate) fn element(
    canvas: &Canvas,
    attributes: &str,
    mut paint: impl FnMut(&str, Color) -> String,
) -> String {
    let mut layers = Layers::new(canvas);
    canvas.shapes.iter().for_each(|shape| layers.add(shape));
    let mut out = format!(
        "<svg {attributes} viewBox=\"0 0 {} {}\" font-family=\"{FAMILY}\">\n",
        canvas.width, canvas.height
    );
    for Layer { style, body, .. } in &layers.layers {
        let _ = match *style {
            Style::Fill(color) => writeln!(out, "<path {} d=\"{body}\"/>", paint("fill", color)),
            Style::Band(color, height) => {
                writeln!(
                    out,
                    "<path fill=\"none\" {} stroke-width=\"{height}\" d=\"{body}\"/>",
                    paint("stroke", color)
                )
            }
            Style::Stroke(color, width) => writeln!(
                out,
                "<path fill=\"none\" {} stroke-width=\"{width}\" shape-rendering=\"auto\" d=\"{body}\"/>",
                paint("stroke", color)
            ),
            Style::Text(color, advance, anchor) => {
                let anchor = match anchor {
                    Anchor::Left => "",
                    Anchor::Middle => " text-anchor=\"middle\"",
                    Anchor::Right => " text-anchor=\"end\"",
                };
                let size = font::ems(advance);
                writeln!(out, "<g {} font-size=\"{size:.2}\"{anchor}>\n{body}</g>", paint("fill", color))
            }
        };
    }
    out += "</svg>\n";
    out
}

/// What can be one element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Fill(Color),
    /// Rectangles of one height, as lines of that thickness: the shortest there is.
    Band(Color, i32),
    Stroke(Color, u32),
    Text(Color, i32, Anchor),
}

struct Layer {
    style: Style,
    /// Data of the layer's path, or its texts.
    body: String,
    /// Where the last line of a band ended.
    end: (i32, i32),
}

impl Layer {
    fn band(&mut self, area: Area) {
        let _ = match (self.body.is_empty(), self.end) {
            (true, _) => write!(self.body, "M{} {}", area.x, f64::from(area.y) + f64::from(area.h) / 2.0),
            (false, (x, y)) => write!(self.body, "m{} {}", area.x - x, area.y - y),
        };
        let _ = write!(self.body, "h{}", area.w);
        self.end = (area.right(), area.y);
    }
}

/// Elements in the order in which they are drawn.
struct Layers {
    layers: Vec<Layer>,
    /// For each square of pixels the number of the layer on top, from 1; columns and rows of squares.
    tops: Vec<u32>,
    columns: i32,
    rows: i32,
    /// A square has 2^`shift` pixels each way: one, unless the picture is huge.
    shift: u32,
}

/// Most squares.
const MOST_SQUARES: i64 = 8 << 20;

/// Highest rectangle of a band.
const BAND: i32 = 64;
/// Layers below the last one to which a shape may still go.
const DEPTH: usize = 64;

impl Layers {
    fn new(canvas: &Canvas) -> Layers {
        let side = |pixels: i32, shift: u32| (pixels >> shift) + 1;
        let squares =
            |shift: u32| i64::from(side(canvas.width, shift)) * i64::from(side(canvas.height, shift));
        let shift = (0..31).find(|&shift| squares(shift) <= MOST_SQUARES).unwrap_or(31);
        let (columns, rows) = (side(canvas.width, shift), side(canvas.height, shift));
        Layers { layers: Vec::new(), tops: vec![0; squares(shift) as usize], columns, rows, shift }
    }

    /// The layer of `style` to which what covers `areas` goes: one that nothing above lies over there.
    fn layer(&mut self, style: Style, areas: &[Area]) -> &mut Layer {
        let rows: Vec<Range<usize>> = areas.iter().flat_map(|area| self.squares(area)).collect();
        let above = rows.iter().flat_map(|row| self.tops[row.clone()].iter().copied()).max().unwrap_or(0);
        let lowest = (above as usize).saturating_sub(1).max(self.layers.len().saturating_sub(DEPTH));
        let found = self.layers[lowest..].iter().rposition(|layer| layer.style == style);
        let place = found.map_or(self.layers.len(), |found| lowest + found);
        if place == self.layers.len() {
            self.layers.push(Layer { style, body: String::new(), end: (0, 0) });
        }
        rows.into_iter().for_each(|row| self.tops[row].fill(place as u32 + 1));
        &mut self.layers[place]
    }

    /// The squares that `area` touches, row by row.
    fn squares(&self, area: &Area) -> impl Iterator<Item = Range<usize>> + use<> {
        let cut = |from: i32, end: i32, most: i32| {
            let last = (end - 1).max(from) >> self.shift;
            ((from >> self.shift).clamp(0, most), (last + 1).clamp(0, most))
        };
        let (x0, x1) = cut(area.x, area.right(), self.columns);
        let (y0, y1) = cut(area.y, area.bottom(), self.rows);
        let columns = self.columns as usize;
        (y0..y1).map(move |y| y as usize * columns).map(move |row| row + x0 as usize..row + x1 as usize)
    }

    fn add(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect { area, color } => {
                let Area { x, y, w, h } = *area;
                if h > BAND {
                    let body = &mut self.layer(Style::Fill(*color), &[*area]).body;
                    let _ = write!(body, "M{x} {y}h{w}v{h}h-{w}z");
                } else {
                    self.layer(Style::Band(*color, h), &[*area]).band(*area);
                }
            }
            Shape::Line { points, width, color } => {
                let reach = (*width as i32).div_euclid(2) + 1;
                let layer = self.layer(Style::Stroke(*color, *width), &[around(points, reach)]);
                line(&mut layer.body, points);
            }
            Shape::Curve { pieces, width, color } => {
                let reach = (*width as i32).div_euclid(2) + 1;
                let areas: Vec<Area> = pieces.iter().map(|piece| around(piece, reach)).collect();
                let layer = self.layer(Style::Stroke(*color, *width), &areas);
                curve(&mut layer.body, pieces);
            }
            Shape::Polygon { points, color } => {
                let mut points = points.clone();
                // All go round the same way, so that none cuts a hole into another.
                if turn(&points) < 0 {
                    points.reverse();
                }
                let layer = self.layer(Style::Fill(*color), &[around(&points, 1)]);
                line(&mut layer.body, &points);
                layer.body.push('z');
            }
            Shape::Bars { x, base, heights, color } => self.bars((*x, *base), heights, *color),
            Shape::Text(text) => self.text(text),
        }
    }

    /// Draws each run of bars as its outline.
    fn bars(&mut self, (x, base): (i32, i32), heights: &[i32], color: Color) {
        let mut at = x;
        for run in heights.chunk_by(|a, b| a.signum() == b.signum()) {
            let (left, right) = (at, at + run.len() as i32);
            at = right;
            if run[0] == 0 {
                continue;
            }
            let mut steps = Vec::new();
            let mut column = left;
            for level in run.chunk_by(|a, b| a == b) {
                let end = column + level.len() as i32;
                steps.push((column, end, base - level[0]));
                column = end;
            }
            let upwards = run[0] > 0;
            let areas: Vec<Area> = steps
                .iter()
                .map(|&(from, to, y)| Area::new(from, y.min(base), to - from, (base - y).abs()))
                .collect();
            let body = &mut self.layer(Style::Fill(color), &areas).body;
            // All go round the same way.
            let _ = write!(body, "M{} {base}", if upwards { left } else { right });
            if upwards {
                steps.iter().for_each(|(_, to, y)| *body += &format!("V{y}H{to}"));
            } else {
                steps.iter().rev().for_each(|(from, _, y)| *body += &format!("V{y}H{from}"));
            }
            let _ = write!(body, "V{base}z");
        }
    }

    fn text(&mut self, text: &Text) {
        let style = Style::Text(text.color, text.advance, text.anchor);
        let body = &mut self.layer(style, &[text.area()]).body;
        let (x, y, drop) = (text.x, text.y, font::ems(text.advance) * font::HALF_CAPITAL);
        let words = escape(&text.text);
        let _ = if text.upwards {
            writeln!(
                body,
                "<text transform=\"translate({:.1} {y})rotate(-90)\">{words}</text>",
                f64::from(x) + drop
            )
        } else {
            writeln!(body, "<text x=\"{x}\" y=\"{:.1}\">{words}</text>", f64::from(y) + drop)
        };
    }
}

fn line(body: &mut String, points: &[(i32, i32)]) {
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(body, "{}{x} {y}", if i == 0 { 'M' } else { 'L' });
    }
}

fn curve(body: &mut String, pieces: &[[(i32, i32); 4]]) {
    let mut at = None;
    for &[from, a, b, to] in pieces {
        match at {
            Some(end) if end == from => {}
            Some(_) => *body += &format!("L{} {}", from.0, from.1),
            None => *body += &format!("M{} {}", from.0, from.1),
        }
        *body += &format!("C{} {} {} {} {} {}", a.0, a.1, b.0, b.1, to.0, to.1);
        at = Some(to);
    }
}

/// The area that the points lie in, and `reach` pixels around it.
fn around(points: &[(i32, i32)], reach: i32) -> Area {
    let x = || points.iter().map(|p| p.0);
    let y = || points.iter().map(|p| p.1);
    let (x0, x1) = (x().min().unwrap_or(0), x().max().unwrap_or(0));
    let (y0, y1) = (y().min().unwrap_or(0), y().max().unwrap_or(0));
    Area::new(x0 - reach, y0 - reach, x1 - x0 + 2 * reach, y1 - y0 + 2 * reach)
}

/// Twice the area within `points`, positive where they go round clockwise.
fn turn(points: &[(i32, i32)]) -> i64 {
    let next = points.iter().cycle().skip(1);
    let wide = |p: &(i32, i32)| (i64::from(p.0), i64::from(p.1));
    points.iter().zip(next).map(|(a, b)| (wide(a), wide(b))).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum()
}

/// `text` where markup is expected, and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::Letters;
    use crate::palette::PALETTE;

    fn paths(canvas: &Canvas) -> Vec<String> {
        let svg = file(canvas, Theme::Light);
        svg.lines().filter(|l| l.starts_with("<path")).map(str::to_owned).collect()
    }

    #[test]
    fn neighbours_of_one_colour_are_one_path_also_past_others() {
        let mut canvas = Canvas::new(400, 400);
        for x in 0..100 {
            canvas.rect(Area::new(x * 4, 0, 2, 9), PALETTE.read);
            canvas.rect(Area::new(x * 4 + 2, 0, 2, 9), PALETTE.write);
        }
        let paths = paths(&canvas);
        assert_eq!(paths.len(), 2);
        assert!(paths[0].contains("stroke-width=\"9\" d=\"M0 4.5h2m2 0h2m2 0h2"), "{}", paths[0]);
    }

    #[test]
    fn what_lies_over_another_colour_stays_over_it() {
        let mut canvas = Canvas::new(400, 400);
        canvas.rect(Area::new(0, 0, 10, 10), PALETTE.read);
        canvas.rect(Area::new(5, 5, 10, 10), PALETTE.write);
        canvas.rect(Area::new(8, 8, 10, 10), PALETTE.read);
        canvas.rect(Area::new(100, 100, 10, 10), PALETTE.write);
        let paths = paths(&canvas);
        assert_eq!(paths.len(), 3, "{paths:?}");
        assert!(paths[1].contains("M5 10h10m85 95h10"), "{paths:?}");
    }

    #[test]
    fn bars_and_polygons_go_round_the_same_way() {
        let mut canvas = Canvas::new(400, 400);
        let color = PALETTE.read;
        canvas.shapes.push(Shape::Bars { x: 10, base: 50, heights: vec![3, 3, 5, 0, -2, -4], color });
        canvas.shapes.push(Shape::Polygon { points: vec![(0, 0), (0, 9), (9, 0)], color });
        let expected = "M10 50V47H12V45H13V50zM16 50V54H15V52H14V50zM9 0L0 9L0 0z";
        assert!(paths(&canvas)[0].contains(expected), "{:?}", paths(&canvas));
    }

    #[test]
    fn texts_are_escaped() {
        let mut canvas = Canvas::new(400, 400);
        canvas.text((10, 10), Anchor::Left, Letters::Small, PALETTE.ink, "</text><a b='c' d=\"e\">&");
        let svg = file(&canvas, Theme::Light);
        assert!(svg.contains(">&lt;/text&gt;&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;</text>"), "{svg}");
    }
}

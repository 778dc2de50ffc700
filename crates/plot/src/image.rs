//! Pictures as files: SVG and PNG.

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::Color as _;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, TextStyle};

use crate::canvas::{Anchor, Canvas, Shape, Text};
use crate::font;
use crate::theme::Color;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Scalable Vector Graphics. No font inside; names one.
    Svg,
    /// Portable Network Graphics, 8 bits a colour.
    Png,
}

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The drawing library failed.
    #[error("cannot draw: {0}")]
    Draw(String),
    /// The PNG could not be written.
    #[error("cannot encode the PNG: {0}")]
    Png(#[from] png::EncodingError),
}

/// The bytes of a file with this picture.
///
/// # Errors
/// [`Error`]; none is known that a canvas can cause.
pub fn encode(canvas: &Canvas, format: Format) -> Result<Vec<u8>, Error> {
    match format {
        Format::Svg => svg(canvas),
        Format::Png => png(canvas),
    }
}

fn svg(canvas: &Canvas) -> Result<Vec<u8>, Error> {
    let mut text = String::new();
    let mut backend = SVGBackend::with_string(&mut text, (canvas.width as u32, canvas.height as u32));
    draw(canvas, &mut backend, false)?;
    drop(backend);
    Ok(text.into_bytes())
}

fn png(canvas: &Canvas) -> Result<Vec<u8>, Error> {
    let (width, height) = (canvas.width as u32, canvas.height as u32);
    let mut pixels = vec![0; canvas.width as usize * canvas.height as usize * 3];
    let mut backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
    draw(canvas, &mut backend, true)?;
    drop(backend);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// With `pixels`, bars are drawn one by one and letters by their pixels.
fn draw<B: DrawingBackend>(canvas: &Canvas, backend: &mut B, pixels: bool) -> Result<(), Error> {
    for shape in &canvas.shapes {
        match shape {
            Shape::Rect { area, color } => {
                let (from, to) = ((area.x, area.y), (area.right(), area.bottom()));
                backend.draw_rect(from, to, &rgb(*color), true).map_err(failed)?;
            }
            Shape::Line { points, width, color } => {
                let style = rgb(*color).stroke_width(*width);
                backend.draw_path(points.iter().copied(), &style).map_err(failed)?;
            }
            Shape::Polygon { points, color } => {
                backend.fill_polygon(points.iter().copied(), &rgb(*color)).map_err(failed)?;
            }
            Shape::Bars { x, base, heights, color } => {
                draw_bars((*x, *base), heights, rgb(*color), backend, pixels)?;
            }
            Shape::Text(text) if pixels => draw_letters(text, backend)?,
            Shape::Text(text) => draw_text(text, backend)?,
        }
    }
    backend.present().map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Draw(error.to_string())
}

fn rgb(color: Color) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
}

fn draw_bars<B: DrawingBackend>(
    (x, base): (i32, i32),
    heights: &[i32],
    color: RGBColor,
    backend: &mut B,
    one_by_one: bool,
) -> Result<(), Error> {
    let mut at = 0;
    for run in heights.chunk_by(|a, b| a.signum() == b.signum()) {
        let left = x + at as i32;
        at += run.len();
        if run[0] == 0 {
            continue;
        }
        let mut outline = vec![(left, base)];
        let mut column = left;
        for level in run.chunk_by(|a, b| a == b) {
            let right = column + level.len() as i32;
            if one_by_one {
                backend.draw_rect((column, base - level[0]), (right, base), &color, true).map_err(failed)?;
            } else {
                outline.extend([(column, base - level[0]), (right, base - level[0])]);
            }
            column = right;
        }
        if !one_by_one {
            outline.push((column, base));
            backend.fill_polygon(outline, &color).map_err(failed)?;
        }
    }
    Ok(())
}

/// The library draws glyphs without what they keep free on their left, so this is done here.
fn draw_letters<B: DrawingBackend>(text: &Text, backend: &mut B) -> Result<(), Error> {
    let length = text.text.chars().count() as i32 * text.advance;
    let start = match text.anchor {
        Anchor::Left => 0,
        Anchor::Middle => -length / 2,
        Anchor::Right => -length,
    };
    let drop = (font::ems(text.advance) * font::HALF_CAPITAL).round() as i32;
    let (color, mut result) = (rgb(text.color), Ok(()));
    font::rasterise(&text.text, text.advance, |x, y, share| {
        let (along, down) = (start + x, drop + y);
        let at = if text.upwards { (text.x + down, text.y - along) } else { (text.x + along, text.y + down) };
        let color = color.mix(f64::from(share.clamp(0.0, 1.0))).to_backend_color();
        if result.is_ok() {
            result = backend.draw_pixel(at, color).map_err(failed);
        }
    });
    result
}

fn draw_text<B: DrawingBackend>(text: &Text, backend: &mut B) -> Result<(), Error> {
    let em = font::ems(text.advance);
    // The library puts the baseline half the height of an x (0.547 ems) below.
    let drop = (em * (font::HALF_CAPITAL - 0.547 / 2.0)).round() as i32;
    let h_pos = match text.anchor {
        Anchor::Left => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    let (turn, x, y) = match text.upwards {
        true => (FontTransform::Rotate270, text.x + drop, text.y),
        false => (FontTransform::None, text.x, text.y + drop),
    };
    // It takes 1.24 for one em.
    let font = FontDesc::new(FontFamily::Name(font::FAMILY), em * 1.24, FontStyle::Normal);
    let color = rgb(text.color);
    let style = TextStyle::from(font.transform(turn)).color(&color).pos(Pos::new(h_pos, VPos::Center));
    backend.draw_text(&text.text, &style, (x, y)).map_err(failed)
}

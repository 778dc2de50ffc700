//! Pictures as files: SVG and PNG.

use std::collections::BTreeMap;

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{Color as _, RGBColor};

use crate::canvas::{Anchor, Canvas, Shape, Text};
use crate::palette::{Color, Rgb, Theme};
use crate::svg;
use crate::{curve, font};

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
pub fn encode(canvas: &Canvas, format: Format, theme: Theme) -> Result<Vec<u8>, Error> {
    match format {
        Format::Svg => Ok(svg::file(canvas, theme).into_bytes()),
        Format::Png => png(canvas, theme),
    }
}

fn png(canvas: &Canvas, theme: Theme) -> Result<Vec<u8>, Error> {
    let (width, height) = (canvas.width as u32, canvas.height as u32);
    let mut pixels = vec![0; canvas.width as usize * canvas.height as usize * 3];
    let mut backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
    canvas.shapes.iter().try_for_each(|shape| draw(shape, theme, &mut backend))?;
    backend.present().map_err(failed)?;
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

fn draw<B: DrawingBackend>(shape: &Shape, theme: Theme, backend: &mut B) -> Result<(), Error> {
    let rgb = |color: Color| {
        let Rgb(r, g, b) = color.on(theme);
        RGBColor(r, g, b)
    };
    match shape {
        Shape::Rect { area, color } => {
            let (from, to) = ((area.x, area.y), (area.right(), area.bottom()));
            backend.draw_rect(from, to, &rgb(*color), true).map_err(failed)
        }
        Shape::Line { points, width, color } => {
            let style = rgb(*color).stroke_width(*width);
            backend.draw_path(points.iter().copied(), &style).map_err(failed)
        }
        Shape::Curve { pieces, width, color } => draw_curve(pieces, *width, rgb(*color), backend),
        Shape::Polygon { points, color } => {
            backend.fill_polygon(points.iter().copied(), &rgb(*color)).map_err(failed)
        }
        Shape::Bars { x, base, heights, color } => draw_bars((*x, *base), heights, rgb(*color), backend),
        Shape::Text(text) => draw_letters(text, rgb(text.color), backend),
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Draw(error.to_string())
}

/// Bars of one height side by side at once.
fn draw_bars<B: DrawingBackend>(
    (mut x, base): (i32, i32),
    heights: &[i32],
    color: RGBColor,
    backend: &mut B,
) -> Result<(), Error> {
    for run in heights.chunk_by(|a, b| a == b) {
        let right = x + run.len() as i32;
        if run[0] != 0 {
            backend.draw_rect((x, base - run[0]), (right, base), &color, true).map_err(failed)?;
        }
        x = right;
    }
    Ok(())
}

/// The library's lines go from pixel to pixel, which shows in curves, so that each pixel gets here the part that is
/// covered.
fn draw_curve<B: DrawingBackend>(
    pieces: &[[(i32, i32); 4]],
    width: u32,
    color: RGBColor,
    backend: &mut B,
) -> Result<(), Error> {
    let reach = f64::from(width) / 2.0 + 0.5;
    let mut covered: BTreeMap<(i32, i32), f64> = BTreeMap::new();
    for pair in curve::points(pieces).windows(2) {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        let (dx, dy) = (x1 - x0, y1 - y0);
        let squared = (dx * dx + dy * dy).max(1e-9);
        let whole = |low: f64, high: f64| (low - reach).floor() as i32..=(high + reach).ceil() as i32;
        for x in whole(x0.min(x1), x0.max(x1)) {
            for y in whole(y0.min(y1), y0.max(y1)) {
                // The middle of a pixel lies half a pixel further.
                let (px, py) = (f64::from(x) + 0.5 - x0, f64::from(y) + 0.5 - y0);
                let along = ((px * dx + py * dy) / squared).clamp(0.0, 1.0);
                let share = (reach - (px - along * dx).hypot(py - along * dy)).clamp(0.0, 1.0);
                let most = covered.entry((x, y)).or_default();
                *most = most.max(share);
            }
        }
    }
    for (at, share) in covered.into_iter().filter(|(_, share)| *share > 0.0) {
        backend.draw_pixel(at, color.mix(share).to_backend_color()).map_err(failed)?;
    }
    Ok(())
}

/// The library draws glyphs without what they keep free on their left, so this is done here.
fn draw_letters<B: DrawingBackend>(text: &Text, color: RGBColor, backend: &mut B) -> Result<(), Error> {
    let length = text.text.chars().count() as i32 * text.advance;
    let start = match text.anchor {
        Anchor::Left => 0,
        Anchor::Middle => -length / 2,
        Anchor::Right => -length,
    };
    let drop = (font::ems(text.advance) * font::HALF_CAPITAL).round() as i32;
    let mut result = Ok(());
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

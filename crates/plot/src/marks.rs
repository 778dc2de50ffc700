//! Markers and losses on a time axis.

use crate::canvas::{Anchor, Area, Canvas, Letters, Shape};
use crate::events::Events;
use crate::figure::Key;
use crate::font::shorten;
use crate::palette::PALETTE;
use crate::time_axis::TimeAxis;

/// Rows of letters for the texts of markers.
const ROWS: i32 = 3;
/// Longest text.
const LONGEST: usize = 28;
/// Longest text where it is pointed at.
const TOLD: usize = 200;

/// Pixels above the data that [`marks`] needs.
pub(crate) fn height(canvas: &Canvas, events: &Events) -> i32 {
    let rows = ROWS.min(events.markers.len() as i32);
    let below = if events.losses.is_empty() { 3.0 } else { 9.0 };
    canvas.line_height(Letters::Small) * rows + canvas.px(below)
}

/// What they are in a legend.
pub(crate) fn keys(events: &Events) -> impl Iterator<Item = (Key, String)> {
    let marker = (!events.markers.is_empty()).then(|| (Key::Dashes(PALETTE.marker), "marker".to_owned()));
    let lost = (!events.losses.is_empty()).then(|| (Key::Square(PALETTE.lost), "events lost".to_owned()));
    marker.into_iter().chain(lost)
}

/// Draws markers and losses down to `bottom`, the markers' texts into the rows of `top` where they fit.
pub(crate) fn marks(canvas: &mut Canvas, axis: &mut TimeAxis, events: &Events, top: Area, bottom: i32) {
    losses(canvas, axis, events, top.bottom(), bottom);
    let (line, gap) = (canvas.line_height(Letters::Small), canvas.px(4.0));
    let mut free = vec![i32::MIN; (top.h / line) as usize];
    let mut labels = Vec::new();
    let mut drawn = None;
    for (time, text) in &events.markers {
        let Some(x) = axis.x_near(*time) else { continue };
        let words = shorten(text, LONGEST);
        let length = canvas.text_width(&words, Letters::Small);
        let flips = x + gap + length > canvas.width - gap;
        let start = if flips { x - gap - length } else { x + gap };
        let row = free.iter().position(|&end| end <= start);
        if row.is_some() || drawn != Some(x) {
            let from = row.map_or(top.bottom(), |row| top.y + row as i32 * line);
            canvas.dashed(x, from, bottom, PALETTE.marker);
            canvas.hover(
                Area::new(x - gap, from, 2 * gap, bottom - from),
                format!("marker: {}", shorten(text, TOLD)),
            );
            drawn = Some(x);
        }
        if let Some(row) = row {
            let area = Area::new(start, top.y + row as i32 * line, length, line);
            canvas.hover(area, format!("marker: {}", shorten(text, TOLD)));
            labels.push((start, top.y + row as i32 * line, length, words));
            free[row] = start.max(x) + length.max(gap) + 2 * gap;
        }
    }
    // Over the lines of other markers.
    for (x, y, length, words) in labels {
        canvas.rect(Area::new(x - 1, y, length + 2, line), PALETTE.background);
        canvas.text((x, y + line / 2), Anchor::Left, Letters::Small, PALETTE.marker, &words);
    }
}

fn losses(canvas: &mut Canvas, axis: &mut TimeAxis, events: &Events, top: i32, bottom: i32) {
    let (d, mut drawn) = (canvas.px(4.0), None);
    for &time in &events.losses {
        let Some(x) = axis.x_near(time).filter(|x| drawn != Some(*x)) else { continue };
        drawn = Some(x);
        canvas.vertical(x, top, bottom, 1, PALETTE.lost);
        let points = vec![(x - d, top - d), (x + d, top - d), (x, top + d)];
        canvas.shapes.push(Shape::Polygon { points, color: PALETTE.lost });
    }
}

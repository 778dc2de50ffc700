//! Markers and losses on a time axis.

use crate::canvas::{Anchor, Area, Canvas, Letters, Shape};
use crate::events::Events;
use crate::figure::Key;
use crate::font::shorten;
use crate::palette::PALETTE;
use crate::time_axis::TimeAxis;

/// Rows of letters for the texts of markers.
const ROWS: i32 = 3;
/// Longest text of a marker on the picture.
const LONGEST: usize = 28;
/// Longest text of a marker where it is pointed at.
const TOLD: usize = 200;

/// Pixels above the data that [`marks`] needs.
pub(crate) fn height(canvas: &Canvas, axis: &mut TimeAxis, events: &Events) -> i32 {
    let places = places(canvas, axis, events, ROWS as usize);
    rows_height(
        canvas,
        places.iter().filter_map(|place| place.row).max().map_or(0, |row| row as i32 + 1),
        events,
    )
}

/// The height at most that [`height`] gives.
pub(crate) fn most_height(canvas: &Canvas, events: &Events) -> i32 {
    rows_height(canvas, ROWS.min(events.markers.len() as i32), events)
}

fn rows_height(canvas: &Canvas, rows: i32, events: &Events) -> i32 {
    let below = if events.losses.is_empty() { 3.0 } else { 9.0 };
    canvas.line_height(Letters::Small) * rows + canvas.px(below)
}

/// A marker on the axis.
struct Place<'a> {
    x: i32,
    /// The marker's words, where they begin, their length, and the row where they have room.
    words: String,
    start: i32,
    length: i32,
    row: Option<usize>,
    text: &'a str,
}

/// The markers that the axis shows, their words in the first of `rows` rows that is free.
fn places<'a>(canvas: &Canvas, axis: &mut TimeAxis, events: &'a Events, rows: usize) -> Vec<Place<'a>> {
    let gap = canvas.px(4.0);
    let mut free = vec![i32::MIN; rows];
    let place = |(time, text): &'a (u64, String)| {
        let x = axis.x_near(*time)?;
        let words = shorten(text, LONGEST);
        let length = canvas.text_width(&words, Letters::Small);
        let flips = x + gap + length > canvas.width - gap;
        let start = if flips { x - gap - length } else { x + gap };
        let row = free.iter().position(|&end| end <= start);
        if let Some(row) = row {
            free[row] = start.max(x) + length.max(gap) + 2 * gap;
        }
        Some(Place { x, words, start, length, row, text })
    };
    events.markers.iter().filter_map(place).collect()
}

/// The marks of markers and losses in a legend.
pub(crate) fn keys(events: &Events) -> impl Iterator<Item = (Key, String)> {
    let marker = (!events.markers.is_empty()).then(|| (Key::Dashes(PALETTE.marker), "marker".to_owned()));
    let lost = (!events.losses.is_empty()).then(|| (Key::Square(PALETTE.lost), "events lost".to_owned()));
    marker.into_iter().chain(lost)
}

/// Draws markers and losses down to `bottom`, the markers' texts into the rows of `top` where they fit.
pub(crate) fn marks(canvas: &mut Canvas, axis: &mut TimeAxis, events: &Events, top: Area, bottom: i32) {
    losses(canvas, axis, events, top.bottom(), bottom);
    let (line, gap) = (canvas.line_height(Letters::Small), canvas.px(4.0));
    let (mut labels, mut drawn) = (Vec::new(), None);
    for Place { x, words, start, length, row, text } in places(canvas, axis, events, (top.h / line) as usize)
    {
        let told = format!("marker: {}", shorten(text, TOLD));
        if row.is_some() || drawn != Some(x) {
            let from = row.map_or(top.bottom(), |row| top.y + row as i32 * line);
            canvas.dashed(x, from, bottom, PALETTE.marker);
            canvas.hover(Area::new(x - gap, from, 2 * gap, bottom - from), told.clone());
            drawn = Some(x);
        }
        if let Some(row) = row {
            let y = top.y + row as i32 * line;
            canvas.hover(Area::new(start, y, length, line), told);
            labels.push((start, y, length, words));
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

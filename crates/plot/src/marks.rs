//! Markers and losses on a time axis.

use crate::canvas::{Anchor, Area, Canvas, Letters, Shape};
use crate::events::{Events, Outside};
use crate::figure::Key;
use crate::font::shorten;
use crate::palette::PALETTE;
use crate::time_axis::{Position, TimeAxis};
use mmio_report::numbers::{grouped, seconds};

/// Rows of letters for the texts of markers.
const ROWS: i32 = 3;
/// Longest text of a marker on the picture.
const LONGEST: usize = 28;
/// Longest text of a marker where it is pointed at.
const TOLD: usize = 200;

/// Pixels above the data that [`marks`] needs.
pub(crate) fn height(canvas: &Canvas, axis: &mut TimeAxis, events: &Events) -> i32 {
    let placed = Placed::new(canvas, axis, events, ROWS as usize);
    let used = placed.inside.iter().filter_map(|place| place.row);
    let used = used.chain(placed.outside.iter().map(|label| label.row)).max();
    rows_height(canvas, used.map_or(0, |row| row as i32 + 1), events)
}

/// The height at most that [`height`] gives.
pub(crate) fn most_height(canvas: &Canvas, events: &Events) -> i32 {
    let markers = events.markers.len() as u64 + events.before.count.min(1) + events.after.count.min(1);
    rows_height(canvas, ROWS.min(markers as i32), events)
}

fn rows_height(canvas: &Canvas, rows: i32, events: &Events) -> i32 {
    let below = if events.losses.is_empty() { 3.0 } else { 9.0 };
    canvas.line_height(Letters::Small) * rows + canvas.px(below)
}

/// Words in a row above the data.
struct Label {
    words: String,
    /// First column of the words, and how many there are.
    start: i32,
    length: i32,
    row: usize,
    /// Where a triangle points to that says that the marker is not in the picture: left or right.
    points: Option<Side>,
    /// What is said where it is pointed at.
    told: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A marker on the axis.
struct Place {
    x: i32,
    row: Option<usize>,
    told: String,
}

/// The markers as a picture has them.
struct Placed {
    /// Those on the axis.
    inside: Vec<Place>,
    /// Their words, where these have room.
    labels: Vec<Label>,
    /// What is before and after the times that are shown: the nearest marker, and how many more.
    outside: Vec<Label>,
}

impl Placed {
    /// Places the words in the first of `rows` rows that is free.
    fn new(canvas: &Canvas, axis: &mut TimeAxis, events: &Events, rows: usize) -> Placed {
        let (left, right) = axis.ends();
        let mut room = Room { canvas, free: vec![i32::MIN; rows], ends: vec![i32::MAX; rows] };
        let mut placed = Placed { inside: Vec::new(), labels: Vec::new(), outside: Vec::new() };
        // What is outside comes first, so that it is never what has no room.
        placed.outside.extend(room.outside(Side::Left, &events.before, left));
        placed.outside.extend(room.outside(Side::Right, &events.after, right));
        for (time, text) in &events.markers {
            let Position::At(x) = axis.position(*time) else { continue };
            let told = format!("marker at {} s: {}", seconds(*time), shorten(text, TOLD));
            let label = room.inside(x, text, &told);
            placed.inside.push(Place { x, row: label.as_ref().map(|label| label.row), told });
            placed.labels.extend(label);
        }
        placed
    }
}

/// What is free of the rows above the data.
struct Room<'a> {
    canvas: &'a Canvas,
    /// The first column of each row that is free, and the first one after these.
    free: Vec<i32>,
    ends: Vec<i32>,
}

impl Room<'_> {
    /// Words beside column `x`.
    fn inside(&mut self, x: i32, text: &str, told: &str) -> Option<Label> {
        let gap = self.canvas.px(4.0);
        let words = shorten(text, LONGEST);
        let length = self.canvas.text_width(&words, Letters::Small);
        let flips = x + gap + length > self.canvas.width - gap;
        let start = if flips { x - gap - length } else { x + gap };
        let fits = |(&free, &end): (&i32, &i32)| free <= start && start + length <= end;
        let row = self.free.iter().zip(&self.ends).position(fits)?;
        self.free[row] = start.max(x) + length.max(gap) + 2 * gap;
        Some(Label { words, start, length, row, points: None, told: told.to_owned() })
    }

    /// Words at the end of the axis, column `edge`, for the markers that are not in the picture on this side.
    fn outside(&mut self, side: Side, markers: &Outside, edge: i32) -> Option<Label> {
        let Outside { nearest, count } = markers;
        let (time, text) = nearest.as_ref()?;
        let (canvas, gap) = (self.canvas, self.canvas.px(4.0));
        let more = if *count > 1 { format!(" +{}", grouped(count - 1)) } else { String::new() };
        let words = format!("{}{more}", shorten(text, LONGEST));
        let length = triangle(canvas) + canvas.text_width(&words, Letters::Small);
        let start = if side == Side::Left { edge } else { (edge - length).max(0) };
        let row = self.free.iter().position(|&free| free <= start)?;
        match side {
            Side::Left => self.free[row] = start + length + 2 * gap,
            Side::Right => self.ends[row] = start - gap,
        }
        let where_it_is = if side == Side::Left { "before" } else { "after" };
        let (time, text) = (seconds(*time), shorten(text, TOLD));
        let told = match count {
            1 => format!("marker {where_it_is} all of this, at {time} s: {text}"),
            n => {
                format!("{} markers {where_it_is} all of this, the nearest at {time} s: {text}", grouped(*n))
            }
        };
        Some(Label { words, start, length, row, points: Some(side), told })
    }
}

/// Columns of the triangle before the words of a marker that is not in the picture.
fn triangle(canvas: &Canvas) -> i32 {
    canvas.px(10.0)
}

/// The marks of markers and losses in a legend.
pub(crate) fn keys(events: &Events) -> impl Iterator<Item = (Key, String)> {
    let marker = events.has_markers().then(|| (Key::Dashes(PALETTE.marker), "marker".to_owned()));
    let lost = (!events.losses.is_empty()).then(|| (Key::Square(PALETTE.lost), "events lost".to_owned()));
    marker.into_iter().chain(lost)
}

/// Draws markers and losses down to `bottom`, the markers' texts into the rows of `top` where they fit.
pub(crate) fn marks(canvas: &mut Canvas, axis: &mut TimeAxis, events: &Events, top: Area, bottom: i32) {
    losses(canvas, axis, events, top.bottom(), bottom);
    let (line, gap) = (canvas.line_height(Letters::Small), canvas.px(4.0));
    let Placed { inside, labels, outside } = Placed::new(canvas, axis, events, (top.h / line) as usize);
    let mut drawn = None;
    for Place { x, row, told } in inside {
        if row.is_none() && drawn == Some(x) {
            continue;
        }
        let from = row.map_or(top.bottom(), |row| top.y + row as i32 * line);
        canvas.dashed(x, from, bottom, PALETTE.marker);
        if axis.is_gap(x) {
            // The axis has no ticks there.
            canvas.vertical(x, bottom, bottom + gap, canvas.px(1.0), PALETTE.marker);
        }
        canvas.hover(Area::new(x - gap, from, 2 * gap, bottom - from), told);
        drawn = Some(x);
    }
    // Over the lines of other markers.
    for Label { words, start, length, row, points, told } in labels.into_iter().chain(outside) {
        let y = top.y + row as i32 * line;
        canvas.rect(Area::new(start - 1, y, length + 2, line), PALETTE.background);
        canvas.hover(Area::new(start, y, length, line), told);
        let mut x = start;
        if let Some(side) = points {
            let (near, far) = (x + canvas.px(1.0), x + canvas.px(6.0));
            let (tip, back) = if side == Side::Left { (near, far) } else { (far, near) };
            let (middle, half) = (y + line / 2, canvas.px(3.0));
            let points = vec![(tip, middle), (back, middle - half), (back, middle + half)];
            canvas.shapes.push(Shape::Polygon { points, color: PALETTE.marker });
            x += triangle(canvas);
        }
        canvas.text((x, y + line / 2), Anchor::Left, Letters::Small, PALETTE.marker, &words);
    }
}

fn losses(canvas: &mut Canvas, axis: &mut TimeAxis, events: &Events, top: i32, bottom: i32) {
    let (d, mut drawn) = (canvas.px(4.0), None);
    for &time in &events.losses {
        // Those of other times are in the footer.
        let Position::At(x) = axis.position(time) else { continue };
        if drawn == Some(x) {
            continue;
        }
        drawn = Some(x);
        canvas.vertical(x, top, bottom, 1, PALETTE.lost);
        let points = vec![(x - d, top - d), (x + d, top - d), (x, top + d)];
        canvas.shapes.push(Shape::Polygon { points, color: PALETTE.lost });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overview::Activity;

    const SECOND: u64 = 1_000_000_000;

    /// Two bursts, at one and at six seconds, and what is between them cut.
    fn axis(canvas: &Canvas) -> TimeAxis {
        let mut activity = Activity::default();
        (0..100).for_each(|i| activity.add(SECOND + i * 1000));
        (0..100).for_each(|i| activity.add(6 * SECOND + i * 1000));
        TimeAxis::new(&activity, canvas, 100, canvas.width - 20)
    }

    fn events(markers: &[(u64, &str)]) -> Events {
        let mut events = Events::within((SECOND, 6 * SECOND + 99_000));
        markers.iter().for_each(|(time, text)| events.marker(*time, text));
        events
    }

    #[test]
    fn markers_outside_have_no_line_and_say_how_many_they_are() {
        let canvas = Canvas::new(1200, 600);
        let (mut axis, ends) = (axis(&canvas), [100, 1180]);
        let all = [
            (0, "boot"),
            (5, "load"),
            (SECOND, "go"),
            (3 * SECOND, "pause"),
            (9 * SECOND, "end"),
            (9 * SECOND, "off"),
        ];
        let placed = Placed::new(&canvas, &mut axis, &events(&all), 3);
        let words: Vec<&str> =
            placed.labels.iter().chain(&placed.outside).map(|label| &*label.words).collect();
        assert_eq!(words, ["go", "pause", "load +1", "end +1"]);
        let [before, after] = &placed.outside[..] else { panic!() };
        assert_eq!([before.start, after.start + after.length], ends);
        let columns: Vec<i32> = placed.inside.iter().map(|place| place.x).collect();
        assert_eq!((columns.len(), columns[0], axis.is_gap(columns[1])), (2, 100, true));
        assert!(
            placed.outside[0].told.contains("2 markers before")
                && placed.inside[1].told.contains("at 3.000000 s")
        );
    }

    #[test]
    fn the_words_of_markers_do_not_overlap() {
        for width in [400, 1200, 3000] {
            let canvas = Canvas::new(width, 600);
            let mut axis = axis(&canvas);
            let long = "a marker whose text is longer than there is room for";
            let times = [0, SECOND, SECOND + 50_000, 3 * SECOND, 6 * SECOND, 6 * SECOND + 99_000, 7 * SECOND];
            let placed = Placed::new(&canvas, &mut axis, &events(&times.map(|time| (time, long))), 3);
            assert_eq!((placed.outside.len(), placed.inside.len()), (2, 5), "{width}");
            let mut spans: Vec<_> =
                placed.labels.iter().chain(&placed.outside).map(|l| (l.row, l.start, l.length)).collect();
            spans.sort_unstable();
            assert!(
                spans.windows(2).all(|w| w[0].0 < w[1].0 || w[0].1 + w[0].2 <= w[1].1),
                "{width}: {spans:?}"
            );
            assert!(
                spans.iter().all(|(_, start, length)| *start >= 0 && start + length <= width),
                "{width}: {spans:?}"
            );
        }
    }
}

//! Time from left to right, with the idle gaps cut out.
//!
//! All stretches that are left have the same scale, but for a few pixels that each gets at least.

use crate::canvas::{Anchor, Area, Canvas, Letters};
use crate::hover::Span;
use crate::overview::Activity;
use crate::palette::PALETTE;

/// A gap longer than this share of what is left of the time is cut.
const LONG: f64 = 0.1;
/// Most gaps that are cut.
const MOST_CUTS: usize = 6;

/// A stretch of time on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    /// Nanoseconds from the first to the last, both included.
    first: u64,
    last: u64,
    /// First column, and the first one after it.
    x0: i32,
    x1: i32,
}

/// Where something stands that is not an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Before the first time that is shown.
    Before,
    /// In this column, which may be in a gap.
    At(i32),
    /// After the last time that is shown.
    After,
}

/// Where each time stands.
#[derive(Clone, Debug)]
pub struct TimeAxis {
    segments: Vec<Segment>,
    /// Nanoseconds of a column.
    column: f64,
    /// The segment found last.
    hit: usize,
}

impl TimeAxis {
    /// An axis for the columns from `x0` to before `x1` that shows every span of `activity`, on the trace's clock. Without
    /// any activity it is empty.
    pub fn new(activity: &Activity, canvas: &Canvas, x0: i32, x1: i32) -> TimeAxis {
        let stretches = stretches(&activity.spans());
        let (gap, least) = (canvas.px(16.0), canvas.px(6.0));
        let count = stretches.len() as i32;
        let room = (x1 - x0 - (count - 1).max(0) * gap - count * least).max(1);
        let total: f64 = stretches.iter().map(|&(first, last)| (last - first) as f64).sum();
        let (mut segments, mut x, mut spent) = (Vec::new(), f64::from(x0), 0.0);
        for (first, last) in stretches {
            let length = (last - first) as f64;
            let share = if total > 0.0 { length / total } else { 1.0 / f64::from(count) };
            let start = x.round() as i32;
            x += f64::from(least) + share * f64::from(room);
            spent += length;
            segments.push(Segment { first, last, x0: start, x1: (x.round() as i32).max(start + 1) });
            x += f64::from(gap);
        }
        let column = (spent / f64::from(room)).max(f64::MIN_POSITIVE);
        TimeAxis { segments, column, hit: 0 }
    }

    /// Whether there is no time to show.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The column of `time`, if it is not in a gap or outside.
    #[inline]
    pub fn x(&mut self, time: u64) -> Option<i32> {
        let holds = |s: &Segment| s.first <= time && time <= s.last;
        if !self.segments.get(self.hit).is_some_and(holds) {
            let hit = self.segments.partition_point(|s| s.last < time);
            if !self.segments.get(hit).is_some_and(holds) {
                return None;
            }
            self.hit = hit;
        }
        let s = self.segments[self.hit];
        let share = (time - s.first) as f64 / (s.last - s.first).max(1) as f64;
        Some((s.x0 + (share * f64::from(s.x1 - s.x0)) as i32).min(s.x1 - 1))
    }

    /// Where `time` stands, in a gap as far from its ends as it is in time.
    pub fn position(&mut self, time: u64) -> Position {
        if let Some(x) = self.x(time) {
            return Position::At(x);
        }
        let next = self.segments.partition_point(|s| s.last < time);
        let Some(after) = self.segments.get(next) else { return Position::After };
        let Some(before) = next.checked_sub(1).map(|i| self.segments[i]) else { return Position::Before };
        let share = (time - before.last) as f64 / (after.first - before.last).max(1) as f64;
        Position::At((before.x1 + (share * f64::from(after.x0 - before.x1)) as i32).min(after.x0 - 1))
    }

    /// Whether column `x` lies in a gap.
    pub fn is_gap(&self, x: i32) -> bool {
        self.gaps().any(|(x0, x1, _)| (x0..x1).contains(&x))
    }

    /// The first column, and the first one after the last.
    pub fn ends(&self) -> (i32, i32) {
        let ends = self.segments.first().zip(self.segments.last());
        ends.map_or((0, 0), |(first, last)| (first.x0, last.x1))
    }

    /// Nanoseconds of a column.
    pub fn column(&self) -> f64 {
        self.column
    }

    /// Nanoseconds that are shown.
    pub fn shown(&self) -> u64 {
        self.segments.iter().fold(0, |sum, s| sum.saturating_add(s.last - s.first))
    }

    /// Nanoseconds from the first to the last time.
    pub fn length(&self) -> u64 {
        let ends = self.segments.first().zip(self.segments.last());
        ends.map_or(0, |(first, last)| last.last - first.first)
    }

    /// The first column of each stretch of time, and the first one after it.
    pub fn stretches(&self) -> impl Iterator<Item = (i32, i32)> {
        self.segments.iter().map(|s| (s.x0, s.x1))
    }

    /// The pixel columns between the segments, and how long each gap is.
    fn gaps(&self) -> impl Iterator<Item = (i32, i32, u64)> {
        self.segments.windows(2).map(|w| (w[0].x1, w[1].x0, w[1].first - w[0].last))
    }

    /// The stretches of time, as a page shows them.
    fn spans(&self) -> Vec<Span> {
        let span = |s: &Segment| Span { x: (s.x0, s.x1), time: (s.first, s.last) };
        self.segments.iter().map(span).collect()
    }

    /// Draws the panel that data goes to: stretches of time with ticks, and gaps with their length.
    pub fn draw_panel(&self, canvas: &mut Canvas, area: Area) {
        canvas.times = self.spans();
        for s in &self.segments {
            canvas.rect(Area::new(s.x0, area.y, s.x1 - s.x0, area.h), PALETTE.panel);
        }
        for (x, _) in self.ticks(canvas) {
            canvas.vertical(x, area.y, area.bottom(), 1, PALETTE.grid);
        }
    }

    /// Writes the length of each gap into it, where it fits into `area`.
    pub fn draw_gaps(&self, canvas: &mut Canvas, area: Area) {
        for (x0, x1, length) in self.gaps() {
            let words = format!("{} idle", duration(length));
            let middle = (x0 + x1) / 2;
            if canvas.text_width(&words, Letters::Small) <= area.h {
                let place = (middle, area.y + area.h / 2);
                canvas.upwards(place, Anchor::Middle, Letters::Small, PALETTE.muted, &words);
            }
        }
    }

    /// Draws ticks and their times below `y`, left of `bound`, and what they are in. Takes [`TimeAxis::height`] rows.
    pub fn draw(&self, canvas: &mut Canvas, y: i32, bound: i32) {
        let ticks = self.ticks(canvas);
        let row = y + canvas.px(5.0) + canvas.line_height(Letters::Small) / 2;
        let (mut free, bound) = (0, bound - canvas.px(4.0));
        for s in &self.segments {
            canvas.horizontal(s.x0, s.x1, y, 1, PALETTE.muted);
        }
        for (x, _, _) in self.gaps().map(|(a, b, c)| ((a + b) / 2, b, c)) {
            let (d, h) = (canvas.px(2.0), canvas.px(4.0));
            for side in [-d, d] {
                let points = vec![(x + side - d / 2 - 1, y + h), (x + side + d / 2 + 1, y - h)];
                canvas.shapes.push(crate::canvas::Shape::Line { points, width: 1, color: PALETTE.muted });
            }
        }
        for (x, label) in ticks {
            canvas.vertical(x, y, y + canvas.px(4.0), 1, PALETTE.muted);
            let half = canvas.text_width(&label, Letters::Small) / 2 + 1;
            let middle = x.clamp(half, (bound - half).max(half));
            if middle - half >= free {
                canvas.text((middle, row), Anchor::Middle, Letters::Small, PALETTE.ink, &label);
                free = middle + half + canvas.advance(Letters::Small);
            }
        }
        if let Some((first, last)) = self.segments.first().zip(self.segments.last()) {
            let words = "seconds of the trace's clock";
            let place = ((first.x0 + last.x1) / 2, row + canvas.line_height(Letters::Small));
            canvas.text(place, Anchor::Middle, Letters::Small, PALETTE.muted, words);
        }
    }

    /// Rows that [`TimeAxis::draw`] takes.
    pub fn height(canvas: &Canvas) -> i32 {
        canvas.px(8.0) + 2 * canvas.line_height(Letters::Small)
    }

    /// Columns and texts of round times, as `--time` takes them; where a stretch has none, its beginning.
    fn ticks(&self, canvas: &Canvas) -> Vec<(i32, String)> {
        let (step, decimals) = self.step(canvas);
        let mut ticks = Vec::new();
        for s in &self.segments {
            let before = ticks.len();
            let mut next = s.first.div_ceil(step).checked_mul(step);
            while let Some(time) = next.filter(|time| *time <= s.last) {
                let share = (time - s.first) as f64 / (s.last - s.first).max(1) as f64;
                ticks.push((s.x0 + (share * f64::from(s.x1 - s.x0 - 1)) as i32, decimal(time, decimals)));
                next = time.checked_add(step);
            }
            if ticks.len() == before {
                ticks.push((s.x0, decimal(s.first, decimals)));
            }
        }
        ticks
    }

    /// Nanoseconds from one tick to the next, and the decimals of seconds that tell them apart.
    fn step(&self, canvas: &Canvas) -> (u64, usize) {
        let end = self.segments.last().map_or(0, |s| s.last) / SECOND;
        let digits = end.max(1).ilog10() as usize + 1;
        let step = |decimals: usize| {
            let letters = (digits + decimals + 4) as i32;
            round_up((self.column * f64::from(letters * canvas.advance(Letters::Small))).max(1.0))
        };
        // More decimals take more room, and then fewer may do.
        let fits = |&(step, decimals): &(u64, usize)| decimals_of(step) <= decimals;
        let all = (0..=DECIMALS).map(|decimals| (step(decimals), decimals));
        all.into_iter().find(fits).unwrap_or((step(DECIMALS), DECIMALS))
    }
}

/// Nanoseconds of a second, and the decimals that they are.
const SECOND: u64 = 1_000_000_000;
const DECIMALS: usize = 9;

/// Decimals of seconds that multiples of `step` nanoseconds have.
fn decimals_of(step: u64) -> usize {
    DECIMALS - (step.max(1).ilog10() as usize).min(DECIMALS)
}

/// Joins spans, but for the longest gaps between them.
fn stretches(spans: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let Some((first, last)) = spans.first().zip(spans.last()) else { return Vec::new() };
    let mut left = (last.1 - first.0) as f64;
    let mut gaps: Vec<(u64, usize)> = spans.windows(2).map(|w| w[1].0 - w[0].1).zip(1..).collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    let mut cuts = Vec::new();
    for &(gap, place) in gaps.iter().take(MOST_CUTS) {
        if gap as f64 <= LONG * left {
            break;
        }
        left -= gap as f64;
        cuts.push(place);
    }
    cuts.sort_unstable();
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([spans.len()]);
    starts.zip(ends).map(|(start, end)| (spans[start].0, spans[end - 1].1)).collect()
}

/// The next of 1, 2, 5, 10, … that is not less than `least`.
fn round_up(least: f64) -> u64 {
    let mut power = 1_u64;
    loop {
        for digit in [1, 2, 5] {
            let Some(step) = power.checked_mul(digit) else { return u64::MAX };
            if step as f64 >= least {
                return step;
            }
        }
        let Some(next) = power.checked_mul(10) else { return u64::MAX };
        power = next;
    }
}

/// `nanos` in seconds, cut to `decimals`, nine at most.
fn decimal(nanos: u64, decimals: usize) -> String {
    let (whole, rest) = (nanos / SECOND, nanos % SECOND);
    if decimals == 0 {
        return whole.to_string();
    }
    format!("{whole}.{}", &format!("{rest:09}")[..decimals])
}

/// A length of time in the unit that suits it: `12 ns`, `3.4 ms`, `57 s`, `2.1 h`.
pub fn duration(nanos: u64) -> String {
    let units = [(3.6e12, "h"), (1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let n = nanos as f64;
    let &(per, unit) = units.iter().find(|(per, _)| n >= *per).unwrap_or(&units[4]);
    let value = n / per;
    if value < 9.95 && per > 1.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(times: &[u64]) -> TimeAxis {
        let mut activity = Activity::default();
        times.iter().for_each(|&time| activity.add(time));
        TimeAxis::new(&activity, &Canvas::new(1200, 600), 100, 1100)
    }

    #[test]
    fn long_gaps_are_cut_and_columns_rise_with_time() {
        let times: Vec<u64> =
            (0..1000).map(|i| i * 1000).chain((0..1000).map(|i| 5_000_000_000 + i * 1000)).collect();
        let mut axis = axis(&times);
        assert_eq!(axis.segments.len(), 2);
        let columns: Vec<i32> = times.iter().map(|&t| axis.x(t).unwrap()).collect();
        assert!(columns.is_sorted());
        assert_eq!((columns[0], axis.segments[1].x1), (100, 1100));
        assert_eq!(axis.x(2_000_000_000), None);
        assert_eq!(axis.shown(), 2 * 999_000);
    }

    #[test]
    fn what_is_in_a_gap_stands_in_it_and_what_is_outside_is_not_at_the_edge() {
        let burst = |start: u64| (0..100).map(move |i| start + i * 10);
        let times: Vec<u64> = burst(SECOND).chain(burst(6 * SECOND)).collect();
        let mut axis = axis(&times);
        let (first, second) = (axis.segments[0], axis.segments[1]);
        let at = |axis: &mut TimeAxis, time: u64| match axis.position(time) {
            Position::At(x) => x,
            outside => panic!("{time}: {outside:?}"),
        };
        let places = [SECOND + 991, 3 * SECOND, 6 * SECOND - 1].map(|time| at(&mut axis, time));
        assert!(places.is_sorted() && places.iter().all(|x| (first.x1..second.x0).contains(x)), "{places:?}");
        assert!(places.iter().all(|&x| axis.is_gap(x)) && !axis.is_gap(first.x0) && places[0] < places[1]);
        assert_eq!([SECOND, 6 * SECOND].map(|time| at(&mut axis, time)), [first.x0, second.x0]);
        assert_eq!([0, SECOND - 1].map(|time| axis.position(time)), [Position::Before; 2]);
        assert_eq!([7 * SECOND, u64::MAX].map(|time| axis.position(time)), [Position::After; 2]);
        assert_eq!(
            TimeAxis::new(&Activity::default(), &Canvas::new(1200, 600), 0, 9).position(5),
            Position::After
        );
    }

    #[test]
    fn ticks_are_times_of_the_clock_and_differ() {
        for (start, length) in
            [(0, 3), (5 * SECOND, 400_000_000), (93_842_026_688_000, 5_000), (7 * SECOND, 90)]
        {
            let axis = axis(&[start, start + length / 3, start + length / 2, start + length]);
            let ticks = axis.ticks(&Canvas::new(1200, 600));
            assert!(ticks.len() > 2, "{ticks:?}");
            assert!(ticks.windows(2).all(|w| w[0].1 != w[1].1 && w[0].0 < w[1].0), "{ticks:?}");
            for (_, label) in &ticks {
                let (whole, rest) = label.split_once('.').unwrap_or((label, ""));
                let nanos =
                    whole.parse::<u64>().unwrap() * SECOND + format!("{rest:0<9}").parse::<u64>().unwrap();
                assert!((start..=start + length).contains(&nanos), "{label}");
            }
        }
    }

    #[test]
    fn any_times_have_columns_inside() {
        for times in [
            vec![0],
            vec![7; 5],
            vec![0, u64::MAX],
            vec![u64::MAX],
            vec![0, 1, 2, u64::MAX / 2, u64::MAX],
            vec![10, 5, 1 << 63, 3],
        ] {
            let mut axis = axis(&times);
            for &time in &times {
                let x = axis.x(time).unwrap();
                assert!((100..1100).contains(&x), "{times:?}: {x}");
            }
            assert!(axis.ticks(&Canvas::new(1200, 600)).len() < 200);
        }
        assert!(axis(&[]).is_empty());
    }

    #[test]
    fn times_are_spelled_with_the_decimals_they_need() {
        assert_eq!(decimal(5_026_688_000, decimals_of(10_000)), "5.02668");
        assert_eq!(decimal(5_000_000_000, decimals_of(20_000_000_000)), "5");
        assert_eq!(decimal(1_500, decimals_of(1)), "0.000001500");
        assert_eq!(
            [0, 999, 1_500, 57_000_000_000, u64::MAX].map(duration),
            ["0 ns", "999 ns", "1.5 µs", "57 s", "5124096 h"]
        );
    }
}

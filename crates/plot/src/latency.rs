//! How long a device takes to answer, and how long a driver polls: distributions on a common logarithmic axis.

use mmio_analyze::latency::{Report, Wait, latency as measure};
use mmio_format::{Devices, Result, Scope, Trace};
use mmio_report::numbers::{grouped, hex};

use crate::canvas::{Anchor, Area, Canvas, Letters, Shape};
use crate::figure::{self, Frame, Key, Picture, access_name, counted};
use crate::font::shorten;
use crate::overview::{BarId, Overview, title_of};
use crate::palette::{Color, PALETTE};
use crate::time_axis::duration;

/// Most pairs that are shown, and most polls.
const TOP: usize = 12;
/// Pixels of a row, and of what is free between two.
const ROW: f64 = 34.0;
const BETWEEN: f64 = 3.0;
/// Pixels between two powers of ten that leave room for others between them.
const FAR: f64 = 200.0;
/// Letters of the columns at the right where there is one for the counts.
const COUNTS: i32 = 31;

/// Draws the waits that are in `scope`.
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn latency(trace: &mut Trace, scope: &Scope, picture: &Picture) -> Result<Canvas> {
    let report = measure(trace, scope, TOP)?;
    let rows = report.answers.len() + report.polls.len();
    if rows == 0 {
        let bars = Overview::of(trace, scope)?.bars;
        if bars.is_empty() {
            return Ok(figure::empty(picture, TITLE, report.trace));
        }
        let title = title(bars.iter().map(|(bar, _)| *bar), trace.devices());
        let words = "nothing was awaited five times or more";
        return Ok(figure::empty_for(picture, &title, report.trace, words));
    }
    let legend = vec![
        (Key::Square(PALETTE.write), "from a write to the read that answers it".into()),
        (Key::Square(PALETTE.read), "from the first to the last read of a poll".into()),
        (
            Key::Nothing,
            "height: how often (log) · lines: median, 90 %, 99 % · max: of less than a hundred".into(),
        ),
    ];
    let (pairs, polls) = (report.answers.len() as u64, report.polls.len() as u64);
    let mut frame = Frame {
        title: title(bars(&report), trace.devices()),
        subtitle: format!("{}, {}", counted(pairs, "pair"), counted(polls, "poll")),
        legend,
        summary: report.trace,
        note: None,
    };
    let mut canvas = picture.canvas(190 + rows as i32 * ROW as i32);
    // What does not fit is named in the footer, which takes no room of its own.
    let room = frame.draw(&mut canvas.clone(), picture);
    let left_out =
        rows.saturating_sub(Drawing::new(&mut canvas.clone(), &report, trace.devices(), room).fitting());
    let clock = "percentiles to 1 %, no finer than the clock";
    frame.note = Some(match left_out {
        0 => clock.to_owned(),
        n => format!("{n} more do not fit · {clock}"),
    });
    let area = frame.draw(&mut canvas, picture);
    Drawing::new(&mut canvas, &report, trace.devices(), area).draw(&report);
    Ok(canvas)
}

const TITLE: &str = "How long answers take";

fn title(bars: impl IntoIterator<Item = BarId>, devices: &Devices) -> String {
    format!("{TITLE}: {}", title_of(bars, devices))
}

/// The BARs of all registers that are named.
fn bars(report: &Report) -> impl Iterator<Item = BarId> {
    let registers = report
        .answers
        .iter()
        .chain(&report.polls)
        .flat_map(|w| w.write.iter().map(|w| &w.register).chain([&w.read]));
    registers.map(|r| BarId { device: r.device, bar: r.bar() })
}

struct Drawing<'a> {
    canvas: &'a mut Canvas,
    /// Columns of the axis, all rows.
    data: Area,
    /// Powers of ten of nanoseconds at its ends.
    decades: (i32, i32),
    /// Whether rows name their device, and their BAR.
    several: bool,
    bars: bool,
    devices: &'a Devices,
    /// Whether counts have a column of their own.
    counts: bool,
    row: i32,
}

impl Drawing<'_> {
    fn new<'a>(canvas: &'a mut Canvas, report: &Report, devices: &'a Devices, area: Area) -> Drawing<'a> {
        let all = || report.answers.iter().chain(&report.polls);
        let min = all().map(|w| w.times.min).min().unwrap_or(1).max(100);
        let max = all().map(|w| w.times.max).max().unwrap_or(1).max(min + 1);
        let low = min.ilog10() as i32;
        let decades = (low, (max as f64).log10().ceil().max(f64::from(low + 1)) as i32);
        let several = all().any(|w| all().any(|o| o.read.device != w.read.device));
        let small = |n: i32| n * canvas.advance(Letters::Small);
        let line = canvas.line_height(Letters::Small);
        let (bottom, head) = (line * 2 + canvas.px(8.0), line);
        let height = area.h - bottom - head;
        let rows = (report.answers.len() + report.polls.len()).max(1) as i32;
        let row = (height / rows).min(canvas.px(3.0 * ROW)).max(line);
        // Rows of one line have no room for it below their name.
        let counts = row - canvas.px(BETWEEN) < 2 * line && small(COUNTS) <= area.w / 4;
        let bars = all().any(|w| all().any(|o| o.read.bar() != w.read.bar()));
        let letters = 26 + if several { 6 } else { 0 } + if bars && counts { 6 } else { 0 };
        let left = small(letters).min(area.w / 3);
        let right = if counts { small(COUNTS) } else { small(24).min(area.w / 4) };
        let data = Area::new(area.x + left, area.y + head, area.w - left - right, height);
        Drawing { canvas, data, decades, several, bars, devices, counts, row }
    }

    fn x(&self, nanos: f64) -> i32 {
        let (low, high) = (f64::from(self.decades.0), f64::from(self.decades.1));
        let share = ((nanos.max(1.0).log10() - low) / (high - low)).clamp(0.0, 1.0);
        self.data.x + (share * f64::from(self.data.w - 1)).round() as i32
    }

    /// Rows that there is room for.
    fn fitting(&self) -> usize {
        (self.data.h / self.row).max(1) as usize
    }

    fn draw(mut self, report: &Report) {
        let rows = self.fitting();
        let answers = report.answers.iter().map(|w| (w, PALETTE.write));
        let polls = report.polls.iter().map(|w| (w, PALETTE.read));
        let all: Vec<(&Wait, Color)> = answers.chain(polls).take(rows).collect();
        self.data.h = self.row * all.len() as i32;
        self.axis();
        for (i, (wait, color)) in (0..).zip(all) {
            let area = Area::new(
                self.data.x,
                self.data.y + i * self.row,
                self.data.w,
                self.row - self.canvas.px(BETWEEN),
            );
            self.wait(wait, color, area);
        }
    }

    fn axis(&mut self) {
        let line = self.canvas.line_height(Letters::Small);
        self.canvas.rect(self.data, PALETTE.panel);
        let y = self.data.bottom() + line / 2 + self.canvas.px(4.0);
        let mut free = 0;
        for nanos in self.ticks() {
            let x = self.x(nanos as f64);
            self.canvas.vertical(x, self.data.y, self.data.bottom() + self.canvas.px(4.0), 1, PALETTE.grid);
            let words = duration(nanos).replace(".0 ", " ");
            let half = self.canvas.text_width(&words, Letters::Small) / 2;
            if x - half >= free {
                self.canvas.text((x, y), Anchor::Middle, Letters::Small, PALETTE.ink, &words);
                free = x + half + self.canvas.advance(Letters::Small);
            }
        }
        let middle = (self.data.x + self.data.w / 2, y + line);
        self.canvas.text(middle, Anchor::Middle, Letters::Small, PALETTE.muted, "time (log)");
        let y = self.data.y - line / 2;
        self.columns(y, PALETTE.muted, ["times", "median", "99 %"]);
    }

    /// Powers of ten, and 2 and 5 of them where they are far apart.
    fn ticks(&self) -> Vec<u64> {
        let (low, high) = (self.decades.0.max(0) as u32, self.decades.1.max(0) as u32);
        let wide = self.data.w / (self.decades.1 - self.decades.0).max(1) >= self.canvas.px(FAR);
        let digits: &[u64] = if wide { &[1, 2, 5] } else { &[1] };
        let end = 10_u64.saturating_pow(high);
        let all = (low..=high)
            .flat_map(|d| digits.iter().map(move |n| 10_u64.saturating_pow(d).saturating_mul(*n)));
        all.filter(|nanos| *nanos <= end).collect()
    }

    fn wait(&mut self, wait: &Wait, color: Color, area: Area) {
        let mut columns = vec![0_u64; area.w.max(1) as usize];
        for (nanos, n) in wait.times.buckets() {
            columns[(self.x(nanos as f64) - area.x) as usize] += n;
        }
        let most = columns.iter().copied().max().unwrap_or(1).max(2) as f64;
        let full = f64::from(area.h - 2).max(2.0);
        let height = |&n: &u64| match n {
            0 => 0,
            n => (full * (0.2 + 0.8 * (n as f64).ln() / most.ln())).round() as i32,
        };
        // A bucket is wider than a column on a wide picture: it begins here and is drawn to the next one.
        let heights: Vec<i32> = columns.iter().map(height).collect();
        let wide = self.canvas.px(2.0);
        for shift in 0..wide {
            let heights = heights[..heights.len() - (shift as usize).min(heights.len())].to_vec();
            self.canvas.shapes.push(Shape::Bars { x: area.x + shift, base: area.bottom(), heights, color });
        }
        self.canvas.horizontal(area.x, area.right(), area.bottom(), 1, PALETTE.grid);
        let told = PERCENTILES.iter().filter(|percent| wait.times.has_beyond(**percent));
        for time in told.filter_map(|percent| wait.times.percentile(*percent)) {
            let x = self.x(time as f64);
            self.canvas.vertical(x, area.y, area.bottom(), self.canvas.px(1.0), PALETTE.ink);
        }
        self.words(wait, color, area);
    }

    fn words(&mut self, wait: &Wait, color: Color, area: Area) {
        let line = self.canvas.line_height(Letters::Small);
        let what = match &wait.write {
            Some(write) => {
                let values: Vec<String> = write.values.iter().map(|value| hex(*value)).collect();
                let values =
                    if values.is_empty() { String::new() } else { format!(" = {}", values.join("|")) };
                format!("{}{values} → {}", access_name('W', &write.register), access_name('R', &wait.read))
            }
            None => format!("poll {}", access_name('R', &wait.read)),
        };
        let whole = Area { x: 0, w: self.canvas.width, ..area };
        let place = BarId { device: wait.read.device, bar: wait.read.bar() }.name(self.devices);
        self.canvas.hover(whole, format!("{place} {what}: {}", told(wait)));
        let bar = self.bar(wait);
        let two = area.h >= 2 * line;
        let bar_here = bar.as_ref().filter(|_| self.bars && !two);
        let device_here = Some(&self.devices.get(wait.read.device).name).filter(|_| self.several);
        let parts = device_here.into_iter().chain(bar_here).chain([&what]);
        let what = parts.cloned().collect::<Vec<_>>().join(" ");
        let right = area.x - self.canvas.px(8.0);
        let room = self.canvas.fitting(right - self.canvas.px(4.0), Letters::Small);
        let middle = area.y + area.h / 2;
        let y = if two { middle - line / 2 } else { middle };
        self.canvas.text((right, y), Anchor::Right, Letters::Small, PALETTE.ink, &shorten(&what, room));
        if two {
            let never = (wait.never > 0).then(|| format!("{} never", grouped(wait.never)));
            let times = [counted(wait.times.count, "time")].into_iter().chain(never);
            let parts: Vec<String> = bar.into_iter().chain(times).collect();
            let count = parts.join(" · ");
            let place = (right, middle + line / 2);
            self.canvas.text(place, Anchor::Right, Letters::Small, color, &shorten(&count, room));
        }
        let words = [grouped(wait.times.count), percentile(wait, 50), percentile(wait, 99)];
        self.columns(middle, PALETTE.ink, words.each_ref().map(String::as_str));
    }

    /// The BAR of a wait as `bar 2`, if the device has BARs.
    fn bar(&self, wait: &Wait) -> Option<String> {
        let device = self.devices.get(wait.read.device);
        device.pci.as_ref().map(|_| format!("bar {}", wait.read.bar()))
    }

    /// Writes the columns at the right: how often, where that is one, and two percentiles.
    fn columns(&mut self, y: i32, color: Color, words: [&str; 3]) {
        let right = self.canvas.width - self.canvas.px(18.0);
        let letter = self.canvas.advance(Letters::Small);
        let places = [right - 20 * letter, right - 12 * letter, right];
        for (x, words) in places.into_iter().zip(words).skip(usize::from(!self.counts)) {
            self.canvas.text((x, y), Anchor::Right, Letters::Small, color, words);
        }
    }
}

/// The percentiles that are drawn as lines: median, 90 % and 99 %.
const PERCENTILES: [u64; 3] = [50, 90, 99];

/// The percentile, or where nothing lies beyond it, how long they take at most.
fn percentile(wait: &Wait, percent: u64) -> String {
    match wait.times.percentile(percent).filter(|_| wait.times.has_beyond(percent)) {
        Some(time) => duration(time),
        None => format!("max {}", duration(wait.times.max)),
    }
}

/// A wait in words: `1,234 times, 1.0 µs to 3.4 ms, median 2.0 µs, 90 % 2.1 µs, 99 % 10 µs, 3 never`.
fn told(wait: &Wait) -> String {
    let times = &wait.times;
    let [median, most, nearly_all] = PERCENTILES.map(|percent| percentile(wait, percent));
    let (count, min, max) = (counted(times.count, "time"), duration(times.min), duration(times.max));
    let never = if wait.never > 0 { format!(", {} never", grouped(wait.never)) } else { String::new() };
    format!("{count}, {min} to {max}, median {median}, 90 % {most}, 99 % {nearly_all}{never}")
}

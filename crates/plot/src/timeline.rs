//! Accesses over time: a lane for each BAR, reads upwards and writes downwards, and the rate of all below.

use mmio_format::{Access, DeviceId, Devices, RegisterId, Result, Scope, Trace};
use std::collections::HashMap;

use mmio_analyze::waits::{Wait, Waits, in_scope};
use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_report::numbers::grouped;
use mmio_report::waits;

use crate::canvas::{Anchor, Area, Canvas, Letters, Shape};
use crate::events::Events;
use crate::figure::{self, Frame, Key, Picture, counted};
use crate::font::shorten;
use crate::grid::short;
use crate::hover::Series;
use crate::marks::{self, marks};
use crate::overview::{BarId, Ops, Overview, title_of};
use crate::palette::{Color, PALETTE};
use crate::time_axis::{TimeAxis, duration};

/// Draws the accesses that are in `scope`.
///
/// # Errors
/// As [`walk`].
pub fn timeline(trace: &mut Trace, scope: &Scope, picture: &Picture) -> Result<Canvas> {
    let overview = Overview::of(trace, scope)?;
    let events = Events::of(trace, &scope.records, overview.activity.ends())?;
    let devices = trace.devices().clone();
    let lanes = overview.bars.len().min(MOST_LANES) as i32;
    if overview.bars.is_empty() {
        return Ok(figure::empty(picture, "Accesses over time", overview.summary));
    }
    let mut canvas = picture.canvas((250 + 104 * lanes).max(440));
    let mut frame = frame(&overview, &devices, &events);
    // The scale is known at the end; its words are at most as long as those of all accesses.
    frame.legend.push((Key::Nothing, height_words(overview.accesses(), overview.bars.len())));
    let area = frame.draw(&mut canvas.clone(), picture);
    let (left, right) = (area.x + canvas.px(150.0).min(area.w / 4), area.right() - canvas.px(8.0));
    let mut axis = TimeAxis::new(&overview.activity, &canvas, left, right);
    let marks = Area::new(left, area.y, right - left, marks::height(&canvas, &mut axis, &events));
    let layout = Layout::new(&canvas, area, marks, &overview, &devices);
    let mut columns = Columns::new(&layout, axis, canvas.px(1.0));
    walk(trace, scope, &mut columns)?;
    let Columns { axis, step, lanes, .. } = columns;
    let waits = in_scope(trace, scope)?;
    let most = lanes.iter().flatten().map(|ops| (ops.reads + ops.unknown).max(ops.writes)).max().unwrap_or(1);
    frame.legend.pop();
    if !waits.unmet.is_empty() {
        frame.legend.push((Key::Square(PALETTE.lost), "a wait in vain, cut or of unknown end".into()));
    }
    frame.legend.push((Key::Nothing, height_words(most, layout.lanes.len())));
    frame.draw(&mut canvas, picture);
    Drawing { canvas: &mut canvas, layout: &layout, axis, step }.draw(&lanes, most, &events, &waits);
    Ok(canvas)
}

/// Most lanes where no size was asked for.
const MOST_LANES: usize = 12;

fn frame(overview: &Overview, devices: &Devices, events: &Events) -> Frame {
    let length = overview.activity.length();
    let mut legend =
        vec![(Key::Square(PALETTE.read), "reads".into()), (Key::Square(PALETTE.write), "writes".into())];
    if overview.bars.iter().any(|(_, ops)| ops.unknown > 0) {
        legend.push((Key::Square(PALETTE.unknown), "not decoded".into()));
    }
    legend.extend(marks::keys(events));
    let title =
        format!("Accesses over time: {}", title_of(overview.bars.iter().map(|(bar, _)| *bar), devices));
    let subtitle = format!("{} in {}", counted(overview.accesses(), "access"), duration(length));
    Frame { title, subtitle, legend, summary: overview.summary, note: None }
}

/// What the height of a lane means, `most` at most.
fn height_words(most: u64, lanes: usize) -> String {
    let same = if lanes > 1 { ", the same in all lanes" } else { "" };
    format!("height: {}{same}", figure::scale_words(most, "column"))
}

/// Where the parts of the picture are.
struct Layout {
    /// Columns of the time axis, rows of all lanes.
    data: Area,
    /// Rows of the markers' texts.
    marks: Area,
    rate: Area,
    lanes: Vec<Lane>,
}

/// A BAR, or what is left of them.
struct Lane {
    bar: Option<BarId>,
    name: Vec<String>,
    ops: Ops,
    area: Area,
}

impl Layout {
    fn new(canvas: &Canvas, area: Area, marks: Area, overview: &Overview, devices: &Devices) -> Layout {
        let (left, right) = (marks.x, marks.right());
        let axis = TimeAxis::height(canvas);
        let free = area.bottom() - axis - marks.bottom();
        let rate_height = (free / 4).clamp(canvas.px(40.0), canvas.px(90.0)).min(free / 2);
        let rate = Area::new(left, area.bottom() - axis - rate_height, right - left, rate_height);
        let between = canvas.px(10.0);
        let data = Area::new(left, marks.bottom(), right - left, rate.y - between - marks.bottom());
        let most = (data.h / canvas.px(46.0)).max(1) as usize;
        let mut lanes = lanes(overview, devices, most);
        let count = lanes.len() as i32;
        for (i, lane) in (0..).zip(&mut lanes) {
            let (top, end) = (data.h * i / count, data.h * (i + 1) / count);
            lane.area = Area::new(left, data.y + top, data.w, end - top - canvas.px(6.0));
        }
        Layout { data, marks, rate, lanes }
    }
}

/// The BARs with most accesses in the order of the trace, and one lane for the others.
fn lanes(overview: &Overview, devices: &Devices, most: usize) -> Vec<Lane> {
    let mut bars = overview.bars.clone();
    bars.sort_by_key(|(bar, ops)| (std::cmp::Reverse(ops.total()), *bar));
    let kept = if bars.len() > most { most.saturating_sub(1) } else { bars.len() };
    let others = bars.split_off(kept);
    bars.sort_by_key(|(bar, _)| *bar);
    let area = Area::new(0, 0, 0, 0);
    let mut lanes: Vec<Lane> = bars
        .into_iter()
        .map(|(bar, ops)| {
            let driver = devices.get(bar.device).driver().map(str::to_owned);
            Lane { bar: Some(bar), name: [bar.name(devices)].into_iter().chain(driver).collect(), ops, area }
        })
        .collect();
    if !others.is_empty() {
        let mut ops = Ops::default();
        for (_, more) in &others {
            ops.reads += more.reads;
            ops.writes += more.writes;
            ops.unknown += more.unknown;
        }
        lanes.push(Lane { bar: None, name: vec![format!("{} others", others.len())], ops, area });
    }
    lanes
}

/// Counts of accesses of each lane and column.
struct Columns {
    table: Table,
    axis: TimeAxis,
    x: i32,
    /// Pixels of a column.
    step: i32,
    places: HashMap<BarId, usize>,
    last: (BarId, usize),
    lanes: Vec<Vec<Ops>>,
}

impl Columns {
    fn new(layout: &Layout, axis: TimeAxis, step: i32) -> Columns {
        let width = (layout.data.w / step + 1).max(1) as usize;
        let places = layout.lanes.iter().enumerate();
        let places: HashMap<BarId, usize> = places.filter_map(|(i, l)| Some((l.bar?, i))).collect();
        let nowhere = BarId { device: DeviceId::default(), bar: u8::MAX };
        Columns {
            table: Table::default(),
            axis,
            x: layout.data.x,
            step,
            places,
            last: (nowhere, 0),
            lanes: vec![vec![Ops::default(); width]; layout.lanes.len()],
        }
    }
}

impl Visitor for Columns {
    const VALUES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, _: RegisterId, access: &Access) {
        let bar = BarId { device: access.place.device, bar: access.place.bar() };
        if self.last.0 != bar {
            let others = self.lanes.len() - 1;
            self.last = (bar, self.places.get(&bar).copied().unwrap_or(others));
        }
        let Some(x) = self.axis.x(access.time) else { return };
        if let Some(column) = self.lanes[self.last.1].get_mut(((x - self.x) / self.step) as usize) {
            column.count(access.op);
        }
    }
}

struct Drawing<'a> {
    canvas: &'a mut Canvas,
    layout: &'a Layout,
    axis: TimeAxis,
    /// Pixels of a column.
    step: i32,
}

impl Drawing<'_> {
    fn draw(mut self, lanes: &[Vec<Ops>], most: u64, events: &Events, waits: &Waits) {
        let rate = self.layout.rate;
        for lane in &self.layout.lanes {
            self.axis.draw_panel(self.canvas, lane.area);
        }
        self.axis.draw_panel(self.canvas, rate);
        for (lane, columns) in self.layout.lanes.iter().zip(lanes) {
            self.lane(lane, columns, most);
        }
        self.rate(lanes);
        waits.unmet.iter().for_each(|wait| self.wait(wait));
        self.axis.draw_gaps(self.canvas, self.layout.data);
        self.axis.draw(self.canvas, rate.bottom(), self.canvas.width);
        let (top, bottom) = (self.layout.marks, rate.bottom());
        marks(self.canvas, &mut self.axis, events, top, bottom);
    }

    fn lane(&mut self, lane: &Lane, columns: &[Ops], most: u64) {
        let area = lane.area;
        let base = area.y + area.h / 2;
        let full = f64::from(area.h / 2 - self.canvas.px(2.0)).max(2.0);
        // A single access is to be seen, so it does not begin at nothing.
        let height = |n: u64| match (n, most) {
            (0, _) => 0,
            (_, ..2) => full as i32,
            _ => (full * (0.18 + 0.82 * (n as f64).ln() / (most as f64).ln())).round().max(2.0) as i32,
        };
        let mut bars = |color, sign: i32, of: &dyn Fn(&Ops) -> u64| {
            let heights = self.heights(|column| sign * height(of(&columns[column])));
            self.canvas.shapes.push(Shape::Bars { x: area.x, base, heights, color });
        };
        bars(PALETTE.unknown, 1, &|ops| if ops.unknown > 0 { ops.unknown + ops.reads } else { 0 });
        bars(PALETTE.read, 1, &|ops| ops.reads);
        bars(PALETTE.write, -1, &|ops| ops.writes);
        let canvas = &mut *self.canvas;
        for (x0, x1) in self.axis.stretches() {
            canvas.horizontal(x0, x1, base, 1, PALETTE.muted);
        }
        let step = self.step;
        let series =
            |name, of: fn(&Ops) -> u64| Series { name, step, counts: columns.iter().map(of).collect() };
        let mut all = vec![series("reads", |ops| ops.reads), series("writes", |ops| ops.writes)];
        if lane.ops.unknown > 0 {
            all.push(series("not decoded", |ops| ops.unknown));
        }
        canvas.hover_counts(area, lane.name.join(" "), all);
        self.name(lane);
    }

    /// A bar along the middle of the lane of a wait that was not met, while it lasts.
    fn wait(&mut self, wait: &Wait) {
        let bar = BarId { device: wait.site.device(), bar: wait.site.bar() };
        let lanes = &self.layout.lanes;
        let Some(lane) = lanes.iter().find(|lane| lane.bar == Some(bar)).or(lanes.last()) else { return };
        let (Some(from), Some(to)) = (self.axis.x(wait.start), self.axis.x(wait.end_time)) else { return };
        let (high, middle) = (self.canvas.px(4.0), lane.area.y + lane.area.h / 2);
        let area = Area::new(from, middle - high / 2, (to - from).max(self.canvas.px(2.0)), high);
        self.canvas.rect(area, PALETTE.lost);
        let (what, reads) = (figure::access_name('R', &wait.site.register), counted(wait.reads, "read"));
        let words = format!("{what} {}: {reads}, {}", waits::end(wait.end), duration(wait.spent()));
        self.canvas.hover(area, words);
    }

    /// What each pixel of a lane has; no column reaches over a gap.
    fn heights(&self, of: impl Fn(usize) -> i32) -> Vec<i32> {
        let data = self.layout.data;
        let mut heights = vec![0; data.w.max(0) as usize];
        for (x0, x1) in self.axis.stretches() {
            for place in (x0 - data.x).max(0)..(x1 - data.x).min(data.w) {
                heights[place as usize] = of((place / self.step) as usize);
            }
        }
        heights
    }

    fn name(&mut self, lane: &Lane) {
        let (canvas, area) = (&mut *self.canvas, lane.area);
        let (right, line) = (area.x - canvas.px(10.0), canvas.line_height(Letters::Small));
        let room = canvas.fitting(right - canvas.px(4.0), Letters::Small);
        let mut lines: Vec<(Color, String)> = lane.name.iter().map(|n| (PALETTE.ink, n.clone())).collect();
        let counts = [(PALETTE.read, "R", lane.ops.reads), (PALETTE.write, "W", lane.ops.writes)];
        let counts = counts.into_iter().chain([(PALETTE.unknown, "?", lane.ops.unknown)]);
        let counts: Vec<_> = counts.filter(|(.., n)| *n > 0).collect();
        let fitting = (area.h / line).max(1) as usize;
        if lines.len() + counts.len() <= fitting {
            lines.extend(counts.into_iter().map(|(c, op, n)| (c, format!("{} {op}", grouped(n)))));
        } else {
            // All of them in one line, so that none is missing.
            let spelled = |spell: fn(u64) -> String, between: &str| {
                let words = counts.iter().map(|(_, op, n)| format!("{}{between}{op}", spell(*n)));
                words.collect::<Vec<_>>().join(" ")
            };
            let both = [spelled(grouped, " "), spelled(short, "")];
            let words = both.into_iter().find(|words| words.chars().count() <= room);
            lines.truncate(fitting.saturating_sub(1).max(1));
            lines.extend(words.map(|words| (PALETTE.muted, words)));
            lines.truncate(fitting);
        }
        let mut y = area.y + area.h / 2 - (lines.len() as i32 - 1) * line / 2;
        for (color, words) in lines {
            canvas.text((right, y), Anchor::Right, Letters::Small, color, &shorten(&words, room));
            y += line;
        }
    }

    /// Draws the accesses a second of all lanes.
    fn rate(&mut self, lanes: &[Vec<Ops>]) {
        let (canvas, area) = (&mut *self.canvas, self.layout.rate);
        let seconds = (self.axis.column() * f64::from(self.step) / 1e9).max(1e-9);
        let columns = lanes.first().map_or(0, Vec::len);
        let sums: Vec<f64> =
            (0..columns).map(|i| lanes.iter().map(|l| l[i].total()).sum::<u64>() as f64 / seconds).collect();
        let most = sums.iter().copied().fold(1.0, f64::max);
        let least = sums.iter().copied().filter(|r| *r > 0.0).fold(most, f64::min);
        let (low, high) = (least.log10().floor() - 0.3, most.log10().ceil().max(least.log10().floor() + 1.0));
        let place = |rate: f64| ((rate.log10() - low) / (high - low) * f64::from(area.h - 1)).round() as i32;
        let decades: Vec<i32> = ((low.ceil() as i32)..=(high as i32)).collect();
        let room = (area.h / canvas.line_height(Letters::Small)).max(1) as usize;
        let every = decades.len().div_ceil(room).max(1);
        for decade in decades.into_iter().rev().step_by(every) {
            let y = area.bottom() - 1 - place(10f64.powi(decade));
            canvas.horizontal(area.x, area.right(), y, 1, PALETTE.grid);
            let right = (area.x - canvas.px(10.0), y);
            canvas.text(right, Anchor::Right, Letters::Small, PALETTE.muted, &rate_name(decade));
        }
        let height = |rate: f64| if rate > 0.0 { place(rate).max(1) } else { 0 };
        let heights = self.heights(|column| height(sums[column]));
        let canvas = &mut *self.canvas;
        let color = PALETTE.muted.mix(PALETTE.panel, 0.25);
        canvas.shapes.push(Shape::Bars { x: area.x, base: area.bottom(), heights, color });
        let left = canvas.text_width("100 k", Letters::Small) + canvas.px(24.0);
        let middle = (area.x - left, area.y + area.h / 2);
        if canvas.text_width("accesses/s", Letters::Small) <= area.h + canvas.px(10.0) {
            canvas.upwards(middle, Anchor::Middle, Letters::Small, PALETTE.muted, "accesses/s");
        }
    }
}

/// A rate of a power of ten as `100`, `10 k`, `1 M`.
fn rate_name(decade: i32) -> String {
    match decade {
        ..0 => format!("{}", 10f64.powi(decade)),
        0..3 => format!("{}", 10_u64.pow(decade as u32)),
        3..6 => format!("{} k", 10_u64.pow(decade as u32 - 3)),
        6..9 => format!("{} M", 10_u64.pow(decade as u32 - 6)),
        _ => format!("{} G", 10_u64.pow((decade as u32 - 9).min(9))),
    }
}

//! Registers of a BAR by time: where a driver is at work, and when.

use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_format::{Access, RegisterId, Result, Scope, Trace};
use mmio_report::numbers::grouped;

use crate::canvas::{Anchor, Area, Canvas, Letters};
use crate::events::Events;
use crate::figure::{self, Frame, Key, Picture, counted, scale_words};
use crate::grid::short;
use crate::hover::Series;
use crate::marks::{self, marks};
use crate::offset_axis::OffsetAxis;
use crate::overview::{BarId, Ops, Overview};
use crate::palette::PALETTE;
use crate::time_axis::{TimeAxis, duration};

/// Densities that have a colour each.
const LEVELS: f64 = 16.0;
/// Most rows where no height was asked for.
const MOST_ROWS: usize = 220;

/// Draws the accesses that are in `scope` to one BAR: the busiest, unless the filter leaves only one.
///
/// # Errors
/// As [`walk`].
pub fn heatmap(trace: &mut Trace, scope: &Scope, picture: &Picture) -> Result<Canvas> {
    let found = Overview::of_busiest(trace, scope, Ops::total)?;
    let (bar, scope, overview) = match found {
        Ok(found) => found,
        Err(summary) => return Ok(figure::empty(picture, "Registers over time", summary)),
    };
    let events = Events::of(trace, &scope.records, overview.activity.ends())?;
    let rows = count_rows(&overview, usize::MAX);
    let mut canvas = picture.canvas(230 + (rows as i32).clamp(12, MOST_ROWS as i32) * pitch(rows));
    let (mut plan, area) = Plan::new(&canvas, picture, &events, &overview, (bar, trace));
    let mut cells = Cells::new(plan.offsets, plan.axis, area, canvas.px(2.0));
    drop(overview);
    walk(trace, &scope, &mut cells)?;
    plan.frame.legend[0] = scale(cells.most());
    plan.frame.draw(&mut canvas, picture);
    cells.axis.draw_panel(&mut canvas, area);
    cells.draw(&mut canvas, area);
    cells.offsets.draw(&mut canvas, area);
    cells.draw_totals(&mut canvas, area, plan.totals);
    cells.axis.draw_gaps(&mut canvas, area);
    cells.axis.draw(&mut canvas, area.bottom(), plan.totals.x);
    marks(&mut canvas, &mut cells.axis, &events, plan.marks, area.bottom());
    Ok(canvas)
}

/// Pixels of a row where no height was asked for.
fn pitch(rows: usize) -> i32 {
    match rows {
        ..30 => 16,
        30..80 => 10,
        _ => 5,
    }
}

fn offsets(overview: &Overview) -> Vec<u64> {
    overview.table.registers().iter().map(|r| r.offset).collect()
}

fn count_rows(overview: &Overview, most: usize) -> usize {
    OffsetAxis::new(offsets(overview), 4, most).len()
}

/// Where the parts of the picture are.
struct Plan {
    frame: Frame,
    offsets: OffsetAxis,
    axis: TimeAxis,
    marks: Area,
    /// Columns of the totals.
    totals: Area,
}

impl Plan {
    /// The frame is not drawn yet, as the scale in its legend is known at the end. Returns the place of the data too.
    fn new(
        canvas: &Canvas,
        picture: &Picture,
        events: &Events,
        overview: &Overview,
        (bar, trace): (BarId, &Trace),
    ) -> (Plan, Area) {
        let registers = overview.table.registers();
        let widths = |w: u8| registers.iter().filter(|r| r.width == w).count();
        let width = [4, 8, 2, 1].into_iter().max_by_key(|&w| widths(w)).unwrap_or(4);
        let mut frame = frame(overview, events, bar.title(trace.devices()));
        // How many rows there are decides about the note, which takes no room of its own.
        let inner = frame.draw(&mut canvas.clone(), picture);
        let (right, bar_width) = (inner.right() - canvas.px(98.0), canvas.px(86.0));
        let last = registers.iter().map(|r| r.offset).max().unwrap_or(0);
        let left = inner.x + canvas.text_width(&format!("+0x{last:x}"), Letters::Small) + canvas.px(14.0);
        let mut axis = TimeAxis::new(&overview.activity, canvas, left, right);
        let above = marks::height(canvas, &mut axis, events);
        let rows = inner.h - above - TimeAxis::height(canvas);
        let most = ((rows / canvas.px(3.0)).max(1) as usize).min(rows.max(1) as usize);
        let offsets = OffsetAxis::new(offsets(overview), width, most);
        frame.note = offsets.bytes().map(|bytes| format!("a row is {} bytes", grouped(bytes)));
        let totals = Area::new(inner.right() - bar_width, inner.y + above, bar_width, rows);
        let data = Area::new(left, totals.y, right - left, rows);
        let marks = Area::new(data.x, inner.y, data.w, above);
        (Plan { frame, offsets, axis, marks, totals }, data)
    }
}

fn frame(overview: &Overview, events: &Events, name: String) -> Frame {
    let mut legend = vec![
        scale(overview.accesses()),
        (Key::Square(PALETTE.read), "reads".into()),
        (Key::Square(PALETTE.write), "writes".into()),
    ];
    if overview.bars.iter().any(|(_, ops)| ops.unknown > 0) {
        legend.push((Key::Square(PALETTE.unknown), "not decoded".into()));
    }
    legend.extend(marks::keys(events));
    let (accesses, registers) = (overview.accesses(), overview.table.registers().len() as u64);
    let length = duration(overview.activity.length());
    Frame {
        title: format!("Registers over time: {name}"),
        subtitle: format!(
            "{} to {} in {length}",
            counted(accesses, "access"),
            counted(registers, "register")
        ),
        legend,
        summary: overview.summary,
        note: None,
    }
}

/// The colours of cells with `most` accesses at most.
fn scale(most: u64) -> (Key, String) {
    let key = if most < 2 { Key::Square(PALETTE.density(0.0)) } else { Key::Ramp };
    (key, scale_words(most, "cell"))
}

/// Counts of accesses by row and cell.
struct Cells {
    table: Table,
    offsets: OffsetAxis,
    axis: TimeAxis,
    x: i32,
    /// Pixels of a cell.
    step: i32,
    /// Cells of a row.
    columns: usize,
    counts: Vec<u64>,
    totals: Vec<Ops>,
    /// Row of each register, by its number.
    rows: Vec<u32>,
}

impl Cells {
    fn new(offsets: OffsetAxis, axis: TimeAxis, area: Area, step: i32) -> Cells {
        let columns = (area.w / step + 1).max(1) as usize;
        let counts = vec![0; columns * offsets.len()];
        let totals = vec![Ops::default(); offsets.len()];
        let (table, rows) = (Table::default(), Vec::new());
        Cells { table, offsets, axis, x: area.x, step, columns, counts, totals, rows }
    }

    /// Accesses of the fullest cell.
    fn most(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(1)
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let most = self.most().max(2) as f64;
        let level = |n: u64| if n == 0 { -1 } else { ((n as f64).ln() / most.ln() * LEVELS).round() as i32 };
        for (row, counts) in self.counts.chunks(self.columns).enumerate() {
            let place = self.offsets.area(row, area);
            let free = i32::from(place.h > canvas.px(4.0));
            for (x0, x1) in self.axis.stretches() {
                // Cells do not reach over a gap.
                let (first, last) = ((x0 - self.x) / self.step, (x1 - 1 - self.x) / self.step);
                let levels: Vec<i32> = (first..=last).map(|c| level(counts[c as usize])).collect();
                let mut cell = first;
                for run in levels.chunk_by(|a, b| a == b) {
                    let (from, to) = (cell, cell + run.len() as i32);
                    cell = to;
                    if run[0] < 0 {
                        continue;
                    }
                    let left = (self.x + from * self.step).max(x0);
                    let right = (self.x + to * self.step).min(x1);
                    let color = PALETTE.density(f64::from(run[0]) / LEVELS);
                    canvas.rect(Area::new(left, place.y, right - left, (place.h - free).max(1)), color);
                }
            }
        }
    }

    /// Reads and writes of each row as bars, logarithmic together.
    fn draw_totals(&self, canvas: &mut Canvas, area: Area, bars: Area) {
        let most = self.totals.iter().map(Ops::total).max().unwrap_or(1);
        let scale = f64::from(bars.w) / (most as f64 + 1.0).ln();
        canvas.rect(bars, PALETTE.panel);
        for (row, ops) in self.totals.iter().enumerate() {
            let place = self.offsets.area(row, area);
            let counts = self.counts[row * self.columns..][..self.columns].to_vec();
            let words = format!("+0x{:x}: {}", self.offsets.offset(row), ops.words());
            canvas.hover_counts(place, words, vec![Series { name: "here", step: self.step, counts }]);
            let thick = (place.h - i32::from(place.h > canvas.px(4.0))).max(1);
            let length = ((ops.total() as f64 + 1.0).ln() * scale).round();
            let part = |n: u64| (length * n as f64 / ops.total().max(1) as f64).round() as i32;
            let mut x = bars.x;
            for (n, color) in
                [(ops.reads, PALETTE.read), (ops.writes, PALETTE.write), (ops.unknown, PALETTE.unknown)]
            {
                canvas.rect(Area::new(x, place.y, part(n), thick), color);
                x += part(n);
            }
        }
        let line = canvas.line_height(Letters::Small);
        let place = (bars.x + bars.w / 2, bars.bottom() + canvas.px(5.0) + line / 2);
        let both = [grouped(most), short(most)].map(|most| format!("1 to {most}"));
        let fits = |words: &String| canvas.text_width(words, Letters::Small) <= bars.w;
        let words = both.into_iter().find(fits).unwrap_or_default();
        canvas.text(place, Anchor::Middle, Letters::Small, PALETTE.muted, &words);
        let place = (place.0, place.1 + line);
        canvas.text(place, Anchor::Middle, Letters::Small, PALETTE.muted, "in all (log)");
    }
}

impl Visitor for Cells {
    const VALUES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, id: RegisterId, access: &Access) {
        let id = id as usize;
        if id >= self.rows.len() {
            // Numbers come in the order of first appearance.
            let row = self.offsets.row(access.place.offset).map_or(u32::MAX, |row| row as u32);
            self.rows.resize(id, u32::MAX);
            self.rows.push(row);
        }
        let row = self.rows[id] as usize;
        let Some(totals) = self.totals.get_mut(row) else { return };
        totals.count(access.op);
        if let Some(x) = self.axis.x(access.time) {
            let cell = (x - self.x) / self.step;
            self.counts[row * self.columns + cell as usize] += 1;
        }
    }
}

//! The register map of a device: every register that was accessed at its place, coloured by what it probably
//! is, the stronger the more it was used.

use mmio_analyze::Summary;
use mmio_analyze::kinds::RegisterKind;
use mmio_analyze::regs::{self, Entry};
use mmio_format::{Register, Result, Scope, Trace};
use mmio_report::numbers::{grouped, hex};
use mmio_report::regs::kind;

use crate::canvas::{Anchor, Area, Canvas, Letters};
use crate::figure::{self, Frame, Key, Picture, counted};
use crate::font::shorten;
use crate::grid::{Cell, Grid, cells};
use crate::overview::{Ops, Overview, title};
use crate::palette::{Color, PALETTE};

/// Draws the registers that are in `scope` of one device: the one with most accesses whose values are known, unless
/// the filter names one.
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn map(trace: &mut Trace, scope: &Scope, picture: &Picture) -> Result<Canvas> {
    let overview = Overview::of(trace, scope)?;
    let summary = overview.summary;
    let Some(bar) = overview.busiest(Ops::known) else {
        return Ok(figure::empty(picture, "Register map", summary));
    };
    let device = trace.devices().get(bar.device).clone();
    let scope = scope.with(scope.filter.of_device(&device.name));
    let entries: Vec<Entry> =
        regs::of_scope(trace, &scope)?.into_iter().filter(|e| e.site.device() == bar.device).collect();
    let name = format!("Register map: {}", title(&device));
    let parts = parts(&entries, device.pci.is_some());
    Ok(Map { picture, parts, entries: &entries, name, summary }.draw())
}

/// A BAR, or the registers behind a port.
struct Part {
    name: String,
    cells: Vec<Cell>,
}

/// The parts in the order of the report.
fn parts(entries: &[Entry], has_bars: bool) -> Vec<Part> {
    let place = |e: &Entry| (e.site.bar(), e.site.port.map(Register::place));
    let of = |run: &[Entry]| {
        let first = &run[0];
        let name = match first.site.port {
            Some(data) => format!("behind the port at +{} of bar {}", hex(data.offset), data.bar()),
            None if has_bars => format!("bar {}", first.site.bar()),
            None => "mapping".to_owned(),
        };
        Part { name, cells: cells(run) }
    };
    entries.chunk_by(|a, b| place(a) == place(b)).map(of).collect()
}

struct Map<'a> {
    picture: &'a Picture,
    parts: Vec<Part>,
    entries: &'a [Entry],
    name: String,
    summary: Summary,
}

/// Kinds in the order of the legend: read only, storage, what acts, ports, the rest.
pub(crate) const KINDS: [RegisterKind; 12] = [
    RegisterKind::Constant,
    RegisterKind::Status,
    RegisterKind::Counter,
    RegisterKind::Rc,
    RegisterKind::Config,
    RegisterKind::Memory,
    RegisterKind::Control,
    RegisterKind::W1c,
    RegisterKind::Trigger,
    RegisterKind::Index,
    RegisterKind::Data,
    RegisterKind::Unknown,
];

impl Map<'_> {
    fn draw(&self) -> Canvas {
        let direct = self.entries.iter().filter(|e| e.site.port.is_none());
        let accesses: u64 = direct.map(Entry::accesses).sum();
        let registers: usize = self.entries.iter().map(|e| e.elements).sum();
        let frame = Frame {
            title: self.name.clone(),
            subtitle: format!("{}, {}", counted(registers as u64, "register"), counted(accesses, "access")),
            legend: self.legend(),
            summary: self.summary,
            note: Some("the stronger a colour, the more accesses (log)".into()),
        };
        let mut canvas = self.picture.canvas(self.height());
        let area = frame.draw(&mut canvas, self.picture);
        self.draw_parts(&mut canvas, area);
        canvas
    }

    /// Pixels that suit the parts, at the plain width.
    fn height(&self) -> i32 {
        let plain = Canvas::new(figure::WIDTH, figure::WIDTH);
        let room = HIGHEST - AROUND - self.parts.len() as i32 * head(&plain);
        let grids = fit(&self.parts, (room / LEAST).max(1) as usize, ROWS);
        let rows = grids.iter().map(|g| g.rows() as i32).sum::<i32>().max(1);
        let breaks: i32 = grids.iter().map(|g| g.breaks() as i32).sum();
        let gaps = breaks * gap(&plain, (rows, breaks), room);
        let pitch = match rows {
            ..30 => 30,
            30..90 => 17,
            _ => 9,
        };
        // Rows have whole pixels, so that none is left over below them.
        let pitch = pitch.min((room - gaps) / rows).max(LEAST);
        HIGHEST - (room - gaps - rows * pitch).max(0)
    }

    fn legend(&self) -> Vec<(Key, String)> {
        let count = |wanted: RegisterKind| -> usize {
            self.entries.iter().filter(|e| e.kind == wanted).map(|e| e.elements).sum()
        };
        let present = KINDS.into_iter().map(|kind| (kind, count(kind))).filter(|(_, n)| *n > 0);
        let color = |kind| Key::Square(PALETTE.kind(kind));
        present.map(|(k, n)| (color(k), format!("{} {}", kind(k), grouped(n as u64)))).collect()
    }

    /// Shares the rows among the parts, and draws them.
    fn draw_parts(&self, canvas: &mut Canvas, area: Area) {
        let (head, least) = (head(canvas), canvas.px(f64::from(LEAST)));
        // What does not fit at three pixels a row is named, not squeezed.
        let fitting = (area.h / (head + 2 * least)).max(1) as usize;
        let parts = &self.parts[..fitting.min(self.parts.len())];
        let room = area.h - head * parts.len() as i32;
        let grids = fit(
            parts,
            (room / least).max(1) as usize,
            if self.picture.height.is_some() { usize::MAX } else { ROWS },
        );
        let breaks: i32 = grids.iter().map(|g| g.breaks() as i32).sum();
        let rows = grids.iter().map(Grid::rows).sum::<usize>().max(1) as i32;
        let gap = gap(canvas, (rows, breaks), room);
        let pitch = ((room - breaks * gap) / rows).clamp(1, canvas.px(48.0));
        let most = parts.iter().flat_map(|p| &p.cells).map(|c| c.uses()).fold(1.0, f64::max);
        let letters = grids.iter().map(Grid::letters).max().unwrap_or(0) as i32;
        let labels = letters * canvas.advance(Letters::Small) + canvas.px(10.0);
        let left_out = self.parts.len() - parts.len();
        let mut y = area.y;
        for (i, (part, grid)) in parts.iter().zip(&grids).enumerate() {
            let mut name = part.name.clone();
            if left_out > 0 && i + 1 == parts.len() {
                name += &format!(" · {left_out} more of this device do not fit; choose one with --bar");
            }
            y = PartDrawing { canvas, grid, pitch, gap, most, labels }.draw(part, &name, Area { y, ..area });
        }
    }
}

/// Most rows of a part where no size was asked for.
const ROWS: usize = 64;
/// Highest picture where no size was asked for, in pixels at the plain width.
const HIGHEST: i32 = 1600;
/// Pixels of title, legend and footer, at the plain size.
const AROUND: i32 = 150;
/// Fewest pixels of a row, at the plain size.
const LEAST: i32 = 3;
/// Pixels between rows that are not neighbours, at the plain size.
const GAP: f64 = 4.0;

/// Pixels at each of so many places where rows are left out: nothing where they would take much of the room, or
/// what the rows need.
fn gap(canvas: &Canvas, (rows, breaks): (i32, i32), room: i32) -> i32 {
    let (gap, least) = (canvas.px(GAP), canvas.px(f64::from(LEAST)));
    if breaks * gap * 3 > room || rows * least + breaks * gap > room { 0 } else { gap }
}

/// Pixels above and below the rows of a part.
fn head(canvas: &Canvas) -> i32 {
    2 * canvas.line_height(Letters::Small) + canvas.px(14.0)
}

/// A grid for each part, each of `most` rows at most, together of `rows` if there are not more parts than that.
/// Parts with few different registers in many rows are made coarser first.
fn fit(parts: &[Part], rows: usize, most: usize) -> Vec<Grid> {
    let mut grids: Vec<Grid> = parts.iter().map(|part| Grid::new(&part.cells, most)).collect();
    while grids.iter().map(Grid::rows).sum::<usize>() > rows {
        let plain = |i: &usize| grids[*i].rows() as f64 / parts[*i].cells.len().max(1) as f64;
        let coarse = (0..parts.len()).filter(|&i| grids[i].rows() > 1);
        let Some(i) = coarse.max_by(|a, b| plain(a).total_cmp(&plain(b))) else { break };
        let before = grids[i].rows();
        grids[i] = Grid::new(&parts[i].cells, before - 1);
        if grids[i].rows() >= before {
            break;
        }
    }
    grids
}

struct PartDrawing<'a> {
    canvas: &'a mut Canvas,
    grid: &'a Grid,
    pitch: i32,
    gap: i32,
    most: f64,
    /// Pixels of the offsets on the left.
    labels: i32,
}

impl PartDrawing<'_> {
    /// Draws the part, and returns the row below.
    fn draw(mut self, part: &Part, name: &str, area: Area) -> i32 {
        let line = self.canvas.line_height(Letters::Small);
        let room = self.canvas.fitting(area.w, Letters::Small);
        let place = (area.x, area.y + line / 2);
        self.canvas.text(place, Anchor::Left, Letters::Small, PALETTE.ink, &shorten(name, room));
        let body = Area::new(area.x + self.labels, area.y + 2 * line, area.w - self.labels, 0);
        self.columns(body, area.y + line + line / 2);
        let bottom = self.rows(body, line);
        // The most used one is on top where several share pixels, and what has a kind over what has none: a frame
        // buffer is accessed in ways that were not decoded, too.
        let mut cells: Vec<&Cell> = part.cells.iter().collect();
        let known = |cell: &Cell| cell.kind != RegisterKind::Unknown;
        cells.sort_by(|a, b| known(a).cmp(&known(b)).then(a.uses().total_cmp(&b.uses())));
        cells.iter().for_each(|cell| self.cell(cell, body));
        self.all_words(&cells, body);
        bottom + self.canvas.px(12.0)
    }

    /// Draws the rows' panels and offsets, and returns the row below.
    fn rows(&mut self, body: Area, line: i32) -> i32 {
        let (mut bottom, mut free) = (body.y, i32::MIN);
        for (row, first) in self.grid.firsts().enumerate() {
            let y = self.row_y(body.y, row);
            bottom = y + self.pitch;
            self.canvas.rect(Area::new(body.x, y, body.w, self.thick()), PALETTE.panel);
            let middle = y + self.thick() / 2;
            if middle - line / 2 >= free {
                let right = (body.x - self.canvas.px(6.0), middle);
                let words = format!("+{}", hex(first));
                self.canvas.text(right, Anchor::Right, Letters::Small, PALETTE.muted, &words);
                free = middle + line / 2;
            }
        }
        bottom
    }

    /// Rows of a few pixels have nothing between them.
    fn thick(&self) -> i32 {
        self.pitch - i32::from(self.pitch > 5)
    }

    fn row_y(&self, top: i32, row: usize) -> i32 {
        top + row as i32 * self.pitch + self.grid.breaks_before(row) as i32 * self.gap
    }

    /// The offsets of the columns in their row.
    fn columns(&mut self, body: Area, y: i32) {
        let (bytes, columns) = (self.grid.row_bytes(), 16);
        let width = self.canvas.text_width(&format!("+{:x}", bytes - bytes / columns), Letters::Small);
        let every =
            (1..=columns).find(|n| body.w * *n as i32 / columns as i32 > width + 6).unwrap_or(columns);
        for column in (0..columns).step_by(every as usize) {
            let x = body.x + (i64::from(body.w) * column as i64 / columns as i64) as i32;
            let words = format!("+{:x}", bytes / columns * column);
            self.canvas.text((x + 1, y), Anchor::Left, Letters::Small, PALETTE.muted, &words);
        }
    }

    fn color(&self, cell: &Cell) -> Color {
        let share = (cell.uses() + 1.0).ln() / (self.most + 1.0).ln();
        PALETTE.panel.mix(PALETTE.kind(cell.kind), 0.5 + 0.5 * share)
    }

    /// The pixels of each piece, and its row.
    fn areas(&self, cell: &Cell, body: Area) -> Vec<(usize, Area)> {
        let at = |share: f64| body.x + (share * f64::from(body.w)).round() as i32;
        let pieces = self.grid.pieces(cell);
        let area = |(row, from, to)| {
            let (x0, x1) = (at(from), at(to));
            let free = i32::from(x1 - x0 > self.canvas.px(4.0));
            (row, Area::new(x0, self.row_y(body.y, row), (x1 - x0 - free).max(1), self.thick()))
        };
        pieces.map(area).collect()
    }

    fn cell(&mut self, cell: &Cell, body: Area) {
        let color = self.color(cell);
        for (_, area) in self.areas(cell, body) {
            self.canvas.rect(area, color);
            self.canvas.hover(area, cell.words());
        }
    }

    /// Writes into the longest piece of each of `cells`, and into all elements that lie apart, unless a later
    /// cell lies over them.
    fn all_words(&mut self, cells: &[&Cell], body: Area) {
        if self.lines() == 0 {
            return;
        }
        let mut taken = vec![Vec::new(); self.grid.rows()];
        for cell in cells.iter().rev() {
            let areas = self.areas(cell, body);
            let longest = areas.iter().enumerate().rev().max_by_key(|(_, (_, area))| area.w).map(|(i, _)| i);
            let apart = cell.elements > 1 && cell.stride > cell.width;
            for (i, (row, area)) in areas.iter().enumerate() {
                let here = longest == Some(i);
                let room = self.canvas.fitting(area.w - 4, Letters::Small) > 0;
                if room && (here || apart) && !taken[*row].iter().any(|other| area.overlaps(other)) {
                    self.words(cell, *area, here);
                }
            }
            areas.into_iter().for_each(|(row, area)| taken[row].push(area));
        }
    }

    /// Lines of letters that fit into a row.
    fn lines(&self) -> usize {
        let line = self.canvas.line_height(Letters::Small);
        if self.thick() >= 2 * line - 4 { 2 } else { usize::from(self.thick() >= line - 5) }
    }

    /// The kind, and with `all` how many there are and their counts, as far as there is room.
    fn words(&mut self, cell: &Cell, area: Area, all: bool) {
        let (color, lines) = (self.color(cell), self.lines());
        let line = self.canvas.line_height(Letters::Small);
        let canvas = &mut *self.canvas;
        let ink = color.text();
        let room = canvas.fitting(area.w - 4, Letters::Small);
        let fits = |words: &String| words.chars().count() <= room;
        let names = [kind(cell.kind), short(cell.kind)];
        let Some(name) = names.map(str::to_owned).into_iter().find(fits) else { return };
        let n = grouped(cell.elements);
        let many =
            ["", " "].iter().rev().flat_map(|free| names.map(|name| format!("{name}{free}×{n}"))).find(fits);
        // Counts of many are not to pass for those of one.
        let (name, counted) = match (all, cell.elements, many) {
            (true, 2.., Some(many)) => (many, true),
            (_, n, _) => (name, all && n < 2),
        };
        let counts = cell.counts().into_iter().find(fits).filter(|_| counted);
        let (x, middle) = (area.x + area.w / 2, area.y + area.h / 2);
        match counts.filter(|_| lines == 2) {
            Some(counts) => {
                let half = (line * 9 / 20).max(1);
                canvas.text((x, middle - half), Anchor::Middle, Letters::Small, ink, &name);
                canvas.text((x, middle + half), Anchor::Middle, Letters::Small, ink, &counts);
            }
            None => canvas.text((x, middle), Anchor::Middle, Letters::Small, ink, &name),
        }
    }
}

/// The word for a kind, of at most five letters.
fn short(of: RegisterKind) -> &'static str {
    match of {
        RegisterKind::Constant => "const",
        RegisterKind::Status => "stat",
        RegisterKind::Counter => "count",
        RegisterKind::Config => "conf",
        RegisterKind::Memory => "mem",
        RegisterKind::Control => "ctrl",
        RegisterKind::Trigger => "trig",
        RegisterKind::Unknown => "?",
        other => kind(other),
    }
}

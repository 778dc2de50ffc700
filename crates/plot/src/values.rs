//! Values of registers over time, as a logic analyser shows them.

use mmio_analyze::Summary;
use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_format::{Access, Filter, Op, Register, RegisterId, Result, Scope, Trace};

use crate::canvas::{Anchor, Area, Canvas, Letters};
use crate::choice::{Counts, Tally};
use crate::events::Events;
use crate::figure::{self, Frame, Key, Picture, counted};
use crate::font::shorten;
use crate::marks::{self, marks};
use crate::overview::Overview;
use crate::palette::{Color, PALETTE};
use crate::time_axis::{TimeAxis, duration};
use crate::wave::{Field, Stretch, Wave, fields};

/// Registers that are shown where none were asked for.
const REGISTERS: usize = 4;
/// Pixels of a register's lane with its accesses, of the lane of some bits, and between registers.
const LANE: f64 = 26.0;
const BITS: f64 = 15.0;
const BETWEEN: f64 = 8.0;
/// How much higher lanes become at most.
const STRETCH: f64 = 2.2;

/// Draws the values of the registers that are in `scope` in one BAR: the one whose registers are busiest, of those
/// whose values are known and change. Without offsets in the filter it chooses those of its registers that change and
/// are accessed most.
///
/// # Errors
/// As [`walk`].
pub fn values(trace: &mut Trace, scope: &Scope, picture: &Picture) -> Result<Canvas> {
    let mut tally = Tally::default();
    walk(trace, scope, &mut tally)?;
    let summary = Summary::of(trace);
    if tally.is_empty() {
        return Ok(figure::empty(picture, "Register values", summary));
    }
    // More than 256 never fit.
    let most = if scope.filter.registers.is_empty() { REGISTERS } else { 256 };
    let Some((bar, registers)) = tally.busiest(REGISTERS, most) else {
        let why = "no access that passes the filters was decoded: their values are not known";
        return Ok(figure::empty_for(picture, "Register values", summary, why));
    };
    drop(tally);
    let chosen = shown(registers);
    let device = Some(trace.devices().get(bar.device).name.clone());
    let registers = chosen.iter().map(|shown| (shown.register.offset, shown.register.offset)).collect();
    let scope = scope.with(Filter { device, bar: Some(bar.bar), registers, ..scope.filter.clone() });
    let activity = Overview::of(trace, &scope)?.activity;
    let events = Events::of(trace, &scope.records)?;
    let accesses: u64 = chosen.iter().map(|shown| shown.reads + shown.writes).sum();
    let mut legend =
        vec![(Key::Square(PALETTE.read), "read".into()), (Key::Square(PALETTE.write), "written".into())];
    legend.extend(marks::keys(&events));
    legend.push((Key::Nothing, "a value is held until the next access; solid: several in a column".into()));
    let frame = Frame {
        title: format!("Register values: {}", bar.title(trace.devices())),
        subtitle: format!("{} in {}", counted(accesses, "access"), duration(activity.length())),
        legend,
        summary,
        note: None,
    };
    let mut canvas = picture.canvas(height(&frame, picture, &chosen, &events));
    let area = frame.draw(&mut canvas, picture);
    let (left, right) = columns(&canvas, area);
    let mut axis = TimeAxis::new(&activity, trace.start(), &canvas, left, right);
    let marks = marks::height(&canvas, &mut axis, &events);
    let layout = Layout::new(&mut canvas, area, chosen, marks);
    let mut waves = Waves::new(layout, axis);
    walk(trace, &scope, &mut waves)?;
    Drawing { canvas: &mut canvas, events: &events }.draw(waves);
    Ok(canvas)
}

/// A register that is shown.
#[derive(Clone, Debug)]
struct Shown {
    register: Register,
    reads: u64,
    writes: u64,
    fields: Vec<Field>,
}

/// The registers in the order of their offsets, with the bits that change.
fn shown(registers: Vec<(Register, Counts)>) -> Vec<Shown> {
    let shown = registers.into_iter().map(|(register, counts)| {
        let Counts { reads, writes, changed, .. } = counts;
        Shown { register, reads, writes, fields: fields(changed) }
    });
    let mut shown: Vec<Shown> = shown.collect();
    shown.sort_by_key(|s| (s.register.offset, s.register.width));
    shown
}

/// Pixels that suit all lanes, at the plain width.
fn height(frame: &Frame, picture: &Picture, chosen: &[Shown], events: &Events) -> i32 {
    let canvas = Canvas::new(picture.width, picture.width);
    let axis = TimeAxis::height(&canvas) + canvas.line_height(Letters::Small);
    let around = frame.height(picture) + marks::most_height(&canvas, events) + axis;
    let plain = f64::from(around) * 1000.0 / f64::from(canvas.px(1000.0));
    // A few more, as lanes have whole pixels.
    (plain + lanes_height(chosen).min(2000.0)) as i32 + 6
}

/// Pixels of all lanes, at the plain size.
fn lanes_height(shown: &[Shown]) -> f64 {
    shown.iter().map(|s| LANE + BETWEEN + BITS * s.fields.len() as f64).sum()
}

/// The first column of the data, and the first one after it.
fn columns(canvas: &Canvas, area: Area) -> (i32, i32) {
    (area.x + canvas.px(118.0).min(area.w / 4), area.right() - canvas.px(8.0))
}

/// Where the parts of the picture are.
struct Layout {
    marks: Area,
    data: Area,
    registers: Vec<Lanes>,
}

/// A register's lane, and those of its bits.
struct Lanes {
    shown: Shown,
    area: Area,
    fields: Vec<(Field, Area)>,
}

impl Layout {
    /// The layout for the registers that fit; writes below them how many lanes do not.
    fn new(canvas: &mut Canvas, area: Area, chosen: Vec<Shown>, marks: i32) -> Layout {
        let (left, right) = columns(canvas, area);
        let width = right - left;
        let marks = Area::new(left, area.y, width, marks);
        let bottom = area.bottom() - TimeAxis::height(canvas) - canvas.line_height(Letters::Small);
        // Lanes grow where there is more room than they need.
        let needed = f64::from(canvas.px(lanes_height(&chosen)));
        let stretch = (f64::from(bottom - marks.bottom()) / needed).clamp(1.0, STRETCH);
        let px = |plain: f64| (f64::from(canvas.px(plain)) * stretch) as i32;
        let (lane, bits, between) = (px(LANE), px(BITS), px(BETWEEN));
        let (mut y, mut left_out) = (marks.bottom(), 0);
        let mut registers = Vec::new();
        for shown in chosen {
            if y + lane > bottom {
                left_out += 1 + shown.fields.len();
                continue;
            }
            let area = Area::new(left, y, width, lane);
            y += lane;
            let fitting = (((bottom - y) / bits).max(0) as usize).min(shown.fields.len());
            let area_of = |i: usize| Area::new(left, y + bits * i as i32, width, bits);
            let fields = shown.fields[..fitting].iter().enumerate().map(|(i, f)| (*f, area_of(i))).collect();
            left_out += shown.fields.len() - fitting;
            y += bits * fitting as i32 + between;
            registers.push(Lanes { shown, area, fields });
        }
        let data = Area::new(left, marks.bottom(), width, y - marks.bottom());
        if left_out > 0 {
            let words = format!("lanes that do not fit: {left_out}");
            let place = (area.right(), area.bottom() - canvas.line_height(Letters::Small) / 2);
            canvas.text(place, Anchor::Right, Letters::Small, PALETTE.ink, &words);
        }
        Layout { marks, data, registers }
    }
}

/// Values of each lane and column.
struct Waves {
    table: Table,
    layout: Layout,
    axis: TimeAxis,
    /// The waves of each register, that of all its bits first.
    waves: Vec<Vec<Wave>>,
    /// Place in `waves` of each register, by its number.
    places: Vec<Option<usize>>,
}

impl Waves {
    fn new(layout: Layout, axis: TimeAxis) -> Waves {
        let columns = layout.data.w as usize;
        let waves = layout.registers.iter().map(|lanes| {
            let whole = Field::whole(lanes.shown.register.width);
            let all = std::iter::once(whole).chain(lanes.fields.iter().map(|(field, _)| *field));
            all.map(|field| Wave::new(field, columns)).collect()
        });
        let waves = waves.collect();
        Waves { table: Table::default(), layout, axis, waves, places: Vec::new() }
    }
}

impl Visitor for Waves {
    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, id: RegisterId, access: &Access) {
        let id = id as usize;
        if id >= self.places.len() {
            let register = access.register();
            self.places.resize(id, None);
            self.places.push(self.layout.registers.iter().position(|lanes| lanes.shown.register == register));
        }
        let Some(place) = self.places[id].filter(|_| access.op != Op::Unknown) else { return };
        if let Some(x) = self.axis.x(access.time) {
            let column = (x - self.layout.data.x) as usize;
            self.waves[place].iter_mut().for_each(|wave| wave.add(column, access.op, access.value));
        }
    }
}

struct Drawing<'a> {
    canvas: &'a mut Canvas,
    events: &'a Events,
}

impl Drawing<'_> {
    fn draw(mut self, waves: Waves) {
        let Waves { layout, mut axis, waves, .. } = waves;
        let losses = self.events.losses.iter().filter_map(|&time| axis.x_near(time));
        let mut breaks: Vec<usize> = losses.map(|x| (x - layout.data.x).max(0) as usize).collect();
        breaks.sort_unstable();
        axis.draw_panel(self.canvas, layout.data);
        for (lanes, waves) in layout.registers.iter().zip(&waves) {
            let shown = &lanes.shown;
            let bytes =
                if shown.register.width == 4 { String::new() } else { format!(" w{}", shown.register.width) };
            let name = format!("+0x{:x}{bytes}", shown.register.offset);
            self.label(lanes.area, PALETTE.ink, &name);
            let areas = std::iter::once(lanes.area).chain(lanes.fields.iter().map(|(_, area)| *area));
            for (i, (wave, area)) in waves.iter().zip(areas).enumerate() {
                let pieces = pieces(&wave.stretches(&breaks), &axis, layout.data.x);
                match (i, wave.field.bits) {
                    (0, _) => {
                        self.tell(&name, &pieces, area);
                        let ticks = self.canvas.px(8.0);
                        self.bus(wave, &pieces, Area { h: area.h - ticks, ..area });
                        self.accesses(wave, Area::new(area.x, area.bottom() - ticks, area.w, ticks));
                    }
                    (_, 1) => self.bit(&pieces, area),
                    _ => self.bus(wave, &pieces, area),
                }
                if i > 0 {
                    self.canvas.hover(area, format!("{name} {}", wave.field.name()));
                    self.label(area, PALETTE.muted, &wave.field.name());
                }
            }
        }
        axis.draw_gaps(self.canvas, layout.data);
        axis.draw(self.canvas, layout.data.bottom(), self.canvas.width);
        marks(self.canvas, &mut axis, self.events, layout.marks, layout.data.bottom());
    }

    fn label(&mut self, area: Area, color: Color, words: &str) {
        let right = area.x - self.canvas.px(8.0);
        let words = shorten(words, self.canvas.fitting(right - self.canvas.px(4.0), Letters::Small));
        self.canvas.text((right, area.y + area.h / 2), Anchor::Right, Letters::Small, color, &words);
    }

    fn color(&self, stretch: &Stretch) -> Color {
        if stretch.written { PALETTE.write } else { PALETTE.read }
    }

    fn tell(&mut self, name: &str, pieces: &[(i32, i32, Stretch)], area: Area) {
        for (x0, x1, stretch) in pieces {
            let how = if stretch.written { "written" } else { "read" };
            let words = match stretch.value {
                Some(value) => format!("{name}: 0x{value:x} {how}"),
                None => format!("{name}: several values"),
            };
            self.canvas.hover(Area::new(*x0, area.y, x1 - x0, area.h), words);
        }
    }

    /// Draws values in boxes, with digits where they fit.
    fn bus(&mut self, wave: &Wave, pieces: &[(i32, i32, Stretch)], area: Area) {
        let (top, h) = (area.y + 1, area.h - 2);
        for (x0, x1, stretch) in pieces {
            let color = self.color(stretch);
            let width = x1 - x0;
            let Some(value) = stretch.value else {
                self.canvas.rect(Area::new(*x0, top, width, h), color);
                continue;
            };
            let free = i32::from(width > 3);
            self.canvas.rect(Area::new(*x0, top, 1, h), color);
            self.canvas.rect(Area::new(x0 + 1, top, width - 1 - free, h), PALETTE.panel.mix(color, 0.3));
            let digits = if wave.field.bits < 4 { value.to_string() } else { format!("{value:x}") };
            if self.canvas.text_width(&digits, Letters::Small) + self.canvas.px(4.0) <= width {
                let place = ((x0 + x1) / 2, top + h / 2);
                self.canvas.text(place, Anchor::Middle, Letters::Small, PALETTE.ink, &digits);
            }
        }
    }

    /// Draws a bit as a line: high, low, and full where it is both in one column.
    fn bit(&mut self, pieces: &[(i32, i32, Stretch)], area: Area) {
        let thick = self.canvas.px(1.6);
        let (high, low) = (area.y + self.canvas.px(3.0), area.bottom() - thick - 1);
        let mut before: Option<&(i32, i32, Stretch)> = None;
        for piece in pieces {
            let (x0, x1, stretch) = piece;
            let color = self.color(stretch);
            match stretch.value {
                None => self.canvas.rect(Area::new(*x0, high, x1 - x0, low + thick - high), color),
                Some(value) => {
                    let joins = before.is_some_and(|(_, end, b)| end == x0 && b.last != value);
                    if joins {
                        self.canvas.rect(Area::new(*x0, high, 1, low + thick - high), color);
                    }
                    let y = if value == 0 { low } else { high };
                    self.canvas.rect(Area::new(*x0, y, x1 - x0, thick), color);
                }
            }
            before = Some(piece);
        }
    }

    /// Draws reads and writes below each other.
    fn accesses(&mut self, wave: &Wave, area: Area) {
        let half = area.h / 2;
        let reads = wave.columns.iter().map(|c| c.is_some_and(|c| c.reads)).collect::<Vec<_>>();
        let writes = wave.columns.iter().map(|c| c.is_some_and(|c| c.writes)).collect::<Vec<_>>();
        for (row, (seen, color)) in [(reads, PALETTE.read), (writes, PALETTE.write)].into_iter().enumerate() {
            let mut x = area.x;
            for run in seen.chunk_by(|a, b| a == b) {
                if run[0] {
                    let y = area.y + row as i32 * half;
                    self.canvas.rect(Area::new(x, y, run.len() as i32, half - 1), color);
                }
                x += run.len() as i32;
            }
        }
    }
}

/// The columns of each stretch, without idle gaps.
fn pieces(stretches: &[Stretch], axis: &TimeAxis, left: i32) -> Vec<(i32, i32, Stretch)> {
    let shown: Vec<(i32, i32)> = axis.stretches().collect();
    let mut pieces = Vec::new();
    for stretch in stretches {
        let (start, end) = (left + stretch.start as i32, left + stretch.end as i32);
        for &(x0, x1) in &shown {
            let (from, to) = (start.max(x0), end.min(x1));
            if from < to {
                pieces.push((from, to, *stretch));
            }
        }
    }
    pieces
}

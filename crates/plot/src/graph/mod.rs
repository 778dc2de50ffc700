//! Which access follows which: the registers of a device that are used most, and arrows from each access to the
//! next one.

mod drawing;
mod layout;
mod steps;

use mmio_analyze::Summary;
use mmio_analyze::kinds::RegisterKind;
use mmio_analyze::regs;
use mmio_format::{Op, Register, Result, Scope, Trace};
use mmio_report::numbers::{grouped, hex};
use mmio_report::regs::kind;

use crate::canvas::Canvas;
use crate::figure::{self, Frame, Key, Picture, counted, operation};
use crate::map::KINDS;
use crate::overview::{BarId, Ops, Overview, title_of};
use crate::palette::{Color, PALETTE};
use drawing::Drawing;
use layout::Link;
use steps::{Node, Steps};

/// Fewest and most nodes.
pub const NODES: std::ops::RangeInclusive<usize> = 2..=40;
/// Nodes where no number was asked for.
pub const TOP: usize = 14;

/// Draws what follows what among the accesses of one device that are in `scope`: the device with most accesses
/// whose values are known, unless the filter names one. A node is a register that is read, or one that is written; the `top` that are turned to
/// most often (a poll counts once) are shown, or fewer where they do not fit.
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn graph(trace: &mut Trace, scope: &Scope, picture: &Picture, top: usize) -> Result<Canvas> {
    let overview = Overview::of(trace, scope)?;
    let summary = overview.summary;
    let Some(bar) = overview.busiest(Ops::known) else {
        return Ok(figure::empty(picture, "What follows what", summary));
    };
    let device = trace.devices().get(bar.device).clone();
    let scope = scope.with(scope.filter.of_device(&device.name));
    let steps = Steps::of(trace, &scope, top.clamp(*NODES.start(), *NODES.end()))?;
    let entries = regs::of_scope(trace, &scope)?;
    let kind_of = |register: Register| {
        entries.iter().find(|e| e.holds(register)).map_or(RegisterKind::Unknown, |e| e.kind)
    };
    let kinds: Vec<RegisterKind> = steps.nodes.iter().map(|n| kind_of(n.register)).collect();
    let bars: Vec<BarId> = overview.bars.iter().map(|(b, _)| *b).filter(|b| b.device == bar.device).collect();
    let name = format!("What follows what: {}", title_of(bars.iter().copied(), trace.devices()));
    // Values were read only now.
    let summary = Summary { wide: trace.wide_values(), ..summary };
    let around = Around { name, bars: bars.len() > 1, summary };
    Ok(draw(&steps, &kinds, &around, picture))
}

/// Nodes and arrows that are shown.
struct Shown {
    /// Places in [`Steps::nodes`].
    nodes: Vec<usize>,
    /// Links between two nodes, by their place in `nodes`.
    links: Vec<Link>,
    /// How often each node follows itself.
    loops: Vec<u64>,
}

/// Part of what leaves or enters a node that makes an arrow worth its room.
const SHARE: f64 = 0.08;
/// Most arrows for each node.
const ARROWS: usize = 3;

impl Shown {
    /// The `count` nodes with most turns.
    fn new(steps: &Steps, count: usize) -> Shown {
        let mut nodes: Vec<usize> = (0..steps.nodes.len()).collect();
        nodes.sort_by_key(|&n| (std::cmp::Reverse(steps.nodes[n].turns), n));
        nodes.truncate(count);
        nodes.sort_unstable();
        let mut links: Vec<Link> = (0..nodes.len())
            .flat_map(|from| (0..nodes.len()).map(move |to| (from, to)))
            .filter(|(from, to)| from != to)
            .map(|(from, to)| Link { from, to, weight: steps.count(nodes[from], nodes[to]) })
            .filter(|link| {
                let ends = [link.from, link.to].map(|n| steps.nodes[nodes[n]].turns);
                link.weight > 0 && ends.iter().any(|&n| link.weight as f64 >= SHARE * n as f64)
            })
            .collect();
        links.sort_by_key(|link| std::cmp::Reverse(link.weight));
        links.truncate(ARROWS * nodes.len());
        let loops = nodes.iter().map(|&n| steps.count(n, n)).collect();
        Shown { nodes, links, loops }
    }

    /// Transitions that are drawn.
    fn drawn(&self) -> u64 {
        self.links.iter().map(|link| link.weight).chain(self.loops.iter().copied()).sum()
    }
}

/// What stands around the graph.
struct Around {
    name: String,
    /// Whether the device has several BARs, so that nodes name theirs.
    bars: bool,
    summary: Summary,
}

/// Draws as many nodes as fit.
fn draw(steps: &Steps, kinds: &[RegisterKind], around: &Around, picture: &Picture) -> Canvas {
    let plain = Canvas::new(picture.width, 0);
    let mut count = steps.nodes.len();
    loop {
        let shown = Shown::new(steps, count);
        let frame = frame(steps, &shown, kinds, around);
        let drawing = Drawing::new(&plain, steps, &shown, kinds, around.bars);
        let least = frame.height(picture) + drawing.height();
        let mut canvas = Canvas::new(picture.width, picture.height.unwrap_or(least.max(plain.px(300.0))));
        if canvas.height >= least || count <= *NODES.start() {
            canvas.rect(crate::canvas::Area::new(0, 0, canvas.width, canvas.height), PALETTE.background);
            let area = frame.draw(&mut canvas, picture);
            drawing.draw(&mut canvas, area);
            return canvas;
        }
        count -= 1;
    }
}

fn frame(steps: &Steps, shown: &Shown, kinds: &[RegisterKind], around: &Around) -> Frame {
    let mut legend: Vec<(Key, String)> =
        vec![(Key::Square(PALETTE.read), "read".into()), (Key::Square(PALETTE.write), "written".into())];
    let there = |of: &RegisterKind| shown.nodes.iter().any(|&n| kinds[n] == *of);
    legend.extend(KINDS.into_iter().filter(there).map(|of| (Key::Square(fill(of)), kind(of).to_owned())));
    legend.push((Key::Nothing, "number: how often it is the next access".into()));
    if let Some(&node) = shown.nodes.first().filter(|_| around.bars) {
        let register = steps.nodes[node].register;
        let (bar, offset) = (register.bar(), hex(register.offset));
        legend.push((Key::Nothing, format!("{bar}:+{offset} is +{offset} of bar {bar}")));
    }
    let all = steps.nodes.len() as u64 + steps.others;
    let accesses: u64 = shown.nodes.iter().map(|&n| steps.nodes[n].count).sum();
    let which = match all - shown.nodes.len() as u64 {
        0 => "all registers read or written".to_owned(),
        _ => format!("{} of {} registers read or written, the busiest", shown.nodes.len(), grouped(all)),
    };
    let subtitle = format!("{which}: {}", counted(accesses, "access"));
    let part = percent(shown.drawn(), steps.total);
    let note = format!("arrows: {part} of {} steps from an access to the next", grouped(steps.total));
    Frame { title: around.name.clone(), subtitle, legend, summary: around.summary, note: Some(note) }
}

/// A share as `99.9 %`, and as `100 %` only for all.
fn percent(part: u64, all: u64) -> String {
    if part == all {
        return "100 %".into();
    }
    let tenths = u128::from(part) * 1000 / u128::from(all.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The colour under the words of a node.
fn fill(kind: RegisterKind) -> Color {
    PALETTE.panel.mix(PALETTE.kind(kind), 0.5)
}

/// The colour of an operation.
fn color(op: Op) -> Color {
    match op {
        Op::Read => PALETTE.read,
        Op::Write => PALETTE.write,
        _ => PALETTE.unknown,
    }
}

/// A node's name: `W +0x20`, `R1 3:+0x8`.
fn words(node: &Node, bars: bool) -> String {
    let op = operation(node.op.letter(), node.register.width);
    let bar = if bars { format!("{}:", node.register.bar()) } else { String::new() };
    format!("{op} {bar}+{}", hex(node.register.offset))
}

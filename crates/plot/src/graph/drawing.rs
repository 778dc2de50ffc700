//! Nodes as boxes, and arrows between them.

use mmio_analyze::kinds::RegisterKind;
use mmio_report::numbers::grouped;
use mmio_report::regs::kind;

use super::layout::{Layout, Link, Room, layout};
use super::steps::Steps;
use super::{Shown, color, fill, words};
use crate::canvas::{Anchor, Area, Canvas, Letters, Shape};
use crate::curve::{Piece, across, points};
use crate::font::shorten;
use crate::palette::{Color, PALETTE};

/// Pixels between two layers at least, and at most.
const BETWEEN: (f64, f64) = (64.0, 170.0);
/// Pixels between nodes, one above the other; of a bend; and of a loop above its node.
const GAP: f64 = 20.0;
const BEND: f64 = 16.0;
const LOOP: f64 = 20.0;
/// How much further apart nodes are at most where there is room.
const STRETCH: f64 = 1.6;
/// Pixels that arrows within the last layer take at its right, with their numbers; and how far they reach.
const ASIDE: f64 = 64.0;
const REACH: f64 = 40.0;

struct Node {
    words: [String; 2],
    told: String,
    stripe: Color,
    fill: Color,
    loops: u64,
}

/// A graph whose nodes have their places.
pub(super) struct Drawing {
    nodes: Vec<Node>,
    links: Vec<Link>,
    layout: Layout,
    /// Pixels of a box, and what a loop takes above it.
    width: i32,
    height: i32,
    above: i32,
    most: u64,
}

impl Drawing {
    /// For a picture as wide as `canvas`.
    pub(super) fn new(
        canvas: &Canvas,
        steps: &Steps,
        shown: &Shown,
        kinds: &[RegisterKind],
        bars: bool,
    ) -> Drawing {
        let node = |(&n, &loops): (&usize, &u64)| {
            let (node, name) = (&steps.nodes[n], kind(kinds[n]));
            let words = [words(node, bars), format!("{name} {}", grouped(node.count))];
            let again =
                if loops > 0 { format!(", {} times itself next", grouped(loops)) } else { String::new() };
            let told = format!("{}: {name}, {} times{again}", words[0], grouped(node.count));
            Node { words, told, stripe: color(node.op), fill: fill(kinds[n]), loops }
        };
        let nodes: Vec<Node> = shown.nodes.iter().zip(&shown.loops).map(node).collect();
        let letters =
            nodes.iter().flat_map(|n| &n.words).map(|w| w.chars().count() as i32).max().unwrap_or(1);
        let inner = canvas.width - canvas.px(36.0);
        let width = (letters * canvas.advance(Letters::Small) + canvas.px(14.0)).min(inner / 2);
        let height = 2 * canvas.line_height(Letters::Small) + canvas.px(2.0);
        let above = canvas.px(LOOP);
        let between = canvas.px(BETWEEN.0);
        let room = Room {
            layers: ((inner - canvas.px(ASIDE) + between) / (width + between)).max(1) as usize,
            gap: canvas.px(GAP),
            bend: canvas.px(BEND),
        };
        // A loop takes its room on both sides, so that the middle of a node stays that of its box.
        let heights: Vec<i32> =
            nodes.iter().map(|n| height + if n.loops > 0 { 2 * above } else { 0 }).collect();
        let layout = layout(&heights, &shown.links, room);
        let weights = shown.links.iter().map(|l| l.weight).chain(shown.loops.iter().copied());
        let most = weights.max().unwrap_or(1).max(2);
        Drawing { nodes, links: shown.links.clone(), layout, width, height, above, most }
    }

    /// Pixels from top to bottom.
    pub(super) fn height(&self) -> i32 {
        self.layout.height + 2 * self.above
    }

    pub(super) fn draw(self, canvas: &mut Canvas, area: Area) {
        let layers = self.layout.layers.max(1) as i32;
        let layer = |node: usize| self.layout.places[node].0 as i32;
        let aside = self.links.iter().any(|l| layer(l.from) == layer(l.to) && layer(l.to) == layers - 1);
        let aside = if aside { canvas.px(ASIDE) } else { 0 };
        let free = area.w - aside - layers * self.width;
        let between = (free / (layers - 1).max(1)).min(canvas.px(BETWEEN.1));
        let left = area.x + (free - between * (layers - 1)) / 2;
        let needed = self.layout.height.max(1);
        let stretch = (f64::from(area.h - 2 * self.above) / f64::from(needed)).clamp(1.0, STRETCH);
        let top = area.y + (area.h - (f64::from(needed) * stretch) as i32).max(0) / 2;
        let mut page = Page { canvas, graph: &self, left, top, stretch, between, taken: Vec::new() };
        page.draw();
    }
}

struct Page<'a> {
    canvas: &'a mut Canvas,
    graph: &'a Drawing,
    left: i32,
    top: i32,
    stretch: f64,
    between: i32,
    /// Where no number may stand.
    taken: Vec<Area>,
}

/// A way from left to right, or down or up at the right of its layer.
struct Way {
    pieces: Vec<Piece>,
    /// Whether the arrow is at its beginning.
    back: bool,
}

impl Page<'_> {
    fn draw(&mut self) {
        let boxes: Vec<Area> = self.graph.layout.places.iter().map(|&place| self.node_area(place)).collect();
        self.taken.clone_from(&boxes);
        let ways = self.ways(&boxes);
        // The most frequent ones are on top.
        for (link, way) in self.graph.links.iter().zip(&ways).rev() {
            self.arrow(link, way);
        }
        for (node, area) in self.graph.nodes.iter().zip(&boxes) {
            if node.loops > 0 {
                self.turn(node, *area);
            }
        }
        for (node, area) in self.graph.nodes.iter().zip(&boxes) {
            self.node(node, *area);
        }
        for (link, way) in self.graph.links.iter().zip(&ways) {
            self.number(link, way);
        }
    }

    fn column(&self, layer: usize) -> i32 {
        self.left + layer as i32 * (self.graph.width + self.between)
    }

    fn row(&self, y: i32) -> i32 {
        self.top + (f64::from(y) * self.stretch) as i32
    }

    fn node_area(&self, (layer, y): (usize, i32)) -> Area {
        let (w, h) = (self.graph.width, self.graph.height);
        Area::new(self.column(layer), self.row(y) - h / 2, w, h)
    }

    fn node(&mut self, node: &Node, area: Area) {
        let (line, stripe) = (self.canvas.line_height(Letters::Small), self.canvas.px(4.0));
        self.canvas.rect(area, node.fill);
        self.canvas.rect(Area { w: stripe, ..area }, node.stripe);
        let (x, middle) = (area.x + stripe + self.canvas.px(5.0), area.y + area.h / 2);
        let room = self.canvas.fitting(area.right() - x, Letters::Small);
        for (words, y) in node.words.iter().zip([middle - line / 2, middle + line / 2]) {
            self.canvas.text((x, y), Anchor::Left, Letters::Small, node.fill.text(), &shorten(words, room));
        }
        self.canvas.hover(area, node.told.clone());
    }

    /// A loop above a box.
    fn turn(&mut self, node: &Node, area: Area) {
        let (thick, up) = (self.thickness(node.loops), self.graph.above * 3 / 4);
        let (x0, x1) =
            (area.right() - self.canvas.px(46.0).min(area.w / 2), area.right() - self.canvas.px(12.0));
        let tip = (x1, area.y);
        let top = area.y - up * 4 / 3;
        let pieces = vec![[(x0, area.y), (x0, top), (x1, top), (x1, area.y - thick)]];
        self.canvas.shapes.push(Shape::Curve { pieces, width: thick as u32, color: node.stripe });
        self.head(tip, (0, 1), thick, node.stripe);
        let words = grouped(node.loops);
        let length = self.canvas.text_width(&words, Letters::Small);
        let y = area.y - self.canvas.line_height(Letters::Small) / 2 - self.canvas.px(1.0);
        let x = x0 - self.canvas.px(4.0);
        let place = Area::new(x - length, y - self.canvas.px(5.0), length, self.canvas.px(10.0));
        if place.x >= area.x - self.between {
            self.canvas.text((x, y), Anchor::Right, Letters::Small, PALETTE.ink, &words);
            self.taken.push(place);
        }
        self.taken.push(Area::new(x0, area.y - up, x1 - x0, up));
    }

    /// Pixels of a line.
    fn thickness(&self, weight: u64) -> i32 {
        let share = (weight.max(1) as f64).ln() / (self.graph.most as f64).ln();
        self.canvas.px(1.0 + 3.5 * share)
    }

    /// The way of each link, with places of their own at the sides of the boxes.
    fn ways(&self, boxes: &[Area]) -> Vec<Way> {
        let layer = |node: usize| self.graph.layout.places[node].0;
        let ports = self.ports(boxes);
        let way = |(number, link): (usize, &Link)| {
            let back = layer(link.from) > layer(link.to);
            let (a, b) = if back { (link.to, link.from) } else { (link.from, link.to) };
            let (start, end) = ports[number];
            if layer(a) == layer(b) {
                let reach = boxes[a].right() + self.canvas.px(REACH);
                let (from, to) = ((boxes[a].right(), start), (boxes[b].right(), end));
                return Way { pieces: vec![[from, (reach, start), (reach, end), to]], back: false };
            }
            let (mut pieces, mut at) = (Vec::new(), (boxes[a].right(), start));
            for &(column, y) in &self.graph.layout.bends[number] {
                let (x, y) = (self.column(column), self.row(y));
                pieces.push(across(at, (x, y)));
                at = (x + self.graph.width, y);
            }
            pieces.push(across(at, (boxes[b].x, end)));
            Way { pieces, back }
        };
        self.graph.links.iter().enumerate().map(way).collect()
    }

    /// The rows at which each link begins and ends: at each side of a box those that go further up are above.
    fn ports(&self, boxes: &[Area]) -> Vec<(i32, i32)> {
        let places = &self.graph.layout.places;
        let mut ports = vec![(0, 0); self.graph.links.len()];
        for (node, area) in boxes.iter().enumerate() {
            for right in [true, false] {
                // Where the line goes next, which link, and whether this is its left end.
                let mut here: Vec<(i32, bool, usize, bool)> = Vec::new();
                for (number, link) in self.graph.links.iter().enumerate() {
                    let back = places[link.from].0 > places[link.to].0;
                    let (a, b) = if back { (link.to, link.from) } else { (link.from, link.to) };
                    let bends = &self.graph.layout.bends[number];
                    let same = places[a].0 == places[b].0;
                    if a == node && right {
                        here.push((bends.first().map_or(places[b].1, |bend| bend.1), back, number, true));
                    }
                    if b == node && right == same {
                        here.push((bends.last().map_or(places[a].1, |bend| bend.1), back, number, false));
                    }
                }
                here.sort_unstable();
                let count = here.len() as i32;
                for (i, (_, _, number, first)) in (0..).zip(here) {
                    let y = area.y + area.h * (2 * i + 1) / (2 * count);
                    if first { ports[number].0 = y } else { ports[number].1 = y }
                }
            }
        }
        ports
    }

    fn arrow(&mut self, link: &Link, way: &Way) {
        let thick = self.thickness(link.weight);
        let color = PALETTE.background.mix(self.graph.nodes[link.to].stripe, 0.75);
        let head = self.canvas.px(5.0) + thick;
        let mut pieces = way.pieces.clone();
        let layer = |node: usize| self.graph.layout.places[node].0;
        let toward = if layer(link.from) < layer(link.to) { 1 } else { -1 };
        // The line ends inside of the head.
        let last = pieces.len() - 1;
        let end = if way.back { &mut pieces[0][0] } else { &mut pieces[last][3] };
        let tip = *end;
        end.0 -= toward * head / 2;
        self.canvas.shapes.push(Shape::Curve { pieces, width: thick as u32, color });
        self.head(tip, (toward, 0), thick, color);
    }

    /// The head of an arrow in a direction.
    fn head(&mut self, (x, y): (i32, i32), (dx, dy): (i32, i32), thick: i32, color: Color) {
        let (long, half) = (self.canvas.px(5.0) + thick, self.canvas.px(2.0) + thick);
        let (bx, by) = (x - dx * long, y - dy * long);
        let points = vec![(x, y), (bx - dy * half, by - dx * half), (bx + dy * half, by + dx * half)];
        self.canvas.shapes.push(Shape::Polygon { points, color });
    }

    /// How often, at the first place along the way that is free.
    fn number(&mut self, link: &Link, way: &Way) {
        let words = grouped(link.weight);
        let (w, h) =
            (self.canvas.text_width(&words, Letters::Small), self.canvas.line_height(Letters::Small));
        let points = points(&way.pieces);
        let last = points.len() - 1;
        let middle = |share: usize| {
            let (x, y) = points[last * share / 100];
            (x.round() as i32, y.round() as i32)
        };
        let told = [link.from, link.to].map(|n| self.graph.nodes[n].words[0].clone()).join(" → ");
        let told = format!("{told}: {} times", grouped(link.weight));
        for share in [50, 40, 60, 30, 70, 20, 80, 12, 88] {
            let (x, y) = middle(share);
            let area = Area::new(x - w / 2 - 1, y - h / 2, w + 2, h);
            if !self.taken.iter().any(|taken| taken.overlaps(&area)) {
                let back = Area { y: area.y + h / 6, h: h - h / 3, ..area };
                self.canvas.rect(back, PALETTE.background);
                self.canvas.text((x, y), Anchor::Middle, Letters::Small, PALETTE.ink, &words);
                self.canvas.hover(area, told);
                self.taken.push(area);
                return;
            }
        }
        let (x, y) = middle(50);
        self.canvas.hover(Area::new(x - h / 2, y - h / 2, h, h), told);
    }
}

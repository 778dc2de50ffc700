//! Where the nodes of a graph stand so that most arrows point to the right: in layers, as few lines as may be
//! crossing. The same graph always looks the same.
//!
//! The steps are those of Sugiyama, Tagawa and Toda (1981): arrows that close cycles are turned round (by the rule of
//! Eades, Lin and Smyth, 1993), each node goes to the right of those that lead to it, long arrows get a bend
//! in each layer that they pass, and layers are sorted by where their neighbours are.

/// An arrow between two different nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) weight: u64,
}

/// A place for each node and a way for each link.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Layer of each node, from the left, and row of its middle in pixels from the top.
    pub(super) places: Vec<(usize, i32)>,
    /// For each link the layers and rows of its bends, from left to right.
    pub(super) bends: Vec<Vec<(usize, i32)>>,
    pub(super) layers: usize,
    /// Pixels from top to bottom.
    pub(super) height: i32,
}

/// What the layout is to keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Most layers.
    pub(super) layers: usize,
    /// Pixels between two nodes, one above the other, and between a bend and what is next to it.
    pub(super) gap: i32,
    pub(super) bend: i32,
}

/// Sweeps over all layers.
const SWEEPS: usize = 24;

/// Places nodes of the given heights. Of two that are equal in all else, the first stands further left, or above.
pub(super) fn layout(heights: &[i32], links: &[Link], room: Room) -> Layout {
    let order = order(heights.len(), links);
    let mut layer = layers(&order, links);
    squeeze(&mut layer, links, room.layers.max(1));
    spread(&mut layer, links, room.layers.max(1));
    let count = layer.iter().max().map_or(0, |last| last + 1);
    let mut rows = Rows::new(heights, &layer, links, count, room);
    rows.sort();
    rows.settle();
    rows.close();
    rows.layout(heights.len(), count)
}

/// Nodes from left to right so that little weight points back.
fn order(count: usize, links: &[Link]) -> Vec<usize> {
    let (mut left, mut right, mut open) = (Vec::new(), Vec::new(), vec![true; count]);
    let sums = |open: &[bool], node: usize| {
        let here = links.iter().filter(|l| open[l.from] && open[l.to]);
        here.fold((0_u64, 0_u64), |(out, into), link| {
            let add = |sum: u64, yes: bool| sum.saturating_add(if yes { link.weight } else { 0 });
            (add(out, link.from == node), add(into, link.to == node))
        })
    };
    while left.len() + right.len() < count {
        let rest = || (0..count).filter(|&n| open[n]).map(|n| (n, sums(&open, n)));
        let sink = rest().rfind(|(_, (out, _))| *out == 0);
        let source = rest().find(|(_, (_, into))| *into == 0);
        let surplus = |&(n, (out, into)): &(usize, (u64, u64))| {
            (i128::from(out) - i128::from(into), std::cmp::Reverse(n))
        };
        let (node, at_right) = match (source, sink) {
            (Some((node, _)), _) => (node, false),
            (None, Some((node, _))) => (node, true),
            (None, None) => (rest().max_by_key(surplus).map_or(0, |(node, _)| node), false),
        };
        open[node] = false;
        if at_right { right.push(node) } else { left.push(node) }
    }
    left.extend(right.into_iter().rev());
    left
}

/// The layer of each node: right of all that lead to it, but no further left of what it leads to than needed.
fn layers(order: &[usize], links: &[Link]) -> Vec<usize> {
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &node)| place[node] = at);
    let forward: Vec<(usize, usize)> = links
        .iter()
        .map(|l| if place[l.from] <= place[l.to] { (l.from, l.to) } else { (l.to, l.from) })
        .collect();
    let mut layer = vec![0_usize; order.len()];
    for &node in order {
        let before = forward.iter().filter(|(_, to)| *to == node).map(|(from, _)| layer[*from] + 1);
        layer[node] = before.max().unwrap_or(0);
    }
    for &node in order.iter().rev() {
        let behind = forward.iter().filter(|(from, _)| *from == node).map(|(_, to)| layer[*to]);
        if let Some(first) = behind.min()
            && !forward.iter().any(|(_, to)| *to == node)
        {
            layer[node] = first.saturating_sub(1);
        }
    }
    layer
}

/// Joins neighbouring layers with the least weight between them and the fewest nodes until at most `most` are left.
fn squeeze(layer: &mut [usize], links: &[Link], most: usize) {
    loop {
        let count = layer.iter().max().map_or(0, |last| last + 1);
        if count <= most {
            return;
        }
        let cost = |at: &usize| {
            let nodes = layer.iter().filter(|&&l| l == *at || l == *at + 1).count();
            let between = |l: &&Link| {
                let ends = (layer[l.from], layer[l.to]);
                ends == (*at, *at + 1) || ends == (*at + 1, *at)
            };
            (nodes, links.iter().filter(between).fold(0_u64, |sum, l| sum.saturating_add(l.weight)), *at)
        };
        let Some(joined) = (0..count - 1).min_by_key(cost) else { return };
        layer.iter_mut().filter(|l| **l > joined).for_each(|l| *l -= 1);
    }
}

/// Deals nodes without links out over all layers.
fn spread(layer: &mut [usize], links: &[Link], most: usize) {
    let linked = |node: usize| links.iter().any(|l| l.from == node || l.to == node);
    let last = (0..layer.len()).filter(|&node| linked(node)).map(|node| layer[node]).max();
    let count = last.map_or(most, |last| last + 1);
    let alone = (0..layer.len()).filter(|&node| !linked(node)).collect::<Vec<_>>();
    alone.into_iter().enumerate().for_each(|(at, node)| layer[node] = at % count);
}

/// A node, or a bend of a link.
#[derive(Clone, Copy, Debug)]
struct Item {
    layer: usize,
    height: i32,
    /// Which link, of a bend.
    link: Option<usize>,
    /// Row of the item's middle.
    y: f64,
}

struct Rows {
    items: Vec<Item>,
    /// Items of each layer from top to bottom.
    layers: Vec<Vec<usize>>,
    /// Lines between items of neighbouring layers, the left one first.
    lines: Vec<(usize, usize)>,
    links: usize,
    room: Room,
}

impl Rows {
    fn new(heights: &[i32], layer: &[usize], links: &[Link], count: usize, room: Room) -> Rows {
        let node = |(&layer, &height)| Item { layer, height, link: None, y: 0.0 };
        let mut rows = Rows {
            items: layer.iter().zip(heights).map(node).collect(),
            layers: vec![Vec::new(); count],
            lines: Vec::new(),
            links: links.len(),
            room,
        };
        for (number, link) in links.iter().enumerate() {
            let (from, to) =
                if layer[link.from] <= layer[link.to] { (link.from, link.to) } else { (link.to, link.from) };
            let mut last = from;
            for between in layer[from] + 1..layer[to] {
                rows.items.push(Item { layer: between, height: room.bend, link: Some(number), y: 0.0 });
                rows.lines.push((last, rows.items.len() - 1));
                last = rows.items.len() - 1;
            }
            if layer[from] < layer[to] {
                rows.lines.push((last, to));
            }
        }
        (0..rows.items.len()).for_each(|item| rows.layers[rows.items[item].layer].push(item));
        rows
    }

    /// The items that `item` has a line to in the layer at its left, or at its right.
    fn neighbours(&self, item: usize, left: bool) -> impl Iterator<Item = usize> {
        self.lines.iter().filter_map(move |&(a, b)| match left {
            true => (b == item).then_some(a),
            false => (a == item).then_some(b),
        })
    }

    /// Sorts layers by where their neighbours are, from left to right and back, and keeps what crosses least.
    fn sort(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let rightwards = sweep % 2 == 0;
            let mut order: Vec<usize> = (0..self.layers.len()).collect();
            if !rightwards {
                order.reverse();
            }
            for layer in order {
                let mut row = vec![0; self.items.len()];
                self.layers.iter().for_each(|l| l.iter().enumerate().for_each(|(at, &item)| row[item] = at));
                let wanted = |item: usize| {
                    let near: Vec<f64> = self.neighbours(item, rightwards).map(|n| row[n] as f64).collect();
                    if near.is_empty() {
                        row[item] as f64
                    } else {
                        near.iter().sum::<f64>() / near.len() as f64
                    }
                };
                let mut sorted: Vec<(f64, usize)> =
                    self.layers[layer].iter().map(|&item| (wanted(item), item)).collect();
                sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[layer] = sorted.into_iter().map(|(_, item)| item).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    fn crossings(&self) -> usize {
        let mut row = vec![0; self.items.len()];
        self.layers.iter().for_each(|l| l.iter().enumerate().for_each(|(at, &item)| row[item] = at));
        let crosses = |&(a, b): &(usize, usize), &(c, d): &(usize, usize)| {
            self.items[a].layer == self.items[c].layer
                && (row[a] < row[c]) != (row[b] < row[d])
                && a != c
                && b != d
        };
        let pairs = self.lines.iter().enumerate();
        pairs.map(|(i, line)| self.lines[..i].iter().filter(|other| crosses(line, other)).count()).sum()
    }

    /// Moves items towards their neighbours, as far as those above and below allow.
    fn settle(&mut self) {
        for layer in 0..self.layers.len() {
            self.put(layer, |_, _| None);
        }
        for sweep in 0..SWEEPS {
            for layer in 0..self.layers.len() {
                let layer = if sweep % 2 == 0 { layer } else { self.layers.len() - 1 - layer };
                self.put(layer, |rows, item| {
                    let both = rows.neighbours(item, true).chain(rows.neighbours(item, false));
                    let near: Vec<f64> = both.map(|n| rows.items[n].y).collect();
                    (!near.is_empty()).then(|| near.iter().sum::<f64>() / near.len() as f64)
                });
            }
        }
    }

    /// Places the items of a layer in their order, near to where they want to be.
    fn put(&mut self, layer: usize, wanted: impl Fn(&Rows, usize) -> Option<f64>) {
        let row = self.layers[layer].clone();
        let wanted: Vec<f64> =
            row.iter().map(|&item| wanted(self, item).unwrap_or(self.items[item].y)).collect();
        let apart = |a: &Item, b: &Item| {
            let gap = if a.link.is_none() && b.link.is_none() { self.room.gap } else { self.room.bend / 2 };
            f64::from(a.height + b.height) / 2.0 + f64::from(gap)
        };
        let mut places: Vec<f64> = Vec::new();
        for (i, &item) in row.iter().enumerate() {
            let least = i
                .checked_sub(1)
                .map(|above| places[above] + apart(&self.items[row[above]], &self.items[item]));
            places.push(least.map_or(wanted[i], |least| wanted[i].max(least)));
        }
        // Those that were pushed down go up again by half of what they were pushed on average.
        let pushed = places.iter().zip(&wanted).map(|(place, wanted)| place - wanted).sum::<f64>();
        let back = pushed / row.len().max(1) as f64;
        for (&item, place) in row.iter().zip(&places) {
            self.items[item].y = place - back;
        }
    }

    /// Brings parts together that have rows without anything between them, as far as two nodes are apart.
    fn close(&mut self) {
        let half = |item: &Item| f64::from(item.height) / 2.0;
        let mut order: Vec<usize> = (0..self.items.len()).collect();
        order.sort_by(|&a, &b| {
            let top = |item: &Item| item.y - half(item);
            top(&self.items[a]).total_cmp(&top(&self.items[b]))
        });
        let (mut bottom, mut up) = (f64::INFINITY, 0.0);
        for place in order {
            let item = &mut self.items[place];
            let (top, low) = (item.y - half(item), item.y + half(item));
            up += (top - bottom - f64::from(self.room.gap)).max(0.0);
            bottom = if bottom.is_finite() { bottom.max(low) } else { low };
            item.y -= up;
        }
    }

    fn layout(self, nodes: usize, layers: usize) -> Layout {
        let edge = |item: &Item, side: f64| item.y + side * f64::from(item.height) / 2.0;
        let top = self.items.iter().map(|item| edge(item, -1.0)).fold(f64::INFINITY, f64::min);
        let bottom = self.items.iter().map(|item| edge(item, 1.0)).fold(f64::NEG_INFINITY, f64::max);
        if nodes == 0 {
            return Layout::default();
        }
        let place = |item: &Item| (item.layer, (item.y - top).round() as i32);
        let mut bends = vec![Vec::new(); self.links];
        for item in &self.items[nodes..] {
            if let Some(link) = item.link {
                bends[link].push(place(item));
            }
        }
        let places = self.items[..nodes].iter().map(place).collect();
        Layout { places, bends, layers, height: (bottom - top).ceil() as i32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { layers: 8, gap: 20, bend: 10 };

    fn links(pairs: &[(usize, usize, u64)]) -> Vec<Link> {
        pairs.iter().map(|&(from, to, weight)| Link { from, to, weight }).collect()
    }

    #[test]
    fn a_chain_goes_from_left_to_right_and_its_way_back_is_turned() {
        let layout = layout(&[30; 3], &links(&[(0, 1, 9), (1, 2, 9), (2, 0, 8)]), ROOM);
        assert_eq!(layout.places.iter().map(|p| p.0).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(layout.bends, [vec![], vec![], vec![layout.bends[2][0]]]);
        assert_eq!((layout.bends[2][0].0, layout.layers), (1, 3));
    }

    #[test]
    fn nothing_lies_over_another() {
        let mut all = Vec::new();
        for from in 0..12_usize {
            for to in [(from * 5 + 1) % 12, (from * 7 + 4) % 12] {
                if from != to {
                    all.push((from, to, (from * 31 + to) as u64));
                }
            }
        }
        let layout = layout(&[30; 12], &links(&all), ROOM);
        let bends = layout.bends.iter().flatten().map(|&(layer, y)| (layer, y, 5));
        let mut items: Vec<(usize, i32, i32)> =
            layout.places.iter().map(|&(layer, y)| (layer, y, 15)).chain(bends).collect();
        items.sort_unstable();
        for pair in items.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            assert!(pair[0].1 + pair[0].2 <= pair[1].1 - pair[1].2, "{pair:?}");
        }
        assert!(items.iter().all(|&(_, y, half)| y - half >= 0 && y + half <= layout.height));
    }

    #[test]
    fn many_layers_are_squeezed_into_the_room() {
        let chain: Vec<(usize, usize, u64)> = (0..19).map(|i| (i, i + 1, 5)).collect();
        let layout = layout(&[30; 20], &links(&chain), Room { layers: 4, ..ROOM });
        assert_eq!(layout.layers, 4);
        assert!(layout.places.iter().all(|p| p.0 < 4));
    }

    #[test]
    fn no_link_and_no_node_are_fine() {
        assert_eq!(layout(&[], &[], ROOM).height, 0);
        let few = Room { layers: 2, ..ROOM };
        assert_eq!(layout(&[30; 3], &[], few).places, [(0, 15), (1, 40), (0, 65)]);
    }
}

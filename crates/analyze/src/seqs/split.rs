//! Variants: one string of steps whose values show that it is several sequences, or that some of
//! its matches are chance.
//!
//! Splitting at a value pays when the other steps' values, or whether a step is a poll, go with
//! it: that is what description length measures. A value that merely varies stays one sequence.

use super::cost::{Prices, RUN};
use super::hash::{Map, sample};
use super::matching::{Place, Sink, Source};
use super::pattern::{Kind, Node};
use super::refine::{Noise, Refined, finish};

/// Bits that a split must save.
const GAIN: f64 = 8.0;
/// Smallest part of the matches that may be split off as the core.
const SHARE: usize = 4;
/// Most variants of one pattern.
const VARIANTS: usize = 8;
/// Matches looked at for a decision.
const SAMPLE: usize = 4096;
/// Distinct values of a step that are tried.
const LEAVES: usize = 96;

/// The values of the steps that are done once a match; `RUN` where one is done more often.
struct Table {
    width: usize,
    values: Vec<u64>,
    bits: Vec<f32>,
}

struct Collect<'a, 'b> {
    source: &'a Source<'b>,
    prices: &'a Prices,
    /// Column of each leaf.
    column: Vec<Option<usize>>,
    values: Vec<u64>,
    bits: Vec<f32>,
}

impl Sink for Collect<'_, '_> {
    fn run(&mut self, leaf: usize, start: u32, count: u32) {
        if let Some(column) = self.column[leaf] {
            let value = if count > 1 { RUN } else { self.source.stream.value[start as usize] };
            self.values[column] = value;
            self.bits[column] = self.prices.value(self.source.stream.symbol[start as usize], value);
        }
    }

    fn times(&mut self, _: usize, _: u32) {}
}

impl Table {
    fn new(source: &Source, prices: &Prices, refined: &Refined, places: &[&Place]) -> Table {
        let mut column = vec![None; refined.numbers];
        let mut width = 0;
        for node in refined.nodes.iter().filter(|n| matches!(n.kind, Kind::Run(_))).take(LEAVES) {
            column[node.id] = Some(width);
            width += 1;
        }
        let mut table = Table { width, values: Vec::new(), bits: Vec::new() };
        let (values, bits) = (vec![0; width], vec![0.0; width]);
        let mut collect = Collect { source, prices, column, values, bits };
        for place in places {
            source.tell(&refined.nodes, place, &mut collect);
            table.values.extend_from_slice(&collect.values);
            table.bits.extend_from_slice(&collect.bits);
        }
        table
    }

    fn value(&self, row: usize, column: usize) -> u64 {
        self.values[row * self.width + column]
    }

    /// Bits that a column's values cost less when they are coded for these rows alone.
    fn column_gain(&self, rows: &[usize], column: usize) -> f64 {
        let mut seen: Map<u64, (u32, f32)> = Map::default();
        let mut before = 0.0;
        for &row in rows {
            let bits = self.bits[row * self.width + column];
            before += f64::from(bits);
            seen.entry(self.value(row, column)).or_insert((0, bits)).0 += 1;
        }
        let total = rows.len() as f64;
        let mut counts: Vec<(u32, f32)> = seen.into_values().collect();
        counts.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let code = |n: f64| if n > 0.0 { n * (total / n).log2() } else { 0.0 };
        // Values seen once are written out.
        let once = counts.iter().filter(|&&(n, _)| n == 1).map(|&(_, bits)| f64::from(bits) + 2.0);
        let (times, written) = once.fold((0.0, 0.0), |(n, sum), bits| (n + 1.0, sum + bits));
        let several = counts.iter().filter(|&&(n, _)| n > 1);
        let named: f64 = several.map(|&(n, bits)| code(f64::from(n)) + f64::from(bits) + 2.0).sum();
        (before - named - written - code(times)).max(0.0)
    }
}

/// Prices of the steps, apart from their values.
struct Steps {
    bits: f64,
    total: f64,
}

impl Steps {
    fn gain(&self, table: &Table, rows: &[usize]) -> f64 {
        let count = rows.len() as f64;
        if count < 1.0 {
            return 0.0;
        }
        let values: f64 = (0..table.width).map(|column| table.column_gain(rows, column)).sum();
        count * (self.bits - (self.total / count).log2()) + values - self.bits - 16.0
    }
}

/// A condition on a column: that it is, or is not, this value.
type Test = (usize, u64, bool);

/// The variants of a sequence; the sequence itself if the values do not separate any.
pub(super) fn variants(source: &Source, prices: &Prices, refined: Refined) -> Vec<Refined> {
    let sample: Vec<&Place> = sample(refined.places.len(), SAMPLE).map(|i| &refined.places[i]).collect();
    let table = Table::new(source, prices, &refined, &sample);
    let steps = Steps { bits: bits(prices, &refined.nodes), total: prices.total() };
    let mut left = vec![((0..sample.len()).collect::<Vec<usize>>(), Vec::<Test>::new())];
    let mut done: Vec<Vec<Test>> = Vec::new();
    while let Some((rows, tests)) = left.pop() {
        match best_split(&table, &steps, &rows) {
            Some(Split { test, core, rest, keep, .. }) if done.len() + left.len() < VARIANTS => {
                let with = |is| [&tests[..], &[(test.0, test.1, is)]].concat();
                if keep {
                    left.push((rest, with(false)));
                }
                left.push((core, with(true)));
            }
            _ => done.push(tests),
        }
    }
    if done.len() == 1 && done[0].is_empty() {
        return vec![refined];
    }
    let places: Vec<&Place> = refined.places.iter().collect();
    let table =
        if sample.len() == places.len() { table } else { Table::new(source, prices, &refined, &places) };
    let variant = |tests: &Vec<Test>| {
        if let Some(nodes) = with_values(&refined.nodes, tests) {
            // A chance match may have hidden one that it overlaps.
            return finish(source, nodes);
        }
        let fits = |row: usize| tests.iter().all(|&(column, v, is)| (table.value(row, column) == v) == is);
        let places = (0..places.len()).filter(|&row| fits(row)).map(|row| refined.places[row]).collect();
        Refined { nodes: refined.nodes.clone(), numbers: refined.numbers, places }
    };
    done.iter().map(variant).collect()
}

/// The pattern with the tested values, if that is all that was tested.
fn with_values(nodes: &[Node], tests: &[Test]) -> Option<Vec<Node>> {
    let mut nodes = nodes.to_vec();
    for &(column, value, is) in tests {
        let node = nodes.iter_mut().filter(|node| matches!(node.kind, Kind::Run(_))).nth(column)?;
        if !is || value == RUN {
            return None;
        }
        node.only = vec![value];
    }
    Some(nodes)
}

/// Bits of the steps of a pattern, loops done once.
fn bits(prices: &Prices, nodes: &[Node]) -> f64 {
    let node = |node: &Node| match &node.kind {
        Kind::Run(symbol) => prices.symbol(*symbol),
        Kind::Walk(walk) => 8.0 * walk.slots.len() as f64,
        Kind::Loop(body) => bits(prices, body),
    };
    nodes.iter().map(node).sum()
}

/// Rows split at a value.
struct Split {
    gain: f64,
    test: (usize, u64),
    /// The rows with the value, and those without.
    core: Vec<usize>,
    rest: Vec<usize>,
    /// Whether the rest is a sequence as well.
    keep: bool,
}

/// The best value to split these rows at.
fn best_split(table: &Table, steps: &Steps, rows: &[usize]) -> Option<Split> {
    let whole = steps.gain(table, rows).max(0.0);
    let mut best: Option<Split> = None;
    for column in 0..table.width {
        let mut values: Vec<u64> = rows.iter().map(|&row| table.value(row, column)).collect();
        values.sort_unstable();
        let commonest = values.chunk_by(|a, b| a == b).max_by_key(|same| same.len())?;
        let (value, count) = (commonest[0], commonest.len());
        if count == rows.len() || count < 2 || count * SHARE < rows.len() {
            continue;
        }
        let (core, rest): (Vec<usize>, Vec<usize>) =
            rows.iter().partition(|&&row| table.value(row, column) == value);
        let (a, b) = (steps.gain(table, &core), steps.gain(table, &rest));
        let gain = a + b.max(0.0) - whole;
        // Matches that differ in this value alone are one sequence, unless a few are the odd ones.
        let others = |rows: &[usize]| -> f64 {
            (0..table.width).filter(|&c| c != column).map(|c| table.column_gain(rows, c)).sum()
        };
        let odd = 10 * rest.len() <= rows.len();
        let apart = || odd || others(&core) + others(&rest) > others(rows) + GAIN;
        if gain > GAIN && best.as_ref().is_none_or(|best| gain > best.gain) && apart() {
            best = Some(Split { gain, test: (column, value), core, rest, keep: b > 0.0 });
        }
    }
    best
}

/// Steps of a pattern that can be chance.
const SHORT: usize = 8;

/// Whether these matches of a pattern are more than what the noise around makes by chance.
///
/// Parts of a sequence that are common enough to have been found first turn up in noise, too.
pub(super) fn is_more_than_chance(
    source: &Source,
    prices: &Prices,
    noise: &Noise,
    refined: &Refined,
    own: &[&Place],
) -> bool {
    if let [Node { kind: Kind::Run(symbol), .. }] = refined.nodes[..] {
        // Of all runs, those of three or more that chance makes.
        let chance = noise.share(symbol).powi(2) * f64::from(noise.count(symbol));
        return noise.share(symbol) > 0.5 || own.len() as f64 > 4.0 * chance;
    }
    let symbols: Option<Vec<u32>> = refined
        .nodes
        .iter()
        .map(|node| match node.kind {
            Kind::Run(symbol) => Some(symbol),
            _ => None,
        })
        .collect();
    let Some(symbols) = symbols.filter(|s| (2..=SHORT).contains(&s.len())) else { return true };
    let own: Vec<&Place> = sample(own.len(), SAMPLE).map(|i| own[i]).collect();
    let table = Table::new(source, prices, refined, &own);
    let bits = noise.bits(own.len(), &symbols);
    let steps = Steps { bits, total: noise.total(own.len(), &symbols) };
    let rows: Vec<usize> = (0..own.len()).collect();
    steps.gain(&table, &rows) >= own.len() as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use crate::seqs::testing::found;

    /// Something else to do between two occurrences.
    fn noise(i: u64) -> String {
        let random = |k| crate::seqs::hash::mix(3 * i + k);
        let access = |k| format!("R{:x}={:x} ", 0x100 + random(k) % 32 * 0x18, random(k) % 97);
        (0..random(3) % 3).map(access).collect()
    }

    #[test]
    fn commands_with_values_of_their_own_are_variants() {
        let command = |i: u64| match i % 7 % 2 {
            0 => "W40=1 R44=11 W48=5 R4c=80",
            _ => "W40=2 R44=77 W48=9 R4c=3",
        };
        let log: String = (0..60).map(|i| format!("{} {} ", noise(i), command(i))).collect();
        let mut found = found(&log);
        found.truncate(2);
        found.sort();
        assert_eq!(found, ["26: W40=2 R44=77 W48=9 R4c=3", "34: W40=1 R44=11 W48=5 R4c=80"]);
    }

    #[test]
    fn a_value_that_merely_varies_is_one_sequence() {
        let log: String = (0..60).map(|i| format!("{} W40={} R44=3 W48=5 ", noise(i), i * i % 3)).collect();
        assert_eq!(found(&log)[0], "60: W40=[0,1] R44=3 W48=5");
    }
}

//! Which contexts share a frequency table: tables cost bytes, and contexts that differ little waste them.

/// Estimated bits of a table's header and of each symbol in it.
const TABLE_BITS: f32 = 20.0;
const SYMBOL_BITS: f32 = 7.5;

/// Tables are numbered by bytes.
const MAX_TABLES: usize = 256;

/// Frequency tables as counts, and which context uses which.
pub(super) struct Groups {
    /// A table for each context.
    pub(super) table_of: Vec<u8>,
    /// Counts of the symbols, table by table.
    pub(super) counts: Vec<Vec<u32>>,
}

/// Groups the contexts of `counts`, which has `alphabet` counts for each.
///
/// A context has a table of its own when that is cheaper than the one for all contexts.
/// `thorough` then merges tables as long as that gains.
pub(super) fn group(counts: &[u32], alphabet: usize, thorough: bool) -> Groups {
    let rows = counts.chunks_exact(alphabet);
    let mut table_of = vec![0; rows.len()];
    let mut all = vec![0; alphabet];
    rows.clone().for_each(|row| add(&mut all, row));
    let total: u32 = all.iter().sum();
    let bits: Vec<f32> = all.iter().map(|&n| (total as f32 / n.max(1) as f32).log2()).collect();
    let mut tables = vec![vec![0; alphabet]];
    let used = rows.zip(&mut table_of).filter(|(row, _)| row.iter().any(|&n| n > 0));
    for (row, table) in used {
        let common: f32 = row.iter().zip(&bits).map(|(&n, bits)| n as f32 * bits).sum();
        if common < TABLE_BITS + SYMBOL_BITS || tables.len() == MAX_TABLES || common < cost(row) {
            add(&mut tables[0], row);
        } else {
            *table = tables.len() as u8;
            tables.push(row.to_vec());
        }
    }
    if tables.len() > 1 && tables[0].iter().all(|&n| n == 0) {
        // Only contexts without symbols point to it.
        tables.swap_remove(0);
        let moved = tables.len() as u8;
        table_of.iter_mut().for_each(|t| *t = if *t == moved { 0 } else { *t });
    }
    let mut groups = Groups { table_of, counts: tables };
    if thorough {
        merge(&mut groups);
    }
    groups
}

/// Merges the two tables that gain most by it, until none gain.
fn merge(groups: &mut Groups) {
    let mut costs: Vec<f32> = groups.counts.iter().map(|row| cost(row)).collect();
    let mut gains: Vec<Vec<f32>> = Vec::new();
    for b in 0..costs.len() {
        gains.push((0..b).map(|a| gain(groups, &costs, a, b)).collect());
    }
    loop {
        let pairs = gains
            .iter()
            .enumerate()
            .flat_map(|(b, row)| row.iter().enumerate().map(move |(a, &g)| (g, a, b)));
        let Some((best, a, b)) = pairs.max_by(|x, y| x.0.total_cmp(&y.0)) else { return };
        if best <= 0.0 {
            return;
        }
        let last = costs.len() - 1;
        let gone = groups.counts.swap_remove(b);
        add(&mut groups.counts[a], &gone);
        costs.swap_remove(b);
        costs[a] = cost(&groups.counts[a]);
        for table in &mut groups.table_of {
            *table = if usize::from(*table) == b { a as u8 } else { *table };
            *table = if usize::from(*table) == last { b as u8 } else { *table };
        }
        gains.pop();
        for i in [a, b].into_iter().filter(|&i| i < costs.len()) {
            for j in (0..costs.len()).filter(|&j| j != i) {
                gains[i.max(j)][i.min(j)] = gain(groups, &costs, i, j);
            }
        }
    }
}

/// Bits that one table instead of two saves.
fn gain(groups: &Groups, costs: &[f32], a: usize, b: usize) -> f32 {
    let mut both = groups.counts[a].clone();
    add(&mut both, &groups.counts[b]);
    costs[a] + costs[b] - cost(&both)
}

fn add(sum: &mut [u32], row: &[u32]) {
    sum.iter_mut().zip(row).for_each(|(s, &n)| *s += n);
}

/// Bits of the symbols that `row` counts under a table of their own, with that table.
pub(super) fn cost(row: &[u32]) -> f32 {
    let (table, symbols) = cost_parts(row);
    table + symbols
}

/// Bits of the table of `row`, and of the symbols under it.
pub(super) fn cost_parts(row: &[u32]) -> (f32, f32) {
    let mut total = 0;
    let mut table = TABLE_BITS;
    let mut symbols = 0.0;
    for &count in row.iter().filter(|&&count| count > 0) {
        total += count;
        table += SYMBOL_BITS;
        symbols -= count as f32 * (count as f32).log2();
    }
    (table, symbols + total as f32 * (total.max(1) as f32).log2())
}

//! Of the pairs that are more than chance, those that say something of their own.

use super::judge::Found;

/// Fewest answers of a pair that only its place shows.
const MIN_BY_PLACE: u64 = 10;

/// Leaves out pairs that only stand side by side a few times: a set-up that is run again keeps its order, and
/// no chance explains that either.
pub(super) fn told(found: &mut Vec<Found>) {
    found.retain(|f| {
        f.by_value || f.write == f.read || f.count >= MIN_BY_PLACE || f.tally.changed * 2 > f.count
    });
}

/// Leaves out what a nearer pair explains. A read after another one is an answer of its own only when its
/// value depends on the write, or when the nearer one always reads the same; a write before another one is a
/// question of its own only when the read depends on it, or when the nearer one always writes the same.
pub(super) fn nearest(found: &mut Vec<Found>) {
    let explained = |far: &Found| {
        !far.by_value
            && found.iter().any(|near| {
                let nearer = near.median < far.median && near.count * 2 >= far.count && !near.across;
                nearer && (nearer_read(near, far) || nearer_write(near, far))
            })
    };
    let keep: Vec<bool> = found.iter().map(|f| !explained(f)).collect();
    let mut keep = keep.iter();
    found.retain(|_| *keep.next().unwrap_or(&true));
}

fn nearer_read(near: &Found, far: &Found) -> bool {
    let varies = |f: &Found| f.values().read != 0;
    near.write == far.write && near.read != near.write && (varies(near) || !varies(far))
}

fn nearer_write(near: &Found, far: &Found) -> bool {
    let varies = |f: &Found| f.values().written != 0;
    near.read == far.read && (varies(near) || !varies(far))
}

//! The markers as tables: all of them, or where there are very many the first and the last, and how often which come.

use std::collections::HashMap;
use std::fmt::Write;

use mmio_analyze::info::Marker;

use crate::numbers::{counted, grouped, seconds};
use crate::table::{Align::Left, Align::Right, Table};

/// Most markers of which each has its line.
const MAX_MARKERS: usize = 40;
/// Markers at the begin and at the end that have theirs where there are more.
const EDGE: usize = 5;
/// Most texts that are listed with how often they come.
const MAX_TEXTS: usize = 20;

/// The section, with its title.
pub(super) fn section(markers: &[Marker], out: &mut String) {
    if markers.is_empty() {
        return;
    }
    let mut table = Table::new(&[("time", Right), ("before access", Right), ("text", Left)]);
    if markers.len() <= MAX_MARKERS {
        markers.iter().for_each(|marker| table.row(cells(marker)));
        let _ = write!(out, "\nmarkers\n{}", table.render("  "));
        return;
    }
    let (first, rest) = markers.split_at(EDGE);
    let (between, last) = rest.split_at(rest.len() - EDGE);
    first.iter().for_each(|marker| table.row(cells(marker)));
    let more = format!("… {} more; the JSON has all", grouped(between.len() as u64));
    table.row(vec!["…".into(), "…".into(), more]);
    last.iter().for_each(|marker| table.row(cells(marker)));
    let all = counted(markers.len() as u64, "marker", "markers");
    let _ = write!(out, "\n{all}\n{}", table.render("  "));
    texts(markers, out);
}

fn cells(marker: &Marker) -> Vec<String> {
    vec![seconds(marker.time), grouped(marker.index), shown(&marker.text)]
}

fn shown(text: &str) -> String {
    text.escape_debug().to_string()
}

/// How often equal texts come, most often first.
fn texts(markers: &[Marker], out: &mut String) {
    let mut texts: HashMap<&str, (u64, usize, usize)> = HashMap::new();
    for (place, marker) in markers.iter().enumerate() {
        let (times, _, last) = texts.entry(&marker.text).or_insert((0, place, place));
        (*times, *last) = (*times + 1, place);
    }
    let all = texts.len();
    let mut often: Vec<_> = texts.into_iter().filter(|(_, (times, ..))| *times > 1).collect();
    often.sort_unstable_by_key(|&(_, (times, first, _))| (std::cmp::Reverse(times), first));
    if often.is_empty() {
        return;
    }
    let mut table = Table::new(&[("times", Right), ("first", Right), ("last", Right), ("text", Left)]);
    for &(text, (times, first, last)) in often.iter().take(MAX_TEXTS) {
        let time = |place: usize| seconds(markers[place].time);
        table.row(vec![grouped(times), time(first), time(last), shown(text)]);
    }
    let _ = write!(out, "\nequal markers\n{}", table.render("  "));
    let left = all - often.len().min(MAX_TEXTS);
    if left > 0 {
        let _ = writeln!(out, "  … {}", counted(left as u64, "other text", "other texts"));
    }
}

//! The long lists: the analyses' own JSON, which the page's script shows.

use mmio_analyze::regs::Entry;
use mmio_report::numbers::grouped;
use mmio_report::{Counts, Speller};
use serde::Serialize;
use serde_json::{Value, json};

use super::findings::Findings;
use super::markup;

/// Most entries of a list, and most bytes of them.
const REGISTERS: (usize, usize) = (4_000, 1_200_000);
const PATTERNS: (usize, usize) = (3_000, 800_000);
const PAIRS: (usize, usize) = (1_000, 300_000);

pub(super) fn registers(findings: &Findings, speller: Speller<'_>) -> String {
    let regs = &findings.regs;
    let row = |e| mmio_report::regs::row(e, speller);
    let (list, left_out) = most(&regs.registers, REGISTERS, Entry::accesses, row);
    let data = json!({
        "schema": mmio_report::regs::SCHEMA, "version": mmio_report::regs::VERSION,
        "trace": Counts::from(regs.trace), "registers": list, "left_out": left_out,
    });
    said("registers", left_out, "those with fewest accesses", "mmio-analyze regs")
        + &markup::json("regs", &data)
}

pub(super) fn patterns(findings: &Findings, speller: Speller<'_>) -> String {
    let patterns = &findings.patterns;
    let row = |p| mmio_report::patterns::row(p, speller);
    let (list, left_out) = most(&patterns.patterns, PATTERNS, |p| p.count, row);
    let data = json!({
        "schema": mmio_report::patterns::SCHEMA, "version": mmio_report::patterns::VERSION,
        "trace": Counts::from(patterns.trace), "patterns": list, "left_out": left_out,
    });
    let mut html = said("patterns", left_out, "those that occur least", "mmio-analyze patterns");
    if patterns.is_incomplete() {
        let words: Vec<&str> = mmio_report::patterns::left_out(patterns).into_iter().collect();
        html += &format!(
            "<p class=\"missing\">More was seen than can be followed at one time: {}.</p>\n",
            words.join(", ")
        );
    }
    html + &markup::json("patterns-data", &data)
}

pub(super) fn pairs(findings: &Findings, speller: Speller<'_>) -> String {
    let pairs = &findings.pairs;
    let row = |p| mmio_report::pairs::row(p, speller);
    let (list, left_out) = most(&pairs.pairs, PAIRS, |p| p.count, row);
    let data = json!({
        "schema": mmio_report::pairs::SCHEMA, "version": mmio_report::pairs::VERSION,
        "trace": Counts::from(pairs.trace), "truncated": pairs.truncated, "pairs": list, "left_out": left_out,
    });
    let mut html = said("pairs", left_out, "those that occur least", "mmio-analyze pairs");
    if pairs.truncated {
        html += "<p class=\"missing\">There were too many pairs of registers to count all of them.</p>\n";
    }
    html + &markup::json("pairs-data", &data)
}

fn said(what: &str, left_out: usize, which: &str, command: &str) -> String {
    if left_out == 0 {
        return String::new();
    }
    format!(
        "<p class=\"missing\">{} {what} are left out: {which}. <code>{command}</code> lists all.</p>\n",
        grouped(left_out as u64)
    )
}

/// As many `entries` as the limits allow, each as its `row`, those that weigh most, in their order; and how many are left out.
fn most<'a, T, R: Serialize>(
    entries: &'a [T],
    (count, mut bytes): (usize, usize),
    weight: impl Fn(&T) -> u64,
    row: impl Fn(&'a T) -> R,
) -> (Vec<Value>, usize) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(weight(&entries[i])), i));
    let mut kept = Vec::new();
    for i in order.into_iter().take(count) {
        let Ok(value) = serde_json::to_value(row(&entries[i])) else { continue };
        let length = value.to_string().replace('<', "\\u003c").len();
        if length > bytes {
            break;
        }
        bytes -= length;
        kept.push((i, value));
    }
    kept.sort_by_key(|(i, _)| *i);
    let left_out = entries.len() - kept.len();
    (kept.into_iter().map(|(_, value)| value).collect(), left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weightiest_are_kept_in_their_order() {
        let entries = [3_u64, 50, 7, 1, 40];
        let kept = |limits| most(&entries, limits, |n| *n, |n| n);
        assert_eq!(kept((3, 1000)), (vec![json!(50), json!(7), json!(40)], 2));
        assert_eq!(kept((5, 4)), (vec![json!(50), json!(40)], 3));
    }
}

//! What went wrong, the first thing on a page.

use mmio_analyze::check::Report;
use mmio_report::Speller;
use mmio_report::check::{conclusion, heading, sentences};

use super::markup::text;
use crate::figure::counted;

/// Most findings that are shown, and letters of one sentence.
const MOST: usize = 100;
const LONGEST: usize = 400;

/// The findings of a check as a list, or one sentence where there are none.
pub(super) fn wrong(report: &Report, speller: Speller<'_>) -> String {
    let end = |class: &str| format!("<p class=\"{class}\">{}.</p>\n", text(&conclusion(report), LONGEST));
    if report.findings.is_empty() {
        return end("whole");
    }
    let mut out = String::from("<ol class=\"wrong\">\n");
    for finding in report.findings.iter().take(MOST) {
        let (kind, place) = heading(finding, speller);
        out += &format!("<li><b>{}</b>{}", text(kind, LONGEST), text(&place, LONGEST));
        for sentence in sentences(finding, speller) {
            out += &format!("<br>{}", text(&sentence, LONGEST));
        }
        out += "</li>\n";
    }
    out += "</ol>\n";
    if let Some(more @ 1..) = report.findings.len().checked_sub(MOST) {
        let more = counted(more as u64, "more finding");
        out += &format!("<p class=\"missing\">{more}; <code>mmio-analyze check</code> lists all.</p>\n");
    }
    out + &end("muted")
}

//! The waits that were not met: what somebody looks for whose driver hangs.

use mmio_analyze::waits::{End, Next, Wait};
use mmio_report::Speller;
use mmio_report::numbers::{grouped, hex, seconds};

use super::findings::Findings;
use super::markup::{table, text};

/// Most waits that are listed, the first ones.
const MOST: usize = 50;
/// Longest name of a device.
const LONGEST: usize = 60;

const COLUMNS: &[&str] = &[
    "register",
    "how it ended",
    "waited for",
    "reads#",
    "seconds#",
    "last value",
    "at second#",
    "at access#",
    "what came next",
];

/// The list; nothing where all waits were met. Those in vain come first.
pub(super) fn waits(findings: &Findings, speller: Speller<'_>) -> String {
    let mut unmet: Vec<&Wait> = findings.pairs.waits.unmet.iter().collect();
    if unmet.is_empty() {
        return String::new();
    }
    unmet.sort_by_key(|wait| (wait.end != End::InVain, wait.index));
    let all = unmet.len();
    let rows: Vec<Vec<String>> = unmet.into_iter().take(MOST).map(|wait| row(wait, speller)).collect();
    let more = match all - rows.len() {
        0 => String::new(),
        n => format!("<p class=\"missing\">{} more waits are not listed.</p>\n", grouped(n as u64)),
    };
    format!("<h3>Waits that were not met</h3>\n{}{more}", table(COLUMNS, &rows))
}

fn row(wait: &Wait, speller: Speller<'_>) -> Vec<String> {
    let until = wait.condition.map_or("not known".into(), |until| speller.evidence(&until.evidence()));
    let register = format!("{} {}", speller.device(wait.site.device()), speller.register(wait.site.register));
    let next = |next: Next| {
        let value =
            if next.site.register.width > 0 { format!(" = {}", hex(next.value)) } else { String::new() };
        format!("{} {}{value}", next.op.letter(), speller.register(next.site.register))
    };
    vec![
        text(&register, LONGEST),
        mmio_report::waits::end(wait.end).to_owned(),
        text(&until, LONGEST),
        grouped(wait.reads),
        seconds(wait.spent()),
        hex(wait.last),
        seconds(wait.start),
        grouped(wait.index),
        wait.next.map_or("-".into(), next),
    ]
}

//! Everything about a trace in one page of HTML that needs no other file, no network and no server.

mod colors;
mod data;
mod findings;
mod markup;
mod pictures;
mod sections;
mod waits;
mod wrong;

use mmio_analyze::Summary;
use mmio_format::{Filter, Result, Trace};
use mmio_report::Speller;

use crate::svg::escape;
use colors::Colors;
use findings::Findings;
use markup::fill;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Looks at what passes `filter`, and returns the page and the counts of what was looked at. `source` is what the trace is
/// called.
///
/// Lists and pictures are limited so that the page stays below 5 MB whatever the trace holds; the page says what
/// is left out.
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn report(trace: &mut Trace, filter: &Filter, source: &str) -> Result<(String, Summary)> {
    let findings = Findings::of(trace, filter)?;
    let mut colors = Colors::default();
    let pictures = pictures::pictures(trace, filter, &findings, source, &mut colors)?;
    let devices = trace.devices();
    let parts = [
        ("title", escape(source)),
        ("style", STYLE.to_owned()),
        ("colors", colors.css()),
        ("missing", sections::missing(trace, &findings, filter)),
        ("summary", sections::summary(&findings)),
        ("wrong", wrong::wrong(&findings.check, Speller::new(devices))),
        ("waits", waits::waits(&findings, Speller::new(devices))),
        ("devices", sections::devices(&findings, devices)),
        ("marks", sections::marks(&findings)),
        ("pictures", pictures.html),
        ("sequences", sections::sequences(&findings, devices)),
        ("registers", data::registers(&findings, Speller::new(devices))),
        ("patterns", data::patterns(&findings, Speller::new(devices))),
        ("pairs", data::pairs(&findings, Speller::new(devices))),
        ("script", SCRIPT.to_owned()),
    ];
    Ok((fill(PAGE, &parts), findings.info.trace))
}

//! A picture of each stretch between two markers, and what its file is called.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use mmio_analyze::phases::spans;
use mmio_format::{Filter, Scope, Trace};
use mmio_plot::overview::Overview;

/// Most letters of a marker in the name of a file, and in a picture.
const IN_NAME: usize = 40;
const IN_TITLE: usize = 80;

/// A stretch that is drawn.
pub(crate) struct Phase {
    pub(crate) scope: Scope,
    pub(crate) path: PathBuf,
    /// The name of the stretch in a title: `phase 2 of 4: link is up`.
    pub(crate) title: String,
}

/// Refuses standard output: many pictures are not a stream.
pub(crate) fn refuse_stdout(output: &Path) -> Result<()> {
    if output.as_os_str() == "-" {
        bail!("--by-mark writes a file for each stretch between two markers: give -o a name, not -");
    }
    Ok(())
}

/// The stretches that have any access that passes `filter`, in order; none where nothing passes. Reads each of them once.
pub(crate) fn used(trace: &mut Trace, filter: &Filter, output: &Path) -> Result<Vec<Phase>> {
    let spans = spans(trace)?;
    let (markers, mut phases) = (spans.len() - 1, Vec::new());
    if markers == 0 {
        bail!("--by-mark: no marker in the trace; without it, the whole is one picture");
    }
    for (number, span) in spans.into_iter().enumerate() {
        let scope = Scope { filter: filter.clone(), records: span.records };
        if Overview::of(trace, &scope)?.accesses() == 0 {
            continue;
        }
        let path = name(output, number, markers, span.mark.as_deref());
        phases.push(Phase { scope, path, title: title(number, markers, span.mark.as_deref()) });
    }
    Ok(phases)
}

fn title(number: usize, markers: usize, mark: Option<&str>) -> String {
    match mark {
        Some(text) => {
            let text = mmio_plot::font::shorten(text, IN_TITLE);
            format!("phase {number} of {markers}: {text}")
        }
        None => "before the first marker".to_owned(),
    }
}

/// The name of a stretch's file, `plot.07-link-is-up.svg` for `plot.svg`: the number sorts, and a marker is
/// never a path.
fn name(output: &Path, number: usize, markers: usize, mark: Option<&str>) -> PathBuf {
    let digits = markers.to_string().len();
    let mut name: OsString = output.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{number:0digits$}"));
    let words = mark.map(words).unwrap_or_default();
    if !words.is_empty() {
        name.push(format!("-{words}"));
    }
    name.push(".");
    name.push(output.extension().unwrap_or_default());
    output.with_file_name(name)
}

/// Letters and digits of a text, and a `-` for whatever is between them.
fn words(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let words: String = parts.collect::<Vec<_>>().join("-").chars().take(IN_NAME).collect();
    words.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_and_hold_nothing_that_a_file_may_not() {
        let name = |number, mark| name(Path::new("a.b/plot.x.svg"), number, 12, mark);
        assert_eq!(name(0, None), Path::new("a.b/plot.x.00.svg"));
        assert_eq!(name(7, Some("link is up")), Path::new("a.b/plot.x.07-link-is-up.svg"));
        assert_eq!(
            name(8, Some("../../etc/\u{1b}[31m\0pass wd…")),
            Path::new("a.b/plot.x.08-etc-31m-pass-wd.svg")
        );
        assert_eq!(name(12, Some("/ . /")), Path::new("a.b/plot.x.12.svg"));
        assert!((IN_NAME - 2..=IN_NAME).contains(&words(&"ab ".repeat(1000)).len()));
    }
}

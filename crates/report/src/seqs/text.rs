//! The list as text, and one sequence in full.

use std::fmt::Write;

use mmio_analyze::seqs::{Listed, Occurrence, Report};

use super::share;
use super::words::step_words;
use crate::color::Paint;
use crate::numbers::{grouped, hex, percent, seconds};
use crate::{Speller, Style, stretch, summary};

/// Characters in a line of steps.
const LINE: usize = 100;
/// Lines of steps shown of one sequence in the list; `--show` has all.
const MAX_LINES: usize = 4;

/// The list of sequences.
pub fn text(report: &Report, speller: Speller<'_>, style: Style) -> String {
    let paint = Paint(style.color);
    let mut out = format!("{}\n", summary(&report.trace));
    let mut mark = &None;
    for (i, listed) in report.sequences.iter().enumerate() {
        stretch(&listed.mark, &mut mark, paint, &mut out);
        out += &head(report, speller, i + 1, listed, paint);
        steps(report, speller, i + 1, paint, MAX_LINES, &mut out);
    }
    let n = report.sequences.len();
    let explain = if n == 1 { "sequence explains" } else { "sequences explain" };
    let (explained, considered) = (grouped(report.explained), grouped(report.considered));
    let part = percent(share(report.explained, report.considered));
    let _ = writeln!(out, "\n{n} {explain} {explained} of {considered} accesses ({part})");
    out
}

/// One sequence in full with its occurrences.
pub fn show(report: &Report, speller: Speller<'_>, id: usize, style: Style) -> Option<String> {
    let paint = Paint(style.color);
    let listed = report.sequences.get(id.checked_sub(1)?)?;
    let mut out = head(report, speller, id, listed, paint);
    steps(report, speller, id, paint, usize::MAX, &mut out);
    let _ = writeln!(out, "\n{:>10}  {:>16}  {:>8}  values that differ", "index", "time", "accesses");
    for Occurrence { index, time, length, values } in &listed.sequence.occurrences {
        let values: Vec<String> = values.iter().map(|&v| hex(v)).collect();
        let line =
            format!("{:>10}  {:>16}  {length:>8}  {}", grouped(*index), seconds(*time), values.join(" "));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    Some(out)
}

fn head(report: &Report, speller: Speller<'_>, id: usize, listed: &Listed, paint: Paint) -> String {
    let s = &listed.sequence;
    let name = speller.device(s.device);
    let name = match speller.driver(s.device) {
        _ if report.interleaved => "all devices".to_owned(),
        Some(driver) => format!("{name} {driver}"),
        None => name.to_owned(),
    };
    let [least, most] = s.length.map(grouped);
    let length = if least == most { least } else { format!("{least}–{most}") };
    let tail = format!(
        "{length} long, {} accesses, {}, first at {} s",
        grouped(s.accesses),
        percent(share(s.accesses, report.considered)),
        seconds(s.first.1)
    );
    format!("\n{}  {}\n", paint.bold(&format!("#{id}  {name}  ×{}", grouped(s.count))), paint.dim(&tail))
}

/// Steps side by side, wrapped.
fn steps(report: &Report, speller: Speller<'_>, id: usize, paint: Paint, max_lines: usize, out: &mut String) {
    wrap(&step_words(report, speller, id), paint, max_lines, out);
}

/// Words in lines, three blanks between.
fn wrap(words: &[(Option<char>, String)], paint: Paint, max_lines: usize, out: &mut String) {
    let (mut line, mut width, mut lines) = (String::new(), 0, 0);
    for (i, (op, word)) in words.iter().enumerate() {
        let length = word.chars().count();
        if width > 0 && width + length + 3 > LINE {
            let _ = writeln!(out, "    {}", line.trim_end());
            (line, width, lines) = (String::new(), 0, lines + 1);
            if lines == max_lines {
                let more = format!("… {} more; --show has them all", words.len() - i);
                let _ = writeln!(out, "    {}", paint.dim(&more));
                return;
            }
        }
        line += &op.map_or_else(|| paint.bold(word), |op| paint.op(op, word));
        line += "   ";
        width += length + 3;
    }
    if width > 0 {
        let _ = writeln!(out, "    {}", line.trim_end());
    }
}

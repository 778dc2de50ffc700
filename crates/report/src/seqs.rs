//! Sequences as an engineer would write them on a whiteboard.

use std::fmt::Write;

use mmio_analyze::names::grouped;
use mmio_format::Devices;

use super::color::Paint;
use super::nesting::{Piece, pieces};
use mmio_analyze::names::{percent, seconds};
use mmio_analyze::seqs::{Behind, Item, Occurrence, Step, Value};
use mmio_analyze::seqs_report::{Listed, Report, share};

/// How the list looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeqsStyle {
    /// Escape codes for colour.
    pub color: bool,
}

/// Characters in a line of steps.
const LINE: usize = 100;
/// Lines of steps shown of one sequence in the list; `--show` has all.
const MAX_LINES: usize = 4;

/// The list.
pub fn seqs(report: &Report, devices: &Devices, style: SeqsStyle) -> String {
    let paint = Paint(style.color);
    let mut out = format!("{}\n", super::summary(&report.summary));
    let mut mark = &None;
    for (i, listed) in report.sequences.iter().enumerate() {
        if &listed.mark != mark {
            let text = listed.mark.as_deref().unwrap_or_default().escape_debug();
            let _ = writeln!(out, "\n{}", paint.bold(&format!("── {text}")));
            mark = &listed.mark;
        }
        out += &head(report, devices, i + 1, listed, paint);
        steps(report, devices, i + 1, paint, MAX_LINES, &mut out);
    }
    let n = report.sequences.len();
    let explain = if n == 1 { "sequence explains" } else { "sequences explain" };
    let (explained, considered) = (grouped(report.explained), grouped(report.considered));
    let part = percent(share(report.explained, report.considered));
    let _ = writeln!(out, "\n{n} {explain} {explained} of {considered} accesses ({part})");
    out
}

/// One sequence in full with its occurrences.
pub fn show(report: &Report, devices: &Devices, id: usize, style: SeqsStyle) -> Option<String> {
    let paint = Paint(style.color);
    let listed = report.sequences.get(id.checked_sub(1)?)?;
    let mut out = head(report, devices, id, listed, paint);
    steps(report, devices, id, paint, usize::MAX, &mut out);
    let _ = writeln!(out, "\n{:>10}  {:>16}  {:>8}  values that differ", "index", "time", "accesses");
    for Occurrence { index, time, length, values } in &listed.sequence.occurrences {
        let values: Vec<String> = values.iter().map(|v| format!("0x{v:x}")).collect();
        let line =
            format!("{:>10}  {:>16}  {length:>8}  {}", grouped(*index), seconds(*time), values.join(" "));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    Some(out)
}

fn head(report: &Report, devices: &Devices, id: usize, listed: &Listed, paint: Paint) -> String {
    let s = &listed.sequence;
    let device = devices.get(s.device);
    let name = match device.driver() {
        _ if report.interleaved => "all devices".to_owned(),
        Some(driver) => format!("{} {driver}", device.name),
        None => device.name.clone(),
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
fn steps(report: &Report, devices: &Devices, id: usize, paint: Paint, max_lines: usize, out: &mut String) {
    wrap(&step_words(report, devices, id), paint, max_lines, out);
}

/// The steps of sequence `id`, counted from 1, as the list writes them, each with its operation (`R`, `W`).
/// Listed sequences inside this one are written as their numbers, and have none. Nothing where there is no such
/// sequence.
pub fn step_words(report: &Report, devices: &Devices, id: usize) -> Vec<(Option<char>, String)> {
    let Some(listed) = id.checked_sub(1).and_then(|at| report.sequences.get(at)) else { return Vec::new() };
    let numbered = || report.sequences.iter().enumerate().map(|(i, l)| (i + 1, l));
    let others: Vec<_> =
        numbered().filter(|(_, l)| l.mark == listed.mark).map(|(i, l)| (i, &l.sequence)).collect();
    let writer = Words { devices: report.interleaved.then_some(devices), bars: bars(&listed.sequence.steps) };
    let mut words = Vec::new();
    for piece in pieces(&listed.sequence.steps, id, &others) {
        match piece {
            Piece::Item(item) => writer.items(std::slice::from_ref(item), &mut words),
            Piece::Listed { id, times: 1 } => words.push((None, format!("[#{id}]"))),
            Piece::Listed { id, times } => words.push((None, format!("[#{id}] ×{times}"))),
        }
    }
    words
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

/// Whether steps are in a BAR other than 0.
fn bars(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Step(step) => step.bar != 0,
        Item::Loop { steps, .. } => bars(steps),
    })
}

struct Words<'a> {
    /// To name each step's device.
    devices: Option<&'a Devices>,
    /// Whether BARs are named.
    bars: bool,
}

impl Words<'_> {
    fn items(&self, items: &[Item], out: &mut Vec<(Option<char>, String)>) {
        for item in items {
            match item {
                Item::Step(step) => out.push((Some(step.op.letter()), self.step(step))),
                Item::Loop { steps, repeat } => {
                    let start = out.len();
                    self.items(steps, out);
                    if let Some(first) = out.get_mut(start) {
                        first.1.insert(0, '{');
                    }
                    if let Some(last) = out.last_mut() {
                        last.1 += &format!("}}{}", times(*repeat));
                    }
                }
            }
        }
    }

    /// `W +0x20 = *`, `R1 1:+0x8 ×3–90 until &0x10 = 0x10`.
    fn step(&self, s: &Step) -> String {
        let mut out = String::from(s.op.letter());
        if s.width != 4 && s.width != 0 {
            out += &s.width.to_string();
        }
        out.push(' ');
        if let Some(devices) = self.devices {
            out += &format!("{} ", devices.get(s.device).name);
        }
        if self.bars {
            out += &format!("{}:", s.bar);
        }
        out += &format!("+0x{:x}", s.offset);
        if s.stride != 0 {
            out += &format!("…+0x{:x} by {}", s.offset.saturating_add(s.span), s.stride);
        }
        match s.behind {
            Some(Behind::Index(index)) => out += &format!("[0x{index:x}]"),
            Some(Behind::Varies) => out += "[*]",
            None => {}
        }
        out += &match &s.value {
            Value::Fixed(v) => format!(" = 0x{v:x}"),
            Value::OneOf(v) => {
                format!(" = {}", v.iter().map(|v| format!("0x{v:x}")).collect::<Vec<_>>().join("|"))
            }
            Value::Stride(by) => format!(" = {by:+} each"),
            Value::Free => " = *".into(),
            Value::Absent => String::new(),
        };
        out += &times(s.repeat);
        if let Some(exit) = s.exit {
            out += &format!(" until &0x{:x} = 0x{:x}", exit.mask, exit.value);
        }
        out
    }
}

fn times(repeat: [u32; 2]) -> String {
    match repeat {
        [1, 1] => String::new(),
        [n, m] if n == m => format!(" ×{n}"),
        [n, m] => format!(" ×{n}–{m}"),
    }
}

//! The parts of a page that need no script.

use mmio_analyze::info::{BarInfo, DeviceInfo, Loss, Mapping, Marker};
use mmio_analyze::seqs::Report;
use mmio_format::{Devices, Filter, Origin, Trace};
use mmio_report::Speller;
use mmio_report::numbers::{grouped, hex, seconds};
use mmio_report::seqs::{share, step_words};

use super::findings::{Findings, MOST_FOR_SEQUENCES};
use super::markup::{table, text};
use crate::figure::counted;
use crate::overview::title;
use crate::svg::escape;

/// Most rows of a table, most mappings of a device, most steps of a sequence, and longest text of a trace.
const ROWS: usize = 300;
const MAPPINGS: usize = 6;
const STEPS: usize = 250;
const LONGEST: usize = 160;
/// Steps of a sequence that are seen before it is opened.
const FIRST_STEPS: usize = 40;

/// What the trace lacks, and what of it the page is about.
pub(super) fn missing(trace: &Trace, findings: &Findings, filter: &Filter) -> String {
    let survey = trace.survey();
    let (lost, unparsed, places) = (survey.lost(), survey.unparsed(), survey.losses.len() as u64);
    let mut out = String::new();
    let mut say = |class: &str, words: String| out += &format!("<p class=\"{class}\">{words}</p>\n");
    if let Some(damage) = trace.damage_report() {
        say("lost", format!("The file could be read only in part: {}.", text(&damage, 400)));
    }
    let known = format!("{} lost, {}", counted(lost, "event"), counted(unparsed, "unparsed line"));
    let holes = match places {
        0 => String::new(),
        n => format!(" in {}", counted(n, "place")),
    };
    say(if places > 0 { "lost" } else { "whole" }, format!("{known}{holes}."));
    if let Some(source) = &survey.origin.source {
        say("missing", format!("Read from {}. {}", text(source, 400), origin(&survey.origin)));
    }
    if trace.wide_values() > 0 {
        say("missing", format!("{}, cut off to it.", mmio_report::wide(trace.wide_values())));
    }
    if !filter.is_empty() {
        let words = format!(
            "Of {} accesses the {} that pass the filters are looked at: <code>{}</code>.",
            grouped(survey.accesses),
            grouped(findings.accesses()),
            text(&filter.to_string(), 400)
        );
        say("missing", words);
    }
    out
}

/// What of another tracer's log became no record, and what is to be known of the records.
fn origin(origin: &Origin) -> String {
    let left_out = mmio_report::left_out(origin).map(|left_out| format!("Left out: {left_out}."));
    let notes = origin.notes.iter().map(|note| format!("Note: {note}."));
    let no_times = origin.lacks_times.then(|| "The log has no times.".to_owned());
    let sentences: Vec<String> = left_out.into_iter().chain(notes).chain(no_times).collect();
    text(&sentences.join(" "), 2000)
}

/// The counts of the whole trace.
pub(super) fn summary(findings: &Findings) -> String {
    let info = &findings.info;
    let bars = || info.devices.iter().flat_map(|d| &d.bars);
    let sum = |of: fn(&BarInfo) -> u64| bars().map(of).sum::<u64>();
    let mut facts = vec![
        (grouped(findings.accesses()), "accesses".to_owned()),
        (grouped(sum(|b| b.reads)), "reads".to_owned()),
        (grouped(sum(|b| b.writes)), "writes".to_owned()),
    ];
    let undecoded = sum(|b| b.unknown);
    if undecoded > 0 {
        facts.push((grouped(undecoded), "not decoded".to_owned()));
    }
    facts.push((grouped(sum(|b| b.registers)), "offsets used".to_owned()));
    if let Some((start, end)) = info.time {
        let from = format!("seconds, from {} to {}", seconds(start), seconds(end));
        facts.push((seconds(end - start), from));
    }
    facts.push((grouped(info.markers.len() as u64), "markers".to_owned()));
    if info.recordings.len() > 1 {
        facts.push((grouped(info.recordings.len() as u64), "recordings".to_owned()));
    }
    let fact = |(number, what): (String, String)| format!("<div><dt>{what}</dt><dd>{number}</dd></div>\n");
    format!("<dl class=\"facts\">\n{}</dl>\n", facts.into_iter().map(fact).collect::<String>())
}

/// A column of the devices that most traces have no use for.
const NOT_DECODED: usize = 9;

/// Devices with their BARs and mappings.
pub(super) fn devices(findings: &Findings, names: &Devices) -> String {
    let devices = &findings.info.devices;
    let speller = Speller::new(names);
    let mut rows: Vec<Vec<String>> = devices.iter().flat_map(|d| device_rows(d, speller)).collect();
    let all = rows.len();
    rows.truncate(ROWS);
    let decoded = devices.iter().flat_map(|d| &d.bars).all(|b| b.unknown == 0);
    let mut columns = vec![
        "device",
        "driver",
        "id",
        "bar#",
        "start#",
        "length#",
        "offsets#",
        "reads#",
        "writes#",
        "not decoded#",
        "mapped",
    ];
    if decoded {
        columns.remove(NOT_DECODED);
        rows.iter_mut().for_each(|row| drop(row.remove(NOT_DECODED)));
    }
    table(&columns, &rows) + &more(all, rows.len(), "BARs")
}

fn device_rows(device: &DeviceInfo, speller: Speller<'_>) -> Vec<Vec<String>> {
    let name = text(speller.device(device.device), LONGEST);
    let driver = text(speller.driver(device.device).unwrap_or_default(), LONGEST);
    let id = escape(&speller.pci_id(device.device).unwrap_or_default());
    let mapped = mappings(&device.mappings);
    if device.bars.is_empty() {
        let mut row = vec![name, driver, id];
        row.resize(10, String::new());
        row.push(mapped);
        return vec![row];
    }
    let cells = |(i, bar): (usize, &BarInfo)| {
        let number = |number: Option<u64>| number.map(hex).unwrap_or_default();
        let unknown = if bar.unknown > 0 { grouped(bar.unknown) } else { String::new() };
        vec![
            name.clone(),
            driver.clone(),
            id.clone(),
            bar.bar.to_string(),
            number(bar.start),
            number(bar.length),
            grouped(bar.registers),
            grouped(bar.reads),
            grouped(bar.writes),
            unknown,
            if i == 0 { mapped.clone() } else { String::new() },
        ]
    };
    device.bars.iter().enumerate().map(cells).collect()
}

fn mappings(mappings: &[Mapping]) -> String {
    let words = |m: &Mapping| {
        let times = if m.count > 1 { format!(" ×{}", grouped(m.count)) } else { String::new() };
        format!("bar {} +{}, {} bytes{times}", m.bar, hex(m.offset), hex(m.length))
    };
    let mut all: Vec<String> = mappings.iter().take(MAPPINGS).map(words).collect();
    if mappings.len() > MAPPINGS {
        all.push(format!("{} more", grouped((mappings.len() - MAPPINGS) as u64)));
    }
    all.join("<br>")
}

/// Markers, and places of losses.
pub(super) fn marks(findings: &Findings) -> String {
    let info = &findings.info;
    let number = |n: u64| grouped(n);
    let ends = info.markers.iter().skip(1).map(|m| m.index).chain([info.trace.accesses]);
    let cell = |(m, end): (&Marker, u64)| {
        let until = number(end.saturating_sub(m.index));
        vec![seconds(m.time), number(m.index), until, text(&m.text, LONGEST)]
    };
    let rows: Vec<Vec<String>> = info.markers.iter().zip(ends).take(ROWS).map(cell).collect();
    let mut out = match rows.is_empty() {
        true => "<p>There is no marker.</p>\n".to_owned(),
        false => table(&["time (s)#", "next access#", "accesses until the next marker#", "text"], &rows),
    };
    out += &more(info.markers.len(), rows.len(), "markers");
    let cell = |l: &Loss| vec![number(l.index), l.events.map_or("not told".to_owned(), number)];
    let rows: Vec<Vec<String>> = info.losses.iter().take(ROWS).map(cell).collect();
    if !rows.is_empty() {
        out += "<h3>Losses</h3>\n";
        out += &table(&["next access#", "events lost#"], &rows);
        out += &more(info.losses.len(), rows.len(), "losses");
    }
    out
}

fn more(all: usize, shown: usize, what: &str) -> String {
    match all - shown {
        0 => String::new(),
        n => format!(
            "<p class=\"missing\">{} more {what} are left out; <code>mmio-analyze info</code> lists all.</p>\n",
            grouped(n as u64)
        ),
    }
}

/// The repeated sequences.
pub(super) fn sequences(findings: &Findings, devices: &Devices) -> String {
    let Some(report) = &findings.sequences else {
        return format!(
            "<p class=\"missing\">Not looked for in more than {} accesses; a filter makes it less.</p>\n",
            grouped(MOST_FOR_SEQUENCES)
        );
    };
    let part = share(report.explained, report.considered) * 100.0;
    let mut out = format!(
        "<p>{} explain {} of {} accesses ({part:.1} %). <code>*</code> is a value that changes.</p>\n",
        counted(report.sequences.len() as u64, "sequence"),
        grouped(report.explained),
        grouped(report.considered)
    );
    for id in 1..=report.sequences.len() {
        out += &sequence(report, devices, id);
    }
    out
}

fn sequence(report: &Report, devices: &Devices, id: usize) -> String {
    let all = step_words(report, Speller::new(devices), id);
    let word = |(op, word): &(Option<char>, String)| {
        let class = match op {
            Some('R') => "step r",
            Some('W') => "step w",
            _ => "step",
        };
        format!("<span class=\"{class}\">{}</span> ", escape(word))
    };
    let words = |words: &[(Option<char>, String)]| words.iter().map(word).collect::<String>();
    let (first, rest) = all.split_at(all.len().min(FIRST_STEPS));
    let (rest, left_out) = rest.split_at(rest.len().min(STEPS - FIRST_STEPS));
    let head = sequence_head(report, devices, id);
    let mut out = format!("<article id=\"sequence-{id}\"><p>{head}</p><p>{}</p>", words(first));
    if !rest.is_empty() {
        let more = match left_out.len() {
            0 => String::new(),
            n => format!(
                "<p class=\"missing\">{n} more; <code>mmio-analyze seqs --show {id}</code> has them all.</p>"
            ),
        };
        let count = rest.len() + left_out.len();
        out +=
            &format!("<details><summary>{count} more steps</summary><p>{}</p>{more}</details>", words(rest));
    }
    out + "</article>\n"
}

fn sequence_head(report: &Report, devices: &Devices, id: usize) -> String {
    let s = &report.sequences[id - 1].sequence;
    let name = text(&title(devices.get(s.device)), LONGEST);
    let [least, most] = s.length.map(grouped);
    let length = if least == most { least } else { format!("{least}–{most}") };
    let part = share(s.accesses, report.considered) * 100.0;
    let (count, accesses, first) = (grouped(s.count), counted(s.accesses, "access"), seconds(s.first.1));
    format!(
        "<b>#{id} {name} ×{count}</b> <span class=\"muted\">{length} long, {accesses}, {part:.1} %, first at {first} s</span>"
    )
}

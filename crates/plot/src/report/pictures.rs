//! The plots of a page, with what is shown where they are pointed at.

use mmio_analyze::info::DeviceInfo;
use mmio_format::filter::Offsets;
use mmio_format::{DeviceId, Devices, Filter, Result, Scope, Trace};
use mmio_report::numbers::grouped;
use serde_json::{Value, json};

use super::colors::Colors;
use super::findings::Findings;
use super::markup;
use crate::canvas::Canvas;
use crate::hover::{Hover, Series, Span};
use crate::{Picture, graph, heatmap, latency, map, svg, timeline, values};

/// Pixels of a picture: as wide as the page lets it be at most, so that nothing is made smaller on a wide window.
const WIDTH: i32 = 1400;
/// Bytes of all pictures.
const MOST_BYTES: usize = 1_900_000;
/// Most parts of a picture that show words where they are pointed at.
const MOST_HOVERS: usize = 6_000;
/// Devices with a map, and BARs with a heatmap.
const MAPS: usize = 3;
const HEATMAPS: usize = 2;
/// Registers whose values are shown.
const VALUES: usize = 6;

/// What the pictures are in a page.
#[derive(Default)]
pub(super) struct Pictures {
    pub(super) html: String,
    count: usize,
    left_out: Vec<String>,
}

/// Draws the pictures, those that show most first.
pub(super) fn pictures(
    trace: &mut Trace,
    filter: &Filter,
    findings: &Findings,
    source: &str,
    colors: &mut Colors,
) -> Result<Pictures> {
    let picture = Picture { width: WIDTH, height: None, source: source.to_owned() };
    let mut pictures = Pictures::default();
    if findings.accesses() == 0 {
        pictures.html += "<p>There is no access.</p>\n";
        return Ok(pictures);
    }
    let timed = !trace.survey().origin.lacks_times;
    if timed {
        pictures.add("timeline", &timeline::timeline(trace, &Scope::of(filter), &picture)?, colors);
    } else {
        pictures.left_out.push("timeline, heatmaps, values and latencies, for the log has no times".into());
    }
    let (devices, bars) = busiest(findings, trace.devices());
    let name = |device: DeviceId, trace: &Trace| trace.devices().get(device).name.clone();
    for &device in devices.iter().take(MAPS) {
        let filter = filter.of_device(&name(device, trace));
        pictures.add("map", &map::map(trace, &Scope::of(&filter), &picture)?, colors);
    }
    for &(device, bar) in bars.iter().take(if timed { HEATMAPS } else { 0 }) {
        let filter = filter.at(&name(device, trace), bar);
        pictures.add("heatmap", &heatmap::heatmap(trace, &Scope::of(&filter), &picture)?, colors);
    }
    pictures.add("graph", &graph::graph(trace, &Scope::of(filter), &picture, graph::TOP)?, colors);
    if timed {
        let scope = Scope::of(&shown(filter, findings, trace.devices()));
        pictures.add("values", &values::values(trace, &scope, &picture)?, colors);
        pictures.add("latency", &latency::latency(trace, &Scope::of(filter), &picture)?, colors);
    }
    pictures.say_more(devices.len(), if timed { bars.len() } else { 0 });
    Ok(pictures)
}

/// Devices and their BARs, those with most accesses first; of devices those that were decoded, if any was: of the others a
/// map has nothing to show.
fn busiest(findings: &Findings, names: &Devices) -> (Vec<DeviceId>, Vec<(DeviceId, u8)>) {
    let name = |device: DeviceId| &names.get(device).name;
    let all = || findings.info.devices.iter();
    let mut bars: Vec<(u64, DeviceId, u8)> =
        all().flat_map(|d| d.bars.iter().map(|b| (b.accesses(), d.device, b.bar))).collect();
    bars.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (name(a.1), a.2).cmp(&(name(b.1), b.2))));
    let decoded = |d: &DeviceInfo| d.bars.iter().any(|b| b.reads + b.writes > 0);
    let any = all().any(decoded);
    let worth = |d: &&DeviceInfo| !d.bars.is_empty() && (decoded(d) || !any);
    let mut devices: Vec<&DeviceInfo> = all().filter(worth).collect();
    devices.sort_by_key(|d| (std::cmp::Reverse(d.accesses()), name(d.device)));
    (devices.iter().map(|d| d.device).collect(), bars.into_iter().map(|(_, d, bar)| (d, bar)).collect())
}

/// The registers whose values show most: those asked for, or those of most idioms.
fn shown(filter: &Filter, findings: &Findings, devices: &Devices) -> Filter {
    match findings.telling(VALUES) {
        Some((device, bar, offsets)) if filter.registers.is_empty() => Filter {
            registers: offsets.into_iter().map(Offsets::one).collect(),
            ..filter.at(&devices.get(device).name, bar)
        },
        _ => filter.clone(),
    }
}

impl Pictures {
    fn add(&mut self, plot: &str, canvas: &Canvas, colors: &mut Colors) {
        let name = canvas.texts().next().map_or(String::new(), |title| title.text.clone());
        let label = format!("role=\"img\" aria-label=\"{}\"", svg::escape(&name));
        let drawn = svg::element(canvas, &label, |key, color| colors.class(key, color));
        let told = markup::json(&format!("plot-{}", self.count), &told(canvas));
        let html = format!("<figure class=\"plot\" id=\"{plot}-{}\">\n{drawn}</figure>\n{told}", self.count);
        if self.html.len() + html.len() > MOST_BYTES {
            self.left_out.push(format!("{name} (too large here; <code>mmio-plot {plot}</code> draws it)"));
        } else {
            self.html += &html;
            self.count += 1;
        }
    }

    fn say_more(&mut self, devices: usize, bars: usize) {
        let more = |what: &str, all: usize, shown: usize, of: &str| {
            (all > shown).then(|| format!("{what} of {} more {of}", grouped((all - shown) as u64)))
        };
        self.left_out.extend(more("maps", devices, MAPS, "devices"));
        self.left_out.extend(more("heatmaps", bars, HEATMAPS, "BARs"));
        if !self.left_out.is_empty() {
            self.html += &format!(
                "<p class=\"missing\">Left out: {}. <code>mmio-plot</code> with <code>--device</code> and <code>--bar</code> draws them.</p>\n",
                self.left_out.join("; ")
            );
        }
    }
}

/// The parts of a picture that can be pointed at, for the script.
fn told(canvas: &Canvas) -> Value {
    let seconds = |nanos: u64| nanos as f64 / 1e9;
    let span = |s: &Span| json!([s.x.0, s.x.1, seconds(s.time.0), seconds(s.time.1)]);
    let last = &canvas.hovers[canvas.hovers.len().saturating_sub(MOST_HOVERS)..];
    let hover = |h: &Hover| {
        let (a, text) = (h.area, h.text.as_str());
        let series: Vec<Value> = h.series.iter().map(|s| json!([s.name, s.step, runs(s)])).collect();
        if series.is_empty() {
            json!([a.x, a.y, a.w, a.h, text])
        } else {
            json!([a.x, a.y, a.w, a.h, text, series])
        }
    };
    json!({
        "times": canvas.times.iter().map(span).collect::<Vec<_>>(),
        "parts": last.iter().map(hover).collect::<Vec<_>>(),
    })
}

/// The counts of a series, each with how often it comes in a row: most columns are as empty as the one
/// before.
fn runs(series: &Series) -> Vec<u64> {
    series.counts.chunk_by(|a, b| a == b).flat_map(|run| [run[0], run.len() as u64]).collect()
}

//! What stands before the first time: comments, scopes and variables.

use std::fmt::Write;

use mmio_format::Devices;

use super::names::scopes;
use super::variables::{Bar, Counter, Shown, Variables};
use super::write::Code;

/// Text as it may stand in a comment, which ends at the first `$end`.
fn harmless(text: &str) -> String {
    text.replace('$', "_").replace(|c: char| c.is_control(), " ")
}

/// The header. `told` are sentences for the comment; `unit` is `ns` or `us`.
pub(super) fn header(variables: &Variables, devices: &Devices, told: &[String], unit: &str) -> String {
    let mut out =
        format!("$version mmio-analyze {} $end\n$timescale 1 {unit} $end\n", env!("CARGO_PKG_VERSION"));
    out.push_str("$comment\n");
    out.push_str(
        "Registers of an MMIO trace, in scopes by device and BAR. 0x0020 is what was last read from or\n",
    );
    out.push_str(
        "written to offset 0x20, x before that and after a loss; 0x0020_R and 0x0020_W count its reads and\n",
    );
    out.push_str("writes. Times are those of the trace. Its mappings and comments are not here.\n");
    if variables.shown.iter().any(|shown| shown.unmet.is_some()) {
        out.push_str("0x0020_unmet is 1 while 0x0020 is waited for in vain, x while a wait is cut or of unknown end.\n");
    }
    for line in told {
        let _ = writeln!(out, "Note: {}.", harmless(line));
    }
    let scopes = scopes(devices);
    let mut body = String::new();
    trace_scope(variables, &mut body);
    let bars = variables.bars();
    for of_device in bars.chunk_by(|a, b| a.0.0 == b.0.0) {
        let id = of_device[0].0.0;
        let (device, scope) = (devices.get(id), &scopes[id.index()]);
        let driver = device.driver().map_or(String::new(), |driver| format!(", driver {driver}"));
        let _ = writeln!(out, "{scope} is {}{}.", harmless(&device.name), harmless(&driver));
        device_scope(variables, scope, of_device, &mut body);
    }
    out.push_str("$end\n");
    out.push_str(&body);
    out.push_str("$enddefinitions $end\n");
    out
}

fn variable(out: &mut String, kind: &str, bits: u32, code: Code, name: &str) {
    let code = String::from_utf8_lossy(code.bytes()).into_owned();
    let _ = writeln!(out, "$var {kind} {bits} {code} {name} $end");
}

fn counter(out: &mut String, counter: &Counter, name: &str) {
    variable(out, "reg", counter.bits, counter.code, name);
}

fn trace_scope(variables: &Variables, out: &mut String) {
    out.push_str("$scope module trace $end\n");
    variable(out, "string", 1, variables.marker, "marker");
    counter(out, &variables.markers, "markers");
    counter(out, &variables.losses, "losses");
    counter(out, &variables.lost_events, "lost_events");
    out.push_str("$upscope $end\n");
}

fn device_scope(variables: &Variables, scope: &str, bars: &[Bar<'_>], out: &mut String) {
    let _ = writeln!(out, "$scope module {scope} $end");
    for (place, others) in bars {
        let _ = writeln!(out, "$scope module bar{} $end", place.1);
        variables.of_bar(*place).for_each(|shown| register(out, shown));
        if let Some(others) = others {
            counter(out, others, "others");
        }
        out.push_str("$upscope $end\n");
    }
    out.push_str("$upscope $end\n");
}

fn register(out: &mut String, shown: &Shown) {
    let Shown { name, bits, value, reads, writes, unknown, unmet, .. } = shown;
    if let Some(code) = value {
        variable(out, "reg", *bits, *code, name);
    }
    for (count, end) in [(reads, "R"), (writes, "W"), (unknown, "unknown")] {
        if let Some(count) = count {
            counter(out, count, &format!("{name}_{end}"));
        }
    }
    if let Some(code) = unmet {
        variable(out, "reg", 1, *code, &format!("{name}_unmet"));
    }
}

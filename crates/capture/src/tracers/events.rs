//! Events of the kernel and of its drivers: finding those that a user names, switching them on, and putting that back.
//!
//! They go to a tracing instance of the recording's own, so that another program's tracing is not disturbed.

use std::io::ErrorKind;
use std::path::Path;

use super::control::{EventNames, Source, TracerControl, Wanted};
use super::instance;
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::kernel::roots::Roots;
use crate::kernel::tracefs::Tracefs;

/// The name of the tracer.
const NAME: &str = "events";
/// Most names of events that a sentence lists.
const MAX_LISTED: usize = 40;
/// The system of the events of the kernel's accessors.
const ACCESSORS: &str = "rwmmio";
/// The clock of wall time; a recording's times are those since the machine's start.
const WALL_CLOCK: &str = "tai";

/// The tracer that the kernel's own events are.
pub(super) struct Events;

impl TracerControl for Events {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> Option<EventNames> {
        None
    }

    fn named(&self, top: &Tracefs, wanted: &Wanted) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for name in &wanted.events {
            all.extend(find(top, name)?);
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    /// Never without being asked for.
    fn is_here(&self, _: &Roots, _: Option<&Path>) -> bool {
        false
    }

    fn check_wanted(&self, _: &Roots, wanted: &Wanted) -> Result<()> {
        let refuse = |what: &str| Err(Error::Refused(format!("{what}; leave it out with --events")));
        if wanted.events.is_empty() {
            return Err(Error::Refused("no events are named; --events names them".into()));
        }
        if !wanted.ranges.is_empty() {
            return refuse("--range: events cannot be chosen by their addresses");
        }
        if wanted.module.is_some() {
            return refuse("--module is mmiotap's file");
        }
        if wanted.keep_pc {
            return refuse("--pc: events have no program counters");
        }
        match wanted.source {
            Source::Raw => Ok(()),
            Source::Text => refuse("--source text: events are read by their fields"),
        }
    }

    fn check_kernel(&self, _: &Roots, top: &Tracefs, wanted: &Wanted) -> Result<()> {
        self.named(top, wanted).map(drop)
    }

    fn sees_old_mappings(&self) -> bool {
        true
    }

    fn cpus_that_go(&self, _: &Roots) -> Vec<u32> {
        Vec::new()
    }

    fn tracefs(&self, top: Tracefs) -> Tracefs {
        instance::of(&top)
    }

    fn look(&self, _: &Roots, tracefs: &Tracefs, wanted: &Wanted) -> Result<Settings> {
        let mut settings = Settings::default();
        settings.put("events", self.named(&tracefs.top(), wanted)?.join(","));
        if tracefs.folder().is_dir() {
            settings.put("tracing_on", tracefs.get("tracing_on")?);
        }
        if let Some(kb) = tracefs.top().buffer_kb(None)? {
            settings.put("buffer_kb", kb);
        }
        Ok(settings)
    }

    /// An instance of this name that is there already is used, without what is in its buffer.
    fn set_up(&self, before: &Settings, _: &Roots, t: &Tracefs, wanted: &Wanted) -> Result<u64> {
        match std::fs::create_dir(t.folder()) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => {
                return Err(Error::io("cannot create", t.folder(), e));
            }
            _ => {}
        }
        instance::set_up(t, wanted.buffer)?;
        if t.top().clock()? == WALL_CLOCK {
            t.set("trace_clock", crate::kernel::tracefs::NANOSECONDS[0])?;
        }
        t.set("trace", "")?;
        for event in enabled(before)? {
            t.set(&switch(event), "1")?;
        }
        t.set("tracing_on", "1")?;
        Ok(0)
    }

    fn dropped(&self, _: &Roots, tracefs: &Tracefs, _: Source, _: u64) -> Result<u64> {
        instance::dropped(tracefs)
    }

    fn restore(&self, before: &Settings, _: &Roots, t: &Tracefs, try_to: &mut dyn FnMut(&str, Result<()>)) {
        match enabled(before) {
            // Those of a module that was unloaded are gone.
            Ok(events) => events
                .filter(|event| t.folder().join(switch(event)).exists())
                .for_each(|event| try_to("the events", t.set(&switch(event), "0"))),
            Err(error) => try_to("the events", Err(error)),
        }
        match before.get("tracing_on") {
            // The instance is not ours.
            Some(on) => try_to("the tracing instance", t.set("tracing_on", on)),
            None => instance::remove(t, try_to),
        }
        let kb = before.get("buffer_kb").and_then(|kb| kb.parse().ok());
        instance::put_back_top(&t.top(), kb, try_to);
    }
}

/// The control file that switches an event.
fn switch(event: &str) -> String {
    format!("events/{event}/enable")
}

/// The events that a recording switches on.
fn enabled(settings: &Settings) -> Result<impl Iterator<Item = &str>> {
    // A state that was edited must not reach beyond the folder of events.
    let is_event =
        |event: &&str| event.split_once('/').is_some_and(|(system, name)| is_name(system) && is_name(name));
    Ok(settings.need("events")?.split(',').filter(is_event))
}

/// Whether `text` can be the name of a system or of an event.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !text.is_empty() && !text.starts_with('.') && text.bytes().all(is_part)
}

/// The events that one of the user's names means: `SYSTEM:EVENT`, or all of a system as `SYSTEM` or `SYSTEM:*`.
fn find(top: &Tracefs, name: &str) -> Result<Vec<String>> {
    let (system, event) = name.split_once(':').unwrap_or((name, "*"));
    if !is_name(system) || !(event == "*" || is_name(event)) {
        return Err(Error::Refused(format!(
            "--events {name}: SYSTEM:EVENT or SYSTEM is expected, as in regmap:regmap_reg_read"
        )));
    }
    let all = events_of(top, system);
    if all.is_empty() {
        return Err(Error::Refused(format!("--events {name}: {}", why_none(system))));
    }
    match event {
        "*" => Ok(all.iter().map(|event| format!("{system}/{event}")).collect()),
        _ if all.iter().any(|known| known == event) => Ok(vec![format!("{system}/{event}")]),
        _ => Err(Error::Refused(format!(
            "--events {name}: this kernel has no event `{event}` of `{system}`; it has {}",
            listed(&all)
        ))),
    }
}

/// The events of a system that can be switched, sorted.
fn events_of(top: &Tracefs, system: &str) -> Vec<String> {
    let folder = top.events().join(system);
    let entries = std::fs::read_dir(&folder).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut events: Vec<String> =
        names.filter(|name| is_name(name) && folder.join(name).join("enable").exists()).collect();
    events.sort_unstable();
    events
}

/// Why a system has no events.
fn why_none(system: &str) -> String {
    if system == ACCESSORS {
        return "this kernel does not trace its accessors; it must be built with CONFIG_TRACE_MMIO_ACCESS, which \
                there is for arm64"
            .into();
    }
    format!("this kernel has no events of `{system}`; those of a module are there once it is loaded")
}

/// The first names, with commas between.
fn listed(names: &[String]) -> String {
    let first = names[..names.len().min(MAX_LISTED)].join(", ");
    match names.len().saturating_sub(MAX_LISTED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

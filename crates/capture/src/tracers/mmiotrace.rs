//! The kernel's own tracer: what a recording changes of it, and putting that back.

use std::io::{ErrorKind, Read};
use std::path::Path;

use super::control::{EventNames, Source, TracerControl, Wanted};
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::kernel::busy::insist;
use crate::kernel::cpus;
use crate::kernel::roots::{Roots, peek};
use crate::kernel::tracefs::{NANOSECONDS, Tracefs};

/// The name of the tracer.
pub(super) const NAME: &str = "mmiotrace";

/// The tracer of `CONFIG_MMIOTRACE`.
pub(super) struct Mmiotrace;

impl TracerControl for Mmiotrace {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> Option<EventNames> {
        Some(EventNames { system: "ftrace", access: "mmiotrace_rw", mapping: "mmiotrace_map", gap: None })
    }

    fn is_here(&self, _: &Roots, _: Option<&Path>) -> bool {
        true
    }

    fn check_wanted(&self, roots: &Roots, wanted: &Wanted) -> Result<()> {
        if !wanted.ranges.is_empty() {
            return Err(Error::Refused(
                "--range: the kernel's mmiotrace traces everything; mmiotap can choose".into(),
            ));
        }
        if wanted.module.is_some() {
            return Err(Error::Refused("--module is mmiotap's file; --tracer mmiotrace has none".into()));
        }
        if wanted.keep_pc && !has_program_counters(roots) {
            return Err(Error::Refused(
                "--pc: the kernel records no program counters; boot it with mmiotrace.trace_pc=1 on its command line. \
                 (It is off by default because they show how a driver is built, which matters for clean-room work.)"
                    .into(),
            ));
        }
        Ok(())
    }

    fn check_kernel(&self, _: &Roots, top: &Tracefs, _: &Wanted) -> Result<()> {
        let available = top.get("available_tracers")?;
        if !available.split_whitespace().any(|tracer| tracer == NAME) {
            let instead = "Debian's and Fedora's have it; the module mmiotap does without";
            return Err(Error::Refused(format!(
                "this kernel has no mmiotrace (CONFIG_MMIOTRACE); {instead}"
            )));
        }
        let current = top.get("current_tracer")?;
        if current != "nop" {
            let file = top.folder().join("current_tracer");
            return Err(Error::Refused(format!(
                "the tracer `{current}` is in use; when nobody needs it: echo nop > {}",
                file.display()
            )));
        }
        Ok(())
    }

    fn sees_old_mappings(&self) -> bool {
        false
    }

    /// All CPUs but the first one.
    fn cpus_that_go(&self, roots: &Roots) -> Vec<u32> {
        cpus::online(roots).into_iter().skip(1).collect()
    }

    fn tracefs(&self, top: Tracefs) -> Tracefs {
        top
    }

    fn look(&self, roots: &Roots, tracefs: &Tracefs, _: &Wanted) -> Result<Settings> {
        Ok(Before::look(roots, tracefs)?.settings())
    }

    fn set_up(&self, before: &Settings, roots: &Roots, tracefs: &Tracefs, wanted: &Wanted) -> Result<u64> {
        Before::of(before)?.set_up(roots, tracefs, wanted)?;
        Ok(0)
    }

    /// The tracer is asked before the end, as it goes on counting events that are not wanted any more.
    fn dropped(&self, _: &Roots, tracefs: &Tracefs, source: Source, _: u64) -> Result<u64> {
        if source == Source::Text {
            return Ok(0);
        }
        let before = tracefs.overrun()?;
        let lost = take_lost(tracefs)?;
        // Events that were overwritten just now may be in the count or not.
        Ok(if tracefs.overrun()? == before { lost.saturating_sub(before) } else { 0 })
    }

    fn restore(
        &self,
        before: &Settings,
        roots: &Roots,
        tracefs: &Tracefs,
        try_to: &mut dyn FnMut(&str, Result<()>),
    ) {
        match Before::of(before) {
            Ok(before) => before.restore(roots, tracefs, try_to),
            Err(error) => try_to("the tracer", Err(error)),
        }
    }
}

/// Whether the kernel was booted with `mmiotrace.trace_pc` on.
fn has_program_counters(roots: &Roots) -> bool {
    let line = peek(roots.proc.join("cmdline")).unwrap_or_default();
    let last = line.split_whitespace().rev().find_map(|word| match word.split_once('=') {
        Some(("mmiotrace.trace_pc", value)) => Some(matches!(value, "1" | "y" | "Y" | "on")),
        None if word == "mmiotrace.trace_pc" => Some(true),
        _ => None,
    });
    last.unwrap_or(false)
}

/// Events that the tracer itself counts as lost since it was asked last: overwritten ones, and those that it could not
/// put into the buffer at all, of which no page tells.
///
/// A reader of the text log gets the count before any event, and before the PCI devices, so that nothing is taken away.
///
/// # Errors
/// [`Error::Trace`].
fn take_lost(tracefs: &Tracefs) -> Result<u64> {
    let mut file = tracefs.open("trace_pipe")?;
    let mut line = [0; 4096];
    // The first read gives the version of the text.
    for _ in 0..2 {
        let length = match file.read(&mut line) {
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(0),
            result => result.map_err(|e| Error::io("cannot read", tracefs.folder().join("trace_pipe"), e))?,
        };
        let text = String::from_utf8_lossy(&line[..length]);
        let count =
            text.strip_prefix("MARK 0.000000 Lost ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        if let Some(count) = count {
            return Ok(count);
        }
    }
    Ok(0)
}

/// The settings before the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Before {
    /// The file `tracing_on`.
    tracing_on: String,
    /// The file `current_tracer`.
    current_tracer: String,
    /// The file `options/overwrite`.
    overwrite: String,
    /// The clock of `trace_clock`.
    clock: String,
    /// Kilobytes of all buffers, where they are the same.
    buffer_kb: Option<u64>,
    /// Kilobytes of each CPU's buffer.
    cpu_buffers_kb: Vec<(u32, u64)>,
    /// CPUs that were online.
    online: Vec<u32>,
}

impl Before {
    fn look(roots: &Roots, t: &Tracefs) -> Result<Before> {
        let mut cpu_buffers_kb = Vec::new();
        for cpu in t.cpus()? {
            cpu_buffers_kb.extend(t.buffer_kb(Some(cpu))?.map(|kb| (cpu, kb)));
        }
        Ok(Before {
            tracing_on: t.get("tracing_on")?,
            current_tracer: t.get("current_tracer")?,
            overwrite: t.get("options/overwrite")?,
            clock: t.clock()?,
            buffer_kb: t.buffer_kb(None)?,
            cpu_buffers_kb,
            online: cpus::online(roots),
        })
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.put("tracing_on", &self.tracing_on);
        settings.put("current_tracer", &self.current_tracer);
        settings.put("overwrite", &self.overwrite);
        settings.put("clock", &self.clock);
        if let Some(kb) = self.buffer_kb {
            settings.put("buffer_kb", kb);
        }
        let buffers = self.cpu_buffers_kb.iter().map(|(cpu, kb)| format!("{cpu}:{kb}"));
        settings.put("cpu_buffers_kb", buffers.collect::<Vec<_>>().join(" "));
        settings.put("online", cpus::join(&self.online));
        settings
    }

    fn of(settings: &Settings) -> Result<Before> {
        let own = |name| settings.need(name).map(str::to_owned);
        let pair = |text: &str| {
            text.split_once(':').and_then(|(cpu, kb)| Some((cpu.parse().ok()?, kb.parse().ok()?)))
        };
        let buffers: Option<_> = settings.need("cpu_buffers_kb")?.split_whitespace().map(pair).collect();
        Ok(Before {
            tracing_on: own("tracing_on")?,
            current_tracer: own("current_tracer")?,
            overwrite: own("overwrite")?,
            clock: own("clock")?,
            buffer_kb: settings.get("buffer_kb").and_then(|kb| kb.parse().ok()),
            cpu_buffers_kb: buffers.ok_or_else(|| Settings::wrong("cpu_buffers_kb"))?,
            online: cpus::parse(settings.need("online")?),
        })
    }

    fn set_up(&self, roots: &Roots, t: &Tracefs, wanted: &Wanted) -> Result<()> {
        t.set("tracing_on", "0")?;
        // Old events must make room, or the kernel does not say where it dropped new ones.
        if self.overwrite != "1" {
            t.set("options/overwrite", "1")?;
        }
        if !NANOSECONDS.contains(&self.clock.as_str()) {
            t.set("trace_clock", NANOSECONDS[0])?;
        }
        // The tracer takes all CPUs but the first one away; the others need no buffer.
        let first = self.online.first().copied().unwrap_or(0);
        let size = |cpu| t.size_buffer(&format!("per_cpu/cpu{cpu}/buffer_size_kb"), wanted.buffer);
        size(first)?;
        t.set("current_tracer", NAME)?;
        let tracer = t.get("current_tracer")?;
        if tracer != NAME {
            return Err(Error::Refused(format!("the kernel chose the tracer `{tracer}`, not `{NAME}`")));
        }
        for cpu in cpus::online(roots).into_iter().filter(|&cpu| cpu != first) {
            size(cpu)?;
        }
        // What was not recorded before now is not a loss.
        take_lost(t)?;
        t.set("tracing_on", "1")
    }

    fn restore(&self, roots: &Roots, t: &Tracefs, try_to: &mut dyn FnMut(&str, Result<()>)) {
        try_to("tracing_on", t.set("tracing_on", "0"));
        try_to("the tracer", restore_tracer(t, &self.current_tracer));
        try_to("the CPUs", restore_cpus(roots, &self.online));
        if t.get("options/overwrite").is_ok_and(|now| now != self.overwrite) {
            try_to("options/overwrite", t.set("options/overwrite", &self.overwrite));
        }
        if t.clock().is_ok_and(|now| now != self.clock) {
            try_to("the clock", t.set("trace_clock", &self.clock));
        }
        try_to("the size of the buffer", self.restore_buffer(t));
        try_to("tracing_on", t.set("tracing_on", &self.tracing_on));
    }

    fn restore_buffer(&self, t: &Tracefs) -> Result<()> {
        match self.buffer_kb {
            Some(kb) => t.set("buffer_size_kb", &kb.to_string()),
            None => self.cpu_buffers_kb.iter().try_for_each(|(cpu, kb)| {
                t.set(&format!("per_cpu/cpu{cpu}/buffer_size_kb"), &kb.to_string())
            }),
        }
    }
}

/// Puts the tracer back, which the kernel refuses while its events are read.
fn restore_tracer(t: &Tracefs, tracer: &str) -> Result<()> {
    // A tracer that another program chose meanwhile is theirs.
    if t.get("current_tracer")? != NAME {
        return Ok(());
    }
    insist(|| t.set("current_tracer", tracer))
}

fn restore_cpus(roots: &Roots, online: &[u32]) -> Result<()> {
    let now = cpus::online(roots);
    for cpu in online.iter().filter(|cpu| !now.contains(cpu)) {
        let path = roots.sys.join(format!("devices/system/cpu/cpu{cpu}/online"));
        std::fs::write(&path, "1").map_err(|e| Error::io("cannot write", path, e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back() {
        let before = Before {
            tracing_on: "1".into(),
            current_tracer: "nop".into(),
            overwrite: "1".into(),
            clock: "local".into(),
            buffer_kb: Some(1408),
            cpu_buffers_kb: vec![(0, 1408), (1, 7)],
            online: vec![0, 1, 2, 5],
        };
        assert_eq!(Before::of(&before.settings()).unwrap(), before);
        let before = Before { buffer_kb: None, cpu_buffers_kb: vec![], ..before };
        let mut settings = before.settings();
        assert_eq!(Before::of(&settings).unwrap(), before);
        settings.put("cpu_buffers_kb", "0:x");
        let error = Before::of(&settings).unwrap_err().to_string();
        assert_eq!(error, "the state of the recording has no usable `cpu_buffers_kb`");
        settings.take("clock");
        settings.put("cpu_buffers_kb", "");
        let error = Before::of(&settings).unwrap_err().to_string();
        assert_eq!(error, "the state of the recording has no usable `clock`");
    }
}

//! The kernel's own tracer: what a recording changes of it, and putting that back.

use super::record::Source;
use super::roots::Roots;
use super::session::{self, Plan};
use super::state::{Lines, join, online_cpus, parse_cpus};
use super::tracefs::{NANOSECONDS, Tracefs};
use crate::error::{Error, Result};
use crate::formats::Tracer;

/// How everything was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// `tracing_on`
    pub tracing_on: String,
    /// `current_tracer`
    pub tracer: String,
    /// `options/overwrite`
    pub overwrite: String,
    /// `trace_clock`
    pub clock: String,
    /// Kilobytes of all buffers, where they are the same.
    pub buffer_kb: Option<u64>,
    /// Kilobytes of each CPU's buffer.
    pub cpu_buffers_kb: Vec<(u32, u64)>,
    /// CPUs that were online.
    pub online: Vec<u32>,
}

impl Before {
    /// How it is now.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(super) fn look(roots: &Roots, t: &Tracefs) -> Result<Before> {
        let mut cpu_buffers_kb = Vec::new();
        for cpu in t.cpus()? {
            cpu_buffers_kb.extend(t.buffer_kb(Some(cpu))?.map(|kb| (cpu, kb)));
        }
        Ok(Before {
            tracing_on: t.get("tracing_on")?,
            tracer: t.get("current_tracer")?,
            overwrite: t.get("options/overwrite")?,
            clock: t.clock()?,
            buffer_kb: t.buffer_kb(None)?,
            cpu_buffers_kb,
            online: online_cpus(roots),
        })
    }

    /// For the state's file.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let buffers = self.cpu_buffers_kb.iter().map(|(cpu, kb)| format!("{cpu}:{kb}"));
        let mut lines = vec![
            ("tracing_on", self.tracing_on.clone()),
            ("tracer", self.tracer.clone()),
            ("overwrite", self.overwrite.clone()),
            ("clock", self.clock.clone()),
            ("cpu_buffers_kb", buffers.collect::<Vec<_>>().join(" ")),
            ("online", join(&self.online)),
        ];
        lines.extend(self.buffer_kb.map(|kb| ("buffer_kb", kb.to_string())));
        lines
    }

    /// From the state's file.
    pub(super) fn of_lines(lines: &Lines) -> Option<Before> {
        let own = |key| lines.get(key).map(|value| (*value).to_owned());
        let pair = |text: &str| {
            text.split_once(':').and_then(|(cpu, kb)| Some((cpu.parse().ok()?, kb.parse().ok()?)))
        };
        Some(Before {
            tracing_on: own("tracing_on")?,
            tracer: own("tracer")?,
            overwrite: own("overwrite")?,
            clock: own("clock")?,
            buffer_kb: lines.get("buffer_kb").and_then(|kb| kb.parse().ok()),
            cpu_buffers_kb: lines
                .get("cpu_buffers_kb")?
                .split_whitespace()
                .map(pair)
                .collect::<Option<_>>()?,
            online: parse_cpus(lines.get("online")?),
        })
    }

    /// Switches the tracer on.
    ///
    /// # Errors
    /// [`Error`].
    pub(super) fn set_up(&self, roots: &Roots, t: &Tracefs, plan: &Plan) -> Result<()> {
        let name = Tracer::Mmiotrace.name();
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
        let size = |cpu| {
            t.size_buffer(&format!("per_cpu/cpu{cpu}/buffer_size_kb"), plan.buffer_kb, plan.less_will_do)
        };
        size(first)?;
        t.set("current_tracer", name)?;
        let tracer = t.get("current_tracer")?;
        if tracer != name {
            return Err(Error::Refused(format!("the kernel chose the tracer `{tracer}`, not `{name}`")));
        }
        for cpu in online_cpus(roots).into_iter().filter(|&cpu| cpu != first) {
            size(cpu)?;
        }
        // What was not recorded before now is no loss.
        t.take_tracer_lost()?;
        t.set("tracing_on", "1")
    }

    /// Puts everything back.
    pub(super) fn restore(&self, roots: &Roots, t: &Tracefs, try_to: &mut dyn FnMut(&str, Result<()>)) {
        try_to("tracing_on", t.set("tracing_on", "0"));
        try_to("the tracer", restore_tracer(t, &self.tracer));
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

/// Events that never got into the buffer, of which no page tells. Asked before the end, as the tracer goes on
/// counting what nobody wants any more.
///
/// # Errors
/// [`Error::Trace`].
pub(super) fn dropped(t: &Tracefs, source: Source) -> Result<u64> {
    if source == Source::Text {
        return Ok(0);
    }
    let before = t.overrun()?;
    let lost = t.take_tracer_lost()?;
    // Events that were overwritten just now may be in the count or not.
    Ok(if t.overrun()? == before { lost.saturating_sub(before) } else { 0 })
}

/// The kernel refuses while somebody reads.
fn restore_tracer(t: &Tracefs, tracer: &str) -> Result<()> {
    // A tracer that somebody else chose meanwhile is theirs.
    if t.get("current_tracer")? != Tracer::Mmiotrace.name() {
        return Ok(());
    }
    session::insist(|| t.set("current_tracer", tracer))
}

fn restore_cpus(roots: &Roots, online: &[u32]) -> Result<()> {
    let now = online_cpus(roots);
    for cpu in online.iter().filter(|cpu| !now.contains(cpu)) {
        let path = roots.sys.join(format!("devices/system/cpu/cpu{cpu}/online"));
        std::fs::write(&path, "1").map_err(|e| Error::io("cannot write", path, e))?;
    }
    Ok(())
}

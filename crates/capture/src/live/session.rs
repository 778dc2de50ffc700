//! Setting the tracer up, and putting everything back: after its end, an error, a signal or a panic.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::pci_slot;
use super::record::Source;
use super::roots::Roots;
use super::state::{State, online_cpus, process_start};
use super::tracefs::Tracefs;
use crate::error::{Error, Result};

/// The tracer.
pub const TRACER: &str = "mmiotrace";
/// Clocks that count in nanoseconds, which a recording needs.
const NANOSECONDS: [&str; 7] = ["local", "global", "perf", "mono", "mono_raw", "boot", "tai"];
/// How long a reader that just ended may keep the tracer busy.
const BUSY: Duration = Duration::from_secs(3);
/// The smallest buffer that is tried, in kilobytes.
const LEAST_KB: u64 = 1024;

/// What is wanted of a session.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Where the recording goes, for the state.
    pub output: PathBuf,
    /// Kilobytes of the buffer of a CPU that is traced.
    pub buffer_kb: u64,
    /// A smaller buffer will do where there is no room for this one.
    pub less_will_do: bool,
    /// A PCI device that is taken from its driver first, and the driver.
    pub rebind: Option<(String, String)>,
}

/// A tracer that was set up. Dropped, it puts everything back.
#[derive(Debug)]
pub struct Session {
    roots: Roots,
    tracefs: Tracefs,
    state: State,
    is_open: bool,
}

impl Session {
    /// Saves how everything is, and sets the tracer up. tracefs must be mounted; `mounted` says that we did it.
    ///
    /// # Errors
    /// [`Error`]; everything is as before then.
    pub fn begin(roots: &Roots, plan: &Plan, mounted: bool) -> Result<Session> {
        let tracefs = Tracefs::new(&roots.tracefs);
        let state = look(roots, &tracefs, plan, mounted)?;
        state.save(&roots.state_file())?;
        let session = Session { roots: roots.clone(), tracefs, state, is_open: true };
        session.set_up(plan)?;
        Ok(session)
    }

    /// The tracefs in use.
    pub fn tracefs(&self) -> &Tracefs {
        &self.tracefs
    }

    /// How everything was.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Events stop coming; what is in the buffer stays. Returns how many events never got into the buffer, of
    /// which no page tells.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub fn stop(&self, source: Source) -> Result<u64> {
        // Asked before the end, as the tracer goes on counting what nobody wants any more.
        let dropped = if source == Source::Raw { self.dropped() } else { Ok(0) };
        self.tracefs.set("tracing_on", "0")?;
        dropped
    }

    fn dropped(&self) -> Result<u64> {
        let overrun = || -> Result<u64> {
            let cpus = self.tracefs.cpus()?;
            cpus.into_iter()
                .try_fold(0, |sum: u64, cpu| Ok(sum.saturating_add(self.tracefs.stats(cpu)?.overrun)))
        };
        let before = overrun()?;
        let lost = self.tracefs.take_tracer_lost()?;
        // Events that were overwritten just now may be in the count or not.
        Ok(if overrun()? == before { lost.saturating_sub(before) } else { 0 })
    }

    /// Gives a device that was taken from its driver back to it, now that the tracer sees its mappings.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub fn bind(&self) -> Result<()> {
        self.state.rebind.iter().try_for_each(|(slot, driver)| pci_slot::bind(&self.roots, slot, driver))
    }

    /// Puts everything back, and says what could not be.
    pub fn end(mut self) -> Vec<String> {
        self.is_open = false;
        restore(&self.roots, &self.state)
    }

    fn set_up(&self, plan: &Plan) -> Result<()> {
        let t = &self.tracefs;
        if let Some((slot, driver)) = &self.state.rebind {
            pci_slot::unbind(&self.roots, slot, driver)?;
        }
        t.set("tracing_on", "0")?;
        // Old events must make room, or the kernel does not say where it dropped new ones.
        if self.state.overwrite != "1" {
            t.set("options/overwrite", "1")?;
        }
        if !NANOSECONDS.contains(&self.state.clock.as_str()) {
            t.set("trace_clock", NANOSECONDS[0])?;
        }
        // The tracer takes all CPUs but the first one away; the others need no buffer.
        let first = self.state.online.first().copied().unwrap_or(0);
        self.size_buffer(first, plan)?;
        t.set("current_tracer", TRACER)?;
        let tracer = t.get("current_tracer")?;
        if tracer != TRACER {
            return Err(Error::Refused(format!("the kernel chose the tracer `{tracer}`, not `{TRACER}`")));
        }
        for cpu in online_cpus(&self.roots).into_iter().filter(|&cpu| cpu != first) {
            self.size_buffer(cpu, plan)?;
        }
        // What was not recorded before now is no loss.
        t.take_tracer_lost()?;
        t.set("tracing_on", "1")
    }

    fn size_buffer(&self, cpu: u32, plan: &Plan) -> Result<()> {
        let name = format!("per_cpu/cpu{cpu}/buffer_size_kb");
        let mut kb = plan.buffer_kb;
        loop {
            match self.tracefs.set(&name, &kb.to_string()) {
                Err(_) if plan.less_will_do && kb / 2 >= LEAST_KB => kb /= 2,
                result => return result,
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_open {
            for problem in restore(&self.roots, &self.state) {
                eprintln!("mmio-capture: {problem}");
            }
        }
    }
}

fn look(roots: &Roots, t: &Tracefs, plan: &Plan, mounted: bool) -> Result<State> {
    let mut cpu_buffers_kb = Vec::new();
    for cpu in t.cpus()? {
        cpu_buffers_kb.extend(t.buffer_kb(Some(cpu))?.map(|kb| (cpu, kb)));
    }
    let pid = std::process::id();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Ok(State {
        process: (pid, process_start(roots, pid).unwrap_or(0)),
        output: plan.output.clone(),
        started: now.map_or(0, |now| now.as_nanos() as u64),
        tracefs: roots.tracefs.clone(),
        mounted,
        tracing_on: t.get("tracing_on")?,
        tracer: t.get("current_tracer")?,
        overwrite: t.get("options/overwrite")?,
        clock: t.clock()?,
        buffer_kb: t.buffer_kb(None)?,
        cpu_buffers_kb,
        online: online_cpus(roots),
        rebind: plan.rebind.clone(),
    })
}

/// Puts everything back to `state` and removes its file; says what could not be put back. Doing it twice is no harm.
pub fn restore(roots: &Roots, state: &State) -> Vec<String> {
    let t = Tracefs::new(&state.tracefs);
    let mut problems = Vec::new();
    let mut try_to = |what: &str, result: Result<()>| {
        if let Err(error) = result {
            problems.push(format!("could not put back {what}: {}", chain(&error)));
        }
    };
    try_to("tracing_on", t.set("tracing_on", "0"));
    try_to("the tracer", restore_tracer(&t, &state.tracer));
    try_to("the CPUs", restore_cpus(roots, &state.online));
    if t.get("options/overwrite").is_ok_and(|now| now != state.overwrite) {
        try_to("options/overwrite", t.set("options/overwrite", &state.overwrite));
    }
    if t.clock().is_ok_and(|now| now != state.clock) {
        try_to("the clock", t.set("trace_clock", &state.clock));
    }
    try_to("the size of the buffer", restore_buffer(&t, state));
    try_to("tracing_on", t.set("tracing_on", &state.tracing_on));
    if let Some((slot, driver)) = &state.rebind {
        try_to("the driver", pci_slot::bind(roots, slot, driver));
    }
    if state.mounted {
        try_to("what is mounted", unmount(&state.tracefs));
    }
    let file = roots.state_file();
    if problems.is_empty()
        && let Err(error) = std::fs::remove_file(&file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        problems.push(format!("{}: cannot remove: {error}", file.display()));
    }
    problems
}

/// The kernel refuses while somebody reads.
fn restore_tracer(t: &Tracefs, tracer: &str) -> Result<()> {
    let start = Instant::now();
    // A tracer that somebody else chose meanwhile is theirs.
    if t.get("current_tracer")? != TRACER {
        return Ok(());
    }
    loop {
        match t.set("current_tracer", tracer) {
            Err(_) if start.elapsed() < BUSY => std::thread::sleep(Duration::from_millis(50)),
            result => return result,
        }
    }
}

fn restore_cpus(roots: &Roots, online: &[u32]) -> Result<()> {
    let now = online_cpus(roots);
    for cpu in online.iter().filter(|cpu| !now.contains(cpu)) {
        let path = roots.sys.join(format!("devices/system/cpu/cpu{cpu}/online"));
        std::fs::write(&path, "1").map_err(|e| Error::io("cannot write", path, e))?;
    }
    Ok(())
}

fn restore_buffer(t: &Tracefs, state: &State) -> Result<()> {
    match state.buffer_kb {
        Some(kb) => t.set("buffer_size_kb", &kb.to_string()),
        None => state
            .cpu_buffers_kb
            .iter()
            .try_for_each(|(cpu, kb)| t.set(&format!("per_cpu/cpu{cpu}/buffer_size_kb"), &kb.to_string())),
    }
}

/// Mounts tracefs at our own place.
///
/// # Errors
/// [`Error::Trace`].
pub fn mount(roots: &Roots) -> Result<Roots> {
    let place = roots.private_tracefs();
    std::fs::create_dir_all(&place).map_err(|e| Error::io("cannot create", &place, e))?;
    let flags = rustix::mount::MountFlags::empty();
    let mounted = rustix::mount::mount("tracefs", &place, "tracefs", flags, None::<&std::ffi::CStr>);
    mounted.map_err(|e| Error::io("cannot mount tracefs at", &place, e.into()))?;
    Ok(Roots { tracefs: place, ..roots.clone() })
}

/// Takes our own mount away.
///
/// # Errors
/// [`Error::Trace`].
pub fn unmount(place: &std::path::Path) -> Result<()> {
    rustix::mount::unmount(place, rustix::mount::UnmountFlags::DETACH)
        .map_err(|e| Error::io("cannot unmount", place, e.into()))?;
    std::fs::remove_dir(place).map_err(|e| Error::io("cannot remove", place, e))
}

/// An error with its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

//! Setting a tracer up, and putting everything back: after its end, an error, a signal or a panic.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::pci_slot;
use super::record::Source;
use super::roots::Roots;
use super::state::{Setup, State, process_start};
use super::tracefs::Tracefs;
use super::{mmiotap, mmiotrace};
use crate::error::{Error, Result};
use crate::formats::Tracer;
use crate::pci::PciAddress;

/// How long a reader that just ended may keep a tracer busy.
const BUSY: Duration = Duration::from_secs(3);

/// What is wanted of a session.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who traps the accesses.
    pub tracer: Tracer,
    /// Where the recording goes, for the state.
    pub output: PathBuf,
    /// Kilobytes of the buffer of a CPU that is traced.
    pub buffer_kb: u64,
    /// A smaller buffer will do where there is no room for this one.
    pub less_will_do: bool,
    /// A PCI device that is taken from its driver first, and the driver.
    pub rebind: Option<(PciAddress, String)>,
    /// What mmiotap is asked for beyond that.
    pub tap: mmiotap::Wanted,
}

/// A tracer that was set up. Dropped, it puts everything back.
#[derive(Debug)]
pub struct Session {
    roots: Roots,
    tracefs: Tracefs,
    state: State,
    /// Accesses that mmiotap had not recorded at the begin.
    unrecorded: u64,
    is_open: bool,
}

impl Session {
    /// Saves how everything is, and sets the tracer up. tracefs must be mounted; `mounted` says that we did it.
    ///
    /// # Errors
    /// [`Error`]; everything is as before then.
    pub fn begin(roots: &Roots, plan: &Plan, mounted: bool) -> Result<Session> {
        let state = look(roots, plan, mounted)?;
        state.save(&roots.state_file())?;
        let tracefs = state.place();
        let mut session = Session { roots: roots.clone(), tracefs, state, unrecorded: 0, is_open: true };
        session.set_up(plan)?;
        Ok(session)
    }

    /// The tracefs in use: that of the recording's own instance where it has one.
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
        let dropped = match &self.state.setup {
            Setup::Mmiotrace(_) => mmiotrace::dropped(&self.tracefs, source),
            Setup::Mmiotap(_) => mmiotap::dropped(&self.roots, &self.tracefs, self.unrecorded),
        };
        self.tracefs.set("tracing_on", "0")?;
        dropped
    }

    /// Gives a device that was taken from its driver back to it, now that the tracer sees its mappings.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub fn bind(&self) -> Result<()> {
        self.state.rebind.iter().try_for_each(|(device, driver)| pci_slot::bind(&self.roots, *device, driver))
    }

    /// Puts everything back, and says what could not be.
    pub fn end(mut self) -> Vec<String> {
        self.is_open = false;
        restore(&self.roots, &self.state)
    }

    fn set_up(&mut self, plan: &Plan) -> Result<()> {
        if let Some((device, driver)) = &self.state.rebind {
            pci_slot::unbind(&self.roots, *device, driver)?;
        }
        match &self.state.setup {
            Setup::Mmiotrace(before) => before.set_up(&self.roots, &self.tracefs, plan),
            Setup::Mmiotap(before) => {
                self.unrecorded = before.set_up(&self.roots, &self.tracefs, plan)?;
                Ok(())
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

fn look(roots: &Roots, plan: &Plan, mounted: bool) -> Result<State> {
    let pid = std::process::id();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Ok(State {
        process: (pid, process_start(roots, pid).unwrap_or(0)),
        output: plan.output.clone(),
        started: now.map_or(0, |now| now.as_nanos() as u64),
        tracefs: roots.tracefs.clone(),
        mounted,
        rebind: plan.rebind.clone(),
        setup: match plan.tracer {
            Tracer::Mmiotrace => {
                Setup::Mmiotrace(mmiotrace::Before::look(roots, &Tracefs::new(&roots.tracefs))?)
            }
            Tracer::Mmiotap => Setup::Mmiotap(mmiotap::Before::look(roots, &plan.tap)?),
        },
    })
}

/// Puts everything back to `state` and removes its file; says what could not be put back. Doing it twice is no harm.
pub fn restore(roots: &Roots, state: &State) -> Vec<String> {
    let mut problems = Vec::new();
    let mut try_to = |what: &str, result: Result<()>| {
        if let Err(error) = result {
            problems.push(format!("could not put back {what}: {}", chain(&error)));
        }
    };
    match &state.setup {
        Setup::Mmiotrace(before) => before.restore(roots, &state.place(), &mut try_to),
        Setup::Mmiotap(before) => before.restore(roots, &state.place(), &mut try_to),
    }
    if let Some((device, driver)) = &state.rebind {
        try_to("the driver", pci_slot::bind(roots, *device, driver));
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

/// Tries until it succeeds, as long as what just ended may keep it from that.
///
/// # Errors
/// That of the last time.
pub(super) fn insist(mut action: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    loop {
        match action() {
            Err(_) if start.elapsed() < BUSY => std::thread::sleep(Duration::from_millis(50)),
            result => return result,
        }
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

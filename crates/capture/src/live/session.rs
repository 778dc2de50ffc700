//! Setting a tracer up, and putting everything back: after its end, an error, a signal or a panic.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use super::facts::wall_time;
use super::observer::Observer;
use super::state::{State, process_start};
use crate::error::Result;
use crate::kernel::roots::Roots;
use crate::kernel::tracefs::Tracefs;
use crate::kernel::{mount, pci_slot};
use crate::pci::PciAddress;
use crate::tracers::{Source, Tracer, Wanted};

/// The plan of a session.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The tracer that is used.
    pub(super) tracer: Tracer,
    /// The path of the container, for the state.
    pub(super) output: PathBuf,
    /// A PCI device that is taken from its driver first, and the driver.
    pub(super) rebind: Option<(PciAddress, String)>,
    /// What is asked of the tracer.
    pub(super) wanted: Wanted,
}

/// A tracer that was set up.
/// Dropped, it puts everything back.
pub(super) struct Session {
    roots: Roots,
    tracefs: Tracefs,
    state: State,
    /// Events that the tracer had counted as not recorded at the begin.
    unrecorded: u64,
    observer: Arc<dyn Observer>,
    is_open: bool,
}

impl Session {
    /// Saves how everything is, and sets the tracer up.
    /// tracefs must be mounted; `mounted` says that we did it.
    ///
    /// # Errors
    /// [`crate::Error`]; everything is as before then.
    pub(super) fn begin(
        roots: &Roots,
        plan: &Plan,
        mounted: bool,
        observer: Arc<dyn Observer>,
    ) -> Result<Session> {
        let state = look(roots, plan, mounted)?;
        state.save(roots)?;
        let (roots, tracefs) = (roots.clone(), state.place());
        let mut session = Session { roots, tracefs, state, unrecorded: 0, observer, is_open: true };
        session.set_up(plan)?;
        Ok(session)
    }

    /// The tracefs in use: that of the recording's own instance where it has one.
    pub(super) fn tracefs(&self) -> &Tracefs {
        &self.tracefs
    }

    /// The state that is on disk.
    #[cfg(test)]
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// What watches the recording.
    pub(super) fn observer(&self) -> &Arc<dyn Observer> {
        &self.observer
    }

    /// Stops the events; what is in the buffer stays.
    /// Returns how many events never got into the buffer, of which no page tells.
    ///
    /// # Errors
    /// [`crate::Error::Trace`].
    pub(super) fn stop(&self, source: Source) -> Result<u64> {
        let tracer = self.state.tracer.control();
        let dropped = tracer.dropped(&self.roots, &self.tracefs, source, self.unrecorded);
        self.tracefs.set("tracing_on", "0")?;
        dropped
    }

    /// Gives a device that was taken from its driver back to it, now that the tracer sees its mappings.
    ///
    /// # Errors
    /// [`crate::Error::Trace`].
    pub(super) fn bind(&self) -> Result<()> {
        let rebind = self.state.rebind.as_ref();
        rebind.map_or(Ok(()), |(device, driver)| pci_slot::bind(&self.roots, *device, driver))
    }

    /// Puts everything back, and says what could not be.
    pub(super) fn end(mut self) -> Vec<String> {
        self.is_open = false;
        restore(&self.roots, &self.state)
    }

    fn set_up(&mut self, plan: &Plan) -> Result<()> {
        let State { tracer, settings, rebind, .. } = &self.state;
        if let Some((device, driver)) = rebind {
            pci_slot::unbind(&self.roots, *device, driver)?;
        }
        self.unrecorded = tracer.control().set_up(settings, &self.roots, &self.tracefs, &plan.wanted)?;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_open {
            restore(&self.roots, &self.state).iter().for_each(|problem| self.observer.notice(problem));
        }
    }
}

fn look(roots: &Roots, plan: &Plan, mounted: bool) -> Result<State> {
    let pid = std::process::id();
    let tracer = plan.tracer.control();
    let tracefs = tracer.tracefs(Tracefs::new(&roots.tracefs));
    Ok(State {
        process: (pid, process_start(roots, pid).unwrap_or(0)),
        output: plan.output.clone(),
        started: wall_time(),
        tracefs: roots.tracefs.clone(),
        mounted,
        rebind: plan.rebind.clone(),
        tracer: plan.tracer,
        settings: tracer.look(roots, &tracefs, &plan.wanted)?,
    })
}

/// Puts everything back to `state` and removes its file; says what could not be put back.
/// Doing it twice does no harm.
pub fn restore(roots: &Roots, state: &State) -> Vec<String> {
    let mut problems = Vec::new();
    let mut try_to = |what: &str, result: Result<()>| {
        if let Err(error) = result {
            problems.push(format!("could not put back {what}: {}", error.with_causes()));
        }
    };
    state.tracer.control().restore(&state.settings, roots, &state.place(), &mut try_to);
    if let Some((device, driver)) = &state.rebind {
        try_to("the driver", pci_slot::bind(roots, *device, driver));
    }
    if state.mounted {
        try_to("what is mounted", mount::unmount(&state.tracefs));
    }
    let file = roots.state_file();
    if problems.is_empty()
        && let Err(error) = std::fs::remove_file(&file)
        && error.kind() != ErrorKind::NotFound
    {
        problems.push(format!("{}: cannot remove: {error}", file.display()));
    }
    problems
}

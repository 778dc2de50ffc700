//! The state of a recording: a small file under `/run`, written before anything is changed, that says how everything was.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::kernel::roots::{Roots, peek};
use crate::kernel::tracefs::Tracefs;
use crate::pci::PciAddress;
use crate::tracers::{Settings, Tracer};

/// The state of a recording, and how everything was before it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct State {
    /// The recorder's process id, and when it started, in the kernel's ticks: ids are used again.
    pub process: (u32, u64),
    /// The path of the container.
    pub output: PathBuf,
    /// The begin of the recording, in nanoseconds since 1970 UTC.
    pub started: u64,
    /// The folder where tracefs is mounted.
    pub tracefs: PathBuf,
    /// Whether tracefs was mounted there for this recording.
    pub mounted: bool,
    /// The PCI device that was taken from its driver, and the driver.
    pub rebind: Option<(PciAddress, String)>,
    /// The tracer that is used.
    pub tracer: Tracer,
    /// The settings that the tracer puts back.
    pub(crate) settings: Settings,
}

impl State {
    /// Reads the state of the recording that is running or was left behind, if there is one.
    ///
    /// # Errors
    /// [`Error::Trace`]; [`Error::Refused`] for a file that is not a state.
    pub fn load(roots: &Roots) -> Result<Option<State>> {
        let path = roots.state_file();
        match std::fs::read_to_string(&path) {
            Ok(text) => match State::of_text(&text) {
                Some(state) => Ok(Some(state)),
                None => Err(Error::Refused(format!("{}: this is no state of a recording", path.display()))),
            },
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("cannot read", path, e)),
        }
    }

    /// Whether the recorder is still there.
    pub fn is_alive(&self, roots: &Roots) -> bool {
        process_start(roots, self.process.0).is_some_and(|start| start == self.process.1)
    }

    /// Writes the state, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(super) fn save(&self, roots: &Roots) -> Result<()> {
        let path = roots.state_file();
        let beside = path.with_extension("new");
        let error = |e| Error::io("cannot write", &path, e);
        let mut file = std::fs::File::create(&beside).map_err(error)?;
        file.write_all(self.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(error)?;
        std::fs::rename(&beside, &path).map_err(error)
    }

    /// The control files in use.
    pub(super) fn place(&self) -> Tracefs {
        self.tracer.control().tracefs(Tracefs::new(&self.tracefs))
    }

    fn to_text(&self) -> String {
        let mut all = self.settings.clone();
        all.put("process", format!("{} {}", self.process.0, self.process.1));
        all.put("output", self.output.display());
        all.put("started", self.started);
        all.put("tracefs", self.tracefs.display());
        all.put("mounted", u8::from(self.mounted));
        all.put("tracer", self.tracer.name());
        if let Some((device, driver)) = &self.rebind {
            all.put("rebind", format!("{device} {driver}"));
        }
        all.to_text()
    }

    fn of_text(text: &str) -> Option<State> {
        let mut all = Settings::of_text(text);
        let process = all.take("process")?;
        let (pid, start) = process.split_once(' ')?;
        Some(State {
            process: (pid.parse().ok()?, start.parse().ok()?),
            output: all.take("output")?.into(),
            started: all.take("started")?.parse().ok()?,
            tracefs: all.take("tracefs")?.into(),
            mounted: all.take("mounted")? == "1",
            rebind: match all.take("rebind") {
                Some(rebind) => {
                    let (device, driver) = rebind.split_once(' ')?;
                    Some((device.parse().ok()?, driver.to_owned()))
                }
                None => None,
            },
            tracer: Tracer::named(&all.take("tracer")?)?,
            settings: all,
        })
    }
}

/// The start of a process, in ticks since the boot: field 22 of `/proc/PID/stat`, whose field 2 can hold anything.
pub(super) fn process_start(roots: &Roots, pid: u32) -> Option<u64> {
    let stat = peek(roots.proc.join(pid.to_string()).join("stat"))?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let roots = Roots { run: folder.path().into(), ..Roots::of_machine() };
        assert_eq!(State::load(&roots).unwrap(), None);
        let mut settings = Settings::default();
        settings.put("clock", "local");
        settings.put("targets", "");
        let state = State {
            process: (812, 99_000),
            output: "/tmp/a b\nc.mmio.zst".into(),
            started: 1_700_000_000_000_000_001,
            tracefs: "/sys/kernel/tracing".into(),
            mounted: true,
            rebind: Some(("10000:e1:00.0".parse().unwrap(), "i6300ESB timer".into())),
            tracer: Tracer::Mmiotrace,
            settings,
        };
        state.save(&roots).unwrap();
        let expected = State { output: "/tmp/a b c.mmio.zst".into(), ..state };
        assert_eq!(State::load(&roots).unwrap(), Some(expected.clone()));
        let plain = State { tracer: Tracer::Mmiotap, rebind: None, mounted: false, ..expected };
        plain.save(&roots).unwrap();
        assert_eq!(State::load(&roots).unwrap(), Some(plain.clone()));

        let text = plain.to_text();
        let broken = [
            "process 1\n".to_owned(),
            text.replace("tracer mmiotap", "tracer other"),
            text.replace("mounted", "is_mounted"),
            format!("{text}rebind 0000:00 driver\n"),
        ];
        for text in broken {
            std::fs::write(roots.state_file(), &text).unwrap();
            let message = State::load(&roots).unwrap_err().to_string();
            assert!(message.contains("no state of a recording"), "{text}: {message}");
        }
    }
}

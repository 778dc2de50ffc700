//! What the tracer was set to before a recording: a small file under `/run`, written before anything is changed.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::roots::{Roots, peek};
use super::tracefs::Tracefs;
use super::{mmiotap, mmiotrace};
use crate::error::{Error, Result};
use crate::formats::Tracer;
use crate::pci::PciAddress;

/// How everything was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The recorder's process id, and when it started, in the kernel's ticks: ids are used again.
    pub process: (u32, u64),
    /// Where the recording goes.
    pub output: PathBuf,
    /// When it began, nanoseconds since 1970 UTC.
    pub started: u64,
    /// Where tracefs is mounted.
    pub tracefs: PathBuf,
    /// It was mounted there for this recording.
    pub mounted: bool,
    /// The PCI device that was taken from its driver, and the driver.
    pub rebind: Option<(PciAddress, String)>,
    /// Of the tracer.
    pub setup: Setup,
}

/// What was before, of the tracer that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The kernel's.
    Mmiotrace(mmiotrace::Before),
    /// The module.
    Mmiotap(mmiotap::Before),
}

/// Keys and values of the file.
pub(super) type Lines<'a> = BTreeMap<&'a str, &'a str>;

impl State {
    /// Writes the state, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let beside = path.with_extension("new");
        let error = |e| Error::io("cannot write", path, e);
        let mut file = std::fs::File::create(&beside).map_err(error)?;
        file.write_all(self.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(error)?;
        std::fs::rename(&beside, path).map_err(error)
    }

    /// Reads the state of a recording, if there is one.
    ///
    /// # Errors
    /// [`Error::Trace`]; [`Error::Refused`] for a file that is no state.
    pub fn load(path: &Path) -> Result<Option<State>> {
        match std::fs::read_to_string(path) {
            Ok(text) => match State::of_text(&text) {
                Some(state) => Ok(Some(state)),
                None => Err(Error::Refused(format!("{}: this is no state of a recording", path.display()))),
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("cannot read", path, e)),
        }
    }

    /// Whether the recorder is still there.
    pub fn is_alive(&self, roots: &Roots) -> bool {
        process_start(roots, self.process.0).is_some_and(|start| start == self.process.1)
    }

    /// The control files in use.
    pub fn place(&self) -> Tracefs {
        let top = Tracefs::new(&self.tracefs);
        match self.setup {
            Setup::Mmiotrace(_) => top,
            Setup::Mmiotap(_) => top.instance(mmiotap::INSTANCE),
        }
    }

    /// The tracer in use.
    pub fn tracer(&self) -> Tracer {
        match self.setup {
            Setup::Mmiotrace(_) => Tracer::Mmiotrace,
            Setup::Mmiotap(_) => Tracer::Mmiotap,
        }
    }

    fn to_text(&self) -> String {
        let mut lines = vec![
            ("process", format!("{} {}", self.process.0, self.process.1)),
            ("output", self.output.display().to_string()),
            ("started", self.started.to_string()),
            ("tracefs", self.tracefs.display().to_string()),
            ("mounted", u8::from(self.mounted).to_string()),
        ];
        lines.extend(self.rebind.as_ref().map(|(device, driver)| ("rebind", format!("{device} {driver}"))));
        lines.extend(match &self.setup {
            Setup::Mmiotrace(before) => before.lines(),
            Setup::Mmiotap(before) => before.lines(),
        });
        // A name with a line end in it must not become a line of its own.
        lines.iter().map(|(key, value)| format!("{key} {}\n", value.replace('\n', " "))).collect()
    }

    fn of_text(text: &str) -> Option<State> {
        let lines: Lines = text.lines().filter_map(|line| line.split_once(' ')).collect();
        let get = |key| lines.get(key).copied();
        let (pid, start) = get("process")?.split_once(' ')?;
        Some(State {
            process: (pid.parse().ok()?, start.parse().ok()?),
            output: get("output")?.into(),
            started: get("started")?.parse().ok()?,
            tracefs: get("tracefs")?.into(),
            mounted: get("mounted")? == "1",
            rebind: match get("rebind").and_then(|rebind| rebind.split_once(' ')) {
                Some((device, driver)) => Some((device.parse().ok()?, driver.to_owned())),
                None => None,
            },
            setup: match mmiotap::Before::of_lines(&lines) {
                Some(before) => Setup::Mmiotap(before),
                None => Setup::Mmiotrace(mmiotrace::Before::of_lines(&lines)?),
            },
        })
    }
}

/// When a process started, in ticks since the boot: field 22 of `/proc/PID/stat`, whose field 2 can hold anything.
pub fn process_start(roots: &Roots, pid: u32) -> Option<u64> {
    let stat = peek(roots.proc.join(pid.to_string()).join("stat"))?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// CPUs that are online, rising.
pub fn online_cpus(roots: &Roots) -> Vec<u32> {
    peek(roots.sys.join("devices/system/cpu/online")).map_or(Vec::new(), |text| parse_cpus(&text))
}

/// `0-3,8`
pub(super) fn parse_cpus(text: &str) -> Vec<u32> {
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.trim().parse::<u32>(), last.trim().parse::<u32>())
            && last < 1 << 16
        {
            cpus.extend(first..=last);
        }
    }
    cpus
}

/// CPUs with commas between.
pub(super) fn join(cpus: &[u32]) -> String {
    cpus.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back() {
        let before = mmiotrace::Before {
            tracing_on: "1".into(),
            tracer: "nop".into(),
            overwrite: "1".into(),
            clock: "local".into(),
            buffer_kb: Some(1408),
            cpu_buffers_kb: vec![(0, 1408), (1, 7)],
            online: vec![0, 1, 2, 5],
        };
        let state = State {
            process: (812, 99_000),
            output: "/tmp/a b\nc.mmio.zst".into(),
            started: 1_700_000_000_000_000_001,
            tracefs: "/sys/kernel/tracing".into(),
            mounted: true,
            rebind: Some(("10000:e1:00.0".parse().unwrap(), "e1000e".into())),
            setup: Setup::Mmiotrace(before.clone()),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert_eq!(State::load(&path).unwrap(), None);
        state.save(&path).unwrap();
        let expected = State { output: "/tmp/a b c.mmio.zst".into(), ..state.clone() };
        assert_eq!(State::load(&path).unwrap(), Some(expected.clone()));
        let before = mmiotrace::Before { buffer_kb: None, ..before };
        let taps = [
            (true, vec![], None),
            (false, vec!["bars".into(), "device 0000:02:00.0".into()], Some("N".into())),
        ];
        let taps = taps.map(|(load, targets, pc)| {
            Setup::Mmiotap(mmiotap::Before { load, targets, pc, buffer_kb: Some(7) })
        });
        for setup in [vec![Setup::Mmiotrace(before)], taps.to_vec()].concat() {
            let plain = State { setup, rebind: None, mounted: false, ..expected.clone() };
            plain.save(&path).unwrap();
            assert_eq!(State::load(&path).unwrap(), Some(plain));
        }
        std::fs::write(&path, "process 1\n").unwrap();
        assert!(State::load(&path).unwrap_err().to_string().contains("no state of a recording"));
    }

    #[test]
    fn lists_of_cpus() {
        assert_eq!(parse_cpus("0-3,8\n"), [0, 1, 2, 3, 8]);
        assert_eq!(parse_cpus(""), [0; 0]);
        assert_eq!(parse_cpus("0-4294967295"), [0; 0]);
        assert_eq!(join(&[0, 1, 2, 3, 8]), "0,1,2,3,8");
    }
}

//! What the tracer was set to before a recording: a small file under `/run`, written before anything is changed.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::roots::{Roots, peek};
use crate::error::{Error, Result};

/// How everything was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// The PCI device that was taken from its driver, and the driver.
    pub rebind: Option<(String, String)>,
}

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

    fn to_text(&self) -> String {
        let buffers = self.cpu_buffers_kb.iter().map(|(cpu, kb)| format!("{cpu}:{kb}"));
        let mut lines = vec![
            ("process", format!("{} {}", self.process.0, self.process.1)),
            ("output", self.output.display().to_string()),
            ("started", self.started.to_string()),
            ("tracefs", self.tracefs.display().to_string()),
            ("mounted", u8::from(self.mounted).to_string()),
            ("tracing_on", self.tracing_on.clone()),
            ("tracer", self.tracer.clone()),
            ("overwrite", self.overwrite.clone()),
            ("clock", self.clock.clone()),
            ("cpu_buffers_kb", buffers.collect::<Vec<_>>().join(" ")),
            ("online", join(&self.online)),
        ];
        lines.extend(self.buffer_kb.map(|kb| ("buffer_kb", kb.to_string())));
        lines.extend(self.rebind.as_ref().map(|(slot, driver)| ("rebind", format!("{slot} {driver}"))));
        // A name with a line end in it must not become a line of its own.
        lines.iter().map(|(key, value)| format!("{key} {}\n", value.replace('\n', " "))).collect()
    }

    fn of_text(text: &str) -> Option<State> {
        let lines: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(' ')).collect();
        let get = |key| lines.get(key).copied();
        let own = |key| get(key).map(str::to_owned);
        let (pid, start) = get("process")?.split_once(' ')?;
        let cpu_buffers = get("cpu_buffers_kb")?.split_whitespace();
        let pair = |text: &str| {
            text.split_once(':').and_then(|(cpu, kb)| Some((cpu.parse().ok()?, kb.parse().ok()?)))
        };
        Some(State {
            process: (pid.parse().ok()?, start.parse().ok()?),
            output: get("output")?.into(),
            started: get("started")?.parse().ok()?,
            tracefs: get("tracefs")?.into(),
            mounted: get("mounted")? == "1",
            tracing_on: own("tracing_on")?,
            tracer: own("tracer")?,
            overwrite: own("overwrite")?,
            clock: own("clock")?,
            buffer_kb: get("buffer_kb").and_then(|kb| kb.parse().ok()),
            cpu_buffers_kb: cpu_buffers.map(pair).collect::<Option<_>>()?,
            online: parse_cpus(get("online")?),
            rebind: get("rebind").and_then(|r| r.split_once(' ')).map(|(a, b)| (a.to_owned(), b.to_owned())),
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
fn parse_cpus(text: &str) -> Vec<u32> {
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
pub(crate) fn join(cpus: &[u32]) -> String {
    cpus.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back() {
        let state = State {
            process: (812, 99_000),
            output: "/tmp/a b\nc.mmio.zst".into(),
            started: 1_700_000_000_000_000_001,
            tracefs: "/sys/kernel/tracing".into(),
            mounted: true,
            tracing_on: "1".into(),
            tracer: "nop".into(),
            overwrite: "1".into(),
            clock: "local".into(),
            buffer_kb: Some(1408),
            cpu_buffers_kb: vec![(0, 1408), (1, 7)],
            online: vec![0, 1, 2, 5],
            rebind: Some(("0000:02:00.0".into(), "e1000e".into())),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert_eq!(State::load(&path).unwrap(), None);
        state.save(&path).unwrap();
        let expected = State { output: "/tmp/a b c.mmio.zst".into(), ..state.clone() };
        assert_eq!(State::load(&path).unwrap(), Some(expected.clone()));
        let plain = State { buffer_kb: None, rebind: None, mounted: false, ..expected };
        plain.save(&path).unwrap();
        assert_eq!(State::load(&path).unwrap(), Some(plain));
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

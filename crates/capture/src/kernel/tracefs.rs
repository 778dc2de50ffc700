//! The control files of tracing.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::roots;
use crate::error::{Error, Result};

/// `O_NONBLOCK` of x86, where these tracers are.
const NONBLOCK: i32 = 0o4000;

/// Clocks that count in nanoseconds, which a recording needs.
pub(crate) const NANOSECONDS: [&str; 7] = ["local", "global", "perf", "mono", "mono_raw", "boot", "tai"];
/// The smallest buffer that is tried, in kilobytes.
const LEAST_KB: u64 = 1024;

/// A mounted tracefs, or an instance in it: a buffer with control files of its own.
#[derive(Clone, Debug)]
pub(crate) struct Tracefs {
    top: PathBuf,
    place: PathBuf,
}

/// The size of a buffer that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BufferSize {
    /// Kilobytes.
    pub(crate) kb: u64,
    /// Whether a smaller buffer will do where there is no room for this one.
    pub(crate) less_will_do: bool,
}

/// The kernel's counts of one CPU's buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BufferStats {
    /// Events that were overwritten before they were read.
    pub(crate) overrun: u64,
    /// Events that found no room: nested ones, or new ones when old ones are kept.
    pub(crate) dropped: u64,
    /// Bytes that wait to be read.
    pub(crate) bytes: u64,
    /// The trace's clock now, in nanoseconds.
    pub(crate) now: u64,
}

impl Tracefs {
    /// The tracefs that is mounted at `root`.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Tracefs {
        let top = root.into();
        Tracefs { place: top.clone(), top }
    }

    /// The instance of this name, which need not be there.
    pub(crate) fn instance(&self, name: &str) -> Tracefs {
        Tracefs { top: self.top.clone(), place: self.top.join("instances").join(name) }
    }

    /// The whole tracefs, of which this may be an instance.
    pub(crate) fn top(&self) -> Tracefs {
        Tracefs::new(&self.top)
    }

    /// The folder of the descriptions of events, which instances share.
    pub(crate) fn events(&self) -> PathBuf {
        self.top.join("events")
    }

    /// The folder of the control files.
    pub(crate) fn folder(&self) -> &Path {
        &self.place
    }

    /// The content of a control file, without blanks around it.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn get(&self, name: &str) -> Result<String> {
        roots::read(&self.place.join(name))
    }

    /// Writes a control file, in one write as the kernel wants it.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn set(&self, name: &str, value: &str) -> Result<()> {
        let path = self.place.join(name);
        // Never created: a control file that is not there is an error.
        let file = OpenOptions::new().write(true).truncate(true).open(&path);
        let mut file = file.map_err(|e| Error::io("cannot open", &path, e))?;
        file.write_all(format!("{value}\n").as_bytes()).map_err(|e| Error::io("cannot write", &path, e))
    }

    /// Opens a file to be read without waiting.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn open(&self, name: &str) -> Result<File> {
        let path = self.place.join(name);
        let file = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(&path);
        file.map_err(|e| Error::io("cannot open", &path, e))
    }

    /// CPUs that have a buffer, rising.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn cpus(&self) -> Result<Vec<u32>> {
        let path = self.place.join("per_cpu");
        let folder = std::fs::read_dir(&path).map_err(|e| Error::io("cannot read", &path, e))?;
        let number = |name: std::ffi::OsString| name.to_str()?.strip_prefix("cpu")?.parse().ok();
        let mut cpus: Vec<u32> = folder.filter_map(|entry| number(entry.ok()?.file_name())).collect();
        cpus.sort_unstable();
        Ok(cpus)
    }

    /// The kernel's counts of one CPU's buffer.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn stats(&self, cpu: u32) -> Result<BufferStats> {
        Ok(parse_stats(&self.get(&format!("per_cpu/cpu{cpu}/stats"))?))
    }

    /// Events of all CPUs that were overwritten before they were read.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn overrun(&self) -> Result<u64> {
        self.cpus()?.into_iter().try_fold(0, |sum: u64, cpu| Ok(sum.saturating_add(self.stats(cpu)?.overrun)))
    }

    /// Makes the buffer of a control file as large as `size` says.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn size_buffer(&self, name: &str, size: BufferSize) -> Result<()> {
        let mut kb = size.kb;
        loop {
            match self.set(name, &kb.to_string()) {
                Err(_) if size.less_will_do && kb / 2 >= LEAST_KB => kb /= 2,
                result => return result,
            }
        }
    }

    /// The clock that is in use.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn clock(&self) -> Result<String> {
        let all = self.get("trace_clock")?;
        Ok(chosen(&all).unwrap_or(&all).to_owned())
    }

    /// Kilobytes of a buffer: of one CPU, or of every CPU where they are the same.
    /// A kernel that has not traced yet says what they will be.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(crate) fn buffer_kb(&self, cpu: Option<u32>) -> Result<Option<u64>> {
        let text = match cpu {
            Some(cpu) => self.get(&format!("per_cpu/cpu{cpu}/buffer_size_kb"))?,
            None => self.get("buffer_size_kb")?,
        };
        Ok(buffer_kb(&text))
    }
}

/// The word in brackets of a choice such as `[local] global counter`.
/// The kernel's lockdown is written so too.
pub(crate) fn chosen(choices: &str) -> Option<&str> {
    choices.split_whitespace().find_map(|word| word.strip_prefix('[')?.strip_suffix(']'))
}

/// The kilobytes of `1408`, or of `7 (expanded: 1408)`, which is 1408 as soon as anything is traced.
/// `None` of `X`, which stands there when CPUs differ.
fn buffer_kb(text: &str) -> Option<u64> {
    let number = match text.split_once("(expanded:") {
        Some((_, expanded)) => expanded.trim_end_matches(')'),
        None => text,
    };
    number.trim().parse().ok()
}

/// The nanoseconds of a time such as `12.345678`; 0 for text that is not a time.
fn nanoseconds(seconds: &str) -> u64 {
    let (whole, decimals) = seconds.split_once('.').unwrap_or((seconds, ""));
    let decimals: u64 = format!("{decimals:0<9.9}").parse().unwrap_or(0);
    whole.parse::<u64>().map_or(0, |whole| whole.saturating_mul(1_000_000_000).saturating_add(decimals))
}

fn parse_stats(text: &str) -> BufferStats {
    let mut stats = BufferStats::default();
    for (name, value) in text.lines().filter_map(|line| line.split_once(": ")) {
        let number = value.trim().parse().unwrap_or(0);
        match name {
            "overrun" => stats.overrun = number,
            "commit overrun" | "dropped events" => stats.dropped += number,
            "bytes" => stats.bytes = number,
            "now ts" => stats.now = nanoseconds(value.trim()),
            _ => {}
        }
    }
    stats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_what_they_will_be() {
        let sizes = ["1408", "7 (expanded: 1408)", "X", "", "7 (expanded: )"].map(buffer_kb);
        assert_eq!(sizes, [Some(1408), Some(1408), None, None, None]);
    }

    #[test]
    fn statistics_are_read_by_name() {
        let text = "entries: 129\noverrun: 4\ncommit overrun: 1\nbytes: 6280\noldest event ts:  5.1\n\
            now ts:    12.345678\ndropped events: 2\nread events: 42\n";
        let expected = BufferStats { overrun: 4, dropped: 3, bytes: 6280, now: 12_345_678_000 };
        assert_eq!(parse_stats(text), expected);
    }

    #[test]
    fn the_chosen_one_is_in_brackets() {
        assert_eq!(chosen("local [global] counter"), Some("global"));
        assert_eq!(chosen("[none] integrity confidentiality"), Some("none"));
        assert_eq!(chosen("none"), None);
    }
}

//! What a file's options say of the recording.

use super::limits;

/// The numbers of options that both versions have.
pub(super) mod option {
    pub(in super::super) const DONE: u16 = 0;
    pub(in super::super) const CPU_STATS: u16 = 2;
    pub(in super::super) const BUFFER: u16 = 3;
    pub(in super::super) const CLOCK: u16 = 4;
    pub(in super::super) const UNAME: u16 = 5;
    pub(in super::super) const CPU_COUNT: u16 = 8;
    pub(in super::super) const VERSION: u16 = 9;
}

/// What is known of a recording. Texts are as the file has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// The clock of the events' times.
    pub clock: Option<String>,
    /// The system, host, kernel and machine.
    pub uname: Option<String>,
    /// The version of trace-cmd.
    pub version: Option<String>,
    /// The kernel's own counts, of each CPU.
    pub cpu_stats: Vec<CpuStats>,
    /// The number of texts of latency tracers, which are not read.
    pub latency_texts: u32,
}

/// The kernel's counts of a CPU's events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CpuStats {
    /// The number of the CPU.
    pub cpu: u32,
    /// Events that were overwritten before they were read.
    pub overrun: u64,
    /// Events that were not recorded, as too many interrupts nested.
    pub commit_overrun: u64,
    /// Events that were not recorded, as the buffer was full.
    pub dropped: u64,
}

impl Facts {
    /// Takes an option that is a text; others are passed over.
    pub(super) fn take(&mut self, id: u16, data: &[u8]) {
        let text = || {
            let data = data.get(..limits::TEXT).unwrap_or(data);
            let text = data.split(|&byte| byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(text).trim_end().to_owned()
        };
        match id {
            option::CLOCK => self.clock = Some(chosen(&text()).to_owned()),
            option::UNAME => self.uname = Some(text()),
            option::VERSION => self.version = Some(text()),
            option::CPU_STATS if self.cpu_stats.len() < limits::CPUS => {
                self.cpu_stats.push(CpuStats::parse(&text()));
            }
            _ => {}
        }
    }
}

impl CpuStats {
    /// Reads the lines of `per_cpu/cpuN/stats`.
    fn parse(text: &str) -> CpuStats {
        let mut stats = CpuStats::default();
        for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
            let Ok(value) = value.trim().parse::<u64>() else { continue };
            match name.trim() {
                "CPU" => stats.cpu = value as u32,
                "overrun" => stats.overrun = value,
                "commit overrun" => stats.commit_overrun = value,
                "dropped events" => stats.dropped = value,
                _ => {}
            }
        }
        stats
    }
}

/// The clock that is in brackets in the kernel's list of clocks; the text itself where none is.
fn chosen(clocks: &str) -> &str {
    let inside = clocks.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inside.map_or(clocks, |(clock, _)| clock)
}

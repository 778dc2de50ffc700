//! The module mmiotap: loading it, what a recording asks of it, and putting that back.
//!
//! Its files are described in `kmod/README.md`. Events go to a tracing instance of the recording's own, so that
//! whoever traces something else is not disturbed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::roots::{self, Roots, peek};
use super::session::{self, Plan};
use super::state::Lines;
use super::tracefs::{NANOSECONDS, Tracefs};
use crate::error::{Error, Result};
use crate::formats::Tracer;
use crate::pci::PciAddress;

/// The tracing instance.
pub const INSTANCE: &str = "mmio-capture";
/// Switches its events.
const ENABLE: &str = "events/mmiotap/enable";
/// What means all BARs that are mapped from now on.
const BARS: &str = "bars";

/// What is asked of the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The module's file, if it is not an installed one.
    pub module: Option<PathBuf>,
    /// The PCI device that is traced.
    pub device: Option<PciAddress>,
    /// Physical addresses that are traced, the last ones included. Without these and a device, all BARs that are mapped from now on.
    pub ranges: Vec<(u64, u64)>,
    /// Record program counters.
    pub pc: bool,
}

/// How everything was, and what the recording adds to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// The module was not there.
    pub load: bool,
    /// Targets that are added.
    pub targets: Vec<String>,
    /// The module's parameter `pc`, if it was there.
    pub pc: Option<String>,
    /// Kilobytes of the top-level buffers: they no longer grow by themselves once there is an instance.
    pub buffer_kb: Option<u64>,
}

impl Wanted {
    /// As the module writes them.
    fn targets(&self) -> Vec<String> {
        let device = self.device.iter().map(|address| format!("device {address}"));
        let ranges = self.ranges.iter().map(|(first, last)| format!("range {first:#x}-{last:#x}"));
        let targets: Vec<String> = device.chain(ranges).collect();
        if targets.is_empty() { vec![BARS.into()] } else { targets }
    }
}

impl Before {
    /// How it is now.
    ///
    /// # Errors
    /// [`Error::Trace`].
    pub(super) fn look(roots: &Roots, wanted: &Wanted) -> Result<Before> {
        let mut targets = wanted.targets();
        let buffer_kb = Tracefs::new(&roots.tracefs).buffer_kb(None)?;
        if !is_loaded(roots) {
            return Ok(Before { load: true, targets, pc: None, buffer_kb });
        }
        let there = roots::read(&control(roots, "targets"))?;
        targets.retain(|target| !there.lines().any(|line| line == target));
        Ok(Before { load: false, targets, pc: Some(roots::read(&pc(roots))?), buffer_kb })
    }

    /// For the state's file.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("load", u8::from(self.load).to_string()), ("targets", self.targets.join(","))];
        lines.extend(self.pc.clone().map(|pc| ("pc", pc)));
        lines.extend(self.buffer_kb.map(|kb| ("buffer_kb", kb.to_string())));
        lines
    }

    /// From the state's file.
    pub(super) fn of_lines(lines: &Lines) -> Option<Before> {
        let targets = lines.get("targets")?.split(',').filter(|target| !target.is_empty());
        Some(Before {
            load: *lines.get("load")? == "1",
            targets: targets.map(str::to_owned).collect(),
            pc: lines.get("pc").map(|pc| (*pc).to_owned()),
            buffer_kb: lines.get("buffer_kb").and_then(|kb| kb.parse().ok()),
        })
    }

    /// Makes the instance, and asks for the targets. Returns how many accesses were not recorded before.
    ///
    /// # Errors
    /// [`Error`].
    pub(super) fn set_up(&self, roots: &Roots, t: &Tracefs, plan: &Plan) -> Result<u64> {
        if self.load {
            load(plan.tap.module.as_deref())?;
        }
        write(&pc(roots), if plan.tap.pc { "1" } else { "0" })?;
        std::fs::create_dir(t.folder()).map_err(|e| Error::io("cannot create", t.folder(), e))?;
        t.set("tracing_on", "0")?;
        t.set("options/overwrite", "1")?;
        // The kernel has chosen a clock that suits the machine, unless somebody else has.
        let clock = Tracefs::new(&roots.tracefs).clock()?;
        let clock = if NANOSECONDS.contains(&clock.as_str()) { clock } else { NANOSECONDS[0].into() };
        t.set("trace_clock", &clock)?;
        t.size_buffer("buffer_size_kb", plan.buffer_kb, plan.less_will_do)?;
        t.set(ENABLE, "1")?;
        let unrecorded = statistic(roots, "unrecorded")?;
        t.set("tracing_on", "1")?;
        let targets = control(roots, "targets");
        // Mappings that others have asked for are in the trace too.
        write(&targets, "announce")?;
        self.targets.iter().try_for_each(|target| {
            write(&targets, target).map_err(|e| {
                Error::Refused(format!("the module does not accept `{target}`: {}", session::chain(&e)))
            })
        })?;
        Ok(unrecorded)
    }

    /// Puts everything back.
    pub(super) fn restore(&self, roots: &Roots, t: &Tracefs, try_to: &mut dyn FnMut(&str, Result<()>)) {
        // They are gone with the module.
        if t.folder().join(ENABLE).exists() {
            try_to("the events", t.set(ENABLE, "0"));
        }
        if is_loaded(roots) {
            let there = peek(control(roots, "targets")).unwrap_or_default();
            for target in self.targets.iter().filter(|target| there.lines().any(|line| line == *target)) {
                try_to("the targets", write(&control(roots, "targets"), &format!("remove {target}")));
            }
            if let Some(before) = &self.pc {
                try_to("the parameter pc", write(&pc(roots), before));
            }
        }
        if t.folder().is_dir() {
            let remove =
                || std::fs::remove_dir(t.folder()).map_err(|e| Error::io("cannot remove", t.folder(), e));
            try_to("the tracing instance", session::insist(remove));
        }
        let top = Tracefs::new(&roots.tracefs);
        if let Some(kb) = self.buffer_kb
            && top.buffer_kb(None).is_ok_and(|now| now != Some(kb))
        {
            try_to("the size of the buffer", top.set("buffer_size_kb", &kb.to_string()));
        }
        if self.load && is_loaded(roots) {
            try_to("the module", session::insist(|| run("rmmod", &[Tracer::Mmiotap.name().as_ref()])));
        }
    }
}

/// Accesses that could not be recorded, and those for which a buffer had no room.
///
/// # Errors
/// [`Error::Trace`].
pub(super) fn dropped(roots: &Roots, t: &Tracefs, before: u64) -> Result<u64> {
    let unrecorded = statistic(roots, "unrecorded")?.saturating_sub(before);
    t.cpus()?.into_iter().try_fold(unrecorded, |sum, cpu| Ok(sum.saturating_add(t.stats(cpu)?.dropped)))
}

/// The module is loaded.
pub fn is_loaded(roots: &Roots) -> bool {
    parameters(roots).is_dir()
}

/// The running kernel's modules include it (depmod's list).
pub fn is_installed(roots: &Roots) -> bool {
    let release = peek(roots.proc.join("sys/kernel/osrelease")).unwrap_or_default();
    let list = peek(roots.modules.join(release).join("modules.dep")).unwrap_or_default();
    let file = format!("{}.ko", Tracer::Mmiotap.name());
    list.lines()
        .filter_map(|line| line.split(':').next()?.rsplit('/').next())
        .any(|name| name.starts_with(&file))
}

fn parameters(roots: &Roots) -> PathBuf {
    roots.sys.join("module").join(Tracer::Mmiotap.name()).join("parameters")
}

fn pc(roots: &Roots) -> PathBuf {
    parameters(roots).join("pc")
}

fn control(roots: &Roots, name: &str) -> PathBuf {
    roots.sys.join("kernel/debug").join(Tracer::Mmiotap.name()).join(name)
}

fn statistic(roots: &Roots, name: &str) -> Result<u64> {
    let all = roots::read(&control(roots, "stats"))?;
    let value = all.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.ok_or_else(|| {
        Error::Refused(format!("the module's stats have no `{name}`; is it of another version?"))
    })
}

fn write(path: &Path, text: &str) -> Result<()> {
    let file = std::fs::OpenOptions::new().write(true).open(path);
    let written =
        file.and_then(|mut file| std::io::Write::write_all(&mut file, format!("{text}\n").as_bytes()));
    written.map_err(|e| Error::io("cannot write", path, e))
}

fn load(file: Option<&Path>) -> Result<()> {
    match file {
        Some(file) => run("insmod", &[file.as_ref()]),
        None => run("modprobe", &[Tracer::Mmiotap.name().as_ref()]),
    }
}

fn run(program: &str, arguments: &[&std::ffi::OsStr]) -> Result<()> {
    let output =
        Command::new(program).args(arguments).output().map_err(|e| Error::io("cannot run", program, e))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::Refused(format!("{}; dmesg may say more", said.trim())))
}

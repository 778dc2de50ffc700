//! The module mmiotap: loading it, what a recording asks of it, and putting that back.
//!
//! Its files are described in `kmod/README.md`.
//! Events go to a tracing instance of the recording's own, so that another program's tracing is not disturbed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::control::{EventNames, Source, TracerControl, Wanted};
use super::settings::Settings;
use super::{instance, mmiotrace};
use crate::error::{Error, Result};
use crate::kernel::busy::insist;
use crate::kernel::roots::{self, Roots, peek};
use crate::kernel::tracefs::Tracefs;

/// The name of the module.
const NAME: &str = "mmiotap";
/// The control file that switches the module's events.
const ENABLE: &str = "events/mmiotap/enable";
/// The target that stands for all BARs that are mapped from now on.
const BARS: &str = "bars";

/// The tracer of the module.
pub(super) struct Mmiotap;

impl TracerControl for Mmiotap {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> Option<EventNames> {
        Some(EventNames {
            system: NAME,
            access: "mmiotap_rw",
            mapping: "mmiotap_map",
            gap: Some("mmiotap_gap"),
        })
    }

    fn is_here(&self, roots: &Roots, module: Option<&Path>) -> bool {
        module.is_some() || is_loaded(roots) || is_installed(roots)
    }

    fn check_wanted(&self, _: &Roots, wanted: &Wanted) -> Result<()> {
        match wanted.source {
            Source::Raw => Ok(()),
            Source::Text => {
                Err(Error::Refused("--source text: only mmiotrace has a text log; leave it out".into()))
            }
        }
    }

    /// The module needs debugfs, and no other tracer that hides pages.
    fn check_kernel(&self, roots: &Roots, top: &Tracefs, _: &Wanted) -> Result<()> {
        let debugfs = roots.sys.join("kernel/debug");
        // Whatever kernel it is, something is in there.
        if !std::fs::read_dir(&debugfs).is_ok_and(|mut found| found.next().is_some()) {
            let place = debugfs.display();
            return Err(Error::Refused(format!(
                "mmiotap is driven through debugfs: mount -t debugfs none {place}"
            )));
        }
        if top.get("current_tracer")? == mmiotrace::NAME {
            return Err(Error::Refused(
                "the kernel's own mmiotrace is on; only one tracer can hide pages".into(),
            ));
        }
        Ok(())
    }

    fn sees_old_mappings(&self) -> bool {
        true
    }

    fn cpus_that_go(&self, _: &Roots) -> Vec<u32> {
        Vec::new()
    }

    fn tracefs(&self, top: Tracefs) -> Tracefs {
        instance::of(&top)
    }

    fn look(&self, roots: &Roots, tracefs: &Tracefs, wanted: &Wanted) -> Result<Settings> {
        Ok(Before::look(roots, tracefs, wanted)?.settings())
    }

    fn set_up(&self, before: &Settings, roots: &Roots, tracefs: &Tracefs, wanted: &Wanted) -> Result<u64> {
        Before::of(before)?.set_up(roots, tracefs, wanted)
    }

    /// Accesses that could not be recorded, and those for which a buffer had no room.
    fn dropped(&self, roots: &Roots, tracefs: &Tracefs, _: Source, at_start: u64) -> Result<u64> {
        let unrecorded = statistic(roots, "unrecorded")?.saturating_sub(at_start);
        Ok(unrecorded.saturating_add(instance::dropped(tracefs)?))
    }

    fn restore(
        &self,
        before: &Settings,
        roots: &Roots,
        tracefs: &Tracefs,
        try_to: &mut dyn FnMut(&str, Result<()>),
    ) {
        match Before::of(before) {
            Ok(before) => before.restore(roots, tracefs, try_to),
            Err(error) => try_to("the module", Err(error)),
        }
    }
}

/// The targets that are asked for, as the module writes them.
fn targets(wanted: &Wanted) -> Vec<String> {
    let device = wanted.device.iter().map(|address| format!("device {address}"));
    let ranges = wanted.ranges.iter().map(|(first, last)| format!("range {first:#x}-{last:#x}"));
    let targets: Vec<String> = device.chain(ranges).collect();
    if targets.is_empty() { vec![BARS.into()] } else { targets }
}

/// The settings before the recording, and what the recording adds to them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Before {
    /// Whether the module was not there, and is loaded for the recording.
    load: bool,
    /// Targets that are added.
    targets: Vec<String>,
    /// The module's parameter `pc`, if it was there.
    pc: Option<String>,
    /// Kilobytes of the top-level buffers: they no longer grow by themselves once there is an instance.
    buffer_kb: Option<u64>,
}

impl Before {
    fn look(roots: &Roots, t: &Tracefs, wanted: &Wanted) -> Result<Before> {
        let mut targets = targets(wanted);
        let buffer_kb = t.top().buffer_kb(None)?;
        if !is_loaded(roots) {
            return Ok(Before { load: true, targets, pc: None, buffer_kb });
        }
        let there = roots::read(&control(roots, "targets"))?;
        targets.retain(|target| !there.lines().any(|line| line == target));
        Ok(Before { load: false, targets, pc: Some(roots::read(&pc(roots))?), buffer_kb })
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.put("load", u8::from(self.load));
        settings.put("targets", self.targets.join(","));
        if let Some(pc) = &self.pc {
            settings.put("pc", pc);
        }
        if let Some(kb) = self.buffer_kb {
            settings.put("buffer_kb", kb);
        }
        settings
    }

    fn of(settings: &Settings) -> Result<Before> {
        let targets = settings.need("targets")?.split(',').filter(|target| !target.is_empty());
        Ok(Before {
            load: settings.need("load")? == "1",
            targets: targets.map(str::to_owned).collect(),
            pc: settings.get("pc").map(str::to_owned),
            buffer_kb: settings.get("buffer_kb").and_then(|kb| kb.parse().ok()),
        })
    }

    /// Makes the instance, and asks for the targets.
    /// Returns how many accesses were not recorded before.
    fn set_up(&self, roots: &Roots, t: &Tracefs, wanted: &Wanted) -> Result<u64> {
        if self.load {
            load(wanted.module.as_deref())?;
        }
        set(&pc(roots), if wanted.keep_pc { "1" } else { "0" })?;
        std::fs::create_dir(t.folder()).map_err(|e| Error::io("cannot create", t.folder(), e))?;
        instance::set_up(t, wanted.buffer)?;
        t.set(ENABLE, "1")?;
        let unrecorded = statistic(roots, "unrecorded")?;
        t.set("tracing_on", "1")?;
        let targets = control(roots, "targets");
        // Mappings that others have asked for are in the trace too.
        set(&targets, "announce")?;
        self.targets.iter().try_for_each(|target| {
            set(&targets, target).map_err(|e| {
                Error::Refused(format!("the module does not accept `{target}`: {}", e.with_causes()))
            })
        })?;
        Ok(unrecorded)
    }

    fn restore(&self, roots: &Roots, t: &Tracefs, try_to: &mut dyn FnMut(&str, Result<()>)) {
        // They are gone with the module.
        if t.folder().join(ENABLE).exists() {
            try_to("the events", t.set(ENABLE, "0"));
        }
        if is_loaded(roots) {
            let there = peek(control(roots, "targets")).unwrap_or_default();
            for target in self.targets.iter().filter(|target| there.lines().any(|line| line == *target)) {
                try_to("the targets", set(&control(roots, "targets"), &format!("remove {target}")));
            }
            if let Some(before) = &self.pc {
                try_to("the parameter pc", set(&pc(roots), before));
            }
        }
        instance::remove(t, try_to);
        instance::put_back_top(&t.top(), self.buffer_kb, try_to);
        if self.load && is_loaded(roots) {
            try_to("the module", insist(|| run("rmmod", &[NAME.as_ref()])));
        }
    }
}

/// Whether the module is loaded.
fn is_loaded(roots: &Roots) -> bool {
    parameters(roots).is_dir()
}

/// Whether the running kernel's modules include this one (depmod's list).
fn is_installed(roots: &Roots) -> bool {
    let release = peek(roots.proc.join("sys/kernel/osrelease")).unwrap_or_default();
    let list = peek(roots.modules.join(release).join("modules.dep")).unwrap_or_default();
    let file = format!("{NAME}.ko");
    list.lines()
        .filter_map(|line| line.split(':').next()?.rsplit('/').next())
        .any(|name| name.starts_with(&file))
}

fn parameters(roots: &Roots) -> PathBuf {
    roots.sys.join("module").join(NAME).join("parameters")
}

fn pc(roots: &Roots) -> PathBuf {
    parameters(roots).join("pc")
}

fn control(roots: &Roots, name: &str) -> PathBuf {
    roots.sys.join("kernel/debug").join(NAME).join(name)
}

fn statistic(roots: &Roots, name: &str) -> Result<u64> {
    let all = roots::read(&control(roots, "stats"))?;
    let value = all.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.ok_or_else(|| {
        Error::Refused(format!("the module's stats have no `{name}`; is it of another version?"))
    })
}

fn set(path: &Path, text: &str) -> Result<()> {
    roots::write(path, &format!("{text}\n"))
}

fn load(file: Option<&Path>) -> Result<()> {
    match file {
        Some(file) => run("insmod", &[file.as_ref()]),
        None => run("modprobe", &[NAME.as_ref()]),
    }
}

fn run(program: &str, arguments: &[&OsStr]) -> Result<()> {
    let output =
        Command::new(program).args(arguments).output().map_err(|e| Error::io("cannot run", program, e))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::Refused(format!("{}; dmesg may say more", said.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pci::PciAddress;

    #[test]
    fn settings_come_back() {
        for (load, targets, pc) in [
            (true, vec![], None),
            (false, vec!["bars".into(), "device 0000:02:00.0".into()], Some("N".into())),
        ] {
            let before = Before { load, targets, pc, buffer_kb: Some(7) };
            assert_eq!(Before::of(&before.settings()).unwrap(), before);
        }
        let error = Before::of(&Settings::default()).unwrap_err().to_string();
        assert_eq!(error, "the state of the recording has no usable `targets`");
    }

    #[test]
    fn targets_are_what_is_asked_for_or_all_bars() {
        assert_eq!(targets(&Wanted::default()), ["bars"]);
        let device = "10000:E1:00.0".parse::<PciAddress>().ok();
        let wanted = Wanted { device, ranges: vec![(0x1000, 0x1fff)], ..Wanted::default() };
        assert_eq!(targets(&wanted), ["device 10000:e1:00.0", "range 0x1000-0x1fff"]);
    }
}

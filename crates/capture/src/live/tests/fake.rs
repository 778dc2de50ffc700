//! A tree of plain files that stands in for tracefs, /proc, /sys and /run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::formats::X86_64;
use crate::kernel::roots::Roots;

/// The tree, which is gone when this is dropped.
pub(super) struct Fake {
    folder: tempfile::TempDir,
}

/// A PCI device that is bound to a driver with a blank in its name.
pub(super) const SLOT: &str = "0000:00:0a.0";
pub(super) const DRIVER: &str = "i6300ESB timer";

impl Fake {
    /// A machine of two CPUs that was never traced, and where we may do everything.
    pub(super) fn new() -> Fake {
        let fake = Fake { folder: tempfile::tempdir().unwrap() };
        let (events, header) = X86_64.split_at(X86_64.find("\tfield: u64 timestamp").unwrap());
        let (page, event) = header.split_at(header.find("# compressed").unwrap());
        let mut formats = events.split("name: ").skip(1).map(|text| format!("name: {text}"));
        for name in ["mmiotrace_rw", "mmiotrace_map", "print"] {
            fake.put(&format!("tracefs/events/ftrace/{name}/format"), formats.next().unwrap());
        }
        fake.put("tracefs/events/header_page", page);
        fake.put("tracefs/events/header_event", event);
        for (name, content) in [
            ("available_tracers", "blk mmiotrace function nop"),
            ("current_tracer", "nop"),
            ("tracing_on", "1"),
            ("buffer_size_kb", "7 (expanded: 1408)"),
            ("options/overwrite", "1"),
            ("trace_clock", "[local] global counter x86-tsc"),
            ("trace_marker", ""),
            ("trace_pipe", ""),
        ] {
            fake.put(&format!("tracefs/{name}"), content);
        }
        for cpu in 0..2 {
            let folder = format!("tracefs/per_cpu/cpu{cpu}");
            fake.put(&format!("{folder}/buffer_size_kb"), "7 (expanded: 1408)");
            fake.put(&format!("{folder}/stats"), "overrun: 0\nnow ts:     5.000000\ndropped events: 0\n");
            fake.put(&format!("{folder}/trace_pipe_raw"), "");
        }
        fake.put("proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n");
        fake.put("proc/cmdline", "quiet ro\n");
        fake.put("proc/meminfo", "MemTotal: 900000 kB\nMemAvailable:   800000 kB\n");
        fake.put("proc/modules", "watchdog 45056 0 - Live 0x0\n");
        fake.put("proc/iomem", "00000000-00000fff : Reserved\n");
        fake.put("proc/sys/kernel/osrelease", "6.1.0-test\n");
        fake.put("proc/sys/kernel/version", "#1 SMP\n");
        fake.put(
            "proc/bus/pci/devices",
            "0050\t123411e8\tb\tfea00000\t0\t0\t0\t0\t0\t0\t100000\t0\t0\t0\t0\t0\t0\tedu\n",
        );
        fake.put(&format!("proc/{}/stat", std::process::id()), stat(4711));
        fake.put("sys/devices/system/cpu/online", "0\n");
        fake.put("sys/devices/system/cpu/cpu1/online", "");
        fake.put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
        fake.put(&format!("sys/bus/pci/drivers/{DRIVER}/bind"), "");
        fake.put(&format!("sys/bus/pci/drivers/{DRIVER}/unbind"), "");
        fake.put(&format!("sys/bus/pci/devices/{SLOT}/subsystem_vendor"), "0x1af4\n");
        fake.put(&format!("sys/bus/pci/devices/{SLOT}/subsystem_device"), "0x1100\n");
        fake.bind();
        fs::create_dir(fake.path("run")).unwrap();
        fake
    }

    pub(super) fn roots(&self) -> Roots {
        let folders = ["tracefs", "proc", "sys", "modules", "run"].map(|name| self.path(name));
        let [tracefs, proc, sys, modules, run] = folders;
        Roots { tracefs, proc, sys, modules, run }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A file's content without blanks around it.
    pub(super) fn get(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap().trim().to_owned()
    }

    /// The settings that a recording changes.
    pub(super) fn settings(&self) -> Vec<String> {
        ["current_tracer", "tracing_on", "options/overwrite", "buffer_size_kb"]
            .map(|name| self.get(&format!("tracefs/{name}")))
            .to_vec()
    }

    pub(super) fn bind(&self) {
        let driver = self.path(&format!("sys/bus/pci/drivers/{DRIVER}"));
        std::os::unix::fs::symlink(driver, self.link()).unwrap();
    }

    pub(super) fn unbind(&self) {
        fs::remove_file(self.link()).unwrap();
    }

    fn link(&self) -> PathBuf {
        self.path(&format!("sys/bus/pci/devices/{SLOT}/driver"))
    }

    pub(super) fn has_state(&self) -> bool {
        Path::new(&self.roots().state_file()).exists()
    }
}

/// A line of `/proc/PID/stat` of a process with an unpleasant name.
pub(super) fn stat(start: u64) -> String {
    format!("812 (a ) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 {start} 20 21\n")
}

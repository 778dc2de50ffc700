//! Recording on a tree of plain files that stands in for the kernel's.

mod events;
mod fake;
mod recordings;
mod refusals;
mod sessions;

use std::sync::{Arc, Mutex};

use fake::{Fake, SLOT};

use super::session::{Plan, Session};
use super::{Observer, Progress, Roots};
use crate::error::Result;
use crate::kernel::tracefs::BufferSize;
use crate::pci::PciAddress;
use crate::tracers::{Tracer, Wanted};

fn slot() -> PciAddress {
    SLOT.parse().unwrap()
}

fn plan() -> Plan {
    Plan {
        tracer: Tracer::Mmiotrace,
        output: "/tmp/x.mmio.zst".into(),
        rebind: None,
        wanted: Wanted { buffer: BufferSize { kb: 65536, less_will_do: false }, ..Wanted::default() },
    }
}

fn begin(roots: &Roots, plan: &Plan) -> Result<Session> {
    Session::begin(roots, plan, false, Arc::new(()))
}

fn with_debugfs(fake: &Fake) {
    fake.put("sys/kernel/debug/mmiotap/targets", "device 0000:00:02.0\n");
}

/// An observer that keeps what it is shown.
#[derive(Default)]
struct Watch {
    shown: Mutex<Vec<String>>,
}

impl Watch {
    fn note(&self, what: String) {
        self.shown.lock().unwrap().push(what);
    }
}

impl Observer for Watch {
    fn progress(&self, progress: &Progress<'_>) {
        let (lost, fill) = (progress.lost(), progress.buffer_fill());
        assert!(progress.records() < 1000 && progress.bytes() < 1 << 20);
        self.note(format!("{lost} lost, buffer {fill:.2}"));
    }

    fn ending(&self) {
        self.note("ending".into());
    }

    fn notice(&self, sentence: &str) {
        self.note(sentence.into());
    }
}

//! How an input is read, the same in every tool.

use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use mmio_format::dialects::{DIALECTS, Dialect, EventRule, Options};
use mmio_format::places::{Places, PlacesError};
use mmio_format::{Error, Result, input};

/// Most bytes of a file beside a trace.
const MOST: u64 = 64 << 20;

/// How an input is read, the same in every tool.
#[derive(Args, Clone, Debug, Default)]
pub struct ReadArgs {
    /// The tracer whose log the input is, where its first bytes do not tell; see docs/inputs.md
    #[arg(help_heading = "Input", long = "input", value_name = "NAME", value_parser = dialect)]
    dialect: Option<&'static Dialect>,
    /// Keep accesses to I/O ports, which QEMU logs as it does memory
    #[arg(help_heading = "Input", long)]
    ports: bool,
    /// Events of a driver's own that are accesses, by the keys in their text:
    /// 'my_wr: W addr=offset value=val width=4 device=dev'; see docs/inputs.md
    #[arg(help_heading = "Input", long = "event", value_name = "RULE", value_parser = rule)]
    events: Vec<EventRule>,
    /// Where PCI devices lie: /proc/bus/pci/devices, lspci -vv, or QEMU's `info pci`
    #[arg(help_heading = "Input", long, value_name = "FILE")]
    pci: Vec<PathBuf>,
    /// Where regions lie: QEMU's `info mtree -f`
    #[arg(help_heading = "Input", long, value_name = "FILE")]
    mtree: Vec<PathBuf>,
    /// Where the kernel's virtual addresses lie: /proc/vmallocinfo
    #[arg(help_heading = "Input", long, value_name = "FILE")]
    vmallocinfo: Vec<PathBuf>,
    /// Where a region lies, as in uart0=0x40000000+0x1000
    #[arg(help_heading = "Input", long, value_name = "NAME=BASE+LENGTH")]
    region: Vec<String>,
}

impl ReadArgs {
    /// What was asked for.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Request`] for files that cannot be read, and for those of another kind.
    pub fn options(&self) -> Result<Options> {
        let mut places = Places::default();
        add(&mut places, &self.pci, Places::add_pci)?;
        add(&mut places, &self.mtree, Places::add_mtree)?;
        add(&mut places, &self.vmallocinfo, Places::add_vmallocinfo)?;
        for region in &self.region {
            places.add_region(region).map_err(|error| Error::Request(format!("{region}: {error}")))?;
        }
        let events = self.events.clone();
        Ok(Options { dialect: self.dialect, ports: self.ports, places: Arc::new(places), events })
    }
}

/// How the text of a file is added.
type Add = fn(&mut Places, &[u8]) -> std::result::Result<usize, PlacesError>;

fn add(places: &mut Places, files: &[PathBuf], add: Add) -> Result<()> {
    for path in files {
        add(places, &text(path)?).map_err(|error| Error::Request(format!("{}: {error}", path.display())))?;
    }
    Ok(())
}

/// The text of a file, which may be compressed.
fn text(path: &Path) -> Result<Vec<u8>> {
    let (mut text, reader) = (Vec::new(), input::open(path)?.reader);
    let failed = |source| Error::Io { action: "cannot read", path: path.to_owned(), source };
    reader.take(MOST).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}

/// A rule as it is written.
fn rule(text: &str) -> std::result::Result<EventRule, String> {
    EventRule::parse(text).map_err(|error| error.to_string())
}

/// The dialect with this name.
fn dialect(name: &str) -> std::result::Result<&'static Dialect, String> {
    Dialect::named(name).ok_or_else(|| {
        let mut known = String::from("it is one of");
        for dialect in DIALECTS {
            let _ = write!(known, "\n  {:<12} {}", dialect.name, dialect.about);
        }
        known
    })
}

//! How an input is read, the same in every tool.

use std::fmt::Write;

use clap::Args;
use mmio_format::dialects::{DIALECTS, Dialect, Options};

/// How an input is read, the same in every tool.
#[derive(Args, Clone, Debug, Default)]
pub struct ReadArgs {
    /// The tracer whose log the input is, where its first bytes do not tell; see docs/inputs.md
    #[arg(help_heading = "Input", long = "input", value_name = "NAME", value_parser = dialect)]
    dialect: Option<&'static Dialect>,
    /// Keep accesses to I/O ports, which QEMU logs as it does memory
    #[arg(help_heading = "Input", long)]
    ports: bool,
}

impl ReadArgs {
    /// What was asked for.
    pub fn options(&self) -> Options {
        Options { dialect: self.dialect, ports: self.ports }
    }
}

/// The dialect with this name.
fn dialect(name: &str) -> Result<&'static Dialect, String> {
    Dialect::named(name).ok_or_else(|| {
        let mut known = String::from("it is one of");
        for dialect in DIALECTS {
            let _ = write!(known, "\n  {:<12} {}", dialect.name, dialect.about);
        }
        known
    })
}

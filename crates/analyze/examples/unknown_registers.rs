//! The registers that a trace does not tell the kind of, busiest first: where to look with a data sheet.
//!
//! `cargo run --release -p mmio_analyze --example unknown_registers -- samples/e1000e.txt`

use mmio_analyze::kinds::RegisterKind;
use mmio_analyze::regs::{Options, regs};
use mmio_format::{Result, Trace};

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "-".into());
    let mut trace = Trace::open(path)?;
    let mut found = regs(&mut trace, &Options::default())?.registers;
    found.retain(|entry| entry.kind == RegisterKind::Unknown);
    found.sort_by_key(|entry| std::cmp::Reverse(entry.reads + entry.writes));
    for entry in found {
        let device = &trace.devices().get(entry.site.device()).name;
        let (bar, offset) = (entry.site.bar(), entry.site.register.offset);
        println!("{device} bar {bar} {offset:#x}: {} reads, {} writes", entry.reads, entry.writes);
    }
    Ok(())
}

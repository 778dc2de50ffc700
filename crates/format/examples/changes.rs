//! Shows when a register changes, and which of its bits: `cargo run --example changes -- trace.txt 00:02.0 +0x8`.

use std::error::Error;
use std::io::{Write, stdout};

use mmio_format::filter::parse_registers;
use mmio_format::{Filter, Op, Scope, Seconds, Trace};

pub(crate) fn show(
    path: &str,
    device: &str,
    register: &str,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let registers = vec![parse_registers(register)?];
    let filter = Filter { devices: vec![device.into()], registers, ..Filter::default() };
    let mut trace = Trace::open(path)?;
    let mut last: Option<u64> = None;
    for access in trace.accesses(&Scope::of(&filter))? {
        let access = access?;
        let (time, op, value) = (Seconds(access.time), access.op, access.value);
        match last {
            _ if op == Op::Unknown => continue,
            Some(before) if before == value => {}
            Some(before) => {
                let (set, cleared) = (value & !before, before & !value);
                writeln!(out, "{time} {op} {value:#x}: {set:#x} set, {cleared:#x} cleared")?;
            }
            None => writeln!(out, "{time} {op} {value:#x}")?,
        }
        last = Some(value);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, device, register] = &arguments[..] else {
        return Err("expected the name of a trace, a device and an offset".into());
    };
    show(path, device, register, &mut stdout().lock())
}

//! The filters, the same in every tool.

use clap::{Args, ValueEnum};
use mmio_format::filter::{Filter, parse_registers, parse_time_range};

/// The filters, the same in every tool.
#[derive(Args, Clone, Debug, Default)]
pub struct FilterArgs {
    /// Only this device: 00:02.0, 0000:00:02.0, a driver's name, or mem:fed00000
    #[arg(help_heading = "Filters", long, value_name = "NAME")]
    device: Option<String>,
    /// Only this BAR (6 is the ROM)
    #[arg(help_heading = "Filters", long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=6))]
    bar: Option<u8>,
    /// Only these offsets, as in +0x20,+0x40..+0x5f (last one included)
    #[arg(help_heading = "Filters", long = "reg", value_name = "LIST", value_delimiter = ',', value_parser = parse_registers)]
    registers: Vec<(u64, u64)>,
    /// Only this time, in seconds from the first record; either end may be left out
    #[arg(help_heading = "Filters", long, value_name = "A..B", value_parser = parse_time_range)]
    time: Option<(u64, u64)>,
    /// Only from the marker with this text to the next marker
    #[arg(help_heading = "Filters", long, value_name = "TEXT")]
    mark: Option<String>,
    /// Only reads or only writes
    #[arg(help_heading = "Filters", long, value_name = "R|W", ignore_case = true)]
    op: Option<Op>,
    /// Only accesses of this many bytes
    #[arg(help_heading = "Filters", long, value_name = "BYTES")]
    width: Option<u8>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Op {
    #[value(name = "R")]
    Read,
    #[value(name = "W")]
    Write,
}

impl FilterArgs {
    /// The filter asked for.
    pub fn filter(&self) -> Filter {
        Filter {
            device: self.device.clone(),
            bar: self.bar,
            registers: self.registers.clone(),
            time: self.time,
            mark: self.mark.clone(),
            op: self.op.map(|op| match op {
                Op::Read => mmio_format::Op::Read,
                Op::Write => mmio_format::Op::Write,
            }),
            width: self.width,
        }
    }
}

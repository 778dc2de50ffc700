//! The filters, the same in every tool.

use clap::{Args, ValueEnum};
use mmio_format::filter::{
    Filter, MarkRange, Offsets, TimeRange, parse_mark_range, parse_registers, parse_time_range,
};

/// The filters, the same in every tool.
#[derive(Args, Clone, Debug, Default)]
pub struct FilterArgs {
    /// Only this device: 00:02.0, 0000:00:02.0, a driver's name, or mem:fed00000; several times for several devices
    #[arg(help_heading = "Filters", long = "device", value_name = "NAME")]
    devices: Vec<String>,
    /// Only these BARs, as in 0,3 (6 is the ROM)
    #[arg(help_heading = "Filters", long = "bar", value_name = "LIST", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(0..=6))]
    bars: Vec<u8>,
    /// Only these registers, as tables print them: +0x20,+0x40..+0x5f (last one included), 3:+0x0 in BAR 3,
    /// +0xc[0x5] behind a port
    #[arg(help_heading = "Filters", long = "reg", value_name = "LIST", value_delimiter = ',', value_parser = parse_registers)]
    registers: Vec<Offsets>,
    /// Only this time, in seconds of the trace's clock, which all outputs show; +A..+B counts from the first record;
    /// either end may be left out
    #[arg(help_heading = "Filters", long, value_name = "A..B", value_parser = parse_time_range)]
    time: Option<TimeRange>,
    /// Only from the marker with this text to the next marker; A..B from the marker with text A to the one with
    /// text B, either may be left out; * and ? match the whole text
    #[arg(help_heading = "Filters", long, value_name = "TEXT", value_parser = parse_mark_range)]
    mark: Option<MarkRange>,
    /// Only reads or only writes
    #[arg(help_heading = "Filters", long, value_name = "R|W", ignore_case = true)]
    op: Option<Op>,
    /// Only accesses of this many bytes
    #[arg(help_heading = "Filters", long, value_name = "BYTES")]
    width: Option<u8>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Op {
    #[value(name = "R", alias = "read")]
    Read,
    #[value(name = "W", alias = "write")]
    Write,
}

impl FilterArgs {
    /// The filter asked for.
    pub fn filter(&self) -> Filter {
        Filter {
            devices: self.devices.clone(),
            bars: self.bars.clone(),
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

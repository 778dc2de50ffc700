//! Names of registers that a log gives.

use std::collections::BTreeMap;

use super::layout::{Layout, RegionId};
use crate::container::{Recording, key};

/// Most registers that are remembered of a log.
const MAX_REGISTERS: usize = 1 << 14;
/// Longest name of a register.
const MAX_NAME: usize = 128;

/// The registers of a log by region and offset; of several names of one register the first.
#[derive(Debug, Default)]
pub(crate) struct Registers {
    named: BTreeMap<(RegionId, u64), Box<str>>,
    /// The register named last.
    recent: Option<(RegionId, u64)>,
}

impl Registers {
    /// The register at `offset` of a region has this name.
    pub(crate) fn name(&mut self, region: RegionId, offset: u64, name: &[u8]) {
        let register = (region, offset);
        if self.recent == Some(register) || name.is_empty() || name.len() > MAX_NAME {
            return;
        }
        self.recent = Some(register);
        if self.named.len() < MAX_REGISTERS && !self.named.contains_key(&register) {
            self.named.insert(register, String::from_utf8_lossy(name).into());
        }
    }

    /// Puts them into what a container says of a recording.
    pub(crate) fn describe(&self, layout: &Layout, recording: &mut Recording) {
        for ((region, offset), name) in &self.named {
            let Some(region) = layout.name(*region) else { continue };
            let region: String = region.split_whitespace().collect::<Vec<_>>().join("_");
            recording.push(key::REGISTER, format!("{region} {offset:x} {name}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_has_its_first_name() {
        let mut layout = Layout::default();
        let usb = layout.add_seen(b"1", "usb2 port #1").unwrap();
        let timer = layout.add(b"2", "timer", None).unwrap();
        let mut registers = Registers::default();
        for (region, offset, name) in
            [(timer, 0x1c, "CR"), (usb, 8, "A b"), (timer, 0x1c, "CR"), (usb, 8, "B"), (timer, 4, "")]
        {
            registers.name(region, offset, name.as_bytes());
        }
        registers.name(timer, 0x20, &[b'x'; MAX_NAME + 1]);
        let mut recording = Recording::default();
        registers.describe(&layout, &mut recording);
        let said: Vec<_> = recording.entries.iter().map(|(_, value)| &value[..]).collect();
        assert_eq!(said, [&b"usb2_port_#1 8 A b"[..], b"timer 1c CR"]);
    }

    #[test]
    fn there_is_an_end_to_the_names() {
        let mut registers = Registers::default();
        (0..MAX_REGISTERS as u64 + 9).for_each(|offset| registers.name(0, offset, b"x"));
        assert_eq!(registers.named.len(), MAX_REGISTERS);
    }
}

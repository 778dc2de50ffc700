//! What scopes and registers are called: letters, digits and `_` alone, which every viewer takes.

use mmio_format::{DeviceId, Devices, Register};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Names of the scopes of `devices`, each once: `00_02_0`, `mem_fed00000`.
pub(super) fn scopes(devices: &Devices) -> Vec<String> {
    let mut taken = HashSet::new();
    // Where to go on looking for a free number: a log may have thousands of devices with one name.
    let mut next: HashMap<String, u32> = HashMap::new();
    let name = |plain: &str| -> String {
        plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    };
    let mut unique = |plain: String| {
        let number = next.entry(plain.clone()).or_insert(1);
        let mut free = plain.clone();
        while !taken.insert(free.clone()) {
            *number += 1;
            free = format!("{plain}_{number}");
        }
        free
    };
    devices.iter().map(|(_, device)| unique(name(&device.name))).collect()
}

/// Names of registers within their BARs.
pub(super) struct Names {
    /// Most digits of an offset in each BAR of each device.
    digits: BTreeMap<(DeviceId, u8), usize>,
    /// Offsets that are accessed with several widths.
    shared: HashSet<(DeviceId, u8, u64)>,
}

/// Least digits of an offset: enough for most BARs, so that names are the same in most traces.
const LEAST_DIGITS: usize = 4;

impl Names {
    /// The names of `registers` in the order of device, BAR and offset.
    pub(super) fn new(registers: impl Iterator<Item = Register>) -> Names {
        let mut names = Names { digits: BTreeMap::new(), shared: HashSet::new() };
        let mut before = None;
        for register in registers {
            let (device, bar, offset) = (register.device, register.bar(), register.offset);
            let digits = names.digits.entry((device, bar)).or_insert(LEAST_DIGITS);
            *digits = (*digits).max(format!("{offset:x}").len());
            if before == Some((device, bar, offset)) {
                names.shared.insert((device, bar, offset));
            }
            before = Some((device, bar, offset));
        }
        names
    }

    /// The register's name: `0x0020`, and `0x0020_w2` where the offset is accessed with another width too.
    pub(super) fn name(&self, register: Register) -> String {
        let Register { device, offset, width, .. } = register;
        let bar = register.bar();
        let digits = self.digits.get(&(device, bar)).copied().unwrap_or(LEAST_DIGITS);
        let width = if width > 0 && self.shared.contains(&(device, bar, offset)) {
            format!("_w{width}")
        } else {
            String::new()
        };
        format!("0x{offset:0digits$x}{width}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mmio_format::Place;

    #[test]
    fn offsets_are_padded_and_widths_kept_apart() {
        let at = |offset, width| Register::at(Place { offset, ..Place::default() }, width);
        let all = [at(0x8, 4), at(0x20, 0), at(0x20, 2), at(0x20, 4), at(0x12345, 4)];
        let names = Names::new(all.into_iter());
        let named = all.map(|register| names.name(register));
        assert_eq!(named, ["0x00008", "0x00020", "0x00020_w2", "0x00020_w4", "0x12345"]);
    }
}

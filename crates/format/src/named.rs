//! Names of ranges of addresses, as a recording's own data gives them.

use crate::devices::Device;
use crate::regions::Region;

/// Most names of one device that are kept.
const MAX_NAMES: usize = 64;

/// A range of physical addresses that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) name: String,
}

impl Named {
    /// Reads a value of [`key::REGION`](crate::container::key::REGION): `fe000000 1000 nic-mmio`.
    pub(crate) fn parse(value: &[u8]) -> Option<Named> {
        let mut parts = std::str::from_utf8(value).ok()?.splitn(3, ' ');
        let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
        let (first, length) = (number()?, number()?);
        let last = first.checked_add(length.checked_sub(1)?)?;
        let name = parts.next().filter(|name| !name.is_empty() && !name.chars().any(char::is_control))?;
        Some(Named { first, last, name: name.to_owned() })
    }

    /// The range.
    pub(crate) fn range(&self) -> (u64, u64) {
        (self.first, self.last)
    }
}

/// A named range as a container keeps it: a value of [`key::REGION`](crate::container::key::REGION).
pub(crate) fn recorded(base: u64, length: u64, name: &str) -> String {
    format!("{base:x} {length:x} {name}")
}

/// Gives devices the names of the ranges in their regions; one that is known by an address alone is called by the first.
pub(crate) fn give(devices: &mut [Device], regions: &[Region], named: &[Named]) {
    for named in named {
        let begin = regions.partition_point(|region| region.last < named.first);
        for region in regions[begin..].iter().take_while(|region| region.first <= named.last) {
            let Some(device) = devices.get_mut(region.device.index()) else { continue };
            if device.regions.len() < MAX_NAMES && !device.regions.contains(&named.name) {
                device.regions.push(named.name.clone());
            }
        }
    }
    for device in devices.iter_mut().filter(|device| device.slot.is_none()) {
        if let Some(name) = device.regions.first() {
            device.name.clone_from(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_numbers_and_a_name() {
        let named = Named::parse(b"fe000000 1000 usb2 port #1").unwrap();
        assert_eq!((named.range(), &*named.name), ((0xfe00_0000, 0xfe00_0fff), "usb2 port #1"));
        for bad in [
            &b"fe000000 0 x"[..],
            b"fe000000 1000",
            b"fe000000 1000 ",
            b"ffffffffffffffff 2 x",
            b"x 1 y",
            b"1 1 \x1b[0m",
        ] {
            assert_eq!(Named::parse(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }
}

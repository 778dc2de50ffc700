//! The fields of a line of the dump, and their names.

/// A field of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Index,
    Time,
    Device,
    Bar,
    Offset,
    Op,
    Value,
    Map,
    Address,
    Pc,
    Caller,
    Cpu,
    Pid,
    Sequence,
    Repeat,
}

use Field::{
    Address, Bar, Caller, Cpu, Device, Index, Map, Offset, Op, Pc, Pid, Repeat, Sequence, Time, Value,
};

/// All fields, with their names.
const FIELDS: [(Field, &str); 15] = [
    (Index, "index"),
    (Time, "time"),
    (Device, "device"),
    (Bar, "bar"),
    (Offset, "offset"),
    (Op, "op"),
    (Value, "value"),
    (Map, "map"),
    (Address, "address"),
    (Pc, "pc"),
    (Caller, "caller"),
    (Cpu, "cpu"),
    (Pid, "pid"),
    (Sequence, "sequence"),
    (Repeat, "repeat"),
];

impl Field {
    /// The name that a user gives, and that stands before what has no column.
    pub(super) fn name(self) -> &'static str {
        FIELDS[self as usize].1
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A choice of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields(u32);

/// Time, device, BAR, offset, operation and value; mappings have their numbers.
impl Default for Fields {
    fn default() -> Fields {
        Fields([Time, Device, Bar, Offset, Op, Value].iter().fold(0, |bits, field| bits | field.bit()))
    }
}

impl std::str::FromStr for Fields {
    type Err = String;

    /// Reads names with commas between, or `all`.
    fn from_str(list: &str) -> Result<Fields, String> {
        let mut bits = 0;
        for name in list.split(',') {
            let found = FIELDS.iter().filter(|(_, known)| name == "all" || *known == name);
            let of_name = found.fold(0, |bits, (field, _)| bits | field.bit());
            if of_name == 0 {
                let known: Vec<&str> = FIELDS.iter().map(|(_, name)| *name).collect();
                return Err(format!("`{name}` is not a field; all and these are: {}", known.join(", ")));
            }
            bits |= of_name;
        }
        Ok(Fields(bits))
    }
}

impl Fields {
    /// Whether times are shown.
    pub fn has_times(self) -> bool {
        self.has(Time)
    }

    pub(super) fn has(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    /// Whether anything of the place of an access is shown.
    pub(super) fn has_place(self) -> bool {
        self.has(Device) || self.has(Bar) || self.has(Offset)
    }

    /// Whether anything is shown of where an access comes from.
    pub(super) fn has_origin(self) -> bool {
        FIELDS[Map as usize..].iter().any(|(field, _)| self.has(*field))
    }

    /// Whether mappings show their numbers.
    pub(super) fn has_map_ids(self) -> bool {
        self.has(Map) || self == Fields::default()
    }

    /// Letters of the place of an access, with room for most offsets, where names of devices have `name_width`.
    pub(super) fn place_width(self, name_width: usize) -> usize {
        let parts = [(Device, name_width + 1), (Bar, 2), (Offset, 11)];
        parts.iter().filter(|(field, _)| self.has(*field)).map(|(_, width)| width).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_at_the_place_of_their_field() {
        for (place, (field, name)) in FIELDS.into_iter().enumerate() {
            assert_eq!((field as usize, field.name()), (place, name));
            assert_eq!(name.parse::<Fields>(), Ok(Fields(field.bit())));
        }
    }

    #[test]
    fn lists_are_read_and_wrong_names_are_named() {
        assert_eq!("time,device,bar,offset,op,value".parse(), Ok(Fields::default()));
        assert_eq!("all".parse(), Ok(Fields(0x7fff)));
        for wrong in ["", "time,", "Time", "time,nosuch"] {
            assert!(wrong.parse::<Fields>().unwrap_err().contains("is not a field"), "{wrong}");
        }
    }
}

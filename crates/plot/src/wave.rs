//! The values of a register, or of some of its bits, counted into columns of pixels.

use mmio_format::Op;

/// Some bits of a register, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The lowest bit.
    pub(crate) shift: u32,
    /// How many bits, 1 to 64.
    pub(crate) bits: u32,
}

impl Field {
    /// All bits of a register of `width` bytes.
    pub(crate) fn whole(width: u8) -> Field {
        Field { shift: 0, bits: (u32::from(width) * 8).clamp(1, 64) }
    }

    /// The field's part of a register's value.
    #[inline]
    pub(crate) fn of(self, value: u64) -> u64 {
        (value >> self.shift) & (u64::MAX >> (64 - self.bits))
    }

    /// The field in words: `bit 3`, `bits 7:4`.
    pub(crate) fn name(self) -> String {
        match self.bits {
            1 => format!("bit {}", self.shift),
            n => format!("bits {}:{}", self.shift + n - 1, self.shift),
        }
    }
}

/// Most changed bits that all have a lane of their own.
const FEW: u32 = 12;
/// Neighbouring bits from this number on are a field where many bits change.
const RUN: u32 = 3;

/// The lanes of a register whose bits in `changed` changed, the highest first: single bits, and where many
/// change, neighbours as one field.
pub(crate) fn fields(changed: u64) -> Vec<Field> {
    let mut fields = Vec::new();
    let (mut shift, many) = (0, changed.count_ones() > FEW);
    while shift < 64 {
        let bits = (changed >> shift).trailing_ones().min(64 - shift);
        if many && bits >= RUN {
            fields.push(Field { shift, bits });
        } else {
            fields.extend((shift..shift + bits).map(|shift| Field { shift, bits: 1 }));
        }
        shift += bits + 1;
    }
    // One field is what the register's own lane shows.
    if fields.len() == 1 && fields[0].bits > 1 {
        fields.clear();
    }
    fields.reverse();
    fields
}

/// What was seen in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Whether there was only one value.
    pub(crate) same: bool,
    /// The first value and the last.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Whether the last access was a write.
    pub(crate) written: bool,
    /// Whether any access was a read.
    pub(crate) reads: bool,
    pub(crate) writes: bool,
}

/// A field over time: what was seen in each column that has an access.
#[derive(Clone, Debug)]
pub(crate) struct Wave {
    pub(crate) field: Field,
    pub(crate) columns: Vec<Option<Column>>,
}

impl Wave {
    pub(crate) fn new(field: Field, columns: usize) -> Wave {
        Wave { field, columns: vec![None; columns] }
    }

    /// Counts an access to the register.
    #[inline]
    pub(crate) fn add(&mut self, column: usize, op: Op, value: u64) {
        let value = self.field.of(value);
        let written = op == Op::Write;
        let Some(place) = self.columns.get_mut(column) else { return };
        let seen = place.get_or_insert(Column {
            same: true,
            first: value,
            last: value,
            written,
            reads: false,
            writes: false,
        });
        seen.same &= seen.last == value;
        (seen.last, seen.written) = (value, written);
        seen.reads |= !written;
        seen.writes |= written;
    }

    /// The stretches of columns, in order. Nothing is held across a column that `breaks` contains, which rises.
    pub(crate) fn stretches(&self, breaks: &[usize]) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        let seen = self.columns.iter().enumerate().filter_map(|(x, column)| Some((x, (*column)?)));
        for (x, column) in seen {
            let open = stretches.last_mut();
            let broken = open.as_ref().is_none_or(|open| {
                let next = breaks.partition_point(|b| *b <= open.seen);
                breaks.get(next).is_some_and(|b| *b <= x)
            });
            if let Some(open) = open.filter(|_| !broken) {
                let level = column.same.then_some(column.last);
                open.end = x;
                if open.value == level
                    && open.written == column.written
                    && (level.is_some() || open.seen + 1 == x)
                {
                    (open.end, open.seen, open.last) = (x + 1, x, column.last);
                    continue;
                }
                // What changed is held from its column on.
                if open.value.is_none() && open.seen + 1 < x {
                    open.end = open.seen + 1;
                    let held = Stretch { value: Some(open.last), start: open.end, end: x, ..*open };
                    stretches.push(held);
                }
            }
            let value = column.same.then_some(column.last);
            let Column { last, written, .. } = column;
            stretches.push(Stretch { start: x, end: x + 1, value, last, written, seen: x });
        }
        stretches
    }
}

/// Columns in which a value is held, or in each of which there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// First column, and the first one after the last.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The value that is held; nothing where there are several.
    pub(crate) value: Option<u64>,
    /// The value at the end.
    pub(crate) last: u64,
    /// Whether the last access was a write.
    pub(crate) written: bool,
    /// The last column with an access.
    seen: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(accesses: &[(usize, Op, u64)]) -> Wave {
        let mut wave = Wave::new(Field { shift: 4, bits: 4 }, 20);
        accesses.iter().for_each(|&(x, op, value)| wave.add(x, op, value));
        wave
    }

    fn plain(wave: &Wave, breaks: &[usize]) -> Vec<(usize, usize, Option<u64>, bool)> {
        wave.stretches(breaks).iter().map(|s| (s.start, s.end, s.value, s.written)).collect()
    }

    #[test]
    fn a_value_is_held_until_the_next_access_and_not_across_a_loss() {
        let wave =
            wave(&[(2, Op::Write, 0x15), (6, Op::Read, 0x1f), (7, Op::Read, 0x20), (12, Op::Read, 0x20)]);
        let held = [(2, 6, Some(1), true), (6, 7, Some(1), false), (7, 13, Some(2), false)];
        assert_eq!(plain(&wave, &[]), held);
        let broken =
            [(2, 3, Some(1), true), (6, 7, Some(1), false), (7, 8, Some(2), false), (12, 13, Some(2), false)];
        assert_eq!(plain(&wave, &[4, 9]), broken);
    }

    #[test]
    fn several_values_in_a_column_are_shown_and_the_last_is_held() {
        let wave = wave(&[
            (3, Op::Read, 0x10),
            (3, Op::Read, 0x20),
            (4, Op::Read, 0x10),
            (4, Op::Read, 0),
            (9, Op::Read, 0x70),
        ]);
        assert_eq!(plain(&wave, &[]), [(3, 5, None, false), (5, 9, Some(0), false), (9, 10, Some(7), false)]);
    }

    #[test]
    fn bits_are_lanes_and_many_neighbours_are_fields() {
        let field = |shift, bits| Field { shift, bits };
        assert_eq!(fields(0b1010), [field(3, 1), field(1, 1)]);
        assert_eq!(fields(0xffff_0101), [field(16, 16), field(8, 1), field(0, 1)]);
        assert_eq!((fields(u64::MAX), fields(0)), (vec![], vec![]));
        assert_eq!(Field { shift: 4, bits: 4 }.name(), "bits 7:4");
        assert_eq!(Field::whole(8).of(u64::MAX), u64::MAX);
    }
}

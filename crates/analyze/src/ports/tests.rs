use mmio_format::Place;

use super::*;
use crate::steps::Steps;

/// The ports of a device that does `accesses` of four bytes: op, offset, value.
fn ports(accesses: &[(char, u64, u64)]) -> (Vec<(u64, u64, u64)>, Census) {
    let wide: Vec<_> = accesses.iter().map(|&(op, offset, value)| (op, 4, offset, value)).collect();
    ports_of(&wide)
}

/// The same, with the width of each access after its op.
fn ports_of(accesses: &[(char, u8, u64, u64)]) -> (Vec<(u64, u64, u64)>, Census) {
    let each = |visitor: &mut dyn FnMut(&Access)| {
        for (i, &(op, width, offset, value)) in accesses.iter().enumerate() {
            let op = if op == 'R' { Op::Read } else { Op::Write };
            let place = Place { offset, ..Place::default() };
            visitor(&Access { place, op, width, value, time: 0, index: i as u64 });
        }
    };
    let mut census = Census::default();
    each(&mut |access| census.see(access));
    let mut watch = Watch::new(&census, ());
    let mut known = census.clone();
    let mut steps = Steps::new(&mut known, &mut watch);
    each(&mut |access| steps.see(access));
    steps.finish();
    let ports = watch.finish(&census);
    let at = |id| census.register(id).offset;
    (ports.iter().map(|p| (at(p.index), at(p.data), p.count)).collect(), watch.census)
}

#[test]
fn what_was_written_behind_an_index_comes_back() {
    let mut log = Vec::new();
    for round in 0..4 {
        for index in 0..10 {
            log.extend([('W', 0, index), (if round == 0 { 'W' } else { 'R' }, 0x10, index * 3 + 100)]);
        }
    }
    let (ports, behind) = ports(&log);
    assert_eq!(ports, [(0, 0x10, 40)]);
    let registers: Vec<u64> = behind.table().registers().iter().map(|r| r.offset).collect();
    assert_eq!(registers, (0..10).collect::<Vec<_>>());
    assert_eq!((behind.counts(4).reads, behind.counts(4).writes, behind.counts(4).last), (3, 1, 112));
}

#[test]
fn one_index_for_two_data_registers_and_runs_of_data() {
    let mut log = Vec::new();
    for round in 0..4 {
        for index in 0..8 {
            let op = if round % 2 == 0 { 'W' } else { 'R' };
            log.extend([('W', 0, index), (op, 0x10, index * 3 + 100)]);
            log.extend([('W', 0, index), (op, 0x20, index * 5 + 50), ('W', 0x20, index * 5 + 50)]);
        }
    }
    assert_eq!(ports(&log).0, [(0, 0x20, 32), (0, 0x10, 32)]);
}

#[test]
fn a_palette_is_only_written() {
    let log: Vec<_> = (0..64).flat_map(|i| [('W', 0, i % 32), ('W', 4, i * i * 7)]).collect();
    assert_eq!(ports(&log).0, [(0, 4, 64)]);
}

#[test]
fn counters_and_commands_are_not_ports() {
    let doorbells: Vec<_> = (0..64).flat_map(|i| [('W', 0, i), ('W', 4, i)]).collect();
    let command: Vec<_> = (0..64).flat_map(|i| [('W', 0, i % 8), ('R', 4, u64::from(i % 8 > 3))]).collect();
    let echo: Vec<_> = (0..64).flat_map(|i| [('W', 0, i % 8), ('R', 4, i % 8)]).collect();
    let address: Vec<_> = (0..64).flat_map(|i| [('W', 0, 0xfee0_0000 + i * 0x1000), ('W', 4, 0)]).collect();
    for log in [doorbells, command, echo, address] {
        assert_eq!(ports(&log).0, []);
    }
}

#[test]
fn index_and_data_come_in_one_write() {
    let (mut log, mut held) = (Vec::new(), [0; 10]);
    for round in 0..4 {
        for index in 0..10 {
            let (value, other) = (index * 3 + 100 + round, (index + 3) % 10);
            held[index as usize] = value;
            log.push(('W', 2, 0x10, index | value << 8));
            log.extend([('W', 1, 0x10, other), ('R', 1, 0x11, held[other as usize])]);
            // Both are read at once, and the index is not the one selected: nothing is known of the data.
            log.push(('R', 2, 0x10, 0xffff));
        }
    }
    let (ports, behind) = ports_of(&log);
    assert_eq!(ports, [(0x10, 0x11, 80)]);
    assert_eq!(behind.table().len(), 10);
    assert!((0..10).all(|id| (behind.counts(id).reads, behind.counts(id).writes) == (4, 4)));
    assert!(behind.table().registers().iter().all(|register| register.width == 1));
    // What is always written as a whole is one register.
    let whole: Vec<_> = log.iter().copied().filter(|access| access.1 == 2 || access.0 == 'R').collect();
    assert_eq!(ports_of(&whole).0, []);
}

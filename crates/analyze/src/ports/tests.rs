use mmio_format::Place;

use super::*;
use crate::steps::Steps;

/// The ports of a device that does `accesses`: op, offset, value.
fn ports(accesses: &[(char, u64, u64)]) -> (Vec<(u64, u64, u64)>, Census) {
    let each = |visitor: &mut dyn FnMut(&Access)| {
        for (i, &(op, offset, value)) in accesses.iter().enumerate() {
            let op = if op == 'R' { Op::Read } else { Op::Write };
            let place = Place { offset, ..Place::default() };
            visitor(&Access { place, op, width: 4, value, time: 0, index: i as u64 });
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

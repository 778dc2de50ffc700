//! What is printed of an access selects it.

use mmio_format::container::Writer;
use mmio_format::filter::{Offsets, parse_registers, parse_time_range};
use mmio_format::{Access, Block, Fields, Filter, Kind, Scope, Seconds, Trace};
use proptest::prelude::*;

/// A trace with an access at each of `times`, nanoseconds.
fn trace(times: &[u64]) -> Trace {
    let mapping = Fields { time: times[0], address: 0xfe00_0000, map_id: 1, ..Fields::default() };
    let mut block = Block::default();
    block.push_map(mapping, 0, 0x1000);
    for (&time, n) in times.iter().zip(0..) {
        let address = 0xfe00_0000 + 4 * (n % 8);
        block.push(Fields { kind: Kind::READ, time, width: 4, address, ..Fields::default() });
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = Writer::new(&file, file.path(), 1).unwrap();
    writer.write_block(&block).unwrap();
    writer.finish().unwrap();
    Trace::open(file.path()).unwrap()
}

fn selected(trace: &mut Trace, filter: &Filter) -> Vec<Access> {
    trace.accesses(&Scope::of(filter)).unwrap().map(|access| access.unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_printed_time_selects_what_happened_then(
        mut times in proptest::collection::vec(prop_oneof![0_u64..40, any::<u64>(), (0_u64..90_000).prop_map(|n| n * 1000)], 1..40),
        ends in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        times.sort_unstable();
        let (a, b) = (*ends.0.get(&times), *ends.1.get(&times));
        let (from, to) = (a.min(b), a.max(b));
        let mut trace = trace(&times);
        let start = trace.start();
        let clock = format!("{}..{}", Seconds(from), Seconds(to));
        let since = format!("+{}..+{}", Seconds(from - from.min(start)), Seconds(to - to.min(start)));
        let mixed = format!("{}..+{}", Seconds(from), Seconds(to - to.min(start)));
        let expected: Vec<u64> = times.iter().copied().filter(|time| (from..=to).contains(time)).collect();
        // The first record that has a time is the one that `+` counts from.
        for text in [&clock, &since, &mixed].into_iter().filter(|text| start <= from || *text == &clock) {
            let filter = Filter { time: Some(parse_time_range(text).unwrap()), ..Filter::default() };
            let found: Vec<u64> = selected(&mut trace, &filter).iter().map(|access| access.time).collect();
            prop_assert_eq!(&found, &expected, "{}", text);
        }
    }

    #[test]
    fn a_printed_register_selects_its_accesses(count in 1_usize..60, wanted in 0_u64..8) {
        let times: Vec<u64> = (1..=count as u64).collect();
        let mut trace = trace(&times);
        let text = format!("0:+{:#x}", 4 * wanted);
        let registers = vec![parse_registers(&text).unwrap()];
        prop_assert_eq!(registers[0], Offsets { bar: Some(0), ..Offsets::one(4 * wanted) });
        let found = selected(&mut trace, &Filter { registers, ..Filter::default() });
        let expected = (0..count as u64).filter(|n| n % 8 == wanted).count();
        prop_assert_eq!(found.len(), expected);
        prop_assert!(found.iter().all(|access| access.offset() == 4 * wanted));
    }
}

//! Input made to be hard for the miner: what it lists is true, short and the same every time, chance is not
//! listed, and memory stays linear.
//!
//! Nothing here looks at a clock. Work shows as memory, as a miner that looks at more keeps more; work that
//! keeps nothing is seen only by `cargo bench -p mmio_analyze --bench hard_input`, which measures the time.

mod cover;
mod inputs;
mod memory;

use cover::{cover, listed, steps};
use mmio_analyze::seqs::{Found, Options, find};
use mmio_analyze::stream::Stream;

/// Accesses of an input.
const SIZES: [usize; 2] = [5_000, 20_000];

fn mine(stream: &Stream) -> Found {
    find(std::slice::from_ref(stream), &Options { occurrences: true, ..Options::default() })
}

fn mine_registers(registers: &[u64]) -> Found {
    mine(&inputs::stream(registers))
}

#[test]
fn occurrences_are_what_the_steps_say_and_cover_what_is_explained() {
    let _quiet = memory::quiet();
    for (name, registers) in SIZES.into_iter().flat_map(inputs::all) {
        let stream = inputs::stream(&registers);
        let report = mine(&stream);
        let mut covered = vec![false; stream.len()];
        for sequence in &report.sequences {
            let mistakes = cover(sequence, &stream, &mut covered);
            assert!(mistakes.is_empty(), "{name}: {mistakes:?} are not {}", cover::text(&sequence.steps));
        }
        let covered = covered.into_iter().filter(|&covered| covered).count();
        assert_eq!([report.explained, report.total], [covered, stream.len()].map(|n| n as u64), "{name}");
    }
}

#[test]
fn the_report_is_short_and_the_same_every_time() {
    let _quiet = memory::quiet();
    for (name, registers) in SIZES.into_iter().flat_map(inputs::all) {
        let report = mine_registers(&registers);
        assert!(report == mine_registers(&registers), "{name}");
        assert!(report.sequences.len() <= 2, "{name}: {:?}", listed(&report));
        for sequence in report.sequences {
            assert!(steps(&sequence.steps) < 512, "{name}: {}", cover::text(&sequence.steps));
            assert!(sequence.occurrences.iter().all(|occurrence| occurrence.values.len() <= 256), "{name}");
        }
    }
}

#[test]
fn memory_is_linear() {
    let _quiet = memory::quiet();
    for ((name, few), (_, many)) in inputs::all(20_000).into_iter().zip(inputs::all(80_000)) {
        let [few, many] = [few, many].map(|registers| {
            let stream = inputs::stream(&registers);
            memory::count(|| drop(find(std::slice::from_ref(&stream), &Options::default())))
        });
        println!("{name}: {few:?}, {many:?}");
        // Measured: 1.5 to 4; the square would be 16.
        assert!(many.total < few.total * 9 / 2, "{name}: {few:?}, {many:?}");
        // Measured: 9 to 110 bytes an access.
        assert!(few.peak < 20_000 * 150 && many.peak < 80_000 * 150, "{name}: {few:?}, {many:?}");
    }
}

#[test]
fn chance_is_not_a_sequence() {
    let _quiet = memory::quiet();
    for n in SIZES {
        for registers in [30, 1 << 20] {
            assert_eq!(listed(&mine_registers(&inputs::random(n, registers))), [""; 0]);
        }
    }
}

#[test]
fn a_single_register_is_one_step() {
    let _quiet = memory::quiet();
    for n in SIZES {
        assert_eq!(listed(&mine_registers(&vec![5; n])), [format!("1: 5 ×{n}")]);
    }
}

/// Runs of 0 and the runs of 1 after them: how many, how long they are at most, and all their accesses.
fn zeros_and_ones(registers: &[u64]) -> ([usize; 3], u64) {
    let runs: Vec<&[u64]> = registers.chunk_by(|a, b| a == b).collect();
    let pairs = || runs.windows(2).filter(|pair| pair[0][0] == 0 && pair[1][0] == 1);
    let longest = |side: usize| pairs().map(|pair| pair[side].len()).max().unwrap();
    let accesses = pairs().map(|pair| pair[0].len() + pair[1].len()).sum::<usize>();
    ([pairs().count(), longest(0), longest(1)], accesses as u64)
}

/// Two registers are a loop of two polls, whatever rules their order.
#[test]
fn two_registers_are_two_steps() {
    let _quiet = memory::quiet();
    for n in SIZES {
        let registers = inputs::random(n, 2);
        let ([count, zeros, ones], accesses) = zeros_and_ones(&registers);
        let report = mine_registers(&registers);
        assert_eq!(listed(&report), [format!("{count}: 0 ×1–{zeros} 1 ×1–{ones}")]);
        assert_eq!(report.explained, accesses);

        let registers = inputs::fibonacci(n);
        let ([count, ..], accesses) = zeros_and_ones(&registers);
        let report = mine_registers(&registers);
        assert_eq!(listed(&report), [format!("{count}: 0 ×1–2 1")]);
        assert_eq!(report.explained, accesses);
    }
}

/// Walks of every length, down and up again, are one sequence of two steps.
#[test]
fn teeth_are_two_walks() {
    let _quiet = memory::quiet();
    for n in SIZES {
        let report = mine_registers(&inputs::sawtooth(n));
        // The first four are too short for a walk.
        let teeth = n.isqrt();
        let down = format!("{}: 0…{} by -1 ×4–{} 1…", teeth - 4, teeth - 2, teeth - 1);
        assert!(listed(&report)[0].starts_with(&down), "{:?}", listed(&report));
        assert!(report.explained as usize + 3 * teeth > n, "{} of {n}", report.explained);
    }
}

/// What doubles at each level is listed once, at the last level that has fewer than 512 accesses.
#[test]
fn a_ruler_is_its_longest_part_below_the_limit() {
    let _quiet = memory::quiet();
    for n in SIZES {
        let report = mine_registers(&inputs::ruler(n));
        let part = inputs::ruler(511).iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(listed(&report)[0], format!("{}: {part}", n / 512));
        assert!(report.explained as usize >= n / 512 * 511);
    }
}

/// One occurrence is half of the input, and its steps are few.
#[test]
fn equal_halves_are_one_sequence() {
    let _quiet = memory::quiet();
    for n in SIZES {
        let report = mine_registers(&inputs::halves(n));
        let [sequence] = &report.sequences[..] else { panic!("{:?}", listed(&report)) };
        assert_eq!((sequence.count, sequence.length, report.explained), (2, [n as u64 / 2; 2], n as u64));
        assert!(steps(&sequence.steps) <= 100, "{}", cover::text(&sequence.steps));
    }
}

/// The loop is found in whichever phase it goes on after a break, and the breaks with it where they recur.
#[test]
fn a_broken_loop_is_its_body() {
    let _quiet = memory::quiet();
    for (n, breaks) in SIZES.into_iter().zip([None, Some("10: 9 {1 0} ×498 9 {0 1} ×498")]) {
        let registers = inputs::broken_loop(n);
        let bodies = registers.chunk_by(|&a, &b| a == 1 && b == 0).filter(|chunk| chunk.len() == 2).count();
        let report = mine_registers(&registers);
        let expected = [format!("{bodies}: 1 0")].into_iter().chain(breaks.map(str::to_owned));
        assert_eq!(listed(&report), expected.collect::<Vec<_>>());
        assert!(report.explained as usize >= 2 * bodies);
    }
}

/// A loop with a count of its own each time is one sequence; where the counts are high its body is.
#[test]
fn stairs_are_a_loop() {
    let _quiet = memory::quiet();
    let report = mine_registers(&inputs::stairs(5_000));
    assert_eq!((listed(&report), report.explained), (vec!["70: 2 {0 1} ×1–69".to_owned()], 5_000));
    let ([count, ..], accesses) = zeros_and_ones(&inputs::stairs(20_000));
    let report = mine_registers(&inputs::stairs(20_000));
    assert_eq!((listed(&report), report.explained), (vec![format!("{count}: 0 1")], accesses));
}

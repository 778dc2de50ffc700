use mmio_format::filter::Offsets;
use mmio_format::{Access, Op, Place};

use super::*;
use crate::evidence::Part;
use crate::steps::Steps;
use mmio_format::walk::Visitor;

/// The rows of a device that does `log`: words such as `W40=1`, `R3e:2=5` (offset, width if it is not 4, value,
/// all hexadecimal), `?80`, or `|` for a loss.
fn look_with(log: &str, options: &Options) -> Vec<Row> {
    let mut census = Census::default();
    feed(log, &mut census);
    let layout = Layout::new(&census);
    let watch = Watch::new(&census, Profiler::growing());
    let profiler = (Profiler::new(&census, &layout), Messages::new(&census));
    let mut all = (profiler, (watch, Banks::new(&census)));
    let mut numbers = census.clone();
    let mut steps = Steps::new(&mut numbers, &mut all);
    feed(log, &mut steps);
    steps.finish();
    let ((mut profiler, messages), (mut watch, mut banks)) = all;
    let found = (banks.finish(&census), messages.finish());
    let ports = watch.finish(&census);
    rows(&census, &layout, &mut profiler, (watch, ports), &found, options)
}

fn look(log: &str) -> Vec<Row> {
    look_with(log, &Options::default())
}

fn feed(log: &str, visitor: &mut impl Visitor) {
    for (index, word) in log.split_whitespace().enumerate() {
        if word == "|" {
            visitor.gap();
            continue;
        }
        let (access, value) = word.split_once('=').unwrap_or((word, "0"));
        let (access, width) = access.split_once(':').unwrap_or((access, "4"));
        let (op, width) = match access.as_bytes()[0] {
            b'R' => (Op::Read, width.parse().unwrap()),
            b'W' => (Op::Write, width.parse().unwrap()),
            _ => (Op::Unknown, 0),
        };
        let place = Place { offset: u64::from_str_radix(&access[1..], 16).unwrap(), ..Place::default() };
        let value = u64::from_str_radix(value, 16).unwrap();
        visitor.see(&Access { place, op, width, value, time: 0, index: index as u64 });
    }
}

/// The kind of the register at `offset`.
fn kind(log: &str, offset: u64) -> RegisterKind {
    let rows = look(log);
    let row =
        rows.iter().find(|r| r.entry.site.register.offset == offset && r.entry.site.port.is_none()).unwrap();
    row.kind()
}

fn sure(log: &str, offset: u64) -> f64 {
    let rows = look(log);
    let row = rows.iter().find(|r| r.entry.site.register.offset == offset).unwrap();
    row.claims.first().map_or(0.0, |claim| claim.confidence)
}

/// `one` for each number below `n`.
fn repeat(n: u64, one: impl Fn(u64) -> String) -> String {
    (0..n).map(|i| one(i) + " ").collect()
}

/// A number that looks random, for each `i`.
fn noise(i: u64) -> u64 {
    (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

#[test]
fn identification_is_constant_and_a_level_that_is_read_all_the_time_a_status() {
    assert_eq!(kind("R0=8086a201 W4=1 R0=8086a201 R0=8086a201", 0), RegisterKind::Constant);
    assert_eq!(kind(&repeat(60, |i| format!("W4={i:x} R0=40")), 0), RegisterKind::Status);
}

#[test]
fn one_access_shows_nothing() {
    let log = "W0=1 R4=5 W8=7";
    for row in look(log) {
        assert_eq!(row.kind(), RegisterKind::Unknown, "{row:?}");
        assert!(!row.claims.is_empty());
    }
}

#[test]
fn a_status_changes_and_is_never_written() {
    let log = repeat(12, |i| format!("W10={i:x} R20=0 R20=0 R20={:x} R20=1", i % 2));
    assert_eq!(kind(&log, 0x20), RegisterKind::Status);
    let rows = look(&log);
    let status = rows.iter().find(|r| r.entry.site.register.offset == 0x20).unwrap();
    let why = status.claims[0].evidence.parts();
    assert!(
        why.contains(&Part::Bits(1)) && why.contains(&Part::Words(" change by themselves ")),
        "{status:?}"
    );
    let cause = Place { offset: 0x10, ..Place::default() };
    let after = [Part::Words(", mostly after W "), Part::Register(Register::at(cause, 4))];
    assert!(why.ends_with(&after), "{status:?}");
}

#[test]
fn storage_gives_back_what_was_written() {
    let log = repeat(8, |i| format!("R10={:x} W10={:x} R20=1", noise(i), noise(i + 1)));
    assert_eq!(kind(&log, 0x10), RegisterKind::Config);
    let after_reset = "R10=5 W10=7 R10=7 W10=f R10=f W0=1 W4=1 W8=1 Wc=1 W0=2 R10=5 W10=7 R10=7 W10=f R10=f";
    assert_eq!(kind(after_reset, 0x10), RegisterKind::Config);
}

#[test]
fn a_command_that_clears_itself_is_control() {
    // One that is never seen is as good as a write-only one.
    let log = repeat(9, |i| format!("W2:1={:x} R2:1=0 W4={:x}", 0x10 + i % 3, noise(i)));
    assert_eq!(kind(&log, 2), RegisterKind::Trigger);
    // A start bit that reads 1 until the work is done.
    let log = repeat(9, |_| "W2=1 R2=1 R2=1 R2=0".into());
    assert_eq!(kind(&log, 2), RegisterKind::Control);
    // A read-modify-write with a start bit keeps the other bits.
    let log = repeat(9, |_| "R2=340 W2=341 R2=341 R2=340".into());
    assert_eq!(kind(&log, 2), RegisterKind::Control);
}

#[test]
fn an_interrupt_status_is_cleared_by_writing_back() {
    // A port of a disk controller: one of several causes each time.
    let log = repeat(20, |i| format!("R30={0:x} W30={0:x} R38={1:x}", [1, 1, 2, 8][i as usize % 4], i % 2));
    assert_eq!(kind(&log, 0x30), RegisterKind::W1c);
    // A network card: 16 bits, the cause and then 0.
    let log = repeat(9, |i| format!("R3e:2={0:x} W3e:2={0:x} R3e:2=0 R37:1=c", 1 << (i % 3)));
    assert_eq!(kind(&log, 0x3e), RegisterKind::W1c);
    // A host controller: the mask of what the driver takes care of; another bit stays.
    let log = repeat(12, |_| "R4=2018 W4=18 R8=1 R4=2000".into());
    assert_eq!(kind(&log, 4), RegisterKind::W1c);
    // Always the same cause, which is gone when it is not looked at.
    let log = repeat(40, |i| format!("R8=1 R30={:x} W8=1 W38=1", noise(i)));
    assert_eq!(kind(&log, 8), RegisterKind::W1c);
    // Acknowledged in two parts, the second one with a mask; the next cause comes before the next read.
    let log = repeat(20, |_| "R3e:2=5 W3e:2=4 W37:1=40 R44=1 W3e:2=53 W3c:2=5".into());
    assert_eq!(kind(&log, 0x3e), RegisterKind::W1c);
    // Acknowledged again when the work is done, when it already reads 0.
    let log = repeat(20, |_| "R10=400 W10=400 R10=0 R6c=5 R68=1 W10=400 W20=400 R70=8 W74=1 R8=4".into());
    assert_eq!(kind(&log, 0x10), RegisterKind::W1c);
    // A heavy load: the same cause each time, after one write of all bits at the start.
    let log = format!("R8=1 W8=ffffffff {}", repeat(40, |i| format!("R8=8 W8=8 W20={:x}", noise(i))));
    assert_eq!(kind(&log, 8), RegisterKind::W1c);
}

#[test]
fn the_register_that_takes_causes_back_clears_them() {
    let log = repeat(12, |i| format!("R24={0:x} W64={0:x} R24=0", 1 << (i % 5)));
    assert_eq!(kind(&log, 0x64), RegisterKind::W1c);
    assert_eq!(kind(&log, 0x24), RegisterKind::Status);
}

#[test]
fn only_the_register_itself_is_acknowledged_if_it_is_written_back() {
    let log = repeat(20, |i| format!("R10=400 W1c=400 W10=400 R10=0 R6c={:x} R68=1 W20=400", noise(i)));
    assert_eq!(kind(&log, 0x10), RegisterKind::W1c);
    assert_ne!(kind(&log, 0x1c), RegisterKind::W1c);
}

#[test]
fn a_cause_that_is_gone_when_read_is_cleared_by_reading() {
    let log = repeat(12, |i| format!("R38={:x} W10=ff R38=0", 1 << (i % 5)));
    assert_eq!(kind(&log, 0x38), RegisterKind::Rc);
    // The same on a device that is only read: no write explains it.
    let read_only = repeat(12, |i| format!("R38={:x} R{:x}=1 R38=0 R50=1", 1 << (i % 2), 0x40 + i % 3 * 4));
    assert_eq!(kind(&read_only, 0x38), RegisterKind::Rc);
    let level = repeat(12, |_| "R38=1 R38=1 W10=ff R38=0".into());
    assert_eq!(kind(&level, 0x38), RegisterKind::Status);
}

#[test]
fn tail_pointers_rise_and_wrap() {
    let log = repeat(64, |i| format!("R0=1 W18={:x}", (i * 3) % 32));
    assert_eq!(kind(&log, 0x18), RegisterKind::Trigger);
    assert!(sure(&log, 0x18) > 0.7);
}

#[test]
fn doorbells_are_written_again_and_again() {
    let log = repeat(50, |i| format!("W18=0 R4={:x}", i % 2));
    assert_eq!(kind(&log, 0x18), RegisterKind::Trigger);
    let raise = repeat(10, |i| format!("R24=0 W60={0:x} R24={0:x} W64=ff", 1 << (i % 3)));
    assert_eq!(kind(&raise, 0x60), RegisterKind::Trigger);
}

#[test]
fn the_argument_of_a_command_is_not_a_trigger() {
    let log = repeat(30, |i| format!("W8={:x} Wc:2={:x} R24={:x}", noise(i), i % 4, i % 2));
    assert_eq!(kind(&log, 8), RegisterKind::Config);
    assert_eq!(kind(&log, 0xc), RegisterKind::Trigger);
}

#[test]
fn settings_written_together_several_times_are_config() {
    let start = repeat(12, |r| format!("W{:x}={:x}", r * 20, 5 * r));
    let log = repeat(6, |_| start.clone());
    assert_eq!(kind(&log, 20), RegisterKind::Config);
}

#[test]
fn counters_rise_by_themselves() {
    let log = repeat(30, |i| format!("R30={:x} R30={:x} W4=1", i * 1000, i * 1000 + 7));
    assert_eq!(kind(&log, 0x30), RegisterKind::Counter);
    let wraps = repeat(90, |i| format!("R30={:x} R30={:x}", (i * 100) % 4096, (i * 100 + 40) % 4096));
    assert_eq!(kind(&wraps, 0x30), RegisterKind::Counter);
    let noisy = repeat(90, |i| format!("R30={:x} W4=1", noise(i)));
    assert_eq!(kind(&noisy, 0x30), RegisterKind::Status);
}

#[test]
fn statistics_are_read_as_a_block() {
    let log = repeat(4, |i| repeat(20, |r| format!("R{:x}={:x}", 0x4000 + 8 * r, (i * r) % 5)) + " W0=1");
    assert_eq!(kind(&log, 0x4010), RegisterKind::Counter);
    assert!(
        look(&log)
            .iter()
            .filter(|r| r.entry.site.register.offset >= 0x4000)
            .all(|r| r.kind() == RegisterKind::Counter)
    );
}

#[test]
fn a_fifo_takes_and_gives_many_values_in_a_row() {
    let writes =
        repeat(4, |i| format!("W0=7 {} R8=1", repeat(16, |k| format!("W4={:x}", noise(i * 16 + k)))));
    assert_eq!((kind(&writes, 0), kind(&writes, 4)), (RegisterKind::Index, RegisterKind::Data));
    let reads = repeat(4, |i| format!("R8=1 {}", repeat(32, |k| format!("R20={:x}", noise(i * 32 + k)))));
    assert_eq!(kind(&reads, 0x20), RegisterKind::Data);
}

#[test]
fn registers_behind_a_port_have_a_space() {
    let write = repeat(10, |i| format!("W0={:x} W10={:x}", i * 7 % 10, i * 3 + 100));
    let read = repeat(3, |_| repeat(10, |i| format!("W0={:x} R10={:x}", i * 7 % 10, i * 3 + 100)));
    let log = write + &read;
    assert_eq!((kind(&log, 0), kind(&log, 0x10)), (RegisterKind::Index, RegisterKind::Data));
    let rows = look(&log);
    let behind: Vec<&Row> =
        rows.iter().filter(|r| r.entry.site.port.is_some_and(|data| data.offset == 0x10)).collect();
    assert_eq!(behind.len(), 10);
    assert!(
        behind.iter().all(|r| (r.entry.reads, r.entry.writes, r.kind()) == (3, 1, RegisterKind::Config)),
        "{behind:?}"
    );
}

#[test]
fn tables_are_written_in_a_row() {
    let log = repeat(2, |_| repeat(32, |r| format!("W{:x}={:x} R8=1", 0x5000 + 4 * r, noise(r))));
    let rows = look(&log);
    let table = rows.iter().find(|r| r.entry.site.register.offset == 0x5000).unwrap();
    assert_eq!((table.kind(), table.entry.elements, table.entry.stride), (RegisterKind::Memory, 32, Some(4)));
    assert_eq!((table.entry.reads, table.entry.writes), (0, 64));
    let expanded = look_with(&log, &Options { expand: true, ..Options::default() });
    assert_eq!(expanded.len(), 33);
    // The same bit of eight units, far apart for their width, is not a table.
    let units = repeat(3, |_| repeat(8, |r| format!("W{:x}:1=1c", 0x83 + 0x20 * r)));
    assert_ne!(kind(&units, 0x83), RegisterKind::Memory);
}

#[test]
fn a_table_holds_its_elements() {
    let log = repeat(2, |_| repeat(32, |r| format!("W{:x}=1 R8=1", 0x5000 + 4 * r)));
    let rows = look(&log);
    let table = &rows.iter().find(|r| r.entry.elements > 1).unwrap().entry;
    let holds = |offset, width| {
        let register = table.site.register;
        table.holds(Register { offset, width, ..register })
    };
    assert!(holds(0x5000, 4) && holds(0x507c, 4));
    assert!(!holds(0x4ffc, 4) && !holds(0x5080, 4) && !holds(0x5002, 4) && !holds(0x5000, 2));
}

#[test]
fn message_tables_have_the_layout_of_pci() {
    let masks = repeat(5, |n| format!("W{:x}=1", 0x200c + 16 * n));
    let entry = "W2000=fee01004 W2004=0 W2008=23 R2008=23 W200c=0 R2000=fee01004";
    let log = format!("{masks} {entry} W1f00=1 W1f04=2");
    for offset in [0x2000, 0x2004, 0x2008, 0x200c, 0x201c, 0x204c] {
        let found = look_with(&log, &Options { expand: true, ..Options::default() });
        let row = found.iter().find(|r| r.entry.site.register.offset == offset).unwrap();
        assert_eq!(row.kind(), RegisterKind::Memory, "{offset:x}");
    }
    assert_ne!(kind(&log, 0x1f00), RegisterKind::Memory);
}

#[test]
fn an_upload_is_one_row() {
    let log = repeat(5000, |i| format!("W{:x}={:x}", 0x10_0000 + 4 * i, noise(i)));
    let rows = look(&log);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].entry.elements, rows[0].kind()), (5000, RegisterKind::Memory));
    let filter = Filter { registers: vec![Offsets::range(0x10_0010, 0x10_001f)], ..Filter::default() };
    let rows = look_with(&log, &Options { filter, ..Options::default() });
    assert_eq!(
        rows.iter().map(|r| (r.entry.site.register.offset, r.entry.elements)).collect::<Vec<_>>(),
        [(0x10_0010, 4)]
    );
}

#[test]
fn what_could_not_be_decoded_is_unknown() {
    let rows = look("?80 ?80 W80=1 ?84");
    let unknown = rows
        .iter()
        .find(|r| (r.entry.site.register.offset, r.entry.site.register.width) == (0x80, 0))
        .unwrap();
    assert_eq!((unknown.kind(), unknown.entry.unknown), (RegisterKind::Unknown, 2));
    assert!(unknown.claims.is_empty());
}

#[test]
fn nothing_is_joined_across_a_loss() {
    // Each access stands alone: what follows a write is not known to follow it.
    let log = repeat(9, |_| "W2=1 | R2=0 |".into());
    let rows = look(&log);
    assert_eq!(rows[0].kind(), RegisterKind::Unknown, "{rows:?}");
    let log = repeat(30, |i| format!("R30={:x} |", i * 1000));
    assert!(sure(&log, 0x30) < 0.6);
    assert_ne!(kind(&log, 0x30), RegisterKind::Counter);
    let log = repeat(12, |_| "R3e=5 | W3e=5 | R3e=0 |".into());
    assert_ne!(kind(&log, 0x3e), RegisterKind::W1c);
    let log = repeat(32, |r| format!("W{:x}=1 |", 0x5000 + 4 * r));
    assert_ne!(kind(&log, 0x5000), RegisterKind::Memory);
}

#[test]
fn extreme_registers_do_no_harm() {
    let width_8 = "Wfffffffffffffff8:8=ffffffffffffffff Rfffffffffffffff8:8=0 W0:8=0 R0:8=ffffffffffffffff";
    let odd = "W7:255=1 R7:255=2 W7:255=3 R7:255=4";
    assert_eq!(look(&format!("{width_8} {odd}")).len(), 3);
    assert_eq!(look("").len(), 0);
}

#[test]
fn a_bank_has_an_index_and_data() {
    let queue =
        |q: u64| format!("W16:2={q} R18:2=100 W16:2={q} R1c:2=0 W16:2={q} W18:2=80 W16:2={q} W1c:2=1 R300=5");
    let log = repeat(3, queue);
    assert_eq!(kind(&log, 0x16), RegisterKind::Index);
    assert_eq!(kind(&log, 0x18), RegisterKind::Data);
    assert_eq!(kind(&log, 0x300), RegisterKind::Constant);
    let cut = log.replace(" R18", " | R18").replace(" R1c", " | R1c").replace(" W1", " | W1");
    assert_ne!(kind(&cut, 0x16), RegisterKind::Index);
}

#[test]
fn a_slow_counter_rises_whatever_the_driver_writes() {
    let log = repeat(20, |i| format!("W10={i:x} R3c={:x}", 0x8d + i * 20 + noise(i) % 8));
    assert_eq!(kind(&log, 0x3c), RegisterKind::Counter);
    // A pointer that follows what is done, one by one.
    let log = repeat(20, |i| format!("W10={i:x} R3c={i:x}"));
    assert_ne!(kind(&log, 0x3c), RegisterKind::Counter);
}

#[test]
fn what_is_written_again_as_it_is_acts() {
    let log = repeat(20, |i| format!("W18=1 Wc={:x} R30=4", noise(i)));
    assert_eq!(kind(&log, 0x18), RegisterKind::Trigger);
    let parameter = repeat(20, |i| format!("W18={:x} Wc=5 R30=40", noise(i) % 16));
    assert_eq!(kind(&parameter, 0x18), RegisterKind::Config);
}

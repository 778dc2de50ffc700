use super::*;
use crate::block::Block;
use crate::container::key;
use crate::dialects::whole::Whole;
use crate::record::Kind as RecordKind;
use proptest::prelude::*;

/// A trace that is made here.
struct Made(Vec<u8>, Order);

impl Made {
    fn new(order: Order, version: u64) -> Made {
        let mut made = Made(Vec::new(), order);
        [u64::MAX, 0xf2b1_77cb_0aa4_29b4, version].iter().for_each(|&number| made.number(number));
        made
    }

    fn number(&mut self, number: u64) {
        self.0.extend(if self.1 == Order::Little { number.to_le_bytes() } else { number.to_be_bytes() });
    }

    fn half(&mut self, number: u32) {
        self.0.extend(if self.1 == Order::Little { number.to_le_bytes() } else { number.to_be_bytes() });
    }

    fn string(&mut self, text: &str) {
        self.half(text.len() as u32);
        self.0.extend(text.bytes());
    }

    fn name(mut self, id: u64, name: &str) -> Made {
        self.number(NAME);
        self.number(id);
        self.string(name);
        self
    }

    /// An event with a string before its numbers, or behind them.
    fn event(
        mut self,
        id: u64,
        time: u64,
        before: Option<&str>,
        numbers: &[u64],
        behind: Option<&str>,
    ) -> Made {
        self.number(EVENT);
        let string = |text: Option<&str>| text.map_or(0, |text| 4 + text.len());
        let length = EVENT_HEAD + 8 * numbers.len() + string(before) + string(behind);
        self.number(id);
        self.number(time);
        self.half(length as u32);
        self.half(77);
        before.iter().for_each(|text| self.string(text));
        numbers.iter().for_each(|&number| self.number(number));
        behind.iter().for_each(|text| self.string(text));
        self
    }

    fn names(self) -> Made {
        let names = [
            "memory_region_ops_read",
            "memory_region_ops_write",
            "vfio_region_read",
            "vfio_region_write",
            "vfio_pci_read_config",
            "vfio_region_setup",
            "vfio_msi_interrupt",
            "pci_cfg_read",
            "virtio_notify",
            "memory_region_subpage_read",
        ];
        names.iter().zip(0..).fold(self, |made, (name, id)| made.name(id, name))
    }
}

const MINUS_ONE: u64 = 0xffff_ffff;
const DEVICE: Option<&str> = Some("0000:01:00.0");

fn made(order: Order) -> Vec<u8> {
    let made = Made::new(order, 4).names();
    let port = [0, 0x55, 0x3f8, 7, 1];
    // Only the second event shows that this is a PC.
    made.event(1, 1000, None, &port, Some("serial"))
        .event(1, 1001, None, &[MINUS_ONE, 0x66, 0xfee0_0000, 0x31, 4], Some("apic-msi"))
        .event(0, 1002, None, &[3, 0x77, 0xfebc_0008, u64::MAX, 4], Some("e1000e-mmio"))
        .event(DROPPED, 1003, None, &[12], None)
        .event(4, 1004, DEVICE, &[0x10, 4, 0xfe00_0004], None)
        .event(4, 1004, DEVICE, &[0x14, 4, 0x12], None)
        .event(2, 1005, DEVICE, &[0, 0x28, 4, 0x99], None)
        .event(3, 1006, DEVICE, &[0, 0x2c, 0x98, 2], None)
        .event(5, 1007, DEVICE, &[], None)
        .event(6, 1008, DEVICE, &[5, 0xfee0_0000, 0x4023], None)
        .event(7, 1009, Some("e1000e"), &[0, 3, 0, 0, 0x10d3_8086], None)
        .event(8, 1010, None, &[1], None)
        .event(9, 1011, None, &[0, 0x77, 8, 1, 4], None)
        .0
}

#[test]
fn events_are_those_of_the_log_in_both_orders() {
    for order in [Order::Little, Order::Big] {
        let whole = Whole::of("qemu-simple", &made(order));
        let block = whole.records();
        let (r, w, m) = (RecordKind::READ, RecordKind::WRITE, RecordKind::MARKER);
        assert_eq!(block.kind, [m, r, RecordKind::LOST, RecordKind::COMMENT, r, w, m]);
        assert_eq!(block.address[1..6], [0xfebc_0008, 0, 0, 0x12_fe00_0028, 0x12_fe00_002c]);
        assert_eq!(block.value[1..6], [0xffff_ffff, 12, 0, 0x99, 0x98]);
        assert_eq!(block.width[1..6], [4, 0, 0, 4, 2]);
        assert_eq!((block.cpu.get(1), block.pid.get(1), block.time[1]), (3, 77, 1002));
        let texts: Vec<&[u8]> = block.texts.iter().map(|(_, text)| text).collect();
        assert_eq!((texts[0], texts[2]), (&b"irq 49"[..], &b"irq 5"[..]));
        for (class, n) in [
            ("accesses to I/O ports (--ports keeps them)", 1),
            ("accesses to configuration space", 3),
            ("events with arguments that cannot be read", 1),
            ("other events of QEMU", 1),
            ("second lines of accesses to subpages", 1),
        ] {
            assert_eq!(whole.left_out(class), n, "{class}");
        }
        assert_eq!(whole.values(key::REGION), ["febc0000 c e1000e-mmio"]);
        assert_eq!(whole.values(key::PCI_DEVICE).len(), 1);
    }
}

/// What the log and the trace have of an event alike.
fn alike(block: &Block) -> Vec<(RecordKind, u64, u64, u8, u32, Vec<u8>)> {
    let is_event = |&row: &usize| !matches!(block.kind[row], RecordKind::LOST | RecordKind::COMMENT);
    let text = |row: usize| block.texts.get(row as u32).unwrap_or_default().to_vec();
    let of = |row: usize| {
        (
            block.kind[row],
            block.address[row],
            block.value[row],
            block.width[row],
            block.cpu.get(row),
            text(row),
        )
    };
    (0..block.len()).filter(is_event).map(of).collect()
}

#[test]
fn the_trace_has_what_the_log_of_the_same_run_has() {
    let trace = Whole::of("qemu-simple", &mmio_testkit::sample_log("tracers/qemu-simple.trace.zst"));
    let log = Whole::of("qemu-log", &mmio_testkit::sample_log("tracers/qemu-simple.log.zst"));
    assert_eq!(alike(&trace.records()), alike(&log.records()));
    assert!(alike(&log.records()).len() > 200);
    assert_eq!(trace.values(key::REGION), log.values(key::REGION));
    assert_eq!(trace.values(key::LEFT_OUT), log.values(key::LEFT_OUT));
    let lost = trace.records().kind.iter().filter(|&&kind| kind == RecordKind::LOST).count();
    assert_eq!(lost, 1);
}

#[test]
fn other_versions_are_damage_that_says_which() {
    for (bytes, words) in [
        (Made::new(Order::Little, 3).0, "version 3 of QEMU's simple trace"),
        (b"memory_region_ops_read cpu 0".to_vec(), "not the head"),
        (vec![0xff; 20], "not whole"),
    ] {
        let mut reader = DIALECT.reader(&Options::default(), &bytes);
        let mut window = Window::new(Box::new(io::Cursor::new(bytes)));
        let error = reader.read(&mut window, &mut Sink::new("")).unwrap_err();
        assert!(Damage::of(&error).unwrap().what.contains(words), "{error}");
    }
}

/// What is read of `bytes`, and the damage.
fn read(bytes: &[u8]) -> (Block, Option<Damage>) {
    let mut reader = DIALECT.reader(&Options::default(), bytes);
    let (mut window, mut sink) = (Window::new(Box::new(io::Cursor::new(bytes.to_vec()))), Sink::new(""));
    let (mut all, mut block) = (Block::default(), Block::default());
    loop {
        let more = reader.read(&mut window, &mut sink);
        sink.swap(&mut block);
        (0..block.len()).for_each(|row| all.push_row(&block, row));
        match more {
            Ok(true) => {}
            Ok(false) => return (all, None),
            Err(error) => return (all, Some(Damage::of(&error).unwrap().clone())),
        }
    }
}

#[test]
fn a_trace_that_is_cut_gives_what_is_whole_and_says_so() {
    let bytes = made(Order::Little);
    let (whole, none) = read(&bytes);
    assert_eq!(none, None);
    let mut whole_ends = 0;
    for cut in 0..bytes.len() {
        let (part, damage) = read(&bytes[..cut]);
        // Before the second event nothing shows that the first one goes to a port.
        let is_a_part = (0..part.len()).all(|row| part.kind[row] == whole.kind[row]);
        assert!(is_a_part || part.kind == [RecordKind::WRITE], "{cut}");
        match damage {
            Some(damage) => {
                assert_eq!((damage.kind, damage.place.byte), (DamageKind::Truncated, Some(cut as u64)))
            }
            None => whole_ends += 1,
        }
    }
    // Behind the head, each name, and each event but the last.
    assert_eq!(whole_ends, 1 + 10 + 12);
}

#[test]
fn lengths_are_checked_before_anything_is_read() {
    for (what, head) in [("a name of", NAME), ("an event of", EVENT), ("a record of the type", 7)] {
        let mut made = Made::new(Order::Little, 4);
        made.number(head);
        made.number(1);
        if head == EVENT {
            made.number(1000);
        }
        made.half(u32::MAX);
        made.0.extend([0; 100]);
        assert!(read(&made.0).1.unwrap().what.contains(what), "{what}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(
        order in prop::sample::select(vec![Order::Little, Order::Big]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let mut bytes = made(order);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn every_event_is_accounted(ids in proptest::collection::vec((0..12_u64, 0..8_usize, any::<bool>()), 0..40)) {
        let mut trace = Made::new(Order::Little, 4).names();
        for (time, (id, numbers, has_name)) in ids.iter().enumerate() {
            let name = has_name.then_some("0000:00:02.0");
            trace = trace.event(*id, time as u64, name, &[1, 2, 3, 4, 5, 6, 7, 8][..*numbers], None);
        }
        let whole = Whole::of("qemu-simple", &trace.0);
        let left_out = whole.values(key::LEFT_OUT);
        let counts = left_out.iter().filter(|text| !text.contains(" cut to ") && !text.contains(" without a time"));
        let counted: u64 = counts.map(|text| text.split(' ').next().unwrap().parse::<u64>().unwrap()).sum();
        prop_assert_eq!(counted + whole.records().len() as u64, ids.len() as u64);
    }
}

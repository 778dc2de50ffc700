use super::*;
use crate::container::key;
use crate::devices::Devices;
use crate::dialects::exported::{block, devices, export, places, sample};
use crate::dialects::whole::Whole;
use proptest::prelude::*;

/// What CSV has of a block: its accesses, without what only some tracers fill and what stands above a value's width.
fn held(block: &Block) -> Block {
    let mut held = Block::default();
    for row in (0..block.len()).filter(|&row| block.kind[row].is_access()) {
        let is_unknown = block.kind[row] == Kind::UNKNOWN;
        let at = held.push(Fields {
            kind: block.kind[row],
            time: block.time[row],
            map_id: block.map_id[row],
            address: block.address[row],
            value: if is_unknown { 0 } else { block.access_value(row) },
            width: block.width[row],
            pc: block.pc.get(row),
            pid: block.pid.get(row),
        });
        held.cpu.push_at(at as usize, block.cpu.get(row));
    }
    held
}

#[test]
fn samples_come_back_with_their_places() {
    for name in ["e1000e.txt", "edu_odd.txt", "megasas.txt.zst", "nvme.txt.zst", "cases/wide_values.txt"] {
        let (block, of_log) = sample(name);
        let text = export(&Csv, &of_log, &block);
        assert!(is_header(&text), "{name}");
        let (whole, block) = (Whole::of("csv", &text), held(&block));
        assert_eq!(whole.records(), block, "{name}");
        let (found, expected) = (places(&devices(&whole), &block), places(&of_log, &block));
        for (found, expected) in found.iter().zip(&expected).filter(|(_, place)| place.0.contains(':')) {
            assert!(found == expected || expected.0.starts_with("mem:"), "{name}: {found:?} {expected:?}");
        }
    }
}

#[test]
fn what_is_not_on_pci_is_a_region() {
    let text = Csv.header().to_owned()
        + "0,1.000000,mem:fed00000,0,0xf0,R,4,0x1,2,0xfed000f0,0x0,0,0\n\
           1,1.000001,00:02.0#2,0,0x8,W,4,0x1,3,0xfe000008,0x0,0,0\n\
           2,1.000002,00:02.0#2,3,0x0,W,2,0x1,3,0xfe100000,0x0,0,0\n\
           3,1.000003,unmapped,0,0x9000,W,4,0x1,3,0x9000,0x0,0,0\n\
           4,1.000004,map:7,0,0x9000,?,,,7,0xa000,0xffff,1,2\n";
    let whole = Whole::of("csv", text.as_bytes());
    assert_eq!(whole.records().len(), 5);
    let regions = ["fed00000 f4 mem:fed00000", "fe000000 c 00:02.0#2", "fe100000 2 00:02.0#2 BAR 3"];
    assert_eq!(whole.values(key::REGION), regions);
    assert_eq!(whole.values(key::PCI_DEVICE), Vec::<String>::new());
    assert_eq!(whole.values(key::FIELDS), ["cpu pid pc"]);
}

#[test]
fn bars_that_are_near_each_other_keep_apart() {
    let text = Csv.header().to_owned()
        + "0,1.000000,0001:00:02.0,0,0x0,R,4,0x1,1,0xfe000010,0x0,0,0\n\
           0,1.000000,0001:00:02.0,2,0x4,R,4,0x1,1,0xfe000024,0x0,0,0\n";
    let whole = Whole::of("csv", text.as_bytes());
    let found = places(&devices(&whole), &whole.records());
    assert_eq!(found, [("0001:00:02.0".into(), 0, 0), ("0001:00:02.0".into(), 2, 4)]);
}

#[test]
fn a_line_that_is_no_access_is_kept() {
    let line = "0,1.000000,00:02.0,0,0x8,W,4,0x1,3,0xfe000008,0x0,0,0";
    assert_eq!(Whole::of("csv", line.as_bytes()).records().kind, [Kind::WRITE]);
    for (old, new) in [
        ("W", "X"),
        (",4,", ",,"),
        (",4,", ",256,"),
        ("0x1", "1"),
        ("1.0", "x"),
        (",3,", ",3,3,"),
        ("0,1", "1"),
    ] {
        let line = line.replacen(old, new, 1);
        let block = Whole::of("csv", line.as_bytes()).records();
        assert_eq!(
            (block.kind.as_slice(), block.texts.get(0)),
            (&[Kind::RAW][..], Some(line.as_bytes())),
            "{line}"
        );
    }
}

proptest! {
    #[test]
    fn the_accesses_of_any_block_come_back(block in block()) {
        let text = export(&Csv, &Devices::default(), &block);
        prop_assert_eq!(Whole::of("csv", &text).records(), held(&block));
    }

    #[test]
    fn every_line_becomes_a_record(
        block in block(),
        at in any::<prop::sample::Index>(),
        bytes in proptest::collection::vec(any::<u8>(), 0..30),
    ) {
        let mut text = export(&Csv, &Devices::default(), &block).split_off(Csv.header().len());
        let at = at.index(text.len() + 1);
        text.splice(at..at, bytes);
        let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let count = lines.count();
        prop_assert_eq!(Whole::of("csv", &text).records().len(), count);
    }
}

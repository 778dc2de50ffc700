//! A run that two tracers saw: what the log outside of the machine says is what the guest's own mmiotrace says.

use std::ops::RangeInclusive;

use mmio_format::{Columns, Op, Trace};
use mmio_testkit::sample;

/// Operation, width, physical address and value.
type Seen = (Op, u8, u64, u64);

/// The accesses of a log in order.
fn accesses(name: &str) -> Vec<Seen> {
    let mut trace = Trace::open(sample(&format!("tracers/{name}"))).unwrap();
    assert_eq!((trace.survey().unparsed(), trace.survey().lost()), (0, 0), "{name}");
    let (mut seen, mut blocks) = (Vec::new(), trace.blocks(Columns::ALL).unwrap());
    while let Some(part) = blocks.next().unwrap() {
        let block = part.block;
        let ops = block.kind.iter().enumerate().filter_map(|(row, kind)| Some((row, kind.op()?)));
        seen.extend(ops.map(|(row, op)| (op, block.width[row], block.address[row], block.access_value(row))));
    }
    seen
}

fn within(all: &[Seen], range: &RangeInclusive<u64>) -> Vec<Seen> {
    all.iter().copied().filter(|seen| range.contains(&seen.2)).collect()
}

/// How many of both are equal, one after the other.
fn equal(one: &[Seen], other: &[Seen]) -> usize {
    one.iter().zip(other).filter(|(one, other)| one == other).count()
}

#[test]
fn a_network_card_in_qemu() {
    let (outside, inside) =
        (accesses("qemu-log-timestamp.log.zst"), accesses("qemu-log-timestamp.mmiotrace.txt.zst"));
    let of_device = |seen: &&Seen| {
        (0xfeb8_0000..=0xfeb9_ffff).contains(&seen.2) || (0xfebc_0000..=0xfebc_004f).contains(&seen.2)
    };
    let outside: Vec<Seen> = outside.iter().filter(of_device).copied().collect();
    assert_eq!((outside.len(), inside.len(), equal(&outside, &inside)), (4687, 4687, 4687));
}

#[test]
fn a_network_card_that_is_passed_through() {
    // The log has offsets alone; the guest's list of devices says where BAR 0 lies.
    let (outside, inside) = (accesses("vfio.log.zst"), accesses("vfio.mmiotrace.txt.zst"));
    let base = outside.iter().map(|seen| seen.2).min().unwrap() & !0x1_ffff;
    let moved =
        outside.iter().map(|&(op, width, address, value)| (op, width, address - base + 0xfeba_0000, value));
    let (outside, bar0) = (moved.collect::<Vec<Seen>>(), within(&inside, &(0xfeba_0000..=0xfebb_ffff)));
    // QEMU keeps the table of MSI-X to itself.
    assert_eq!((outside.len(), equal(&outside, &bar0), inside.len()), (4418, 4418, 4418 + 71));
}

#[test]
fn a_guest_that_kvm_watches() {
    let (outside, inside) = (accesses("kvm_mmio.report.txt.zst"), accesses("vfio.mmiotrace.txt.zst"));
    let of_device = |seen: &&Seen| {
        (0xfeba_0000..=0xfebb_ffff).contains(&seen.2) || (0xfebe_0000..=0xfebe_004f).contains(&seen.2)
    };
    // What the firmware and the kernel's PCI code do before the driver comes is in the outer log alone.
    let outside: Vec<Seen> = outside.iter().filter(of_device).copied().collect();
    let outside = &outside[outside.len() - inside.len()..];
    assert_eq!((inside.len(), equal(outside, &inside)), (4489, 4489));
}

#[test]
fn many_devices_in_qemu() {
    let (outside, inside) = (accesses("multi.log.zst"), accesses("multi.mmiotrace.txt.zst"));
    for (name, range, n) in [
        ("intel-hda", 0xfebb_0000..=0xfebb_3fff, 262),
        ("nvme", 0xfebb_8000..=0xfebb_9fff, 406),
        ("sdhci", 0xfebc_3000..=0xfebc_30ff, 473),
        ("e1000", 0xfeb8_0000..=0xfeb9_ffff, 14_116),
        ("i6300esb", 0xfebc_6000..=0xfebc_600f, 15),
        ("ahci", 0xfebc_8000..=0xfebc_8fff, 568),
        // Of these two QEMU logs reads wider than the access.
        ("bochs", 0xfebc_4000..=0xfebc_4fff, 293),
        ("pvscsi", 0xfeba_8000..=0xfeba_ffff, 229),
        ("MSI-X of nvme", 0xfebb_b000..=0xfebb_bfff, 35),
        ("MSI-X of virtio-net", 0xfebc_2000..=0xfebc_2fff, 60),
        ("MSI-X of megasas", 0xfebb_e000..=0xfebb_efff, 29),
    ] {
        let (outside, inside) = (within(&outside, &range), within(&inside, &range));
        assert_eq!((outside.len(), inside.len(), equal(&outside, &inside)), (n, n, n), "{name}");
    }
}

#[test]
fn a_device_model_of_other_widths() {
    let (outside, inside) = (accesses("multi.log.zst"), accesses("multi.mmiotrace.txt.zst"));
    let range = 0xfebb_c000..=0xfebb_dfff;
    let narrow =
        |all: Vec<Seen>| -> Vec<Seen> { all.into_iter().map(|seen| (seen.0, 4, seen.2, seen.3)).collect() };
    let (outside, inside) = (within(&outside, &range), within(&inside, &range));
    assert!(outside.iter().all(|seen| seen.1 == 8) && inside.iter().all(|seen| seen.1 == 4));
    assert_eq!(equal(&narrow(outside), &inside), 606);
    let trace = Trace::open(sample("tracers/multi.log.zst")).unwrap();
    let said = trace
        .survey()
        .origin
        .notes
        .iter()
        .any(|note| note.starts_with("widths are those of the device model"));
    assert!(said && trace.survey().origin.lacks_times);
}

//! The containers of `samples/`, which mmio-capture wrote in virtual machines (tests/vm/record): all of each can be read,
//! and it says where it is from.

use std::fs;

use mmio_format::container::{Recording, key};
use mmio_format::survey::Survey;
use mmio_format::{Kind, Stats};
use mmio_testkit::{contents, sample};

/// File, release of the kernel, vendor and device that were recorded, accesses, markers.
type Sample = (&'static str, &'static str, &'static str, u64, &'static [&'static str]);

const SAMPLES: [Sample; 5] = [
    ("e1000e.mmio.zst", "6.1.0-56-amd64", "808610d3", 4504, &["link is up", "three answers"]),
    ("e1000e_6.12.mmio.zst", "6.12.117+deb12-amd64", "808610d3", 4504, &["link is up", "three answers"]),
    ("edu.mmio.zst", "6.1.0-56-amd64", "123411e8", 494, &[]),
    ("i6300esb.mmio.zst", "6.1.0-56-amd64", "808625ab", 15, &[]),
    ("nvme.mmio.zst", "6.1.0-56-cloud-amd64", "1b360010", 274, &["the disk is there", "read"]),
];

/// Counts, the recording's data, and the texts of the records of some kinds.
fn look(name: &str) -> (Survey, Recording, Vec<(Kind, String)>) {
    let (block, data) = contents(&fs::read(sample(name)).unwrap());
    let mut survey = Survey::default();
    survey.feed(&Stats::of(&block), &block, 0);
    let texts = (0..block.len() as u32).filter_map(|row| {
        let text = String::from_utf8_lossy(block.texts.get(row)?).into_owned();
        Some((block.kind[row as usize], text))
    });
    (survey, data, texts.collect())
}

#[test]
fn everything_is_there_and_nothing_is_lost() {
    for (name, _, _, accesses, markers) in SAMPLES {
        let (survey, _, texts) = look(name);
        assert_eq!((survey.accesses, survey.lost(), survey.unparsed()), (accesses, 0, 0), "{name}");
        let found: Vec<&str> =
            texts.iter().filter(|text| text.0 == Kind::MARKER).map(|text| text.1.as_str()).collect();
        assert_eq!(found, markers, "{name}");
    }
}

#[test]
fn recordings_know_their_machine() {
    for (name, kernel, device, _, _) in SAMPLES {
        let (_, data, texts) = look(name);
        let all = |key: &str| -> Vec<String> {
            let found = data.entries.iter().filter(|entry| entry.0 == key);
            found.map(|entry| String::from_utf8(entry.1.clone()).unwrap()).collect()
        };
        let one = |key: &str| all(key).first().cloned().unwrap_or_else(|| panic!("{name}: no {key}"));
        assert!(one(key::KERNEL).starts_with(&format!("{kernel} ")), "{name}: {}", one(key::KERNEL));
        assert_eq!(one(key::TRACER), "mmiotrace", "{name}");
        assert_eq!(one(key::FIELDS), "cpu pid", "{name}");
        assert!(one(key::MACHINE).starts_with("QEMU"), "{name}: {}", one(key::MACHINE));
        let devices = all(key::PCI_DEVICE);
        assert!(devices.iter().any(|line| line.contains(device)), "{name}: {devices:?}");
        let records = texts.iter().filter(|text| text.0 == Kind::PCI_DEVICE).count();
        assert_eq!(records, devices.len(), "{name}: a record for each device");
        // The kernel's list is there from the start and from the end.
        assert_eq!((all(key::MODULES).len(), all(key::IOMEM).len()), (2, 2), "{name}");
        let [start, end] = [key::START, key::END].map(|key| one(key).parse::<u64>().unwrap());
        assert!(start < end, "{name}: {start} to {end}");
    }
}

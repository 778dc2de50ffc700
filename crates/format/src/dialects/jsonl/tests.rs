use super::*;
use crate::container::key;
use crate::devices::Devices;
use crate::dialects::exported::{block, devices, export, places, sample};
use crate::dialects::whole::Whole;
use crate::export::Jsonl;
use proptest::prelude::*;

#[test]
fn samples_come_back_with_their_places() {
    for name in ["e1000e.txt", "edu_odd.txt", "edu_lost.txt", "megasas.txt.zst", "cases/map_ids.txt"] {
        let (block, of_log) = sample(name);
        let text = export(&Jsonl, &of_log, &block);
        assert!(sniff(&text), "{name}");
        let whole = Whole::of("jsonl", &text);
        assert_eq!(whole.records(), block, "{name}");
        assert_eq!(places(&devices(&whole), &block), places(&of_log, &block), "{name}");
        let named: Vec<String> = of_log.iter().map(|(_, device)| device.name.clone()).collect();
        let again: Vec<String> = devices(&whole).iter().map(|(_, device)| device.name.clone()).collect();
        assert_eq!(again, named, "{name}");
    }
}

#[test]
fn places_come_back_without_the_records_that_named_them() {
    let (block, of_log) = sample("e1000e.txt");
    let mut accesses = Block::default();
    let rows = (0..block.len()).filter(|&row| block.kind[row].is_access());
    rows.for_each(|row| accesses.push_row(&block, row));
    let whole = Whole::of("jsonl", &export(&Jsonl, &of_log, &accesses));
    assert_eq!(whole.records(), accesses);
    let (found, expected) = (places(&devices(&whole), &accesses), places(&of_log, &accesses));
    let differ = found.iter().zip(&expected).filter(|(found, expected)| found != expected);
    assert_eq!(differ.filter(|(_, expected)| !expected.0.starts_with("mem:")).count(), 0);
    let regions = whole.values(key::REGION);
    let of_maps = expected.iter().find(|place| place.0.starts_with("mem:"));
    assert!(
        of_maps.is_none_or(|place| regions.iter().any(|region| region.ends_with(&place.0))),
        "{regions:?}"
    );
}

#[test]
fn a_line_that_is_no_record_is_kept() {
    let lines = [
        "{\"type\":\"access\",\"time\":\"1.000000\"}\n",
        "{\"type\":\"lost\",\"time\":\"1.000000\",\"events\":-1}\n",
        "{\"type\":\"other\",\"text\":\"?\"}\n",
        "{\"type\":\"marker\",\"time\":\"1\",\"bytes\":\"abc\"}\n",
        "{\"type\":\"marker\",\"time\":\"1\",\"bytes\":\"é\"}\n",
        "{\"type\":\"raw\",\"text\":7}\n",
        "[1]\n",
        "{\"type\":\"marker\"",
    ];
    let block = Whole::of("jsonl", lines.concat().as_bytes()).records();
    let kept: Vec<&[u8]> = block.texts.iter().map(|(_, text)| text).collect();
    assert_eq!(kept, lines.map(str::as_bytes));
    assert!(block.kind.iter().all(|&kind| kind == Kind::RAW));
}

#[test]
fn what_is_filled_and_whether_there_are_times_is_said() {
    let access = |more: &str| {
        format!(
            "{{\"type\":\"access\",\"time\":\"0.000000\",\"index\":0,\"op\":\"R\",\"width\":4,\"value\":\"0x1\",\
             \"map_id\":1,\"address\":\"0x1000\"{more}}}\n"
        )
    };
    let whole = Whole::of("jsonl", access("").as_bytes());
    assert_eq!(
        (whole.values(key::CLOCK), whole.values(key::FIELDS)),
        (vec!["none".into()], vec![String::new()])
    );
    let text =
        access(",\"caller\":\"0x2\",\"pid\":3") + "{\"type\":\"marker\",\"time\":\"2.5\",\"text\":\"up\"}\n";
    let whole = Whole::of("jsonl", text.as_bytes());
    assert_eq!((whole.values(key::CLOCK), whole.values(key::FIELDS)), (vec![], vec!["pid caller".into()]));
}

#[test]
fn only_records_of_ours_are_taken_for_them() {
    assert!(sniff(b"{\"type\":\"access\",\"time\"") && sniff(b"\n {\"type\":\"version\"}"));
    for other in ["{\"type\":\"R\",\"guest_pc\":1}", "{\"type\":\"access", "{\"schema\":\"x\"}", "", "{"] {
        assert!(!sniff(other.as_bytes()), "{other}");
    }
}

proptest! {
    #[test]
    fn any_block_comes_back(block in block()) {
        let text = export(&Jsonl, &Devices::default(), &block);
        prop_assert_eq!(Whole::of("jsonl", &text).records(), block);
    }

    #[test]
    fn every_line_becomes_a_record(
        block in block(),
        at in any::<prop::sample::Index>(),
        bytes in proptest::collection::vec(any::<u8>(), 0..30),
    ) {
        let mut text = export(&Jsonl, &Devices::default(), &block);
        let at = at.index(text.len() + 1);
        text.splice(at..at, bytes);
        let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let count = lines.count();
        prop_assert_eq!(Whole::of("jsonl", &text).records().len(), count);
    }
}

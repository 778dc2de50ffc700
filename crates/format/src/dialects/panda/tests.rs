use super::*;
use crate::container::key;
use crate::dialects::whole::Whole;
use proptest::prelude::*;

fn element(kind: &str, address: u64, device: &str) -> String {
    format!(
        "{{ \"type\": \"{kind}\", \"guest_pc\": \"0x0000043e\", \"phys_addr\": \"{address:#010x}\", \"virt_addr\": \
         \"0xc0001000\", \"size\": \"0x00000004\", \"value\": \"0x0000abcd\", \"device\": \"{device}\" }}"
    )
}

fn elements() -> [String; 3] {
    [
        element("R", 0x1010_1000, "pl011"),
        element("W", 0x1010_1030, "pl011"),
        element("W", 0x9000_0000, "[NONE]"),
    ]
}

fn check(text: &str) {
    let whole = Whole::of("panda", text.as_bytes());
    let block = whole.records();
    assert_eq!(block.kind, [Kind::READ, Kind::WRITE, Kind::WRITE], "{text}");
    assert_eq!(block.address, [0x1010_1000, 0x1010_1030, 0x9000_0000]);
    assert_eq!((&block.value[..], &block.width[..]), (&[0xabcd; 3][..], &[4; 3][..]));
    assert_eq!(block.pc.as_slice(), [0x43e; 3]);
    assert_eq!(whole.values(key::REGION), ["10101000 34 pl011"]);
    assert_eq!(
        (whole.values(key::CLOCK), whole.values(key::FIELDS)),
        (vec!["none".into()], vec!["pc".into()])
    );
    assert!(sniff(text.as_bytes()), "{text}");
}

#[test]
fn an_array_is_read_however_it_is_laid_out() {
    check(&format!("[{}]", elements().join(",")));
    check(&format!("[\n{}\n]\n", elements().join(",\n")));
    let pretty: Value = serde_json::from_str(&format!("[{}]", elements().join(","))).unwrap();
    check(&serde_json::to_string_pretty(&pretty).unwrap().replace('\n', "\r\n"));
    check(&elements().join("\n"));
}

#[test]
fn one_line_longer_than_memory_holds_is_read_object_by_object() {
    let count = crate::text::MAX_LINE / 100;
    let text = format!("[{}]", vec![element("R", 0x1000, "a}\\\"{b"); count].join(","));
    assert!(text.len() > crate::text::MAX_LINE);
    let block = Whole::of("panda", text.as_bytes()).records();
    assert_eq!(block.len(), count);
    assert!(block.kind.iter().all(|&kind| kind == Kind::READ));
}

#[test]
fn what_is_no_access_is_kept() {
    let good = element("R", 0x1000, "x");
    for bad in [
        good.replace("\"R\"", "\"X\""),
        good.replace("0x00000004", "0x00000009"),
        good.replace("0x0000abcd", "abcd"),
        good.replace("phys_addr", "physical"),
        "{\"a\":{\"b\":1}}".into(),
        "{ nothing }".into(),
    ] {
        let text = format!("[{good},{bad},{good}]");
        let block = Whole::of("panda", text.as_bytes()).records();
        assert_eq!(block.kind, [Kind::READ, Kind::RAW, Kind::READ], "{bad}");
        assert_eq!(block.texts.at(0), bad.as_bytes());
        assert!(!sniff(bad.as_bytes()), "{bad}");
    }
    let block = Whole::of("panda", format!("[{good}, words\n{good},{{\"type\": \"R").as_bytes()).records();
    assert_eq!(block.kind, [Kind::READ, Kind::RAW, Kind::READ, Kind::RAW]);
    assert_eq!((block.texts.at(0), block.texts.at(1)), (&b", words\n"[..], &b"{\"type\": \"R"[..]));
}

#[test]
fn an_object_has_an_end() {
    let good = element("R", 0x1000, "x");
    let long = format!("{{\"a\": \"{}\"}}\n", "x".repeat(3 * MAX_OBJECT));
    let whole = Whole::of("panda", (long.clone() + &good).as_bytes()).records();
    let raw: usize = whole.texts.iter().map(|(_, text)| text.len()).sum();
    assert_eq!((raw, whole.kind.last()), (long.len(), Some(&Kind::READ)));
    assert!(whole.texts.iter().all(|(_, text)| text.len() <= MAX_OBJECT));
}

proptest! {
    #[test]
    fn every_byte_is_accounted(
        count in 0..6_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut text = format!("[{}]\n", vec![element("W", 0x1000, "x"); count].join(",\n")).into_bytes();
        for (at, byte) in changes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        let block = Whole::of("panda", &text).records();
        let raw: Vec<u8> = block.texts.iter().flat_map(|(_, text)| text.to_vec()).collect();
        // What is neither kept nor an access is what stands between the elements.
        let accesses = block.kind.iter().filter(|kind| kind.is_access()).count();
        let whole = element("W", 0x1000, "x").len();
        prop_assert!(text.len() >= raw.len() + accesses * whole);
        prop_assert!(text.len() - raw.len() - accesses * whole <= 3 * count + 9 + accesses);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = (sniff(&bytes), Whole::of("panda", &bytes));
    }
}

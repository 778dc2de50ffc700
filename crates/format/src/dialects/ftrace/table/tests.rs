//! A line of every kind of event.

use super::*;

/// Event, text, and what it tells: op, register, value, width, device.
type Case = (&'static str, &'static str, char, u64, u64, u8, &'static str);

const CASES: &[Case] = &[
    ("amdgpu_device_rreg", "0x73bf, 0x00001234, 0x0000ff01", 'R', 0x48d0, 0xff01, 4, "amdgpu 0x73bf"),
    ("amdgpu_mm_wreg", "0x73bf, 0x00001234, 0x0000ff01", 'W', 0x48d0, 0xff01, 4, "amdgpu 0x73bf"),
    ("amdgpu_dc_wreg", "reg=0x00000010, value=0x00000001", 'W', 0x40, 1, 4, "amdgpu"),
    ("amdgpu_dc_rreg", "reg=0x00000010 value=0x00000001", 'R', 0x40, 1, 4, "amdgpu"),
    ("i915_reg_rw", "write reg=0x44400, len=4, val=(0x1, 0x0)", 'W', 0x44400, 1, 4, "i915"),
    ("i915_reg_rw", "read reg=0x2358, len=8, val=(0x1, 0x2)", 'R', 0x2358, 0x2_0000_0001, 8, "i915"),
    (
        "xe_reg_rw",
        "dev=0000:03:00.0, read reg=0x190010, len=4, val=(0x7, 0x0)",
        'R',
        0x19_0010,
        7,
        4,
        "0000:03:00.0",
    ),
    ("xe_reg_rw", "write reg=0x190010, len=4, val=(0x7, 0x0)", 'W', 0x19_0010, 7, 4, "xe"),
    (
        "iwlwifi_dev_ioread32",
        "[0000:03:00.0] read io[0x24] = 0x8040000",
        'R',
        0x24,
        0x804_0000,
        4,
        "0000:03:00.0",
    ),
    ("iwlwifi_dev_iowrite8", "[0000:03:00.0] write io[0x24] = 0x8)", 'W', 0x24, 8, 1, "0000:03:00.0"),
    ("iwlwifi_dev_iowrite32", "[0000:03:00.0] write io[0x24] = 0x8)", 'W', 0x24, 8, 4, "0000:03:00.0"),
    (
        "iwlwifi_dev_iowrite64",
        "[0000:03:00.0] write io[36] = 4294967296)",
        'W',
        0x24,
        1 << 32,
        8,
        "0000:03:00.0",
    ),
    (
        "iwlwifi_dev_iowrite_prph32",
        "[0000:03:00.0] write PRPH[0xa05c3c] = 0x3)",
        'W',
        0xa0_5c3c,
        3,
        4,
        "PRPH 0000:03:00.0",
    ),
    (
        "iwlwifi_dev_ioread_prph32",
        "[0000:03:00.0] read PRPH[0xa05c3c] = 0x3",
        'R',
        0xa0_5c3c,
        3,
        4,
        "PRPH 0000:03:00.0",
    ),
    ("reg_rr", "phy0 7c0600f0=00000003", 'R', 0x7c06_00f0, 3, 4, "phy0"),
    ("reg_wr", "phy0 1234=deadbeef", 'W', 0x1234, 0xdead_beef, 4, "phy0"),
    ("dwc3_writel", "addr 00000000d8a0ef4b offset c704 value 80f00000", 'W', 0xc704, 0x80f0_0000, 4, "dwc3"),
    ("dwc3_readl", "addr (____ptrval____) offset c704 value 80f00000", 'R', 0xc704, 0x80f0_0000, 4, "dwc3"),
    ("dwc3_readl", "0a600000: addr 00000000d8a0ef4b offset c704 value 1", 'R', 0xc704, 1, 4, "dwc3 0a600000"),
    (
        "musb_readb",
        "musb_start+0x40/0x120 [musb_hdrc]: 00000000d8a0ef4b + 0060: 99",
        'R',
        0x60,
        0x99,
        1,
        "musb",
    ),
    ("musb_writew", "musb_start+0x40/0x120: 00000000d8a0ef4b + 0006: 0001", 'W', 6, 1, 2, "musb"),
    ("dc_writel", "54200000.dc 0041 00000101", 'W', 0x104, 0x101, 4, "54200000.dc"),
    ("sor_readl", "15540000.sor 0054 80000000", 'R', 0x150, 0x8000_0000, 4, "15540000.sor"),
    ("vde_writel", "FRAMEID:0x208 0x00000001", 'W', 0x208, 1, 4, "vde FRAMEID"),
    (
        "mei_reg_read",
        "[0000:00:16.0] read ME_CSR_HA:[0xc] = 0x80000008",
        'R',
        0xc,
        0x8000_0008,
        4,
        "0000:00:16.0",
    ),
    ("mei_reg_write", "[0000:00:16.0] write H_CSR[0x4] = 0x5", 'W', 4, 5, 4, "0000:00:16.0"),
    ("habanalabs_rreg32", "0000:b3:00.0: addr: 0x4c2200, val: 0x1", 'R', 0x4c_2200, 1, 4, "0000:b3:00.0"),
    ("edma_writeb", "offset 0000001b: value 3", 'W', 0x1b, 3, 1, "edma"),
    ("edma_readl", "offset 00001000: value 80", 'R', 0x1000, 0x80, 4, "edma"),
    ("docg3_io", "docg3: write08 reg=100e, val=0001", 'W', 0x100e, 1, 1, "docg3"),
    ("docg3_io", "docg3: read16 reg=100e, val=0001", 'R', 0x100e, 1, 2, "docg3"),
    (
        "mdio_access",
        "30be0000.ethernet-1 read  phy:0x00 reg:0x01 val:0x7949",
        'R',
        1,
        0x7949,
        2,
        "mdio 30be0000.ethernet-1 0x00",
    ),
    (
        "mdio_access",
        "30be0000.ethernet-1 write phy:0x00 reg:0x04 val:0x0de1",
        'W',
        4,
        0xde1,
        2,
        "mdio 30be0000.ethernet-1 0x00",
    ),
    ("read_msr", "1a0, value 850089", 'R', 0x1a0, 0x85_0089, 8, "msr"),
    ("write_msr", "c0000082, value ffffffff81a00080 #GP", 'W', 0xc000_0082, 0xffff_ffff_81a0_0080, 8, "msr"),
];

fn name(device: &Device<'_>) -> String {
    let parts = [device.class.as_bytes(), &device.name, &device.part];
    let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| String::from_utf8_lossy(part));
    parts.collect::<Vec<_>>().join(" ")
}

#[test]
fn texts_tell_of_accesses() {
    for &(event, text, op, register, value, width, device) in CASES {
        let told = Event::called(event.as_bytes()).iter().find_map(|event| event.by_text(text.as_bytes()));
        let told = told.unwrap_or_else(|| panic!("{event}: {text}"));
        let kind = if op == 'R' { Kind::READ } else { Kind::WRITE };
        assert_eq!(
            (told.kind, told.register, told.value, told.width),
            (kind, register, value, width),
            "{event}"
        );
        assert_eq!(name(&told.device), device, "{event}");
    }
}

#[test]
fn events_of_one_name_stand_side_by_side() {
    let names: Vec<&str> =
        EVENTS.chunk_by(|one, other| one.name == other.name).map(|of| of[0].name).collect();
    for (at, name) in names.iter().enumerate() {
        assert!(!names[..at].contains(name), "{name}");
        assert!(Event::called(name.as_bytes()).iter().all(|event| event.name == *name));
    }
    assert!(Event::called(b"sched_switch").is_empty());
}

#[test]
fn cut_texts_tell_nothing_wrong() {
    for &(event, text, ..) in CASES {
        for end in 0..text.len() {
            for event in Event::called(event.as_bytes()) {
                let _ = event.by_text(&text.as_bytes()[..end]);
            }
        }
    }
}

/// The fields of an event in binary form.
struct Binary(&'static [(&'static str, u64)], &'static [(&'static str, &'static str)]);

impl Fields for Binary {
    fn number(&self, name: &str) -> Option<u64> {
        self.0.iter().find(|(of, _)| *of == name).map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Option<&[u8]> {
        self.1.iter().find(|(of, _)| *of == name).map(|(_, value)| value.as_bytes())
    }
}

#[test]
fn fields_tell_what_texts_do() {
    let cases: [(&str, Binary, &str); 5] = [
        (
            "amdgpu_device_rreg",
            Binary(&[("did", 0x73bf), ("reg", 0x1234), ("value", 0xff01)], &[]),
            "0x73bf, 0x00001234, 0x0000ff01",
        ),
        (
            "i915_reg_rw",
            Binary(&[("val", 0x2_0000_0001), ("reg", 0x2358), ("write", 0), ("len", 8)], &[]),
            "read reg=0x2358, len=8, val=(0x1, 0x2)",
        ),
        (
            "xe_reg_rw",
            Binary(&[("val", 7), ("reg", 0x10), ("write", 1), ("len", 4)], &[("dev", "0000:03:00.0")]),
            "dev=0000:03:00.0, write reg=0x10, len=4, val=(0x7, 0x0)",
        ),
        (
            "mdio_access",
            Binary(&[("read", 1), ("addr", 1), ("val", 0x7949), ("regnum", 2)], &[("busid", "eth")]),
            "eth read  phy:0x01 reg:0x02 val:0x7949",
        ),
        ("write_msr", Binary(&[("msr", 0x1a0), ("val", 5)], &[]), "1a0, value 5"),
    ];
    for (name, fields, text) in &cases {
        let event = &Event::called(name.as_bytes())[0];
        let told = event.by_fields(fields);
        assert!(told.is_some(), "{name}");
        assert_eq!(told, event.by_text(text.as_bytes()), "{name}");
    }
    assert_eq!(Event::called(b"edma_readl")[0].by_fields(&Binary(&[("addr", 1), ("value", 1)], &[])), None);
}

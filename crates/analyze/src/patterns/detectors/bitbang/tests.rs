//! Lines in short logs.

use crate::patterns::testing::{none, of};

#[test]
fn lines_have_a_clock_and_data() {
    let bits = 0b1011_0010_1110_0101_u32;
    let bit = |i: u32| {
        let data = ((bits >> i) & 1) << 1;
        format!("Wc={data:x} Wc={:x} Rc={:x} ", data | 1, data | 1 | (8 * (i & 1)))
    };
    let log: String = (0..16).map(bit).collect();
    assert_eq!(of("bitbang", &log), ["bitbang c x16 &1=1 said 1 /1010011101001101/0101010101010101"]);
    let index: String = (0..64).map(|i| format!("W0={:x} ", i % 16)).collect();
    assert_eq!(of("bitbang", &index), none());
}

/// A start, these bytes, each with the acknowledge bit that is read, and a stop; bit 0 is the clock, bit 1 the
/// data, and both are read as they are on the lines, in bits 4 and 5.
fn i2c(bytes: &[(u64, u64)]) -> String {
    let edge = |value: u64, wire: u64| format!("Wc={value:x} Rc={:x} ", value | (value & 1 | wire << 1) << 4);
    let bit = |out: u64, wire: u64| edge(out << 1, wire) + &edge(out << 1 | 1, wire) + &edge(out << 1, wire);
    let byte = |&(byte, ack): &(u64, u64)| {
        (0..8).rev().map(|i| bit(byte >> i & 1, byte >> i & 1)).collect::<String>() + &bit(1, ack)
    };
    let bytes: String = bytes.iter().map(byte).collect();
    edge(2, 1) + &edge(3, 1) + &edge(1, 0) + &edge(0, 0) + &bytes + &edge(0, 0) + &edge(1, 0) + &edge(3, 1)
}

#[test]
fn i2c_is_told_in_bytes() {
    let log = i2c(&[(0xa0, 0), (0x08, 0)]) + &i2c(&[(0xa1, 0), (0x5e, 1)]) + "R80=1 R84=2 R88=3 ";
    let found = of("bitbang", &log.repeat(2));
    assert_eq!(found, ["bitbang c x80 &1=1 said 4 a0+ 08+// & a1+ 5e-// & a0+ 08+// & a1+ 5e-//"]);
    // What is cut by a gap is not shown.
    let (cut, rest) = log.split_at(log[..log.len() / 4].rfind('W').unwrap());
    let found = of("bitbang", &format!("{log}{cut}| {rest}"));
    assert!(found[0].ends_with(" said 3 a0+ 08+// & a1+ 5e-// & a1+ 5e-//"), "{found:?}");
}

#[test]
fn a_select_line_cuts_bits_into_frames() {
    // Bit 0 is the clock, bit 1 the data, bit 2 selects, bit 3 is read.
    let frame = |out: u64, input: u64| {
        let bit = |i: u64| {
            let (low, read) = (4 | (out >> i & 1) << 1, (input >> i & 1) << 3);
            format!("Wc={low:x} Wc={:x} Rc={:x} ", low | 1, low | 1 | read)
        };
        format!("Wc=0 Wc=4 {}Wc=4 Wc=0 ", (0..6).rev().map(bit).collect::<String>())
    };
    let log = frame(0b110_010, 0b000_001) + &frame(0b110_011, 0b001_101) + &frame(0b101_010, 0b010_010);
    let said = "said 3 /110010/000001 & /110011/001101 & /101010/010010";
    assert_eq!(of("bitbang", &log), [format!("bitbang c x18 &1=1 {said}")]);
    let (cut, rest) = log.split_at(log[..log.len() / 2].rfind('W').unwrap());
    let found = of("bitbang", &format!("{cut}| {rest}"));
    assert!(found[0].ends_with(" said 2 /110010/000001 & /101010/010010"), "{found:?}");
}

#[test]
fn any_bits_are_decoded_without_a_fault() {
    let mut state = 7_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    for bits in 2..8 {
        for _ in 0..40 {
            let mut value = 0;
            let mut word = |_| {
                value ^= 1 << (random() % bits);
                match random() % 16 {
                    0 => "| ".to_owned(),
                    1..5 => format!("Rc={:x} ", random() & 0xff),
                    _ => format!("Wc={value:x} "),
                }
            };
            let log: String = (0..400).map(&mut word).collect();
            let found = of("bitbang", &log);
            assert!(found.len() <= 8, "{found:?}");
        }
    }
}

//! Short notation for accesses and for what is found in them.

use mmio_format::{Access, Op, Place};

use super::details::{Details, Frame, Protocol, Said, Signal};
use super::fold::Folded;
use super::look::Look;
use super::sites::Sites;
use crate::census::Census;
use crate::steps::Steps;
use mmio_format::walk::Visitor;

/// Shows `W40=1 R30=0 ?80` (4 bytes, hexadecimal) to `visitor`, 2 µs from one to the next; `~` is a pause of
/// a millisecond, `|` a gap.
fn show(text: &str, visitor: &mut impl Visitor) {
    let (mut time, mut index) = (0, 0);
    for word in text.split_whitespace() {
        match word {
            "~" => time += 1_000_000,
            "|" => visitor.gap(),
            _ => {
                let (access, value) = word.split_once('=').unwrap_or((word, "0"));
                let (op, width) = match access.as_bytes()[0] {
                    b'R' => (Op::Read, 4),
                    b'W' => (Op::Write, 4),
                    _ => (Op::Unknown, 0),
                };
                let hex = |digits: &str| u64::from_str_radix(digits, 16).unwrap();
                let place = Place { offset: hex(&access[1..]), ..Place::default() };
                visitor.see(&Access { place, op, width, value: hex(value), time, index });
                time += 2000;
                index += 1;
            }
        }
    }
}

/// What is found: `poll 20 x79 &1=0`, `ack 24>64 x8`; behind the data port at 14 `rmw 14:3 x5`.
pub(crate) fn found(text: &str) -> Vec<String> {
    let mut census = Census::default();
    show(text, &mut census);
    let mut look = Look::new(&census);
    let mut known = census.clone();
    let mut steps = Steps::new(&mut known, &mut look);
    show(text, &mut steps);
    steps.finish();
    let seen = look.finish(&census);
    let direct = Sites::direct(&census);
    let behind = Sites::behind(&seen.behind, &seen.ports, &census);
    let mut found: Vec<String> = seen.direct.iter().map(|f| words(f, &direct)).collect();
    found.extend(seen.at_behind.iter().map(|f| words(f, &behind)));
    found.sort();
    found
}

fn words(Folded { finding: f, elements, stride }: &Folded, sites: &Sites<'_>) -> String {
    assert!((0.0..=1.0).contains(&f.confidence) && !f.evidence.is_empty(), "{f:?}");
    let site = sites.site(f.register);
    let port = site.port.map_or(String::new(), |data| format!("{:x}:", data.offset));
    let mut text = format!("{} {port}{:x}", f.idiom.name(), site.register.offset);
    if let Some(second) = f.second.filter(|&s| s != f.register) {
        text += &format!(">{:x}", sites.site(second).register.offset);
    }
    text += &format!(" x{}", f.count);
    if let Some(condition) = f.details.condition() {
        text += &format!(" &{:x}={:x}", condition.mask, condition.value);
    }
    match &f.details {
        Details::Lines(lines) => text += &lines.said.as_ref().map_or(String::new(), heard),
        Details::Window(window) => text += &format!(" {:x} bytes in {}", window.length, window.bases),
        _ => {}
    }
    if *elements > 1 {
        text += &format!(" {elements} by {stride}");
    }
    text
}

/// ` said 2 a0+ 08+// & a1+ 5e-//`, ` said 1 /110010/000001`.
fn heard(said: &Said) -> String {
    let frame = |frame: &Frame| {
        let [mut bytes, mut out, mut input] = [const { String::new() }; 3];
        for signal in &frame.signals {
            match *signal {
                Signal::Byte(byte, ack) => bytes += &format!("{byte:02x}{} ", if ack { '+' } else { '-' }),
                Signal::Start => bytes += "| ",
                Signal::Cycle(data, read) => {
                    out += &u8::from(data).to_string();
                    input += &read.map_or(".".into(), |read| u8::from(read).to_string());
                }
            }
        }
        assert_eq!(bytes.is_empty(), said.protocol == Protocol::Serial, "{frame:?}");
        format!("{}/{out}/{input}", bytes.trim_end())
    };
    let frames: Vec<String> = said.frames.iter().map(frame).collect();
    format!(" said {} {}", said.total, frames.join(" & "))
}

/// Of what is found, the idioms of this kind.
pub(crate) fn of(kind: &str, text: &str) -> Vec<String> {
    found(text).into_iter().filter(|f| f.split(' ').next() == Some(kind)).collect()
}

pub(crate) fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_poll_ends_when_its_bit_agrees() {
    let log: String = (2..12).map(|n| format!("W8={n} ~ {} R20=80 ~ ", "R20=81 ".repeat(n))).collect();
    assert_eq!(of("poll", &log), ["poll 20 x10 &1=0"]);
    assert_eq!(of("handshake", &log), ["handshake 8>20 x10 &1=0"]);
    // The wait is over at the first read: nothing is said.
    assert_eq!(of("poll", &"W8=1 R20=80 ~ ".repeat(10)), none());
    // Another register may be looked at in between.
    let log = "W4=1 R20=1 R28=0 R20=1 R28=0 R20=0 ~ ".repeat(5);
    assert_eq!(of("poll", &log), ["poll 20 x5 &1=0"]);
}

#[test]
fn a_drain_reads_again_until_nothing_is_left() {
    let log: String = (1..9).map(|i| format!("R24=c0000000 R5c=1 W5c={i} R58={i} R24=0 ~ ")).collect();
    assert_eq!(of("poll", &log), ["poll 24 x8 &c0000000=0"]);
    let never_again: String = (1..9).map(|i| format!("R24=c0000000 R5c=1 W5c={i} ~ ")).collect();
    assert_eq!(of("poll", &never_again), none());
}

#[test]
fn a_command_is_given_again_until_its_result_is_good() {
    let log = "W20=8210000 R20=18217949 ".repeat(20) + "~ W20=8220000 R20=18220141 ~ ";
    assert_eq!(of("poll", &log.repeat(2)), ["poll 20 x2"]);
    assert_eq!(of("poll", &"W20=4 R20=4 ".repeat(20)), none());
}

#[test]
fn bits_set_cleared_and_left_are_told_apart() {
    let log = "R10=f0 W10=f1 R10=f1 W10=f0 R10=f0 R14=3 W14=3 R14=3 W14=3";
    assert_eq!(of("rmw", log), ["rmw 10 x2", "rmw 14 x2"]);
    // A value that has nothing to do with the one that was read.
    assert_eq!(of("rmw", &"R10=ffff W10=a5a50000 R10=1234 W10=77770000 ".repeat(4)), none());
}

#[test]
fn an_acknowledge_clears_what_it_read() {
    let own = "R20=4 W20=4 R20=0 ~ R20=6 W20=6 R20=0 ~ ".repeat(4);
    assert_eq!(of("ack", &own), ["ack 20 x8"]);
    assert_eq!(of("rmw", &own), none());
    let other = "R24=4 W64=4 ~ R24=1 W64=1 ~ R24=8 W64=8 ~ ".repeat(4);
    assert_eq!(of("ack", &other), ["ack 24>64 x12"]);
    // The same mask every time, part of which is never read as set.
    assert_eq!(of("ack", &"R5c=1 W5c=5 ~ ".repeat(8)), ["ack 5c x8"]);
    // What is written stays: that is no acknowledge.
    assert_eq!(of("ack", &"R20=4 W20=4 ".repeat(8)), none());
}

#[test]
fn a_cause_may_be_acknowledged_later() {
    let late =
        "R20=4 R30=1 W34=1 R38=7 W20=4 R20=0 R30=0 ~ R20=5 R30=1 W20=4 R20=1 R30=1 W20=1 R20=0 ~ ".repeat(4);
    assert_eq!(of("ack", &late), ["ack 20 x12"]);
    // A state that falls by itself, and one that falls because another bit was cleared.
    assert_eq!(of("ack", &"R20=4 R30=1 W20=4 R30=0 R20=4 R30=1 R20=0 ~ ".repeat(8)), none());
    assert_eq!(of("ack", &"R20=c1 R30=1 W20=c0 R30=0 R20=40 W20=41 R30=1 ~ ".repeat(8)), none());
    // An answer.
    assert_eq!(of("ack", &"R20=f R30=1 W20=7 R30=1 R20=f0 R30=1 W20=10 R30=1 ~ ".repeat(8)), none());
}

#[test]
fn answers_come_at_once_or_later() {
    let own: String =
        (0..8).map(|i| format!("W4={:x} R4={:x} ~ ", i * 77 + 5, !(i * 77 + 5) as u32)).collect();
    assert_eq!(of("write_read", &own), ["write_read 4 x8"]);
    let shown: String = (1..9).map(|i| format!("W60={i} R24={i} ~ ")).collect();
    assert_eq!(of("write_read", &shown), ["write_read 60>24 x8"]);
    let later: String = (1..20).map(|i| format!("W48={i:x} ~ R24=3 R5c=1 W5c=5 R58={i:x} ~ ")).collect();
    assert!(of("write_read", &later).contains(&"write_read 48>58 x19".to_owned()), "{:?}", found(&later));
}

#[test]
fn a_handshake_has_a_bit_that_the_write_had_not() {
    let log: String = (3..23)
        .map(|i| format!("W10={:x} R10={:x} ~ ", 0x0820_0000 + i, 0x1820_0000 + ((i * 7919) & 0xffff)))
        .collect();
    assert!(found(&log)[0].starts_with("handshake 10 x20 &1000000"), "{:?}", found(&log));
    let clears = "W40=1 R40=0 R0=1 ~ W40=2 R40=0 R0=1 ~ ".repeat(8);
    assert_eq!(of("handshake", &clears), ["handshake 40 x16 &3=0"]);
    let words: String = (0..20).map(|i| format!("R30=1 R0={:x} W30=0 ", i * 3)).collect();
    assert!(of("handshake", &words).contains(&"handshake 30>0 x20".to_owned()), "{:?}", found(&words));
}

#[test]
fn reads_that_tell_nothing_only_post_the_write() {
    assert_eq!(
        of("readback_flush", &"W34=ff R34=ff R0=1 ~ W34=7f R34=7f R0=1 ~ ".repeat(2)),
        ["readback_flush 34 x4"]
    );
    let set_up = "W0=fee01004 W10=fee01004 W20=fee01004 ~ ";
    let masked = "Wc=1 R0=fee01004 W0=fee01004 ~ W1c=1 R0=fee01004 W10=0 ~ W2c=1 R0=fee01004 W20=0 ~ ";
    let log = (set_up.to_owned() + &masked.replace("W0=fee01004", "W4=0")).repeat(2);
    assert_eq!(of("readback_flush", &log), ["readback_flush c>0 x6 3 by 16"]);
    let any = "W10=1 R8=3 W14=2 R8=3 W18=3 R8=3 ~ W1c=9 R8=3 ~ ".repeat(8);
    assert!(of("readback_flush", &any).contains(&"readback_flush 8 x32".to_owned()), "{:?}", found(&any));
    // It is read when the driver comes back, to ask whether it may go on.
    let asked = "R8=3 W10=1 R8=3 W14=2 R8=3 W18=3 ~ ".repeat(16);
    assert_eq!(of("readback_flush", &asked), none());
}

#[test]
fn doorbells_end_what_is_done_in_one_go() {
    let log: String =
        (0..20).map(|i| format!("W10={:x} W14=5 W18={:x} ~ R30={:x} R34=1 ", i * i, i * i, i % 3)).collect();
    assert_eq!(of("doorbell", &log), ["doorbell 18 x20"]);
    let switch: String = (0..20).map(|i| format!("R30=1 W18={:x} ~ ", i % 2)).collect();
    assert_eq!(of("doorbell", &switch), none());
}

#[test]
fn streams_go_through_ports() {
    let log: String = (0..3).map(|run| format!("W0=1 {} ~ ", "W4=5 W4=7 ".repeat(4 + run))).collect();
    assert_eq!(of("fifo", &log), ["fifo 4 x3"]);
    // Short messages, with equal words in them.
    assert_eq!(
        of("fifo", &"R8=5 R6c=2845 R6c=1234 R6c=0 R6c=0 R6c=77 R6c=71 R8=1 ~ ".repeat(5)),
        ["fifo 6c x5"]
    );
    let slow = "R8=1 R10=2 ".repeat(30) + &"W4=5 ~ W4=7 ~ ".repeat(8);
    assert_eq!(of("fifo", &slow), none());
}

#[test]
fn registers_behind_a_port_have_their_idioms() {
    let fill: String = (0..8).map(|i| format!("W10={i} W14={:x} ", i * 7 + 3)).collect();
    let change: String = (0..8)
        .map(|i| format!("W10={i} R14={:x} W10={i} W14={:x} ", i * 7 + 3, (i * 7 + 3) ^ 0x100))
        .collect();
    let back: String = (0..8).map(|i| format!("W10={i} R14={:x} ", (i * 7 + 3) ^ 0x100)).collect();
    let wait = format!("{}W10=9 R14=80 W10=20 W14=0 ", "W10=9 R14=81 ".repeat(5));
    let log = fill + &change + &back + &wait.repeat(4);
    let found = found(&log);
    assert!(found.contains(&"index_data 10>14 x60".to_owned()), "{found:?}");
    assert!(found.contains(&"rmw 14:0 x8 8 by 1".to_owned()), "{found:?}");
    assert!(found.contains(&"poll 14:9 x4 &1=0".to_owned()), "{found:?}");
}

#[test]
fn data_in_runs_behind_one_index_is_a_stream() {
    let runs = |n: u64| -> String {
        let one = |i: u64| {
            format!("W8={:x} ", i % 16) + &(0..n).map(|b| format!("W9={:x} ", i * b * b)).collect::<String>()
        };
        (0..32).map(one).collect()
    };
    assert_eq!(found(&runs(24)), ["fifo 9 x32", "index_data 8>9 x32"]);
    assert_eq!(found(&runs(3)), ["index_data 8>9 x32"]);
}

#[test]
fn counters_are_read_and_waited_for() {
    let read: String = (0..30).map(|i| format!("R84={:x} R0=1 ", i * i)).collect();
    assert_eq!(of("counter_read", &read), ["counter_read 84 x30"]);
    let wait: String =
        (0..30).map(|i| format!("R84={:x} {}", i * i, if i == 14 { "R0=1 " } else { "" })).collect();
    assert_eq!(of("counter_wait", &wait), ["counter_wait 84 x2"]);
    assert_eq!(of("poll", &wait), none());
    // A slow one is read many times before it goes on.
    let slow: String = (0..30)
        .map(|i| "R84=".to_owned() + &format!("{:x} ", i * i))
        .map(|r| r.repeat(9) + "R0=1 ")
        .collect();
    assert_eq!(of("counter_wait", &slow), ["counter_wait 84 x30"]);
    let halves: String = (0..5).map(|i| format!("R4=0 R0={:x} R4=0 R10=1 ", i * 99)).collect();
    assert_eq!(of("hi_lo_hi", &halves), ["hi_lo_hi 4>0 x5"]);
}

#[test]
fn a_pulse_is_a_reset() {
    assert_eq!(of("reset", "R0=7 W8=0 R8=0 R8=0 W8=1 R8=1 ~ W10=3 W14=5"), ["reset 8 x1 &1=0"]);
    assert_eq!(of("reset", "W8=0 W10=3 W8=1"), none());
    let set_up: String = (0..20).map(|i| format!("W{:x}=1 ", 0x100 + 4 * i)).collect();
    let round = format!("R0=140241 W0=4140241 ~ R0=140241 {set_up} ~ ");
    assert_eq!(of("reset", &round.repeat(3)), ["reset 0 x3 &4000000=4000000"]);
    assert_eq!(of("reset", &round.repeat(40)), none());
}

#[test]
fn keys_open_a_register() {
    let log: String = (0..5).map(|i| format!("Wc=80 Wc=86 W{:x}=3c00 ~ ", 4 * (i % 2))).collect();
    assert_eq!(of("unlock", &log), ["unlock c>0 x3", "unlock c>4 x2"]);
}

#[test]
fn nothing_is_claimed_across_a_gap() {
    let cut = |log: &str| {
        log.split_whitespace()
            .map(|w| if w == "~" { "~ ".to_owned() } else { format!("{w} | ") })
            .collect::<String>()
    };
    let logs = [
        "R20=1 R20=1 R20=0 W4=1 R4=fe ~ ".repeat(20),
        "R24=4 W64=4 ~ R24=1 W64=1 ~ ".repeat(20),
        "R10=f0 W10=f1 R10=f1 W10=f0 ~ ".repeat(4),
        "Wc=1 Wc=3 Rc=3 Wc=2 ".repeat(20),
        "Wc=80 Wc=86 W0=3c00 ~ W8=1 W8=0 ".repeat(5),
        "R4=0 R0=1 R4=0 W10=1 R8=3 W14=1 R8=3 W18=1 R8=3 ".repeat(20),
        "W4=5 W4=7 W4=9 W4=5 W4=7 W4=8 ".repeat(5),
    ];
    for log in logs {
        assert_ne!(found(&log), none(), "{log}");
        assert_eq!(found(&cut(&log)), none(), "{log}");
    }
}

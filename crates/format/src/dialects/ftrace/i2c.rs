//! `i2c_*` and `smbus_*`: transfers to chips (include/trace/events/i2c.h, smbus.h).
//!
//! `i2c-BUS #M a=ADDR f=FLAGS l=LEN [xx-xx]`, of which the first byte that is written is the number of the register, as most
//! chips have it; what comes back belongs to the register that was written last. `i2c-BUS a=ADDR f=FLAGS c=COMMAND PROTOCOL
//! l=LEN [xx-xx]` has the register as its command.

use std::collections::HashMap;

use super::line::Origin;
use crate::dialects::Sink;
use crate::dialects::registers::{Device, Devices, Told};
use crate::dialects::scan::Scan;
use crate::record::Kind;

/// Most chips that are followed.
const MAX_CHIPS: usize = 1024;
/// Most bytes of an access.
const MOST: usize = 8;

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Write,
    Reply,
    /// A request or a result, without bytes.
    Other,
}

/// A transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event<'a> {
    step: Step,
    bus: u64,
    chip: u64,
    /// The command of SMBus.
    command: Option<u64>,
    /// SMBus gives the length of a block as its first byte.
    is_block: bool,
    /// The bytes in hexadecimal digits.
    bytes: &'a [u8],
}

/// Names of the events.
const NAMES: [(&[u8], Step); 8] = [
    (b"i2c_write", Step::Write),
    (b"i2c_reply", Step::Reply),
    (b"i2c_read", Step::Other),
    (b"i2c_result", Step::Other),
    (b"smbus_write", Step::Write),
    (b"smbus_reply", Step::Reply),
    (b"smbus_read", Step::Other),
    (b"smbus_result", Step::Other),
];

/// Whether there is such an event.
pub(super) fn is_name(name: &[u8]) -> bool {
    NAMES.iter().any(|(of, _)| *of == name)
}

impl<'a> Event<'a> {
    pub(super) fn read(name: &[u8], text: &'a [u8]) -> Option<Event<'a>> {
        let step = NAMES.iter().find(|(of, _)| *of == name)?.1;
        let mut event = Event { step, bus: 0, chip: 0, command: None, is_block: false, bytes: b"" };
        if step == Step::Other {
            return Some(event);
        }
        let mut scan = Scan(text);
        scan.word(b"i2c-")?;
        event.bus = scan.decimal()?;
        let hex = |key: &[u8]| Scan(&text[memchr::memmem::find(text, key)? + key.len()..]).hex();
        event.chip = hex(b" a=")?;
        if name.starts_with(b"smbus") {
            event.command = Some(hex(b" c=")?);
            event.is_block = memchr::memmem::find(text, b"BLOCK").is_some();
        }
        let begin = memchr::memchr(b'[', text)? + 1;
        let end = memchr::memchr(b']', &text[begin..])?;
        event.bytes = &text[begin..begin + end];
        Some(event)
    }
}

/// Follows the events.
#[derive(Debug, Default)]
pub(super) struct I2c {
    devices: Devices,
    /// The register that was written last, by bus and chip.
    registers: HashMap<(u64, u64), u64>,
    bytes: Vec<u8>,
}

impl I2c {
    pub(super) fn event(&mut self, event: &Event<'_>, origin: Origin, to: &mut Sink) {
        let kind = match event.step {
            Step::Write => Kind::WRITE,
            Step::Reply => Kind::READ,
            Step::Other => return to.tally.add("requests and results of transfers", 1),
        };
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let parts = event.bytes.split(|&byte| matches!(byte, b'-' | b' '));
        bytes.extend(parts.filter_map(|part| Scan(part).hex()).map(|byte| byte as u8));
        let (register, data) = self.register(event, kind, &bytes);
        match register {
            Some(register) if !data.is_empty() => self.access(event, kind, register, data, origin, to),
            _ => to.tally.add("transfers that choose a register, or have none", 1),
        }
        self.bytes = bytes;
    }

    /// The register of a transfer, and its bytes without those that say which one and how many.
    fn register<'a>(&mut self, event: &Event<'_>, kind: Kind, bytes: &'a [u8]) -> (Option<u64>, &'a [u8]) {
        let chip = (event.bus, event.chip);
        match (event.command, bytes) {
            (Some(command), [_, data @ ..]) if event.is_block => (Some(command), data),
            (Some(command), data) => (Some(command), data),
            (None, &[register, ref data @ ..]) if kind == Kind::WRITE => {
                if self.registers.len() < MAX_CHIPS || self.registers.contains_key(&chip) {
                    self.registers.insert(chip, register.into());
                }
                (Some(register.into()), data)
            }
            (None, data) => (self.registers.get(&chip).copied(), data),
        }
    }

    fn access(
        &mut self,
        event: &Event<'_>,
        kind: Kind,
        register: u64,
        data: &[u8],
        origin: Origin,
        to: &mut Sink,
    ) {
        let class = if event.command.is_some() { "smbus" } else { "i2c" };
        let name = format!("{}-{:04x}", event.bus, event.chip).into_bytes();
        let device = Device { class, name: name.into(), ..Device::default() };
        // A word of SMBus lies as the processor has it; chips send the highest byte first.
        let is_word = event.command.is_some() && !event.is_block;
        for (at, piece) in data.chunks(MOST).enumerate() {
            let add = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
            let value = if is_word { piece.iter().rev().fold(0, add) } else { piece.iter().fold(0, add) };
            let register = register.saturating_add((at * MOST) as u64);
            let told = Told { device: device.clone(), kind, register, value, width: piece.len() as u8 };
            self.devices.access(&told, &origin.found(), to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;

    fn accesses(events: &[(&str, &str)]) -> Vec<(Kind, u64, u64, u8)> {
        let (mut i2c, mut to) = (I2c::default(), Sink::new("test"));
        for (name, text) in events {
            i2c.event(&Event::read(name.as_bytes(), text.as_bytes()).unwrap(), Origin::default(), &mut to);
        }
        let mut block = Block::default();
        to.swap(&mut block);
        let offset = |row: usize| block.address[row] & 0xffff_ffff;
        (0..block.len())
            .map(|row| (block.kind[row], offset(row), block.value[row], block.width[row]))
            .collect()
    }

    #[test]
    fn the_first_byte_is_the_register() {
        let found = accesses(&[
            ("i2c_write", "i2c-0 #0 a=048 f=0000 l=3 [03-1e-00]"),
            ("i2c_write", "i2c-0 #0 a=048 f=0000 l=1 [01]"),
            ("i2c_read", "i2c-0 #1 a=048 f=0001 l=2"),
            ("i2c_reply", "i2c-0 #1 a=048 f=0001 l=2 [12-34]"),
            ("i2c_result", "i2c-0 n=2 ret=2"),
            ("i2c_reply", "i2c-1 #1 a=048 f=0001 l=2 [12-34]"),
            ("i2c_write", "i2c-0 #0 a=048 f=0000 l=10 [20-01-02-03-04-05-06-07-08-09]"),
        ]);
        let expected = [
            (Kind::WRITE, 3, 0x1e00, 2),
            (Kind::READ, 1, 0x1234, 2),
            (Kind::WRITE, 0x20, 0x0102_0304_0506_0708, 8),
            (Kind::WRITE, 0x28, 9, 1),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn commands_of_smbus_are_registers() {
        let found = accesses(&[
            ("smbus_write", "i2c-0 a=048 f=0000 c=3 WORD_DATA l=2 [00-1e]"),
            ("smbus_read", "i2c-0 a=048 f=0000 c=1 BYTE_DATA"),
            ("smbus_reply", "i2c-0 a=048 f=0000 c=1 BYTE_DATA l=1 [7f]"),
            ("smbus_reply", "i2c-0 a=048 f=0000 c=10 I2C_BLOCK_DATA l=4 [03-01-02-03]"),
            ("smbus_write", "i2c-0 a=048 f=0000 c=5 BYTE l=0 []"),
        ]);
        let expected =
            [(Kind::WRITE, 3, 0x1e00, 2), (Kind::READ, 1, 0x7f, 1), (Kind::READ, 0x10, 0x01_0203, 3)];
        assert_eq!(found, expected);
    }

    #[test]
    fn other_fields_are_none() {
        for text in ["", "i2c-0", "i2c-0 a=48", "i2c-0 a=48 [01", "spi0 a=48 [01]"] {
            assert_eq!(Event::read(b"i2c_write", text.as_bytes()), None, "{text}");
        }
        assert_eq!(Event::read(b"smbus_write", b"i2c-0 a=048 f=0000 BYTE l=1 [01]"), None);
    }
}

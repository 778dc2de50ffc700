//! Events that a user describes: those of a driver that no table knows.

use super::registers::{Device, Fields, Place, Told};
use super::scan::Scan;
use crate::error::{Error, Result};
use crate::record::Kind;

/// How an event of a user's own describes an access, in lines `NAME: key=value key=value`.
///
/// ```
/// use mmio_format::dialects::EventRule;
///
/// # fn main() -> Result<(), mmio_format::Error> {
/// EventRule::parse("my_wr: W addr=offset value=val width=4 device=dev")?;
/// EventRule::parse("my_io: op=dir addr=reg:x value=val:x width=bits:bits unit=4")?;
/// assert!(EventRule::parse("my_wr: addr=offset value=val").is_err(), "neither R nor W");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRule {
    name: String,
    op: Op,
    address: Number,
    value: Number,
    width: Width,
    /// The key of the device's name.
    device: Option<String>,
    /// Bytes from one register to the next.
    unit: u64,
}

/// What such an event does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Op {
    Is(Kind),
    /// The value of this key begins with `r` or `w`.
    Said(String),
}

/// A key whose value is a number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Number {
    key: String,
    form: Form,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `0x` and hexadecimal digits, or decimal digits.
    Any,
    /// Hexadecimal digits with or without `0x`.
    Hex,
    /// As [`Form::Any`], eight times as large as what is meant.
    Bits,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Width {
    Bytes(u8),
    Said(Number),
}

/// What an error names as an example.
const EXAMPLE: &str = "as in 'my_wr: W addr=offset value=val width=4 device=dev'";

impl EventRule {
    /// Reads `NAME: R|W|op=KEY addr=KEY value=KEY width=N|KEY [device=KEY] [unit=N]`. A key of a number may have `:x` after it,
    /// for hexadecimal digits without `0x`, that of a width `:bits`. A width that is not given is 4, a unit 1.
    ///
    /// # Errors
    /// [`Error::Request`] with what is wrong.
    pub fn parse(text: &str) -> Result<EventRule> {
        let wrong = |what: &str| Error::Request(format!("event '{text}': {what}, {EXAMPLE}"));
        let (name, settings) =
            text.split_once(':').ok_or_else(|| wrong("there is no colon behind the name"))?;
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(wrong("the name is not one word"));
        }
        let mut rule = Settings::default();
        for word in settings.split_whitespace() {
            rule.set(word).map_err(|what| wrong(&what))?;
        }
        Ok(EventRule {
            name: name.to_owned(),
            op: rule.op.ok_or_else(|| wrong("it says neither R nor W"))?,
            address: rule.address.ok_or_else(|| wrong("addr is missing"))?,
            value: rule.value.ok_or_else(|| wrong("value is missing"))?,
            width: rule.width.unwrap_or(Width::Bytes(4)),
            device: rule.device,
            unit: rule.unit.unwrap_or(1),
        })
    }

    /// The name of the event.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What follows the name in `line`, if it is there as a word.
    pub(crate) fn text<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let name = self.name.as_bytes();
        memchr::memmem::find_iter(line, name).find_map(|at| {
            let behind = &line[at + name.len()..];
            let is_word = line[..at].last().is_none_or(|byte| !is_of_a_key(*byte));
            let rest = behind.strip_prefix(b":").or(behind.strip_prefix(b" "))?;
            is_word.then_some(rest)
        })
    }

    /// The access that `text`, which follows the name, describes.
    pub(crate) fn by_text<'a>(&'a self, text: &'a [u8]) -> Option<Told<'a>> {
        self.told(&|number| number.read(value_of(text, &number.key)?), &|key| value_of(text, key))
    }

    /// The access that the fields of an event in binary form tell of.
    pub(crate) fn by_fields<'a>(&'a self, fields: &'a dyn Fields) -> Option<Told<'a>> {
        self.told(&|number| fields.number(&number.key).map(|n| number.meant(n)), &|key| fields.text(key))
    }

    fn told<'a>(
        &'a self,
        number: &dyn Fn(&Number) -> Option<u64>,
        text: &dyn Fn(&str) -> Option<&'a [u8]>,
    ) -> Option<Told<'a>> {
        let kind = match &self.op {
            Op::Is(kind) => *kind,
            Op::Said(key) => match text(key)?.first()? {
                b'r' | b'R' => Kind::READ,
                b'w' | b'W' => Kind::WRITE,
                _ => return None,
            },
        };
        let width = match &self.width {
            Width::Bytes(bytes) => *bytes,
            Width::Said(said) => u8::try_from(number(said)?).ok().filter(|bytes| (1..=8).contains(bytes))?,
        };
        let name = self.device.as_deref().and_then(text);
        let device = Device {
            class: if name.is_some() { "" } else { &self.name },
            name: name.unwrap_or_default().into(),
            place: Place::Bar(0),
            ..Device::default()
        };
        let register = number(&self.address)?.checked_mul(self.unit)?;
        Some(Told { device, kind, register, value: number(&self.value)?, width })
    }
}

/// What the words after the name say so far.
#[derive(Default)]
struct Settings {
    op: Option<Op>,
    address: Option<Number>,
    value: Option<Number>,
    width: Option<Width>,
    device: Option<String>,
    unit: Option<u64>,
}

impl Settings {
    /// Takes a word; what is wrong with it otherwise.
    fn set(&mut self, word: &str) -> std::result::Result<(), String> {
        match word.split_once('=').unwrap_or((word, "")) {
            ("R", "") => self.op = Some(Op::Is(Kind::READ)),
            ("W", "") => self.op = Some(Op::Is(Kind::WRITE)),
            (_, "") => return Err(format!("'{word}' says nothing")),
            ("op", key) => self.op = Some(Op::Said(key.to_owned())),
            ("addr", key) => self.address = Some(Number::parse(key)),
            ("value", key) => self.value = Some(Number::parse(key)),
            ("device", key) => self.device = Some(key.to_owned()),
            ("width", said) => {
                self.width = Some(match said.parse::<u64>() {
                    Ok(bytes @ 1..=8) => Width::Bytes(bytes as u8),
                    Ok(_) => return Err("a width is 1 to 8 bytes".to_owned()),
                    Err(_) => Width::Said(Number::parse(said)),
                });
            }
            ("unit", said) => {
                let bytes = said.parse().ok().filter(|bytes| (1..=4096).contains(bytes));
                self.unit = Some(bytes.ok_or("a unit is 1 to 4096 bytes")?);
            }
            (key, _) => return Err(format!("'{key}' is not known")),
        }
        Ok(())
    }
}

impl Number {
    fn parse(text: &str) -> Number {
        let (key, form) = match text.split_once(':') {
            Some((key, "x")) => (key, Form::Hex),
            Some((key, "bits")) => (key, Form::Bits),
            _ => (text, Form::Any),
        };
        Number { key: key.to_owned(), form }
    }

    fn read(&self, text: &[u8]) -> Option<u64> {
        let mut scan = Scan(text);
        let number = scan.hex_0x();
        let number = number.or_else(|| if self.form == Form::Hex { scan.hex() } else { scan.decimal() })?;
        scan.0.is_empty().then_some(self.meant(number))
    }

    fn meant(&self, number: u64) -> u64 {
        if self.form == Form::Bits { number / 8 } else { number }
    }
}

/// The value after `key=` or `key: `, up to a blank or a mark.
fn value_of<'a>(text: &'a [u8], key: &str) -> Option<&'a [u8]> {
    memchr::memmem::find_iter(text, key.as_bytes()).find_map(|at| {
        if text[..at].last().is_some_and(|byte| is_of_a_key(*byte)) {
            return None;
        }
        let behind = &text[at + key.len()..];
        let value = behind.strip_prefix(b"=").or_else(|| behind.strip_prefix(b":"))?;
        let value = value.trim_ascii_start();
        let is_end =
            |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b')' | b']' | b'}');
        let end = value.iter().position(is_end).unwrap_or(value.len());
        Some(&value[..end])
    })
}

fn is_of_a_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rule: &str, line: &str) -> Option<(Kind, u64, u64, u8, String)> {
        let rule = EventRule::parse(rule).unwrap();
        let told = rule.by_text(rule.text(line.as_bytes())?)?;
        let device = [told.device.class.as_bytes(), &told.device.name].concat();
        Some((told.kind, told.register, told.value, told.width, String::from_utf8(device).unwrap()))
    }

    #[test]
    fn keys_stand_anywhere() {
        let rule = "my_wr: W addr=offset value=val width=4 device=dev";
        let expected = Some((Kind::WRITE, 0x10, 31, 4, "nic0".to_owned()));
        assert_eq!(told(rule, "my_wr: dev=nic0 offset=0x10 val=31"), expected);
        assert_eq!(told(rule, "[  1.5] foo: my_wr (val=0x1f, dev: nic0, xoffset=9, offset: 16)"), expected);
        assert_eq!(told(rule, "my_wr: offset=16 val=31").unwrap().4, "my_wr");
        for none in ["not_my_wr: offset=1 val=1", "my_wr: offset=1", "my_wr: offset=1z val=1", "my_wr", ""] {
            assert_eq!(told(rule, none), None, "{none}");
        }
    }

    #[test]
    fn numbers_of_all_forms() {
        let rule = "io: op=dir addr=reg:x value=val:x width=w:bits unit=4";
        let expected = Some((Kind::READ, 0x40, 0xff, 2, "io".to_owned()));
        assert_eq!(told(rule, "io: dir=read reg=10 val=ff w=16"), expected);
        assert_eq!(told(rule, "io: dir=R reg=0x10 val=0xff w=16"), expected);
        for none in ["io: dir=x reg=10 val=ff w=16", "io: dir=r reg=10 val=ff w=128"] {
            assert_eq!(told(rule, none), None, "{none}");
        }
    }

    #[test]
    fn rules_say_what_is_wrong() {
        for (rule, what) in [
            ("my_wr", "no colon"),
            (": W addr=a value=v", "not one word"),
            ("a: addr=a value=v", "neither R nor W"),
            ("a: W value=v", "addr is missing"),
            ("a: W addr=a", "value is missing"),
            ("a: W addr=a value=v width=9", "1 to 8"),
            ("a: W addr=a value=v unit=0", "1 to 4096"),
            ("a: W addr=a value=v colour=red", "'colour' is not known"),
            ("a: W addr= value=v", "'addr=' says nothing"),
        ] {
            let error = EventRule::parse(rule).unwrap_err().to_string();
            assert!(error.contains(what) && error.contains(EXAMPLE), "{error}");
        }
    }
}

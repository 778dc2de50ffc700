//! The kernel's descriptions, line by line.

use super::format::Format;
use super::layout::EventHeader;

/// The highest offset or size in a page.
const FURTHEST: u64 = 1 << 20;

/// A description as its lines say it, before anything is asked of it.
#[derive(Debug, Default)]
pub struct Description {
    /// The fields of a page.
    pub page: Format,
    /// What stands before an event.
    pub header: Header,
    events: Vec<Format>,
}

/// The names and numbers of header_event.
#[derive(Debug, Default)]
pub struct Header(Vec<(String, u64)>);

/// The result of reading a description, with a sentence when something is wrong.
pub type Parsed<T> = Result<T, String>;

impl Description {
    /// Reads all lines; those of other kinds are passed over.
    /// An event's fields are those between its `name:` and its `print fmt:`, the others are the page's.
    ///
    /// # Errors
    /// A sentence, with the number of the line.
    pub fn parse(text: &str) -> Parsed<Description> {
        let mut description = Description { page: Format::named("header_page"), ..Self::default() };
        let mut in_event = false;
        for (number, line) in text.lines().enumerate() {
            description
                .line(line.trim(), &mut in_event)
                .map_err(|what| format!("line {}: {what}", number + 1))?;
        }
        Ok(description)
    }

    fn line(&mut self, line: &str, in_event: &mut bool) -> Parsed<()> {
        if let Some(name) = line.strip_prefix("name:") {
            self.events.push(Format::named(name.trim()));
            *in_event = true;
        } else if line.starts_with("print fmt:") {
            *in_event = false;
        } else if let Some(id) = line.strip_prefix("ID:") {
            let event = self.events.last_mut().ok_or("an ID before any name")?;
            event.id = Some(number(id.trim(), line)?);
        } else if let Some(declaration) = line.strip_prefix("field:") {
            let format = match self.events.last_mut() {
                Some(event) if *in_event => event,
                _ => &mut self.page,
            };
            format.push(declaration)?;
        } else {
            self.header.line(line)?;
        }
        Ok(())
    }

    /// The event of a description that has one.
    pub(super) fn only_event(mut self) -> Parsed<Format> {
        match self.events.len() {
            1 => Ok(self.events.remove(0)),
            count => Err(format!("{count} events were found in the description of one")),
        }
    }

    /// Whether there is an event of this name.
    pub fn has(&self, name: &str) -> bool {
        self.events.iter().any(|event| event.name == name)
    }

    /// The only event of this name.
    ///
    /// # Errors
    /// A sentence when there is none, or more than one.
    pub fn event(&self, name: &str) -> Parsed<&Format> {
        let mut found = self.events.iter().filter(|event| event.name == name);
        match (found.next(), found.next()) {
            (Some(event), None) => Ok(event),
            (None, _) => Err(format!("there is no event `{name}`")),
            (Some(_), Some(_)) => Err(format!("there are two events `{name}`")),
        }
    }
}

impl Header {
    /// Reads a line such as `type_len : 5 bits`, `padding : type == 29` or `data max type_len == 28`.
    fn line(&mut self, line: &str) -> Parsed<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, value) = match words[..] {
            [name @ ("type_len" | "time_delta" | "array"), ":", bits, "bits"] => (name, bits),
            [name @ ("padding" | "time_extend" | "time_stamp"), ":", "type", "==", value] => (name, value),
            ["data", "max", "type_len", "==", value] => ("data max type_len", value),
            _ => return Ok(()),
        };
        self.0.push((name.into(), number(value, line)?));
        Ok(())
    }

    fn get(&self, name: &str) -> Parsed<u32> {
        let found = self.0.iter().find(|entry| entry.0 == name);
        let value = found.ok_or_else(|| format!("`{name}` is missing in header_event"))?.1;
        u32::try_from(value).map_err(|_| format!("`{name}` is {value}"))
    }

    /// The layout of the header before each event.
    ///
    /// # Errors
    /// A sentence when something is missing, or is no number.
    pub fn layout(&self) -> Parsed<EventHeader> {
        let bits = (self.get("type_len")?, self.get("time_delta")?, self.get("array")?);
        if bits.0 == 0 || bits.0 > 16 || bits.0 + bits.1 != 32 || bits.2 != 32 {
            return Err(format!(
                "an event's header has {} and {} bits and words of {}, not 32 together and words of 32",
                bits.0, bits.1, bits.2
            ));
        }
        Ok(EventHeader {
            type_bits: bits.0,
            padding: self.get("padding")?,
            time_extend: self.get("time_extend")?,
            time_stamp: self.get("time_stamp")?,
            data_max: self.get("data max type_len")?,
        })
    }
}

/// The number that `text` is; `whole` is named when it is none.
pub(super) fn number(text: &str, whole: &str) -> Parsed<u64> {
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number.filter(|&n| n <= FURTHEST).ok_or_else(|| format!("`{whole}` is no number up to {FURTHEST}"))
}

//! The kernel's descriptions, line by line.

use super::field::Field;
use super::layout::EventHeader;

/// The highest offset or size in a page.
const FURTHEST: u64 = 1 << 20;

/// A description as its lines say it, before anything is asked of it.
#[derive(Debug, Default)]
pub struct Description {
    /// The fields of a page.
    pub page: Group,
    /// What stands before an event.
    pub header: Header,
    events: Vec<Group>,
}

/// The fields of an event or of a page.
#[derive(Debug, Default)]
pub struct Group {
    name: String,
    id: Option<u64>,
    fields: Vec<(String, Field)>,
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
        let mut description =
            Description { page: Group { name: "header_page".into(), ..Group::default() }, ..Self::default() };
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
            self.events.push(Group { name: name.trim().into(), ..Group::default() });
            *in_event = true;
        } else if line.starts_with("print fmt:") {
            *in_event = false;
        } else if let Some(id) = line.strip_prefix("ID:") {
            let event = self.events.last_mut().ok_or("an ID before any name")?;
            event.id = Some(number(id.trim(), line)?);
        } else if let Some(declaration) = line.strip_prefix("field:") {
            let group = match self.events.last_mut() {
                Some(event) if *in_event => event,
                _ => &mut self.page,
            };
            group.fields.push(field(declaration)?);
        } else {
            self.header.line(line)?;
        }
        Ok(())
    }

    /// Whether there is an event of this name.
    pub fn has(&self, name: &str) -> bool {
        self.events.iter().any(|event| event.name == name)
    }

    /// The only event of this name.
    ///
    /// # Errors
    /// A sentence when there is none, or more than one.
    pub fn event(&self, name: &str) -> Parsed<&Group> {
        let mut found = self.events.iter().filter(|event| event.name == name);
        match (found.next(), found.next()) {
            (Some(event), None) => Ok(event),
            (None, _) => Err(format!("there is no event `{name}`")),
            (Some(_), Some(_)) => Err(format!("there are two events `{name}`")),
        }
    }
}

impl Group {
    /// The number of the event.
    ///
    /// # Errors
    /// A sentence when it has none.
    pub fn id(&self) -> Parsed<u64> {
        self.id.ok_or_else(|| format!("event `{}` has no ID", self.name))
    }

    /// The field of this name.
    ///
    /// # Errors
    /// A sentence when there is none.
    pub fn field(&self, name: &str) -> Parsed<Field> {
        let found = self.fields.iter().find(|field| field.0 == name);
        found.map(|f| f.1).ok_or_else(|| format!("there is no field `{name}` in `{}`", self.name))
    }

    /// A field that is a number.
    ///
    /// # Errors
    /// A sentence when there is none, or it has not the size of a number.
    pub fn number(&self, name: &str) -> Parsed<Field> {
        let field = self.field(name)?;
        match field.size {
            1 | 2 | 4 | 8 => Ok(field),
            size => Err(format!("field `{name}` has {size} bytes, 1, 2, 4 or 8 were expected")),
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

/// Reads a field such as `unsigned long pc; offset:24; size:8; signed:0;`, with tabs between.
fn field(declaration: &str) -> Parsed<(String, Field)> {
    let mut parts = declaration.split(';').map(str::trim);
    let words = parts.next().unwrap_or_default();
    // The name of an array is followed by its length.
    let name = words.split_whitespace().next_back().unwrap_or_default();
    let name = name.split('[').next().unwrap_or_default();
    let (mut offset, mut size) = (None, None);
    for part in parts {
        if let Some(value) = part.strip_prefix("offset:") {
            offset = Some(number(value, part)?);
        } else if let Some(value) = part.strip_prefix("size:") {
            size = Some(number(value, part)?);
        }
    }
    match (offset, size) {
        (Some(offset), Some(size)) if !name.is_empty() => {
            Ok((name.into(), Field { offset: offset as usize, size: size as usize }))
        }
        _ => Err(format!("`field:{declaration}` has no name, offset or size")),
    }
}

fn number(text: &str, whole: &str) -> Parsed<u64> {
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number.filter(|&n| n <= FURTHEST).ok_or_else(|| format!("`{whole}` is no number up to {FURTHEST}"))
}

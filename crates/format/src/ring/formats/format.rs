//! The format of one event: its name, its number and its fields.

use super::field::{Element, Field, Form};
use super::text::{Description, Parsed, number};

/// The format of an event, or of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// The folder that the event is in, such as `regmap`; empty where it is not known.
    pub system: String,
    /// The name of the event.
    pub name: String,
    pub(super) id: Option<u64>,
    fields: Vec<(String, Field)>,
}

impl Format {
    /// The format of this name, without fields.
    pub(super) fn named(name: &str) -> Format {
        Format { name: name.into(), ..Format::default() }
    }

    /// Reads a `format` file of an event of `system`.
    ///
    /// # Errors
    /// A sentence when it is not the description of one event, or the event has no number.
    pub fn parse(system: &str, text: &str) -> Parsed<Format> {
        let mut format = Description::parse(text)?.only_event()?;
        format.id()?;
        format.system = system.into();
        Ok(format)
    }

    /// The number of the event.
    ///
    /// # Errors
    /// A sentence when it has none.
    pub fn id(&self) -> Parsed<u64> {
        self.id.ok_or_else(|| format!("event `{}` has no ID", self.name))
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<Field> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1)
    }

    /// The fields with their names, those that all events have first.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Field)> {
        self.fields.iter().map(|(name, field)| (name.as_str(), *field))
    }

    /// The field of this name, which must be there.
    ///
    /// # Errors
    /// A sentence when there is none.
    pub fn required(&self, name: &str) -> Parsed<Field> {
        self.field(name).ok_or_else(|| format!("there is no field `{name}` in `{}`", self.name))
    }

    /// The field of this name, which must be there and be a number.
    ///
    /// # Errors
    /// A sentence when there is none, or it has not the size of a number.
    pub fn required_number(&self, name: &str) -> Parsed<Field> {
        let field = self.required(name)?;
        match field.size {
            1 | 2 | 4 | 8 => Ok(field),
            size => Err(format!("field `{name}` has {size} bytes, 1, 2, 4 or 8 were expected")),
        }
    }

    /// Reads a field such as `unsigned long pc; offset:24; size:8; signed:0;`, with tabs between.
    pub(super) fn push(&mut self, declaration: &str) -> Parsed<()> {
        let mut parts = declaration.split(';').map(str::trim);
        let words = parts.next().unwrap_or_default();
        let (name, form) = declared(words);
        let (mut offset, mut size, mut is_signed) = (None, None, false);
        for part in parts {
            if let Some(value) = part.strip_prefix("offset:") {
                offset = Some(number(value, part)?);
            } else if let Some(value) = part.strip_prefix("size:") {
                size = Some(number(value, part)?);
            } else if let Some(value) = part.strip_prefix("signed:") {
                is_signed = value == "1";
            }
        }
        match (offset, size) {
            (Some(offset), Some(size)) if !name.is_empty() => {
                let field = Field { offset: offset as usize, size: size as usize, form, is_signed };
                self.fields.push((name.into(), field));
                Ok(())
            }
            _ => Err(format!("`field:{declaration}` has no name, offset or size")),
        }
    }
}

/// The name and form of what is declared, as in `char comm[16]` or `__data_loc char[] name`.
fn declared(words: &str) -> (&str, Form) {
    let (kind, name) = words.rsplit_once(|c: char| c.is_ascii_whitespace()).unwrap_or(("", words));
    // The name of an array is followed by its length.
    let (name, length) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut kinds = kind.split_whitespace().filter(|&word| word != "const");
    let first = kinds.next();
    let element = |word: Option<&str>, rest: Option<&str>| match (word, rest) {
        (Some("char" | "char[]"), None) => Element::Char,
        _ => Element::Other,
    };
    let form = match first {
        Some("__data_loc") => Form::DataLoc(element(kinds.next(), kinds.next())),
        Some("__rel_loc") => Form::RelLoc(element(kinds.next(), kinds.next())),
        _ if !length.is_empty() => Form::Array(element(first, kinds.next())),
        _ => Form::Number,
    };
    (name, form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGMAP: &str = "name: regmap_reg_write\nID: 477\nformat:\n\
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\
        \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n\
        \tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n\
        \tfield:unsigned int reg;\toffset:12;\tsize:4;\tsigned:0;\n\n\
        print fmt: \"%s reg=%x\", __get_str(name), REC->reg\n";

    #[test]
    fn a_format_file_is_read() {
        let format = Format::parse("regmap", REGMAP).unwrap();
        assert_eq!((format.system.as_str(), format.name.as_str()), ("regmap", "regmap_reg_write"));
        assert_eq!(format.id(), Ok(477));
        assert_eq!(format.field("reg"), Some(Field::unsigned(12, 4)));
        assert_eq!(format.field("name").map(|field| field.form), Some(Form::DataLoc(Element::Char)));
        assert!(format.field("common_pid").is_some_and(|field| field.is_signed));
        assert_eq!(format.field("other"), None);
        assert_eq!(format.fields().count(), 4);
        let two = format!("{REGMAP}{REGMAP}");
        assert_eq!(Format::parse("", &two).unwrap_err(), "2 events were found in the description of one");
        assert_eq!(Format::parse("", "").unwrap_err(), "0 events were found in the description of one");
        assert!(Format::parse("", "name: a\nformat:\n").unwrap_err().contains("has no ID"));
    }

    #[test]
    fn declarations_have_a_name_and_a_form() {
        let cases = [
            ("unsigned long pc", ("pc", Form::Number)),
            ("const char * name", ("name", Form::Number)),
            ("char comm[16]", ("comm", Form::Array(Element::Char))),
            ("const char buf[]", ("buf", Form::Array(Element::Char))),
            ("unsigned char buf[8]", ("buf", Form::Array(Element::Other))),
            ("char * names[4]", ("names", Form::Array(Element::Other))),
            ("__data_loc char[] name", ("name", Form::DataLoc(Element::Char))),
            ("__data_loc u8[] data", ("data", Form::DataLoc(Element::Other))),
            ("__data_loc unsigned char[] data", ("data", Form::DataLoc(Element::Other))),
            ("__rel_loc char[] name", ("name", Form::RelLoc(Element::Char))),
            ("x", ("x", Form::Number)),
            ("", ("", Form::Number)),
        ];
        for (words, expected) in cases {
            assert_eq!(declared(words), expected, "{words:?}");
        }
    }
}

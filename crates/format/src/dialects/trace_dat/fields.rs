//! The fields of an event, taken out of its bytes.

use crate::dialects::registers;
use crate::ring::formats::Format;

/// Most fields of an event, and bytes of a text, that are kept.
const MAX_FIELDS: usize = 64;
const MAX_TEXT: usize = 256;

/// The numbers and texts of an event by their names.
#[derive(Clone, Debug, Default)]
pub(in crate::dialects) struct Fields {
    numbers: Vec<(Box<str>, u64)>,
    texts: Vec<(Box<str>, Vec<u8>)>,
}

impl Fields {
    /// The fields of an event but those that all have.
    pub(in crate::dialects) fn of(format: &Format, data: &[u8]) -> Fields {
        let mut fields = Fields::default();
        let own = format.fields().filter(|(name, _)| !name.starts_with("common_"));
        for (name, field) in own.take(MAX_FIELDS) {
            if let Some(number) = field.number(data) {
                fields.numbers.push((name.into(), number));
            } else if let Some(text) = field.text(data) {
                fields.texts.push((name.into(), text[..text.len().min(MAX_TEXT)].to_vec()));
            }
        }
        fields
    }
}

impl registers::Fields for Fields {
    fn number(&self, name: &str) -> Option<u64> {
        self.numbers.iter().find(|(known, _)| **known == *name).map(|(_, number)| *number)
    }

    fn text(&self, name: &str) -> Option<&[u8]> {
        self.texts.iter().find(|(known, _)| **known == *name).map(|(_, text)| &text[..])
    }
}

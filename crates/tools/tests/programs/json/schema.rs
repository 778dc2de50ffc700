//! The fields of docs/json.md, and how a value is held against them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A line of a table.
struct Field {
    /// The type, as `"hex"`, `"list of text"`, `"hex or text"`.
    kind: String,
    /// When the field is absent or null; empty for a field that is always there.
    absent: String,
}

/// The fields of one document by their paths: `devices[].bars[].bar`.
pub(super) struct Schema {
    fields: BTreeMap<String, Field>,
    seen: BTreeSet<String>,
    /// Fields and values that do not agree with the page.
    pub(super) faults: BTreeSet<String>,
}

impl Schema {
    /// The tables below the headings `## …` in `page` that have one of `headings` in them.
    pub(super) fn of(page: &str, headings: &[&str]) -> Schema {
        let mut fields = BTreeMap::new();
        for section in page.split("\n## ").skip(1) {
            let (heading, lines) = section.split_once('\n').unwrap();
            if !headings.iter().any(|wanted| heading.contains(wanted)) {
                continue;
            }
            for line in lines.lines().filter(|line| line.starts_with("| `")) {
                let line = line.replace("\\|", "");
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                let [_, path, kind, meaning, absent, _] = cells[..] else { panic!("four cells: {line}") };
                assert!(!meaning.is_empty(), "{line}");
                let field = Field { kind: kind.to_owned(), absent: absent.to_owned() };
                let twice = fields.insert(path.trim_matches('`').to_owned(), field);
                assert!(twice.is_none(), "{line}: said twice");
            }
        }
        Schema { fields, seen: BTreeSet::new(), faults: BTreeSet::new() }
    }

    /// Holds an object against the fields whose paths begin with `parent`.
    pub(super) fn object(&mut self, parent: &str, value: &Value) {
        let Value::Object(fields) = value else { return };
        let path = |name: &str| if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        for (name, value) in fields {
            self.field(&path(name), value);
        }
        let always = self.fields.iter().filter(|(_, field)| field.absent.is_empty());
        let here = always.filter_map(|(path, _)| match path.rsplit_once('.') {
            Some((before, name)) => (before == parent).then_some(name),
            None => parent.is_empty().then_some(path.as_str()),
        });
        let missing =
            here.filter(|name| !fields.contains_key(*name)).map(|name| format!("{}: absent", path(name)));
        self.faults.extend(missing);
    }

    fn field(&mut self, path: &str, value: &Value) {
        let Some(field) = self.fields.get(path) else {
            self.faults.insert(format!("{path}: not in docs/json.md"));
            return;
        };
        self.seen.insert(path.to_owned());
        let null = value.is_null() && field.absent.starts_with("null");
        if !null && !field.kind.split(" or ").flat_map(|kinds| kinds.split(", ")).any(|kind| is(kind, value))
        {
            self.faults.insert(format!("{path}: {value} is not {}", field.kind));
        }
        match value {
            Value::Object(_) => self.object(path, value),
            Value::Array(entries) => entries.iter().for_each(|entry| self.object(&entry_of(path), entry)),
            _ => {}
        }
    }

    /// Fields that no value had.
    pub(super) fn unseen(&self) -> Vec<&str> {
        self.fields.keys().filter(|path| !self.seen.contains(*path)).map(String::as_str).collect()
    }
}

/// The path of the entries of a list. A sequence has steps, and so has a loop among them.
fn entry_of(list: &str) -> String {
    match list {
        "sequences[].steps" | "steps[].loop" => "steps[]".to_owned(),
        list => format!("{list}[]"),
    }
}

/// Whether a value has a type of docs/json.md.
fn is(kind: &str, value: &Value) -> bool {
    let all = |kind: &str| value.as_array().is_some_and(|values| values.iter().all(|value| is(kind, value)));
    match kind {
        "count" => value.is_u64(),
        "whole number" => value.is_i64(),
        "number" => value.is_number(),
        "share" => value.as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)),
        "hex" => value.as_str().is_some_and(is_hex),
        "seconds" => value.as_str().is_some_and(is_seconds),
        "text" => value.is_string(),
        "flag" => value.is_boolean(),
        "list" => value.is_array(),
        "object" => value.is_object(),
        "list of text" => all("text"),
        "list of hex" => all("hex"),
        "list of count" => all("count"),
        "list of two counts" => all("count") && value.as_array().is_some_and(|values| values.len() == 2),
        other => panic!("docs/json.md does not explain the type {other:?}"),
    }
}

fn is_hex(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    u64::from_str_radix(digits, 16).is_ok_and(|number| format!("{number:x}") == digits)
}

fn is_seconds(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, decimals)| {
        matches!(decimals.len(), 6 | 9) && [whole, decimals].iter().all(|part| part.parse::<u64>().is_ok())
    })
}

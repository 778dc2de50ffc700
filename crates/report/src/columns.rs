//! The columns of a list of findings, each said once for the table, JSON and CSV.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::csv;
use crate::speller::Speller;
use crate::table::{Align, Table};

/// What a finding has to say in a column; nothing where it lacks it.
type Field<T> = fn(&T, Speller<'_>) -> Option<Value>;
/// The same in a table for people.
type Cell<T> = fn(&T, Speller<'_>) -> String;

/// A column of a list of findings.
pub(crate) struct Column<T> {
    name: &'static str,
    field: Option<Field<T>>,
    /// Names of what an object holds, in their order, each a column of its own in CSV.
    parts: &'static [&'static str],
    in_json: bool,
    in_csv: bool,
    shown: Option<(&'static str, Align, Cell<T>)>,
}

impl<T> Column<T> {
    /// A column of JSON and CSV.
    pub(crate) const fn new(name: &'static str, field: Field<T>) -> Column<T> {
        Column { name, field: Some(field), parts: &[], in_json: true, in_csv: true, shown: None }
    }

    /// A column of the table alone.
    pub(crate) const fn table(heading: &'static str, align: Align, cell: Cell<T>) -> Column<T> {
        Column {
            name: "",
            field: None,
            parts: &[],
            in_json: false,
            in_csv: false,
            shown: Some((heading, align, cell)),
        }
    }

    /// The column as it is in the table too.
    pub(crate) const fn shown(mut self, heading: &'static str, align: Align, cell: Cell<T>) -> Column<T> {
        self.shown = Some((heading, align, cell));
        self
    }

    /// Not in CSV, which has no place for a list.
    pub(crate) const fn json_only(mut self) -> Column<T> {
        self.in_csv = false;
        self
    }

    /// Not in JSON, where it has another place.
    pub(crate) const fn csv_only(mut self) -> Column<T> {
        self.in_json = false;
        self
    }

    /// An object, whose `parts` are columns `name.part` in CSV, or a list of such objects.
    pub(crate) const fn parts(mut self, parts: &'static [&'static str]) -> Column<T> {
        self.parts = parts;
        self
    }
}

/// A finding as a JSON object, its fields in the order of the columns.
pub(crate) struct Row<'a, T: 'static> {
    columns: &'static [Column<T>],
    finding: &'a T,
    speller: Speller<'a>,
}

impl<T> Serialize for Row<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for column in self.columns.iter().filter(|column| column.in_json) {
            if let Some(value) = column.field.and_then(|field| field(self.finding, self.speller)) {
                map.serialize_entry(column.name, &Ordered { value: &value, parts: column.parts })?;
            }
        }
        map.end()
    }
}

/// A value in which objects have their fields in the order of the parts.
struct Ordered<'a> {
    value: &'a Value,
    parts: &'static [&'static str],
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.parts;
        match self.value {
            Value::Object(fields) if !parts.is_empty() => {
                serializer.collect_map(parts.iter().filter_map(|part| Some((part, fields.get(*part)?))))
            }
            Value::Array(values) => {
                serializer.collect_seq(values.iter().map(|value| Ordered { value, parts }))
            }
            value => value.serialize(serializer),
        }
    }
}

/// A finding for JSON.
pub(crate) fn row<'a, T>(columns: &'static [Column<T>], finding: &'a T, speller: Speller<'a>) -> Row<'a, T> {
    Row { columns, finding, speller }
}

/// The findings for JSON.
pub(crate) fn rows<'a, T>(
    columns: &'static [Column<T>],
    findings: &'a [T],
    speller: Speller<'a>,
) -> Vec<Row<'a, T>> {
    findings.iter().map(|finding| row(columns, finding, speller)).collect()
}

/// The findings as CSV under a header.
pub(crate) fn csv<T>(columns: &[Column<T>], findings: &[T], speller: Speller<'_>) -> String {
    let columns = || columns.iter().filter(|column| column.in_csv);
    let header = columns().flat_map(|column| match column.parts {
        [] => vec![column.name.to_owned()],
        parts => parts.iter().map(|part| format!("{}.{part}", column.name)).collect(),
    });
    let mut out = csv::line(header);
    for finding in findings {
        let cells = columns().flat_map(|column| {
            let value = column.field.and_then(|field| field(finding, speller)).unwrap_or_default();
            match column.parts {
                [] => vec![csv::cell(&value)],
                parts => parts.iter().map(|&part| csv::cell(&value[part])).collect(),
            }
        });
        out += &csv::line(cells);
    }
    out
}

/// The findings as a table for people.
pub(crate) fn table<'a, T: 'a>(
    columns: &[Column<T>],
    findings: impl IntoIterator<Item = &'a T>,
    speller: Speller<'_>,
) -> Table {
    let shown: Vec<_> = columns.iter().filter_map(|column| column.shown).collect();
    let headings: Vec<_> = shown.iter().map(|&(heading, align, _)| (heading, align)).collect();
    let mut table = Table::new(&headings);
    for finding in findings {
        table.row(shown.iter().map(|(.., cell)| cell(finding, speller)).collect());
    }
    table
}

#[cfg(test)]
mod tests {
    use mmio_format::Devices;
    use serde_json::json;

    use super::*;

    type Of = Column<u64>;

    const COLUMNS: &[Of] = &[
        Of::new("n", |n, _| Some(json!(n))).shown("number", Align::Right, |n, _| format!("#{n}")),
        Of::new("half", |n, _| n.is_multiple_of(2).then(|| json!({"of": n, "is": n / 2})))
            .parts(&["of", "is"]),
        Of::new("list", |n, _| Some(json!([n, {"b": n, "a": n}]))).parts(&["b", "a"]).json_only(),
        Of::table("word", Align::Left, |_, _| "x,y".into()),
    ];

    #[test]
    fn a_column_is_said_once_for_all_outputs() {
        let devices = Devices::default();
        let speller = Speller::new(&devices);
        let json = serde_json::to_string(&rows(COLUMNS, &[3, 4], speller)).unwrap();
        assert_eq!(
            json,
            r#"[{"n":3,"list":[3,{"b":3,"a":3}]},{"n":4,"half":{"of":4,"is":2},"list":[4,{"b":4,"a":4}]}]"#
        );
        assert_eq!(csv(COLUMNS, &[3, 4], speller), "n,half.of,half.is\n3,,\n4,4,2\n");
        assert_eq!(table(COLUMNS, &[3], speller).render(""), "number  word\n    #3  x,y\n");
    }
}

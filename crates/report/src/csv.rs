//! Rows of a report as CSV, in the form of RFC 4180 but with a line feed alone.

use serde::Serialize;
use serde_json::Value;

/// `rows` under a header. `columns` names the fields; a dot goes into a field that is an object. A field
/// that a row does not have is empty, the parts of a list are separated by a semicolon.
///
/// # Errors
/// What serde_json says of a row that is no object.
pub fn csv(columns: &[&str], rows: &[impl Serialize]) -> serde_json::Result<String> {
    let mut out = line(columns.iter().map(|&name| name.to_owned()));
    for row in rows {
        let row = serde_json::to_value(row)?;
        out += &line(columns.iter().map(|column| cell(field(&row, column))));
    }
    Ok(out)
}

/// Cells as a line.
pub(crate) fn line(cells: impl IntoIterator<Item = String>) -> String {
    let mut line = cells.into_iter().map(quoted).collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}

fn field<'a>(row: &'a Value, column: &str) -> &'a Value {
    column.split('.').fold(row, |value, name| &value[name])
}

/// The text of a value: nothing of null, the parts of a list separated by a semicolon.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(cell).collect::<Vec<_>>().join(";"),
        Value::Object(fields) => fields.values().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn quoted(cell: String) -> String {
    if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let rows = [
            serde_json::json!({"a": 1, "b": "x,\"y\"", "c": {"d": [1, 2]}}),
            serde_json::json!({"a": null, "b": "plain"}),
        ];
        let text = csv(&["a", "b", "c.d"], &rows).unwrap();
        assert_eq!(text, "a,b,c.d\n1,\"x,\"\"y\"\"\",1;2\n,plain,\n");
    }
}

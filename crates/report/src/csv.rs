//! Rows of a report as CSV, in the form of RFC 4180 but with a line feed alone.

use serde::Serialize;
use serde_json::Value;

/// `rows` under a header. `columns` names the fields; a dot goes into a field that is an object. A field
/// that a row does not have is empty, the parts of a list are separated by a semicolon.
///
/// # Errors
/// What serde_json says of a row that is no object.
pub fn csv(columns: &[&str], rows: &[impl Serialize]) -> serde_json::Result<String> {
    let mut out = columns.join(",");
    out.push('\n');
    for row in rows {
        let row = serde_json::to_value(row)?;
        let cells: Vec<String> = columns.iter().map(|column| quoted(cell(field(&row, column)))).collect();
        out += &cells.join(",");
        out.push('\n');
    }
    Ok(out)
}

fn field<'a>(row: &'a Value, column: &str) -> &'a Value {
    column.split('.').fold(row, |value, name| &value[name])
}

fn cell(value: &Value) -> String {
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

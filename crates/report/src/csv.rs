//! Rows of a report as CSV, in the form of RFC 4180 but with a line feed alone.

use serde_json::Value;

/// Cells as a line.
pub(crate) fn line(cells: impl IntoIterator<Item = String>) -> String {
    let mut line = cells.into_iter().map(quoted).collect::<Vec<_>>().join(",");
    line.push('\n');
    line
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
        let value = serde_json::json!([1, null, "x"]);
        let cells = [cell(&value), "x,\"y\"".into(), "plain".into()];
        assert_eq!(line(cells), "1;;x,\"x,\"\"y\"\"\",plain\n");
    }
}

//! Pieces of HTML.

use crate::font::shorten;
use crate::svg::escape;

/// `template` with each `{{name}}` replaced by its part. What is in the parts is left alone.
pub(super) fn fill(template: &str, parts: &[(&str, String)]) -> String {
    let mut pieces = template.split("{{");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        let part = parts.iter().find(|(known, _)| *known == name);
        out += part.map_or("", |(_, text)| text);
        out += rest;
    }
    out
}

/// Text of a trace, at most `most` letters of it.
pub(super) fn text(text: &str, most: usize) -> String {
    escape(&shorten(text, most))
}

/// A table. Cells are HTML; a column whose name ends in `#` has numbers.
pub(super) fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let class = |name: &str| if name.ends_with('#') { " class=\"number\"" } else { "" };
    let mut out = String::from("<div class=\"wide\"><table><thead><tr>");
    for name in columns {
        out += &format!("<th{}>{}</th>", class(name), escape(name.trim_end_matches('#')));
    }
    out += "</tr></thead><tbody>\n";
    for row in rows {
        out += "<tr>";
        for (name, cell) in columns.iter().zip(row) {
            out += &format!("<td{}>{cell}</td>", class(name));
        }
        out += "</tr>\n";
    }
    out + "</tbody></table></div>\n"
}

/// `data` as JSON that cannot end the element it is in.
pub(super) fn json(id: &str, data: &serde_json::Value) -> String {
    let text = data.to_string().replace('<', "\\u003c");
    format!("<script type=\"application/json\" id=\"{id}\">{text}</script>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_not_filled_again() {
        let parts = [("a", "{{b}}".to_owned()), ("b", "x".to_owned())];
        assert_eq!(fill("<{{a}}|{{b}}|{{c}}>{{", &parts), "<{{b}}|x|>");
    }

    #[test]
    fn json_stays_inside_its_element() {
        let html = json("x", &serde_json::json!("</script><!-- \u{2028}"));
        assert_eq!(html.matches('<').count(), 2);
        let text = html.split_once('>').and_then(|(_, rest)| rest.strip_suffix("</script>\n")).unwrap();
        assert_eq!(serde_json::from_str::<String>(text).unwrap(), "</script><!-- \u{2028}");
    }
}

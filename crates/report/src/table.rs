//! Plain text tables for terminals and files.

/// Which side a column keeps straight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// The left one, for words.
    Left,
    /// The right one, for numbers.
    Right,
}

/// Rows under a header, columns as wide as their widest cell, two spaces between.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    header: Vec<&'static str>,
    align: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[(&'static str, Align)]) -> Table {
        Table {
            header: columns.iter().map(|c| c.0).collect(),
            align: columns.iter().map(|c| c.1).collect(),
            rows: Vec::new(),
        }
    }

    /// Appends a row, one cell a column.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.header.len());
        self.rows.push(cells);
    }

    /// Whether the table has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, each with `indent` in front and no blanks at its end.
    pub(crate) fn render(&self, indent: &str) -> String {
        let header: Vec<String> = self.header.iter().map(|&h| h.into()).collect();
        let lines = || std::iter::once(&header).chain(&self.rows);
        let width = |column: usize| lines().map(|l| l[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
        let mut out = String::new();
        for line in lines() {
            let mut text = String::from(indent);
            for ((cell, &width), align) in line.iter().zip(&widths).zip(&self.align) {
                let blanks = " ".repeat(width - cell.chars().count());
                match align {
                    Align::Left => text.extend([cell, &*blanks, "  "]),
                    Align::Right => text.extend([&*blanks, cell, "  "]),
                }
            }
            out.push_str(text.trim_end());
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut t = Table::new(&[("name", Align::Left), ("n", Align::Right)]);
        t.row(vec!["a".into(), "1,000".into()]);
        t.row(vec!["longer".into(), "2".into()]);
        assert_eq!(t.render(" "), " name        n\n a       1,000\n longer      2\n");
    }
}

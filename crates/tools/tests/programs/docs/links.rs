//! The links of a page to files of the tree.

use std::fs;
use std::path::PathBuf;

use mmio_testkit::at_top;

use super::page::fence;

/// A link from a page to a file.
pub(super) struct Link {
    /// Page, line and target, for a message.
    pub place: String,
    pub file: PathBuf,
}

/// The relative links of a page, blocks left out.
pub(super) fn of_page(path: &str) -> Vec<Link> {
    let text = fs::read_to_string(at_top(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let link = |(line, target): (usize, &str)| Link {
        place: format!("{path}:{line}: {target}"),
        file: at_top(path).with_file_name(target),
    };
    relative(&text).into_iter().map(link).collect()
}

/// Lines and targets of the links to files: those with a scheme and those within the page are not.
fn relative(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut in_block) = (Vec::new(), false);
    for (line, number) in text.lines().zip(1..) {
        in_block ^= fence(line).is_some();
        if in_block {
            continue;
        }
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let files = targets.map(|(target, _)| target.split('#').next().unwrap_or(target));
        found.extend(files.filter(|t| !t.is_empty() && !t.contains(':')).map(|target| (number, target)));
    }
    found
}

#[test]
fn links_to_files_are_found() {
    let text = "[a](b.md) ![c](d/e.png)\n```sh\n[f](g)\n```\n[h](https://i.org/j) [k](#l) [m](n.md#o)\n";
    assert_eq!(relative(text), [(1, "b.md"), (1, "d/e.png"), (5, "n.md")]);
}

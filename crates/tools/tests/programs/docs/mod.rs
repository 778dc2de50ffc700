//! README.md and docs are tests: their console blocks print what they show, their links point at files.

mod links;
mod page;
mod run;

use page::Page;

const SQL: bool = cfg!(feature = "sql");

/// Runs the blocks of a page; returns how many ran and how many pictures were compared.
fn check(path: &str) -> [usize; 2] {
    let page = Page::read(path).unwrap_or_else(|error| panic!("{error}"));
    let done = run::run(&page, SQL).unwrap_or_else(|error| panic!("{error}"));
    if done.left_out > 0 {
        println!(
            "{path}: left out {} of {} blocks, they need the feature sql",
            done.left_out,
            page.blocks.len()
        );
    }
    [done.ran, done.pictures]
}

#[test]
fn readme_shows_what_is_printed() {
    let [ran, pictures] = check("README.md");
    assert!(ran > 0, "README.md has a console block");
    assert!(pictures > 0, "README.md has a picture right after the block that writes it");
}

#[test]
fn docs_show_what_is_printed() {
    let pages = page::pages("docs");
    let ran: usize = pages.iter().map(|path| check(path)[0]).sum();
    assert!(ran > 0, "docs have a console block that does not need the feature sql");
}

#[test]
fn links_point_at_files() {
    let mut pages = page::pages("docs");
    pages.extend(["README.md", "CONTRIBUTING.md", "samples/README.md", "kmod/README.md"].map(str::to_owned));
    let (mut found, mut missing) = (0, Vec::new());
    for path in &pages {
        let links = links::of_page(path);
        found += links.len();
        missing.extend(links.into_iter().filter(|link| !link.file.exists()).map(|link| link.place));
    }
    assert!(found > 0, "the pages have links");
    assert!(missing.is_empty(), "nothing is there:\n{}", missing.join("\n"));
}

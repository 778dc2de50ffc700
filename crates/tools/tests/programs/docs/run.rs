//! The commands of a page run as a reader would run them, in one folder that has `samples`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{self, Stdio};

use mmio_testkit::{sample, stderr};

use super::page::{Command, Page};

const PROGRAMS: [&str; 4] = [
    env!("CARGO_BIN_EXE_mmio-analyze"),
    env!("CARGO_BIN_EXE_mmio-capture"),
    env!("CARGO_BIN_EXE_mmio-convert"),
    env!("CARGO_BIN_EXE_mmio-plot"),
];

/// What became of the blocks of a page.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Done {
    pub ran: usize,
    /// Blocks that need the feature `sql` in a build without it.
    pub left_out: usize,
    /// Pictures that were compared.
    pub pictures: usize,
}

/// Runs all blocks in order; an error says which commands do not print what the page shows.
pub(super) fn run(page: &Page, sql: bool) -> Result<Done, String> {
    let folder = tempfile::tempdir().unwrap();
    symlink(sample("").canonicalize().unwrap(), folder.path().join("samples")).unwrap();
    let (mut done, mut wrong) = (Done::default(), Vec::new());
    for block in &page.blocks {
        if !sql && (page.path == "docs/queries.md" || block.commands.iter().any(needs_sql)) {
            done.left_out += 1;
            continue;
        }
        done.ran += 1;
        for command in &block.commands {
            let place = format!("{}:{}: $ {}", page.path, command.line, command.text);
            wrong.extend(differs(command, folder.path()).map(|how| format!("{place}\n{how}")));
        }
        if let (Some(name), Some(shown)) = (block.commands.iter().find_map(written), &block.picture) {
            done.pictures += 1;
            if fs::read(folder.path().join(name)).ok() != fs::read(shown).ok() {
                wrong.push(format!("{}: {name} is not {}", page.path, shown.display()));
            }
        }
    }
    if wrong.is_empty() { Ok(done) } else { Err(wrong.join("\n")) }
}

/// Whether a command works only in a build with the feature `sql`.
fn needs_sql(command: &Command) -> bool {
    let table = [".parquet", ".csv", ".json", "--table"];
    let exports = command.text.contains("mmio-analyze export");
    command.text.contains("mmio-analyze query") || (exports && table.iter().any(|t| command.text.contains(t)))
}

/// The PNG file that a command writes.
fn written(command: &Command) -> Option<&str> {
    let mut words = command.text.split_whitespace().skip_while(|&word| word != "-o").skip(1);
    words.next().filter(|name| name.ends_with(".png"))
}

/// How a command differs from what the page says of it: its exit code, its standard error or its output.
fn differs(command: &Command, folder: &Path) -> Option<String> {
    let ran = process::Command::new("sh")
        .args(["-c", &command.text])
        .current_dir(folder)
        .env("PATH", path())
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&ran.stdout);
    if !ran.status.success() || !ran.stderr.is_empty() {
        return Some(format!("-- {}, standard error:\n{}", ran.status, stderr(&ran)));
    }
    let shown = &command.output;
    (output != *shown).then(|| format!("-- the page shows:\n{shown}-- but it prints:\n{output}"))
}

/// The search path with the programs of this build first.
fn path() -> OsString {
    let built = PROGRAMS.map(|program| Path::new(program).parent().unwrap().to_owned());
    let others = env::var_os("PATH").unwrap_or_default();
    env::join_paths(built.into_iter().chain(env::split_paths(&others))).unwrap()
}

/// What becomes of a page with one console block, and what stands right after it.
fn of_block(block: &str, after: &str) -> Result<Done, String> {
    run(&Page::parse("docs/x.md", &format!("```console\n{block}\n```\n\n{after}\n")).unwrap(), false)
}

#[test]
fn what_a_page_shows_must_be_printed() {
    let ran = Done { ran: 1, ..Done::default() };
    assert_eq!(of_block("$ echo a; \\\n  echo b\na\nb\n$ cd samples", ""), Ok(ran));
    let wrong = |block| of_block(block, "").unwrap_err();
    assert_eq!(wrong("$ echo a\nb"), "docs/x.md:2: $ echo a\n-- the page shows:\nb\n-- but it prints:\na\n");
    assert!(wrong("$ echo a").contains("but it prints"));
    assert!(wrong("$ printf a\na").contains("but it prints"));
    assert!(wrong("$ echo a >&2").ends_with("-- exit status: 0, standard error:\na\n"));
    assert!(wrong("$ exit 3").contains("exit status: 3"));
    assert!(wrong("$ true\n$ mmio-plot heatmap none -o x.png").contains("exit status: 2"));
}

#[test]
fn what_a_page_draws_must_be_its_picture() {
    let draw = "$ mmio-plot heatmap samples/i6300esb.txt -o x.png";
    assert!(of_block(draw, "![other](e1000e-heatmap.png)").unwrap_err().contains("x.png is not"));
    assert_eq!(of_block(draw, "Text, and then ![other](e1000e-heatmap.png)").unwrap().pictures, 0);
}

#[test]
fn what_needs_sql_is_left_out_without_it() {
    let left_out = Ok(Done { left_out: 1, ..Done::default() });
    assert_eq!(of_block("$ mmio-analyze query x \"SELECT 1\"\nno", ""), left_out);
    assert_eq!(of_block("$ mmio-analyze export x -o x.parquet\nno", ""), left_out);
    assert!(of_block("$ mmio-analyze export x -o x.vcd", "").is_err());
}

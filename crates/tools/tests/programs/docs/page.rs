//! A page, its console blocks and the commands in them.

use std::fs;
use std::path::PathBuf;

use mmio_testkit::at_top;

/// A page of the documentation.
pub(super) struct Page {
    /// Its path from the top folder.
    pub path: String,
    pub blocks: Vec<Block>,
}

/// A console block.
pub(super) struct Block {
    pub commands: Vec<Command>,
    /// The picture that the page shows right after the block.
    pub picture: Option<PathBuf>,
}

/// A command and the output that the page shows for it.
#[derive(Debug, PartialEq)]
pub(super) struct Command {
    /// Line of the page.
    pub line: usize,
    pub text: String,
    pub output: String,
}

/// The paths of the pages in a folder, from the top folder.
pub(super) fn pages(folder: &str) -> Vec<String> {
    let names = fs::read_dir(at_top(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".md"));
    let mut pages: Vec<String> = names.map(|name| format!("{folder}/{name}")).collect();
    pages.sort();
    pages
}

impl Page {
    pub(super) fn read(path: &str) -> Result<Page, String> {
        let text = fs::read_to_string(at_top(path)).map_err(|error| format!("{path}: {error}"))?;
        Page::parse(path, &text)
    }

    pub(super) fn parse(path: &str, text: &str) -> Result<Page, String> {
        let mut blocks = Vec::new();
        let mut lines = text.lines().zip(1..).peekable();
        while let Some((line, number)) = lines.next() {
            let Some(language) = fence(line) else { continue };
            let mut inside = Vec::new();
            loop {
                let (line, number) =
                    lines.next().ok_or(format!("{path}:{number}: the block does not end"))?;
                if fence(line) == Some("") {
                    break;
                }
                inside.push((line, number));
            }
            if language.split_whitespace().next() != Some("console") {
                continue;
            }
            let commands = commands(&inside).map_err(|(line, what)| format!("{path}:{line}: {what}"))?;
            if commands.is_empty() {
                return Err(format!("{path}:{number}: a console block without a command"));
            }
            while lines.next_if(|(line, _)| line.is_empty()).is_some() {}
            let picture = lines.peek().and_then(|(line, _)| picture(line));
            blocks.push(Block { commands, picture: picture.map(|name| at_top(path).with_file_name(name)) });
        }
        Ok(Page { path: path.to_owned(), blocks })
    }
}

/// What stands after the three backquotes of a line that begins or ends a block.
pub(super) fn fence(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("```").map(str::trim_end)
}

/// The target of an image that begins a line.
fn picture(line: &str) -> Option<&str> {
    let (_, rest) = line.strip_prefix("![")?.split_once("](")?;
    rest.split_once(')').map(|(target, _)| target)
}

/// The commands of a block: `$ ` begins one; a line after one that ends with a backslash, and each that
/// begins with `> ` before any output, continues it; all else is output.
fn commands(lines: &[(&str, usize)]) -> Result<Vec<Command>, (usize, &'static str)> {
    let mut commands: Vec<Command> = Vec::new();
    for &(line, number) in lines {
        if let Some(text) = line.strip_prefix("$ ") {
            commands.push(Command { line: number, text: text.to_owned(), output: String::new() });
            continue;
        }
        let last = commands.last_mut().ok_or((number, "an output without a command"))?;
        let more = line.strip_prefix("> ").or(last.text.ends_with('\\').then_some(line));
        match more.filter(|_| last.output.is_empty()) {
            Some(more) => last.text += &format!("\n{more}"),
            None => last.output += &format!("{line}\n"),
        }
    }
    Ok(commands)
}

#[test]
fn commands_go_on_and_have_outputs() {
    let text = "a\n```console\n$ a \\\n  b\n1\n> 2\n\n$ c \"\n> d\"\n```\n\n![x](e.png)\n```sh\nrun\n```\n";
    let page = Page::parse("docs/x.md", text).unwrap();
    let command = |line, text: &str, output: &str| Command { line, text: text.into(), output: output.into() };
    let [block] = &page.blocks[..] else { panic!("one block") };
    assert_eq!(block.commands, [command(3, "a \\\n  b", "1\n> 2\n\n"), command(8, "c \"\nd\"", "")]);
    assert_eq!(block.picture, Some(at_top("docs/e.png")));
}

#[test]
fn blocks_that_test_nothing_are_refused() {
    let error = |text: &str| Page::parse("x.md", text).err();
    assert_eq!(error("a\n```console\n```\n").unwrap(), "x.md:2: a console block without a command");
    assert_eq!(error("```console\nls\n$ ls\n```\n").unwrap(), "x.md:2: an output without a command");
    assert_eq!(error("```console\n$ ls\n").unwrap(), "x.md:1: the block does not end");
    assert_eq!(error("```text\nls\n```\n"), None);
}

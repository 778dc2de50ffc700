//! Where a tool writes to: a file that appears whole or not at all, standard output, or a device.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use mmio_format::{Error, Result};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text, which may go to a terminal.
    Text,
    /// Bytes that would upset a terminal.
    Binary,
}

/// An output. A file is written beside its place and moved there by [`Output::finish`]; dropped before that, it
/// leaves no trace. `-` is standard output; pipes and devices are written directly.
///
/// An output does not buffer: write large pieces.
pub struct Output {
    file: File,
    path: PathBuf,
    /// Where the bytes are until they are complete.
    temporary: Option<PathBuf>,
    force: bool,
}

impl Output {
    /// Opens `path` for writing. With `force`, a file may be replaced and a terminal may get binary data.
    ///
    /// # Errors
    /// [`Error::Io`]; of kind `AlreadyExists` when there is a file and no `force`.
    pub fn create(path: impl Into<PathBuf>, content: Content, force: bool) -> Result<Self> {
        let path = path.into();
        if path.as_os_str() == "-" {
            return Self::stdout(path, content, force);
        }
        // A link stays a link: what it points at is replaced.
        let target = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        match std::fs::metadata(&target) {
            Ok(found) if found.is_dir() => Err(refuse(&path, ErrorKind::IsADirectory, "it is a directory")),
            Ok(found) if !found.is_file() => {
                let opened = OpenOptions::new().write(true).open(&path);
                let file = opened.map_err(|e| error("cannot open", &path, e))?;
                check_terminal(&file, &path, content, force)?;
                Ok(Self { file, path, temporary: None, force })
            }
            Ok(_) if !force => Err(exists(&path)),
            Ok(found) => {
                let output = Self::beside(target, force)?;
                // The new file keeps the mode of the old one; where it cannot, it has that of any new one.
                let _ = output.file.set_permissions(found.permissions());
                Ok(output)
            }
            Err(_) => Self::beside(target, force),
        }
    }

    /// Name of the output in messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file in its place, on disk. Pipes and devices need nothing of it.
    ///
    /// # Errors
    /// [`Error::Io`]; what was at the place before is still there then.
    pub fn finish(mut self) -> Result<()> {
        let Some(temporary) = self.temporary.clone() else { return Ok(()) };
        self.file.sync_all().map_err(|e| error("cannot write", &self.path, e))?;
        if !self.force && self.path.symlink_metadata().is_ok() {
            return Err(exists(&self.path));
        }
        std::fs::rename(&temporary, &self.path).map_err(|e| error("cannot create", &self.path, e))?;
        self.temporary = None;
        // The name is on disk once its folder is. Some file systems cannot do that; the data is safe anyway.
        let _ = File::open(folder(&self.path)).and_then(|f| f.sync_all());
        Ok(())
    }

    fn stdout(path: PathBuf, content: Content, force: bool) -> Result<Self> {
        Ok(Self { file: stdout(content, force)?, path, temporary: None, force })
    }

    /// A new file in the folder of `path`, which must exist.
    fn beside(path: PathBuf, force: bool) -> Result<Self> {
        let Some(name) = path.file_name() else {
            return Err(refuse(&path, ErrorKind::InvalidInput, "this is no file name"));
        };
        for attempt in 0u32.. {
            let mut hidden = std::ffi::OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{}-{attempt}.tmp", std::process::id()));
            let temporary = folder(&path).join(hidden);
            match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                Ok(file) => return Ok(Self { file, path, temporary: Some(temporary), force }),
                Err(e) if e.kind() == ErrorKind::AlreadyExists && attempt < 1000 => {}
                Err(e) => return Err(error("cannot create", &path, e)),
            }
        }
        unreachable!("the attempts end with an error")
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = std::fs::remove_file(temporary);
        }
    }
}

/// Standard output, unbuffered.
///
/// # Errors
/// [`Error::Io`]; for binary content on a terminal without `force` too.
pub fn stdout(content: Content, force: bool) -> Result<File> {
    let path = Path::new("-");
    let owned = std::io::stdout().as_fd().try_clone_to_owned();
    let file = File::from(owned.map_err(|e| error("cannot open", path, e))?);
    check_terminal(&file, path, content, force)?;
    Ok(file)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn check_terminal(file: &File, path: &Path, content: Content, force: bool) -> Result<()> {
    if content == Content::Binary && !force && file.is_terminal() {
        let what = "this is a terminal, which binary data would upset; name a file or use --force";
        return Err(refuse(path, ErrorKind::InvalidInput, what));
    }
    Ok(())
}

fn error(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), source }
}

fn refuse(path: &Path, kind: ErrorKind, why: &'static str) -> Error {
    error("cannot write", path, std::io::Error::new(kind, why))
}

fn exists(path: &Path) -> Error {
    refuse(path, ErrorKind::AlreadyExists, "the file is there already; --force replaces it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn kind(result: Result<Output>) -> ErrorKind {
        match result {
            Err(Error::Io { source, .. }) => source.kind(),
            _ => panic!("no error"),
        }
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let mut output = Output::create(&path, Content::Text, false).unwrap();
        output.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(output);
        assert_eq!(names(folder.path()), [""; 0]);

        let mut output = Output::create(&path, Content::Text, false).unwrap();
        output.write_all(b"whole").unwrap();
        output.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn only_force_replaces_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "old").unwrap();
        assert_eq!(kind(Output::create(&path, Content::Text, false)), ErrorKind::AlreadyExists);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut output = Output::create(&link, Content::Text, true).unwrap();
        output.write_all(b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        output.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert!(link.symlink_metadata().unwrap().is_symlink());

        let other = folder.path().join("b");
        let output = Output::create(&other, Content::Text, false).unwrap();
        std::fs::write(&other, "meanwhile").unwrap();
        assert!(output.finish().is_err());
        assert_eq!(std::fs::read(&other).unwrap(), b"meanwhile");
        assert_eq!(names(folder.path()), ["a", "b", "link"]);
    }

    #[test]
    fn devices_are_written_directly_and_folders_refused() {
        let mut output = Output::create("/dev/null", Content::Binary, false).unwrap();
        output.write_all(b"gone").unwrap();
        output.finish().unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(kind(Output::create(folder.path(), Content::Text, true)), ErrorKind::IsADirectory);
        let nowhere = folder.path().join("no/such");
        assert_eq!(kind(Output::create(nowhere, Content::Text, true)), ErrorKind::NotFound);
    }

    #[test]
    fn a_full_disk_names_the_file() {
        let mut output = Output::create("/dev/full", Content::Binary, false).unwrap();
        let write = mmio_format::container::Writer::new(&mut output, "/dev/full", 3);
        let error = write.err().expect("the disk is full");
        assert_eq!(error.to_string(), "/dev/full: cannot write");
        let cause = std::error::Error::source(&error).expect("there is a cause").to_string();
        assert!(cause.starts_with("No space left"), "{cause}");
    }
}

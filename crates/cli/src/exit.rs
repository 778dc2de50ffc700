//! Exit codes, and the one place where an error is printed.

use std::process::ExitCode;

/// How a tool ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Code 0: done, an empty result included.
    Success,
    /// Code 1: a difference or damage was found where that was the question.
    Found,
    /// Code 1: the filters select nothing.
    Nothing,
    /// Code 2: an error, or an input that could only be read in part.
    Error,
    /// Code 3: a recording that lost events.
    Lost,
    /// The exit code of a command that was run.
    Command(u8),
}

/// Runs a tool: prints an error once, in one line, and turns everything into the exit code.
/// A reader of our output that went away is not an error.
pub fn run(tool: &str, body: impl FnOnce() -> anyhow::Result<Exit>) -> ExitCode {
    match body() {
        Ok(Exit::Success) => ExitCode::SUCCESS,
        Ok(Exit::Found | Exit::Nothing) => ExitCode::from(1),
        Ok(Exit::Error) => ExitCode::from(2),
        Ok(Exit::Lost) => ExitCode::from(3),
        Ok(Exit::Command(code)) => ExitCode::from(code),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{tool}: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_differs_from_other_errors() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let closed = mmio_format::container::Writer::new(writer, "-", 3).err().expect("the pipe is closed");
        assert!(is_closed_pipe(&closed.into()));
        assert!(!is_closed_pipe(&anyhow::anyhow!("something else")));
    }
}

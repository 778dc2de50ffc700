//! Beside a recording: markers, what its state is, cleaning up.

use anyhow::{Result, bail};
use mmio_capture::live::{self, Roots, State};
use mmio_cli::Exit;

pub(crate) fn mark(roots: &Roots, text: &str) -> Result<Exit> {
    live::mark(roots, text)?;
    Ok(Exit::Success)
}

pub(crate) fn status(roots: &Roots) -> Result<Exit> {
    let tracer = roots.current_tracer();
    match State::load(roots)? {
        Some(state) if state.is_alive(roots) => {
            let (tracer, pid, output) = (state.tracer.name(), state.process.0, state.output.display());
            println!("recording with {tracer}: process {pid} to {output}");
        }
        Some(state) => {
            let (pid, output) = (state.process.0, state.output.display());
            println!(
                "left behind: process {pid} recorded to {output} and is gone; `mmio-capture restore` cleans up"
            );
        }
        None => println!("nothing is being recorded"),
    }
    println!(
        "the kernel's tracer: {}",
        tracer.as_deref().unwrap_or("not known; tracefs is not mounted, or needs root")
    );
    Ok(Exit::Success)
}

pub(crate) fn restore(roots: &Roots) -> Result<Exit> {
    let Some(state) = State::load(roots)? else {
        println!("there is nothing to restore");
        return Ok(Exit::Success);
    };
    if state.is_alive(roots) {
        let pid = state.process.0;
        bail!("process {pid} is still recording; end it with `kill -INT {pid}`, it restores by itself");
    }
    let problems = live::restore(roots, &state);
    if !problems.is_empty() {
        bail!("{}", problems.join("; "));
    }
    println!("restored: all is as it was before the recording ({})", state.tracer.name());
    println!("{} is whole up to its last block; mmio-convert --repair ends it", state.output.display());
    Ok(Exit::Success)
}

//! The layout of pages and of those events of the kernel that a user names.

use std::path::Path;

use mmio_format::ring::formats::{Description, Format, PageLayout, Parsed};

use super::{Formats, Kinds, common};
use crate::error::{Error, Result};
use crate::kernel::roots;
use crate::kernel::tracefs::Tracefs;
use crate::tracers::Tracer;

/// The event of what programs write into the trace.
const PRINT: &str = "ftrace/print";

/// The layout of the running kernel's pages and of its events `names`, each of which is a system and an event with `/`
/// between.
///
/// # Errors
/// [`Error::Trace`], [`Error::Formats`].
pub(super) fn of_kernel(tracefs: &Tracefs, names: &[String]) -> Result<Formats> {
    let folder = tracefs.events();
    let wrong = |path: &Path, what| Error::Formats { path: path.to_owned(), what };
    let mut events = Vec::new();
    for name in names.iter().map(String::as_str).chain([PRINT]) {
        let path = folder.join(name).join("format");
        let system = name.split('/').next().unwrap_or_default();
        let format = Format::parse(system, &roots::read(&path)?).map_err(|what| wrong(&path, what))?;
        events.push(format);
    }
    let pages = ["header_page", "header_event"].map(|name| roots::read(&folder.join(name)));
    let [page, header] = pages;
    of_text(&format!("{}\n{}\n", page?, header?), events).map_err(|what| wrong(&folder, what))
}

fn of_text(pages: &str, events: Vec<Format>) -> Parsed<Formats> {
    let description = Description::parse(pages)?;
    let page = PageLayout::of(&description)?;
    let (event_type, pid) = (common(&events, "common_type")?, common(&events, "common_pid")?);
    let mut events =
        events.into_iter().map(|event| Ok((event.id()?, event))).collect::<Parsed<Vec<(u64, Format)>>>()?;
    events.sort_by_key(|event| event.0);
    let header = description.header.layout()?;
    let formats =
        Formats { page, header, event_type, pid, kinds: Kinds::Named(events), tracer: Tracer::Events };
    formats.check()?;
    Ok(formats)
}

//! What of another tracer's log became no record.

use mmio_format::Origin;

use crate::numbers::grouped;

/// The classes with their counts: `accesses to I/O ports (1,204); other events (3)`; nothing where all became records.
/// The words are the log's, as they stand there.
pub fn left_out(origin: &Origin) -> Option<String> {
    let classes = origin.left_out.iter().map(|(n, what)| format!("{what} ({})", grouped(*n)));
    Some(classes.collect::<Vec<_>>().join("; ")).filter(|classes| !classes.is_empty())
}

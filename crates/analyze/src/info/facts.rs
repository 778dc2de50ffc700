//! What a container says of its recordings beside their records.

use mmio_format::container::Recording;
use mmio_format::{Columns, Piece, Result, Trace};

/// The data of each recording that has some, in order: what came at its start and at its end is one.
///
/// # Errors
/// As [`Trace::pieces`].
pub fn facts(trace: &mut Trace) -> Result<Vec<Recording>> {
    let mut all: Vec<Recording> = Vec::new();
    trace.pieces(
        Columns::KIND,
        |_| false,
        |piece| {
            if let Piece::Recording(recording) = piece {
                match all.iter_mut().find(|known| known.number == recording.number) {
                    Some(known) => known.entries.extend_from_slice(&recording.entries),
                    None => all.push(recording.clone()),
                }
            }
            Ok(())
        },
    )?;
    all.retain(|recording| !recording.entries.is_empty());
    Ok(all)
}

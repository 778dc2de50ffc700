//! The stretches of a trace between its markers.

use std::ops::Range;

use mmio_format::{Columns, Error, Filter, Kind, Result, Scope, Trace};

/// Most stretches that are looked at one by one.
const MAX_PHASES: usize = 1000;

/// A stretch between two markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Text of the marker that begins it; nothing before the first one.
    pub mark: Option<String>,
    /// Numbers of the records in the stretch.
    pub records: Range<u64>,
}

/// What an analysis looks at, one scope after the other: the whole trace, or each stretch with the text of its
/// marker; of all that only what passes `filter`.
///
/// # Errors
/// As [`spans`].
pub fn scopes(trace: &mut Trace, filter: &Filter, by_mark: bool) -> Result<Vec<(Option<String>, Scope)>> {
    if !by_mark {
        return Ok(vec![(None, Scope::of(filter))]);
    }
    let scope = |span: Span| (span.mark, Scope { filter: filter.clone(), records: span.records });
    Ok(spans(trace)?.into_iter().map(scope).collect())
}

/// The stretches of `trace`, in order; the first one may hold no record.
///
/// # Errors
/// [`mmio_format::Error::Io`], and [`mmio_format::Error::Request`] for more than a thousand markers.
pub fn spans(trace: &mut Trace) -> Result<Vec<Span>> {
    let mut spans = vec![Span { mark: None, records: 0..u64::MAX }];
    trace.for_each(
        Columns::TEXT,
        |head| head.stats.kinds & (1 << Kind::MARKER.0) != 0,
        |part| {
            for (row, _) in part.block.kind.iter().enumerate().filter(|(_, kind)| **kind == Kind::MARKER) {
                let record = part.first_record + row as u64;
                let text = part.block.texts.get(row as u32).unwrap_or_default();
                if let Some(last) = spans.last_mut() {
                    last.records.end = record;
                }
                let mark = Some(String::from_utf8_lossy(text).into_owned());
                spans.push(Span { mark, records: record..u64::MAX });
            }
            if spans.len() > MAX_PHASES {
                return Err(Error::Request(format!(
                    "more than {MAX_PHASES} markers are too many to look at each stretch; choose one with --mark"
                )));
            }
            Ok(())
        },
    )?;
    Ok(spans)
}

//! Markers and losses with their times.

use std::ops::Range;

use mmio_format::{Columns, Kind, Result, Trace};

/// Most markers, and most losses, whose places are kept.
const MOST: usize = 10_000;

/// What happened between the accesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Time in nanoseconds and text of each marker.
    pub markers: Vec<(u64, String)>,
    /// Time of the first access after each loss, or of the last before it in its block.
    pub losses: Vec<u64>,
}

impl Events {
    /// The events among `records` of `trace`, each list up to its 10,000th.
    ///
    /// # Errors
    /// [`mmio_format::Error::Io`].
    pub fn of(trace: &mut Trace, records: &Range<u64>) -> Result<Events> {
        let mut events = Events::default();
        let losses: Vec<u64> = trace.survey().losses.iter().map(|loss| loss.index).collect();
        let mut losses = losses.into_iter().peekable();
        let kinds = 1 << Kind::MARKER.0 | 1 << Kind::LOST.0;
        trace.for_each(
            Columns::TIME.with(Columns::TEXT),
            |head| {
                let inside = head.first_record < records.end && head.end_record() > records.start;
                inside && head.stats.kinds & kinds != 0
            },
            |part| {
                let (block, mut index, mut last) = (part.block, part.first_access, None);
                let mut latest = part.stats.time.map_or(0, |(first, _)| first);
                // In blocks that were not read.
                while losses.next_if(|&behind| behind < index).is_some() {}
                for (row, &kind) in block.kind.iter().enumerate() {
                    let time = block.time[row];
                    if kind.is_timed() && time != 0 {
                        latest = time;
                    }
                    let inside = records.contains(&(part.first_record + row as u64));
                    if kind.is_access() {
                        while losses.next_if(|&behind| behind <= index).is_some() {
                            events.loss(inside.then_some(time));
                        }
                        index += 1;
                        last = inside.then_some(time);
                    } else if kind == Kind::MARKER && inside {
                        events.marker((time, latest), block.texts.get(row as u32).unwrap_or_default());
                    }
                }
                // Nothing follows it in this block.
                while losses.next_if(|&behind| behind <= index).is_some() {
                    events.loss(last);
                }
                Ok(())
            },
        )?;
        Ok(events)
    }

    /// A marker has the time of what is before it, where it has none of its own.
    fn marker(&mut self, (time, latest): (u64, u64), text: &[u8]) {
        // The kernel reports a loss a second time as a marker at 0.
        let is_loss = time == 0 && text.starts_with(b"Lost ");
        if self.markers.len() < MOST && !is_loss {
            self.markers.push((latest, String::from_utf8_lossy(text).into_owned()));
        }
    }

    fn loss(&mut self, time: Option<u64>) {
        let Some(time) = time else { return };
        if self.losses.len() < MOST && self.losses.last() != Some(&time) {
            self.losses.push(time);
        }
    }
}

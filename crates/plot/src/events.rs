//! Markers and losses with their times.

use std::ops::Range;

use mmio_format::{Columns, Kind, Result, Trace};

/// Most markers, and most losses, whose places are kept.
const MOST: usize = 10_000;

/// What happened between the accesses of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// First and last time of the picture, in nanoseconds.
    range: (u64, u64),
    /// Time in nanoseconds and text of each marker.
    pub markers: Vec<(u64, String)>,
    /// Markers before the first time of the picture; the nearest is the last of them.
    pub before: Outside,
    /// Markers after the last time of the picture; the nearest is the first of them.
    pub after: Outside,
    /// Time of the first access after each loss, or of the last before it in its block.
    pub losses: Vec<u64>,
}

/// Markers that are not in the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Time and text of the nearest one.
    pub nearest: Option<(u64, String)>,
    /// How many there are.
    pub count: u64,
}

impl Events {
    /// The events among `records` of `trace`, for a picture of the times in `range`, both ends included: those inside up
    /// to the 10,000th of a kind.
    ///
    /// # Errors
    /// [`mmio_format::Error::Io`].
    pub fn of(trace: &mut Trace, records: &Range<u64>, range: (u64, u64)) -> Result<Events> {
        let mut events = Events::within(range);
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
                        events.mark((time, latest), block.texts.get(row as u32).unwrap_or_default());
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

    /// No event yet, for a picture of the times in `range`.
    pub(crate) fn within(range: (u64, u64)) -> Events {
        Events { range, ..Events::default() }
    }

    /// Whether there is any marker, in the picture or outside.
    pub fn has_markers(&self) -> bool {
        !self.markers.is_empty() || self.before.count + self.after.count > 0
    }

    /// A marker has the time of what is before it, where it has none of its own.
    fn mark(&mut self, (time, latest): (u64, u64), text: &[u8]) {
        // The kernel reports a loss a second time as a marker at 0.
        if time == 0 && text.starts_with(b"Lost ") {
            return;
        }
        self.marker(latest, &String::from_utf8_lossy(text));
    }

    /// Adds the next marker.
    pub(crate) fn marker(&mut self, time: u64, text: &str) {
        let found = || (time, text.to_owned());
        if time < self.range.0 {
            self.before.nearest = Some(found());
            self.before.count += 1;
        } else if time > self.range.1 {
            self.after.nearest.get_or_insert_with(found);
            self.after.count += 1;
        } else if self.markers.len() < MOST {
            self.markers.push(found());
        }
    }

    fn loss(&mut self, time: Option<u64>) {
        let Some(time) = time.filter(|time| (self.range.0..=self.range.1).contains(time)) else { return };
        if self.losses.len() < MOST && self.losses.last() != Some(&time) {
            self.losses.push(time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_outside_of_the_picture_take_no_place_from_those_inside() {
        let mut events = Events::within((1_000_000, 1_000_010));
        (0..1_000_020_u64).step_by(2).for_each(|time| events.marker(time, &time.to_string()));
        let times: Vec<u64> = events.markers.iter().map(|(time, _)| *time).collect();
        assert_eq!(times, [1_000_000, 1_000_002, 1_000_004, 1_000_006, 1_000_008, 1_000_010]);
        let outside = |time: u64, count| Outside { nearest: Some((time, time.to_string())), count };
        assert_eq!((events.before, events.after), (outside(999_998, 500_000), outside(1_000_012, 4)));
    }

    #[test]
    fn losses_outside_of_the_picture_are_not_in_it() {
        let mut events = Events::within((5, 9));
        [Some(4), Some(5), Some(5), None, Some(9), Some(10)].into_iter().for_each(|time| events.loss(time));
        assert_eq!(events.losses, [5, 9]);
    }
}

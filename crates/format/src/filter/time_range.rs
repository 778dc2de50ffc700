//! A part of the time, as a user names it.

use std::fmt;

use crate::seconds::Seconds;

/// A time, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instant {
    /// A time of the trace's clock, as every output shows it: `5.026688`.
    Clock(u64),
    /// A time since the first record of the trace that has one: `+0.1`.
    SinceStart(u64),
}

impl Instant {
    /// The time of the trace's clock, for a trace whose first record has the time `start`.
    pub const fn on_clock(self, start: u64) -> u64 {
        match self {
            Instant::Clock(time) => time,
            Instant::SinceStart(time) => start.saturating_add(time),
        }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Instant::Clock(time) => Seconds(time).fmt(f),
            Instant::SinceStart(time) => write!(f, "+{}", Seconds(time)),
        }
    }
}

/// A part of the time, both ends included; an end that is left out is that of the trace. Its text is what `--time`
/// takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// The first time.
    pub from: Option<Instant>,
    /// The last time.
    pub to: Option<Instant>,
}

impl TimeRange {
    /// First and last nanosecond of the trace's clock, for a trace whose first record has the time `start`.
    pub fn on_clock(&self, start: u64) -> (u64, u64) {
        let at = |end: Option<Instant>, default| end.map_or(default, |instant| instant.on_clock(start));
        (at(self.from, 0), at(self.to, u64::MAX))
    }
}

impl fmt::Display for TimeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |end: Option<Instant>| end.map(|instant| instant.to_string()).unwrap_or_default();
        write!(f, "{}..{}", text(self.from), text(self.to))
    }
}

/// Parses `A..B` in seconds, either end left out: times of the trace's clock, or with a `+` since the first record.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_time_range(text: &str) -> Result<TimeRange, String> {
    let (from, to) = text.split_once("..").ok_or("expected A..B in seconds, as in 5.02..5.1 or +0.5..+2")?;
    let end = |text: &str| if text.is_empty() { Ok(None) } else { parse_instant(text).map(Some) };
    let range = TimeRange { from: end(from)?, to: end(to)? };
    let backwards = match (range.from, range.to) {
        (Some(Instant::Clock(from)), Some(Instant::Clock(to))) => from > to,
        (Some(Instant::SinceStart(from)), Some(Instant::SinceStart(to))) => from > to,
        _ => false,
    };
    if backwards { Err("the range ends before it starts".into()) } else { Ok(range) }
}

fn parse_instant(text: &str) -> Result<Instant, String> {
    match text.strip_prefix('+') {
        Some(since) => parse_seconds(since).map(Instant::SinceStart),
        None => parse_seconds(text).map(Instant::Clock),
    }
}

/// Parses seconds with up to nine decimals into nanoseconds.
fn parse_seconds(text: &str) -> Result<u64, String> {
    let bad = || format!("{text:?} is not a number of seconds with up to nine decimals");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() == 0 || fraction.len() > 9 {
        return Err(bad());
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| bad())? };
    let nanos: u64 = format!("{fraction:0<9}").parse().map_err(|_| bad())?;
    whole.checked_mul(1_000_000_000).and_then(|w| w.checked_add(nanos)).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_are_on_the_clock_or_since_the_first_record() {
        let ends = |text: &str| parse_time_range(text).map(|range| range.on_clock(5_000_000_000));
        assert_eq!(ends("0.5..2"), Ok((500_000_000, 2_000_000_000)));
        assert_eq!(ends("+0.5..+2"), Ok((5_500_000_000, 7_000_000_000)));
        assert_eq!(ends("5.1..+2"), Ok((5_100_000_000, 7_000_000_000)));
        assert_eq!(ends("+.5.."), Ok((5_500_000_000, u64::MAX)));
        assert_eq!(ends(".."), Ok((0, u64::MAX)));
        assert_eq!(ends("1.000000001.."), Ok((1_000_000_001, u64::MAX)));
        // Which of the two is later, only the trace knows.
        assert_eq!(ends("9..+2"), Ok((9_000_000_000, 7_000_000_000)));
        let bad = [
            "",
            "1",
            "2..1",
            "+2..+1",
            "x..",
            "1.0000000001..",
            "-1..",
            "99999999999999999999..",
            "+..1",
            "++1..",
            "1.+5..",
            "...",
        ];
        for text in bad {
            assert!(ends(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_text_of_a_range_is_read_as_the_same(
            from in proptest::option::of((any::<bool>(), any::<u64>())),
            to in proptest::option::of((any::<bool>(), any::<u64>())),
        ) {
            let instant = |(since, time)| if since { Instant::SinceStart(time) } else { Instant::Clock(time) };
            let range = TimeRange { from: from.map(instant), to: to.map(instant) };
            match parse_time_range(&range.to_string()) {
                Ok(read) => prop_assert_eq!(read, range),
                Err(_) => prop_assert!(matches!((from, to), (Some((a, x)), Some((b, y))) if a == b && x > y)),
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}|[0-9.+]{0,20}") {
            let _ = parse_time_range(&text);
        }
    }
}

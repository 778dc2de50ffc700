//! The data of recordings, as it was stored.

use std::fmt::Write;

use mmio_format::container::{Recording, key};
use serde::Serialize;

use crate::numbers::plain as line;

/// A recording's data in JSON.
#[derive(Serialize)]
pub(super) struct Facts {
    recording: u32,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    key: String,
    value: String,
}

pub(super) fn json(recording: &Recording) -> Facts {
    let entry = |(key, value): &(String, Vec<u8>)| Entry { key: key.clone(), value: words(value) };
    Facts { recording: recording.number, entries: recording.entries.iter().map(entry).collect() }
}

fn words(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

/// A section for each recording: a key and its value a line; values of several lines below their key, and those of one
/// key, as the devices, together.
pub(super) fn text(recordings: &[Recording], out: &mut String) {
    if recordings.is_empty() {
        out.push_str("\nno data of a recording is stored: only a container has it\n");
    }
    for recording in recordings {
        let _ = writeln!(out, "\ndata of recording {}", u64::from(recording.number) + 1);
        let longest = recording.entries.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
        let mut before = "";
        for (name, value) in &recording.entries {
            let value = shown(name, value);
            let several = value.contains('\n') || name == key::PCI_DEVICE;
            let label = if name == before { String::new() } else { line(name) };
            match several {
                false => {
                    let _ = writeln!(out, "  {label:<longest$}  {}", line(&value));
                }
                true => {
                    if !label.is_empty() {
                        let _ = writeln!(out, "  {label}");
                    }
                    for text in value.lines() {
                        let _ = writeln!(out, "    {}", line(text));
                    }
                }
            }
            before = name;
        }
    }
}

/// A value for people: moments by the wall clock are dates.
fn shown(name: &str, value: &[u8]) -> String {
    let text = words(value);
    let moment = (name == key::START || name == key::END).then(|| text.parse().ok()).flatten();
    moment.map_or(text, date)
}

/// Nanoseconds since 1970 as a date and a time of the day, UTC (the days by Howard Hinnant's `civil_from_days`).
fn date(nanos: u64) -> String {
    let seconds = nanos / 1_000_000_000;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Days since 0000-03-01; eras of 400 years.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = 400 * era + year_of_era + next;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let micros = nanos % 1_000_000_000 / 1000;
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01 00:00:00.000000 UTC"),
            (951_782_399, "2000-02-28 23:59:59.000000 UTC"),
            (951_868_799, "2000-02-29 23:59:59.000000 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00.000000 UTC"),
        ] {
            assert_eq!(date(seconds * 1_000_000_000), day);
        }
        assert!(date(u64::MAX).starts_with("2554-07-21 "));
    }

    #[test]
    fn keys_come_once_and_hostile_bytes_are_escaped() {
        let mut recording = Recording::default();
        recording.push("tool", "a\u{1b}[31m 'b'");
        recording.push("modules", "one\ntwo\n");
        recording.push("pci_device", "0000 00000000 0010\tx");
        recording.push("pci_device", "0000 00000000 0018\ty");
        let mut out = String::new();
        text(&[recording], &mut out);
        assert_eq!(
            out,
            "\ndata of recording 1\n  tool        a\\u{1b}[31m 'b'\n  modules\n    one\n    two\n  pci_device\n    \
             0000 00000000 0010 x\n    0000 00000000 0018 y\n"
        );
    }
}

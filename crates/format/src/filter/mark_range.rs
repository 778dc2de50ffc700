//! Stretches between markers, as a user names them.

use std::fmt;

/// A text that markers match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkPattern(String);

impl MarkPattern {
    /// The pattern `text`: with `*` (any letters) or `?` (one letter) in it, a marker's whole text must be so; without,
    /// it stands anywhere in the marker.
    pub fn new(text: impl Into<String>) -> MarkPattern {
        MarkPattern(text.into())
    }

    /// Whether a marker with this text matches.
    pub fn matches(&self, marker: &str) -> bool {
        if self.0.contains(['*', '?']) { is_like(&self.0, marker) } else { marker.contains(&self.0) }
    }
}

impl fmt::Display for MarkPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether all of `text` is as `pattern` with its `*` and `?` says. Takes at most the product of their lengths.
fn is_like(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when what follows the last `*` does not fit: after the star, one letter later.
    let mut again = None;
    loop {
        let (mut after, mut rest) = (pattern.clone(), text.clone());
        match (after.next(), rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                again = Some((after.clone(), text.clone()));
                pattern = after;
                continue;
            }
            (Some(wanted), Some(letter)) if wanted == '?' || wanted == letter => {
                (pattern, text) = (after, rest);
                continue;
            }
            _ => {}
        }
        let Some((from, mut taken)) = again.take() else { return false };
        if taken.next().is_none() {
            return false;
        }
        again = Some((from.clone(), taken.clone()));
        (pattern, text) = (from, taken);
    }
}

/// Where a stretch ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkEnd {
    /// At the next marker, whatever it says.
    Next,
    /// At a marker that matches.
    At(MarkPattern),
    /// With the trace.
    Open,
}

/// Stretches of a trace that begin and end at markers; there may be several. Its text is what `--mark` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkRange {
    /// The markers at which a stretch begins; without, one begins with the trace.
    pub from: Option<MarkPattern>,
    /// Where each of them ends; that marker does not belong to it.
    pub to: MarkEnd,
}

impl MarkRange {
    /// From each marker that matches `text` to the next marker.
    pub fn phase(text: impl Into<String>) -> MarkRange {
        MarkRange { from: Some(MarkPattern::new(text)), to: MarkEnd::Next }
    }

    /// Whether the trace begins inside of a stretch.
    pub(super) fn begins_inside(&self) -> bool {
        self.from.is_none()
    }

    /// Whether what follows the marker `text` is inside of a stretch, where what is before it is `inside` or not.
    pub(super) fn goes_on(&self, inside: bool, text: &str) -> bool {
        let begins = || self.from.as_ref().is_some_and(|from| from.matches(text));
        match &self.to {
            MarkEnd::Next => begins(),
            MarkEnd::At(to) if inside => !to.matches(text),
            MarkEnd::At(_) => begins(),
            MarkEnd::Open => inside || begins(),
        }
    }
}

impl fmt::Display for MarkRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from) = &self.from {
            from.fmt(f)?;
        }
        match &self.to {
            MarkEnd::Next => Ok(()),
            MarkEnd::At(to) => write!(f, "..{to}"),
            MarkEnd::Open => f.write_str(".."),
        }
    }
}

/// Parses `TEXT` (from each marker that matches to the next one), `A..B`, `A..` and `..B`.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_mark_range(text: &str) -> Result<MarkRange, String> {
    let Some((from, to)) = text.split_once("..") else { return Ok(MarkRange::phase(text)) };
    let pattern = |text: &str| (!text.is_empty()).then(|| MarkPattern::new(text));
    match (pattern(from), pattern(to)) {
        (None, None) => Err("A..B needs the text of a marker, as in 'link up..link down'".into()),
        (from, Some(to)) => Ok(MarkRange { from, to: MarkEnd::At(to) }),
        (from, None) => Ok(MarkRange { from, to: MarkEnd::Open }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The accesses inside, numbered by the marker before them, 0 for what is before the first.
    fn inside(range: &str, markers: &[&str]) -> Vec<usize> {
        let range = parse_mark_range(range).unwrap();
        let mut now = range.begins_inside();
        let mut found = Vec::from_iter(now.then_some(0));
        for (marker, number) in markers.iter().zip(1..) {
            now = range.goes_on(now, marker);
            found.extend(now.then_some(number));
        }
        found
    }

    #[test]
    fn stretches_go_from_marker_to_marker() {
        let markers = ["load", "up", "traffic", "down", "up", "down", "unload"];
        for (range, expected) in [
            ("up", vec![2, 5]),
            ("load", vec![1, 7]),
            ("load*", vec![1]),
            ("up..down", vec![2, 3, 5]),
            ("traffic..", vec![3, 4, 5, 6, 7]),
            ("..down", vec![0, 1, 2, 3]),
            ("up..up", vec![2, 3, 4]),
            ("u?..?nload", vec![2, 3, 4, 5, 6]),
            ("up..nosuch", vec![2, 3, 4, 5, 6, 7]),
            ("nosuch..down", vec![]),
        ] {
            assert_eq!(inside(range, &markers), expected, "{range}");
        }
        assert!(parse_mark_range("..").is_err());
    }

    #[test]
    fn stars_and_question_marks_match_all_of_a_text() {
        let matches = |pattern: &str, text: &str| MarkPattern::new(pattern).matches(text);
        assert!(matches("nvme: *", "nvme: start") && !matches("nvme: *", "my nvme: start"));
        assert!(matches("*start", "nvme: start") && !matches("*start", "nvme: started"));
        assert!(matches("a*b*c", "a-b-b-c") && !matches("a*b*c", "a-c-b"));
        assert!(matches("*", "") && !matches("?", "") && matches("?", "…") && matches("a***", "a"));
        assert!(matches("start", "nvme: started"));
        assert!(!matches(&"a*".repeat(40), &"a".repeat(39)));
    }

    proptest! {
        #[test]
        fn a_star_matches_as_a_search_for_its_parts_does(parts in proptest::collection::vec("[ab]{0,3}", 1..4), text in "[ab]{0,12}") {
            let pattern = parts.join("*");
            prop_assume!(parts.len() > 1);
            let (first, last) = (&parts[0], &parts[parts.len() - 1]);
            let mut rest = text.strip_prefix(first.as_str());
            for part in &parts[1..parts.len() - 1] {
                rest = rest.and_then(|rest| rest.split_once(part.as_str())).map(|(_, after)| after);
            }
            let expected = rest.is_some_and(|rest| rest.ends_with(last.as_str()));
            prop_assert_eq!(MarkPattern::new(pattern).matches(&text), expected);
        }

        #[test]
        fn any_text_is_read_or_refused_and_comes_back(text in ".{0,20}|[ab.*]{0,12}", marker in "[ab]{0,8}") {
            if let Ok(range) = parse_mark_range(&text) {
                prop_assert_eq!(range.to_string(), text);
                range.goes_on(true, &marker);
            }
        }
    }
}

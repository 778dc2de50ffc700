//! How waits ended, counted and in words.

use crate::evidence::Part::{Bits, Count, Time};
use crate::evidence::{Evidence, evidence, things};
use crate::waits::{Cut, End, Judged, Unmet};

/// How often waits ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Waits that gave what was waited for.
    pub ended: u64,
    /// Waits in vain: the reads stopped without it.
    pub in_vain: u64,
    /// Waits of which the end is not in the trace.
    pub cut: u64,
    /// Waits of which nothing tells whether they gave what was waited for.
    pub unknown: u64,
}

impl Outcomes {
    pub(crate) fn of(judged: &Judged) -> Outcomes {
        let ended = judged.until.map_or(0, |(_, ended)| ended);
        Outcomes { ended, ..Outcomes::unmet(&judged.unmet) }
    }

    /// Of waits that were not met.
    pub(crate) fn unmet(unmet: &[Unmet]) -> Outcomes {
        let count = |is: fn(End) -> bool| unmet.iter().filter(|u| is(u.end)).count() as u64;
        Outcomes {
            ended: 0,
            in_vain: count(|end| end == End::InVain),
            cut: count(|end| matches!(end, End::Cut(_))),
            unknown: count(|end| end == End::Unknown),
        }
    }

    /// Those of several.
    pub(crate) fn plus(self, other: Outcomes) -> Outcomes {
        Outcomes {
            ended: self.ended + other.ended,
            in_vain: self.in_vain + other.in_vain,
            cut: self.cut + other.cut,
            unknown: self.unknown + other.unknown,
        }
    }
}

/// The waits that were not met, of each kind how many and the longest: `1 in vain: 500 reads, 1.996000 s, last 0x0, at
/// 1.108060 s`.
pub(crate) fn unmet_words(unmet: &[Unmet]) -> Evidence {
    let kinds = [
        (End::InVain, "in vain"),
        (End::Unknown, "of unknown end"),
        (End::Cut(Cut::End), "cut by the end of the trace"),
        (End::Cut(Cut::Loss), "cut by a loss"),
    ];
    let mut words = Evidence::default();
    for (end, name) in kinds {
        let such = || unmet.iter().filter(|u| u.end == end);
        let n = such().count() as u64;
        let longest = such().max_by_key(|u| (u.reads, std::cmp::Reverse(u.first.index)));
        let Some(longest) = longest else { continue };
        if !words.is_empty() {
            words.push("; ");
        }
        let which = if n == 1 { ": " } else { ", the longest: " };
        words.extend(&evidence![
            Count(n),
            " ",
            name,
            which,
            things(longest.reads, "read", "reads"),
            ", ",
            Time(longest.spent()),
            ", last ",
            Bits(longest.last),
            ", at ",
            Time(longest.first.time),
        ]);
    }
    words
}

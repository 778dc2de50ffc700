//! Messages to a device: words written in a row at equal distances, then a doorbell, then an answer.
//!
//! A device does nothing at the write of a word: what acts is the last write before it answers. The words are arguments,
//! whatever their values do; the doorbell is the write that comes last. [`Messages`] observes the steps of all devices;
//! [`Mailboxes`] are what it found: which registers are arguments, and of which doorbells.

use mmio_format::fast_map::FastMap;
use mmio_format::{Register, RegisterId};

use crate::census::Census;
use crate::share::{Share, share};
use crate::steps::{Observer, Past, Step};

/// Fewest messages that show an argument and its doorbell.
const LEAST_MESSAGES: u64 = 8;
/// Fewest writes of a register that is followed, and fewest messages of a word of a known doorbell.
const LEAST_WRITES: u64 = 2;
/// Fewest words of the longest of them; the others have two at least.
const LEAST_WORDS: usize = 4;
/// Words of a row that is not a message but an upload.
const MOST_WORDS: usize = 256;
/// Most bytes from one word to the next.
const MOST_STRIDE: u64 = 64;
/// The least share of the writes of an argument that are words of messages.
const WORDS: Share = share(3, 4);
/// The least share of the messages that the same last word ends, where the doorbell lies in the row.
const SAME_END: Share = share(9, 10);
/// Most registers that are followed, and most doorbells of one word.
const MOST_REGISTERS: usize = 1 << 16;
const MOST_DOORBELLS: usize = 4;

/// What a register did in messages.
#[derive(Clone, Debug)]
struct Part {
    register: Register,
    id: RegisterId,
    writes: u64,
    /// Messages of which it was a word, and the words of the longest.
    words: u64,
    longest: usize,
    /// The same of rows that end with the doorbell.
    in_row: u64,
    longest_row: usize,
    /// Messages that it ended, itself not in the row of words, and itself the last of the row.
    rings: u64,
    row_rings: u64,
    /// The registers that ended the messages of which it was a word, and how many of them each ended.
    doorbells: Vec<(RegisterId, u64)>,
}

/// A register that is an argument of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    /// Messages of which it was a word.
    pub(crate) messages: u64,
    /// Words of the longest of them.
    pub(crate) words: usize,
    /// Whether the doorbell lies in the same row.
    pub(crate) in_row: bool,
    /// The doorbells, the one that ended most messages first.
    pub(crate) doorbells: Vec<RegisterId>,
}

/// The arguments and doorbells of a trace, or of a part of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mailboxes {
    arguments: FastMap<u64, Argument>,
    rings: FastMap<u64, u64>,
}

impl Mailboxes {
    /// The register as an argument, if it is one.
    pub(crate) fn argument(&self, id: RegisterId) -> Option<&Argument> {
        self.arguments.get(&id.into())
    }

    /// How many messages a register ended, if it is the doorbell of an argument and not one itself.
    pub(crate) fn rings(&self, id: RegisterId) -> Option<u64> {
        self.rings.get(&id.into()).copied().filter(|_| self.argument(id).is_none())
    }
}

impl Part {
    /// The register as an argument, when `least` messages show it.
    fn argument(&self, least: u64) -> Option<Argument> {
        let shown = |messages: u64, longest: usize| {
            let often = share(messages, self.writes).is_at_least(WORDS);
            often && messages >= least && longest >= LEAST_WORDS
        };
        let mut ends = self.doorbells.clone();
        ends.sort_by_key(|&(id, n)| (std::cmp::Reverse(n), id));
        let same_end = ends.first().is_some_and(|end| share(end.1, self.in_row).is_at_least(SAME_END));
        let (messages, words, in_row) = if shown(self.words, self.longest) {
            (self.words, self.longest, false)
        } else if shown(self.in_row, self.longest_row) && same_end {
            (self.in_row, self.longest_row, true)
        } else {
            return None;
        };
        Some(Argument { messages, words, in_row, doorbells: ends.into_iter().map(|end| end.0).collect() })
    }
}

/// Writes of one device since its last read.
#[derive(Clone, Debug, Default)]
struct Row {
    /// Places of the words.
    words: Vec<u32>,
    stride: u64,
    doorbell: Option<u32>,
}

/// Follows the messages of all devices.
#[derive(Clone, Debug, Default)]
pub(crate) struct Messages {
    places: FastMap<u64, u32>,
    parts: Vec<Part>,
    rows: Vec<Row>,
}

impl Messages {
    /// Follows the registers of `census` that are written often enough.
    pub(crate) fn new(census: &Census) -> Messages {
        let mut messages = Messages::default();
        for id in census.repeated() {
            let (register, writes) = (census.register(id), census.counts(id).writes);
            if writes >= LEAST_WRITES && register.width > 0 && messages.parts.len() < MOST_REGISTERS {
                messages.places.insert(id.into(), messages.parts.len() as u32);
                messages.parts.push(Part {
                    register,
                    id,
                    writes,
                    words: 0,
                    longest: 0,
                    in_row: 0,
                    longest_row: 0,
                    rings: 0,
                    row_rings: 0,
                    doorbells: Vec::new(),
                });
            }
        }
        messages
    }

    /// What was found.
    pub(crate) fn finish(&self) -> Mailboxes {
        let (mut found, mut late) = (Mailboxes::default(), Vec::new());
        for part in &self.parts {
            let Some(argument) = part.argument(LEAST_MESSAGES) else { continue };
            for &doorbell in &argument.doorbells {
                let Some(&place) = self.places.get(&doorbell.into()) else { continue };
                let end = &self.parts[place as usize];
                let rings = if argument.in_row { end.row_rings } else { end.rings };
                if rings >= LEAST_MESSAGES {
                    found.rings.insert(doorbell.into(), rings);
                }
            }
            found.arguments.insert(part.id.into(), argument);
        }
        // The last words of long messages are seldom written.
        for part in self.parts.iter().filter(|part| !found.arguments.contains_key(&part.id.into())) {
            let argument = part.argument(LEAST_WRITES).filter(|a| !a.in_row);
            let rings = |a: &Argument| a.doorbells.iter().any(|&end| found.rings.contains_key(&end.into()));
            if let Some(argument) = argument.filter(rings) {
                late.push((part.id, argument));
            }
        }
        found.arguments.extend(late.into_iter().map(|(id, argument)| (id.into(), argument)));
        found
    }

    fn write(&mut self, device: usize, place: u32) {
        let row = &mut self.rows[device];
        let register = self.parts[place as usize].register;
        let step = |from: u32| {
            let last = self.parts[from as usize].register;
            let beside = (last.space, last.width) == (register.space, register.width);
            let by = register.offset.wrapping_sub(last.offset);
            (beside && (1..=MOST_STRIDE).contains(&by)).then_some(by)
        };
        if let Some(doorbell) = row.doorbell.take() {
            // It was none: something else is written before there is an answer.
            row.words.clear();
            row.words.extend(step(doorbell).map(|_| doorbell));
        }
        let by = row.words.last().and_then(|&last| step(last));
        let goes_on = by.is_some() && (row.words.len() == 1 || by == Some(row.stride));
        if goes_on && row.words.len() < MOST_WORDS {
            row.words.push(place);
        } else if row.words.len() > 1 && (by.is_none() || row.words.len() > 2) {
            row.doorbell = Some(place);
            return;
        } else {
            // Of two that are not equally far from the third, the first does not belong to the row.
            let last = row.words.pop().filter(|_| by.is_some());
            row.words.clear();
            row.words.extend(last.into_iter().chain([place]));
        }
        row.stride = by.unwrap_or(0);
    }

    fn answer(&mut self, device: usize) {
        let Row { words, doorbell, .. } = std::mem::take(&mut self.rows[device]);
        let Some((end, words, in_row)) = (match (doorbell, words.split_last()) {
            (Some(doorbell), _) => Some((doorbell, &words[..], false)),
            (None, Some((&last, before))) if !before.is_empty() => Some((last, before, true)),
            _ => None,
        }) else {
            return;
        };
        let end_id = self.parts[end as usize].id;
        for &word in words {
            let part = &mut self.parts[word as usize];
            let (n, longest) = match in_row {
                false => (&mut part.words, &mut part.longest),
                true => (&mut part.in_row, &mut part.longest_row),
            };
            *n += 1;
            *longest = words.len().max(*longest);
            match part.doorbells.iter().position(|seen| seen.0 == end_id) {
                Some(place) => part.doorbells[place].1 += 1,
                None if part.doorbells.len() < MOST_DOORBELLS => part.doorbells.push((end_id, 1)),
                None => {}
            }
        }
        let end = &mut self.parts[end as usize];
        *if in_row { &mut end.row_rings } else { &mut end.rings } += 1;
    }
}

impl Observer for Messages {
    fn step(&mut self, step: &Step, _past: &Past) {
        if self.parts.is_empty() {
            return;
        }
        let device = usize::from(step.stream);
        if device >= self.rows.len() {
            self.rows.resize_with(device + 1, Row::default);
        }
        let written = step.is_write().then(|| self.places.get(&step.register.into()).copied());
        match written {
            Some(Some(place)) => self.write(device, place),
            _ if self.rows[device].words.is_empty() => {}
            _ if step.is_read() => self.answer(device),
            _ => self.rows[device] = Row::default(),
        }
    }

    fn gap(&mut self) {
        self.rows.fill(Row::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::Folder;
    use mmio_format::walk::Visitor;
    use mmio_format::{Access, Op, Place};

    /// What the registers of a log are, as `5000 → 2c0`: an argument and its doorbells. Accesses are `W5000` or `R10`,
    /// `|` is a gap; all have the width that is given.
    fn of(log: &str, width: u8) -> Vec<String> {
        let accesses: Vec<Option<Access>> = log
            .split_whitespace()
            .map(|word| {
                let op = if word.starts_with('W') { Op::Write } else { Op::Read };
                let offset = u64::from_str_radix(word.get(1..)?, 16).ok()?;
                Some(Access {
                    place: Place { offset, ..Place::default() },
                    op,
                    width,
                    value: 1,
                    time: 0,
                    index: 0,
                })
            })
            .collect();
        let mut census = Census::default();
        accesses.iter().flatten().for_each(|access| census.see(access));
        let mut messages = Messages::new(&census);
        let mut folder = Folder::default();
        for access in &accesses {
            match access {
                Some(access) => {
                    let id = census.registers().id(access.register());
                    folder.access(id, access, &mut messages);
                }
                None => folder.gap(&mut messages),
            }
        }
        folder.flush(&mut messages);
        let found = messages.finish();
        let offset = |id: RegisterId| format!("{:x}", census.register(id).offset);
        let argument = |id: RegisterId| {
            let argument = found.argument(id)?;
            let ends: Vec<String> = argument.doorbells.iter().map(|&end| offset(end)).collect();
            assert!(argument.doorbells.iter().all(|&end| found.rings(end).is_some()));
            Some(format!("{} → {}", offset(id), ends.join(" ")))
        };
        (0..census.table().len() as RegisterId).filter_map(argument).collect()
    }

    const WORDS: [&str; 4] = ["5000 → 2c0", "5004 → 2c0", "5008 → 2c0", "500c → 2c0"];

    #[test]
    fn words_before_a_doorbell_are_arguments() {
        let message = "W5000 W5004 W5008 W500c W2c0 R184 R188 ";
        assert_eq!(of(&message.repeat(8), 4), WORDS);
        assert_eq!(of(&message.repeat(7), 4), [""; 0]);
        // The answer is taken by another write of the doorbell.
        assert_eq!(of(&"W5000 W5004 W5008 W500c W2c0 R184 W2c0 ".repeat(9), 4), WORDS);
        // Something else is written just before, at another distance.
        assert_eq!(of(&"W4ff0 W5000 W5004 W5008 W500c W2c0 R184 ".repeat(8), 4), WORDS);
        // Short ones belong to long ones.
        let short = "W5000 W5004 W2c0 R184 ";
        assert_eq!(of(&[message, short].concat().repeat(16), 4)[..2], WORDS[..2]);
        assert_eq!(of(&short.repeat(16), 4), [""; 0]);
    }

    #[test]
    fn doorbells_may_share_arguments_and_lie_in_the_row() {
        let both = "W10 W14 W18 W1c W80 R90 W10 W14 W18 W1c W84 R94 ";
        assert_eq!(of(&both.repeat(8), 4), ["10 → 80 84", "14 → 80 84", "18 → 80 84", "1c → 80 84"]);
        let row = "W10 W14 W18 W1c W20 R90 ";
        assert_eq!(of(&row.repeat(8), 4), ["10 → 20", "14 → 20", "18 → 20", "1c → 20"]);
        let bytes = "W50 W51 W52 W53 W80 R90 ";
        assert_eq!(of(&bytes.repeat(8), 1), ["50 → 80", "51 → 80", "52 → 80", "53 → 80"]);
    }

    #[test]
    fn what_nothing_answers_is_not_a_message() {
        assert_eq!(of(&"W5000 W5004 W5008 W500c W2c0 W300 R184 ".repeat(20), 4), [""; 0]);
        assert_eq!(of(&"W5000 W5004 W5008 W500c W2c0 | R184 ".repeat(20), 4), [""; 0]);
        // Uploads of any length have no doorbell.
        let upload = |n: u64| (0..n).map(|i| format!("W{:x} ", 0x1000 + 4 * i)).collect::<String>() + "R8 ";
        assert_eq!(of(&(4..40).map(upload).collect::<String>(), 4), [""; 0]);
    }
}

//! Memory: tables of MSI-X, and registers that are written in long walks at equal distances.

use std::collections::HashSet;

use super::layout::Layout;
use super::{Claims, Facts, RegisterKind, SURE, writes};
use crate::census::Census;
use crate::evidence::{Part::Number, evidence};
use crate::share::{Share, share};
use mmio_format::{Register, RegisterId};

/// Most bytes from one register of a table to the next, in widths of them.
const DENSE: u64 = 4;
/// More of the writes than this lie in walks, and the reads are no larger a share of the writes.
const WALKED: Share = share(1, 2);
const READ: Share = share(2, 1);
/// How sure it is at most of registers that are written in a row; by so much over the length of the walk less.
const WALK_SURE: f64 = 0.98;
const WALK_DOUBT: f64 = 4.0;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let p = facts.profile;
    if facts.msix {
        let word =
            ["address, low", "address, high", "data", "mask"][(facts.register.offset / 4 % 4) as usize];
        claims.special(RegisterKind::Memory, SURE, evidence!["MSI-X table as PCI lays it out: ", word]);
    }
    // What is written by itself as often, or read all the time, is a register, though its block is written in
    // a row at the start.
    let (c, width) = (facts.counts, u64::from(facts.register.width));
    let walked = share(p.walked, c.writes).exceeds(WALKED) && !share(c.reads, c.writes).exceeds(READ);
    if p.stride <= DENSE * width && walked {
        let why = evidence![
            Number(p.walked),
            " of ",
            writes(c.writes),
            " in a row with ",
            Number(u64::from(p.write_walk - 1)),
            " others at a distance of ",
            Number(p.stride)
        ];
        let walks = p.walked as f64 / c.writes as f64;
        let sure = WALK_SURE * walks * (1.0 - WALK_DOUBT / f64::from(p.write_walk));
        claims.special(RegisterKind::Memory, sure, why);
    }
}

/// Bytes of an entry of an MSI-X table, and where its mask lies in it.
const ENTRY: u64 = 16;
const MASK: u64 = 12;
/// Fewest words of such a table, a mask among them.
const MSIX_WORDS: usize = 4;

/// Words of MSI-X tables. The PCI specification lays an entry out as address (8 bytes), data and mask (4 bytes
/// each); on x86 the address is 0xfee….. The driver core masks every entry, and fills those that are used.
pub(super) fn msix(census: &Census, layout: &Layout) -> HashSet<RegisterId> {
    let mut found = HashSet::new();
    let mut end = 0;
    for (place, &id) in layout.single.iter().enumerate() {
        let first = census.register(id);
        let is_address =
            first.width == 4 && first.offset.is_multiple_of(ENTRY) && is_message_address(census, id);
        if place < end || !is_address {
            continue;
        }
        end = place;
        // Entries follow each other; of one that is not used only the mask is accessed.
        let mut next = first.offset;
        let (mut used, mut words) = (false, Vec::new());
        for &id in &layout.single[place..] {
            let r = census.register(id);
            if !beside(r, first) || r.offset / ENTRY > next / ENTRY + 1 {
                break;
            }
            if r.offset.is_multiple_of(ENTRY) {
                used = is_message_address(census, id);
            } else if r.offset / ENTRY != next / ENTRY {
                used = false;
            }
            if used || r.offset % ENTRY == MASK {
                words.push(id);
            } else {
                break;
            }
            next = r.offset;
            end += 1;
        }
        let masks = words.iter().filter(|&&id| census.register(id).offset % ENTRY == MASK).count();
        if masks > 0 && words.len() >= MSIX_WORDS {
            found.extend(words);
        }
    }
    found
}

fn beside(a: Register, b: Register) -> bool {
    (a.device, a.space, a.width) == (b.device, b.space, b.width)
}

fn is_message_address(census: &Census, id: RegisterId) -> bool {
    let counts = census.counts(id);
    counts.writes > 0 && counts.ones >> 20 == 0xfee
}

//! Memory: tables of MSI-X, and registers that are written in long walks at equal distances.

use std::collections::HashSet;

use super::layout::Layout;
use crate::census::Census;
use mmio_format::{Register, RegisterId};

use super::{Claims, Facts, RegisterKind, times};

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let p = facts.profile;
    if facts.msix {
        let word =
            ["address, low", "address, high", "data", "mask"][(facts.register.offset / 4 % 4) as usize];
        claims.special(RegisterKind::Memory, 0.97, format!("MSI-X table as PCI lays it out: {word}"));
    }
    // What is written by itself as often, or read all the time, is a register, though its block is written in
    // a row at the start.
    let (reads, writes) = (facts.counts.reads, facts.counts.writes);
    let dense = p.stride <= 4 * u64::from(facts.register.width);
    if dense && p.walked * 2 > writes && reads <= 2 * writes {
        let why = format!(
            "{} of {} in a row with {} others at a distance of {}",
            p.walked,
            times(writes, "write"),
            p.write_walk - 1,
            p.stride
        );
        let share = p.walked as f64 / writes as f64;
        claims.special(RegisterKind::Memory, 0.98 * share * (1.0 - 4.0 / f64::from(p.write_walk)), why);
    }
}

/// Bytes of an entry of an MSI-X table.
const ENTRY: u64 = 16;

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
            if used || r.offset % ENTRY == 12 {
                words.push(id);
            } else {
                break;
            }
            next = r.offset;
            end += 1;
        }
        let masks = words.iter().filter(|&&id| census.register(id).offset % ENTRY == 12).count();
        if masks > 0 && words.len() >= 4 {
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

//! The analyses that a page shows.

use std::collections::{HashMap, HashSet};

use mmio_analyze::info::{self, Info};
use mmio_analyze::load::Cut;
use mmio_analyze::{pairs, patterns, regs, seqs};
use mmio_format::{DeviceId, Filter, Result, Trace};
use mmio_report::Speller;
use mmio_report::numbers::hex;

/// Most accesses in which sequences are looked for: they need about 75 bytes of memory each.
pub(super) const MOST_FOR_SEQUENCES: u64 = 10_000_000;

/// What was found.
pub(super) struct Findings {
    pub(super) info: Info,
    pub(super) regs: regs::Report,
    pub(super) patterns: patterns::Report,
    pub(super) pairs: pairs::Report,
    /// Nothing where the trace is too long.
    pub(super) sequences: Option<seqs::Report>,
}

impl Findings {
    pub(super) fn of(trace: &mut Trace, filter: &Filter) -> Result<Findings> {
        let plain = || filter.clone();
        let options = regs::Options { filter: plain(), by_mark: false, expand: false };
        let regs = regs::regs(trace, &options)?;
        let patterns = patterns::patterns(trace, &patterns::Options { filter: plain(), by_mark: false })?;
        let pairs = pairs::pairs(trace, filter, &pairs::Options::default())?;
        let info = info::info(trace, filter, 0)?;
        let accesses: u64 = info.recordings.iter().map(|r| r.accesses).sum();
        let sequences = if accesses > MOST_FOR_SEQUENCES {
            None
        } else {
            Some(seqs::seqs(trace, filter, Cut::default(), &seqs::Options::default())?)
        };
        Ok(Findings { info, regs, patterns, pairs, sequences })
    }

    /// Accesses that pass the filter.
    pub(super) fn accesses(&self) -> u64 {
        self.info.recordings.iter().map(|r| r.accesses).sum()
    }

    /// Direct registers of one BAR that more idioms name than others, and that do not always hold the same:
    /// device, BAR, and at most `most` offsets.
    pub(super) fn telling(&self, most: usize, speller: Speller<'_>) -> Option<(DeviceId, u8, Vec<u64>)> {
        let mut sure: HashMap<(&str, u8, &str), f64> = HashMap::new();
        for pattern in self.patterns.patterns.iter().filter(|p| p.space.is_none()) {
            for offset in [Some(&pattern.offset), pattern.offset2.as_ref()].into_iter().flatten() {
                *sure.entry((&pattern.device, pattern.bar, offset)).or_default() += pattern.confidence;
            }
        }
        let alone = |e: &&regs::Entry| e.site.port.is_none() && e.elements == 1 && e.distinct > 1;
        // Patterns are still spelled.
        let rank = |e: &'_ regs::Entry| {
            let (device, offset) = (speller.device(e.site.device()), hex(e.site.register.offset));
            sure.get(&(device, e.site.bar(), offset.as_str())).copied()
        };
        let mut ranks: Vec<(f64, &regs::Entry)> =
            self.regs.registers.iter().filter(alone).filter_map(|e| Some((rank(e)?, e))).collect();
        ranks.sort_by(|(a, x), (b, y)| b.total_cmp(a).then((y.reads + y.writes).cmp(&(x.reads + x.writes))));
        let place = |e: &regs::Entry| (e.site.device(), e.site.bar());
        let (device, bar) = place(ranks.first()?.1);
        let here = ranks.iter().filter(|(_, e)| place(e) == (device, bar));
        let mut offsets: Vec<u64> = here.map(|(_, e)| e.site.register.offset).collect();
        let mut seen = HashSet::new();
        offsets.retain(|&o| seen.insert(o));
        offsets.truncate(most);
        Some((device, bar, offsets))
    }
}

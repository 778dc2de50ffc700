//! The analyses that a page shows.

use std::collections::{HashMap, HashSet};

use mmio_analyze::info::{self, Info};
use mmio_analyze::load::Cut;
use mmio_analyze::site::Site;
use mmio_analyze::{check, pairs, patterns, regs, seqs};
use mmio_format::{DeviceId, Filter, Result, Trace};
use mmio_report::patterns::confidence;

/// Most accesses in which sequences are looked for: they need about 75 bytes of memory each.
pub(super) const MOST_FOR_SEQUENCES: u64 = 10_000_000;

/// The findings of all analyses.
pub(super) struct Findings {
    pub(super) info: Info,
    pub(super) check: check::Report,
    pub(super) regs: regs::Report,
    pub(super) patterns: patterns::Report,
    pub(super) pairs: pairs::Report,
    /// The sequences; nothing where the trace is too long.
    pub(super) sequences: Option<seqs::Report>,
}

impl Findings {
    pub(super) fn of(trace: &mut Trace, filter: &Filter) -> Result<Findings> {
        let plain = || filter.clone();
        let options = regs::Options { filter: plain(), by_mark: false, expand: false };
        let regs = regs::regs(trace, &options)?;
        let patterns = patterns::patterns(trace, &patterns::Options { filter: plain(), by_mark: false })?;
        let pairs = pairs::pairs(trace, filter, &pairs::Options::default())?;
        let check = check::check(trace, filter)?;
        let info = info::info(trace, filter, 0)?;
        let accesses: u64 = info.recordings.iter().map(|r| r.accesses).sum();
        let sequences = if accesses > MOST_FOR_SEQUENCES {
            None
        } else {
            Some(seqs::seqs(trace, filter, Cut::default(), &seqs::Options::default())?)
        };
        Ok(Findings { info, check, regs, patterns, pairs, sequences })
    }

    /// Accesses that pass the filter.
    pub(super) fn accesses(&self) -> u64 {
        self.info.recordings.iter().map(|r| r.accesses).sum()
    }

    /// Direct registers of one BAR that more idioms name than others, and that do not always hold the same:
    /// device, BAR, and at most `most` offsets.
    pub(super) fn telling(&self, most: usize) -> Option<(DeviceId, u8, Vec<u64>)> {
        let place = |site: Site| (site.device(), site.bar());
        let mut sure: HashMap<(DeviceId, u8, u64), f64> = HashMap::new();
        for pattern in self.patterns.patterns.iter().filter(|p| p.site.port.is_none()) {
            let (device, bar) = place(pattern.site);
            for site in [Some(pattern.site), pattern.second].into_iter().flatten() {
                *sure.entry((device, bar, site.register.offset)).or_default() += confidence(pattern);
            }
        }
        let alone = |e: &&regs::Entry| e.site.port.is_none() && e.elements == 1 && e.distinct > 1;
        let rank = |e: &regs::Entry| {
            let (device, bar) = place(e.site);
            sure.get(&(device, bar, e.site.register.offset)).copied()
        };
        let mut ranks: Vec<(f64, &regs::Entry)> =
            self.regs.registers.iter().filter(alone).filter_map(|e| Some((rank(e)?, e))).collect();
        ranks.sort_by(|(a, x), (b, y)| b.total_cmp(a).then((y.reads + y.writes).cmp(&(x.reads + x.writes))));
        let (device, bar) = place(ranks.first()?.1.site);
        let here = ranks.iter().filter(|(_, e)| place(e.site) == (device, bar));
        let mut offsets: Vec<u64> = here.map(|(_, e)| e.site.register.offset).collect();
        let mut seen = HashSet::new();
        offsets.retain(|&o| seen.insert(o));
        offsets.truncate(most);
        Some((device, bar, offsets))
    }
}

//! What the detectors found, put together: some need what others know, and some exclude others.

use std::collections::{HashMap, HashSet};

use super::answer::Context;
use super::finding::{Finding, Kind, Moment, confidence};
use super::pace::Gaps;
use super::view::Posting;
use super::watch::{Watch, bits};
use super::window;
use crate::banks::Bank;
use crate::census::Census;
use crate::ports::Port;
use mmio_format::RegisterId;

/// Accesses in a row that are more than one datum of a port.
const STREAM: u64 = 8;

type Registers = HashSet<RegisterId>;

/// What is settled before the rest can be told.
struct Settled<'a> {
    census: &'a Census,
    /// How fast the accesses of each device follow each other.
    usual: Vec<Gaps>,
    posting: Vec<Posting>,
    /// Index and data ports.
    ports: Registers,
    /// Registers that count by themselves.
    counting: Registers,
    /// Registers that drive lines by single bits.
    driven: Registers,
    /// Registers that take keys.
    keys: Registers,
    /// Registers in which causes are acknowledged.
    acked: Registers,
    /// Those where what was read is written back, and hardly anything else.
    returned: Registers,
    /// How polls end.
    exits: HashMap<RegisterId, (u64, u64)>,
}

impl Settled<'_> {
    fn usual(&self, register: RegisterId) -> Gaps {
        self.usual.get(self.census.register(register).place().stream()).copied().unwrap_or_default()
    }

    fn posts(&self, register: RegisterId, asks: bool) -> bool {
        self.posting.iter().any(|p| p.register == register && p.asks == asks)
    }
}

/// Registers that select what others show.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Selectors<'a> {
    pub(crate) ports: &'a [Port],
    pub(crate) banks: &'a [Bank],
    pub(crate) windows: &'a [Finding],
}

/// Everything that `watch` found. `census` counted the same accesses, and `selectors` were found in them.
pub(crate) fn findings(mut watch: Watch, census: &Census, selectors: Selectors<'_>) -> Vec<Finding> {
    let Selectors { ports, banks, windows } = selectors;
    watch.end();
    let usual = std::mem::take(&mut watch.usual);
    let posting = watch.views.iter().zip(&usual).flat_map(|(view, usual)| view.posting(usual)).collect();
    let mut settled = Settled {
        census,
        usual,
        posting,
        ports: ports.iter().flat_map(|p| [p.index, p.data]).collect(),
        counting: watch.counters.counting(),
        driven: Registers::new(),
        keys: Registers::new(),
        acked: Registers::new(),
        returned: Registers::new(),
        exits: HashMap::new(),
    };
    let mut found = first(&mut watch, &mut settled);
    found.extend(answers(&watch, &settled));
    found.extend(work(&mut watch, &settled, &found));
    let selects: Registers = banks.iter().map(|bank| bank.select).collect();
    found.retain(|f| {
        // A stream may go through the data of a port.
        let stream = f.kind == Kind::Fifo && f.iterations.is_some_and(|i| i.median >= STREAM);
        (stream || !settled.ports.contains(&f.register)) && !selects.contains(&f.register)
    });
    found.retain(|f| !windows.iter().any(|w| explains(w, f, census)));
    found.extend(windows.iter().filter(|w| !settled.ports.contains(&w.register)).cloned());
    found.extend(settled.posting.iter().filter(|p| !p.asks).map(posts));
    found.extend(ports.iter().map(port));
    let known = |bank: &&Bank| !ports.iter().any(|p| p.index == bank.select);
    found.extend(banks.iter().filter(known).flat_map(selected));
    found
}

/// What stands by itself. It is noted in `settled`.
fn first(watch: &mut Watch, settled: &mut Settled<'_>) -> Vec<Finding> {
    let census = settled.census;
    let polls =
        watch.polls.findings(|id| bits(census.register(id).width), |id| settled.counting.contains(&id));
    settled.exits = polls.waits.iter().filter_map(|f| Some((f.register, (f.mask?, f.value?)))).collect();
    // The bits of keys come and go together, as those of lines never do for long.
    let unlocks = watch.unlocks.findings(census);
    settled.keys = unlocks.iter().map(|f| f.register).collect();
    let excluded = |id: &RegisterId| settled.ports.contains(id) || settled.keys.contains(id);
    let lines = watch.bitbangs.findings().into_iter().filter(|f| !excluded(&f.register));
    let mut found: Vec<Finding> = lines.chain(unlocks).collect();
    settled.driven = found.iter().filter(|f| f.kind == Kind::Bitbang).map(|f| f.register).collect();
    found.extend(watch.acks.findings(census));
    found.extend(watch.backs.findings());
    let own = |f: &Finding| f.kind == Kind::Ack && f.second == Some(f.register);
    let known: Registers = found.iter().filter(|f| own(f)).map(|f| f.register).collect();
    let causes: Vec<Finding> =
        watch.causes.findings(census).into_iter().filter(|f| !known.contains(&f.register)).collect();
    // All that is written back there acknowledges; where it is not so sure, bits may be set too.
    settled.returned = causes.iter().filter(|f| f.mask.is_none()).map(|f| f.register).collect();
    found.retain(|f| f.kind != Kind::Rmw || !settled.returned.contains(&f.register));
    found.extend(causes);
    settled.acked = found.iter().filter(|f| f.kind == Kind::Ack).filter_map(|f| f.second).collect();
    found.extend(polls.waits);
    found.extend(polls.drains);
    found.extend(watch.counters.findings(|high, low| beside(census, high, low)));
    found.extend(watch.forgets.findings(|id| settled.acked.contains(&id)));
    found
}

/// Writes that reads answer.
fn answers(watch: &Watch, settled: &Settled<'_>) -> Vec<Finding> {
    let context = Context {
        census: settled.census,
        usual: &|id| settled.usual(id),
        exit: &|id| settled.exits.get(&id).copied(),
        posts: &|id| settled.posts(id, false),
        asks: &|id| settled.posts(id, true),
        lines: &|id| settled.driven.contains(&id),
        acked: &|id| settled.acked.contains(&id),
    };
    let mut found = watch.answers.findings(&context);
    let known: HashSet<_> = found.iter().map(|f| (f.register, f.second)).collect();
    let unacked = |f: &Finding| !settled.acked.contains(&f.register);
    let later = watch.later.findings(settled.census).into_iter();
    found.extend(later.filter(|f| !known.contains(&(f.register, f.second)) && unacked(f)));
    found.extend(watch.words.findings(settled.census).into_iter().filter(unacked));
    found
}

/// Writes that make the device do something; `found` is what is known.
fn work(watch: &mut Watch, settled: &Settled<'_>, found: &[Finding]) -> Vec<Finding> {
    let census = settled.census;
    let registers = |wanted: &dyn Fn(&Finding) -> bool| -> Registers {
        found.iter().filter(|f| wanted(f)).map(|f| f.register).collect()
    };
    let own = |f: &Finding| f.second == Some(f.register);
    let asks = |f: &&Finding| f.kind == Kind::Handshake || (f.kind == Kind::WriteRead && own(f));
    let asks: HashMap<RegisterId, u64> = found.iter().filter(asks).map(|f| (f.register, f.count)).collect();
    // A register that acknowledges its own cause may be rung too.
    let acks = registers(&|f| f.kind == Kind::Ack && own(f));
    let mut out = watch.fifos.findings(
        |id| (census.counts(id).reads, census.counts(id).writes),
        |id| settled.usual(id),
        |id| settled.counting.contains(&id),
    );
    let streams: Registers = out.iter().map(|f| f.register).collect();
    let rings = |f: &Finding| {
        let id = &f.register;
        let taken = settled.driven.contains(id)
            || settled.keys.contains(id)
            || asks.get(id).is_some_and(|n| n * 8 >= f.count)
            || streams.contains(id);
        !taken && !settled.returned.contains(id) && (!settled.acked.contains(id) || acks.contains(id))
    };
    let bells = watch.doorbells.findings(census, |id| settled.usual(id)).into_iter().filter(rings);
    let bells: Vec<Finding> = bells.collect();
    let rung: Registers = bells.iter().map(|f| f.register).collect();
    out.extend(bells);
    let works = |id: RegisterId| settled.driven.contains(&id) || rung.contains(&id);
    out.extend(watch.resets.findings(works, |id| census.counts(id).writes, |id| settled.usual(id)));
    out.extend(watch.commanded.findings().into_iter().filter(|f| !settled.acked.contains(&f.register)));
    out
}

/// Whether `found` is what a window makes of its base, which is written again and again, or of its contents,
/// which are memory.
fn explains(window: &Finding, found: &Finding, census: &Census) -> bool {
    let touched = found.register == window.register || window::has(window, found.register, census);
    touched && matches!(found.kind, Kind::Fifo | Kind::Doorbell)
}

/// Whether two registers are halves by their place.
fn beside(census: &Census, high: RegisterId, low: RegisterId) -> bool {
    let (high, low) = (census.register(high), census.register(low));
    (high.device, high.space, high.width) == (low.device, low.space, low.width)
        && high.offset.abs_diff(low.offset) == u64::from(high.width)
}

fn posts(posting: &Posting) -> Finding {
    let Posting { register, after_write, reads, first, .. } = *posting;
    let mut finding = Finding::new(Kind::ReadbackFlush, register, after_write, first);
    finding.confidence = confidence(after_write, reads);
    finding.evidence = format!(
        "{after_write} of its {reads} reads come straight after a write of some other register, and its value hardly \
         changes"
    );
    finding
}

fn port(port: &Port) -> Finding {
    let first = Moment { index: port.first, time: port.time };
    let mut finding = Finding::new(Kind::IndexData, port.index, port.count, first);
    finding.second = Some(port.data);
    finding.confidence = port.confidence;
    finding.evidence = crate::names::spelled(&port.evidence);
    finding
}

/// One for each register that is accessed straight after the select register.
fn selected(bank: &Bank) -> Vec<Finding> {
    let first = Moment { index: bank.first, time: bank.time };
    let finding = |&data: &RegisterId| {
        let mut finding = Finding::new(Kind::IndexData, bank.select, bank.count, first);
        finding.second = Some(data);
        finding.confidence = bank.confidence;
        finding.evidence = crate::names::spelled(&bank.evidence);
        finding
    };
    bank.data.iter().map(finding).collect()
}

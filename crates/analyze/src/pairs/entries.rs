//! From what was watched to the list of pairs.

use mmio_format::{DeviceId, Filter, Register, RegisterId, Space};
use std::collections::BTreeMap;

use super::Options;
use super::chance::hypergeometric;
use super::class::{Class, class};
use super::flush::{Flush, flushes};
use super::judge::{ALPHA, Found, Judge};
use super::report::{Answer, Member, Pair, Report, ValueRelation, Written};
use super::select::{own, told};
use super::tally::{Tally, Which};
use super::values::{Relation, Values};
use super::watch::Watch;
use crate::arrays;
use crate::census::Census;
use crate::evidence::{Evidence, Part::Number, evidence, things};
use crate::ports::Port;
use crate::times::Distribution;

/// What a list is made of.
pub(super) struct Entries<'a> {
    census: &'a Census,
    watch: &'a Watch,
    ports: &'a [Port],
    options: &'a Options,
    ln_pairs: f64,
}

impl<'a> Entries<'a> {
    pub(super) fn new(census: &'a Census, watch: &'a Watch, ports: &'a [Port], options: &'a Options) -> Self {
        let mut devices: BTreeMap<DeviceId, (f64, f64)> = BTreeMap::new();
        for id in 0..census.table().len() as RegisterId {
            if !watch.is_candidate(id) {
                continue;
            }
            let counts = devices.entry(census.register(id).device).or_default();
            counts.0 += f64::from(u8::from(watch.is_written(id)));
            counts.1 += f64::from(u8::from(watch.runs_of(id).is_some()));
        }
        let pairs: f64 = devices.values().map(|(writes, reads)| writes * reads).sum();
        Entries { census, watch, ports, options, ln_pairs: pairs.max(1.0).ln() }
    }

    /// Appends the pairs to `report`.
    pub(super) fn list(&self, filter: &Filter, mark: Option<String>, report: &mut Report) {
        report.truncated |= self.watch.seen.left_out > 0;
        let mut found = self.found();
        let flushes = flushes(self.census, self.watch, self.ln_pairs, ALPHA.ln());
        own(&mut found, &flushes);
        told(&mut found);
        found.retain(|f| f.by_value || flushes.iter().all(|flush| flush.read != f.read || f.write == f.read));
        found.retain(|f| !self.ports.iter().any(|p| p.selects(f.write) && p.data == f.read));
        let mut listed: Vec<Pair> = found.iter().map(|f| self.plain(f)).collect();
        flushes.iter().for_each(|flush| self.flush(flush, &mut listed));
        self.ports.iter().for_each(|port| self.port(port, &mut listed));
        listed.retain(|pair| wanted(filter, pair));
        listed.sort_by(|a, b| {
            let strength = a.ln_p.total_cmp(&b.ln_p).then(b.count.cmp(&a.count));
            a.device().cmp(&b.device()).then(strength).then(a.folded.cmp(&b.folded))
        });
        let mut left: BTreeMap<DeviceId, usize> = BTreeMap::new();
        for mut pair in listed {
            let left = left.entry(pair.device()).or_insert(self.options.top);
            if *left > 0 {
                *left -= 1;
                pair.mark = mark.clone();
                report.pairs.push(pair);
            }
        }
    }

    fn found(&self) -> Vec<Found> {
        let judge = Judge { ln_pairs: self.ln_pairs, min_count: self.options.min_count };
        let found = self.watch.seen.pairs(self.options.min_count).into_iter().filter_map(|(write, read)| {
            let end = self.watch.devices[self.census.register(read).place().stream()].clock;
            let writes = (self.census.counts(write).writes, self.watch.meanings(write)?);
            let tally = self.watch.seen.get(write, read)?;
            judge.pair((write, read), writes, tally, self.watch.runs_of(read)?, end)
        });
        found.collect()
    }

    /// An entry without what only some have.
    fn entry(&self, write: RegisterId, read: RegisterId, class: Class, ln_p: f64, lift: f64) -> Pair {
        Pair {
            mark: None,
            write: Written::Register(self.census.register(write)),
            values: Vec::new(),
            read: self.census.register(read),
            answer: Answer::Read,
            class,
            count: 0,
            never: self.watch.never(write, read),
            writes: self.census.counts(write).writes,
            reads: self.census.counts(read).reads,
            within: 1,
            lift,
            ln_p,
            latency: Distribution::default(),
            relation: ValueRelation::Unclear,
            folded: false,
            members: Vec::new(),
            evidence: Evidence::default(),
        }
    }

    fn plain(&self, found: &Found) -> Pair {
        let stored = found.write == found.read || self.watch.overlaps.share(found.write, found.read);
        let mut pair = self.entry(found.write, found.read, class(found, stored), found.ln_p, found.lift);
        (pair.count, pair.writes, pair.values) = (found.count, found.writes, found.meant.clone());
        (pair.within, pair.latency) = places([&found.tally], found.which);
        pair.relation = relation(found.values(), found.relation);
        pair.evidence = why(found);
        if pair.never > 0 {
            pair.evidence.push(evidence!["; ", Number(pair.never), " never: the wait was not met"]);
        }
        pair
    }

    fn flush(&self, flush: &Flush, listed: &mut Vec<Pair>) {
        let tallies = |write| self.watch.seen.get(write, flush.read);
        let Some(&first) = flush.members.keys().next() else { return };
        let mut any = self.entry(first, flush.read, Class::Flush, flush.ln_p, flush.lift);
        any.write = Written::Any { first: self.census.register(first) };
        (any.count, any.writes) = (flush.count, flush.writes);
        let all: Vec<Tally> = flush.members.keys().filter_map(|&w| tallies(w)).collect();
        (any.within, any.latency) = places(&all, Which::all(1, false));
        let members = Number(flush.members.len() as u64);
        any.evidence = evidence!["follows the writes of ", members, " registers, whatever they are"];
        any.members = self.members(flush);
        let single = |m: &&Member| m.elements == 1 && m.count >= self.options.min_count;
        let singles: Vec<Register> = any.members.iter().filter(single).map(|m| m.first).collect();
        listed.push(any);
        for (&write, &count) in &flush.members {
            if !singles.contains(&self.census.register(write)) {
                continue;
            }
            let mut member = self.entry(write, flush.read, Class::Flush, flush.ln_p, flush.lift);
            (member.count, member.folded) = (count, true);
            if let Some(tally) = tallies(write) {
                (member.within, member.latency) = places([&tally], Which::all(1, false));
                member.relation = relation(&tally.near_values, tally.near_values.relation().0);
            }
            member.evidence = evidence!["the read follows most other writes too"];
            listed.push(member);
        }
    }

    fn members(&self, flush: &Flush) -> Vec<Member> {
        let mut groups: BTreeMap<(Space, u8), Vec<(u64, RegisterId)>> = BTreeMap::new();
        for &id in flush.members.keys() {
            let register = self.census.register(id);
            groups.entry((register.space, register.width)).or_default().push((register.offset, id));
        }
        let mut members = Vec::new();
        for mut group in groups.into_values() {
            group.sort_unstable();
            let offsets: Vec<u64> = group.iter().map(|&(offset, _)| offset).collect();
            for run in arrays::runs(&offsets) {
                let ids = &group[run.first..run.first + run.elements];
                members.push(Member {
                    first: self.census.register(ids[0].1),
                    elements: run.elements,
                    stride: (run.elements > 1).then_some(run.stride),
                    count: ids.iter().map(|(_, id)| flush.members[id]).sum(),
                    writes: ids.iter().map(|&(_, id)| self.census.counts(id).writes).sum(),
                });
            }
        }
        members
    }

    /// What is read and what is written behind an index.
    fn port(&self, port: &Port, listed: &mut Vec<Pair>) {
        let end = self.watch.devices[self.census.register(port.data).place().stream()].clock;
        let writes = self.census.counts(port.index).writes;
        let data = self.census.counts(port.data);
        let tallies = [&self.watch.seen, &self.watch.moves].map(|all| all.get(port.index, port.data));
        let sides = [(Answer::Read, data.reads), (Answer::Write, data.writes)];
        for ((answer, accesses), tally) in sides.into_iter().zip(tallies) {
            let Some(tally) = tally else { continue };
            let count = tally.within(Which::all(1, false));
            let ln_p = hypergeometric(end.accesses, accesses, writes, count) + self.ln_pairs;
            let expected = writes as f64 * accesses as f64 / end.accesses.max(1) as f64;
            if ln_p >= ALPHA.ln() {
                continue;
            }
            let mut pair = self.entry(port.index, port.data, Class::Index, ln_p, count as f64 / expected);
            (pair.answer, pair.reads, pair.count) = (answer, accesses, count);
            (pair.within, pair.latency) = places([&tally], Which::all(1, false));
            pair.relation = relation(&tally.near_values, tally.near_values.relation().0);
            pair.evidence = port.evidence.clone();
            listed.push(pair);
        }
    }
}

/// Whether the filter lets one of the two registers through.
fn wanted(filter: &Filter, pair: &Pair) -> bool {
    let passes = |r: Register| filter.shows(r, None);
    passes(pair.read) || pair.write.single().is_some_and(passes)
}

/// Why the pair is believed.
fn why(found: &Found) -> Evidence {
    let what = if found.by_value && found.lift < 1.25 { "by its values" } else { "by its place" };
    let steps = things(found.which.steps as u64, "step", "steps");
    let mut why = evidence![
        Number(found.count),
        " of ",
        Number(found.writes),
        " writes are answered within ",
        steps,
        ", found ",
        what,
    ];
    if found.which.across {
        why.push("; other writes and reads lie between");
    }
    if found.tally.polled > 0 {
        let Tally { polled, changed, .. } = found.tally;
        let words = " answers were read more than once, ";
        why.extend(&evidence!["; ", Number(polled), words, Number(changed), " of them changed"]);
    }
    why
}

/// Within how many accesses 99 % of the answers come, and after what times.
fn places<'t>(tallies: impl IntoIterator<Item = &'t Tally>, which: Which) -> (u64, Distribution) {
    let (mut accesses, mut times) = (Distribution::default(), Distribution::default());
    tallies.into_iter().for_each(|tally| tally.places(which, &mut accesses, &mut times));
    (accesses.percentile(99).unwrap_or(1), times)
}

fn relation(values: &Values, found: Relation) -> ValueRelation {
    match found {
        Relation::Equal(_) if values.always_equal() => ValueRelation::Equal,
        Relation::Equal(mask) => ValueRelation::Masked(values.told(mask)),
        Relation::Inverted(mask) => ValueRelation::Inverted(values.told(mask)),
        Relation::Function => ValueRelation::Function(values.deciding()),
        Relation::Constant => ValueRelation::Constant,
        Relation::Independent => ValueRelation::Independent,
        Relation::Unclear => ValueRelation::Unclear,
    }
}

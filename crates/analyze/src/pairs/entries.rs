//! From what was watched to the list.

use mmio_format::{DeviceId, Devices, Filter, Register, RegisterId};
use std::collections::BTreeMap;

use super::chance::hypergeometric;
use super::class::{Class, class};
use super::flush::{Flush, flushes};
use super::judge::{ALPHA, Found, Judge};
use super::report::{Answer, Latency, Member, Pair, Report, ValueRelation};
use super::select::{nearest, told};
use super::tally::Tally;
use super::values::{Relation, Values};
use super::watch::Watch;
use super::{Options, WINDOW};
use crate::arrays;
use crate::census::Census;
use crate::names::hex;
use crate::ports::Port;

/// What a list is made of.
pub(super) struct Entries<'a> {
    census: &'a Census,
    watch: &'a Watch,
    ports: &'a [Port],
    options: &'a Options,
    ln_pairs: f64,
}

/// A pair and where it stands in the list.
struct Listed {
    ln_p: f64,
    registers: (Option<Register>, Register),
    pair: Pair,
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
    pub(super) fn list(&self, devices: &Devices, filter: &Filter, mark: Option<String>, report: &mut Report) {
        report.truncated |= self.watch.seen.left_out > 0;
        let mut found = self.found();
        nearest(&mut found);
        told(&mut found);
        let flushes = flushes(self.census, self.watch, self.ln_pairs, ALPHA.ln());
        found.retain(|f| f.by_value || flushes.iter().all(|flush| flush.read != f.read || f.write == f.read));
        found.retain(|f| !self.ports.iter().any(|p| (p.index, p.data) == (f.write, f.read)));
        let mut listed: Vec<Listed> = found.iter().map(|f| self.plain(f)).collect();
        flushes.iter().for_each(|flush| self.flush(flush, &mut listed));
        self.ports.iter().for_each(|port| self.port(port, &mut listed));
        listed.retain(|l| wanted(filter, l));
        let order = |l: &Listed| (l.registers.1.device, l.pair.folded);
        listed.sort_by(|a, b| {
            let strength = a.ln_p.total_cmp(&b.ln_p).then(b.pair.count.cmp(&a.pair.count));
            order(a).0.cmp(&order(b).0).then(strength).then(order(a).1.cmp(&order(b).1))
        });
        let mut left: BTreeMap<DeviceId, usize> = BTreeMap::new();
        for mut listed in listed {
            let device = listed.registers.1.device;
            let left = left.entry(device).or_insert(self.options.top);
            if *left > 0 {
                *left -= 1;
                listed.pair.device = devices.get(device).name.clone();
                listed.pair.mark = mark.clone();
                report.pairs.push(listed.pair);
            }
        }
    }

    fn found(&self) -> Vec<Found> {
        let judge = Judge { ln_pairs: self.ln_pairs, min_count: self.options.min_count };
        let found = self.watch.seen.pairs(self.options.min_count).into_iter().filter_map(|(write, read)| {
            let end = self.watch.devices[self.census.register(read).place().stream()].clock;
            let writes = self.census.counts(write).writes;
            let tally = self.watch.seen.get(write, read)?;
            judge.pair((write, read), writes, tally, self.watch.runs_of(read)?, end)
        });
        found.collect()
    }

    /// An entry without what only some have.
    fn entry(&self, write: RegisterId, read: RegisterId, class: Class, ln_p: f64, lift: f64) -> Listed {
        let (w, r) = (self.census.register(write), self.census.register(read));
        let pair = Pair {
            mark: None,
            device: String::new(),
            bar: bar(w),
            write: hex(w.offset),
            width: Some(w.width),
            read_bar: (w.space != r.space).then_some(bar(r)),
            read: hex(r.offset),
            read_width: r.width,
            answer: Answer::R,
            class,
            count: 0,
            writes: self.census.counts(write).writes,
            reads: self.census.counts(read).reads,
            within: 1,
            lift: (lift * 100.0).round() / 100.0,
            p: ln_p.exp().clamp(1e-300, 1.0),
            latency_us: None,
            value_relation: ValueRelation::Unclear,
            mask: None,
            folded: false,
            members: Vec::new(),
            evidence: String::new(),
        };
        Listed { ln_p, registers: (Some(w), r), pair }
    }

    fn plain(&self, found: &Found) -> Listed {
        let mut listed = self.entry(found.write, found.read, class(found), found.ln_p, found.lift);
        let pair = &mut listed.pair;
        pair.count = found.count;
        (pair.within, pair.latency_us) = places([&found.tally], found.steps, found.across);
        relate(pair, found.values(), found.relation);
        let what = if found.by_value && found.lift < 1.25 { "by its values" } else { "by its place" };
        pair.evidence = format!(
            "{} of {} writes are answered within {} steps, found {what}",
            found.count, found.writes, found.steps
        );
        if found.across {
            pair.evidence += "; other writes and reads lie between";
        }
        if found.tally.polled > 0 {
            pair.evidence += &format!(
                "; {} answers were read more than once, {} of them changed",
                found.tally.polled, found.tally.changed
            );
        }
        listed
    }

    fn flush(&self, flush: &Flush, listed: &mut Vec<Listed>) {
        let tallies = |write| self.watch.seen.get(write, flush.read);
        let Some(&first) = flush.members.keys().next() else { return };
        let mut any = self.entry(first, flush.read, Class::Flush, flush.ln_p, flush.lift);
        any.registers.0 = None;
        let pair = &mut any.pair;
        (pair.write, pair.width) = ("any".into(), None);
        (pair.count, pair.writes) = (flush.count, flush.writes);
        let all: Vec<Tally> = flush.members.keys().filter_map(|&w| tallies(w)).collect();
        (pair.within, pair.latency_us) = places(&all, 1, false);
        pair.value_relation = ValueRelation::Unclear;
        pair.evidence = format!("follows the writes of {} registers, whatever they are", flush.members.len());
        pair.members = self.members(flush);
        let single = |m: &&Member| m.elements == 1 && m.count >= self.options.min_count;
        let singles: Vec<(u8, String, u8)> =
            pair.members.iter().filter(single).map(|m| (m.bar, m.write.clone(), m.width)).collect();
        listed.push(any);
        for (&write, &count) in &flush.members {
            let mut member = self.entry(write, flush.read, Class::Flush, flush.ln_p, flush.lift);
            let pair = &mut member.pair;
            if !singles.contains(&(pair.bar, pair.write.clone(), pair.width.unwrap_or(0))) {
                continue;
            }
            (pair.count, pair.folded) = (count, true);
            if let Some(tally) = tallies(write) {
                (pair.within, pair.latency_us) = places([&tally], 1, false);
                relate(pair, &tally.near_values, tally.near_values.relation().0);
            }
            pair.evidence = "the read follows most other writes too".into();
            listed.push(member);
        }
    }

    fn members(&self, flush: &Flush) -> Vec<Member> {
        let mut groups: BTreeMap<(u8, u8), Vec<(u64, RegisterId)>> = BTreeMap::new();
        for &id in flush.members.keys() {
            let register = self.census.register(id);
            groups.entry((bar(register), register.width)).or_default().push((register.offset, id));
        }
        let mut members = Vec::new();
        for ((bar, width), mut group) in groups {
            group.sort_unstable();
            let offsets: Vec<u64> = group.iter().map(|&(offset, _)| offset).collect();
            for run in arrays::runs(&offsets) {
                let ids = &group[run.first..run.first + run.elements];
                members.push(Member {
                    bar,
                    write: hex(offsets[run.first]),
                    width,
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
    fn port(&self, port: &Port, listed: &mut Vec<Listed>) {
        let end = self.watch.devices[self.census.register(port.data).place().stream()].clock;
        let writes = self.census.counts(port.index).writes;
        let data = self.census.counts(port.data);
        let tallies = [&self.watch.seen, &self.watch.moves].map(|all| all.get(port.index, port.data));
        let sides = [(Answer::R, data.reads), (Answer::W, data.writes)];
        for ((answer, accesses), tally) in sides.into_iter().zip(tallies) {
            let Some(tally) = tally else { continue };
            let count = tally.within(1, false);
            let ln_p = hypergeometric(end.accesses, accesses, writes, count) + self.ln_pairs;
            let expected = writes as f64 * accesses as f64 / end.accesses.max(1) as f64;
            if ln_p >= ALPHA.ln() {
                continue;
            }
            let mut entry = self.entry(port.index, port.data, Class::Index, ln_p, count as f64 / expected);
            let pair = &mut entry.pair;
            (pair.answer, pair.reads, pair.count) = (answer, accesses, count);
            (pair.within, pair.latency_us) = places([&tally], 1, false);
            relate(pair, &tally.near_values, tally.near_values.relation().0);
            pair.evidence = crate::names::spelled(&port.evidence);
            listed.push(entry);
        }
    }
}

/// The BAR of a direct register.
fn bar(register: Register) -> u8 {
    register.bar()
}

/// Whether the filter lets one of the two registers through.
fn wanted(filter: &Filter, listed: &Listed) -> bool {
    let passes = |r: &Register| filter.shows(r.space.bar(), *r);
    let (write, read) = &listed.registers;
    passes(read) || write.as_ref().is_some_and(passes)
}

/// Within how many accesses 99 % of the answers come, and after what time.
fn places<'t>(
    tallies: impl IntoIterator<Item = &'t Tally>,
    steps: usize,
    across: bool,
) -> (u64, Option<Latency>) {
    let steps = steps.min(WINDOW);
    let samples = tallies.into_iter().flat_map(|t| t.samples(steps, across));
    let (mut accesses, mut times): (Vec<u64>, Vec<u64>) = samples.map(|a| (a.accesses, a.latency)).unzip();
    if times.is_empty() {
        return (1, None);
    }
    accesses.sort_unstable();
    times.sort_unstable();
    let at = |share: f64| ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len()) - 1;
    let us = |nanos: u64| nanos as f64 / 1000.0;
    let latency = Latency { min: us(times[0]), median: us(times[at(0.5)]), p99: us(times[at(0.99)]) };
    (accesses[at(0.99)], Some(latency))
}

fn relate(pair: &mut Pair, values: &Values, relation: Relation) {
    let (name, mask) = match relation {
        Relation::Equal(_) if values.always_equal() => (ValueRelation::Equal, None),
        Relation::Equal(mask) => (ValueRelation::Masked, Some(values.told(mask))),
        Relation::Inverted(mask) => (ValueRelation::Inverted, Some(values.told(mask))),
        Relation::Function => (ValueRelation::Function, values.deciding()),
        Relation::Constant => (ValueRelation::Constant, None),
        Relation::Independent => (ValueRelation::Independent, None),
        Relation::Unclear => (ValueRelation::Unclear, None),
    };
    (pair.value_relation, pair.mask) = (name, mask.map(hex));
}

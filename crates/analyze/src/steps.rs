//! The accesses of each device as steps, the reads of a poll folded into one: the second pass.

use mmio_format::{Access, Op, RegisterId};

use crate::census::Census;
use mmio_format::register::Table;
use mmio_format::walk::Visitor;

/// A write, or reads of one register with nothing between them in the stream of its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The register.
    pub register: RegisterId,
    /// The stream that it is in, see [`Place::stream`](mmio_format::Place::stream).
    pub stream: u16,
    /// `Op::Read`, `Op::Write` or `Op::Unknown`.
    pub op: Op,
    /// How many reads, or UNKNOWNs; 1 for a write.
    pub count: u64,
    /// The value written, or that of the first read.
    pub first: u64,
    /// The value written, or that of the last read.
    pub value: u64,
    /// Bits that were 1 in a read before the last one.
    pub ever_one: u64,
    /// Bits that were 0 in a read before the last one.
    pub ever_zero: u64,
    /// How many reads differed from the read before.
    pub changes: u64,
    /// How many of these reads gave more.
    pub rises: u64,
    /// Nanoseconds of the first access.
    pub time: u64,
    /// Nanoseconds of the last access.
    pub end_time: u64,
    /// Number of the first access in the whole trace.
    pub index: u64,
}

impl Step {
    /// The step that begins with `access` to `register`.
    pub(crate) fn begin(register: RegisterId, access: &Access) -> Step {
        let Access { place, op, value, time, index, .. } = *access;
        Step {
            register,
            stream: place.stream() as u16,
            op,
            count: 1,
            first: value,
            value,
            ever_one: 0,
            ever_zero: 0,
            changes: 0,
            rises: 0,
            time,
            end_time: time,
            index,
        }
    }

    /// Takes one more read.
    #[inline]
    pub(crate) fn go_on(&mut self, value: u64, time: u64) {
        self.ever_one |= self.value;
        self.ever_zero |= !self.value;
        self.changes += u64::from(self.value != value);
        self.rises += u64::from(self.value < value);
        (self.value, self.end_time) = (value, time);
        self.count += 1;
    }

    /// Whether the step is a write.
    pub fn is_write(&self) -> bool {
        self.op == Op::Write
    }

    /// Whether the step is one or more reads.
    pub fn is_read(&self) -> bool {
        self.op == Op::Read
    }
}

/// Steps of a device that are remembered.
pub const PAST: usize = 16;

/// The steps of one device before the present one, since the last gap.
#[derive(Clone, Debug)]
pub struct Past {
    steps: [Option<Step>; PAST],
    next: usize,
}

impl Default for Past {
    fn default() -> Self {
        Past { steps: [None; PAST], next: 0 }
    }
}

impl Past {
    /// The step `back` steps ago, 0 for the one just before; less than [`PAST`].
    #[inline]
    pub fn get(&self, back: usize) -> Option<&Step> {
        self.steps[(self.next + PAST - 1 - back) % PAST].as_ref()
    }

    /// The steps, latest first.
    pub fn iter(&self) -> impl Iterator<Item = &Step> {
        (0..PAST).map_while(|back| self.get(back))
    }

    fn push(&mut self, step: Step) {
        self.steps[self.next] = Some(step);
        self.next = (self.next + 1) % PAST;
    }
}

/// An observer of the steps of each device.
pub trait Observer {
    /// An access as it comes; steps are complete only when the next one begins.
    fn access(&mut self, _register: RegisterId, _access: &Access) {}
    /// A step, and what came before it on the same device.
    fn step(&mut self, step: &Step, past: &Past);
    /// Nothing before may be joined with what comes next. [`Past`] is empty then.
    fn gap(&mut self) {}
}

/// An observer that learns nothing.
impl Observer for () {
    fn step(&mut self, _: &Step, _: &Past) {}
}

impl<O: Observer> Observer for &mut O {
    fn access(&mut self, register: RegisterId, access: &Access) {
        (**self).access(register, access);
    }

    fn step(&mut self, step: &Step, past: &Past) {
        (**self).step(step, past);
    }

    fn gap(&mut self) {
        (**self).gap();
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn access(&mut self, register: RegisterId, access: &Access) {
        self.0.access(register, access);
        self.1.access(register, access);
    }

    fn step(&mut self, step: &Step, past: &Past) {
        self.0.step(step, past);
        self.1.step(step, past);
    }

    fn gap(&mut self) {
        self.0.gap();
        self.1.gap();
    }
}

/// Makes steps of accesses.
#[derive(Default)]
pub struct Folder {
    devices: Vec<Stream>,
}

#[derive(Default)]
struct Stream {
    past: Past,
    open: Option<Step>,
}

impl Folder {
    /// Takes the next access; `register` is the number of what it accesses.
    pub fn access(&mut self, register: RegisterId, access: &Access, observer: &mut impl Observer) {
        let Access { place, op, value, time, .. } = *access;
        let device = place.stream();
        if device >= self.devices.len() {
            self.devices.resize_with(device + 1, Stream::default);
        }
        observer.access(register, access);
        let stream = &mut self.devices[device];
        if let Some(step) = &mut stream.open {
            if step.register == register && step.op == op && op != Op::Write {
                step.go_on(value, time);
                return;
            }
            observer.step(step, &stream.past);
            stream.past.push(*step);
        }
        stream.open = Some(Step::begin(register, access));
    }

    /// Nothing before is joined with what comes next.
    pub fn gap(&mut self, observer: &mut impl Observer) {
        self.flush(observer);
        observer.gap();
    }

    /// Completes the last step of each device.
    pub fn flush(&mut self, observer: &mut impl Observer) {
        for stream in &mut self.devices {
            if let Some(step) = stream.open.take() {
                observer.step(&step, &stream.past);
            }
            stream.past = Past::default();
        }
    }
}

/// Makes steps of a walk.
pub(crate) struct Steps<'a, O> {
    census: &'a mut Census,
    folder: Folder,
    observer: &'a mut O,
}

impl<'a, O: Observer> Steps<'a, O> {
    /// `census` must have seen every access that will come.
    pub(crate) fn new(census: &'a mut Census, observer: &'a mut O) -> Self {
        Steps { census, folder: Folder::default(), observer }
    }

    /// Completes the last step of each device.
    pub(crate) fn finish(mut self) {
        self.folder.flush(self.observer);
    }
}

impl<O: Observer> Visitor for Steps<'_, O> {
    fn registers(&mut self) -> &mut Table {
        self.census.registers()
    }

    fn access(&mut self, register: RegisterId, access: &Access) {
        self.folder.access(register, access, self.observer);
    }

    fn gap(&mut self) {
        self.folder.gap(self.observer);
    }
}

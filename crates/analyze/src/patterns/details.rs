//! What an idiom says besides its registers and how often it occurred.

use crate::evidence::{Evidence, Part, evidence};

/// What is known of an idiom apart from its registers.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Details {
    /// Nothing more.
    #[default]
    Plain,
    /// Bits that tell: causes that are acknowledged, or a state that answers.
    Bits(u64),
    /// Bits that decide, and what they are then.
    Condition(Condition),
    /// What is read is written back, and hardly anything else ever is.
    Returned,
    /// The last value of a series that opens a register.
    Key(u64),
    /// Reads, again and again.
    Loops(Loops),
    /// Accesses of each run of a stream.
    Runs(Spread),
    /// Bits that change.
    Changes(Changes),
    /// The range that a base moves.
    Window(Extent),
    /// Lines that single bits drive.
    Lines(Lines),
}

impl Details {
    /// How its loops or its runs end, or what its bits are when it occurs.
    pub fn condition(&self) -> Option<Condition> {
        match *self {
            Details::Condition(condition) => Some(condition),
            Details::Loops(Loops { until, .. }) => until,
            Details::Lines(Lines { clock, .. }) => Some(Condition { mask: clock, value: clock }),
            _ => None,
        }
    }

    /// The bits that decide or tell, if some do.
    pub fn mask(&self) -> Option<u64> {
        match *self {
            Details::Bits(bits) => Some(bits),
            _ => self.condition().map(|condition| condition.mask),
        }
    }

    /// What these bits are, or the key.
    pub fn value(&self) -> Option<u64> {
        match *self {
            Details::Key(key) => Some(key),
            _ => self.condition().map(|condition| condition.value),
        }
    }

    /// Reads of its loops, or accesses of its runs.
    pub fn lengths(&self) -> Option<Spread> {
        match *self {
            Details::Loops(Loops { reads, .. }) => Some(reads),
            Details::Runs(accesses) => Some(accesses),
            _ => None,
        }
    }

    /// Bits that it changes.
    pub fn changes(&self) -> Option<Changes> {
        if let Details::Changes(changes) = *self { Some(changes) } else { None }
    }
}

/// Some bits of a register, and their value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The bits, at least one.
    pub mask: u64,
    /// Their value, without other bits.
    pub value: u64,
}

impl Condition {
    /// Whether `value` has it.
    pub fn is_met(self, value: u64) -> bool {
        value & self.mask == self.value
    }

    /// The condition in words: `bit 3 set`, `bits 0x3 clear`, `& 0x3 = 0x2`.
    pub fn evidence(self) -> Evidence {
        let Condition { mask, value } = self;
        let bits = match mask.count_ones() {
            1 => evidence!["bit ", Part::Bit(mask.trailing_zeros())],
            _ => evidence!["bits ", Part::Bits(mask)],
        };
        match value {
            value if value == mask => evidence![bits, " set"],
            0 => evidence![bits, " clear"],
            value => evidence!["& ", Part::Bits(mask), " = ", Part::Bits(value)],
        }
    }
}

/// Loops of reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loops {
    /// What is done between two reads.
    pub body: Body,
    /// What the last read has and no earlier one; nothing where it differs from loop to loop.
    pub until: Option<Condition>,
    /// Reads of each loop.
    pub reads: Spread,
    /// Nanoseconds from the first to the last read, of all loops together.
    pub spent: u64,
}

/// What is done between two reads of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Body {
    /// Nothing, or one read of another register.
    Wait,
    /// What was read is served.
    Serve,
    /// The same command is written again.
    Command,
}

/// How many reads the loops of a poll took, or accesses the runs of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Fewest.
    pub min: u64,
    /// Half of the loops took this many or fewer; exact below 64, above it the lower end of an interval
    /// that is a quarter of it wide.
    pub median: u64,
    /// Most.
    pub max: u64,
}

/// Bits that read-modify-writes change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changes {
    /// Bits that are only ever set.
    pub set: u64,
    /// Bits that are only ever cleared.
    pub cleared: u64,
    /// Bits that are both.
    pub toggled: u64,
}

/// How much of a window is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Bytes from the first register to the end of the last one.
    pub length: u64,
    /// Values of the base.
    pub bases: u64,
}

/// Lines that single bits drive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The bit that is the clock.
    pub clock: u64,
    /// What the lines said; nothing where no frame was seen.
    pub said: Option<Said>,
}

/// What lines said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// How the lines are used.
    pub protocol: Protocol,
    /// The bit that carries the data.
    pub data: u64,
    /// The bit that is read, 0 where none is.
    pub input: u64,
    /// The bit that stays at one level during a frame, 0 where none does.
    pub select: u64,
    /// The first frames, at most 16.
    pub frames: Vec<Frame>,
    /// Frames in all.
    pub total: u64,
}

/// How lines are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Bytes with an acknowledge bit, between a start and a stop condition.
    I2c,
    /// Bits at the rising edges of the clock.
    Serial,
}

/// Bits between two conditions that delimit them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Number of its first access in the whole trace.
    pub first: u64,
    /// Bits of it, at least one.
    pub bits: u64,
    /// What its first 256 bits are.
    pub signals: Vec<Signal>,
}

/// A piece of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// I2C: a byte, and whether it was acknowledged.
    Byte(u8, bool),
    /// I2C: a new start within the frame.
    Start,
    /// Serial: the data line at a rising edge of the clock, and what was read of the input line in that cycle.
    Cycle(bool, Option<bool>),
}

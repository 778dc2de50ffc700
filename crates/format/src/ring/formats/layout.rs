//! Where everything stands in a page and before an event.

use super::field::Field;
use super::text::{Description, Parsed};

/// Most bytes of data in a page: the commit word has 20 bits for their number (`RB_WRITE_MASK` in the
/// kernel's ring_buffer.c).
const MAX_PAGE_DATA: usize = (1 << 20) - 1;

/// The layout of a page: time stamp, commit word, data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLayout {
    /// The time of the page in nanoseconds of the trace's clock.
    pub timestamp: Field,
    /// Bytes of data, and flags above them.
    pub commit: Field,
    /// The offset at which the data begins.
    pub data: usize,
    /// Bytes of a page.
    pub size: usize,
}

/// The layout of the 32 bits before each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventHeader {
    /// Bits of `type_len`, the lower ones; the other bits are `time_delta`.
    pub type_bits: u32,
    /// The `type_len` of bytes that are not used.
    pub padding: u32,
    /// The `type_len` of more bits of time.
    pub time_extend: u32,
    /// The `type_len` of an absolute time.
    pub time_stamp: u32,
    /// The highest `type_len` that is a length, in words of four bytes.
    pub data_max: u32,
}

impl PageLayout {
    /// The layout that a description has.
    ///
    /// # Errors
    /// A sentence when a field is missing or is no number.
    pub fn of(description: &Description) -> Parsed<PageLayout> {
        let page = &description.page;
        let data = page.required("data")?;
        Ok(PageLayout {
            timestamp: page.required_number("timestamp")?,
            commit: page.required_number("commit")?,
            data: data.offset,
            size: data.offset + data.size,
        })
    }

    /// Checks that a page of this layout is possible.
    ///
    /// # Errors
    /// A sentence when it is not.
    pub fn check(&self) -> Parsed<()> {
        let data = self.size - self.data;
        if !(8..=MAX_PAGE_DATA).contains(&data) {
            return Err(format!("a page has {data} bytes of data, 8 to {MAX_PAGE_DATA} are possible"));
        }
        if self.timestamp.end().max(self.commit.end()) > self.data {
            return Err("the page's data begins inside its header".into());
        }
        Ok(())
    }
}

impl EventHeader {
    /// Checks that the types of events are different, and fit into their bits.
    ///
    /// # Errors
    /// A sentence when they are not.
    pub fn check(&self) -> Parsed<()> {
        let special = [self.padding, self.time_extend, self.time_stamp];
        let is_type = |t: u32| t >> self.type_bits == 0;
        if special.iter().any(|&t| t <= self.data_max || !is_type(t)) || !is_type(self.data_max) {
            return Err(format!("types {special:?} and lengths up to {} do not fit together", self.data_max));
        }
        if special[0] == special[1] || special[1] == special[2] || special[0] == special[2] {
            return Err(format!("types {special:?} are not all different"));
        }
        Ok(())
    }
}

//! What a page shows about the part of a picture that is pointed at. Files of pictures do not have it.

use crate::canvas::Area;

/// Words for an area; of those that overlap, the last one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The area that shows them.
    pub area: Area,
    /// The words.
    pub text: String,
    /// Numbers that depend on the column.
    pub series: Vec<Series>,
}

/// How many of something there are in each column of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What is counted.
    pub name: &'static str,
    /// Pixels of a column.
    pub step: i32,
    /// Counts from the left.
    pub counts: Vec<u64>,
}

/// Columns of pixels that are a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First column, and the first one after it.
    pub x: (i32, i32),
    /// The first and the last time, in nanoseconds of the trace's clock.
    pub time: (u64, u64),
}

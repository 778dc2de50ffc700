//! Pictures of MMIO traces: when a driver is at work, where, and what it sees there.
//!
//! A plot reads a [`Trace`](mmio_format::trace::Trace) once or twice, counts into the pixels of its picture
//! while it reads, and draws on a [`canvas::Canvas`], which [`image`] turns into SVG or PNG. Nothing is
//! sampled: every access is in the count of its pixel, and a pixel with one access can be seen.

pub mod canvas;
mod choice;
mod curve;
pub mod events;
pub mod figure;
pub mod font;
pub mod graph;
mod grid;
pub mod heatmap;
pub mod hover;
pub mod image;
pub mod latency;
pub mod map;
mod marks;
pub mod offset_axis;
pub mod overview;
pub mod palette;
pub mod report;
mod svg;
pub mod time_axis;
pub mod timeline;
pub mod values;
mod wave;

pub use figure::Picture;

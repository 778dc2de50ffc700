//! Pictures of MMIO traces: when a driver is at work, where, and what it sees there.
//!
//! A plot reads a [`Trace`](mmio_format::trace::Trace) once or twice, counts into the pixels of its picture
//! while it reads, and draws on a [`canvas::Canvas`], which [`image`] turns into SVG or PNG. Nothing is
//! sampled: every access is in the count of its pixel, and a pixel with one access can be seen.
//!
//! A plot is a function: [`timeline::timeline`], [`heatmap::heatmap`], [`values::values`], [`latency::latency`],
//! [`map::map`], [`graph::graph`]. Each takes a trace, a scope and a [`Picture`] (size and title), and returns a canvas.
//! [`report`] puts all of them into one HTML page.
//!
//! ```
//! use mmio_format::{Scope, Trace};
//! use mmio_plot::image::{Format, encode};
//! use mmio_plot::{Picture, palette::Theme, timeline};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("log.txt");
//! std::fs::write(&path, "MAP 1.0 1 0xfe000000 0xffff0000 0x1000 0x0 0\nR 4 1.5 1 0xfe000020 0x7 0x0 0\n")?;
//! let mut trace = Trace::open(&path)?;
//! let picture = Picture { width: 800, height: None, source: "log.txt".into() };
//! let canvas = timeline::timeline(&mut trace, &Scope::default(), &picture)?;
//! assert!(encode(&canvas, Format::Svg, Theme::Light)?.starts_with(b"<svg"));
//! # Ok(())
//! # }
//! ```
//!
//! Stable are the functions of the plots, [`Picture`], and [`image::encode`]. What a plot draws with (canvas, axes,
//! palette) may change in any version.

// A library is silent: what a user sees, a program says.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr, clippy::exit))]

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

/// The examples of README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

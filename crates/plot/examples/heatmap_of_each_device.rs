//! A heatmap of each device of a trace, as `NAME.svg` in the present folder.
//!
//! `cargo run --release -p mmio_plot --example heatmap_of_each_device -- samples/e1000e.txt`

use std::collections::BTreeSet;
use std::error::Error;

use mmio_format::{Filter, Scope, Trace};
use mmio_plot::image::{Format, encode};
use mmio_plot::palette::Theme;
use mmio_plot::{Picture, heatmap};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("a trace is missing")?;
    let mut trace = Trace::open(&path)?;
    let mut used = BTreeSet::new();
    for access in trace.accesses(&Scope::default())? {
        used.insert(access?.device());
    }
    let names: Vec<String> = used.iter().map(|&id| trace.devices().get(id).name.clone()).collect();
    for name in names {
        let filter = Filter::default().of_device(&name);
        let picture = Picture { width: 1200, height: None, source: path.clone() };
        let canvas = heatmap::heatmap(&mut trace, &Scope::of(&filter), &picture)?;
        let file = format!("{}.svg", name.replace([':', '.', '#'], "_"));
        std::fs::write(&file, encode(&canvas, Format::Svg, Theme::Light)?)?;
        println!("{file}");
    }
    Ok(())
}

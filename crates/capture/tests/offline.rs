//! Saved pages and texts as a program converts them: what it is shown, and what comes of it.

use std::path::{Path, PathBuf};

use mmio_capture::offline::{Done, Options, convert};
use mmio_format::Progress;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name)
}

/// What is shown while inputs are converted.
fn converted(inputs: Vec<PathBuf>) -> (Done, Vec<Progress>) {
    let (options, mut shown) = (Options { inputs, level: 3, threads: 2, ..Options::default() }, Vec::new());
    let mut container = Vec::new();
    let done = convert(&options, &mut container, Path::new("out"), &mut |progress| shown.push(progress));
    assert!(container.len() > 1000);
    (done.unwrap(), shown)
}

#[test]
fn progress_rises_from_the_begin_to_the_end_of_the_inputs() {
    let length = |name| std::fs::metadata(sample(name)).unwrap().len();
    let pages = "edu_raw.bin.zst";
    for (inputs, size) in [
        (vec![sample(pages)], length(pages)),
        (vec![sample(pages), sample(pages)], 2 * length(pages)),
        (vec![sample("e1000e.txt")], length("e1000e.txt")),
    ] {
        let (done, shown) = converted(inputs);
        assert!(done.totals.accesses > 300 && done.damage.is_none());
        assert!(shown.len() > 1, "{shown:?}");
        assert!(shown.iter().all(|progress| progress.size == Some(size)), "{size}: {shown:?}");
        assert!(shown.is_sorted_by_key(|progress| progress.read), "{shown:?}");
        assert_eq!(shown.last().unwrap().read, size);
    }
}

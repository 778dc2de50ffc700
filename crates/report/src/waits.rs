//! Words for waits, [`mmio_analyze::waits`].

use mmio_analyze::waits::{Cut, End};

/// How a wait ended: `met`, `in vain`, `of unknown end`, `cut by a loss`.
pub const fn end(end: End) -> &'static str {
    match end {
        End::Met => "met",
        End::InVain => "in vain",
        End::Unknown => "of unknown end",
        End::Cut(by) => cut(by),
    }
}

/// What cut a wait.
pub const fn cut(cut: Cut) -> &'static str {
    match cut {
        Cut::End => "cut by the end of the trace",
        Cut::Loss => "cut by a loss",
    }
}

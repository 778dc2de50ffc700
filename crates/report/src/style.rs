//! How a text looks.

/// How a text for people looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether there are escape codes for colours.
    pub color: bool,
}

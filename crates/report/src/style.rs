//! How a text looks.

/// How a text for people looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Escape codes for colours.
    pub color: bool,
}

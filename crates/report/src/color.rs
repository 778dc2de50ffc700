//! A few colours that can be read on dark and light terminals.

/// Wraps text in escape codes, or leaves it alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Paints what is less important: times, counts.
    pub(super) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Paints what the eye should find first.
    pub(super) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Paints a read.
    pub(super) fn read(self, text: &str) -> String {
        self.wrap("36", text)
    }

    /// Paints a write.
    pub(super) fn write(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// Paints a loss, or something that could not be read.
    pub(super) fn alarm(self, text: &str) -> String {
        self.wrap("31", text)
    }

    /// Paints an access by its op letter.
    pub(super) fn op(self, op: char, text: &str) -> String {
        match op {
            'R' => self.read(text),
            'W' => self.write(text),
            _ => self.alarm(text),
        }
    }
}

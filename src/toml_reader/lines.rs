//! Where lines begin.

/// The lines of a text.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// Looks through a text once.
    pub(super) fn of(text: &str) -> Self {
        Self(memchr::memchr_iter(b'\n', text.as_bytes()).collect())
    }

    /// The line, from 1, that a byte stands in.
    pub(super) fn at(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|end| *end < offset)
    }
}

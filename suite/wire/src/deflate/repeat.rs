//! The same message again and again: its result is remembered.

/// Messages above this many bytes are not remembered.
const LARGEST: usize = 1 << 20;

/// Remembers the last message of a side and its result. Once nothing before it matters, the result stays the same: if
/// each message starts with an empty window, or the window contains only repetitions of that message.
#[derive(Debug, Default)]
pub(super) struct Repeat {
    input: Vec<u8>,
    output: Vec<u8>,
    /// How many bytes this same message has put into the window in a row.
    filled: usize,
    settled: bool,
}

/// What was done to a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DeflateDirection {
    /// It was compressed: its input goes through the window.
    Deflated,
    /// It was decompressed: its output does.
    Inflated,
}

/// A message before and after, which of the two goes through the window, and what is known about it.
pub(super) struct Done<'m> {
    pub input: &'m [u8],
    pub output: &'m [u8],
    pub direction: DeflateDirection,
    /// No message refers back to another.
    pub afresh: bool,
    /// In bytes.
    pub window: usize,
}

impl Repeat {
    /// The result for the input, if it is known.
    pub(super) fn again(&self, input: &[u8]) -> Option<&[u8]> {
        (self.settled && self.input == input).then_some(&self.output)
    }

    /// Records a message.
    pub(super) fn note(&mut self, done: &Done<'_>) {
        if done.input.len().max(done.output.len()) > LARGEST {
            return self.forget();
        }
        // The same bytes may have a different result as long as they refer back to other data.
        let (text, determined) = match done.direction {
            DeflateDirection::Deflated => (done.input, true),
            DeflateDirection::Inflated => (done.output, self.output == done.output),
        };
        let same = self.input == done.input && determined;
        self.settled = done.afresh || same && self.filled >= done.window;
        self.filled = if same { self.filled.saturating_add(text.len()) } else { text.len() };
        for (kept, new) in [(&mut self.input, done.input), (&mut self.output, done.output)] {
            kept.clear();
            kept.extend_from_slice(new);
        }
    }

    /// Another message arrived, or the window was emptied.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

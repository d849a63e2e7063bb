//! The same message again and again: what it came to once, it comes to again.

/// Messages above this many bytes are not remembered.
const LARGEST: usize = 1 << 20;

/// Remembers the last message of a side, and what it came to. Once nothing before it matters any more, it comes to the
/// same again: where each message begins afresh, or the window holds nothing but that message over and over.
#[derive(Debug, Default)]
pub(super) struct Repeat {
    input: Vec<u8>,
    output: Vec<u8>,
    /// Bytes that this very message has put into the window in a row.
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

/// What a message was before and after, which of both goes through the window, and what is known of that.
pub(super) struct Done<'m> {
    pub input: &'m [u8],
    pub output: &'m [u8],
    pub direction: DeflateDirection,
    /// No message reaches back to another.
    pub afresh: bool,
    /// In bytes.
    pub window: usize,
}

impl Repeat {
    /// What the input comes to, if that is known.
    pub(super) fn again(&self, input: &[u8]) -> Option<&[u8]> {
        (self.settled && self.input == input).then_some(&self.output)
    }

    /// Takes note of a message.
    pub(super) fn note(&mut self, done: &Done<'_>) {
        if done.input.len().max(done.output.len()) > LARGEST {
            return self.forget();
        }
        // The same bytes may come to others, as long as what they reach back to is another.
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

    /// Another message came, or the window was emptied.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

//! What is done to the stream, one operation after another.

use std::time::Duration;

use bytes::Bytes;
use wsspec_carriers::ComposedOpening;
use wsspec_notation::Http2Spec;

/// An operation on the stream, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Write one segment.
    Write(Bytes),
    /// Write these octets of a bundle of connections, whichever they belong to.
    Bundle(Bytes),
    /// A head, for a carrier that has frames of its own for it.
    Open(ComposedOpening),
    /// A frame of HTTP/2 or HTTP/3.
    Http2(Http2Spec),
    /// The carrier cannot write yet.
    Blocked,
    /// Pause, so that the peer does not read what comes before and after it together.
    Gap,
    /// Pause for this long.
    Pause(Duration),
    /// Ask the peer's process to exit.
    Terminate,
    Eof,
    Reset,
}

/// Bytes that go out in segments of a size, cut as they are taken: there may be as many segments as bytes.
#[derive(Debug)]
pub(crate) struct Segments {
    pub rest: Bytes,
    /// How long a segment is, in bytes.
    pub size: usize,
    /// How many of the segments have a pause behind them.
    pub gaps: usize,
    /// The length of these pauses, if the script sets it.
    pub pause: Option<Duration>,
    /// Whether what has no pause behind it is left whole.
    pub joins: bool,
    /// Whether the pause behind the last segment is still to come.
    pub is_due: bool,
}

impl Segments {
    /// Whether nothing is left.
    pub(crate) fn is_over(&self) -> bool {
        self.rest.is_empty() && !self.is_due
    }
}

impl Iterator for Segments {
    type Item = Output;

    fn next(&mut self) -> Option<Output> {
        if std::mem::take(&mut self.is_due) {
            return Some(self.pause.map_or(Output::Gap, Output::Pause));
        }
        if self.rest.is_empty() {
            return None;
        }
        let size =
            if self.joins && self.gaps == 0 { self.rest.len() } else { self.size.min(self.rest.len()) };
        self.is_due = self.gaps > 0;
        self.gaps = self.gaps.saturating_sub(1);
        Some(Output::Write(self.rest.split_to(size)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(len: usize, gaps: usize, joins: bool) -> Vec<String> {
        let rest = Bytes::from(vec![b'a'; len]);
        let mut segments = Segments { rest, size: 2, gaps, pause: None, joins, is_due: false };
        let mut out = Vec::new();
        while !segments.is_over() {
            out.push(match segments.next() {
                Some(Output::Write(bytes)) => bytes.len().to_string(),
                Some(Output::Gap) => "gap".into(),
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(segments.next(), None);
        out
    }

    #[test]
    fn each_segment_has_a_pause_behind_it_while_there_are_pauses() {
        assert_eq!(cut(5, 9, false), ["2", "gap", "2", "gap", "1", "gap"]);
        assert_eq!(cut(5, 1, false), ["2", "gap", "2", "1"]);
        assert_eq!(cut(5, 0, false), ["2", "2", "1"]);
        assert_eq!(cut(0, 3, false), Vec::<String>::new());
    }

    #[test]
    fn what_has_no_pause_behind_it_can_be_left_whole() {
        assert_eq!(cut(7, 1, true), ["2", "gap", "5"]);
        assert_eq!(cut(7, 0, true), ["7"]);
        assert_eq!(cut(4, 2, true), ["2", "gap", "2", "gap"]);
    }
}

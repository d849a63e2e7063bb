//! One direction of a TCP connection from its segments: octets in order, and gaps where some were not captured (RFC 9293,
//! 3.4).

use std::collections::BTreeMap;

/// How many octets wait for what comes before them, at most.
const MOST_WAITING: usize = 1 << 20;
/// How many segments do.
const MOST_SEGMENTS: usize = 1024;

/// What comes next of a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StreamPart {
    /// Octets, and the number of the packet with them.
    Octets(Vec<u8>, u64),
    /// This many octets were not captured.
    Gap(u64),
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct StreamAssembly {
    /// The sequence number of the next octet, continued beyond 32 bits; `None` before the first segment.
    next: Option<u64>,
    /// What came too early, by its sequence number.
    waiting: BTreeMap<u64, (Vec<u8>, u64)>,
    waits: usize,
}

impl StreamAssembly {
    /// Begins with this sequence number, that of the first octet.
    pub(crate) fn begin(&mut self, sequence: u32) {
        if self.next.is_none() {
            self.next = Some(START + u64::from(sequence));
        }
    }

    /// Whether nothing before this sequence number is missing.
    pub(crate) fn has_reached(&self, sequence: u32) -> bool {
        self.next.is_none_or(|next| near(sequence, next) <= next)
    }

    /// Whether octets before this sequence number have not come, though the other end has received them: more than a FIN.
    pub(crate) fn lacks(&self, sequence: u32) -> bool {
        let behind = |next: u64| near(sequence, next).saturating_sub(next);
        // An acknowledgment from far away belongs to another connection.
        self.next.is_some_and(|next| (2..=u64::from(u32::MAX / 4)).contains(&behind(next)))
    }

    /// Takes the payload of a segment.
    pub(crate) fn take(&mut self, sequence: u32, payload: &[u8], packet: u64, out: &mut Vec<StreamPart>) {
        if payload.is_empty() {
            return;
        }
        self.begin(sequence);
        let Some(next) = self.next else { return };
        let at = near(sequence, next);
        match next.checked_sub(at) {
            // Sent again: what is new of it counts.
            Some(known) => {
                let known = usize::try_from(known).unwrap_or(usize::MAX);
                if let Some(new) = payload.get(known..).filter(|new| !new.is_empty()) {
                    self.next = Some(next + new.len() as u64);
                    out.push(StreamPart::Octets(new.to_vec(), packet));
                    self.release(out);
                }
            }
            None => {
                // The longer one of two at the same place.
                let before = self.waiting.get(&at).map_or(0, |(octets, _)| octets.len());
                if before < payload.len() {
                    self.waits = self.waits - before + payload.len();
                    self.waiting.insert(at, (payload.to_vec(), packet));
                }
                while self.waits > MOST_WAITING || self.waiting.len() > MOST_SEGMENTS {
                    self.skip(out);
                }
            }
        }
    }

    /// The other end has received everything before this sequence number: what is missing of it will not come.
    pub(crate) fn acknowledged(&mut self, sequence: u32, out: &mut Vec<StreamPart>) {
        let Some(next) = self.next else { return };
        let until = near(sequence, next);
        // An acknowledgment from far away belongs to another connection.
        if until <= next || until - next > u64::from(u32::MAX / 4) {
            return;
        }
        while self.waiting.first_key_value().is_some_and(|(at, _)| *at < until) {
            self.skip(out);
        }
        let Some(next) = self.next.filter(|next| *next < until) else { return };
        // The other end has more than we do, unless that is the number of a FIN.
        if until - next > 1 {
            out.push(StreamPart::Gap(until - next));
            self.next = Some(until);
        }
    }

    /// Nothing more is captured: what waits comes after its gap.
    pub(crate) fn end(&mut self, out: &mut Vec<StreamPart>) {
        while !self.waiting.is_empty() {
            self.skip(out);
        }
    }

    /// Gives up what is missing before the first segment that waits.
    fn skip(&mut self, out: &mut Vec<StreamPart>) {
        let (Some((at, _)), Some(next)) = (self.waiting.first_key_value(), self.next) else { return };
        let at = *at;
        if at > next {
            out.push(StreamPart::Gap(at - next));
            self.next = Some(at);
        }
        self.release(out);
    }

    /// Passes on what no longer waits for anything.
    fn release(&mut self, out: &mut Vec<StreamPart>) {
        while let (Some(entry), Some(next)) = (self.waiting.first_entry(), self.next) {
            if *entry.key() > next {
                return;
            }
            let known = usize::try_from(next - entry.key()).unwrap_or(usize::MAX);
            let (mut octets, packet) = entry.remove();
            self.waits -= octets.len();
            if known < octets.len() {
                octets.drain(..known);
                self.next = Some(next + octets.len() as u64);
                out.push(StreamPart::Octets(octets, packet));
            }
        }
    }
}

/// Sequence numbers begin here, so that what was sent before the first one is not below zero.
const START: u64 = 1 << 40;

/// The continuation of a sequence number that is nearest to another one.
fn near(sequence: u32, to: u64) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "the last 32 bits are meant")]
    let ahead = sequence.wrapping_sub(to as u32);
    #[expect(clippy::cast_possible_wrap, reason = "half of all numbers are behind")]
    let apart = ahead as i32;
    to.saturating_add_signed(apart.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(text: &str, packet: u64) -> StreamPart {
        StreamPart::Octets(text.into(), packet)
    }

    #[test]
    fn segments_in_any_order_become_a_stream() {
        let (mut stream, mut out) = (StreamAssembly::default(), Vec::new());
        stream.begin(u32::MAX - 1);
        stream.take(1, b"de", 3, &mut out);
        stream.take(u32::MAX - 1, b"abc", 1, &mut out);
        stream.take(u32::MAX, b"bcde", 2, &mut out);
        stream.take(3, b"f", 4, &mut out);
        assert_eq!(out, [octets("abc", 1), octets("de", 3), octets("f", 4)]);
    }

    #[test]
    fn what_was_acknowledged_and_not_captured_is_a_gap() {
        let (mut stream, mut out) = (StreamAssembly::default(), Vec::new());
        stream.take(100, b"ab", 1, &mut out);
        stream.take(105, b"fg", 2, &mut out);
        stream.acknowledged(102, &mut out);
        assert_eq!(out, [octets("ab", 1)]);
        stream.acknowledged(107, &mut out);
        assert_eq!(out[1..], [StreamPart::Gap(3), octets("fg", 2)]);
        stream.acknowledged(108, &mut out);
        stream.acknowledged(117, &mut out);
        stream.take(107, b"late", 3, &mut out);
        assert_eq!(out[3..], [StreamPart::Gap(10)]);
    }

    #[test]
    fn the_end_and_too_much_that_waits_end_the_waiting() {
        let (mut stream, mut out) = (StreamAssembly::default(), Vec::new());
        stream.take(0, b"a", 1, &mut out);
        stream.take(9, b"j", 2, &mut out);
        stream.take(20, b"u", 3, &mut out);
        stream.end(&mut out);
        assert_eq!(out[1..], [StreamPart::Gap(8), octets("j", 2), StreamPart::Gap(10), octets("u", 3)]);
        let large = vec![0; MOST_WAITING];
        stream.take(30, &large, 4, &mut out);
        assert_eq!(out.len(), 5);
        stream.take(30 + (2 << 20), b"x", 5, &mut out);
        assert_eq!(out[5], StreamPart::Gap(9));
        assert_eq!(out.len(), 7);
    }
}

//! Segments that were captured before what they acknowledge: whoever captures on one of the ends may see them in that order.

use std::{collections::VecDeque, time::Duration};

use crate::segment::TcpSegment;

/// How many wait at most.
const MOST: usize = 32;
/// After this many further packets of the capture, what they acknowledge will not come.
const LONGEST: u64 = 64;

/// A segment that waits, with its packet.
#[derive(Debug)]
pub(crate) struct HeldSegment {
    segment: TcpSegment<'static>,
    payload: Vec<u8>,
    pub packet: u64,
    pub at: Option<Duration>,
}

impl HeldSegment {
    /// The segment as it was captured.
    pub(crate) fn segment(&self) -> TcpSegment<'_> {
        TcpSegment { payload: &self.payload, ..self.segment }
    }
}

/// The segments that wait, in the order in which they were captured.
#[derive(Debug, Default)]
pub(crate) struct HeldSegments(VecDeque<HeldSegment>);

impl HeldSegments {
    pub(crate) fn hold(&mut self, segment: &TcpSegment<'_>, packet: u64, at: Option<Duration>) {
        let payload = segment.payload.to_vec();
        let segment = TcpSegment { payload: &[], ..*segment };
        self.0.push_back(HeldSegment { segment, payload, packet, at });
    }

    /// The first one, if it need not wait as `is_ahead` has it, or has waited long enough by the packet with this number.
    pub(crate) fn next(
        &mut self,
        packet: u64,
        is_ahead: impl FnOnce(&TcpSegment<'_>) -> bool,
    ) -> Option<HeldSegment> {
        let first = self.0.front()?;
        let waits = self.0.len() <= MOST
            && packet.saturating_sub(first.packet) <= LONGEST
            && is_ahead(&first.segment);
        if waits { None } else { self.0.pop_front() }
    }

    /// The first one, however long it has waited.
    pub(crate) fn pop(&mut self) -> Option<HeldSegment> {
        self.0.pop_front()
    }
}

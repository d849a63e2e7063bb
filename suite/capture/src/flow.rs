//! One TCP connection of a capture: puts its directions together, finds out which end is the client, and passes everything to
//! the observer.

use std::{net::SocketAddr, time::Duration};

use wsspec_wire::Role;

use crate::{
    held::HeldSegments,
    observer::{ObservedEnd, ObservedFault, Observer, ObserverSettings},
    reassembly::{StreamAssembly, StreamPart},
    segment::TcpSegment,
    step::begins_with_frames,
};

/// A connection, from the first packet of it that was captured.
#[derive(Debug)]
pub(crate) struct CapturedFlow {
    pub(crate) number: u64,
    began: Option<Duration>,
    /// `None` as long as nothing but TCP has been seen.
    observer: Option<Observer>,
    settings: ObserverSettings,
    /// The client, as far as is known.
    client: Option<SocketAddr>,
    /// Both ends, the one with the lower address first.
    ends: [SocketAddr; 2],
    /// What each of them sends.
    streams: [StreamAssembly; 2],
    /// Segments that wait for what they acknowledge.
    held: HeldSegments,
    /// The sequence number of the FIN of each of them.
    fins: [Option<u32>; 2],
    ended: [bool; 2],
    /// Its SYN was captured.
    pub(crate) from_start: bool,
    /// Octets that were not captured.
    pub(crate) missing: u64,
}

/// What a packet shows of a connection.
#[derive(Debug, Default)]
pub(crate) struct FlowNews {
    /// Broken rules, each with the number of the packet that shows it.
    pub(crate) faults: Vec<(ObservedFault, u64)>,
    /// What the connection carries that is not WebSocket.
    pub(crate) foreign: Option<String>,
}

impl CapturedFlow {
    pub(crate) fn new(
        number: u64,
        ends: [SocketAddr; 2],
        settings: ObserverSettings,
        began: Option<Duration>,
    ) -> Self {
        Self {
            number,
            ends,
            fins: [None; 2],
            began,
            observer: None,
            settings,
            client: None,
            streams: Default::default(),
            held: HeldSegments::default(),
            ended: [false; 2],
            from_start: false,
            missing: 0,
        }
    }

    /// What is left of a connection that is over: whatever is still captured of it means nothing.
    pub(crate) fn over(&self, settings: ObserverSettings) -> Self {
        Self { ended: [true; 2], ..Self::new(self.number, self.ends, settings, None) }
    }

    /// The observer, once there were octets.
    pub(crate) fn observer(&mut self) -> Option<&mut Observer> {
        self.observer.as_mut()
    }

    /// Whether both ends have ended: a SYN is then that of another connection between the same ports.
    pub(crate) fn is_over(&self) -> bool {
        self.ended == [true; 2]
    }

    /// Takes a segment.
    pub(crate) fn take(&mut self, segment: &TcpSegment<'_>, packet: u64, at: Option<Duration>) -> FlowNews {
        let mut news = FlowNews::default();
        match self.is_ahead(segment) {
            true => self.held.hold(segment, packet, at),
            false => self.read(segment, packet, at, &mut news),
        }
        let mut held = std::mem::take(&mut self.held);
        while let Some(next) = held.next(packet, |segment| self.is_ahead(segment)) {
            self.read(&next.segment(), next.packet, next.at, &mut news);
        }
        self.held = held;
        news
    }

    /// Whether a segment acknowledges what has not been captured, or not yet.
    fn is_ahead(&self, segment: &TcpSegment<'_>) -> bool {
        let other = usize::from(segment.from <= segment.to);
        segment.acknowledged.is_some_and(|acknowledged| self.streams[other].lacks(acknowledged))
    }

    fn read(&mut self, segment: &TcpSegment<'_>, packet: u64, at: Option<Duration>, news: &mut FlowNews) {
        let side = usize::from(segment.from > segment.to);
        if segment.begins {
            self.from_start |= segment.acknowledged.is_none();
            let client = if segment.acknowledged.is_none() { segment.from } else { segment.to };
            self.client.get_or_insert(client);
            self.streams[side].begin(segment.sequence.wrapping_add(1));
        }
        let mut parts = Vec::new();
        // First what the other end is now known to have received.
        if let Some(acknowledged) = segment.acknowledged {
            self.streams[1 - side].acknowledged(acknowledged, &mut parts);
            self.pass(1 - side, &mut parts, packet, at, news);
        }
        let sequence = segment.sequence.wrapping_add(u32::from(segment.begins));
        self.streams[side].take(sequence, segment.payload, packet, &mut parts);
        self.pass(side, &mut parts, packet, at, news);
        if segment.ends {
            let length = u32::try_from(segment.payload.len()).unwrap_or_default();
            self.fins[side] = Some(sequence.wrapping_add(length).wrapping_add(segment.missing));
        }
        for side in [side, 1 - side] {
            // What was lost may be sent again after the FIN.
            if self.fins[side].is_some_and(|fin| self.streams[side].has_reached(fin)) {
                self.end(side, ObservedEnd::Eof, packet, at, news);
            }
        }
        if segment.resets {
            self.end(side, ObservedEnd::Reset, packet, at, news);
            self.ended = [true; 2];
        }
    }

    /// Nothing more is captured of it.
    pub(crate) fn conclude(&mut self, packet: u64) -> FlowNews {
        let mut news = FlowNews::default();
        while let Some(next) = self.held.pop() {
            self.read(&next.segment(), next.packet, next.at, &mut news);
        }
        for side in [0, 1] {
            let mut parts = Vec::new();
            self.streams[side].end(&mut parts);
            self.pass(side, &mut parts, packet, self.began, &mut news);
        }
        if let Some(observer) = &mut self.observer {
            news.faults.extend(with(observer.conclude(Duration::ZERO), packet));
        }
        news
    }

    /// Passes octets of one side to the observer.
    fn pass(
        &mut self,
        side: usize,
        parts: &mut Vec<StreamPart>,
        packet: u64,
        at: Option<Duration>,
        news: &mut FlowNews,
    ) {
        for part in parts.drain(..) {
            let since = self.since(at);
            match part {
                StreamPart::Gap(count) => {
                    self.missing += count;
                    let Some(role) = self.role(side, &[]) else { continue };
                    let mut faults = Vec::new();
                    if let Some(observer) = &mut self.observer {
                        observer.missed(role, count, since, &mut faults);
                    }
                    news.faults.extend(with(faults, packet));
                }
                StreamPart::Octets(octets, packet) => {
                    let Some(role) = self.role(side, &octets) else { continue };
                    let is_start = self.from_start && self.missing == 0 || is_head(&octets);
                    let settings = || self.settings.clone();
                    let observer = self.observer.get_or_insert_with(|| match is_start {
                        true => Observer::new(settings()),
                        false => Observer::joining(settings()),
                    });
                    news.faults.extend(with(observer.saw(role, &octets, since), packet));
                    news.foreign = observer.take_foreign().or(news.foreign.take());
                }
            }
        }
    }

    /// One side has ended.
    fn end(&mut self, side: usize, how: ObservedEnd, packet: u64, at: Option<Duration>, news: &mut FlowNews) {
        if std::mem::replace(&mut self.ended[side], true) {
            return;
        }
        let mut parts = Vec::new();
        self.streams[side].end(&mut parts);
        self.pass(side, &mut parts, packet, at, news);
        let since = self.since(at);
        if let (Some(role), Some(observer)) = (self.role(side, &[]), &mut self.observer) {
            news.faults.extend(with(observer.ended(role, how, since), packet));
        }
    }

    fn since(&self, at: Option<Duration>) -> Duration {
        at.unwrap_or_default().saturating_sub(self.began.unwrap_or_default())
    }

    /// The role of a side, found out by its first octets if TCP has not shown it.
    fn role(&mut self, side: usize, octets: &[u8]) -> Option<Role> {
        let (own, other) = (self.ends[side], self.ends[1 - side]);
        if self.client.is_none() {
            let is_client = match octets {
                [] => return None,
                octets if octets.starts_with(b"HTTP/1.") => false,
                octets if is_head(octets) => true,
                octets if begins_with_frames(Role::Client, octets) => true,
                octets if begins_with_frames(Role::Server, octets) => false,
                // In the middle of something, which does not matter yet.
                _ => return None,
            };
            self.client = Some(if is_client { own } else { other });
        }
        Some(if self.client == Some(own) { Role::Client } else { Role::Server })
    }
}

fn with(faults: Vec<ObservedFault>, packet: u64) -> Vec<(ObservedFault, u64)> {
    faults.into_iter().map(|fault| (fault, packet)).collect()
}

/// Whether octets look like the first line of a request or response of HTTP.
fn is_head(octets: &[u8]) -> bool {
    let line = octets.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.windows(6).any(|word| word == b"HTTP/1") || line.windows(6).any(|word| word == b"HTTP/2")
}

//! A session as an observer of both halves sees it: frames of the peer, server or client, with the rules that they break.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use bytes::Bytes;
use wsspec_wire::{Layer, LayerItem, Role, Violation};

use super::{
    client::{ClientHalf, LONGEST_NAME},
    decode::{StompDecoded, StompDecoder},
    escape::unescaped,
    frame::{FrameFault, StompFrame},
    version::StompVersion,
    violation::StompViolation,
};

/// The most message ids that are remembered.
const MOST_IDS: usize = 1 << 16;

/// The most versions of a CONNECT that are remembered.
const MOST_VERSIONS: usize = 1 << 10;

/// How much of an unfinished frame is shown, in octets.
const SHOWN: usize = 48;

/// Something that the peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StompSeen {
    /// A frame, the rules that it breaks, and which of the octets passed in last it has; `None` if some came before.
    Frame {
        /// The frame, without escapes.
        item: LayerItem,
        /// The rules that it breaks; if there are several, the last explains the most.
        broken: Vec<Violation>,
        /// Its octets.
        bytes: Option<Range<usize>>,
    },
    /// An end of line between frames.
    Eol,
    /// A frame above the limit; nothing more is decoded.
    TooLarge,
}

/// A session between us and a peer under test.
#[derive(Debug)]
pub struct StompSession {
    peer: StompDecoder,
    ours: StompDecoder,
    /// What a client under test has done; `None`: the peer is a server.
    client: Option<ClientHalf>,
    pub(super) version: StompVersion,
    /// The versions that CONNECT lists; `None` before it.
    pub(super) offered: Option<Vec<Bytes>>,
    pub(super) is_connected: bool,
    pub(super) has_failed: bool,
    /// Every subscription that there was: whether its messages are acknowledged.
    pub(super) subscriptions: BTreeMap<Bytes, bool>,
    /// Receipts that are asked for and have not come.
    pub(super) receipts: Vec<Bytes>,
    /// Whether a frame had a form after which it is not clear where the next one begins.
    is_garbled: bool,
    message_ids: BTreeSet<(Bytes, Bytes)>,
    /// Whether something was sent after which a message may come again.
    redelivers: bool,
    /// How much of what both ends have sent is remembered: subscriptions, receipts, messages.
    most: usize,
    /// Whether there was more, so that nothing is judged any more.
    is_lost: bool,
}

impl StompSession {
    /// A session with a server, whose frames have at most `limit` octets.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self::with(Role::Server, limit)
    }

    /// A session with a peer in this role, whose frames have at most `limit` octets.
    #[must_use]
    pub fn with(peer: Role, limit: usize) -> Self {
        Self {
            peer: StompDecoder::new(limit),
            ours: StompDecoder::new(usize::MAX),
            client: (peer == Role::Client).then(ClientHalf::default),
            version: StompVersion::V12,
            offered: None,
            is_connected: false,
            has_failed: false,
            subscriptions: BTreeMap::new(),
            receipts: Vec::new(),
            is_garbled: false,
            message_ids: BTreeSet::new(),
            redelivers: false,
            most: usize::MAX,
            is_lost: false,
        }
    }

    /// A session between two others, of which the end in this role is judged. Frames of both have at most `limit` octets, and
    /// `most` subscriptions, receipts and messages are remembered: beyond that, no more rules count as broken.
    #[must_use]
    pub fn between(judged: Role, limit: usize, most: usize) -> Self {
        let client = (judged == Role::Client).then(|| ClientHalf::remembering(most));
        Self { ours: StompDecoder::new(limit), client, most, ..Self::with(judged, limit) }
    }

    /// The version of the session; before CONNECTED, the latest.
    #[must_use]
    pub fn version(&self) -> StompVersion {
        self.version
    }

    /// The highest version that the client offers, if it offers one that is known.
    #[must_use]
    pub fn highest_offered(&self) -> Option<StompVersion> {
        self.offered.iter().flatten().filter_map(|name| StompVersion::parse(name)).max()
    }

    /// What a client under test has done; `None`: the peer is a server.
    #[must_use]
    pub fn client(&self) -> Option<&ClientHalf> {
        self.client.as_ref()
    }

    /// We have sent these octets.
    pub fn sent(&mut self, bytes: &[u8]) {
        if self.is_lost {
            return;
        }
        self.ours.push(bytes);
        while let Some(decoded) = self.ours.decode() {
            let frame = match decoded {
                StompDecoded::Frame(frame, _) => frame,
                StompDecoded::Eol => continue,
                StompDecoded::TooLarge => return self.lose(),
            };
            self.choose_version(&frame);
            let item = item_of(&frame, self.version);
            match &mut self.client {
                Some(client) => client.sent_to(&item),
                None => self.note(&item),
            }
        }
        let is_long = |name: &Bytes| name.len() > LONGEST_NAME;
        let is_full = self.subscriptions.len().max(self.receipts.len()) > self.most
            || self.receipts.last().is_some_and(is_long);
        if is_full && self.is_bounded() {
            self.lose();
        }
    }

    /// Whether it is one between two others.
    const fn is_bounded(&self) -> bool {
        self.most < usize::MAX
    }

    /// Forgets what was remembered.
    fn lose(&mut self) {
        self.is_lost = true;
        self.subscriptions.clear();
        self.receipts.clear();
        self.message_ids.clear();
        (self.peer, self.ours) = (StompDecoder::new(0), StompDecoder::new(0));
    }

    /// The peer has sent these octets.
    pub fn received(&mut self, bytes: &[u8]) -> Vec<StompSeen> {
        if self.is_lost {
            return Vec::new();
        }
        let start = self.peer.pushed();
        self.peer.push(bytes);
        let mut out = Vec::new();
        while let Some(decoded) = self.peer.decode() {
            out.push(match decoded {
                // One stands for all that follow one another.
                StompDecoded::Eol if out.last() == Some(&StompSeen::Eol) => continue,
                StompDecoded::Eol => StompSeen::Eol,
                StompDecoded::TooLarge => StompSeen::TooLarge,
                StompDecoded::Frame(frame, place) => self.judged(&frame, &place, start),
            });
        }
        out
    }

    /// The rule that the peer breaks if nothing more comes of what it has begun.
    #[must_use]
    pub fn unfinished(&self) -> Option<Violation> {
        let octets = self.peer.unfinished();
        let is_begun = !self.is_garbled && !octets.trim_ascii().is_empty();
        let broken = match self.peer.announced() {
            Some(length) => StompViolation::LengthWrong(length),
            None => StompViolation::Unfinished(octets[..octets.len().min(SHOWN)].to_vec()),
        };
        is_begun.then(|| broken.of(self.version)).flatten()
    }

    /// A server names the version of the session in CONNECTED.
    fn choose_version(&mut self, frame: &StompFrame) {
        if &frame.command[..] == b"CONNECTED" {
            let named = frame.raw(b"version").and_then(StompVersion::parse);
            self.version = named.unwrap_or(self.version_without_name());
        }
    }

    fn judged(&mut self, frame: &StompFrame, place: &Range<u64>, start: u64) -> StompSeen {
        if self.client.is_none() {
            self.choose_version(frame);
        }
        let item = item_of(frame, self.version);
        let broken = match &mut self.client {
            _ if self.is_garbled => Vec::new(),
            Some(client) => client.broken(self.version, frame, &item),
            None => self.broken(frame, &item),
        };
        self.is_garbled |= matches!(frame.fault, Some(FrameFault::NulInHead | FrameFault::LengthWrong(_)));
        if let Some(client) = &mut self.client {
            client.take(&item);
            let is_full = client.is_full();
            self.is_lost |= is_full && self.is_bounded();
            self.offer(&item);
        } else {
            self.take(&item);
        }
        let offset = |at: u64| at.checked_sub(start).and_then(|at| usize::try_from(at).ok());
        let bytes = offset(place.start).zip(offset(place.end)).map(|(start, end)| start..end);
        StompSeen::Frame { item, broken, bytes }
    }

    /// The version of a session whose CONNECTED names none: 1.0 if that was offered, as its servers name none.
    fn version_without_name(&self) -> StompVersion {
        let offered = self.offered.iter().flatten().filter_map(|name| StompVersion::parse(name));
        match offered.min() {
            None | Some(StompVersion::V10) => StompVersion::V10,
            Some(lowest) => lowest,
        }
    }

    /// Notes what a frame of ours asks for.
    fn note(&mut self, item: &LayerItem) {
        self.offer(item);
        let value = |name: &[u8]| item.get(name).cloned();
        match &item.word[..] {
            b"SUBSCRIBE" => {
                let acknowledges = value(b"ack").is_some_and(|mode| mode != "auto");
                let id = value(b"id").unwrap_or_default();
                self.is_lost |= self.is_bounded() && id.len() > LONGEST_NAME;
                self.subscriptions.insert(id, acknowledges);
            }
            b"NACK" | b"UNSUBSCRIBE" | b"ABORT" => self.redelivers = true,
            _ => {}
        }
        let connects = matches!(&item.word[..], b"CONNECT" | b"STOMP");
        self.receipts.extend(value(b"receipt").filter(|_| !connects));
    }

    /// Notes the versions that a client offers.
    fn offer(&mut self, item: &LayerItem) {
        if matches!(&item.word[..], b"CONNECT" | b"STOMP") {
            let list = item.get(b"accept-version").map_or(&b"1.0"[..], |list| list);
            let names = list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
            self.offered = Some(names.take(MOST_VERSIONS).map(Bytes::copy_from_slice).collect());
        }
    }

    /// Notes what a frame of the server does.
    fn take(&mut self, item: &LayerItem) {
        match &item.word[..] {
            b"CONNECTED" => self.is_connected = true,
            b"ERROR" => self.has_failed = true,
            b"RECEIPT" => {
                let at = self.receipts.iter().position(|asked| Some(asked) == item.get(b"receipt-id"));
                if let Some(at) = at {
                    self.receipts.remove(at);
                }
            }
            b"MESSAGE" if self.message_ids.len() < MOST_IDS.min(self.most) => {
                let is_kept =
                    |(to, id): &(Bytes, Bytes)| !self.is_bounded() || to.len().max(id.len()) <= LONGEST_NAME;
                let key = key_of(item).filter(is_kept);
                self.message_ids.extend(key);
            }
            _ => {}
        }
    }

    /// Whether the subscription has had a message with this id, and nothing was sent after which it may come again.
    pub(super) fn repeats(&self, item: &LayerItem) -> bool {
        !self.redelivers && key_of(item).is_some_and(|key| self.message_ids.contains(&key))
    }
}

/// The subscription and the id of a message.
fn key_of(item: &LayerItem) -> Option<(Bytes, Bytes)> {
    let subscription = item.get(b"subscription").cloned().unwrap_or_default();
    Some((subscription, item.get(b"message-id")?.clone()))
}

/// A frame as it is meant in a version.
fn item_of(frame: &StompFrame, version: StompVersion) -> LayerItem {
    let version = if frame.connects() { StompVersion::V10 } else { version };
    let fields = frame.lines.iter().map(|line| {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, rest) = line.split_at(colon);
        let plain = |text: &[u8]| Bytes::from(unescaped(text, version).0);
        (plain(name), plain(rest.strip_prefix(b":").unwrap_or(rest)))
    });
    let fields = fields.collect();
    LayerItem {
        layer: Layer::Stomp,
        word: frame.command.clone(),
        fields,
        body: frame.body.clone(),
        connection: None,
    }
}

/// The violations of a header line: where its escapes are is known only on the wire.
pub(super) fn of_line(line: &[u8], version: StompVersion, connects: bool) -> Option<StompViolation> {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return Some(StompViolation::HeaderWithoutColon(line.to_vec()));
    };
    if colon == 0 {
        return Some(StompViolation::HeaderWithoutName(line.to_vec()));
    }
    if str::from_utf8(line).is_err() {
        return Some(StompViolation::NotUtf8(line.to_vec()));
    }
    if connects || version == StompVersion::V10 {
        return None;
    }
    let undefined = unescaped(line, version).1.map(StompViolation::EscapeUndefined);
    let is_bare = line[colon + 1..].contains(&b':');
    let bare_colon = is_bare.then(|| StompViolation::ColonUnescaped(line.to_vec()));
    let bare_return = line.contains(&b'\r').then(|| StompViolation::ReturnUnescaped(line.to_vec()));
    undefined.or(bare_colon).or(bare_return)
}

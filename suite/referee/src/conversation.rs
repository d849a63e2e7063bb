//! A connection as seen by an observer of both halves.

use std::collections::HashSet;

use base64::{Engine as _, alphabet, engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_wire::{
    DeflateParams, Offer, Opening, RequestHead, ResponseHead, Role, Violation, judge_garbled, judge_refusal,
    judge_request, judge_response, parse_extensions,
};

use crate::{
    arrival::Arrival,
    half::{Half, Watch},
    history::SentClose,
    keys::{FewValues, KeyBook, Novelty},
    masks::MaskKeys,
    received::Received,
    seen::{Broken, Seen},
    stray::{self, BehindRefusal},
    tunnel::Tunnel,
    undecidable::Undecidable,
    uri::{self, ClientTls, Uri},
};

/// The least number of different values in 16 random bytes; fewer occur by chance once in 10^12.
const DISTINCT_BYTES: usize = 8;

/// Also accepts a key whose last bits are not zero, like the one in RFC 6455, 4.1.
const LAX: engine::GeneralPurpose = engine::GeneralPurpose::new(
    &alphabet::STANDARD,
    engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Something that one end did.
#[derive(Clone, Copy, Debug)]
pub enum ConversationInput<'a> {
    /// It sent a request or a response.
    Opening(&'a Opening),
    /// It sent octets of the WebSocket connection, split in any way.
    Data(&'a [u8]),
    /// It sent octets outside the WebSocket connection, such as the body of a refusal.
    Beyond(&'a [u8]),
    /// It sent a head that does not end: its first octets, as many as the limit.
    EndlessHead(&'a [u8]),
}

/// Both halves of one connection.
///
/// Pass it everything that either end sends, in order. It continues as sensibly as it can, whatever that is.
#[derive(Debug)]
pub struct Conversation {
    client: Half,
    server: Half,
    uri: Option<Uri>,
    tls: Option<ClientTls>,
    is_beside: bool,
    keys: KeyBook,
    novelty: Option<Novelty>,
    /// The key in the request of a judged client.
    key: Option<Bytes>,
    masks: MaskKeys,
    /// The last request's offer.
    offer: Option<Offer>,
    /// Whether the response opens the connection, if it was a final one.
    answer: Option<bool>,
    behind_refusal: BehindRefusal,
    agreed: Option<DeflateParams>,
    tunnel: Tunnel,
    /// Whether a judged server is behind a proxy.
    is_proxied: bool,
    /// Whether the last request, over HTTP/2 or HTTP/3, asks for something else than a tunnel.
    is_ordinary: bool,
}

impl Conversation {
    /// Judges what `judged` sends, and any response, and follows the other half. Frames and messages above `limit`
    /// bytes are not kept.
    pub fn judging(judged: Role, limit: usize) -> Self {
        let (closely, other) = (Watch::Judged(limit), Watch::Followed);
        match judged {
            Role::Client => Self::of(closely, other),
            Role::Server => Self::of(other, closely),
        }
    }

    /// Judges what both ends send, as somebody between them. Frames and messages above `limit` bytes are not kept.
    pub fn watching(limit: usize) -> Self {
        Self::of(Watch::Judged(limit), Watch::Judged(limit))
    }

    /// Like [`Self::watching`], of a connection that was opened before anybody watched: nothing was agreed, as far as is
    /// known.
    pub fn joining(limit: usize) -> Self {
        let mut conversation = Self::watching(limit);
        conversation.answer = Some(true);
        conversation.client.open(None);
        conversation.server.open(None);
        conversation
    }

    fn of(client: Watch, server: Watch) -> Self {
        Self {
            client: Half::new(Role::Client, client),
            server: Half::new(Role::Server, server),
            uri: None,
            tls: None,
            is_beside: false,
            keys: KeyBook::default(),
            novelty: None,
            key: None,
            masks: MaskKeys::default(),
            offer: None,
            answer: None,
            behind_refusal: BehindRefusal::default(),
            agreed: None,
            tunnel: Tunnel::default(),
            is_proxied: false,
            is_ordinary: false,
        }
    }

    /// With the URI that the client was given.
    #[must_use]
    pub fn at(mut self, uri: Option<Uri>) -> Self {
        self.uri = uri;
        self
    }

    /// The server is reached through a proxy, which the client asks for a tunnel first.
    #[must_use]
    pub fn through_proxy(mut self, is_proxied: bool) -> Self {
        self.is_proxied = is_proxied;
        self
    }

    /// Over TLS, as the client began it; `None`: in the clear.
    #[must_use]
    pub fn over(mut self, tls: Option<ClientTls>) -> Self {
        self.tls = tls;
        self
    }

    /// Beside another connection of the same client to the same address, which still waits for its response.
    #[must_use]
    pub fn beside(mut self, is_beside: bool) -> Self {
        self.is_beside = is_beside;
        self
    }

    /// With the keys of other connections of the same client.
    #[must_use]
    pub fn with_keys(mut self, keys: KeyBook) -> Self {
        self.keys = keys;
        self
    }

    /// The offer in the client's request; `None` before it.
    pub fn offer(&self) -> Option<&Offer> {
        self.offer.as_ref()
    }

    /// The agreed permessage-deflate parameters, after the response.
    pub fn agreed(&self) -> Option<&DeflateParams> {
        self.agreed.as_ref()
    }

    /// Whether the server has sent a response that is not an interim one.
    pub fn is_answered(&self) -> bool {
        self.answer.is_some()
    }

    /// Whether the client has asked for a tunnel.
    pub fn has_asked_for_tunnel(&self) -> bool {
        self.tunnel != Tunnel::Unasked
    }

    /// Whether the client has asked for a tunnel and has no response yet.
    pub fn awaits_tunnel(&self) -> bool {
        self.tunnel == Tunnel::Asked
    }

    /// Whether the proxy has opened the tunnel that the client asked for.
    pub fn has_tunnel(&self) -> bool {
        self.tunnel == Tunnel::Open
    }

    /// Whether one end has sent a frame on which the other must fail the connection.
    pub fn is_spoilt(&self, from: Role) -> bool {
        match from {
            Role::Client => self.client.history().is_spoilt(),
            Role::Server => self.server.history().is_spoilt(),
        }
    }

    /// Whether the server has sent a response that does not open the connection.
    pub fn is_refused(&self) -> bool {
        self.answer == Some(false)
    }

    /// The last close frame that `from` has sent.
    pub fn close(&self, from: Role) -> Option<&SentClose> {
        match from {
            Role::Client => self.client.history().close(),
            Role::Server => self.server.history().close(),
        }
    }

    /// Takes something that `from` did.
    pub fn saw(&mut self, from: Role, input: ConversationInput<'_>) -> Vec<Seen> {
        match input {
            ConversationInput::Opening(Opening::Request(head))
                if (self.client.is_judged() || self.is_proxied) && Tunnel::is_asked_by(head) =>
            {
                self.tunnel = Tunnel::Asked;
                vec![head_seen(&head.raw, Arrival::Connect(head.clone()), head.faults.clone())]
            }
            ConversationInput::Opening(Opening::Request(head)) => vec![self.request(head)],
            ConversationInput::Opening(Opening::Response(head))
                if self.awaits_tunnel() && !head.is_interim() =>
            {
                self.tunnel = Tunnel::answered(head);
                vec![head_seen(&head.raw, Arrival::Response(head.clone()), Vec::new())]
            }
            ConversationInput::Opening(Opening::Response(head)) => vec![self.response(head)],
            ConversationInput::Data(bytes) => self.data(from, bytes),
            ConversationInput::Beyond(bytes) => {
                let violation = self.behind_refusal.take(bytes).filter(|_| from == Role::Server);
                let broken = violation.map(|violation| Broken { violation, bytes: 0..bytes.len() });
                let broken = broken.into_iter().collect();
                vec![Seen { broken, ..Seen::of(Received::Raw(Bytes::copy_from_slice(bytes))) }]
            }
            ConversationInput::EndlessHead(bytes) => {
                let arrivals = vec![Arrival::EndlessHead(bytes.len())];
                vec![Seen { arrivals, ..Seen::of(Received::Raw(Bytes::copy_from_slice(bytes))) }]
            }
        }
    }

    /// Octets of `from` are missing between what it was seen to send and what comes next. `None`: where its next frame
    /// begins is unknown; nothing of it is read until [`Self::rejoin`].
    pub fn miss(&mut self, from: Role, count: u64) -> Option<Vec<Seen>> {
        self.half(from).miss(count)
    }

    /// What comes next of `from` begins with a frame. What it had sent before is forgotten.
    pub fn rejoin(&mut self, from: Role) {
        let agreed = self.agreed;
        self.half(from).open(agreed);
    }

    fn half(&mut self, of: Role) -> &mut Half {
        match of {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// What `from` began but did not end, and the rules that its start breaks.
    pub fn unfinished(&self, from: Role) -> Option<Seen> {
        match from {
            Role::Client => self.client.unfinished(),
            Role::Server => self.server.unfinished(),
        }
    }

    /// Violations that only the whole connection shows: whether its masking keys are random.
    pub fn judge_whole(&self) -> impl Iterator<Item = Violation> {
        self.masks.violations()
    }

    /// Rules about a request that cannot be checked on this connection, once the request has arrived.
    pub fn undecidable(&self) -> Vec<Undecidable> {
        let mut out = Vec::new();
        match &self.uri {
            Some(uri) => out.extend(uri.undecidable()),
            None => {
                let why = "the address that the client was given is unknown";
                out.extend(about_the_uri().map(|violation| Undecidable { violation, why }));
                if self.tls.is_none() {
                    let violation = Violation::Http2SchemeNotOfUri { expected: "http", actual: Bytes::new() };
                    out.push(Undecidable { violation, why });
                }
            }
        }
        if self.novelty == Some(Novelty::First) {
            let why = "there was no other connection with a key to compare";
            out.push(Undecidable { violation: Violation::KeyRepeated, why });
        }
        out
    }

    fn request(&mut self, head: &RequestHead) -> Seen {
        let mut found = Vec::new();
        if self.client.is_judged() {
            // In order of weight: faults in the form of the request come last, because they explain the rest.
            self.judge_key(head, &mut found);
            found.extend(self.is_beside.then_some(Violation::RequestBesidePending));
            found.extend(uri::judge_tls(self.uri.as_ref(), self.tls.as_ref()));
            uri::judge(head, self.uri.as_ref(), &mut found);
            found.extend(uri::judge_scheme(head, self.uri.as_ref(), self.tls.as_ref()));
            found.extend(judge_request(head));
        }
        self.offer = Some(Offer::from(head));
        self.is_ordinary =
            head.has_pseudo_fields() && head.method != "CONNECT" && head.fields.get(":protocol").is_none();
        self.client.open(None);
        head_seen(&head.raw, Arrival::Request(head.clone()), found)
    }

    fn judge_key(&mut self, head: &RequestHead, out: &mut Vec<Violation>) {
        // Over HTTP/2 it means nothing (RFC 8441, 5).
        let key = head.fields.get("Sec-WebSocket-Key").filter(|_| !head.has_pseudo_fields());
        let Some(key) = key else { return };
        let novelty = self.keys.compare(key);
        self.novelty = Some(novelty);
        self.key = Some(key.clone());
        out.extend((novelty == Novelty::Known).then_some(Violation::KeyRepeated));
        let bytes = LAX.decode(key).unwrap_or_default();
        let values = bytes.iter().collect::<HashSet<_>>().len();
        out.extend(
            (bytes.len() == 16 && values < DISTINCT_BYTES).then_some(Violation::KeyNotRandom { values }),
        );
        if bytes.len() == 16 {
            let few = self.keys.count(&bytes);
            out.extend(few.map(|FewValues { at, values, keys }| Violation::KeysOfFewValues {
                at,
                values,
                keys,
            }));
            let unused = STANDARD.encode(&bytes).as_bytes() != &key[..];
            out.extend(unused.then_some(Violation::KeyBitsUnused));
        }
    }

    fn response(&mut self, head: &ResponseHead) -> Seen {
        // Interim responses (RFC 9110, 15.2) come before the one that counts.
        if head.is_interim() {
            let faults = if head.has_pseudo_fields() { head.faults.clone() } else { Vec::new() };
            return Seen {
                arrivals: Vec::new(),
                ..head_seen(&head.raw, Arrival::Response(head.clone()), faults)
            };
        }
        if self.is_ordinary {
            // Whatever its status, it opens nothing (RFC 9113, 8.1).
            self.answer = Some(false);
            return head_seen(&head.raw, Arrival::Response(head.clone()), head.faults.clone());
        }
        self.answer = Some(head.accepts());
        let found = if head.accepts() {
            self.agreed = agreed(head);
            if let Some(key) = self.key.take() {
                self.keys.remember(key);
            }
            self.server.open(self.agreed);
            self.server.respond(stray::declares_body(&head.fields));
            // Bytes after the request were already processed as they were.
            if !self.client.has_begun() {
                self.client.open(self.agreed);
            }
            let nothing = Offer::default();
            judge_response(self.offer.as_ref().unwrap_or(&nothing), head)
        } else {
            self.behind_refusal = BehindRefusal::of(head);
            let mut found = match head.status {
                None if head.has_pseudo_fields() => head.faults.clone(),
                None => judge_garbled(head),
                Some(_) => judge_refusal(head),
            };
            // A frame of ours before a connection that opens is our fault, and an answer to it not the server's.
            found.retain(|violation| {
                !self.client.has_begun() || !stray::is_answer_before_opening(violation, head)
            });
            found
        };
        head_seen(&head.raw, Arrival::Response(head.clone()), found)
    }

    fn data(&mut self, from: Role, bytes: &[u8]) -> Vec<Seen> {
        let mut out = Vec::new();
        match from {
            Role::Client => {
                self.client.take(bytes, self.server.history(), &mut out);
                out.iter()
                    .filter_map(|seen| seen.what.as_ref())
                    .for_each(|what| self.masks.note(what.mask(), &self.keys));
                // RFC 6455, 4.1: a client waits for the response.
                if self.answer.is_none() && self.client.has_begun() {
                    let broken = Broken { violation: Violation::DataBeforeResponse, bytes: 0..0 };
                    out.push(Seen { what: None, arrivals: Vec::new(), broken: vec![broken] });
                }
            }
            Role::Server => self.server.take(bytes, self.client.history(), &mut out),
        }
        out
    }
}

/// A head with the rules that it breaks.
fn head_seen(raw: &Bytes, arrival: Arrival, found: Vec<Violation>) -> Seen {
    let broken = found.into_iter().map(|violation| Broken::in_head(violation, raw)).collect();
    Seen { what: Some(Received::Head(raw.clone())), arrivals: vec![arrival], broken }
}

/// The rules about the URI that the client was given.
fn about_the_uri() -> impl Iterator<Item = Violation> {
    let (expected, actual) = (String::new, Bytes::new);
    [
        Violation::TargetHasFragment(actual()),
        Violation::PathNotOfUri { expected: expected(), actual: actual() },
        Violation::QueryNotOfUri { expected: expected(), actual: actual() },
        Violation::HostNotOfUri { expected: expected(), actual: actual() },
        Violation::PortNotOfUri { expected: expected(), actual: actual() },
        Violation::HostNotAscii { secure: false, actual: actual() },
        Violation::HostNotAscii { secure: true, actual: actual() },
        Violation::RequestInTheClear,
        Violation::ServerNameNotOfUri { expected: expected(), actual: None },
    ]
    .into_iter()
}

/// permessage-deflate as a response accepts it; `None` if it does not, or not validly.
fn agreed(response: &ResponseHead) -> Option<DeflateParams> {
    response
        .fields
        .all("Sec-WebSocket-Extensions")
        .filter_map(|value| parse_extensions(value).ok())
        .flatten()
        .find(|extension| extension.name.eq_ignore_ascii_case(DeflateParams::NAME))
        .and_then(|extension| DeflateParams::from_answer(&extension).ok())
}

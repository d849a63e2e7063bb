//! A case: what it asks of a peer and why, and its members.

use std::sync::Arc;

use wsspec_notation::{
    Alternative, Expected, ExpectedClose, FrameKind, Line, Script, Sending, Step, Strength, Values,
};
use wsspec_wire::{Level, MessageKind, RequirementId, Role};

use crate::{
    certificate_fault::CertificateFault, extra::Extra, http2::is_about_frames,
    intermediary_kind::IntermediaryKind, uri_form::UriForm,
};

/// The folder of the requirements and cases about gateways.
const INTERMEDIARIES: &str = "intermediaries";
/// The folder of those about proxies that open tunnels.
const HTTP_CONNECT: &str = "http-connect";
/// The specification of what proxies for SOCKS 5 must do.
const SOCKS5: &str = "socks5";

/// A checked case of the catalogue.
#[derive(Clone, Debug)]
pub struct Case {
    /// Full id: `rfc6455/5.4/ping-between-fragments`.
    pub id: String,
    /// What the peer does, in the present tense.
    pub title: String,
    /// Requirements that it tests; never empty. A failure names the first.
    pub cites: Vec<RequirementId>,
    /// Level of the first requirement.
    pub level: Level,
    /// The roles of peers that it tests.
    pub roles: Vec<Role>,
    /// What the peer must be able to do, according to the case's author.
    pub needs: Vec<Need>,
    /// Its group, if it runs only on request.
    pub extra: Option<Extra>,
    /// Words for selection.
    pub tags: Vec<String>,
    /// Earlier full ids.
    pub was: Vec<String>,
    /// Its script as written, with `$names` and comments.
    pub script: String,
    /// Where it is defined.
    pub location: Location,
    /// One for each combination of matrix values; never empty.
    pub members: Vec<Member>,
}

/// One concrete script of a case.
#[derive(Clone, Debug)]
pub struct Member {
    /// Case id and values: `...[size=126]`.
    pub id: String,
    /// Its matrix values.
    pub values: Values,
    /// Ids of Autobahn cases with the same stimulus.
    pub autobahn: Vec<String>,
    /// The script to run.
    pub script: Arc<Script>,
    /// What the peer must be able to do, according to the script and the author.
    pub needs: Vec<Need>,
    /// The form of the URI that a client gets, if the case is about that.
    pub uri: Option<UriForm>,
    /// What is wrong with the certificate that a client meets, where the case is about that.
    pub certificate: Option<CertificateFault>,
    /// The requirements of the case that apply to this member; a failure names the first.
    pub cites: Vec<RequirementId>,
    /// Level of the first requirement.
    pub level: Level,
}

impl Member {
    /// The kind of intermediary that it tests, if it tests one and nothing else.
    pub(crate) fn intermediary(&self) -> Option<IntermediaryKind> {
        match self.cites[0].spec() {
            HTTP_CONNECT => Some(IntermediaryKind::Connect),
            SOCKS5 => Some(IntermediaryKind::Socks5),
            _ if self.script.asks_for_tunnel() => Some(IntermediaryKind::Connect),
            INTERMEDIARIES => Some(IntermediaryKind::Reverse),
            _ => self.script.is_on_both_sides().then_some(IntermediaryKind::Reverse),
        }
    }
}

/// Where a case is defined; empty by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The path of the file, for display.
    pub path: String,
    /// 1-based line of its `id`.
    pub line: usize,
    /// 1-based line of the first line of its script.
    pub script_line: usize,
}

/// What a peer must be able to do for a case to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// It echoes messages of at least one type.
    Echo,
    /// It echoes text messages as text.
    EchoText,
    /// It echoes binary messages as binary.
    EchoBinary,
    /// It sends empty messages back, too.
    EchoEmpty,
    /// It sends messages back also if they came in fragments. The trials about that rule ask for whole echoes alone.
    EchoFragmented,
    /// It answers pings. Needed for a fence that an echo cannot replace.
    Pong,
    /// It answers pings or echoes messages, so a fence is possible.
    Fence,
    /// It negotiates permessage-deflate (RFC 7692).
    PermessageDeflate,
    /// Its process is watched.
    Process,
    /// It is tested over HTTP/1.1: the case is about its octets. Never written, nor part of a case: each carrier says
    /// what it can carry.
    Http1,
    /// It is tested over HTTP/2.
    Http2,
    /// It is tested over HTTP/3.
    Http3,
    /// It is a proxy that speaks HTTP/2 to the server behind it.
    Http2Behind,
    /// It is tested over WebSocket: the case is about what is below its layer.
    WebSocket,
    /// It speaks STOMP 1.0.
    Stomp10,
    /// It speaks STOMP 1.1.
    Stomp11,
    /// It speaks STOMP 1.2.
    Stomp12,
    /// It delivers messages to the client that sends them.
    Delivery,
    /// It is a client of STOMP that acknowledges each message.
    Acknowledgements,
    /// It is a client of STOMP that rejects a message with NACK.
    Nacks,
    /// It is a client of STOMP that exchanges body and header where a message asks for it.
    Swaps,
    /// It is a client of STOMP that leaves where a message asks for it.
    Leaves,
    /// It is a client of STOMP that ends its subscriptions.
    Unsubscribes,
    /// It is a client of STOMP that sends in transactions.
    Transactions,
    /// It is a client of STOMP that sends heart-beats, and asks for some, often enough for a trial.
    HeartBeats,
    /// It announces a `pingInterval` and a `pingTimeout` of Engine.IO that a trial has time for.
    Heartbeat,
    /// It announces a `maxPayload` of Engine.IO with room for long messages.
    LargePayload,
    /// It opens sessions of Engine.IO over long-polling.
    Polling,
    /// It does not answer a GET of long-polling before there is something to send.
    HeldPolls,
    /// It sees a POST of long-polling before all of its body has come.
    EarlyPosts,
    /// It announces that such a session can be upgraded to WebSocket.
    Upgrade,
    /// It has the namespace `/custom` of Socket.IO.
    Namespace,
    /// It answers `message` in that namespace.
    NamespaceEcho,
    /// It acknowledges `message-with-ack` in that namespace.
    NamespaceAcks,
    /// It acknowledges `message-with-ack`.
    Acks,
    /// It sends `auth` with the payload of CONNECT when a namespace is connected.
    Greeting,
    /// It takes WebSockets of SockJS.
    SockJsWebSocket,
    /// It has a service `close` of SockJS, which closes each session.
    CloseService,
    /// It has the transport `xhr_streaming` of SockJS.
    XhrStreaming,
    /// It has the transport `eventsource` of SockJS.
    EventSource,
    /// It has the transport `htmlfile` of SockJS.
    HtmlFile,
    /// It has the transport `jsonp` of SockJS.
    Jsonp,
    /// It has a service `disabled_websocket_echo` of SockJS, which takes no WebSockets.
    DisabledService,
    /// It has a service `cookie_needed_echo` of SockJS, which sets cookies.
    CookieService,
}

impl Need {
    /// The names that an author can write.
    pub const NAMES: [&str; 9] = [
        "echo",
        "pong",
        "permessage-deflate",
        "http2",
        "http3",
        "http2-behind",
        "stomp-1.0",
        "stomp-1.1",
        "stomp-1.2",
    ];

    /// Its name in reports and in `wsspec export`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::EchoText => "echo-text",
            Self::EchoBinary => "echo-binary",
            Self::EchoEmpty => "echo-empty",
            Self::EchoFragmented => "echo-fragmented",
            Self::Pong => "pong",
            Self::Fence => "fence",
            Self::PermessageDeflate => "permessage-deflate",
            Self::Process => "process",
            Self::Http1 => "http1",
            Self::Http2 => "http2",
            Self::Http3 => "http3",
            Self::Http2Behind => "http2-behind",
            Self::WebSocket => "websocket",
            Self::Stomp10 => "stomp-1.0",
            Self::Stomp11 => "stomp-1.1",
            Self::Stomp12 => "stomp-1.2",
            Self::Delivery => "delivery",
            Self::Acknowledgements => "acknowledgements",
            Self::Nacks => "nacks",
            Self::Swaps => "swaps",
            Self::Leaves => "leaves",
            Self::Unsubscribes => "unsubscribes",
            Self::Transactions => "transactions",
            Self::HeartBeats => "heart-beats",
            Self::Heartbeat => "heartbeat",
            Self::LargePayload => "large-payload",
            Self::Polling => "polling",
            Self::HeldPolls => "held-polls",
            Self::EarlyPosts => "early-posts",
            Self::Upgrade => "upgrade",
            Self::Namespace => "namespace",
            Self::NamespaceEcho => "namespace-echo",
            Self::NamespaceAcks => "namespace-acks",
            Self::Acks => "acks",
            Self::Greeting => "greeting",
            Self::SockJsWebSocket => "sockjs-websocket",
            Self::CloseService => "close-service",
            Self::XhrStreaming => "xhr-streaming",
            Self::EventSource => "eventsource",
            Self::HtmlFile => "htmlfile",
            Self::Jsonp => "jsonp",
            Self::DisabledService => "disabled-service",
            Self::CookieService => "cookie-service",
        }
    }

    /// Parses a name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "echo" => Some(Self::Echo),
            "pong" => Some(Self::Pong),
            "permessage-deflate" => Some(Self::PermessageDeflate),
            "http2" => Some(Self::Http2),
            "http3" => Some(Self::Http3),
            "http2-behind" => Some(Self::Http2Behind),
            "stomp-1.0" => Some(Self::Stomp10),
            "stomp-1.1" => Some(Self::Stomp11),
            "stomp-1.2" => Some(Self::Stomp12),
            _ => None,
        }
    }

    /// Whether a peer that never echoes lacks it.
    pub fn is_echo(self) -> bool {
        matches!(
            self,
            Self::Echo | Self::EchoText | Self::EchoBinary | Self::EchoEmpty | Self::EchoFragmented
        )
    }

    /// Why a case is skipped if the peer lacks it.
    pub fn lacking(self) -> &'static str {
        match self {
            Self::Echo => "the peer does not echo messages",
            Self::EchoText => "the peer does not echo text messages as text",
            Self::EchoBinary => "the peer does not echo binary messages as binary",
            Self::EchoEmpty => "the peer does not echo empty messages",
            Self::EchoFragmented => "the peer does not echo fragmented messages",
            Self::Pong => "the peer does not answer pings",
            Self::Fence => "the peer neither answers pings nor echoes, so there is no proof of life",
            Self::PermessageDeflate => "the peer does not negotiate permessage-deflate",
            Self::Process => "there is no process to watch: give --spawn",
            Self::Http1 => "the case is about HTTP/1.1, and the run is over a later version",
            Self::Http2 => "the case is about HTTP/2: give --http2 or --http2-prior-knowledge",
            Self::Http3 => "the case is about HTTP/3: give --http3",
            Self::Http2Behind => "the case is about HTTP/2 behind a proxy: give --backend-http2",
            Self::WebSocket => "the case is about WebSocket, and the run is over TCP",
            Self::Stomp10 => "the peer does not speak STOMP 1.0",
            Self::Stomp11 => "the peer does not speak STOMP 1.1",
            Self::Stomp12 => "the peer does not speak STOMP 1.2",
            Self::Delivery => "the peer does not deliver a message to the client that sends it",
            Self::Acknowledgements => "the client does not subscribe with the ack mode client-individual",
            Self::Nacks => "the client does not answer the message `nack` with NACK",
            Self::Swaps => "the client does not send the value of the header `swap` back as the body",
            Self::Leaves => "the client does not leave after the message `end`",
            Self::Unsubscribes => "the client does not end its subscriptions after the message `end`",
            Self::Transactions => "the client does not send the message `transaction` back in a transaction",
            Self::HeartBeats => {
                "the heart-beat header of the client's CONNECT has a zero, or more than a trial may take: 1000,1000 is a good value"
            }
            Self::Heartbeat => {
                "pingInterval and pingTimeout of the server add up to more than a trial may take: lower them, or give a longer --timeout"
            }
            Self::LargePayload => "maxPayload of the server is below 100000 bytes",
            Self::Polling => "the server opens no session over long-polling",
            Self::HeldPolls => "the server answers a GET before there is something to send",
            Self::EarlyPosts => {
                "the server, or a proxy before it, sees a POST only when all of its body has come"
            }
            Self::Upgrade => "the server does not announce an upgrade to WebSocket",
            Self::Namespace => "the peer has no namespace `/custom`",
            Self::NamespaceEcho => "the peer does not answer `message` in the namespace `/custom`",
            Self::NamespaceAcks => {
                "the peer does not acknowledge `message-with-ack` in the namespace `/custom`"
            }
            Self::Acks => "the peer does not acknowledge `message-with-ack`",
            Self::Greeting => "the server does not send `auth` when a namespace is connected",
            Self::SockJsWebSocket => "the service does not take WebSockets",
            Self::XhrStreaming => "the server does not have the transport `xhr_streaming`",
            Self::EventSource => "the server does not have the transport `eventsource`",
            Self::HtmlFile => "the server does not have the transport `htmlfile`",
            Self::Jsonp => "the server does not have the transport `jsonp`",
            Self::CloseService => "the server has no service `close` that closes each session",
            Self::DisabledService => "the server has no service `disabled_websocket_echo`",
            Self::CookieService => "the server has no service `cookie_needed_echo`",
        }
    }
}

/// The case's part of an id, without a member's values.
pub fn family(id: &str) -> &str {
    id.split('[').next().unwrap_or(id)
}

/// The rule that an endpoint receives fragmented messages at all.
const FRAGMENTED: RequirementId = RequirementId::from_static("rfc6455#5.4:17");

/// What a script requires of a peer if the case is about `requirement`.
pub(crate) fn inferred_needs(script: &Script, requirement: &RequirementId) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut in_message = false;
    let mut fragmented = false;
    for Line { step, .. } in script.walk() {
        let need = match step {
            Step::Alive if in_message => Some(Need::Pong),
            Step::Alive => Some(Need::Fence),
            Step::Measure(_) | Step::Terminate => Some(Need::Process),
            Step::Expect(e) if e.strength != Strength::May && wants_echo(&e.alternatives) => {
                Some(echo_of(&e.alternatives).unwrap_or(Need::Echo))
            }
            Step::Send(Sending::Frame(frame)) => {
                match frame.kind {
                    FrameKind::Text | FrameKind::Binary | FrameKind::Continuation => {
                        in_message = !frame.attributes.fin;
                        fragmented |= in_message || frame.attributes.split.is_some();
                    }
                    _ => {}
                }
                frame.attributes.deflate.then_some(Need::PermessageDeflate)
            }
            _ => None,
        };
        let is_echo = need.is_some_and(Need::is_echo);
        let empty = match step {
            Step::Expect(e) if is_echo && wants_empty(&e.alternatives) => Some(Need::EchoEmpty),
            _ => None,
        };
        let whole = (is_echo && fragmented && *requirement != FRAGMENTED).then_some(Need::EchoFragmented);
        for need in need.into_iter().chain(empty).chain(whole) {
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
    }
    match requirement.spec() {
        "rfc9114" | "rfc9220" => needs.push(Need::Http3),
        _ if script.is_on_both_sides() => {
            needs.extend(is_about_frames(&script.in_front()).then_some(Need::Http2));
            needs.extend(is_about_frames(&script.behind()).then_some(Need::Http2Behind));
        }
        _ => needs.extend(is_about_frames(script).then_some(Need::Http2)),
    }
    needs
}

/// Whether only a peer that echoes can send what is expected, or refuse one of our messages for its type or size.
fn wants_echo(alternatives: &[Alternative]) -> bool {
    let refuses = |alternative: &Alternative| match &alternative.all[..] {
        [Expected::Close(ExpectedClose::Code(code, None)) | Expected::Fail(Some(code))] => {
            matches!(code.0, 1003 | 1008 | 1009)
        }
        _ => false,
    };
    alternatives.iter().any(wants_message)
        && alternatives.iter().all(|alternative| wants_message(alternative) || refuses(alternative))
}

/// The message type of the echo, if all alternatives with a message agree on it.
fn echo_of(alternatives: &[Alternative]) -> Option<Need> {
    let mut kinds =
        alternatives.iter().flat_map(|alternative| &alternative.all).filter_map(|expected| match expected {
            Expected::Message(kind, _) => Some(*kind),
            _ => None,
        });
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(match first {
        MessageKind::Text => Need::EchoText,
        MessageKind::Binary => Need::EchoBinary,
    })
}

/// Whether all that satisfies a line has an empty message, as far as it has any.
fn wants_empty(alternatives: &[Alternative]) -> bool {
    let is_empty =
        |expected: &Expected| matches!(expected, Expected::Message(_, Some(payload)) if payload.is_empty());
    let mut messages = alternatives.iter().filter(|alternative| wants_message(alternative));
    messages.all(|alternative| alternative.all.iter().any(is_empty))
}

fn wants_message(alternative: &Alternative) -> bool {
    alternative.all.iter().any(|expected| matches!(expected, Expected::Message(..)))
}

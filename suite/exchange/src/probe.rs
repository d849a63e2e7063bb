//! Probes what a peer can do, with lenient scripts: a peer that breaks a rule can still be tested.

use std::{collections::BTreeSet, ops::RangeInclusive, sync::Arc, time::Duration};

use bytes::Bytes;
use wsspec_carriers::recorded_response;
use wsspec_catalogue::{Need, Requirements, Trial};
use wsspec_layers::engineio::EngineIoSession;
use wsspec_notation::Script;
use wsspec_record::{Meaning, Verdict};
use wsspec_referee::Received;
use wsspec_wire::{DeflateParams, Layer, LayerItem, MessageKind, Opcode, RequirementId, ResponseHead, Role};

use crate::{
    outcome::Outcome,
    transcript::{Event, Transcript},
};

mod layered;

pub use layered::{announced, items, upgrades};

/// The message that a peer should echo.
const QUESTION: &str = "wsspec: is this echoed?";

/// Additional bytes allowed in a garbled echo around half of the question.
const SURROUNDINGS: usize = 8;

/// A probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Three fences in a row, and the closing handshake: are pings answered, and how fast?
    Pings,
    /// The same, after a ping that may get lost: does the peer answer once it has had time?
    LaterPings,
    /// A text message: does it come back?
    Echo,
    /// A binary message: does it come back?
    BinaryEcho,
    /// An empty text message before another: is it passed over?
    EmptyEcho,
    /// An empty binary message before another: is it passed over?
    EmptyBinaryEcho,
    /// Two text messages, one after the other: do both come back?
    SecondEcho,
    /// Two binary messages, one after the other: do both come back?
    SecondBinaryEcho,
    /// A text message in two fragments: does it come back?
    FragmentedEcho,
    /// A binary message in two fragments: does it come back?
    FragmentedBinaryEcho,
    /// An offer of permessage-deflate: is it accepted?
    Deflate,
    /// One fence.
    Alive,
    /// An opening handshake.
    Handshake,
    /// An unknown version: which versions does the server name instead?
    Versions,
    /// A frame with a reserved opcode: how does the peer fail the connection?
    Failing,
    /// Nothing for a while: does the peer send messages unprompted?
    Listening,
    /// A session of STOMP 1.0.
    Stomp10,
    /// A session of STOMP 1.1.
    Stomp11,
    /// A session of STOMP 1.2.
    Stomp12,
    /// A message to a subscription of the same session: does it arrive?
    StompDelivery,
    /// A message to a client of STOMP: does it come back?
    StompClient,
    /// The message `nack` to a client of STOMP: is it rejected?
    StompNack,
    /// A message with the header `swap` to a client of STOMP: is that the body of what comes back?
    StompSwap,
    /// The message `end` to a client of STOMP: does it leave?
    StompEnd,
    /// The same: does it end its subscriptions?
    StompUnsubscribe,
    /// The message `transaction` to a client of STOMP: does it come back in a transaction?
    StompTransaction,
    /// The open packet of an Engine.IO server.
    EngineIoOpen,
    /// A message to an Engine.IO server: does it come back?
    EngineIoEcho,
    /// Nothing: does the server send messages nevertheless?
    EngineIoUnasked,
    /// Whether an Engine.IO server opens a session over long-polling.
    EngineIoPolling,
    /// Whether it answers a GET only when there is something to send.
    EngineIoHeld,
    /// A POST to a session that there is not, of which most of the body does not come: is it refused at once?
    EngineIoEarly,
    /// A connection to the main namespace of a Socket.IO server.
    SocketIoConnect,
    /// A connection to the main namespace, and nothing more: does the server send events nevertheless?
    SocketIoUnasked,
    /// The event that comes with a connection: does it?
    SocketIoGreeting,
    /// An event: is it answered?
    SocketIoEcho,
    /// An event that asks for an acknowledgement: does that come?
    SocketIoAck,
    /// A connection to the namespace `/custom`.
    SocketIoNamespace,
    /// An event there: is it answered?
    SocketIoNamespaceEcho,
    /// An event there that asks for an acknowledgement: does that come?
    SocketIoNamespaceAck,
    /// A session of SockJS by polling: a message, and its echo.
    SockJsPolling,
    /// A session of SockJS on a WebSocket: a message, and its echo.
    SockJsWebSocket,
    /// The service `close` of a SockJS server.
    SockJsClose,
    /// A request for the transport `xhr_streaming`: is there none?
    SockJsXhrStreaming,
    /// A request for the transport `eventsource`: is there none?
    SockJsEventSource,
    /// A request for the transport `htmlfile`: is there none?
    SockJsHtmlFile,
    /// A request for the transport `jsonp`: is there none?
    SockJsJsonp,
    /// A session in which a client sends nothing: does the service send messages nevertheless?
    SockJsUnasked,
    /// The service of a SockJS server that takes no WebSockets.
    SockJsDisabled,
    /// The service of a SockJS server that sets cookies.
    SockJsCookies,
}

impl Probe {
    /// Every probe.
    pub const ALL: [Self; 50] = [
        Self::Pings,
        Self::LaterPings,
        Self::Echo,
        Self::BinaryEcho,
        Self::EmptyEcho,
        Self::EmptyBinaryEcho,
        Self::SecondEcho,
        Self::SecondBinaryEcho,
        Self::FragmentedEcho,
        Self::FragmentedBinaryEcho,
        Self::Deflate,
        Self::Alive,
        Self::Handshake,
        Self::Versions,
        Self::Failing,
        Self::Listening,
        Self::Stomp10,
        Self::Stomp11,
        Self::Stomp12,
        Self::StompDelivery,
        Self::StompClient,
        Self::StompNack,
        Self::StompSwap,
        Self::StompEnd,
        Self::StompUnsubscribe,
        Self::StompTransaction,
        Self::EngineIoOpen,
        Self::EngineIoEcho,
        Self::EngineIoUnasked,
        Self::EngineIoPolling,
        Self::EngineIoHeld,
        Self::EngineIoEarly,
        Self::SocketIoConnect,
        Self::SocketIoUnasked,
        Self::SocketIoGreeting,
        Self::SocketIoEcho,
        Self::SocketIoAck,
        Self::SocketIoNamespace,
        Self::SocketIoNamespaceEcho,
        Self::SocketIoNamespaceAck,
        Self::SockJsPolling,
        Self::SockJsWebSocket,
        Self::SockJsClose,
        Self::SockJsXhrStreaming,
        Self::SockJsEventSource,
        Self::SockJsHtmlFile,
        Self::SockJsJsonp,
        Self::SockJsUnasked,
        Self::SockJsDisabled,
        Self::SockJsCookies,
    ];

    fn script(self) -> String {
        match self {
            Self::Pings => "repeat 3\nalive\nend\nfinish\n".into(),
            Self::LaterPings => "> ping \"lost?\"\nwait 50ms\nrepeat 3\nalive\nend\nfinish\n".into(),
            // Both types are spelled out, so that a message the peer sends unprompted does not count as an echo.
            Self::Echo => format!("> text \"{QUESTION}\"\n< text \"{QUESTION}\" | binary \"{QUESTION}\"\n"),
            Self::BinaryEcho => {
                format!("> binary \"{QUESTION}\"\n< binary \"{QUESTION}\" | text \"{QUESTION}\"\n")
            }
            Self::EmptyEcho => {
                format!("> text\n> text \"{QUESTION}\"\n< text \"\" | text \"{QUESTION}\"\n")
            }
            Self::EmptyBinaryEcho => {
                format!("> binary\n> binary \"{QUESTION}\"\n< binary \"\" | binary \"{QUESTION}\"\n")
            }
            Self::SecondEcho => twice("text"),
            Self::SecondBinaryEcho => twice("binary"),
            Self::FragmentedEcho => fragmented("text"),
            Self::FragmentedBinaryEcho => fragmented("binary"),
            Self::Deflate => "> request\n>   +Sec-WebSocket-Extensions: permessage-deflate\n< accepted\n\
                              <   Sec-WebSocket-Extensions:\n"
                .into(),
            Self::Alive => "alive\n".into(),
            Self::Handshake => "> request\n< accepted\n".into(),
            Self::Versions => "> request\n>   Sec-WebSocket-Version: 255\n< response\n".into(),
            Self::Listening => "> request\n< accepted\nwait 600ms\n".into(),
            Self::Failing => "> op:11 \"\"\n< fail 1002\n".into(),
            of_layer => layered::script(of_layer),
        }
    }

    /// The script for a peer that is a client.
    fn script_for_clients(self) -> String {
        match self {
            Self::Deflate => {
                format!("< request\n> accepted\n> text \"{QUESTION}\" deflate\n< text | binary\n")
            }
            Self::Handshake | Self::Versions => "< request\n> accepted\n".into(),
            Self::Listening => "< request\n> accepted\nwait 600ms\n".into(),
            of_layer => layered::script_for_clients(of_layer).unwrap_or_else(|| self.script()),
        }
    }

    /// The probe as a trial of a server. It cites no requirement, so the referee reports nothing.
    pub fn trial(self) -> Arc<Trial> {
        self.trial_for(Role::Server)
    }

    /// The probe as a trial of a peer in this role.
    pub fn trial_for(self, peer: Role) -> Arc<Trial> {
        let script = match peer {
            Role::Server => self.script(),
            Role::Client => self.script_for_clients(),
        };
        let id = format!("probe/{self:?}").to_lowercase();
        let requirement = RequirementId::from_static("wsspec#probe:1");
        let script = script.parse::<Script>().unwrap_or_else(|_| unreachable!("a test reads every script"));
        // The response then accepts the offer.
        let offers = self == Self::Deflate && peer == Role::Client;
        Arc::new(Trial {
            needs: if offers { vec![Need::PermessageDeflate] } else { Vec::new() },
            seed: 0x7773_7370_6563,
            ..Trial::new(id, requirement, script)
        })
    }

    /// The probe as a trial that the referee watches: the outcome remarks on every rule that the peer breaks, and the
    /// trial goes on.
    pub fn watched_for(self, peer: Role, requirements: &Arc<Requirements>) -> Arc<Trial> {
        let trial = self.trial_for(peer);
        Arc::new(Trial { requirements: requirements.clone(), ..(*trial).clone() })
    }

    /// Whether the peer did what the probe asks (it echoes the empty message, too). A message counts as an echo if it has
    /// the type and length of what was sent, or contains half of it and little more. So a peer that garbles its echoes is
    /// judged by them, and a peer that sends something of its own is not.
    pub fn succeeded(self, outcome: &Outcome) -> bool {
        self.succeeded_if(outcome, is_question)
    }

    /// Like [`Self::succeeded`], of a peer that sends messages without being asked: one of those may be as long as an echo.
    pub fn succeeded_among_others(self, outcome: &Outcome) -> bool {
        self.succeeded_if(outcome, holds_half)
    }

    /// Whether the peer is alive, even if what it sends is not as it should be.
    pub fn shows_life(self, outcome: &Outcome) -> bool {
        let opens = |item: &LayerItem| item.word == "CONNECTED";
        match self {
            Self::Stomp10 | Self::Stomp11 | Self::Stomp12 => {
                items(&outcome.transcript, Layer::Stomp).iter().any(opens)
            }
            // What it leads to need not be what the probe asks for: text behind a 101, or a close frame of the peer's choice.
            probe => probe.succeeded(outcome) || matches!(outcome.verdict, Verdict::Skip { .. }),
        }
    }

    fn succeeded_if(self, outcome: &Outcome, is_question: fn(&[u8]) -> bool) -> bool {
        let has_passed = matches!(outcome.verdict, Verdict::Pass | Verdict::Lenient { .. });
        match self {
            Self::Deflate => has_passed && !agrees_on_another(&outcome.transcript),
            Self::Echo | Self::FragmentedEcho => is_echo(&outcome.transcript, Opcode::TEXT, is_question),
            Self::BinaryEcho | Self::FragmentedBinaryEcho => {
                is_echo(&outcome.transcript, Opcode::BINARY, is_question)
            }
            Self::EmptyEcho | Self::EmptyBinaryEcho => !passes_over_empty(&outcome.transcript),
            _ => has_passed,
        }
    }
}

/// Whether a server takes extensions into use, and permessage-deflate is not among them: an extension that nobody offered is
/// a fault, and no compression.
fn agrees_on_another(transcript: &Transcript) -> bool {
    let mut responses = response_heads(transcript).filter(ResponseHead::accepts);
    let is_deflate = |element: &Bytes| {
        let name = element.split(|&octet| octet == b';').next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(DeflateParams::NAME.as_bytes())
    };
    responses.any(|head| !head.fields.list("Sec-WebSocket-Extensions").iter().any(is_deflate))
}

/// The heads that a server has answered with.
fn response_heads(transcript: &Transcript) -> impl Iterator<Item = ResponseHead> {
    transcript.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received(Received::Head(bytes)) => Some(recorded_response(bytes)),
        _ => None,
    })
}

/// The question as two messages of this type, the second after the answer to the first.
fn twice(kind: &str) -> String {
    format!("> {kind} \"{QUESTION}\"\n< text \"{QUESTION}\" | binary \"{QUESTION}\"\n").repeat(2)
}

/// The question as a message of this type in two fragments.
fn fragmented(kind: &str) -> String {
    let (first, last) = QUESTION.split_at(QUESTION.len() / 2);
    format!("> {kind} \"{first}\" -fin\n> cont \"{last}\"\n< text \"{QUESTION}\" | binary \"{QUESTION}\"\n")
}

/// The messages received: type and content of each.
fn messages(transcript: &Transcript) -> Vec<(Opcode, Vec<u8>)> {
    let mut messages: Vec<(Opcode, Vec<u8>)> = Vec::new();
    for entry in &transcript.entries {
        match &entry.event {
            Event::Received(Received::Frame(frame)) if frame.header.opcode.is_data() => {
                let opcode = frame.header.opcode;
                match messages.last_mut().filter(|_| opcode == Opcode::CONTINUATION) {
                    Some((_, content)) => content.extend_from_slice(&frame.payload),
                    None => messages.push((opcode, frame.payload.to_vec())),
                }
            }
            // A frame with a wrong length stays unfinished.
            Event::Received(Received::Unfinished(bytes)) => match messages.last_mut() {
                Some((_, content)) => content.extend_from_slice(bytes),
                None => messages.push((Opcode::TEXT, bytes.to_vec())),
            },
            _ => {}
        }
    }
    messages
}

/// Whether the question came back as a message of this type: alone, after something else, or in pieces.
fn is_echo(transcript: &Transcript, kind: Opcode, is_question: fn(&[u8]) -> bool) -> bool {
    // A message that begins as neither text nor binary breaks a rule, and is judged by its echoes like any other.
    let is_other = |found| found != Opcode::TEXT && found != Opcode::BINARY;
    // So does a frame with a reserved bit set, such as one compressed without an agreement.
    let is_reserved = transcript.entries.iter().any(|entry| match &entry.event {
        Event::Received(Received::Frame(frame)) => frame.header.opcode == kind && !frame.header.rsv.is_none(),
        _ => false,
    });
    let messages = messages(transcript).into_iter();
    let of_kind: Vec<_> = messages
        .filter(|(found, _)| *found == kind || is_other(*found))
        .map(|(_, content)| content)
        .collect();
    is_reserved || of_kind.iter().any(|content| is_question(content)) || is_question(&of_kind.concat())
}

/// Whether messages other than the question came.
pub fn says_more(transcript: &Transcript) -> bool {
    messages(transcript).iter().any(|(_, content)| content != QUESTION.as_bytes())
}

/// Whether the question came back, and nothing for the empty message before it.
fn passes_over_empty(transcript: &Transcript) -> bool {
    let messages = messages(transcript);
    let has = |wanted: &[u8]| messages.iter().any(|(_, content)| content == wanted);
    has(QUESTION.as_bytes()) && !has(b"")
}

/// Whether this may be the question, garbled or not.
fn is_question(content: &[u8]) -> bool {
    content.len() == QUESTION.len() && !is_readable(content) || holds_half(content)
}

/// Whether half of the question is in it, and little more. A readable text around the whole question, such as a word before
/// it, makes it an answer of the peer's own.
fn holds_half(content: &[u8]) -> bool {
    let question = QUESTION.as_bytes();
    let (front, back) = question.split_at(question.len() / 2);
    let holds = |part: &[u8]| content.windows(part.len()).any(|window| window == part);
    let is_wrapped = content.len() > question.len() && is_readable(content) && holds(question);
    content.len() <= question.len() + SURROUNDINGS && (holds(front) || holds(back)) && !is_wrapped
}

fn is_readable(content: &[u8]) -> bool {
    content.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// The layer whose first item the peer sent without being asked: the packet that opens a session of Engine.IO, or the open
/// frame of SockJS.
pub fn layer_on_top(transcript: &Transcript) -> Option<Layer> {
    let (Opcode::TEXT, first) = messages(transcript).into_iter().next()? else { return None };
    let first = Bytes::from(first);
    let mut engineio = EngineIoSession::default();
    engineio.received(MessageKind::Text, &first);
    match &first[..] {
        b"o" => Some(Layer::SockJs),
        _ if engineio.sid().is_some() => Some(Layer::EngineIo),
        _ => None,
    }
}

/// Whether the peer sent data in an exchange that asks for none. What follows its close frame is another fault.
pub fn spoke_unasked(transcript: &Transcript) -> bool {
    let frames = transcript.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received(Received::Frame(frame)) => Some(frame.header.opcode),
        // A frame with a wrong length stays unfinished.
        Event::Received(Received::Unfinished(_)) => Some(Opcode::TEXT),
        _ => None,
    });
    frames.take_while(|&opcode| opcode != Opcode::CLOSE).any(Opcode::is_data)
}

/// Versions with the same opening handshake as version 13: those of the drafts from the fourth on.
const LIKE_13: RangeInclusive<u8> = 4..=12;

/// The versions other than 13 that a refusal names (RFC 6455, 4.4) and whose opening handshake is that of 13, lowest
/// first.
pub fn named_versions(transcript: &Transcript) -> Vec<u8> {
    let refusals = response_heads(transcript).filter(|head| !head.accepts());
    let named = refusals.flat_map(|head| head.fields.list("Sec-WebSocket-Version"));
    let versions = named.filter_map(|version| str::from_utf8(&version).ok()?.parse().ok());
    let versions: BTreeSet<u8> = versions.filter(|version| LIKE_13.contains(version)).collect();
    versions.into_iter().collect()
}

/// The shortest time from a fence to its answer; `None` if no fence was answered.
pub fn round_trip(transcript: &Transcript) -> Option<Duration> {
    let mut sent = None;
    let mut shortest: Option<Duration> = None;
    for entry in &transcript.entries {
        match &entry.event {
            // Line 0 is the opening handshake.
            Event::Sent(_) if entry.line > 0 => sent = Some((entry.line, entry.at)),
            Event::Received(Received::Frame(_)) if entry.meaning == Some(Meaning::Matched) => {
                if let Some((_, sent)) = sent.take_if(|(line, _)| *line == entry.line) {
                    let took = entry.at.0.saturating_sub(sent.0);
                    shortest = Some(shortest.map_or(took, |before| before.min(took)));
                }
            }
            _ => {}
        }
    }
    shortest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{moment::Moment, transcript::Entry};

    #[test]
    fn the_scripts_are_in_the_notation() {
        for probe in Probe::ALL {
            assert!(
                probe.script().parse::<Script>().is_ok_and(|script| !script.lines.is_empty()),
                "{probe:?}"
            );
            assert!(probe.script_for_clients().parse::<Script>().is_ok(), "{probe:?}");
            assert!(probe.trial().id.starts_with("probe/"));
        }
    }

    #[test]
    fn another_extension_is_not_compression() {
        let succeeds = |extensions: &str| {
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: a\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n"
            );
            let mut outcome = Outcome::of(Verdict::Pass);
            let event = Event::Received(Received::Head(head.into()));
            let entry = Entry { at: Moment::START, line: 0, connection: None, event, meaning: None };
            outcome.transcript.entries.push(entry);
            Probe::Deflate.succeeded(&outcome)
        };
        assert!(succeeds("permessage-deflate"));
        assert!(succeeds("x-other, Permessage-Deflate; server_no_context_takeover"));
        assert!(!succeeds("x-other"));
        assert!(!succeeds("x-permessage-deflate"));
    }
}

//! What a peer can do, found out by scripts of its own and looked for leniently: a peer that breaks a rule can still
//! be tested.

use std::{collections::BTreeSet, ops::RangeInclusive, sync::Arc, time::Duration};

use wsspec_carriers::recorded_response;
use wsspec_catalogue::{Need, Requirements, Trial};
use wsspec_notation::Script;
use wsspec_record::{Meaning, Verdict};
use wsspec_referee::Received;
use wsspec_wire::{Opcode, RequirementId, Role};

use crate::{
    outcome::Outcome,
    transcript::{Event, Transcript},
};

/// What is sent to see whether it comes back.
const QUESTION: &str = "wsspec: is this echoed?";

/// What may stand around half of the question in an echo that is not as it ought to be, in bytes.
const SURROUNDINGS: usize = 8;

/// A probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Three fences in a row, and the closing handshake: are pings answered, how fast?
    Pings,
    /// The same behind a ping that may get lost: does the peer answer once it has had time?
    LaterPings,
    /// A text message: does it come back?
    Echo,
    /// A binary message: does it come back?
    BinaryEcho,
    /// An offer of permessage-deflate: is it accepted?
    Deflate,
    /// One fence.
    Alive,
    /// An opening handshake.
    Handshake,
    /// A version that nobody speaks: which are named in its place?
    Versions,
    /// A frame of a reserved opcode: how does the peer fail the connection?
    Failing,
}

impl Probe {
    /// Every probe.
    pub const ALL: [Self; 9] = [
        Self::Pings,
        Self::LaterPings,
        Self::Echo,
        Self::BinaryEcho,
        Self::Deflate,
        Self::Alive,
        Self::Handshake,
        Self::Versions,
        Self::Failing,
    ];

    fn script(self) -> String {
        match self {
            Self::Pings => "repeat 3\nalive\nend\nfinish\n".into(),
            Self::LaterPings => "> ping \"lost?\"\nwait 50ms\nrepeat 3\nalive\nend\nfinish\n".into(),
            // Named in full, so that what a peer says of its own accord is not taken for the echo.
            Self::Echo => format!("> text \"{QUESTION}\"\n< text \"{QUESTION}\" | binary \"{QUESTION}\"\n"),
            Self::BinaryEcho => {
                format!("> binary \"{QUESTION}\"\n< binary \"{QUESTION}\" | text \"{QUESTION}\"\n")
            }
            Self::Deflate => "> request\n>   +Sec-WebSocket-Extensions: permessage-deflate\n< accepted\n\
                              <   Sec-WebSocket-Extensions:\n"
                .into(),
            Self::Alive => "alive\n".into(),
            Self::Handshake => "> request\n< accepted\n".into(),
            Self::Versions => "> request\n>   Sec-WebSocket-Version: 255\n< response\n".into(),
            Self::Failing => "> op:11 \"\"\n< fail 1002\n".into(),
        }
    }

    /// What replaces the script where the peer is a client.
    fn script_for_clients(self) -> String {
        match self {
            Self::Deflate => {
                format!("< request\n> accepted\n> text \"{QUESTION}\" deflate\n< text | binary\n")
            }
            Self::Handshake | Self::Versions => "< request\n> accepted\n".into(),
            _ => self.script(),
        }
    }

    /// The probe as a trial of a server. It cites no requirement of the catalogue, so that the referee has nothing to say.
    pub fn trial(self) -> Arc<Trial> {
        self.trial_for(Role::Server)
    }

    /// The probe as a trial of a peer of that role.
    pub fn trial_for(self, peer: Role) -> Arc<Trial> {
        let script = match peer {
            Role::Server => self.script(),
            Role::Client => self.script_for_clients(),
        };
        let id = format!("probe/{self:?}").to_lowercase();
        let requirement = RequirementId::from_static("wsspec#probe:1");
        let script = script.parse::<Script>().unwrap_or_else(|_| unreachable!("a test reads every script"));
        // So a response accepts the offer.
        let offers = self == Self::Deflate && peer == Role::Client;
        Arc::new(Trial {
            needs: if offers { vec![Need::PermessageDeflate] } else { Vec::new() },
            seed: 0x7773_7370_6563,
            ..Trial::new(id, requirement, script)
        })
    }

    /// The probe as a trial that the referee watches: the outcome remarks on every rule that the peer breaks, and goes on.
    pub fn watched_for(self, peer: Role, requirements: &Arc<Requirements>) -> Arc<Trial> {
        let trial = self.trial_for(peer);
        Arc::new(Trial { requirements: requirements.clone(), ..(*trial).clone() })
    }

    /// Whether the peer did what the probe asks. What came back counts as an echo when it has the kind and length of
    /// what was sent, or half of its content and little else: so a peer that garbles its echoes is judged by them,
    /// and one that says something of its own is not.
    pub fn succeeded(self, outcome: &Outcome) -> bool {
        match self {
            Self::Echo => is_echo(&outcome.transcript, Opcode::TEXT),
            Self::BinaryEcho => is_echo(&outcome.transcript, Opcode::BINARY),
            _ => matches!(outcome.verdict, Verdict::Pass | Verdict::Lenient { .. }),
        }
    }
}

/// The data that was received as messages: the kind and the content of each.
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
            // A frame whose length lies stays unfinished.
            Event::Received(Received::Unfinished(bytes)) => match messages.last_mut() {
                Some((_, content)) => content.extend_from_slice(bytes),
                None => messages.push((Opcode::TEXT, bytes.to_vec())),
            },
            _ => {}
        }
    }
    messages
}

/// Whether the question came back as a message of that kind: alone, behind something else, or in pieces.
fn is_echo(transcript: &Transcript, kind: Opcode) -> bool {
    let messages = messages(transcript);
    let whole = messages.iter().flat_map(|(_, content)| content.iter().copied()).collect();
    let first = messages.first().map(|(kind, _)| (*kind, whole));
    // What begins as neither text nor binary breaks a rule, and is judged by its echoes like any other.
    let is_other = |found| found != Opcode::TEXT && found != Opcode::BINARY;
    // So does what has a reserved bit set, as what is compressed though nothing was offered.
    let is_reserved = transcript.entries.iter().any(|entry| match &entry.event {
        Event::Received(Received::Frame(frame)) => frame.header.opcode == kind && !frame.header.rsv.is_none(),
        _ => false,
    });
    is_reserved
        || messages
            .into_iter()
            .chain(first)
            .any(|(found, content)| (found == kind || is_other(found)) && is_question(&content))
}

fn is_question(content: &[u8]) -> bool {
    let question = QUESTION.as_bytes();
    let (front, back) = question.split_at(question.len() / 2);
    let holds = |part: &[u8]| content.windows(part.len()).any(|window| window == part);
    content.len() == question.len()
        || content.len() <= question.len() + SURROUNDINGS && (holds(front) || holds(back))
}

/// Whether data was received that nothing had asked for, in an exchange that asks for none.
pub fn spoke_unasked(transcript: &Transcript) -> bool {
    !messages(transcript).is_empty()
}

/// Versions that open a connection as 13 does: those of the drafts from the fourth on.
const LIKE_13: RangeInclusive<u8> = 4..=12;

/// The versions besides 13 that a refusal names (RFC 6455, 4.4), lowest first: those whose opening handshake is that of 13.
pub fn named_versions(transcript: &Transcript) -> Vec<u8> {
    let heads = transcript.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received(Received::Head(bytes)) => Some(recorded_response(bytes)),
        _ => None,
    });
    let refusals = heads.filter(|head| !head.accepts());
    let named = refusals.flat_map(|head| head.fields.list("Sec-WebSocket-Version"));
    let versions = named.filter_map(|version| str::from_utf8(&version).ok()?.parse().ok());
    let versions: BTreeSet<u8> = versions.filter(|version| LIKE_13.contains(version)).collect();
    versions.into_iter().collect()
}

/// The shortest time from a fence to its answer; `None` where none was answered.
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
}

//! The saved record of a run: versioned, complete, the source of every report.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};
use wsspec_wire::{RequirementId, Role};

use crate::{
    entry::EntryRecord,
    guide::{ExplainedRule, Guide},
    process::{DeathRecord, ProcessRecord},
    requirement::RequirementRecord,
    serial,
    standing::Standing,
    verdict::{Failure, Note, Verdict},
};

/// The format that this version writes. It also reads format 1.
pub const FORMAT: u32 = 2;

/// One run against one target. How it is written and read: [`Record::write`], [`Record::parse`].
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of wsspec that wrote it.
    pub wsspec: String,
    /// When the run began, RFC 3339, UTC.
    pub started: String,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// The role of the target.
    pub role: Role,
    /// The target's address, without secrets; or a client's command, or the name that it gave itself.
    pub target: String,
    /// The seed of the run.
    pub seed: u64,
    /// Options of the run that affect its trials, as on the command line; without secrets.
    pub options: Vec<String>,
    /// What the user says about the peer.
    pub declared: Declared,
    /// What the peer supports, as far as the probes found out.
    pub peer: PeerProfile,
    /// Limits in force.
    pub limits: LimitsRecord,
    /// Events of the whole run, not of one trial: a peer that died, a run cut short.
    pub incidents: Vec<String>,
    /// The server's process, if it was watched.
    pub process: Option<ProcessRecord>,
    /// Each time that the peer was gone, if its process was not watched.
    pub deaths: Vec<DeathRecord>,
    /// Why the run ended before all trials were done.
    pub aborted: Option<String>,
    /// Names of sections, and explanations of the rules that trials break or miss.
    pub guide: Guide,
    /// In the order of the plan.
    pub trials: Vec<TrialRecord>,
}

/// The written form of a role, if it is not the server's.
#[derive(Deserialize)]
#[serde(remote = "Role", rename_all = "lowercase")]
pub(crate) enum RoleRecord {
    Client,
    Server,
}

/// The default role of a record.
pub(crate) fn server() -> Role {
    Role::Server
}

/// What the user says about a server because no probe can find it out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// A subprotocol that it supports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subprotocol: Option<String>,
    /// The origin that it accepts, and no other (RFC 6455, 10.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_origin: Option<String>,
    /// An origin that it refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_origin: Option<String>,
}

impl Declared {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a peer supports, as far as the probes found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerProfile {
    /// It sends messages back.
    pub echo: bool,
    /// The only type of message that it sends back; `None` if it sends back both, or neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echoes_only: Option<EchoedKind>,
    /// It sends no empty message back, though it does others.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drops_empty: bool,
    /// It closes the connection once it has sent a message back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub answers_once: bool,
    /// It sends only the first message of each connection back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drops_second: bool,
    /// It sends no message back that came in fragments, though it does whole ones.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drops_fragmented: bool,
    /// It sends unsolicited messages: a greeting, a stream of events.
    #[serde(default, skip_serializing_if = "is_false")]
    pub speaks_unasked: bool,
    /// The names of the Socket.IO events that it sends unsolicited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unasked_events: Vec<String>,
    /// It answers pings.
    pub pong: bool,
    /// It loses what comes right behind its part of the opening handshake.
    #[serde(default, skip_serializing_if = "is_false")]
    pub loses_first: bool,
    /// It negotiates permessage-deflate.
    pub deflate: bool,
    /// The subprotocol it chose from those offered.
    pub subprotocol: Option<String>,
    /// Its Server header field.
    pub server: Option<String>,
    /// The versions besides 13 that it names when it refuses one (RFC 6455, 4.4), lowest first: those whose opening
    /// handshake is that of 13.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<u8>,
    /// How many connections it serves at once, as far as tested.
    pub connections: u32,
    /// The round trip of a frame, in microseconds.
    pub round_trip_us: u64,
    /// What `alive` uses.
    pub fence: Fence,
    /// What it does with STOMP, if it is tested on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stomp: Option<StompProfile>,
    /// What a client of STOMP does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stomp_client: Option<StompClientProfile>,
    /// What it announces in Engine.IO, if it is tested on that or on Socket.IO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engineio: Option<EngineIoProfile>,
    /// What it does with Socket.IO, if it is tested on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socketio: Option<SocketIoProfile>,
    /// What a client of Engine.IO or Socket.IO does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engineio_client: Option<EngineIoClientProfile>,
    /// Which services of SockJS it has, if it is tested on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sockjs: Option<SockJsProfile>,
    /// The protocol on top whose first item it sent, by the name that `--protocol` takes, if the run does not test that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_top: Option<String>,
    /// The rules that it breaks on every connection. They decide only the trials that cite them.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "serial::ids")]
    pub always_breaks: Vec<RequirementId>,
}

impl PeerProfile {
    /// Whether it sends text messages back.
    #[must_use]
    pub fn echoes_text(&self) -> bool {
        self.echo && self.echoes_only != Some(EchoedKind::Binary)
    }
}

/// What a broker does with STOMP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StompProfile {
    /// The versions in which it opened a session, lowest first.
    pub versions: Vec<String>,
    /// It delivers messages to the client that sends them.
    pub delivers: bool,
    /// How the names of all destinations of the run begin.
    pub destinations: String,
}

/// What a client does with STOMP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StompClientProfile {
    /// The versions that it offers, lowest first.
    pub versions: Vec<String>,
    /// It subscribes with acknowledgements of each message.
    pub acknowledges: bool,
    /// It rejects a message with NACK where that asks for it.
    pub nacks: bool,
    /// It exchanges body and header where a message asks for it.
    pub swaps: bool,
    /// It leaves where a message asks for it.
    pub leaves: bool,
    /// It ends its subscriptions before it leaves.
    pub unsubscribes: bool,
    /// It sends a message back in a transaction where that asks for it.
    pub transactions: bool,
    /// The numbers of its heart-beat header, in milliseconds: how often it can send, and how often it wants to receive.
    pub heart_beat_ms: [u64; 2],
}

impl StompClientProfile {
    /// The longer of the two intervals of heart-beats; zero if it asks for none in one of the directions.
    #[must_use]
    pub fn heart_beat(&self) -> Duration {
        let [sends, wants] = self.heart_beat_ms;
        Duration::from_millis(if sends == 0 || wants == 0 { 0 } else { sends.max(wants) })
    }
}

/// What an Engine.IO server announces, and which transports it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineIoProfile {
    /// How often it pings, in milliseconds.
    pub ping_interval_ms: u64,
    /// How long it waits for a pong, in milliseconds.
    pub ping_timeout_ms: u64,
    /// How many bytes it takes at once.
    pub max_payload: u64,
    /// It opens sessions over long-polling.
    #[serde(default)]
    pub polling: bool,
    /// It does not answer a GET before there is something to send.
    #[serde(default)]
    pub holds_polls: bool,
    /// It sees a POST before all of its body has come.
    #[serde(default)]
    pub early_posts: bool,
    /// It announces that such a session can be upgraded to WebSocket.
    #[serde(default)]
    pub upgrades: bool,
}

impl EngineIoProfile {
    /// The longest time in which it pings, and notices that no pong comes.
    #[must_use]
    pub fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.ping_interval_ms.saturating_add(self.ping_timeout_ms))
    }
}

/// What a client of Engine.IO does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineIoClientProfile {
    /// What it does with Socket.IO, if it is tested on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socketio: Option<SocketIoProfile>,
}

/// What a Socket.IO server or client does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketIoProfile {
    /// It sends `auth` when a namespace is connected; a client never does.
    pub greets: bool,
    /// It acknowledges `message-with-ack`.
    pub acks: bool,
    /// It has the namespace `/custom`, or connects to it.
    pub namespace: bool,
    /// It answers `message` there.
    pub namespace_echo: bool,
    /// It acknowledges `message-with-ack` there.
    pub namespace_acks: bool,
}

/// Which services a SockJS server has next to the one that sends messages back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SockJsProfile {
    /// It takes WebSockets.
    pub websocket: bool,
    /// It has `close`, which closes each session.
    pub close: bool,
    /// It has `disabled_websocket_echo`, which takes no WebSockets.
    pub disabled: bool,
    /// It has `cookie_needed_echo`, which sets cookies.
    pub cookies: bool,
    /// It does not have the transport `xhr_streaming`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_xhr_streaming: bool,
    /// It does not have the transport `eventsource`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_eventsource: bool,
    /// It does not have the transport `htmlfile`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_htmlfile: bool,
    /// It does not have the transport `jsonp`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_jsonp: bool,
}

/// A type of message that a peer sends back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EchoedKind {
    /// Text messages.
    Text,
    /// Binary messages.
    Binary,
}

// serde asks for a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The proof of life that a peer can give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fence {
    /// A ping, answered by a pong.
    #[default]
    Ping,
    /// A text message, echoed: for peers that do not answer pings.
    Echo,
}

/// Limits in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsRecord {
    /// Per line.
    pub line_ms: u64,
    /// Per trial.
    pub trial_ms: u64,
    /// For messages that are only recommended or allowed.
    pub watch_ms: u64,
}

/// One trial and its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialRecord {
    /// The trial's id.
    pub id: String,
    /// The case's title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The first requirement cited.
    pub requirement: RequirementRecord,
    /// The requirement named by the failure or the first note, if it is a different one.
    pub broken: Option<RequirementRecord>,
    /// Other requirements cited.
    #[serde(with = "serial::ids")]
    pub also: Vec<RequirementId>,
    /// Autobahn cases that send the same frames.
    pub autobahn: Vec<String>,
    /// Tags for selection.
    pub tags: Vec<String>,
    /// The file of the case.
    pub file: String,
    /// The line of the case in it.
    pub line: usize,
    /// From the opening of the connection to the outcome, in microseconds.
    pub duration_us: u64,
    /// How many times it ran.
    pub attempts: u32,
    /// How the verdict compares with a baseline; `None` if nothing was expected, or something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// The script that ran.
    pub script: Vec<ScriptLine>,
    /// What happened.
    pub transcript: Vec<EntryRecord>,
    /// Frames left out of the transcript.
    pub omitted: u64,
    /// Remarks: allowed habits, and rules that the peer breaks on every connection and that this trial is not about.
    pub remarks: Vec<Note>,
    /// How the peer died from it, with nothing else running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub death: Option<DeathRecord>,
    /// How it failed among other trials, if that was neither confirmed nor refuted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<Failure>,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptLine {
    /// 1-based, in the script as written.
    pub number: usize,
    /// In the notation.
    pub text: String,
}

impl Record {
    /// How many times the peer died during the run.
    pub fn deaths(&self) -> usize {
        self.deaths.len() + self.process.as_ref().map_or(0, |process| process.deaths.len())
    }
}

impl TrialRecord {
    /// Why the deviation is expected, if it is.
    pub fn known(&self) -> Option<&str> {
        match &self.standing {
            Some(Standing::Known { reason }) => Some(reason),
            _ => None,
        }
    }

    /// Why a deviation was expected, if the trial did better.
    pub fn unexpected_pass(&self) -> Option<&str> {
        match &self.standing {
            Some(Standing::UnexpectedPass { reason }) => Some(reason),
            _ => None,
        }
    }

    /// Whether the expectation has expired.
    pub fn is_expired(&self) -> bool {
        matches!(self.standing, Some(Standing::Expired { .. }))
    }

    /// The requirement that a failure names.
    pub fn named(&self) -> &RequirementRecord {
        self.broken.as_ref().unwrap_or(&self.requirement)
    }

    /// The case's part of the id, without the member's values.
    pub fn family(&self) -> &str {
        self.id.split('[').next().unwrap_or(&self.id)
    }

    /// The folder and section of the id: `rfc6455/5.4`.
    pub fn section(&self) -> &str {
        let family = self.family();
        family.rsplit_once('/').map_or(family, |(section, _)| section)
    }
}

impl Guide {
    /// What it says of the sections of these trials, and of the rules that they break or miss.
    #[must_use]
    pub fn of(&self, trials: &[TrialRecord]) -> Self {
        let sections: BTreeSet<&str> = trials.iter().map(TrialRecord::section).collect();
        let rules: BTreeSet<&RequirementId> = trials.iter().flat_map(named).collect();
        let is_there = |section: &&str| self.sections.contains_key(*section);
        let name = |section: &str| (section.to_owned(), self.sections[section].clone());
        let is_named = |rule: &&ExplainedRule| rules.contains(&rule.requirement.id);
        Self {
            sections: sections.into_iter().filter(is_there).map(name).collect(),
            rules: self.rules.iter().filter(is_named).cloned().collect(),
        }
    }
}

/// The rules that a trial breaks, misses, or remarks on.
fn named(trial: &TrialRecord) -> impl Iterator<Item = &RequirementId> {
    let failure = trial.verdict.failure().map(|failure| &failure.requirement);
    let notes = trial.verdict.notes().iter().chain(&trial.remarks).map(|note| &note.requirement);
    failure.into_iter().chain(notes).chain(trial.broken.iter().map(|rule| &rule.id))
}

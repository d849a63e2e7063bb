//! The findings of a campaign: distinguished by signatures, saved as cases.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde::{Deserialize, Serialize};
use wsspec_exchange::{Entry, Event, Outcome};
use wsspec_record::{Meaning, TrialRecord, Verdict};
use wsspec_referee::Received;
use wsspec_wire::RequirementId;
use wsspec_wire::{Frame, Opcode};

use crate::model::{ANY_REQUIREMENT, ModelState, Prediction, is_acceptance};

/// What makes two findings the same: the requirement broken, the state of the connection, what the peer did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Id of the requirement.
    pub requirement: String,
    /// The model's state before the last thing sent, in a word; empty if what the peer sends is wrong in any state.
    pub state: String,
    /// What the peer did.
    pub kind: Reaction,
}

/// What a peer did instead of what it had to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reaction {
    /// It sent nothing.
    Silence,
    /// It ended the stream, or reset it.
    Ended,
    /// It sent a message.
    Message,
    /// It sent a pong.
    Pong,
    /// It sent a ping.
    Ping,
    /// It sent a close frame.
    Close,
    /// It answered the opening handshake differently.
    Response,
    /// It sent something that no endpoint may send.
    Rule,
    /// It sent something else.
    Other,
    /// It died, or no longer serves anybody.
    Death,
}

impl Reaction {
    /// How a peer answered; follows "answered".
    #[must_use]
    const fn answered(self) -> &'static str {
        match self {
            Self::Silence => "with silence",
            Self::Ended => "by ending the stream",
            Self::Message => "with a message",
            Self::Pong => "with a pong",
            Self::Ping => "with a ping",
            Self::Close => "with a close frame",
            Self::Response => "with another response",
            Self::Rule => "by breaking a rule",
            Self::Other => "with something else",
            Self::Death => "by dying",
        }
    }

    /// What the peer does; follows "the server" or "the client".
    #[must_use]
    pub const fn does(self) -> &'static str {
        match self {
            Self::Silence => "stays silent",
            Self::Ended => "ends the stream",
            Self::Message => "sends a message",
            Self::Pong => "sends a pong",
            Self::Ping => "sends a ping",
            Self::Close => "sends a close frame",
            Self::Response => "sends another response",
            Self::Rule => "breaks a rule",
            Self::Other => "sends something else",
            Self::Death => "dies",
        }
    }

    /// One word, for file names.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Ended => "end",
            Self::Message => "message",
            Self::Pong => "pong",
            Self::Ping => "ping",
            Self::Close => "close",
            Self::Response => "response",
            Self::Rule => "rule",
            Self::Other => "other",
            Self::Death => "death",
        }
    }
}

impl Signature {
    /// The signature of an outcome; `None` if nothing was found. `own` is the trial's own requirement;
    /// [`ANY_REQUIREMENT`] stands for the requirement of the line that failed.
    #[must_use]
    pub fn of(outcome: &Outcome, prediction: &Prediction, own: &RequirementId) -> Option<Self> {
        let Verdict::Fail { failure } = &outcome.verdict else { return None };
        let owed = prediction.owed_at(failure.line);
        let is_owed = failure.requirement == ANY_REQUIREMENT
            || owed.is_some_and(|owed| failure.requirement == owed.requirement);
        let kind = match kind(&outcome.transcript.entries) {
            // A long transcript may end before what broke the rule.
            Reaction::Other if !is_owed => Reaction::Rule,
            kind => kind,
        };
        let (requirement, state) = match owed {
            _ if kind == Reaction::Rule => (failure.requirement.as_str(), ""),
            None => (failure.requirement.as_str(), ""),
            Some(owed) if own.as_str() == ANY_REQUIREMENT && failure.requirement == ANY_REQUIREMENT => {
                (owed.requirement, owed.after.from.word())
            }
            Some(owed) => (failure.requirement.as_str(), owed.after.from.word()),
        };
        let (requirement, state) = (requirement.to_owned(), state.to_owned());
        Some(Self { requirement, state, kind })
    }

    /// The signature of the death of a peer.
    #[must_use]
    pub fn death(prediction: &Prediction) -> Self {
        let requirement = prediction.owed.last().map_or(ANY_REQUIREMENT, |owed| owed.requirement);
        let state = prediction.path.last().map_or(ModelState::Open, |last| last.from);
        Self { requirement: requirement.to_owned(), state: state.word().to_owned(), kind: Reaction::Death }
    }

    /// Whether a shrunk session still shows the same; the state of the connection may have changed. Where a peer does not
    /// do what it must with input that it has to accept, the cause is the unusual thing that is left in the end: the
    /// requirement may change on the way there.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let both_accept = || is_acceptance(&self.requirement) && is_acceptance(&other.requirement);
        self.kind == other.kind
            && (self.kind == Reaction::Death || self.requirement == other.requirement || both_accept())
    }

    /// Section of the requirement: `5.5.2`.
    #[must_use]
    pub fn section(&self) -> &str {
        self.requirement.split(['#', ':']).nth(1).unwrap_or_default()
    }

    /// The title of its case.
    #[must_use]
    pub fn title(&self) -> String {
        let state = if self.state.is_empty() { String::new() } else { format!("{}, ", self.state) };
        format!("Input that was answered {} ({state}{})", self.kind.answered(), self.requirement)
    }

    /// Full id of its case, in a folder of findings.
    #[must_use]
    pub fn case(&self) -> String {
        format!("fuzz/{}/{}", self.section(), self.slug())
    }

    /// The file of its case, below a folder of findings.
    #[must_use]
    pub fn file(&self) -> String {
        format!("fuzz/{}-{}.toml", self.section(), self.slug())
    }

    /// A name in kebab case: `silence-in-text-5-5-2-2`.
    #[must_use]
    pub fn slug(&self) -> String {
        let of = self.requirement.replace(['#', ':', '.'], "-");
        let state = self.state.replace(' ', "-");
        [self.kind.word(), &state, &of]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-")
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the peer {}", self.requirement, self.kind.does())?;
        if self.state.is_empty() { Ok(()) } else { write!(f, " ({})", self.state) }
    }
}

/// What ended the trial: a broken rule, something unexpected, or something that did not arrive.
fn kind(entries: &[Entry]) -> Reaction {
    let decisive =
        |entry: &&Entry| matches!(entry.meaning, Some(Meaning::Broke { .. } | Meaning::Unexpected { .. }));
    match entries.iter().rev().find(decisive).or(entries.last()) {
        Some(Entry { meaning: Some(Meaning::Broke { .. }), .. }) => Reaction::Rule,
        Some(entry) => match &entry.event {
            Event::Timeout => Reaction::Silence,
            Event::Eof | Event::Reset => Reaction::Ended,
            Event::Received(Received::Head(_)) => Reaction::Response,
            Event::Received(Received::Frame(Frame { header, .. })) => match header.opcode {
                Opcode::PONG => Reaction::Pong,
                Opcode::PING => Reaction::Ping,
                Opcode::CLOSE => Reaction::Close,
                _ => Reaction::Message,
            },
            _ => Reaction::Other,
        },
        None => Reaction::Other,
    }
}

/// Hashes of what a peer sent, one per kind of thing: frames by their whole header except the length itself, close
/// frames by their code, responses by their status. Empty if the connection was reset or a time limit expired,
/// because chance then plays a part.
#[must_use]
pub fn response_features(outcome: &Outcome) -> Vec<u64> {
    let entries = &outcome.transcript.entries;
    if entries.iter().any(|entry| matches!(entry.event, Event::Reset | Event::Timeout)) {
        return Vec::new();
    }
    let feature = |entry: &Entry| match &entry.event {
        Event::Received(Received::Frame(Frame { header, payload })) => {
            let code = payload.get(..2).filter(|_| header.opcode == Opcode::CLOSE);
            let masked = header.mask.is_some();
            Some(hash_of(&(header.fin, header.rsv, header.opcode, masked, header.length.form, code)))
        }
        Event::Received(Received::Head(bytes)) => Some(hash_of(&bytes.get(..12))),
        Event::Received(_) => Some(1),
        Event::Eof => Some(2),
        _ => None,
    };
    entries.iter().filter_map(feature).collect()
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Something found, confirmed, and shrunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFinding {
    /// What distinguishes it.
    pub signature: Signature,
    /// The smallest session known that shows it, in the notation.
    pub session: String,
    /// The session that first showed it.
    pub number: u64,
    /// How many sessions showed it.
    pub count: u64,
    /// The trial of the smallest session, as its case runs: with the failure and the transcript.
    pub trial: TrialRecord,
    /// The command that runs its case again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub again: String,
}

impl CampaignFinding {
    /// The script of its case.
    #[must_use]
    pub fn script(&self) -> String {
        self.trial.script.iter().map(|line| format!("{}\n", line.text)).collect()
    }
}

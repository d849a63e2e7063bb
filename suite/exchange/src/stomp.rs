//! A session of STOMP on a connection, with a broker or with a client: frames of ours from items of the script, items from
//! what the peer sends.

use std::{mem, ops::Range};

use bytes::Bytes;
use wsspec_layers::stomp::{StompSeen, StompSession, StompVersion, escaped};
use wsspec_notation::{FieldEdit, FieldPlace, ItemSpec, Script, Word};
use wsspec_referee::{Arrival, Broken, Seen};
use wsspec_wire::{Layer, LayerItem, Role, Violation};

use crate::{
    composed::{Composed, kind},
    learnt::LearntValues,
    lift::lifted,
    stomp_broker::BrokerEnd,
};

/// The word of the item that stands for ends of line between frames.
const EOL: &[u8] = b"EOL";

/// What a run knows about a broker before it asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StompSettings {
    /// The user of each session.
    pub login: Option<String>,
    /// The password of that user.
    pub passcode: Option<String>,
    /// The virtual host of each session.
    pub host: String,
    /// How the names of all destinations of the run begin.
    pub destinations: String,
}

/// Whether it is an end of line between frames, which means nothing to a line about something else.
pub(crate) fn is_eol(item: &LayerItem) -> bool {
    item.layer == Layer::Stomp && item.word == EOL
}

/// Whether it is a frame of a client that means nothing to a line about something else: what a client under test does with a
/// message is to send it back.
pub(crate) fn is_aside(item: &LayerItem) -> bool {
    item.layer == Layer::Stomp
        && matches!(
            &item.word[..],
            b"SUBSCRIBE" | b"UNSUBSCRIBE" | b"ACK" | b"NACK" | b"BEGIN" | b"COMMIT" | b"ABORT"
        )
}

/// The session of one trial.
#[derive(Debug)]
pub(crate) struct StompLink {
    session: StompSession,
    /// What we remember as the broker of a client under test.
    broker: Option<BrokerEnd>,
    settings: StompSettings,
    learnt: LearntValues,
    /// Octets that go into the next message.
    joined: Vec<u8>,
    /// Whether these have a password.
    is_secret: bool,
}

impl StompLink {
    /// A session of a trial with this seed; its frames have at most `limit` octets.
    pub(crate) fn new(settings: &StompSettings, seed: u64, limit: usize) -> Self {
        let destination = format!("{}{seed:016x}", settings.destinations);
        Self {
            session: StompSession::new(limit),
            broker: None,
            settings: settings.clone(),
            learnt: LearntValues::knowing("destination", destination),
            joined: Vec::new(),
            is_secret: false,
        }
    }

    /// A session of a trial with this script, in which the peer is a client; its frames have at most `limit` octets.
    pub(crate) fn with_client(script: &Script, settings: &StompSettings, seed: u64, limit: usize) -> Self {
        Self {
            session: StompSession::with(Role::Client, limit),
            broker: Some(BrokerEnd::new(script)),
            ..Self::new(settings, seed, limit)
        }
    }

    /// A receipt that the client waits for, as a message.
    pub(crate) fn due(&mut self) -> Option<Bytes> {
        let octets = self.broker.as_mut()?.due(self.session.version())?;
        self.session.sent(&octets);
        Some(octets.into())
    }

    /// The messages that an item becomes: none if the next one is to be in the same message.
    pub(crate) fn compose(&mut self, spec: &ItemSpec) -> Composed {
        let octets = self.octets(spec);
        self.session.sent(&octets);
        self.joined.extend(octets);
        self.is_secret |= connects(spec) && self.settings.passcode.is_some();
        if spec.more {
            return Composed { messages: Vec::new(), is_secret: self.is_secret };
        }
        let all = mem::take(&mut self.joined);
        let size = spec.pieces.unwrap_or(all.len()).max(1);
        let messages =
            all.chunks(size).map(|octets| (kind(octets), Bytes::copy_from_slice(octets))).collect();
        Composed { messages, is_secret: mem::take(&mut self.is_secret) }
    }

    /// What the octets of the peer amount to. `what` was on the wire, and `octets` begin `offset` octets after its start.
    pub(crate) fn read(&mut self, octets: &[u8], offset: Option<usize>) -> (Vec<Arrival>, Vec<Broken>) {
        let (mut arrivals, mut broken) = (Vec::new(), Vec::new());
        for seen in self.session.received(octets) {
            match seen {
                StompSeen::Eol => arrivals.push(Arrival::Item(LayerItem {
                    layer: Layer::Stomp,
                    word: Bytes::from_static(EOL),
                    fields: Vec::new(),
                    body: Bytes::new(),
                    connection: None,
                })),
                StompSeen::TooLarge => arrivals.push(Arrival::Lost),
                StompSeen::Frame { item, broken: found, bytes } => {
                    let place = place(bytes, offset);
                    broken.extend(
                        found.into_iter().map(|violation| Broken { violation, bytes: place.clone() }),
                    );
                    if let Some(broker) = &mut self.broker {
                        broker.take(&item);
                    }
                    arrivals.push(Arrival::Item(item));
                }
            }
        }
        (arrivals, broken)
    }

    /// Items in place of the messages that they came in.
    pub(crate) fn lift(&mut self, seen: Seen) -> Seen {
        lifted(seen, |_, octets, place| self.read(octets, place.map(|place| place.start)))
    }

    /// The rule that the broker breaks if nothing more comes of a frame that it has begun.
    pub(crate) fn unfinished(&self) -> Option<Violation> {
        self.session.unfinished()
    }

    /// The values that the script has learnt.
    pub(crate) const fn learnt(&self) -> &LearntValues {
        &self.learnt
    }

    /// The values that the script has learnt, to learn more.
    pub(crate) const fn learning(&mut self) -> &mut LearntValues {
        &mut self.learnt
    }

    fn octets(&mut self, spec: &ItemSpec) -> Vec<u8> {
        let command = match &spec.word {
            Word::Payload(all) => return all.bytes().to_vec(),
            Word::Bare(command) => command,
        };
        let command = command.clone();
        let is_first = connects(spec) || command == "CONNECTED";
        let version = if is_first { StompVersion::V10 } else { self.session.version() };
        let (fields, more) = self.edited(spec);
        let mut out = format!("{command}\n").into_bytes();
        for (name, value) in fields {
            out.extend(escaped(name.as_bytes(), version));
            out.push(b':');
            out.extend(escaped(&value, version));
            out.push(b'\n');
        }
        out.extend(more);
        out.push(b'\n');
        out.extend(spec.body.iter().flat_map(|body| body.bytes()));
        out.push(0);
        out
    }

    /// The default fields with the edits, and octets that follow them as they are.
    fn edited(&mut self, spec: &ItemSpec) -> (Vec<(String, Bytes)>, Vec<u8>) {
        let mut fields = match &mut self.broker {
            Some(broker) => broker.fields(spec, &self.session),
            None if connects(spec) => self.of_connect(),
            None => Vec::new(),
        };
        let mut more = Vec::new();
        for edit in &spec.fields {
            match edit {
                FieldEdit::Set(name, value) => match fields.iter_mut().find(|(own, _)| own == name) {
                    Some(field) => field.1 = self.learnt.value(value),
                    None => fields.push((name.clone(), self.learnt.value(value))),
                },
                FieldEdit::Add(name, value) => fields.push((name.clone(), self.learnt.value(value))),
                FieldEdit::Remove(name) => fields.retain(|(own, _)| own != name),
                FieldEdit::Move(name, place) => {
                    let (moved, rest): (Vec<_>, Vec<_>) =
                        fields.into_iter().partition(|(own, _)| own == name);
                    fields = match place {
                        FieldPlace::First => moved.into_iter().chain(rest).collect(),
                        FieldPlace::Last => rest.into_iter().chain(moved).collect(),
                    };
                }
                FieldEdit::Verbatim(payload) => more.extend(payload.bytes()),
            }
        }
        (fields, more)
    }

    /// The fields of a frame that connects, by default (STOMP 1.2, CONNECT or STOMP Frame).
    fn of_connect(&self) -> Vec<(String, Bytes)> {
        let settings = &self.settings;
        let given = [
            ("accept-version", Some(StompVersion::V12.name().to_owned())),
            ("host", Some(settings.host.clone())),
            ("login", settings.login.clone()),
            ("passcode", settings.passcode.clone()),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }
}

fn connects(spec: &ItemSpec) -> bool {
    spec.is("CONNECT") || spec.is("STOMP")
}

fn place(bytes: Option<Range<usize>>, offset: Option<usize>) -> Range<usize> {
    bytes.zip(offset).map_or(0..0, |(bytes, offset)| offset + bytes.start..offset + bytes.end)
}

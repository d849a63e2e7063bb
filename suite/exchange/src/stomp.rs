//! A session of STOMP on a connection: frames of ours from items of the script, items from what the peer sends.

use std::{mem, ops::Range};

use bytes::Bytes;
use wsspec_layers::stomp::{StompSeen, StompSession, StompVersion, escaped};
use wsspec_notation::{FieldEdit, FieldPlace, ItemSpec, Word};
use wsspec_referee::{Arrival, Broken, Seen};
use wsspec_wire::{Layer, LayerItem, Violation};

use crate::{
    composed::{Composed, kind},
    learnt::LearntValues,
    lift::lifted,
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

/// The session of one trial.
#[derive(Debug)]
pub(crate) struct StompLink {
    session: StompSession,
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
            settings: settings.clone(),
            learnt: LearntValues::knowing("destination", destination),
            joined: Vec::new(),
            is_secret: false,
        }
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

    fn octets(&self, spec: &ItemSpec) -> Vec<u8> {
        let command = match &spec.word {
            Word::Payload(all) => return all.bytes().to_vec(),
            Word::Bare(command) => command,
        };
        let version = if connects(spec) { StompVersion::V10 } else { self.session.version() };
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
    fn edited(&self, spec: &ItemSpec) -> (Vec<(String, Bytes)>, Vec<u8>) {
        let mut fields = if connects(spec) { self.of_connect() } else { Vec::new() };
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

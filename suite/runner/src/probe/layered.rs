//! What probes of all layers have in common.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use wsspec_catalogue::Requirements;
use wsspec_exchange::{Event, Moment, Probe, Setup, Transcript, Waiver, items};
use wsspec_wire::{Layer, LayerItem, Role};

use super::{ProbeError, explanation, no_response, refused, response, tls_advice, what_was_sent};
use crate::{
    dial::Dialer,
    trial::{TrialRun, run},
};

/// Plays the probes of a layer to a server.
pub(super) struct LayerProber<'a> {
    dialer: &'a Dialer,
    /// With everything waived: a server that breaks a rule can still be tested.
    pub setup: Arc<Setup>,
    rules: &'a Arc<Requirements>,
}

/// The events that the cases wait for.
const KNOWN_EVENTS: [&str; 2] = ["auth", "message-back"];

/// What a server sends unprompted.
#[derive(Debug, Default)]
pub(super) struct Unasked {
    /// Whether it sends messages of Engine.IO.
    pub greets: bool,
    /// The names of the events of Socket.IO.
    pub unasked_events: Vec<String>,
}

impl Unasked {
    /// What a probe that asks for nothing was sent.
    pub(super) fn of(layer: Layer, ran: &TrialRun) -> Self {
        let items = items(&ran.outcome.transcript, layer);
        let names = items.iter().filter(|item| item.layer == Layer::SocketIo && item.word == "EVENT");
        let mut unasked_events: Vec<_> = names
            .filter_map(|item| item.get(b"event"))
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .filter(|name| !KNOWN_EVENTS.contains(&&**name))
            .collect();
        unasked_events.sort();
        unasked_events.dedup();
        let is_message = |item: &LayerItem| item.layer == Layer::EngineIo && item.word == "message";
        Self { greets: items.iter().any(is_message), unasked_events }
    }
}

impl<'a> LayerProber<'a> {
    pub(super) fn new(dialer: &'a Dialer, setup: &Setup, rules: &'a Arc<Requirements>) -> Self {
        let setup = Arc::new(Setup { waiver: Waiver::Everything, ..setup.clone() });
        Self { dialer, setup, rules }
    }

    /// The same prober, of a server that sends these messages unprompted.
    pub(super) fn expecting(&self, unasked: Unasked) -> Self {
        let Unasked { greets, unasked_events } = unasked;
        let setup = Arc::new(Setup { greets, unasked_events, ..Setup::clone(&self.setup) });
        Self { setup, ..*self }
    }

    pub(super) async fn play(&self, probe: Probe) -> TrialRun {
        run(self.dialer, &probe.watched_for(Role::Server, self.rules), &self.setup).await
    }

    /// The first probe: finds out whether the server can be reached.
    pub(super) async fn begin(&self, probe: Probe) -> Result<TrialRun, ProbeError> {
        let mut first = self.play(probe).await;
        first.dial_error.take().map_or(Ok(first), |error| Err(error.into()))
    }
}

/// Whether there is a WebSocket at all.
pub(super) fn is_open(ran: &TrialRun, setup: &Setup, is_secure: bool) -> Result<(), ProbeError> {
    let refusal = |why| ProbeError::Handshake { why, broken: BTreeSet::new() };
    match response(&ran.outcome.transcript) {
        None => Err(refusal(no_response(ran, is_secure))),
        Some(head) if !head.accepts() => {
            let resource = setup.side.uri().map_or("/", |uri| &uri.target);
            let said = explanation(&ran.outcome.transcript);
            Err(refusal(refused(&head, resource) + &said + tls_advice(&said) + &what_was_sent(setup)))
        }
        Some(_) => Ok(()),
    }
}

/// The time from what we send in this line, or one after it, to what comes next; line 0 is what opens the session.
pub(super) fn round_trip(transcript: &Transcript, from: usize) -> Option<Duration> {
    let mut sent = None;
    transcript.entries.iter().find_map(|entry| match &entry.event {
        Event::Sent(_) if entry.line >= from => {
            sent = Some(entry.at);
            None
        }
        Event::Received(_) => sent.map(|sent: Moment| entry.at.0.saturating_sub(sent.0)),
        _ => None,
    })
}

//! Probes a broker of STOMP: the versions it speaks, and whether a client receives what it sends.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use wsspec_catalogue::Requirements;
use wsspec_exchange::{Carrier, Moment, Probe, Setup, items, layer_item};
use wsspec_record::{PeerProfile, StompProfile};
use wsspec_wire::{Layer, LayerItem};

use super::{
    ProbeError, UNKNOWN_ROUND_TRIP, beside,
    layered::{self, LayerProber},
    remarked, response, short,
};
use crate::{dial::Dialer, trial::TrialRun};

/// Each version, and the session that shows it; the highest first.
const VERSIONS: [(&str, Probe); 3] =
    [("1.2", Probe::Stomp12), ("1.1", Probe::Stomp11), ("1.0", Probe::Stomp10)];

/// Connections at once: a broker has less room for sessions than a server has for sockets.
const MOST_CONNECTIONS: u32 = 16;

/// The session that a broker opens.
pub(crate) fn session(found: &StompProfile) -> Probe {
    let known = |(name, _): &&(&str, Probe)| found.versions.iter().any(|version| version == name);
    VERSIONS.iter().find(known).map_or(Probe::Stomp12, |(_, probe)| *probe)
}

/// Finds out whether a broker can be tested, and what it does.
pub(crate) async fn probe(
    dialer: &Dialer,
    setup: &Setup,
    rules: &Arc<Requirements>,
    connections: u32,
) -> Result<PeerProfile, ProbeError> {
    let prober = LayerProber::new(dialer, setup, rules);
    let play = |probe: Probe| prober.play(probe);
    let first = prober.begin(Probe::Stomp12).await?;
    if setup.carrier != Carrier::Tcp {
        layered::is_open(&first, &prober.setup, dialer.is_secure())?;
    }
    let (second, third) = beside(connections > 1, play(Probe::Stomp11), play(Probe::Stomp10)).await;
    let sessions = [&first, &second, &third];
    let opened: Vec<_> = VERSIONS
        .iter()
        .zip(sessions)
        .filter(|((_, probe), ran)| speaks(*probe, ran))
        .map(|((name, probe), ran)| ((*name).to_owned(), *probe, ran))
        .collect();
    let Some((_, best, ran)) = opened.first() else { return Err(ProbeError::Layer(no_session(&first))) };
    let (again, delivery) = (play(*best).await, play(Probe::StompDelivery).await);
    // What else is wrong with the message is for the cases about that.
    let delivers = Probe::StompDelivery.succeeded(&delivery.outcome)
        || sent_by_broker(&delivery).any(|item| item.word == "MESSAGE");
    if let Some(error) = answered_with_error(&delivery).filter(|_| !delivers) {
        let destinations = &setup.stomp.destinations;
        return Err(ProbeError::Layer(format!(
            "the broker refuses the destination `{destinations}..`: it answered with {error}; give --destination-prefix \
             for destinations that its users may send to and subscribe to"
        )));
    }
    let always: BTreeSet<_> = &remarked(ran) & &remarked(&again);
    let round_trip =
        [ran, &again].into_iter().filter_map(|ran| layered::round_trip(&ran.outcome.transcript, 1)).min();
    Ok(PeerProfile {
        round_trip_us: Moment(round_trip.unwrap_or(UNKNOWN_ROUND_TRIP)).micros(),
        subprotocol: response(&ran.outcome.transcript).and_then(|head| {
            head.fields.get("Sec-WebSocket-Protocol").map(|name| wsspec_notation::escaped(name))
        }),
        connections: connections.min(MOST_CONNECTIONS),
        stomp: Some(StompProfile {
            versions: opened.iter().rev().map(|(name, ..)| name.clone()).collect(),
            delivers,
            destinations: setup.stomp.destinations.clone(),
        }),
        always_breaks: always.into_iter().collect(),
        ..PeerProfile::default()
    })
}

/// Whether a session opened in the version that was asked for. A broker that names none, or one that does not exist, breaks a
/// rule, and is judged by that.
fn speaks(probe: Probe, ran: &TrialRun) -> bool {
    let is_known = |version: &Bytes| VERSIONS.iter().any(|(name, _)| version == name);
    let is_unnamed =
        |item: LayerItem| item.word == "CONNECTED" && !item.get(b"version").is_some_and(is_known);
    probe.succeeded(&ran.outcome) || sent_by_broker(ran).any(is_unnamed)
}

/// Why no session opens.
fn no_session(ran: &TrialRun) -> String {
    match answered_with_error(ran) {
        Some(error) => format!(
            "the broker refuses the session: it answered CONNECT with {error}; check --login, --passcode and --host-header"
        ),
        None => format!("this is not a STOMP broker: after CONNECT, {}", short(&ran.outcome.verdict)),
    }
}

/// The ERROR that came instead of something else.
fn answered_with_error(ran: &TrialRun) -> Option<String> {
    sent_by_broker(ran).find(|item| item.word == "ERROR").map(|error| layer_item(&error))
}

/// The frames that the broker sent.
fn sent_by_broker(ran: &TrialRun) -> impl Iterator<Item = LayerItem> {
    items(&ran.outcome.transcript, Layer::Stomp).into_iter()
}

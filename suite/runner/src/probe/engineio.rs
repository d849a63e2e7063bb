//! Probes an Engine.IO server, perhaps with Socket.IO on top: what it announces, and whether it has the handlers that the
//! cases need.

use std::{collections::BTreeSet, sync::Arc};

use wsspec_catalogue::Requirements;
use wsspec_exchange::{Moment, Probe, Setup, announced, items, upgrades};
use wsspec_record::{PeerProfile, SocketIoProfile};
use wsspec_wire::{Layer, LayerItem};

use super::{
    ProbeError, UNKNOWN_ROUND_TRIP, beside,
    layered::{self, LayerProber, Unasked},
    remarked, response, short,
};
use crate::{dial::Dialer, trial::TrialRun};

/// Where the document says what a server under test does.
const PAGE: &str = "docs/protocols.md";

/// The session that a server opens.
pub(crate) fn session(profile: &PeerProfile) -> Probe {
    if profile.socketio.is_some() { Probe::SocketIoConnect } else { Probe::EngineIoOpen }
}

/// Finds out whether a server can be tested on Engine.IO or Socket.IO, and what it does.
pub(crate) async fn probe(
    layer: Layer,
    dialer: &Dialer,
    setup: &Setup,
    rules: &Arc<Requirements>,
    connections: u32,
) -> Result<PeerProfile, ProbeError> {
    let prober = LayerProber::new(dialer, setup, rules);
    let play = |probe: Probe| prober.play(probe);
    let first = prober.begin(Probe::EngineIoOpen).await?;
    if let Err(ProbeError::Handshake { why, broken }) =
        layered::is_open(&first, &prober.setup, dialer.is_secure())
    {
        return Err(ProbeError::Handshake { why: why + where_it_is(layer), broken });
    }
    let Some(mut engineio) = announced(&first.outcome.transcript) else {
        let seen = short(&first.outcome.verdict);
        let why = format!(
            "this is not an Engine.IO server: after the opening handshake, {seen}{}",
            where_it_is(layer)
        );
        return Err(ProbeError::Layer(why));
    };
    let (again, unasked) = beside(connections > 1, play(Probe::EngineIoOpen), play(of_nothing(layer))).await;
    let unasked = Unasked::of(layer, &unasked);
    let (greets, unasked_events) = (unasked.greets, unasked.unasked_events.clone());
    let prober = prober.expecting(unasked);
    let play = |probe: Probe| prober.play(probe);
    let session = play(of_layer(layer)).await;
    let mut socketio = None;
    let mut always: BTreeSet<_> = &remarked(&first) & &remarked(&again);
    if layer == Layer::SocketIo {
        if !Probe::SocketIoConnect.succeeded(&session.outcome) {
            return Err(ProbeError::Layer(not_connected(&session)));
        }
        let echo = play(Probe::SocketIoEcho).await;
        lacks_handler(layer, Probe::SocketIoEcho, &echo)?;
        always.extend(&remarked(&session) & &remarked(&echo));
        let has = async |probe: Probe| probe.succeeded(&play(probe).await.outcome);
        let namespace = has(Probe::SocketIoNamespace).await;
        socketio = Some(SocketIoProfile {
            greets: has(Probe::SocketIoGreeting).await,
            acks: has(Probe::SocketIoAck).await,
            namespace,
            namespace_echo: namespace && has(Probe::SocketIoNamespaceEcho).await,
            namespace_acks: namespace && has(Probe::SocketIoNamespaceAck).await,
        });
    } else {
        lacks_handler(layer, Probe::EngineIoEcho, &session)?;
        let polled = play(Probe::EngineIoPolling).await;
        engineio.polling = Probe::EngineIoPolling.succeeded(&polled.outcome);
        engineio.upgrades = engineio.polling && upgrades(&polled.outcome.transcript);
        if engineio.polling {
            let (held, early) =
                beside(connections > 1, play(Probe::EngineIoHeld), play(Probe::EngineIoEarly)).await;
            engineio.holds_polls = Probe::EngineIoHeld.succeeded(&held.outcome);
            engineio.early_posts = Probe::EngineIoEarly.succeeded(&early.outcome);
        }
    }
    let round_trip = [&first, &again, &session]
        .into_iter()
        .filter_map(|ran| layered::round_trip(&ran.outcome.transcript, 1))
        .min();
    let head = response(&first.outcome.transcript);
    Ok(PeerProfile {
        round_trip_us: Moment(round_trip.unwrap_or(UNKNOWN_ROUND_TRIP)).micros(),
        server: head.and_then(|head| head.fields.get("Server").map(|value| wsspec_notation::escaped(value))),
        connections,
        speaks_unasked: greets,
        unasked_events,
        engineio: Some(engineio),
        socketio,
        always_breaks: always.into_iter().collect(),
        ..PeerProfile::default()
    })
}

/// The session that shows that a server speaks the layer.
const fn of_layer(layer: Layer) -> Probe {
    match layer {
        Layer::SocketIo => Probe::SocketIoConnect,
        _ => Probe::EngineIoEcho,
    }
}

/// A session in which a client asks for nothing.
const fn of_nothing(layer: Layer) -> Probe {
    match layer {
        Layer::SocketIo => Probe::SocketIoUnasked,
        _ => Probe::EngineIoUnasked,
    }
}

/// Where such servers listen.
const fn where_it_is(layer: Layer) -> &'static str {
    match layer {
        Layer::SocketIo => "; Socket.IO servers listen at /socket.io/ unless they are set up otherwise",
        _ => "; Engine.IO servers listen at /engine.io/ unless they are set up otherwise",
    }
}

/// Why the main namespace is not connected.
fn not_connected(ran: &TrialRun) -> String {
    let seen = short(&ran.outcome.verdict);
    let is_refusal = |item: &LayerItem| item.layer == Layer::SocketIo && item.word == "CONNECT_ERROR";
    if items(&ran.outcome.transcript, Layer::SocketIo).iter().any(is_refusal) {
        return format!(
            "the server refuses the main namespace: {seen}; the cases need one that anyone may connect to"
        );
    }
    format!(
        "this Engine.IO server does not speak Socket.IO: after CONNECT, {seen}; for Engine.IO alone give --protocol engineio"
    )
}

/// A server without the handler that the cases need cannot be tested.
fn lacks_handler(layer: Layer, probe: Probe, ran: &TrialRun) -> Result<(), ProbeError> {
    if probe.succeeded(&ran.outcome) {
        return Ok(());
    }
    let seen = short(&ran.outcome.verdict);
    let why = match layer {
        _ if !remarked(ran).is_empty() => {
            format!("the server's answers cannot be followed, because they break rules: {seen}")
        }
        Layer::SocketIo => format!(
            "the server does not answer the event `message` with `message-back`: {seen}; add that handler ({PAGE} has one)"
        ),
        _ => format!(
            "the server does not send messages back: {seen}; add a handler that does ({PAGE} has one), or give --protocol \
             socketio if this is a Socket.IO server"
        ),
    };
    Err(ProbeError::Handshake { why, broken: remarked(ran) })
}

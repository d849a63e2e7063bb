//! Probes a SockJS server: whether it sends messages back, and which services it has for the cases.

use std::sync::Arc;

use wsspec_catalogue::Requirements;
use wsspec_exchange::{Moment, Probe, Setup};
use wsspec_record::{PeerProfile, SockJsProfile};

use super::{
    ProbeError, UNKNOWN_ROUND_TRIP,
    layered::{self, LayerProber},
    remarked, response, short,
};
use crate::dial::Dialer;

/// Where the document says what a server under test does.
const PAGE: &str = "docs/protocols.md";

/// Finds out whether a server can be tested on SockJS, and what it does.
pub(crate) async fn probe(
    dialer: &Dialer,
    setup: &Setup,
    rules: &Arc<Requirements>,
    connections: u32,
) -> Result<PeerProfile, ProbeError> {
    let prober = LayerProber::new(dialer, setup, rules);
    let first = prober.begin(Probe::SockJsPolling).await?;
    if !Probe::SockJsPolling.succeeded(&first.outcome) {
        let path = setup.side.uri().map_or("/", |uri| &uri.target);
        return Err(ProbeError::Layer(format!(
            "there is no SockJS service that sends messages back at {path}: {}; {PAGE} has an example",
            short(&first.outcome.verdict)
        )));
    }
    let again = prober.play(Probe::SockJsPolling).await;
    let has = async |probe: Probe| probe.succeeded(&prober.play(probe).await.outcome);
    if has(Probe::SockJsUnasked).await {
        return Err(ProbeError::Layer(format!(
            "the service sends messages of its own; the cases need one that only sends messages back ({PAGE} has an example)"
        )));
    }
    let socket = prober.play(Probe::SockJsWebSocket).await;
    let sockjs = SockJsProfile {
        // What is wrong with its frames is for the cases about them.
        websocket: Probe::SockJsWebSocket.succeeded(&socket.outcome)
            || response(&socket.outcome.transcript).is_some_and(|head| head.accepts()),
        close: has(Probe::SockJsClose).await,
        disabled: has(Probe::SockJsDisabled).await,
        cookies: has(Probe::SockJsCookies).await,
        no_xhr_streaming: has(Probe::SockJsXhrStreaming).await,
        no_eventsource: has(Probe::SockJsEventSource).await,
        no_htmlfile: has(Probe::SockJsHtmlFile).await,
        no_jsonp: has(Probe::SockJsJsonp).await,
    };
    let round_trip =
        [&first, &again].into_iter().filter_map(|ran| layered::round_trip(&ran.outcome.transcript, 1)).min();
    let head = response(&first.outcome.transcript);
    Ok(PeerProfile {
        round_trip_us: Moment(round_trip.unwrap_or(UNKNOWN_ROUND_TRIP)).micros(),
        server: head.and_then(|head| head.fields.get("Server").map(|value| wsspec_notation::escaped(value))),
        connections,
        pong: true,
        echo: true,
        sockjs: Some(sockjs),
        always_breaks: (&remarked(&first) & &remarked(&again)).into_iter().collect(),
        ..PeerProfile::default()
    })
}

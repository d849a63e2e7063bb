//! Probes a client of Engine.IO, perhaps with Socket.IO on top: what it does with messages, or with events.

use std::{collections::BTreeSet, sync::Arc};

use wsspec_catalogue::Requirements;
use wsspec_exchange::{Moment, Probe, Setup, Waiver, items};
use wsspec_record::{EngineIoClientProfile, PeerProfile, SocketIoProfile};
use wsspec_wire::{Layer, LayerItem, RequestHead, Role};

use super::{ProbeError, UNKNOWN_ROUND_TRIP, client::request, layered, remarked, short};
use crate::{client::ClientRunner, trial::TrialRun};

/// The session that shows that a client is alive.
pub(crate) fn session(profile: &EngineIoClientProfile) -> Probe {
    of_layer(if profile.socketio.is_some() { Layer::SocketIo } else { Layer::EngineIo })
}

const fn of_layer(layer: Layer) -> Probe {
    match layer {
        Layer::SocketIo => Probe::SocketIoEcho,
        _ => Probe::EngineIoEcho,
    }
}

/// Finds out whether a client can be tested on Engine.IO or Socket.IO, and what it does.
pub(crate) async fn probe(
    layer: Layer,
    client: &ClientRunner,
    setup: &Setup,
    rules: &Arc<Requirements>,
    jobs: u32,
) -> Result<PeerProfile, ProbeError> {
    let setup = Arc::new(Setup { waiver: Waiver::Everything, ..setup.clone() });
    let play = async |probe: Probe| client.run(&probe.watched_for(Role::Client, rules), &setup).await;
    let first = play(of_layer(layer)).await;
    if let Some(why) = request(&first.outcome.transcript).as_ref().and_then(unfit) {
        return Err(ProbeError::Layer(why));
    }
    if !of_layer(layer).succeeded(&first.outcome) {
        return Err(ProbeError::Layer(lacks_duty(layer, &first)));
    }
    let again = play(of_layer(layer)).await;
    let mut socketio = None;
    if layer == Layer::SocketIo {
        let does = async |probe: Probe| probe.succeeded(&play(probe).await.outcome);
        let namespace = does(Probe::SocketIoNamespace).await;
        socketio = Some(SocketIoProfile {
            greets: false,
            acks: does(Probe::SocketIoAck).await,
            namespace,
            namespace_echo: namespace && does(Probe::SocketIoNamespaceEcho).await,
            namespace_acks: namespace && does(Probe::SocketIoNamespaceAck).await,
        });
    }
    let always: BTreeSet<_> = &remarked(&first) & &remarked(&again);
    let round_trips = [&first, &again].map(|ran| layered::round_trip(&ran.outcome.transcript, 1));
    Ok(PeerProfile {
        round_trip_us: Moment(round_trips.into_iter().flatten().min().unwrap_or(UNKNOWN_ROUND_TRIP)).micros(),
        connections: jobs,
        engineio_client: Some(EngineIoClientProfile { socketio }),
        always_breaks: always.into_iter().collect(),
        ..PeerProfile::default()
    })
}

/// Why a client that sends this request cannot be tested.
fn unfit(head: &RequestHead) -> Option<String> {
    let target = String::from_utf8_lossy(&head.target).into_owned();
    let (_, query) = target.split_once('?').unwrap_or_default();
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let shown = |value: &str| wsspec_notation::escaped(value.as_bytes());
    match (value("transport"), value("EIO")) {
        (Some("polling"), _) => Some(
            "the client begins with long-polling, which wsspec does not test in clients: let it use the transport `websocket` \
             alone"
                .to_owned(),
        ),
        (_, Some(version)) if version != "4" => {
            Some(format!("the client speaks version {} of Engine.IO, and wsspec tests version 4", shown(version)))
        }
        _ => None,
    }
}

/// What the client does not do that each client under test has to do.
fn lacks_duty(layer: Layer, ran: &TrialRun) -> String {
    let seen = short(&ran.outcome.verdict);
    if request(&ran.outcome.transcript).is_none() {
        return format!("this is not a client of {}: {seen}", layer.title());
    }
    let joins = |item: &LayerItem| item.layer == Layer::SocketIo && item.word == "CONNECT";
    let duty = match layer {
        Layer::SocketIo if !items(&ran.outcome.transcript, layer).iter().any(joins) => {
            "connect to the main namespace"
        }
        Layer::SocketIo => "answer the event `message` with `message-back`",
        _ => "send each message back",
    };
    format!("the client does not {duty}, which it has to do to be tested (docs/protocols.md): {seen}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_of_another_version_or_transport_is_not_tested() {
        let of =
            |target: &str| unfit(&RequestHead::parse(format!("GET {target} HTTP/1.1\r\n\r\n").as_bytes()));
        assert_eq!(of("/socket.io/?EIO=4&transport=websocket"), None);
        assert_eq!(of("/"), None);
        assert!(of("/socket.io/?EIO=3&transport=websocket").unwrap().contains("version 3"));
        assert!(of("/socket.io/?EIO=4&transport=polling&t=x").unwrap().contains("`websocket` alone"));
    }
}

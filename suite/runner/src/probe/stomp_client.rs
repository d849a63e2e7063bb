//! Probes a client of STOMP: the versions that it offers, and what it does with messages.

use std::{collections::BTreeSet, sync::Arc};

use wsspec_catalogue::Requirements;
use wsspec_exchange::{Moment, Probe, Setup, Waiver, items};
use wsspec_record::{PeerProfile, StompClientProfile};
use wsspec_wire::{Layer, LayerItem, Role};

use super::{ProbeError, UNKNOWN_ROUND_TRIP, layered, remarked, short};
use crate::{client::ClientRunner, trial::TrialRun};

/// The versions that there are, lowest first.
const VERSIONS: [&str; 3] = ["1.0", "1.1", "1.2"];

/// Finds out whether a client can be tested, and what it does.
pub(crate) async fn probe(
    client: &ClientRunner,
    setup: &Setup,
    rules: &Arc<Requirements>,
    jobs: u32,
) -> Result<PeerProfile, ProbeError> {
    let setup = Arc::new(Setup { waiver: Waiver::Everything, ..setup.clone() });
    let play = async |probe: Probe| client.run(&probe.watched_for(Role::Client, rules), &setup).await;
    let first = play(Probe::StompClient).await;
    let sent = items(&first.outcome.transcript, Layer::Stomp);
    let connects = |item: &&LayerItem| matches!(&item.word[..], b"CONNECT" | b"STOMP");
    let Some(connect) = sent.iter().find(connects) else {
        return Err(ProbeError::Layer(no_connect(&first)));
    };
    let mut found = announced(connect);
    if found.versions.is_empty() {
        let offered = connect.get(b"accept-version").map(|list| wsspec_notation::escaped(list));
        return Err(ProbeError::Layer(format!(
            "the client offers no version of STOMP that wsspec speaks, which are {}: its accept-version is `{}`",
            VERSIONS.join(", "),
            offered.unwrap_or_default()
        )));
    }
    if !Probe::StompClient.succeeded(&first.outcome) {
        return Err(ProbeError::Layer(lacks_duty(&first, &sent)));
    }
    let subscribes = |item: &LayerItem| item.word == "SUBSCRIBE";
    // An ACK in the mode `client` may be for several messages, and come later. Version 1.0 has no other, and does not say so.
    let mode = if found.versions == ["1.0"] { "client" } else { "client-individual" };
    let acknowledges = |item: &LayerItem| item.get(b"ack").is_some_and(|asked| asked == mode);
    found.acknowledges = sent.iter().any(|item| subscribes(item) && acknowledges(item));
    let again = play(Probe::StompClient).await;
    let does = async |probe: Probe| probe.succeeded(&play(probe).await.outcome);
    found.nacks = does(Probe::StompNack).await;
    found.swaps = does(Probe::StompSwap).await;
    found.leaves = does(Probe::StompEnd).await;
    found.unsubscribes = does(Probe::StompUnsubscribe).await;
    found.transactions = does(Probe::StompTransaction).await;
    let always: BTreeSet<_> = &remarked(&first) & &remarked(&again);
    let round_trips = [&first, &again].map(|ran| layered::round_trip(&ran.outcome.transcript, 1));
    Ok(PeerProfile {
        round_trip_us: Moment(round_trips.into_iter().flatten().min().unwrap_or(UNKNOWN_ROUND_TRIP)).micros(),
        connections: jobs,
        stomp_client: Some(found),
        always_breaks: always.into_iter().collect(),
        ..PeerProfile::default()
    })
}

/// What a client announces in its CONNECT. Without accept-version, it is one of version 1.0.
fn announced(connect: &LayerItem) -> StompClientProfile {
    let list = connect.get(b"accept-version").map_or(&b"1.0"[..], |list| list);
    let is_listed = |version: &&&str| {
        list.split(|byte| *byte == b',').any(|listed| listed.trim_ascii() == version.as_bytes())
    };
    let numbers = connect.get(b"heart-beat").and_then(|value| str::from_utf8(value).ok()).unwrap_or_default();
    let mut numbers = numbers.split(',').map(|number| number.trim().parse().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    StompClientProfile {
        versions: VERSIONS.iter().filter(is_listed).map(|version| (*version).to_owned()).collect(),
        heart_beat_ms: [next(), next()],
        ..StompClientProfile::default()
    }
}

/// Why no session begins.
fn no_connect(ran: &TrialRun) -> String {
    format!("this is not a client of STOMP: it sends no CONNECT; {}", short(&ran.outcome.verdict))
}

/// What the client does not do that each client under test has to do.
fn lacks_duty(ran: &TrialRun, sent: &[LayerItem]) -> String {
    let subscriptions = sent.iter().filter(|item| item.word == "SUBSCRIBE").count();
    let duty = match subscriptions {
        0 | 1 => "subscribe to `/wsspec/in` and `/wsspec/more`",
        _ => "send the body of each message to `/wsspec/out`",
    };
    format!(
        "the client does not {duty}, which it has to do to be tested (docs/protocols.md): {}",
        short(&ran.outcome.verdict)
    )
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn connect(fields: &[(&'static str, &'static str)]) -> LayerItem {
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        LayerItem {
            layer: Layer::Stomp,
            word: bytes("CONNECT"),
            fields: fields.iter().map(|(name, value)| (bytes(name), bytes(value))).collect(),
            body: Bytes::new(),
            connection: None,
        }
    }

    #[test]
    fn a_client_announces_versions_and_heart_beats() {
        let found = announced(&connect(&[("accept-version", "1.2, 1.0,2.0"), ("heart-beat", "1000,20")]));
        assert_eq!((found.versions, found.heart_beat_ms), (vec!["1.0".into(), "1.2".into()], [1000, 20]));
        let found = announced(&connect(&[("heart-beat", "x")]));
        assert_eq!((found.versions, found.heart_beat_ms), (vec!["1.0".to_owned()], [0, 0]));
        assert!(announced(&connect(&[("accept-version", "3.0")])).versions.is_empty());
    }
}

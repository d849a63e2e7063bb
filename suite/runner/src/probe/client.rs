//! Probes a client.

use std::sync::Arc;

use futures_util::future::OptionFuture;
use wsspec_catalogue::Requirements;
use wsspec_exchange::{Event, Moment, Probe, Setup, Transcript, Waiver, round_trip, spoke_unasked};
use wsspec_record::{Fence, PeerProfile};
use wsspec_referee::Received;
use wsspec_wire::{DeflateParams, RequestHead, Role, parse_extensions};

use super::{
    ProbeError, UNKNOWN_ROUND_TRIP, always_broken, is_closed, note_echoes, note_second_echo, short,
    unusual_echoes,
};
use crate::client::ClientRunner;

/// Finds out whether a client can be tested, what it can do, and which of `rules` it breaks on every connection. A
/// client that neither answers pings nor echoes would pass every trial that wants a refusal, so it runs only the trials
/// that need no sign of life.
pub(crate) async fn probe_client(
    client: &ClientRunner,
    setup: &Setup,
    rules: &Arc<Requirements>,
    jobs: u32,
) -> Result<PeerProfile, ProbeError> {
    let setup = &Setup { waiver: Waiver::Everything, ..setup.clone() };
    let patient = Arc::new(Setup { speaks_unasked: true, ..setup.clone() });
    let trial = |probe: Probe| probe.watched_for(Role::Client, rules);
    let pings = client.run(&trial(Probe::Pings), &patient).await;
    let Some(request) = request(&pings.outcome.transcript) else {
        return Err(ProbeError::Client(short(&pings.outcome.verdict)));
    };
    let speaks_unasked = spoke_unasked(&pings.outcome.transcript);
    let mut answered = Probe::Pings.succeeded(&pings.outcome);
    let mut round_trips = round_trip(&pings.outcome.transcript);
    let mut loses_first = false;
    if !answered && !is_closed(&pings) {
        let later = client.run(&trial(Probe::LaterPings), &patient).await;
        loses_first = Probe::LaterPings.succeeded(&later.outcome);
        answered = loses_first;
        round_trips = round_trip(&later.outcome.transcript).or(round_trips);
    }
    let setup = Arc::new(Setup { speaks_unasked, loses_first, ..setup.clone() });
    let again = || async { client.run(&trial(Probe::Pings), &setup).await };
    let second = OptionFuture::from(answered.then(again)).await;
    let failing = client.run(&trial(Probe::Failing), &setup).await;
    let echo = client.run(&trial(Probe::Echo), &setup).await;
    let binary = client.run(&trial(Probe::BinaryEcho), &setup).await;
    let offers =
        request.fields.all("Sec-WebSocket-Extensions").filter_map(|value| parse_extensions(value).ok());
    let mut profile = PeerProfile {
        pong: answered,
        speaks_unasked,
        loses_first,
        always_breaks: match &second {
            Some(second) => always_broken(&pings, second, &failing),
            None => always_broken(&echo, &binary, &failing),
        },
        deflate: offers.flatten().any(|offer| offer.name.eq_ignore_ascii_case(DeflateParams::NAME)),
        round_trip_us: Moment(round_trips.unwrap_or(UNKNOWN_ROUND_TRIP)).micros(),
        connections: jobs,
        ..PeerProfile::default()
    };
    note_echoes(&mut profile, &echo, &binary);
    if let Some([empty, fragmented, second]) = unusual_echoes(&profile) {
        note_second_echo(&mut profile, second, &client.run(&trial(second), &setup).await);
        profile.drops_empty = !empty.succeeded(&client.run(&trial(empty), &setup).await.outcome);
        profile.drops_fragmented =
            !fragmented.succeeded(&client.run(&trial(fragmented), &setup).await.outcome);
    }
    if !profile.pong && profile.echoes_text() {
        profile.fence = Fence::Echo;
    }
    Ok(profile)
}

pub(super) fn request(transcript: &Transcript) -> Option<RequestHead> {
    transcript.entries.iter().find_map(|entry| match &entry.event {
        Event::Received(Received::Head(bytes)) => Some(RequestHead::parse(bytes)),
        _ => None,
    })
}

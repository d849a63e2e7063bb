//! Probes a peer: whether it is alive, what it can do, how fast it answers.

use std::{collections::BTreeSet, pin::pin, sync::Arc, time::Duration};

use futures_util::future::{Either, OptionFuture, join_all, select};
use wsspec_carriers::recorded_response;
use wsspec_catalogue::{Limits, Requirements};
use wsspec_exchange::{
    Event, Moment, Probe, Setup, Transcript, Waiver, layer_on_top, named_versions, round_trip, says_more,
    spoke_unasked,
};
use wsspec_notation::escaped;
use wsspec_record::{EchoedKind, Fence, PeerProfile, Verdict};
use wsspec_referee::Received;
use wsspec_wire::{RequirementId, ResponseHead, Role, Violation, judge_garbled};

use crate::{
    dial::{DialError, Dialer},
    trial::{TrialRun, run, run_and_keep},
};

mod client;
pub(crate) mod engineio;
pub(crate) mod engineio_client;
mod layered;
mod refusal;
pub(crate) mod sockjs;
pub(crate) mod stomp;
pub(crate) mod stomp_client;

pub(crate) use self::client::probe_client;
use self::refusal::{
    closes_after_echo, closes_at_once, explanation, no_response, refused, shows_first_echo_only, tls_advice,
    what_was_sent,
};

/// Why a target cannot be tested at all.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Connecting failed.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// There is a connection, but no WebSocket.
    #[error("{why}")]
    Handshake {
        /// What arrived instead, and what may help.
        why: String,
        /// The rules that it breaks.
        broken: BTreeSet<RequirementId>,
    },
    /// No HTTP/2, or no WebSocket over it.
    #[error("{0}")]
    Http2(String),
    /// No HTTP/3, or no WebSocket over it.
    #[error("{0}")]
    Http3(String),
    /// Nothing that speaks the layer, or none that can be tested with these options.
    #[error("{0}")]
    Layer(String),
    /// A client that cannot be started, does not connect, or shows no sign of life.
    #[error("{0}")]
    Client(String),
}

/// Length of a watch in round trips, and its bounds.
const WATCH_ROUND_TRIPS: u32 = 20;
const SHORTEST_WATCH: Duration = Duration::from_millis(20);
/// The round trip assumed for a peer that does not answer pings.
const UNKNOWN_ROUND_TRIP: Duration = Duration::from_millis(1);
/// A peer has not answered soon if it takes longer than a line's limit divided by this.
const SOON: u32 = 8;

/// Finds out whether a target can be tested, what it can do, and which of `rules` it breaks on every connection. Tries
/// `connections` at once.
pub(crate) async fn probe(
    dialer: &Dialer,
    setup: &Setup,
    rules: &Arc<Requirements>,
    connections: u32,
) -> Result<PeerProfile, ProbeError> {
    // A peer that breaks a rule can still be tested.
    let setup = &Setup { waiver: Waiver::Everything, ..setup.clone() };
    // Nothing is known about the peer yet: it may send messages unprompted and still answer pings.
    let patient = Arc::new(Setup { speaks_unasked: true, ..setup.clone() });
    let (first, later) = pings(dialer, &patient, rules, connections > 1).await;
    if let Some(error) = first.dial_error {
        return Err(error.into());
    }
    let head = response(&first.outcome.transcript);
    let refusal = |why| ProbeError::Handshake { why, broken: broken_by_answer(&first, head.as_ref()) };
    let Some(head) = &head else { return Err(refusal(no_response(&first, dialer.is_secure()))) };
    if !head.accepts() {
        let resource = setup.side.uri().map_or("/", |uri| &uri.target);
        let said = explanation(&first.outcome.transcript);
        let why = refused(head, resource) + &said + tls_advice(&said) + &what_was_sent(setup);
        return Err(refusal(why));
    }
    let mut profile = PeerProfile {
        pong: Probe::Pings.succeeded(&first.outcome),
        round_trip_us: Moment(round_trip(&first.outcome.transcript).unwrap_or(UNKNOWN_ROUND_TRIP)).micros(),
        server: head.fields.get("Server").map(|value| escaped(value)),
        speaks_unasked: spoke_unasked(&first.outcome.transcript),
        on_top: layer_on_top(&first.outcome.transcript).map(|layer| layer.name().to_owned()),
        subprotocol: head.fields.get("Sec-WebSocket-Protocol").map(|value| escaped(value)),
        ..PeerProfile::default()
    };
    if let Some(later) = later.filter(|_| !profile.pong) {
        profile.loses_first = Probe::LaterPings.succeeded(&later.outcome);
        profile.pong = profile.loses_first;
        if let Some(round_trip) = round_trip(&later.outcome.transcript) {
            profile.round_trip_us = Moment(round_trip).micros();
        }
    }
    let (speaks_unasked, loses_first) = (profile.speaks_unasked, profile.loses_first);
    let setup = Arc::new(Setup { speaks_unasked, loses_first, ..setup.clone() });
    let patient = Arc::new(Setup { speaks_unasked: true, ..(*setup).clone() });
    let play = |probe: Probe, setup| {
        let trial = probe.watched_for(Role::Server, rules);
        async move { run(dialer, &trial, setup).await }
    };
    let second = OptionFuture::from(profile.pong.then(|| play(Probe::Pings, &setup)));
    let (second, failing) = beside(connections > 1, second, play(Probe::Failing, &setup)).await;
    profile.versions = named_versions(&play(Probe::Versions, &setup).await.outcome.transcript);
    let echoes = beside(connections > 2, play(Probe::Echo, &setup), play(Probe::BinaryEcho, &setup));
    let ((mut echo, mut binary), deflate) =
        beside(connections > 2, echoes, play(Probe::Deflate, &setup)).await;
    if let Some(why) = closes_at_once(&first).filter(|_| closes_at_once(&echo).is_some()) {
        let broken = BTreeSet::new();
        return Err(ProbeError::Handshake { why: why + &what_was_sent(&setup), broken });
    }
    let spoke = |ran: &TrialRun| spoke_unasked(&ran.outcome.transcript);
    let is_exact = |ran: &TrialRun| matches!(ran.outcome.verdict, Verdict::Pass);
    if !profile.speaks_unasked && !is_exact(&echo) && !is_exact(&binary) && (spoke(&echo) || spoke(&binary)) {
        // What arrived first was not an echo; the echo may follow, or may have followed.
        let patient = (play(Probe::Echo, &patient).await, play(Probe::BinaryEcho, &patient).await);
        let is_garbled = Probe::Echo.succeeded(&echo.outcome) || Probe::BinaryEcho.succeeded(&binary.outcome);
        let is_among_others = |ran: &TrialRun| is_exact(ran) && says_more(&ran.outcome.transcript);
        if is_among_others(&patient.0) || is_among_others(&patient.1) || !is_garbled {
            (echo, binary) = patient;
            profile.speaks_unasked = true;
        }
    }
    profile.always_breaks = match &second {
        Some(second) => always_broken(&first, second, &failing),
        None => always_broken(&echo, &binary, &failing),
    };
    note_echoes(&mut profile, &echo, &binary);
    if let Some([empty, fragmented, second]) = unusual_echoes(&profile) {
        let (emptied, joined) = beside(connections > 1, play(empty, &setup), play(fragmented, &setup)).await;
        note_second_echo(&mut profile, second, &play(second, &setup).await);
        profile.drops_empty = !empty.succeeded(&emptied.outcome);
        profile.drops_fragmented = !fragmented.succeeded(&joined.outcome);
    }
    profile.deflate = Probe::Deflate.succeeded(&deflate.outcome);
    if !profile.pong && profile.echoes_text() {
        profile.fence = Fence::Echo;
        profile.round_trip_us = Moment(echo.duration).micros();
    }
    profile.connections = at_once(dialer, &setup, connections, profile.pong).await;
    Ok(profile)
}

/// Asks whether the peer answers pings, and if it has not done so after a while, also whether it does later. Does both at
/// once if `side_by_side`, because each is as long as a line may take.
async fn pings(
    dialer: &Dialer,
    setup: &Arc<Setup>,
    rules: &Arc<Requirements>,
    side_by_side: bool,
) -> (TrialRun, Option<TrialRun>) {
    let [at_once, later] =
        [Probe::Pings, Probe::LaterPings].map(|probe| probe.watched_for(Role::Server, rules));
    let ask_later = async || {
        tokio::time::sleep(setup.limits.line / SOON).await;
        run(dialer, &later, setup).await
    };
    let at_once = pin!(run(dialer, &at_once, setup));
    let (first, early) = if side_by_side {
        match select(at_once, pin!(ask_later())).await {
            Either::Left((first, _)) if Probe::Pings.succeeded(&first.outcome) => return (first, None),
            Either::Left((first, later)) => (first, Some(later.await)),
            Either::Right((later, first)) => (first.await, Some(later)),
        }
    } else {
        (at_once.await, None)
    };
    let is_open = response(&first.outcome.transcript).is_some() && !is_closed(&first);
    if Probe::Pings.succeeded(&first.outcome) || !is_open {
        return (first, None);
    }
    // A peer that serves one connection at a time has not answered the second.
    match early.filter(|later| response(&later.outcome.transcript).is_some()) {
        Some(later) => (first, Some(later)),
        None => (first, Some(run(dialer, &later, setup).await)),
    }
}

/// Whether the peer closed the connection, so that nothing was lost.
fn is_closed(ran: &TrialRun) -> bool {
    ran.outcome.transcript.entries.iter().any(|entry| matches!(entry.event, Event::Eof | Event::Reset))
}

/// The rules broken by a response that does not open a connection.
fn broken_by_answer(ran: &TrialRun, head: Option<&ResponseHead>) -> BTreeSet<RequirementId> {
    // The form of a refusal counts only in trials that ask for one, and a probe does not.
    let garbled = head.map(judge_garbled).unwrap_or_default();
    let mut broken = remarked(ran);
    broken.extend(garbled.iter().map(Violation::requirement));
    broken
}

/// Runs both in parallel, or one after the other.
async fn beside<A, B>(
    side_by_side: bool,
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> (A, B) {
    if side_by_side { tokio::join!(first, second) } else { (first.await, second.await) }
}

/// The rules broken on a connection, ordered by id.
fn remarked(ran: &TrialRun) -> BTreeSet<RequirementId> {
    ran.outcome.remarks.iter().map(|remark| remark.requirement.clone()).collect()
}

/// The rules that the peer breaks on each of two ordinary connections, or when it has to fail one. A connection that
/// fails for another reason does not count: whatever keeps the peer from answering must not be ignored.
fn always_broken(first: &TrialRun, second: &TrialRun, failing: &TrialRun) -> Vec<RequirementId> {
    let broken = |ran: &TrialRun| match ran.outcome.verdict {
        Verdict::Pass => remarked(ran),
        _ => BTreeSet::new(),
    };
    let ordinary = &broken(first) & &broken(second);
    (&ordinary | &broken(failing)).into_iter().collect()
}

/// Notes which types of message the peer sends back unchanged.
fn note_echoes(profile: &mut PeerProfile, echo: &TrialRun, binary: &TrialRun) {
    let succeeded = |probe: Probe, ran: &TrialRun| match profile.speaks_unasked {
        true => probe.succeeded_among_others(&ran.outcome),
        false => probe.succeeded(&ran.outcome),
    };
    let (text, binary) = (succeeded(Probe::Echo, echo), succeeded(Probe::BinaryEcho, binary));
    profile.echo = text || binary;
    profile.echoes_only = match (text, binary) {
        (true, false) => Some(EchoedKind::Text),
        (false, true) => Some(EchoedKind::Binary),
        _ => None,
    };
}

/// Notes what becomes of a second message, which is asked for by this probe.
fn note_second_echo(profile: &mut PeerProfile, probe: Probe, ran: &TrialRun) {
    profile.answers_once = closes_after_echo(ran);
    profile.drops_second = !probe.succeeded(&ran.outcome) && shows_first_echo_only(ran);
}

/// What shows whether a peer that sends messages back passes over empty ones, and over those in fragments, and whether it
/// sends back more than one.
fn unusual_echoes(profile: &PeerProfile) -> Option<[Probe; 3]> {
    let probes = match profile.echoes_only {
        Some(EchoedKind::Binary) => {
            [Probe::EmptyBinaryEcho, Probe::FragmentedBinaryEcho, Probe::SecondBinaryEcho]
        }
        _ => [Probe::EmptyEcho, Probe::FragmentedEcho, Probe::SecondEcho],
    };
    profile.echo.then_some(probes)
}

/// A verdict in a few words.
pub(crate) fn short(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Fail { failure } => failure.headline(),
        Verdict::Inconclusive { why } => why.clone(),
        other => other.word().to_owned(),
    }
}

/// How many of `wanted` connections the peer serves at the same time; at least one.
async fn at_once(dialer: &Dialer, setup: &Arc<Setup>, wanted: u32, pong: bool) -> u32 {
    // Without a fence, an open connection must do.
    let probe = if pong { Probe::Alive } else { Probe::Handshake };
    let trial = probe.trial();
    let all = join_all((0..wanted).map(|_| run_and_keep(dialer, &trial, setup))).await;
    let served = all.iter().filter(|(ran, _)| probe.succeeded(&ran.outcome)).count();
    u32::try_from(served).unwrap_or(1).max(1)
}

/// The probe that shows that a peer is alive.
pub(crate) fn sign_of_life(profile: &PeerProfile) -> Probe {
    if let Some(found) = &profile.stomp {
        return stomp::session(found);
    }
    if profile.stomp_client.is_some() {
        return Probe::StompClient;
    }
    if let Some(found) = &profile.engineio_client {
        return engineio_client::session(found);
    }
    if profile.engineio.is_some() {
        return engineio::session(profile);
    }
    if profile.sockjs.is_some() {
        return Probe::SockJsPolling;
    }
    match (profile.pong, profile.fence) {
        (true, _) => Probe::Alive,
        (false, Fence::Echo) => Probe::Echo,
        (false, Fence::Ping) => Probe::Handshake,
    }
}

/// Whether the peer still does what it did when it was probed.
pub(crate) async fn is_sane(
    dialer: &Dialer,
    setup: &Arc<Setup>,
    profile: &PeerProfile,
) -> Result<(), String> {
    let probe = sign_of_life(profile);
    let ran = run(dialer, &probe.trial(), setup).await;
    if probe.succeeded(&ran.outcome) { Ok(()) } else { Err(short(&ran.outcome.verdict)) }
}

/// The limits for a peer. A watch lasts a multiple of its round trip.
pub(crate) fn limits(base: Limits, profile: &PeerProfile) -> Limits {
    let round_trip = Duration::from_micros(profile.round_trip_us.max(1));
    let watch = round_trip.saturating_mul(WATCH_ROUND_TRIPS).clamp(SHORTEST_WATCH.min(base.line), base.line);
    Limits { round_trip, watch, ..base }
}

/// The final response to the opening handshake.
fn response(transcript: &Transcript) -> Option<ResponseHead> {
    transcript.entries.iter().find_map(|entry| match &entry.event {
        Event::Received(Received::Head(bytes)) => {
            Some(recorded_response(bytes)).filter(|head| !head.is_interim())
        }
        _ => None,
    })
}

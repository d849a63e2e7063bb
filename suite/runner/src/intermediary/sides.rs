//! Both ends of a trial through an intermediary: the client in front and the server behind.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::oneshot, time::timeout};
use wsspec_capture::{ProxyEnd, ProxyRelation};
use wsspec_catalogue::{Limits, Trial};
use wsspec_exchange::{Exchange, Outcome, Setup, StreamRest, Waiver};
use wsspec_notation::Script;

use super::{
    backend::BackArrival,
    lanes::{EchoBackend, LaneReading, LaneWitness, StreamReading, WatchedPlayer},
};
use crate::{
    confirmation::Evidence,
    drive::{DriveLimits, Driver},
    stream::Stream,
};

/// How many moments a line's limit has.
const MOMENTS: u32 = 20;

/// How a script ended.
pub(super) struct FrontRun {
    pub outcome: Outcome,
    /// It fails because nothing arrived, and what we sent after that was not answered either.
    pub is_cut_off: bool,
    /// It fails because nothing arrived.
    pub is_silent: bool,
    /// What was seen after the script.
    pub after: Duration,
}

/// Our end of a connection after its script.
pub(super) struct LaneRest {
    driver: Driver<'static>,
    /// The stream, if the connection carries one.
    stream: Option<StreamRest>,
}

/// What is done after a script, before the connection is only read.
enum LaneCoda {
    /// Nothing.
    Nothing,
    /// Octets are sent.
    Bytes(Bytes),
    /// Our half is closed.
    End,
}

impl LaneRest {
    /// Does this, and then reads to the end of the connection.
    async fn read_on(&mut self, coda: LaneCoda, at: ProxyEnd, witness: &LaneWitness) {
        let Self { driver, stream } = self;
        match stream {
            Some(stream) => {
                let mut reading = match coda {
                    LaneCoda::Nothing => StreamReading::after_bytes(stream, None),
                    LaneCoda::Bytes(bytes) => StreamReading::after_bytes(stream, Some(bytes)),
                    LaneCoda::End => StreamReading::after_end(stream),
                };
                driver.drive(&mut WatchedPlayer::new(&mut reading, at, witness)).await;
            }
            None => {
                let mut reading = match coda {
                    LaneCoda::Nothing => LaneReading::after_bytes(None),
                    LaneCoda::Bytes(bytes) => LaneReading::after_bytes(Some(bytes)),
                    LaneCoda::End => LaneReading::after_end(),
                };
                driver.drive(&mut WatchedPlayer::new(&mut reading, at, witness)).await;
            }
        }
    }
}

/// What happened behind the intermediary.
pub(super) struct BackRun {
    /// Whether the intermediary has connected to the server.
    pub reached: bool,
    /// That of the script's lines for the server, if it has any, and when it was known.
    pub outcome: Option<(Outcome, Duration)>,
}

/// The trial as the client in front plays it, and as the server behind does; `None`: as a server that sends messages back.
pub(super) fn sides(trial: &Arc<Trial>) -> (Arc<Trial>, Option<Arc<Trial>>) {
    let of = |script: Script| Arc::new(Trial { script: script.into(), ..(**trial).clone() });
    match trial.script.is_on_both_sides() {
        true => (of(trial.script.in_front()), Some(of(trial.script.behind()))),
        false => (trial.clone(), None),
    }
}

/// Plays the script, and then finds out what is still on its way.
pub(super) async fn play_front(
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
    stream: Stream,
    witness: &LaneWitness,
) -> (FrontRun, LaneRest) {
    let limits = setup.limits;
    // There is time to write after the script.
    let total = limits.trial.saturating_add(limits.line.saturating_mul(4));
    let mut driver = Driver::new(stream, DriveLimits { total, ..limits.into() });
    let mut exchange = Exchange::new(trial.clone(), setup.clone()).watched();
    driver.drive(&mut WatchedPlayer::new(&mut exchange, ProxyEnd::Front, witness)).await;
    let (outcome, stream) = exchange.finish_with_stream("the run was cut short");
    let mut end = LaneRest { driver, stream };
    let is_silent = Evidence::of(&outcome).by_silence;
    let after = witness.elapsed();
    settle(&mut end, witness, is_silent, limits.line).await;
    let relation = witness.relation();
    let is_cut_off = is_silent && !relation.is_fence_answered() && !relation.has_ended(ProxyEnd::Front);
    (FrontRun { outcome, is_cut_off, is_silent, after }, end)
}

/// Waits for what has not arrived yet, and then asks again: what is sent later cannot arrive before it.
async fn settle(end: &mut LaneRest, witness: &LaneWitness, is_silent: bool, limit: Duration) {
    if witness.relation().is_refused() {
        // What is sent into a tunnel that nobody has opened arrives nowhere: there is nothing to wait for, but a moment in
        // which it may arrive all the same.
        let fence = witness.relation().fence();
        let has_ended = |relation: &ProxyRelation| relation.has_ended(ProxyEnd::Front);
        read_until(end, witness, fence, limit / MOMENTS, has_ended).await;
        return;
    }
    let has_arrived =
        |relation: &ProxyRelation| relation.awaited().is_none() || relation.has_ended(ProxyEnd::Front);
    if !is_silent {
        read_until(end, witness, None, limit / 2, has_arrived).await;
        if has_arrived(&witness.relation()) {
            return;
        }
    }
    let fence = witness.relation().fence();
    let is_answered = |relation: &ProxyRelation| {
        relation.is_fence_answered()
            || relation.has_ended(ProxyEnd::Front)
            || !is_silent && relation.awaited().is_none()
    };
    if fence.is_some() {
        read_until(end, witness, fence, limit, is_answered).await;
    }
}

async fn read_until(
    end: &mut LaneRest,
    witness: &LaneWitness,
    bytes: Option<Bytes>,
    limit: Duration,
    holds: impl Fn(&ProxyRelation) -> bool,
) {
    let coda = bytes.map_or(LaneCoda::Nothing, LaneCoda::Bytes);
    let reading = end.read_on(coda, ProxyEnd::Front, witness);
    // What holds by then is looked at afterwards.
    let _ = timeout(limit, async {
        tokio::select! {
            () = reading => {}
            () = witness.until(holds) => {}
        }
    })
    .await;
}

/// Closes our half, and waits for the end of the other.
pub(super) async fn leave(mut end: LaneRest, witness: &LaneWitness) {
    if witness.relation().has_ended(ProxyEnd::Front) {
        return;
    }
    end.read_on(LaneCoda::End, ProxyEnd::Front, witness).await;
}

/// Serves the connection of the intermediary to its end: plays `script` there, or sends messages back. Of a stream that is
/// over but for the half of the intermediary, only a trial about that waits for more.
pub(super) async fn play_back(
    (script, is_about_ends): (Option<Arc<Trial>>, bool),
    arrival: oneshot::Receiver<BackArrival>,
    mut is_over: oneshot::Receiver<()>,
    limits: Limits,
    witness: &LaneWitness,
) -> BackRun {
    let BackArrival { stream, carrier } = tokio::select! {
        biased;
        Ok(arrival) = arrival => arrival,
        // The request may still be on its way when nobody waits for its answer.
        _ = &mut is_over => return BackRun { reached: false, outcome: None },
    };
    let mut driver = Driver::new(stream, limits);
    let is_enough = |relation: &ProxyRelation| !is_about_ends && relation.unclosed_half().is_some();
    let Some(script) = script else {
        let mut peer = EchoBackend::over(carrier);
        let mut player = WatchedPlayer::new(&mut peer, ProxyEnd::Back, witness);
        tokio::select! {
            () = driver.drive(&mut player) => {}
            () = witness.until(is_enough) => {}
        }
        return BackRun { reached: true, outcome: None };
    };
    let setup =
        Setup { limits, carrier, waiver: Waiver::Everything, answers_anything: true, ..Setup::server() };
    let mut exchange = Exchange::new(script, Arc::new(setup)).watched();
    driver.drive(&mut WatchedPlayer::new(&mut exchange, ProxyEnd::Back, witness)).await;
    let (outcome, stream) = exchange.finish_with_stream("the run was cut short");
    let mut rest = LaneRest { driver, stream };
    // Who plays in front need not wait for the rest of a script that has failed by what arrived.
    let goes_on = !outcome.verdict.is_fail() || Evidence::of(&outcome).by_silence;
    let outcome = Some((outcome, witness.elapsed()));
    if goes_on && !witness.relation().has_ended(ProxyEnd::Back) {
        // Whatever else arrives while the client plays is seen, too.
        tokio::select! {
            () = rest.read_on(LaneCoda::Nothing, ProxyEnd::Back, witness) => {}
            _ = is_over => {}
        }
    }
    if !witness.relation().has_ended(ProxyEnd::Back) {
        tokio::select! {
            () = rest.read_on(LaneCoda::End, ProxyEnd::Back, witness) => {}
            () = witness.until(is_enough) => {}
        }
    }
    BackRun { reached: true, outcome }
}

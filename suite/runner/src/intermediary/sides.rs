//! Both ends of a trial through an intermediary: the client in front and the server behind.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::oneshot, time::timeout};
use wsspec_capture::{ProxyEnd, ProxyRelation};
use wsspec_catalogue::{Limits, Trial};
use wsspec_exchange::{Exchange, Outcome, Setup, StreamRest, Waiver};
use wsspec_notation::Script;

use super::lanes::{EchoBackend, LaneReading, LaneWitness, StreamReading, WatchedPlayer};
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

/// Our end of the connection in front, after the script.
pub(super) struct FrontEnd {
    driver: Driver<'static>,
    /// The stream, if the connection carries one.
    stream: Option<StreamRest>,
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
) -> (FrontRun, FrontEnd) {
    let limits = setup.limits;
    // There is time to write after the script.
    let total = limits.trial.saturating_add(limits.line.saturating_mul(4));
    let mut driver = Driver::new(stream, DriveLimits { total, ..limits.into() });
    let mut exchange = Exchange::new(trial.clone(), setup.clone()).watched();
    driver.drive(&mut WatchedPlayer::new(&mut exchange, ProxyEnd::Front, witness)).await;
    let (outcome, stream) = exchange.finish_with_stream("the run was cut short");
    let mut end = FrontEnd { driver, stream };
    let is_silent = Evidence::of(&outcome).by_silence;
    let after = witness.elapsed();
    settle(&mut end, witness, is_silent, limits.line).await;
    let relation = witness.relation();
    let is_cut_off = is_silent && !relation.is_fence_answered() && !relation.has_ended(ProxyEnd::Front);
    (FrontRun { outcome, is_cut_off, is_silent, after }, end)
}

/// Waits for what has not arrived yet, and then asks again: what is sent later cannot arrive before it.
async fn settle(end: &mut FrontEnd, witness: &LaneWitness, is_silent: bool, limit: Duration) {
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
    end: &mut FrontEnd,
    witness: &LaneWitness,
    bytes: Option<Bytes>,
    limit: Duration,
    holds: impl Fn(&ProxyRelation) -> bool,
) {
    let FrontEnd { driver, stream } = end;
    let reading = async {
        match stream {
            Some(stream) => {
                let mut reading = StreamReading::after_bytes(stream, bytes);
                driver.drive(&mut WatchedPlayer::new(&mut reading, ProxyEnd::Front, witness)).await;
            }
            None => {
                let mut reading = LaneReading::after_bytes(bytes);
                driver.drive(&mut WatchedPlayer::new(&mut reading, ProxyEnd::Front, witness)).await;
            }
        }
    };
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
pub(super) async fn leave(end: FrontEnd, witness: &LaneWitness) {
    if witness.relation().has_ended(ProxyEnd::Front) {
        return;
    }
    let FrontEnd { mut driver, stream } = end;
    match stream {
        Some(mut stream) => {
            let mut reading = StreamReading::after_end(&mut stream);
            driver.drive(&mut WatchedPlayer::new(&mut reading, ProxyEnd::Front, witness)).await;
        }
        None => {
            let mut reading = LaneReading::after_end();
            driver.drive(&mut WatchedPlayer::new(&mut reading, ProxyEnd::Front, witness)).await;
        }
    }
}

/// Serves the connection of the intermediary to its end: plays `script` there, or sends messages back.
pub(super) async fn play_back(
    script: Option<Arc<Trial>>,
    arrival: oneshot::Receiver<Stream>,
    mut is_over: oneshot::Receiver<()>,
    limits: Limits,
    witness: &LaneWitness,
) -> BackRun {
    let stream = tokio::select! {
        biased;
        Ok(stream) = arrival => stream,
        // The request may still be on its way when nobody waits for its answer.
        _ = &mut is_over => return BackRun { reached: false, outcome: None },
    };
    let mut driver = Driver::new(stream, limits);
    let Some(script) = script else {
        let mut peer = EchoBackend::new();
        driver.drive(&mut WatchedPlayer::new(&mut peer, ProxyEnd::Back, witness)).await;
        return BackRun { reached: true, outcome: None };
    };
    let setup = Setup { limits, waiver: Waiver::Everything, answers_anything: true, ..Setup::server() };
    let mut exchange = Exchange::new(script, Arc::new(setup));
    driver.drive(&mut WatchedPlayer::new(&mut exchange, ProxyEnd::Back, witness)).await;
    let outcome = exchange.finish("the run was cut short");
    // Who plays in front need not wait for the rest of a script that has failed by what arrived.
    let goes_on = !outcome.verdict.is_fail() || Evidence::of(&outcome).by_silence;
    let outcome = Some((outcome, witness.elapsed()));
    if goes_on && !witness.relation().has_ended(ProxyEnd::Back) {
        // Whatever else arrives while the client plays is seen, too.
        let mut reading = LaneReading::after_bytes(None);
        let mut player = WatchedPlayer::new(&mut reading, ProxyEnd::Back, witness);
        tokio::select! {
            () = driver.drive(&mut player) => {}
            _ = is_over => {}
        }
    }
    if !witness.relation().has_ended(ProxyEnd::Back) {
        let mut reading = LaneReading::after_end();
        driver.drive(&mut WatchedPlayer::new(&mut reading, ProxyEnd::Back, witness)).await;
    }
    BackRun { reached: true, outcome }
}

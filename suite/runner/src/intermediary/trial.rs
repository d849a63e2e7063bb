//! One trial through an intermediary: its script in front, an echo server behind, and the relation of both.

use std::{
    pin::{Pin, pin},
    sync::Arc,
};

use futures_util::future::{join_all, maybe_done};
use tokio::{sync::oneshot, time::timeout};
use wsspec_capture::{ProxyRelation, RelationFault};
use wsspec_catalogue::{Need, Trial};
use wsspec_exchange::{Carrier, Setup, Side, Waiver};
use wsspec_notation::Script;
use wsspec_record::Verdict;
use wsspec_referee::Uri;
use wsspec_wire::RequirementId;

use super::{
    backend::{BackArrival, Backend, TokenPlace},
    lanes::LaneWitness,
    proxy_run::ProxyRun,
    several::apart,
    sides::{BackRun, leave, play_back, play_front, sides},
    tunnel::ProxyTunnel,
    verdict::{ProxyEnding, judged},
};
use crate::{confirmation::has_timeout, dial::Dialer, stream::Stream};

/// The rule that the end of one connection is that of the other.
const ENDS: RequirementId = RequirementId::from_static("intermediaries#9110.9.3.6:1");

/// What trials have in common.
pub(super) struct ProxyRunner {
    pub dialer: Dialer,
    pub backend: Backend,
    pub setup: Setup,
    pub resource: String,
    pub place: TokenPlace,
    /// What carries the connections behind the intermediary.
    pub behind: Carrier,
    /// Whether the intermediary passes on requests octet by octet, so that rules for HTTP do not concern it.
    pub is_below_http: bool,
    /// The proxy that is asked for tunnels, if it is one.
    pub tunnel: Option<ProxyTunnel>,
}

impl ProxyRunner {
    fn setup_for(&self, trial: &Trial, token: &str, setup: &Setup) -> Setup {
        let mut setup = setup.clone();
        let resource = self.place.put(token, &self.resource, &mut setup.fields);
        if let Side::Client(uri) = &mut setup.side {
            *uri = Uri { secure: uri.secure, ..Uri::new(uri.authority.clone(), resource) };
        }
        setup.limits = setup.limits.for_script(&trial.script);
        let tunnel = self.tunnel.as_ref().filter(|_| trial.script.asks_for_tunnel());
        setup.tunnel = tunnel.map(|tunnel| tunnel.settings.clone());
        if trial.script.is_on_both_sides() {
            // A fault in a script of both ends is not one of what is between them; what is changed shows by comparison.
            setup.waiver = Waiver::Everything;
        }
        setup
    }

    /// Plays a trial, within the limits of the setup, on all connections that its script asks for.
    pub(super) async fn run(&self, trial: &Arc<Trial>, setup: &Setup) -> ProxyRun {
        if trial.script.side_by_side() > 1 {
            let each = (0..trial.script.side_by_side()).map(|number| {
                let trial = Arc::new(trial.on(number));
                async move { self.run_once(&trial, setup).await }
            });
            return apart(trial, join_all(each).await);
        }
        self.run_once(trial, setup).await.0
    }

    /// Plays a trial on one connection. What both ends saw, if there was a connection.
    async fn run_once(&self, trial: &Arc<Trial>, setup: &Setup) -> (ProxyRun, Option<LaneWitness>) {
        if self.is_below_http && trial.script.is_on_both_sides() {
            let reason = "the proxy passes on every octet as it is, and reads no HTTP".into();
            return (ProxyRun::unplayed(Verdict::Skip { reason }), None);
        }
        if let Some(reason) = self.tunnel.as_ref().and_then(|tunnel| tunnel.lacks(&trial.script)) {
            return (ProxyRun::unplayed(Verdict::Skip { reason }), None);
        }
        if let Some(lacking) = self.lacking(trial) {
            return (ProxyRun::unplayed(Verdict::Skip { reason: lacking.into() }), None);
        }
        let (token, arrival) = self.backend.expect();
        let setup = Arc::new(self.setup_for(trial, &token, setup));
        let dialer = match &self.tunnel {
            Some(ProxyTunnel { asking: Some(asking), .. }) if setup.tunnel.is_some() => asking,
            _ => &self.dialer,
        };
        let run = match dialer.dial().await {
            Ok(stream) => {
                let witness = LaneWitness::of(self.relation(setup.tunnel.is_some()));
                (self.play(trial, &setup, (stream, arrival), &witness).await, Some(witness))
            }
            Err(error) => (ProxyRun::unplayed(Verdict::Inconclusive { why: error.to_string() }), None),
        };
        self.backend.forget(&token);
        run
    }

    /// Why a trial says nothing about what carries the connections.
    fn lacking(&self, trial: &Trial) -> Option<&'static str> {
        let is_stream = self.setup.carrier.is_stream();
        let lacking = match is_stream {
            true if trial.is_about_http1_in_front() => Need::Http1,
            false if trial.needs.contains(&Need::Http2) => Need::Http2,
            _ if self.behind == Carrier::Http2 => {
                return trial
                    .is_about_http1_behind()
                    .then_some("the case is about HTTP/1.1 behind the proxy");
            }
            _ if trial.needs.contains(&Need::Http2Behind) => Need::Http2Behind,
            _ => return None,
        };
        Some(lacking.lacking())
    }

    /// How both connections are compared. `asks`: the client asks for a tunnel on its connection.
    fn relation(&self, asks: bool) -> ProxyRelation {
        match self.tunnel {
            Some(ProxyTunnel { asking: None, .. }) => ProxyRelation::of_socks(),
            Some(_) => ProxyRelation::of_tunnel(asks),
            None => ProxyRelation::default(),
        }
    }

    async fn play(
        &self,
        trial: &Arc<Trial>,
        setup: &Arc<Setup>,
        (stream, arrival): (Stream, oneshot::Receiver<BackArrival>),
        witness: &LaneWitness,
    ) -> ProxyRun {
        let limits = setup.limits;
        let (over, is_over) = oneshot::channel();
        let (in_front, behind) = sides(trial);
        let is_about_ends = trial.cites(&ENDS);
        let behind = (behind, is_about_ends);
        let mut back = pin!(maybe_done(play_back(behind, arrival, is_over, limits, witness)));
        let mut front = pin!(play_front(&in_front, setup, stream, witness));
        let (front, driver) = tokio::select! {
            front = &mut front => front,
            () = &mut back => front.await,
        };
        let mut front = front;
        if front.is_cut_off && !witness.relation().is_open() {
            // Nothing can be sent after a request. But whoever serves others meanwhile has had the time to answer.
            front.is_cut_off = !self.serves().await;
        }
        // The end of one connection is the end of the other.
        let is_late = matches!(front.outcome.verdict, Verdict::Lenient { .. })
            && has_timeout(&front.outcome.transcript);
        let mut unclosed = match front.is_silent || is_late {
            true => self.unclosed(witness, is_about_ends).await,
            false => None,
        };
        drop(over);
        let is_over = {
            let mut ending = pin!(async { tokio::join!(leave(driver, witness), &mut back) });
            let mut is_over = timeout(limits.line, &mut ending).await.is_ok();
            if !is_over && unclosed.is_none() {
                is_over = tokio::select! {
                    _ = &mut ending => true,
                    kept = self.unclosed(witness, is_about_ends) => {
                        unclosed = kept;
                        false
                    }
                };
            }
            is_over
        };
        let back = back.take_output().unwrap_or(BackRun { reached: true, outcome: None });
        judged(trial, front, witness, ProxyEnding { is_over, unclosed, back })
    }

    /// A connection that the intermediary keeps open though the other one has ended. A silence says something only of an
    /// intermediary that is busy with nothing else: it serves another connection, and passes on nothing here meanwhile, such
    /// as what is left of the connection that has ended.
    async fn unclosed(&self, witness: &LaneWitness, is_about_ends: bool) -> Option<RelationFault> {
        let kept = |relation: &ProxyRelation| {
            relation.unclosed().or_else(|| relation.unclosed_half().filter(|_| is_about_ends))
        };
        let passed = {
            let relation = witness.relation();
            kept(&relation)?;
            relation.octets()
        };
        let serves = self.serves().await;
        let relation = witness.relation();
        kept(&relation).filter(|_| serves && relation.octets() == passed)
    }

    /// Whether the intermediary passes another connection on, from its opening to its end.
    fn serves(&self) -> Pin<Box<dyn Future<Output = bool> + '_>> {
        Box::pin(async move {
            let Ok(trial) = probe_trial() else { return false };
            let (token, arrival) = self.backend.expect();
            let setup = Arc::new(self.setup_for(&trial, &token, &self.setup));
            let limit = setup.limits.trial;
            let served = async {
                let Ok(stream) = self.dialer.dial().await else { return false };
                let witness = LaneWitness::of(self.relation(false));
                let (_over, is_over) = oneshot::channel();
                let back = play_back((None, false), arrival, is_over, setup.limits, &witness);
                let front = play_front(&trial, &setup, stream, &witness);
                tokio::select! {
                    // One that keeps TCP open after the closing handshake has passed it on all the same.
                    (front, _driver) = front => {
                        matches!(front.outcome.verdict, Verdict::Pass | Verdict::Lenient { .. })
                    }
                    // Our server is done once the connection is closed.
                    back = back => back.reached,
                }
            };
            let served = timeout(limit, served).await.unwrap_or(false);
            self.backend.forget(&token);
            served
        })
    }
}

/// What the probe plays.
const PROBE: &str = "> text \"through\"\n< text \"through\"\nfinish\n";

/// A trial that every intermediary passes on.
pub(super) fn probe_trial() -> Result<Arc<Trial>, String> {
    let script: Script = PROBE.parse().map_err(|_| "the probe is not a script")?;
    Ok(Arc::new(Trial::new("probe", RequirementId::from_static("rfc6455#4.1:1"), script)))
}

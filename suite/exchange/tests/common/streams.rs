//! The catalogue over HTTP/2 and HTTP/3: what both have to pass.

use std::sync::Arc;

use wsspec_catalogue::{IdGlob, Need, Trial};
use wsspec_exchange::{Carrier, Setup, judge};
use wsspec_peer::{Flaw, HttpPeer};
use wsspec_record::Verdict;
use wsspec_wire::Role;

use super::{Abilities, Cut, play, server_plan, verdict};

/// The trials that a carrier can carry, on one connection.
pub fn trials_over(carrier: Carrier) -> Vec<Arc<Trial>> {
    let other = if carrier == Carrier::Http3 { Need::Http2 } else { Need::Http3 };
    let fits = |trial: &Arc<Trial>| !trial.is_about_http1() && !trial.needs.contains(&other);
    let all = server_plan().trials.into_iter();
    all.filter(|trial| fits(trial) && trial.script.side_by_side() == 1).collect()
}

fn setup_over(carrier: Carrier, abilities: &Abilities) -> Arc<Setup> {
    Arc::new(Setup { carrier, ..(*abilities.setup()).clone() })
}

fn peer_over(carrier: Carrier, flaw: Option<Flaw>) -> HttpPeer {
    match carrier {
        Carrier::Http3 => HttpPeer::over_http3(flaw),
        _ => HttpPeer::over_http2(flaw),
    }
}

/// The verdict on a trial of a peer that speaks HTTP/2 or HTTP/3.
pub fn verdict_over(
    carrier: Carrier,
    trial: &Arc<Trial>,
    flaw: Option<Flaw>,
    abilities: &Abilities,
) -> Verdict {
    play(trial, &setup_over(carrier, abilities), &mut peer_over(carrier, flaw), Cut::Whole).verdict
}

/// A conforming peer passes these trials, however its octets are cut.
pub fn assert_passed(carrier: Carrier, trials: &[Arc<Trial>], cut: Cut) {
    let setup = setup_over(carrier, &Abilities::of(None));
    let is_passed = |verdict: &Verdict| matches!(verdict, Verdict::Pass | Verdict::Skip { .. });
    let wrong: Vec<_> = trials
        .iter()
        .map(|trial| (trial, play(trial, &setup, &mut peer_over(carrier, None), cut).verdict))
        .filter(|(_, verdict)| !is_passed(verdict))
        .map(|(trial, verdict)| format!("{}: {verdict:?}", trial.id))
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), trials.len(), wrong.join("\n"));
}

/// Each flaw comes to the same as over HTTP/1.1, in one of `every` trials of those that catch it. Returns how many were
/// played.
pub fn assert_flaws_are_found(carrier: Carrier, every: usize) -> usize {
    let trials = trials_over(carrier);
    let mut uncaught = Vec::new();
    let mut played = 0;
    // A response of 200 opens the connection there, whatever it is meant to do; and TLS is not there, or part of QUIC.
    let is_other = |flaw: &Flaw| ["refuses-origin-with200", "truncates-tls"].contains(&flaw.name());
    for flaw in Flaw::of_servers().filter(|flaw| !is_other(flaw)) {
        let abilities = Abilities::of(Some(flaw)).or_all();
        for pattern in flaw.caught_by() {
            let glob = IdGlob::parse(pattern).unwrap();
            for trial in trials.iter().filter(|trial| glob.fits(&trial.id)).step_by(every) {
                let over_http1 = verdict(trial, Some(flaw), &abilities);
                let over_stream = verdict_over(carrier, trial, Some(flaw), &abilities);
                played += 1;
                if !matches!(over_http1, Verdict::Skip { .. }) && over_http1.word() != over_stream.word() {
                    uncaught.push(format!(
                        "{}: {}: {over_http1:?}\n  {over_stream:?}",
                        flaw.name(),
                        trial.id
                    ));
                }
            }
        }
    }
    assert!(uncaught.is_empty(), "{} of {played}:\n{}", uncaught.len(), uncaught.join("\n"));
    played
}

/// The record of a trial is judged as the trial was. Returns how many were judged.
pub fn assert_records_are_judged_alike(carrier: Carrier) -> usize {
    let setup = setup_over(carrier, &Abilities::of(None));
    let mut judged = 0;
    for trial in trials_over(carrier).into_iter().step_by(17) {
        let outcome = play(&trial, &setup, &mut peer_over(carrier, None), Cut::Whole);
        let seen = outcome.verdict.clone();
        let record = outcome.into_record(&trial, Role::Server, 0, 1);
        match judge(&trial, &setup, &record.transcript, record.omitted) {
            Verdict::Inconclusive { .. } => {}
            again => {
                judged += 1;
                assert_eq!(again, seen, "{}: {:?}", trial.id, record.transcript);
            }
        }
    }
    judged
}

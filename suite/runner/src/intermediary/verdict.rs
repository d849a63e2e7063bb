//! The verdict of a trial through an intermediary: what the scripts of both ends came to, and what the relation of both
//! connections shows.

use wsspec_capture::{ProxyEnd, RelationFault};
use wsspec_catalogue::{Need, Trial};
use wsspec_exchange::{Moment, Outcome};
use wsspec_notation::{Script, Step, Strength};
use wsspec_record::{Failure, Verdict};
use wsspec_wire::{ConnectionName, Level};

use super::{
    lanes::LaneWitness,
    proxy_run::ProxyRun,
    sides::{BackRun, FrontRun},
};
use crate::confirmation::Evidence;

/// How both connections ended.
pub(super) struct ProxyEnding {
    pub is_over: bool,
    /// What the intermediary keeps open.
    pub unclosed: Option<RelationFault>,
    pub back: BackRun,
}

/// The run of a trial, judged.
pub(super) fn judged(trial: &Trial, front: FrontRun, witness: &LaneWitness, ending: ProxyEnding) -> ProxyRun {
    let FrontRun { mut outcome, mut is_cut_off, mut is_silent, after } = front;
    let relation = witness.relation();
    let (opened, reached) = (relation.is_open(), ending.back.reached);
    if let Some((back, at)) = ending.back.outcome {
        let by_silence = Evidence::of(&back).by_silence;
        if join_back(&mut outcome, back, at < after && !by_silence) {
            (is_silent, is_cut_off) = (by_silence, by_silence && is_cut_off);
        }
    }
    let mut faults = relation.judge();
    faults.retain(|fault| !fault.violation.is_of_its_trial() || trial.cites(&fault.violation.requirement()));
    faults.extend(ending.unclosed);
    if !reached && !relation.is_tunnel() {
        faults.extend(relation.opened_alone());
    }
    if reached && faults.is_empty() && relation.is_tunnel() {
        acquit(trial, &mut outcome, relation.awaited().is_some());
    }
    let stays = !reached
        && (may_stay_in_front(&trial.script)
            || trial.script.asks_for_tunnel()
            || trial.is_about_http2()
            || trial.script.has_no_server());
    // What a server of HTTP/2 had to refuse has consequences behind a gateway that did not.
    let is_explained = trial.is_about_http2() && outcome.verdict.is_fail() && !is_silent;
    let is_declined = trial.needs.contains(&Need::PermessageDeflate) && relation.declines_deflate();
    let unclear = if is_declined && faults.is_empty() {
        let reason = "the proxy does not pass on the offer of permessage-deflate".into();
        outcome.verdict = Verdict::Skip { reason };
        None
    } else if stays && faults.is_empty() {
        // What a silence shows here needs no server.
        outcome.verdict.failure().filter(|_| is_cut_off).map(Failure::headline)
    } else if !reached && !stays && trial.script.is_on_both_sides() && !outcome.verdict.is_fail() {
        let reason = "the proxy answers such a request without asking the server".into();
        outcome.verdict = Verdict::Skip { reason };
        None
    } else if !reached && !stays {
        Some("the proxy opened no connection to the backend for this trial".to_owned())
    } else if relation.is_full() {
        Some("there was more traffic than can be compared".to_owned())
    } else if !faults.is_empty() && !is_explained {
        is_silent = faults[0].violation.is_silence();
        weigh(trial, &mut outcome, &faults);
        None
    } else {
        let awaited = relation.awaited().map(|(end, what)| {
            let at = end.name();
            format!("{what} did not arrive on the {at} connection, and what was sent after it did not either")
        });
        let is_fail = outcome.verdict.is_fail();
        let unclosed = (!ending.is_over && opened && !is_fail)
            .then(|| "the proxy closed neither this connection nor another one in time".to_owned());
        let silence = outcome.verdict.failure().filter(|_| is_cut_off).map(|failure| {
            format!("{}; what was sent after that was not answered either", failure.headline())
        });
        awaited.filter(|_| !is_fail || is_silent).or(silence).or(unclosed)
    };
    if let Some(why) = unclear {
        outcome.verdict = Verdict::Inconclusive { why };
    }
    let name = ConnectionName::parse(ProxyEnd::Front.name());
    outcome.transcript.entries.iter_mut().for_each(|entry| entry.connection.clone_from(&name));
    let after = Moment(after).micros();
    let rest = relation.transcript(ProxyEnd::Front).into_iter().filter(|entry| entry.at_us >= after);
    let more = rest.chain(relation.transcript(ProxyEnd::Back)).collect();
    let is_below_http = relation.is_below_http();
    let is_http2_behind = relation.is_over_http2(ProxyEnd::Back);
    let duration = witness.elapsed();
    ProxyRun { outcome, more, duration, reached, opened, is_silent, is_below_http, is_http2_behind }
}

/// A tunnel that passes every octet on has no part in what a script about a server comes to: when an end closes its connection,
/// what is on its way to it may be discarded (RFC 9110, 9.3.6).
fn acquit(trial: &Trial, outcome: &mut Outcome, is_awaited: bool) {
    let is_about_server = !trial.script.asks_for_tunnel() && !is_awaited;
    if is_about_server && matches!(outcome.verdict, Verdict::Fail { .. } | Verdict::Lenient { .. }) {
        outcome.verdict = Verdict::Pass;
    }
}

/// Whether the first line of the server is optional: the intermediary may answer without asking the server.
fn may_stay_in_front(script: &Script) -> bool {
    let behind = script.behind();
    let first = behind.lines.first().map(|line| &line.step);
    matches!(first, Some(Step::Expect(expectation)) if expectation.strength == Strength::May)
}

/// The verdict of both scripts: the worse one, and of two failures the earlier one, which is why the other script cannot go
/// on. Returns whether it is that of the script behind.
fn join_back(outcome: &mut Outcome, back: Outcome, is_earlier: bool) -> bool {
    outcome.remarks.extend(back.remarks);
    if let (Verdict::Lenient { notes }, Verdict::Lenient { notes: more }) =
        (&mut outcome.verdict, &back.verdict)
    {
        notes.extend(more.iter().cloned());
        return false;
    }
    let is_worse =
        severity(&back.verdict) > severity(&outcome.verdict) || is_earlier && back.verdict.is_fail();
    if is_worse {
        outcome.verdict = back.verdict;
    }
    is_worse
}

/// How much a verdict says against the intermediary.
pub(super) fn severity(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Fail { .. } | Verdict::Flaky { .. } => 4,
        Verdict::Inconclusive { .. } => 3,
        Verdict::Skip { .. } => 2,
        Verdict::Lenient { .. } => 1,
        Verdict::Pass => 0,
    }
}

/// The rules that the intermediary breaks decide, before what the script expects.
pub(super) fn weigh(trial: &Trial, outcome: &mut Outcome, faults: &[RelationFault]) {
    let failures: Vec<Failure> = faults.iter().map(|fault| failure(trial, fault)).collect();
    let (broken, missed): (Vec<_>, Vec<_>) =
        failures.into_iter().partition(|failure| failure.level == Level::Must);
    match broken.split_first() {
        Some((first, more)) => {
            outcome.verdict = Verdict::Fail { failure: first.clone() };
            outcome.remarks.extend(more.iter().chain(&missed).map(Failure::note));
        }
        None => {
            // The script's end of the connection may have seen it, too.
            let seen: Vec<_> = outcome.verdict.notes().iter().map(|note| note.requirement.clone()).collect();
            let missed =
                missed.iter().filter(|missed| !seen.contains(&missed.requirement)).map(Failure::note);
            match &mut outcome.verdict {
                Verdict::Lenient { notes } => notes.extend(missed),
                Verdict::Pass => outcome.verdict = Verdict::Lenient { notes: missed.collect() },
                _ => outcome.remarks.extend(missed),
            }
        }
    }
}

fn failure(trial: &Trial, fault: &RelationFault) -> Failure {
    let requirement = fault.violation.requirement();
    let level = trial.requirements.get(&requirement).map_or(Level::Must, |found| found.level);
    let at = fault.end.name();
    let expected = format!("on the {at} connection {}", fault.violation.expected());
    Failure { line: 0, expected, actual: fault.violation.actual(), requirement, level }
}

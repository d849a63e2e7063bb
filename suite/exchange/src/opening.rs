//! Which rule a server misses or breaks if it answers an opening handshake differently than a line asks for.

use bytes::Bytes;
use wsspec_catalogue::Trial;
use wsspec_notation::{
    Alternative, Expectation, Expected, FieldEdit, FieldExpectation, Sending, StatusPattern, Step, Strength,
};
use wsspec_referee::Arrival;
use wsspec_wire::{Level, Offer, RequirementId, ResponseHead};

use crate::{
    duties,
    endpoint::Endpoint,
    matcher::{Lenience, accepts_101, status_fits},
    setup::Carrier,
    waiting::{Wait, is_end},
};

/// The lenient notes that count, each with its rule. None counts if the server speaks hixie as well as WebSocket, and was
/// asked for that. Nor does one on a stream that is reset for a malformed request, which is an error of the stream (RFC 9113, 8.1.1;
/// RFC 9114, 4.1.2).
pub(crate) fn counted(
    (trial, carrier): (&Trial, Carrier),
    wanted: &Expectation,
    arrival: &Arrival,
    leniences: Vec<Lenience>,
) -> Vec<Lenience> {
    if matches!(arrival, Arrival::Response(head) if head.is_hixie()) {
        return Vec::new();
    }
    let rule = recommended(trial, wanted, arrival);
    if carrier.is_stream() && is_malformed_on_streams(trial) && is_end(arrival) {
        return Vec::new();
    }
    let counts = |lenience: &Lenience| match &lenience.requirement {
        None => true,
        // The line is not about how to fail or close a connection that was never open.
        Some(_) if rule.is_some() => false,
        Some(rule) => *rule != duties::CLOSES_CLEANLY || wanted.strength == Strength::Must,
    };
    let counted = leniences
        .into_iter()
        .filter(counts)
        .map(|lenience| Lenience { requirement: lenience.requirement.or_else(|| rule.clone()), ..lenience });
    counted.collect()
}

/// Whether a request of a script has a field value that no field of HTTP/2 or HTTP/3 may have: with NUL, CR or LF (RFC 9113,
/// 8.2.1).
fn is_malformed_on_streams(trial: &Trial) -> bool {
    let is_invalid = |edit: &FieldEdit| match edit {
        FieldEdit::Set(_, value) | FieldEdit::Add(_, value) => {
            value.bytes().iter().any(|byte| b"\0\r\n".contains(byte))
        }
        _ => false,
    };
    trial.script.walk().any(|line| match &line.step {
        Step::Send(Sending::Request(spec)) => spec.fields.iter().any(is_invalid),
        _ => false,
    })
}

/// The rule missed by an alternative that a line accepts although another is better; `None` stands for what the case
/// recommends.
fn recommended(trial: &Trial, wanted: &Expectation, arrival: &Arrival) -> Option<RequirementId> {
    if is_about_proxy(trial) {
        return None;
    }
    if !wants_response(wanted) {
        return is_failed_unopened(wanted).then_some(duties::NO_FRAME_UNOPENED);
    }
    let refuses = usual(wanted).any(|alternative| takes(alternative, 400));
    match arrival {
        arrival if is_end(arrival) && refuses => Some(duties::INVALID_IS_ANSWERED),
        _ if recommends(trial) => None,
        Arrival::Response(head) if head.accepts() => Some(duties::FAULTS_ARE_FOUND),
        Arrival::Response(head) if head.status.is_some_and(|status| status < 400) => {
            Some(duties::UPGRADE_IS_IGNORED)
        }
        _ => Some(duties::VALID_IS_ACCEPTED),
    }
}

/// The rule missed if a line for which a response is optional gets something else.
pub(crate) fn missed(trial: &Trial, wanted: &Expectation) -> Option<RequirementId> {
    let accepting =
        wants_response(wanted) && accepts_101(wanted) && !recommends(trial) && !is_about_proxy(trial);
    accepting.then_some(duties::VALID_IS_ACCEPTED)
}

/// The rule broken if a line that demands a response gets the wrong one, something else, or nothing; `None` stands for
/// the case's own.
pub(crate) fn broken(end: &Endpoint, wait: &Wait, given: Option<&Arrival>) -> Option<RequirementId> {
    let Wait::Expect(wanted, _) = wait else { return None };
    if !wants_response(wanted) || end.trial().level != Level::Must || is_about_proxy(end.trial()) {
        return None;
    }
    let refuses = !accepts_101(wanted);
    match given {
        Some(Arrival::Response(head)) => match head.status {
            None => refuses.then_some(duties::REFUSAL_IS_HTTP),
            // How a refusal looks says nothing of a server that refuses nothing.
            Some(_) if head.accepts() => {
                (end.trial().requirement == duties::VERSIONS_ARE_NAMED).then_some(duties::VERSION_IS_13)
            }
            Some(_) if refuses => Some(duties::REFUSAL_IS_ANSWER),
            Some(_) if end.offers_deflate() => Some(duties::OFFER_IS_DECLINED),
            Some(_) => unknown_refused(end.trial()),
        },
        None if refuses => unrefused(end.trial()),
        // Whether the server takes the request for a valid one or not, an answer is due.
        None if usual(wanted).any(|alternative| takes(alternative, 400)) => {
            let own = &end.trial().requirement;
            if duties::ANSWER_IS_DUE.contains(own) { None } else { unrefused(end.trial()) }
        }
        Some(arrival) if refuses && is_end(arrival) => Some(duties::REFUSAL_IS_ANSWER),
        _ => None,
    }
}

/// Whether a field that is not as a line wants it breaks a rule which the server breaks in every response, in a trial about
/// something else.
pub(crate) fn always_has_such_a_field(end: &Endpoint, wanted: &FieldExpectation, arrival: &Arrival) -> bool {
    let (Arrival::Response(head), Some(offer)) = (arrival, end.offer()) else { return false };
    broken_by_field(wanted, head, offer).is_some_and(|rule| end.grading.is_waived(&rule))
}

/// The rule that a server's field breaks if it is not as a line wants it, whatever the line is about.
fn broken_by_field(wanted: &FieldExpectation, head: &ResponseHead, offer: &Offer) -> Option<RequirementId> {
    match wanted {
        FieldExpectation::Present(name, Some(_)) if name.eq_ignore_ascii_case("Sec-WebSocket-Accept") => {
            Some(duties::ACCEPT_FITS_KEY)
        }
        FieldExpectation::Absent(name) if name.eq_ignore_ascii_case("Sec-WebSocket-Extensions") => {
            let named = head.fields.list(name);
            let is_offered = |element: &Bytes| {
                let name = element.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
                offer.extensions.iter().any(|offered| name.eq_ignore_ascii_case(offered.name.as_bytes()))
            };
            match named.is_empty() {
                true => Some(duties::EXTENSIONS_ARE_NAMED),
                false => (!named.iter().any(is_offered)).then_some(duties::ONLY_OFFERED),
            }
        }
        _ => None,
    }
}

/// The rule broken by a server that refuses a handshake which offers an unknown extension, in a case that cites it. Where
/// the case is about the form of the offer, the form may be the reason.
fn unknown_refused(trial: &Trial) -> Option<RequirementId> {
    let own = &trial.requirement;
    let is_about_form = own.spec() != "rfc6455" || ["4.3", "11.3.2"].contains(&own.section());
    let is_it = trial.cites(&duties::UNKNOWN_IS_IGNORED) && !is_about_form;
    is_it.then_some(duties::UNKNOWN_IS_IGNORED)
}

/// The rule broken by a server that says nothing where it should refuse; `None` stands for the case's own. RFC 6455 obliges it
/// to answer an opening handshake. An extended CONNECT for another protocol is not an opening handshake: rules of its own
/// apply, and some of them only recommend an answer (RFC 9220, 3).
fn unrefused(trial: &Trial) -> Option<RequirementId> {
    match trial.requirement.spec() {
        // The opening handshake is a valid one; the parameters of the layer are not.
        "engineio" | "socketio" | "sockjs" | "stomp" => None,
        "rfc8441" | "rfc9113" | "rfc9114" | "rfc9220" => {
            let is_recommended = |id: &&RequirementId| {
                trial.requirements.get(*id).is_some_and(|rule| rule.level == Level::Should)
            };
            trial.cited().find(is_recommended).cloned()
        }
        _ => Some(duties::REFUSAL_IS_ANSWER),
    }
}

/// Whether a server that says nothing breaks no rule. RFC 8441 forbids to accept a request for an unknown protocol, and
/// nothing obliges an HTTP/2 server to answer it.
pub(crate) fn may_be_silent(trial: &Trial, wait: &Wait) -> bool {
    let Wait::Expect(wanted, _) = wait else { return false };
    trial.requirement == duties::PROTOCOL_IS_KNOWN && wants_response(wanted) && !accepts_101(wanted)
}

/// Whether only a connection that was opened can bring what a line expects.
pub(crate) fn wants_open(wanted: &Expectation) -> bool {
    wanted.expected().all(|expected| match expected {
        Expected::Message(..)
        | Expected::Ping(_)
        | Expected::Pong(_)
        | Expected::Close(_)
        | Expected::Item(_)
        | Expected::Fail(_) => true,
        Expected::Request
        | Expected::Connect(_)
        | Expected::Response(_)
        | Expected::Eof
        | Expected::Reset => false,
    })
}

/// Whether a line expects a response, but not this one, which opens the connection.
pub(crate) fn expects_a_refusal(wanted: &Expectation, given: &ResponseHead) -> bool {
    let mut responses = wanted.expected().filter_map(|expected| match expected {
        Expected::Response(pattern) => Some(pattern),
        _ => None,
    });
    given.accepts() && wants_response(wanted) && responses.all(|pattern| !status_fits(*pattern, given))
}

/// Whether a trial is about a proxy that is asked for a tunnel: the rules for its answers are those of the case.
fn is_about_proxy(trial: &Trial) -> bool {
    trial.script.asks_for_tunnel()
}

/// Whether a case cites a recommendation.
fn recommends(trial: &Trial) -> bool {
    trial.cited().any(|id| trial.requirements.get(id).is_some_and(|rule| rule.level == Level::Should))
}

/// Whether a client should end the stream silently, though a close frame is accepted.
fn is_failed_unopened(wanted: &Expectation) -> bool {
    let ends = usual(wanted).any(|alternative| matches!(alternative.all[..], [Expected::Eof]));
    let mut lenient = wanted.alternatives.iter().filter(|alternative| alternative.lenient);
    ends && lenient.any(|alternative| matches!(alternative.all[..], [Expected::Fail(None)]))
}

fn wants_response(wanted: &Expectation) -> bool {
    wanted.expected().any(|expected| matches!(expected, Expected::Response(_)))
}

fn usual(wanted: &Expectation) -> impl Iterator<Item = &Alternative> {
    wanted.alternatives.iter().filter(|alternative| !alternative.lenient)
}

fn takes(alternative: &Alternative, status: u16) -> bool {
    let fits = |pattern: &StatusPattern| pattern.matches(status);
    matches!(&alternative.all[..], [Expected::Response(pattern)] if fits(pattern))
}

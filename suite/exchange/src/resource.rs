//! The address that a client is given for a trial.

use bytes::Bytes;
use wsspec_catalogue::Trial;
use wsspec_wire::Violation;

/// Path and query of the URI that a client is to be given for a trial. It shows which one, and has what the trial is about.
///
/// Every character may stand there as it is (RFC 3986, 2.3): clients normalise URIs, and shells read them.
#[must_use]
pub fn resource_name(trial: &Trial) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
    let words = trial.id.split(|c| !is_plain(c)).filter(|word| !word.is_empty());
    let path = words.collect::<Vec<_>>().join("-");
    let (expected, actual) = (String::new(), Bytes::new());
    let is_about = |violation: Violation| trial.cites(&violation.requirement());
    let sign = if is_about(Violation::TargetHasFragment(actual.clone())) { "%23" } else { "" };
    let query = if is_about(Violation::QueryNotOfUri { expected, actual }) { "?query=1" } else { "" };
    format!("/{path}{sign}{query}")
}

//! Checks that a case cites the rule for what it only recommends.

use wsspec_notation::{Alternative, Expectation, Expected, Step, Strength};
use wsspec_wire::Level;

use crate::{
    case::{Case, Member},
    catalogue::Catalogue,
};

/// A lenient verdict must name a rule that is not a MUST: one that the member cites, unless the opening handshake has
/// one.
pub(super) fn lint(catalogue: &Catalogue, case: &Case, say: &mut impl FnMut(String)) {
    let recommends = |member: &Member| {
        let level = |id| catalogue.requirements.get(id).map(|requirement| requirement.level);
        member.cites.iter().any(|id| level(id).is_some_and(|level| level != Level::Must))
    };
    if case.members.iter().any(|member| asks(member) && !recommends(member)) {
        say("one of its lines asks for something recommended, but it cites no SHOULD or MAY for that".into());
    }
}

fn asks(member: &Member) -> bool {
    member.script.walk().any(|line| match &line.step {
        Step::Expect(expectation) => is_only_recommended(expectation) && !has_rule(expectation),
        _ => false,
    })
}

fn is_only_recommended(expectation: &Expectation) -> bool {
    let lenient = expectation.alternatives.iter().any(|alternative| alternative.lenient);
    expectation.strength == Strength::Should || lenient
}

/// Whether the rule is known without a citation: how an opening handshake is answered, and that a connection that was
/// never open is failed without a frame.
fn has_rule(expectation: &Expectation) -> bool {
    let is_fail = |alternative: &Alternative| matches!(alternative.all[..], [Expected::Fail(None)]);
    let mut lenient = expectation.alternatives.iter().filter(|alternative| alternative.lenient).peekable();
    let is_response = |expected: &Expected| matches!(expected, Expected::Response(_));
    expectation.strength == Strength::Must
        && (expectation.expected().any(is_response) || lenient.peek().is_some() && lenient.all(is_fail))
}

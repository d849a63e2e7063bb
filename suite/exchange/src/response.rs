//! Our response to a client: whether its request allows it, and what it agrees.

use wsspec_notation::{Expected, Sending, Step, Strength};
use wsspec_wire::{ResponseHead, Violation, judge_response};

use crate::{exchange::Exchange, verdict::Verdict};

impl Exchange {
    /// A response has gone out.
    pub(crate) fn responded(&mut self) {
        let response = ResponseHead::parse(&self.outbound.take_response());
        if matches!(response.status, Some(100 | 102..=199)) {
            return;
        }
        self.ending.answered = true;
        self.inbound.answer(&response);
        if let Some(agreed) = self.inbound.agreed() {
            self.outbound.agree(agreed);
        }
        if response.status == Some(101) {
            self.skip_unless_apt(&response);
        }
    }

    /// What a response may hold depends on what the client has offered. Where it may hold what a case wants refused, or
    /// may not hold what a case wants taken, the case does not apply.
    fn skip_unless_apt(&mut self, response: &ResponseHead) {
        let found = judge_response(&self.offered, response);
        let reason = match self.wants_refusal() {
            true if found.is_empty() => "the client's request allows the response that it is to refuse",
            false if found.iter().any(depends_on_offer) => {
                "the client has not offered what the response accepts"
            }
            _ => return,
        };
        self.verdict.get_or_insert(Verdict::Skip { reason: reason.to_owned() });
    }

    /// Whether the first that must follow the script's response is the end of the stream.
    fn wants_refusal(&self) -> bool {
        let lines = self.trial.script.walk();
        let steps = lines.map(|line| &line.step);
        let after = steps.skip_while(|step| {
            !matches!(step, Step::Send(Sending::Response(spec)) if !matches!(spec.status, 100 | 102..=199))
        });
        let first = after.skip(1).find_map(|step| match step {
            Step::Expect(e) if e.strength == Strength::Must => Some(e),
            _ => None,
        });
        first.is_some_and(|e| {
            e.alternatives.first().is_some_and(|first| matches!(first.all[..], [Expected::Eof]))
        })
    }
}

/// Whether another request might have allowed it.
fn depends_on_offer(violation: &Violation) -> bool {
    matches!(
        violation,
        Violation::ExtensionNotOffered(_)
            | Violation::SubprotocolNotOffered { .. }
            | Violation::DeflateNotAsOffered { .. }
    )
}

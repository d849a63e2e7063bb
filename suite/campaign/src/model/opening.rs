//! The opening handshake, whole, cut short, or with the end of the stream right behind it.

use wsspec_notation::{Sending, Step};
use wsspec_wire::Role;

use super::{
    Model, ModelStage,
    answer::expect,
    faulty_frame,
    state::{ModelState, Symbol, Transition},
};
use crate::session::{EditedHead, HeadEdit};

impl Model {
    /// Whether the opening handshake is still to come, and ours to write.
    pub(super) fn is_unopened(&self) -> bool {
        let is_cut = |step: &Step| matches!(step, Step::Chop(_) | Step::Pause(_));
        self.out.path.is_empty() && self.lines.iter().all(|line| is_cut(&line.step))
    }

    /// A request to a server, or a response to a client. `next` is what comes right behind it.
    pub(super) fn open(&mut self, step: &Step, next: Option<&Step>) {
        let Some(head) = EditedHead::of(step, self.role()) else { return };
        // Our offer, or our answer to one, would be one more edit of the same field.
        if self.compresses && head.edits_extensions {
            return;
        }
        let fault = head.edits.iter().find_map(|edit| Some((edit.fault?, edit.is_plain)));
        let taken = head.edits.first().map_or(self.opening_is_accepted(), |edit| edit.taken);
        self.expect_request();
        let is_ended = matches!(next, Some(Step::Send(Sending::Eof | Sending::Reset)));
        match (fault, self.role()) {
            (None, _) if is_ended => self.unopened(step, self.good()),
            (None, Role::Server) => {
                self.opening(step, self.good());
                // One server drops an opening handshake after 64 tiny reads (RFC 6455, 7.1.1).
                let line = if self.trickles { "< accepted |? eof" } else { "< accepted" };
                self.owed(Step::Expect(expect(line)), taken);
            }
            (None, Role::Client) => {
                self.opening(step, self.good());
                self.opened_by = Some(taken);
            }
            (Some((requirement, plain)), role) => {
                self.opening(step, self.bad());
                self.owed(Step::Expect(expect(refusal(role, plain))), requirement);
                self.out.is_raced |= self.chopped;
                self.stage = ModelStage::Done;
            }
        }
    }

    /// Something that is sent before the connection is open, or to open it.
    fn opening(&mut self, step: &Step, symbol: Symbol) {
        self.out.path.push(Transition { from: ModelState::Opening, symbol });
        self.out.session.steps.push(step.clone());
        self.line(step.clone());
    }

    /// As [`Self::opening`], and the connection will not open.
    pub(super) fn unopened(&mut self, step: &Step, symbol: Symbol) {
        self.opening(step, symbol);
        self.stage = ModelStage::Opening;
    }

    /// The end of our half, or a reset, before the connection is open: the peer may do anything but die.
    pub(super) fn end_unopened(&mut self, step: &Step, end: &Sending) {
        self.opening(step, if *end == Sending::Eof { Symbol::HalfClose } else { Symbol::Reset });
        self.owed(Step::Expect(expect("<~ response | eof")), self.opening_is_accepted());
        self.stage = ModelStage::Done;
    }

    /// A handshake that was cut needs an end that the session has not.
    pub(super) fn finish_unopened(&mut self) {
        self.line(Step::Send(Sending::Eof));
        self.owed(Step::Expect(expect("<~ response | eof")), self.opening_is_accepted());
    }

    /// A response follows a request.
    pub(super) fn expect_request(&mut self) {
        if self.role() == Role::Client {
            self.line(Step::Expect(expect("< request")));
        }
    }

    const fn good(&self) -> Symbol {
        match self.role() {
            Role::Server => Symbol::Request,
            Role::Client => Symbol::Response,
        }
    }

    const fn bad(&self) -> Symbol {
        match self.role() {
            Role::Server => Symbol::BadRequest,
            Role::Client => Symbol::BadResponse,
        }
    }

    const fn opening_is_accepted(&self) -> &'static str {
        match self.role() {
            Role::Server => faulty_frame::HANDSHAKE_IS_ACCEPTED,
            Role::Client => HeadEdit::RESPONSE_IS_TAKEN,
        }
    }
}

/// How a head with a fault is answered. A connection that is not open yet is failed without a frame (RFC 6455, 7.1.7).
const fn refusal(role: Role, is_plain: bool) -> &'static str {
    match (role, is_plain) {
        (Role::Server, true) => "< response 4xx | response 5xx |? response 2xx |? response 3xx |? eof",
        (Role::Server, false) => "< response 4xx | response 5xx |? eof",
        (Role::Client, _) => "< eof |? fail",
    }
}

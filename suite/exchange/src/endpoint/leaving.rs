//! Why a peer may end a connection before a script does.

use wsspec_referee::{Arrival, Received};
use wsspec_wire::{CloseCode, Opcode};

use super::Endpoint;
use crate::transcript::Event;

impl Endpoint {
    /// Why the peer, which was to do something, may rather have ended the connection: that is its own choice, or its habit
    /// after a message. A close frame that answers ours says nothing of that kind.
    pub(crate) fn reason_to_leave(&self, arrival: &Arrival) -> Option<String> {
        let is_end = matches!(arrival, Arrival::Close(_) | Arrival::Eof | Arrival::Reset);
        if !is_end || self.our_close().is_some() {
            return None;
        }
        // A close frame right behind a 101 is rather a belated answer to the request, if the trial is about that.
        if self.trial.script.does_handshake() && !self.has_answered() {
            return None;
        }
        let code = self.ending.close()?.code();
        match code {
            Some(code) if code.is_own_choice() => {
                Some(format!("the peer ended the connection by its own choice, with close code {code}"))
            }
            None | Some(CloseCode::NORMAL) if self.setup.answers_once => {
                Some("the peer closes the connection after its first answer".to_owned())
            }
            _ => None,
        }
    }

    /// Whether the peer sent a frame before its close frame.
    fn has_answered(&self) -> bool {
        self.grading.transcript().entries.iter().any(|entry| match &entry.event {
            Event::Received(Received::Frame(frame)) => frame.header.opcode != Opcode::CLOSE,
            _ => false,
        })
    }
}

//! How the peer has ended the connection, as far as the lines have read.

use wsspec_referee::Arrival;
use wsspec_wire::CloseBody;

use crate::inbox::Item;

/// How the peer has ended the connection so far.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    close: Option<CloseBody>,
    /// The entry of the transcript that it has.
    close_place: Option<usize>,
    eof: bool,
    /// Whether we have answered the peer's close frame.
    close_answered: bool,
    /// Whether the stream has ended; earlier arrivals may still be unread.
    received: bool,
}

impl Ending {
    /// Notes an arrival when a line reads it.
    pub(crate) fn read(&mut self, (arrival, place): &Item) {
        match arrival {
            Arrival::Close(body) if self.close.is_none() => {
                self.close = Some(body.clone());
                self.close_place = *place;
            }
            Arrival::Eof | Arrival::Reset => self.eof = true,
            _ => {}
        }
    }

    /// Whether an arrival is a close frame behind another, which ends nothing that is not over. The referee has noted it.
    pub(crate) fn repeats(&self, (arrival, place): &Item) -> bool {
        // An optional line gives back the first, which then comes again.
        self.close.is_some() && matches!(arrival, Arrival::Close(_)) && *place != self.close_place
    }

    /// Notes the end of the stream, read or not. Returns whether it is the first.
    pub(crate) fn receive(&mut self) -> bool {
        !std::mem::replace(&mut self.received, true)
    }

    /// Notes that we have answered the peer's close frame.
    pub(crate) fn answer_close(&mut self) {
        self.close_answered = true;
    }

    /// The peer's close frame, once it has been read.
    pub(crate) fn close(&self) -> Option<&CloseBody> {
        self.close.as_ref()
    }

    /// Whether the end of the stream has been read.
    pub(crate) fn is_eof(&self) -> bool {
        self.eof
    }

    /// Whether a reset is due to our answer to a close frame that reports an error. A peer that fails the connection need not
    /// read that answer (RFC 6455, 7.1.7), and which of the two its system sends depends on whether the answer arrives
    /// before the peer closes TCP.
    pub(crate) fn is_reset_by_answer(&self) -> bool {
        let code = self.close.as_ref().and_then(CloseBody::code);
        let reports_error = code.is_some_and(|code| !matches!(code.0, 1000 | 1001));
        self.close_answered && reports_error
    }

    /// Whether the peer accepts nothing more.
    pub(crate) fn is_over(&self) -> bool {
        self.eof || self.close_answered || self.close.is_some()
    }
}

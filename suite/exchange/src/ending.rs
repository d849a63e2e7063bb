//! How the peer has ended the connection, as far as the lines have read.

use wsspec_referee::Arrival;
use wsspec_wire::CloseBody;

/// How the peer has ended the connection so far.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    close: Option<CloseBody>,
    eof: bool,
    /// Whether we have answered the peer's close frame.
    close_answered: bool,
    /// Whether the stream has ended; earlier arrivals may still be unread.
    received: bool,
}

impl Ending {
    /// Notes an arrival when a line reads it.
    pub(crate) fn read(&mut self, arrival: &Arrival) {
        match arrival {
            Arrival::Close(body) => {
                self.close.get_or_insert(body.clone());
            }
            Arrival::Eof | Arrival::Reset => self.eof = true,
            _ => {}
        }
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

    /// Whether the peer accepts nothing more.
    pub(crate) fn is_over(&self) -> bool {
        self.eof || self.close_answered || self.close.is_some()
    }
}

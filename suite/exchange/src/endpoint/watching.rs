//! A connection that somebody else watches, too.

use wsspec_carriers::Carried;

use super::Endpoint;
use crate::{action::Input, grading::Grading, stream_rest::StreamRest};

impl Endpoint {
    /// Keeps what crosses the connection if it is a stream.
    pub(crate) fn watch(&mut self) {
        self.connection.watch();
    }

    /// What has crossed the stream since this was asked last; `None`: the connection is not a stream.
    pub(crate) fn carried(&mut self) -> Option<Vec<Carried>> {
        self.connection.crossed()
    }

    /// The peer did this once the trial was decided. What watches the stream sees it all the same.
    pub(crate) fn overhear(&mut self, input: Input<'_>) {
        match input {
            Input::Bytes(bytes) => self.connection.overhear(bytes),
            Input::Eof | Input::Reset => self.connection.overhear_end(),
            Input::Usage(_) => {}
        }
    }

    /// What is known, and the stream.
    pub(crate) fn into_stream(self) -> (Grading, Option<StreamRest>) {
        (self.grading, self.connection.into_stream())
    }
}

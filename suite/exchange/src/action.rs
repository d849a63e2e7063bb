//! What the caller of an exchange passes in, and what it is asked to do.

use bytes::Bytes;
use wsspec_record::Usage;

use crate::moment::Moment;

/// Something from the peer's side of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// Bytes, split in any way.
    Bytes(&'a [u8]),
    /// The resource usage of the peer's process, as requested; `None` if it is not known.
    Usage(Option<Usage>),
    /// The peer has closed its side.
    Eof,
    /// A reset, or any other error of the stream.
    Reset,
}

/// What the caller must do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Write these bytes in one go, then ask again. Go on reading meanwhile.
    Write(Bytes),
    /// Give the peer time to read what was written, then ask again: another segment follows that must not be read
    /// together with it.
    Gap,
    /// Close our side of the stream, then ask again.
    Shutdown,
    /// Reset the connection, then ask again.
    Reset,
    /// Pass in the resource usage of the peer's process, then ask again. With a number: once at most that many
    /// descriptors are open, or a line's time limit is over.
    Measure(Option<u32>),
    /// Ask the peer's process to exit, then ask again.
    Terminate,
    /// Wait for input, at most until this moment, then ask again.
    Wait(Moment),
    /// The outcome is known; close the connection.
    Done,
}

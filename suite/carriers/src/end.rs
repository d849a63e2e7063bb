//! What the ends of connections with streams have in common, over HTTP/2 and HTTP/3.

use std::fmt::Debug;

use bytes::Bytes;
use wsspec_wire::{ErrorCode, Http2Setting, Version};

use crate::{ComposedOpening, HttpEvent};

/// One end of a connection whose streams can be WebSocket connections (RFC 8441; RFC 9220), without I/O.
pub trait HttpEnd: Debug + Send + Sync {
    /// HTTP/2 or HTTP/3.
    fn version(&self) -> Version;

    /// Takes octets of the other end's, split in any way. After [`HttpEvent::Broken`] nothing is read.
    fn read(&mut self, bytes: &[u8]) -> Vec<HttpEvent>;

    /// The octets to be sent next.
    fn take(&mut self) -> Option<Bytes>;

    /// Whether there is something to be sent.
    fn has_output(&self) -> bool;

    /// Whether something waits for the other end, such as a request for its settings.
    fn is_blocked(&self) -> bool;

    /// Whether something waits for the other end on a stream.
    fn is_blocked_on(&self, stream: u32) -> bool;

    /// Sends nothing of what waits.
    fn give_up(&mut self);

    /// Sends nothing of what waits on a stream.
    fn give_up_on(&mut self, stream: u32);

    /// Whether the connection cannot go on.
    fn is_broken(&self) -> bool;

    /// Whether the other end takes extended CONNECT (RFC 8441, 3); `None`: it has sent no settings.
    fn connects(&self) -> Option<bool>;

    /// Sends a request on a stream of its own, once the other end takes extended CONNECT. The number of the stream.
    fn request(&mut self, head: ComposedOpening) -> u32;

    /// Sends a response.
    fn respond(&mut self, stream: u32, head: &ComposedOpening);

    /// Sends a DATA frame: with padding, if the version has it, and as the last of the stream.
    fn data(&mut self, stream: u32, bytes: Bytes, padding: Option<u8>, ends: bool);

    /// Sends a frame of any kind on a stream.
    fn frame(&mut self, stream: u32, kind: u64, payload: Bytes);

    /// Ends a stream in both directions.
    fn reset(&mut self, stream: u32, code: ErrorCode);

    /// Opens no more streams; with an error, ends the connection.
    fn go_away(&mut self, code: ErrorCode);

    /// Sets parameters.
    fn set(&mut self, settings: &[Http2Setting]);

    /// From here on, grants no window of its own accord.
    fn hold_windows(&mut self);

    /// Grants more of a stream's window.
    fn grant(&mut self, stream: u32, more: u32);

    /// The code for what TCP would reset.
    fn cancelled(&self) -> ErrorCode;

    /// The code for a stream that is not looked at.
    fn refused(&self) -> ErrorCode;

    /// The code for a malformed message.
    fn malformed(&self) -> ErrorCode;

    /// Sends octets in DATA frames.
    fn send(&mut self, stream: u32, bytes: Bytes) {
        self.data(stream, bytes, None, false);
    }

    /// Ends our half of a stream.
    fn finish(&mut self, stream: u32) {
        self.data(stream, Bytes::new(), None, true);
    }
}

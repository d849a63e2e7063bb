//! What one end sent, as the other end understands it.

use bytes::Bytes;
use wsspec_wire::{CloseBody, Header, LayerItem, MessageKind, RequestHead, ResponseHead};

/// One thing that one end sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// A request to open the connection.
    Request(RequestHead),
    /// A client's request to a proxy for a tunnel (RFC 9110, 9.3.6).
    Connect(RequestHead),
    /// A response that is not an interim one.
    Response(ResponseHead),
    /// A whole message.
    Message(MessageKind, Bytes),
    /// An item of a layer, in place of the messages that it came in.
    Item(LayerItem),
    /// A ping with its payload.
    Ping(Bytes),
    /// A pong with its payload.
    Pong(Bytes),
    /// A close frame.
    Close(CloseBody),
    /// A frame announced to be larger than any expected one.
    Oversize(Header),
    /// A message whose content is unknown.
    Lost,
    /// A head that does not end within this many bytes.
    EndlessHead(usize),
    /// The end of the sender's half of the stream.
    Eof,
    /// A reset of the connection.
    Reset,
}

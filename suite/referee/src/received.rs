//! What was on the wire, one thing at a time.

use bytes::Bytes;
use wsspec_wire::{Frame, Header, Mask};

/// What can arrive.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// A request or response head.
    Head(Bytes),
    /// A whole frame.
    Frame(Frame),
    /// A frame announced to be larger than any expected one; its payload was discarded.
    Oversize(Header),
    /// Bytes after a response that is not an upgrade.
    Raw(Bytes),
    /// The bytes of a head or frame that began but did not end.
    Unfinished(Bytes),
    /// What HTTP/2 has of its own: a frame that is not part of the WebSocket connection, in the notation.
    Http2(String),
}

impl Received {
    /// How many of its bytes are kept in memory, not counting a header.
    pub fn size(&self) -> usize {
        match self {
            Self::Head(bytes) | Self::Raw(bytes) | Self::Unfinished(bytes) => bytes.len(),
            Self::Frame(frame) => frame.payload.len(),
            Self::Http2(text) => text.len(),
            Self::Oversize(_) => 0,
        }
    }

    /// The masking key of a frame.
    pub fn mask(&self) -> Option<Mask> {
        match self {
            Self::Frame(frame) => frame.header.mask,
            Self::Oversize(header) => header.mask,
            Self::Head(_) | Self::Raw(_) | Self::Unfinished(_) | Self::Http2(_) => None,
        }
    }

    /// Its bytes as they were on the wire; for an oversize frame, whose payload was discarded, those of the header.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Head(bytes) | Self::Raw(bytes) | Self::Unfinished(bytes) => out.extend_from_slice(bytes),
            Self::Frame(frame) => frame.encode(&mut out),
            Self::Oversize(header) => header.encode(&mut out),
            // What it was on the wire is not kept.
            Self::Http2(_) => {}
        }
        out
    }
}

//! What comes through a tunnel in one direction: every octet, unless a flaw changes some.

use bytes::Bytes;
use wsspec_wire::Role;

use super::flaw::ConnectFlaw;
use crate::proxy::ProxyLeak;

/// How a flaw marks a request in the tunnel.
const VIA: &[u8] = b"Via: 1.1 wsspec\r\n";
/// Fewer octets than this are kept back by a flaw.
const SHORT: usize = 16;

/// One direction of a tunnel.
#[derive(Debug)]
pub(super) struct OctetRelay {
    flaw: Option<ConnectFlaw>,
    from: Role,
    /// Whether the head of the opening handshake has gone through.
    is_past_head: bool,
    kept: Vec<u8>,
    /// The request for the tunnel.
    request: Bytes,
    has_given_up: bool,
}

impl OctetRelay {
    pub(super) fn new(flaw: Option<ConnectFlaw>, from: Role, request: &Bytes) -> Self {
        let request = request.clone();
        Self { flaw, from, is_past_head: false, kept: Vec::new(), request, has_given_up: false }
    }

    /// Whether a flaw ends the tunnel because of what came through it.
    pub(super) fn has_given_up(&self) -> bool {
        self.has_given_up
    }

    /// What arrives of these octets.
    pub(super) fn pass(&mut self, bytes: &[u8], leak: &ProxyLeak) -> Vec<Bytes> {
        let whole = Bytes::copy_from_slice(bytes);
        let is_head = !std::mem::replace(&mut self.is_past_head, true);
        match (self.flaw, self.from) {
            (Some(ConnectFlaw::TopBitCleared), Role::Server) if !is_head => {
                vec![bytes.iter().map(|byte| byte & 0x7f).collect()]
            }
            (Some(ConnectFlaw::RequestPassed), Role::Client) if is_head => {
                vec![whole, std::mem::take(&mut self.request)]
            }
            (Some(ConnectFlaw::ReturnsDropped), Role::Client) if !is_head => {
                vec![bytes.iter().copied().filter(|byte| *byte != b'\r').collect()]
            }
            (Some(ConnectFlaw::ViaAdded), Role::Client) if is_head => {
                let start = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                vec![[&bytes[..start], VIA, &bytes[start..]].concat().into()]
            }
            (Some(ConnectFlaw::SegmentRepeated), Role::Client) if !is_head => vec![whole.clone(), whole],
            (Some(ConnectFlaw::ZerosDropped), _) => {
                vec![bytes.iter().copied().filter(|byte| *byte != 0).collect()]
            }
            (Some(ConnectFlaw::FramesJudged), Role::Client) if !is_head && has_reserved_bits(bytes) => {
                self.has_given_up = true;
                Vec::new()
            }
            (Some(ConnectFlaw::ShortRestDropped), Role::Client) => {
                self.kept.extend_from_slice(bytes);
                match self.kept.len() {
                    ..SHORT => Vec::new(),
                    _ => vec![std::mem::take(&mut self.kept).into()],
                }
            }
            (Some(ConnectFlaw::TunnelsCrossed), Role::Client) if !is_head => {
                vec![leak.swap(&whole).unwrap_or(whole)]
            }
            _ => vec![whole],
        }
    }
}

/// Whether octets begin like a frame with reserved bits (RFC 6455, 5.2).
fn has_reserved_bits(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first & 0x70 != 0)
}

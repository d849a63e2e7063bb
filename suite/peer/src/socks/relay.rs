//! What comes through in one direction: every octet, unless a flaw changes some.

use bytes::Bytes;
use wsspec_wire::Role;

use super::flaw::SocksFlaw;
use crate::proxy::ProxyLeak;

/// Fewer octets than this are kept back by a flaw.
const SHORT: usize = 16;

/// One direction.
#[derive(Debug)]
pub(super) struct SocksRelay {
    flaw: Option<SocksFlaw>,
    from: Role,
    /// Whether the head of the opening handshake has gone through.
    is_past_head: bool,
    kept: Vec<u8>,
}

impl SocksRelay {
    pub(super) fn new(flaw: Option<SocksFlaw>, from: Role) -> Self {
        Self { flaw, from, is_past_head: false, kept: Vec::new() }
    }

    /// What arrives of these octets.
    pub(super) fn pass(&mut self, octets: &[u8], leak: &ProxyLeak) -> Vec<Bytes> {
        let whole = Bytes::copy_from_slice(octets);
        let is_head = !std::mem::replace(&mut self.is_past_head, true);
        match (self.flaw, self.from) {
            (Some(SocksFlaw::TopBitCleared), Role::Server) if !is_head => {
                vec![octets.iter().map(|octet| octet & 0x7f).collect()]
            }
            (Some(SocksFlaw::ReturnsDropped), Role::Client) if !is_head => {
                vec![octets.iter().copied().filter(|octet| *octet != b'\r').collect()]
            }
            (Some(SocksFlaw::ConnectionsCrossed), Role::Client) if !is_head => {
                vec![leak.swap(&whole).unwrap_or(whole)]
            }
            (Some(SocksFlaw::ShortRestDropped), Role::Client) => {
                self.kept.extend_from_slice(octets);
                match self.kept.len() {
                    ..SHORT => Vec::new(),
                    _ => vec![std::mem::take(&mut self.kept).into()],
                }
            }
            _ => vec![whole],
        }
    }
}

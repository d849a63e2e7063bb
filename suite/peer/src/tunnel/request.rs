//! A request for a tunnel (RFC 9110, 9.3.6, and RFC 9112, 3.2), and why it is refused.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_wire::RequestHead;

use super::{ConnectProxy, flaw::ConnectFlaw};

/// A request that asks for a tunnel as it should.
#[derive(Clone, Debug)]
pub(super) struct TunnelRequest {
    /// Host and port.
    pub authority: String,
    /// Its octets.
    pub raw: Bytes,
    /// Whether it was answered already, with a refusal: a flaw.
    pub is_refused: bool,
}

/// Why there is no tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TunnelRefusal {
    /// The head is too long.
    TooLarge,
    /// It is not a request, or has not one Host field.
    Malformed,
    /// It asks for something else than a tunnel.
    Method,
    /// It names no host and port.
    Target,
    /// It lacks the user and the password.
    Credentials,
    /// There is no connection to the server.
    Unreachable,
}

impl TunnelRefusal {
    /// Whether nothing can be read after such a request, or nothing is.
    pub(super) fn ends_connection(self) -> bool {
        matches!(self, Self::TooLarge | Self::Malformed | Self::Method)
    }
}

impl TunnelRequest {
    /// Reads the head of a request.
    pub(super) fn read(flaw: Option<ConnectFlaw>, raw: &[u8]) -> Result<Self, TunnelRefusal> {
        let head = RequestHead::parse(raw);
        let is_old = head.version.is_some_and(|version| (version.major, version.minor) < (1, 1));
        let hosts = head.fields.all("Host").count();
        let is_hosted = hosts == 1 || is_old && hosts == 0 || flaw == Some(ConnectFlaw::HostUnchecked);
        let is_request = !head.method.is_empty() && head.method.iter().all(u8::is_ascii_alphabetic);
        if !is_hosted || !is_request {
            return Err(TunnelRefusal::Malformed);
        }
        if head.method != "CONNECT" {
            return Err(TunnelRefusal::Method);
        }
        let authority = authority(flaw, &head.target).ok_or(TunnelRefusal::Target)?;
        let wanted = STANDARD.encode(format!("{}:{}", ConnectProxy::USER, ConnectProxy::PASSWORD));
        let given = head.fields.get("Proxy-Authorization");
        if given.is_none_or(|given| **given != *format!("Basic {wanted}").as_bytes()) {
            return Err(TunnelRefusal::Credentials);
        }
        Ok(Self { authority, raw: Bytes::copy_from_slice(raw), is_refused: false })
    }

    /// A request of which the credentials, or their absence, mean nothing.
    pub(super) fn without_credentials(raw: &[u8]) -> Option<Self> {
        let authority = authority(None, &RequestHead::parse(raw).target)?;
        Some(Self { authority, raw: Bytes::copy_from_slice(raw), is_refused: false })
    }

    /// A request that a flaw opens a tunnel for, though it has refused it.
    pub(super) fn opened_all_the_same(
        flaw: Option<ConnectFlaw>,
        refusal: TunnelRefusal,
        raw: &[u8],
    ) -> Option<Self> {
        let is_opened = refusal == TunnelRefusal::Credentials && flaw == Some(ConnectFlaw::RefusalTunnelled);
        let authority = authority(None, &RequestHead::parse(raw).target).filter(|_| is_opened)?;
        Some(Self { authority, raw: Bytes::copy_from_slice(raw), is_refused: true })
    }
}

/// The host and port that a target names.
fn authority(flaw: Option<ConnectFlaw>, target: &[u8]) -> Option<String> {
    let mut target = str::from_utf8(target).ok()?;
    if flaw == Some(ConnectFlaw::UriTaken) {
        target = target.strip_prefix("http://").unwrap_or(target).trim_end_matches('/');
    }
    let (host, port) = target.rsplit_once(':')?;
    let port: u32 = port.parse().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))?;
    let port = match u16::try_from(port) {
        Err(_) if flaw == Some(ConnectFlaw::PortWrapped) => u16::try_from(port & 0xffff).ok()?,
        port => port.ok()?,
    };
    let is_host = !host.is_empty() && !host.contains(['/', '@', '?', '#']);
    let is_literal = !host.contains(':') || host.starts_with('[') && host.ends_with(']');
    (port > 0 && is_host && is_literal).then(|| format!("{host}:{port}"))
}

//! The way through a proxy (RFC 9110, 9.3.6): the request for a tunnel, and what the proxy's answer means.

use wsspec_wire::{ResponseHead, Version};

use crate::{Flaw, PeerOutput, flaw::Conduct};

use super::address::ClientAddress;

/// What the client does once its proxy has answered.
#[derive(Debug)]
pub(super) enum TunnelAnswer {
    /// Go on through the tunnel.
    Open,
    /// Give up.
    Refused,
    /// Wait for a body that does not come.
    Stuck,
}

/// What is written first, and what once the tunnel is there, if it is not all written at once.
pub(super) fn split(
    fault: Conduct,
    address: &ClientAddress,
    credentials: Option<&str>,
    request: Vec<PeerOutput>,
) -> (Vec<PeerOutput>, Option<Vec<PeerOutput>>) {
    let first = PeerOutput::Write(connect(fault, address, credentials).into());
    let request = request.into_iter().map(|output| in_tunnel(fault, credentials, output));
    match fault.flaw {
        Some(Flaw::AsksProxyForUri) => (request.map(|output| of_uri(address, output)).collect(), None),
        Some(Flaw::SpeaksBeforeTunnel) => ([first].into_iter().chain(request).collect(), Some(Vec::new())),
        _ => (vec![first], Some(request.collect())),
    }
}

fn connect(fault: Conduct, address: &ClientAddress, credentials: Option<&str>) -> String {
    let ClientAddress { secure, authority, .. } = address;
    let has_port = authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
    let usual = if *secure { 443 } else { 80 };
    let authority = match has_port || fault.is(Flaw::LeavesPortOutOfConnect) {
        true => authority.clone(),
        false => format!("{authority}:{usual}"),
    };
    let target = match fault.is(Flaw::WritesUriInConnect) {
        true => format!("http://{authority}/"),
        false => authority.clone(),
    };
    let host = match fault.is(Flaw::LeavesHostOutOfConnect) {
        true => String::new(),
        false => format!("Host: {authority}\r\n"),
    };
    let credentials =
        credentials.map(|it| format!("Proxy-Authorization: Basic {it}\r\n")).unwrap_or_default();
    format!("CONNECT {target} HTTP/1.1\r\n{host}{credentials}\r\n")
}

/// What goes through the tunnel: nothing of it is for the proxy.
fn in_tunnel(fault: Conduct, credentials: Option<&str>, output: PeerOutput) -> PeerOutput {
    match (output, credentials) {
        (PeerOutput::Write(head), Some(credentials)) if fault.is(Flaw::LeaksProxyCredentials) => {
            let field = format!("\r\nProxy-Authorization: Basic {credentials}\r\n\r\n");
            let head = String::from_utf8_lossy(&head).replacen("\r\n\r\n", &field, 1);
            PeerOutput::Write(head.into())
        }
        (output, _) => output,
    }
}

/// The request as one that the proxy is to pass on itself.
fn of_uri(address: &ClientAddress, output: PeerOutput) -> PeerOutput {
    match output {
        PeerOutput::Write(head) => {
            let uri = format!("GET http://{}/", address.authority);
            PeerOutput::Write(String::from_utf8_lossy(&head).replacen("GET /", &uri, 1).into())
        }
        output => output,
    }
}

/// What the proxy's final answer means.
pub(super) fn answered(fault: Conduct, response: &ResponseHead) -> TunnelAnswer {
    let is_success = match fault.flaw {
        Some(Flaw::WantsStatus200OfProxy) => response.status == Some(200),
        Some(Flaw::WantsHttp11OfProxy) => response.version == Some(Version::HTTP_11),
        Some(Flaw::TakesAnyAnswerOfProxy) => true,
        _ => matches!(response.status, Some(200..=299)),
    };
    let has_body =
        ["Content-Length", "Transfer-Encoding"].iter().any(|name| response.fields.get(name).is_some());
    match is_success {
        false => TunnelAnswer::Refused,
        true if has_body && fault.is(Flaw::ReadsBodyOfTunnel) => TunnelAnswer::Stuck,
        true => TunnelAnswer::Open,
    }
}

//! `echoserver`, `echoclient` and `testeeclient`.

use std::{net::IpAddr, path::Path, sync::Arc, time::Duration};

use percent_encoding::percent_encode_byte;
use wsspec_autobahn::{ClientHandshake, upgrade_response};
use wsspec_runner::{
    ClientConnection, Dialer, DriveLimits, Driver, IncomingError, MessageAnswer, MessagePeer, ServerTls,
    Target, echo, request,
};
use wsspec_wire::{MessageKind, Role};

use super::listen;
use crate::{
    failure::{CommandError, print},
    interrupt::interrupted,
};

/// Time limit for closing our side of a connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Time limit for a client's request, and for a server's response.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Limits for connections on which messages are echoed.
pub const LIMITS: DriveLimits = DriveLimits::with_shutdown(CLOSE_TIMEOUT);

/// Sends back what clients send.
pub async fn serve(
    uri: &str,
    address: Option<IpAddr>,
    tls: Option<(&Path, &Path)>,
) -> Result<(), CommandError> {
    let usage = |error: String| CommandError::Usage(error);
    let target = Target::parse(uri).map_err(|error| usage(error.to_string()))?;
    let tls = match tls {
        Some((key, cert)) if target.secure => {
            Some(ServerTls::from_files(cert, key).map_err(|error| usage(error.to_string()))?)
        }
        None if target.secure => {
            return Err(usage("wss:// needs a key and a certificate: --key FILE --cert FILE".into()));
        }
        _ => None,
    };
    let listener = listen::listen(&target, address, tls).await.map_err(|error| usage(error.to_string()))?;
    print(&format!("Echo server on port {}\n", listener.address().port()))?;
    wsspec_runner::serve(&listener, HANDSHAKE_TIMEOUT, echo_to, interrupted(false)).await;
    Ok(())
}

async fn echo_to(connection: Result<ClientConnection, IncomingError>) {
    let Ok(connection) = connection else { return };
    match upgrade_response(connection.request(), &[]) {
        Ok(response) => {
            if let Some((stream, rest)) = connection.upgrade(&response).await {
                let mut peer = MessagePeer::new(Role::Server, echo(Role::Server)).after(&rest);
                Driver::new(stream, LIMITS).drive(&mut peer).await;
            }
        }
        Err(error) => {
            let text = format!("{error}\n");
            connection.respond("400 Bad Request", "text/plain", text.as_bytes()).await;
        }
    }
}

/// Sends back what a server sends, until the server ends the connection.
pub async fn connect(uri: &str) -> Result<(), CommandError> {
    converse(uri, echo(Role::Client)).await
}

/// Asks a fuzzing server for all its cases, one by one, and for the reports.
pub async fn be_tested(uri: &str, agent: &str) -> Result<(), CommandError> {
    let uri = uri.trim_end_matches('/');
    let agent: String = agent.bytes().map(percent_encode_byte).collect();
    let mut said = Vec::new();
    let keep = |_, payload: &[u8]| {
        said = payload.to_vec();
        Ok(Vec::new())
    };
    converse(&format!("{uri}/getCaseCount"), keep).await?;
    let count = std::str::from_utf8(&said).ok().and_then(|text| text.trim().parse::<u32>().ok());
    let count = count
        .ok_or_else(|| CommandError::Unreachable("the server does not say how many cases it has".into()))?;
    for number in 1..=count {
        print(&format!("Running test case {number} of {count}\n"))?;
        connect(&format!("{uri}/runCase?case={number}&agent={agent}")).await?;
    }
    let nothing = |_, _: &[u8]| Ok(Vec::new());
    converse(&format!("{uri}/updateReports?agent={agent}"), nothing).await
}

/// Opens a connection as a client and answers messages until it ends.
async fn converse(
    uri: &str,
    answer: impl FnMut(MessageKind, &[u8]) -> MessageAnswer,
) -> Result<(), CommandError> {
    let mut target = Target::parse(uri).map_err(|error| CommandError::Usage(error.to_string()))?;
    target.tls.insecure = true;
    let (authority, resource) = (target.authority.clone(), target.resource.clone());
    let unreachable = |error: &dyn std::fmt::Display| CommandError::Unreachable(error.to_string());
    let dialer = Dialer::new(Arc::new(target)).await.map_err(|error| unreachable(&error))?;
    let mut stream = dialer.dial().await.map_err(|error| unreachable(&error))?;
    let client = ClientHandshake {
        authority,
        resource,
        origin: None,
        protocols: Vec::new(),
        options: Default::default(),
    };
    let sent = client.plain_request();
    let found = request(&mut stream, &sent, HANDSHAKE_TIMEOUT).await.map_err(|error| unreachable(&error))?;
    if !ClientHandshake::is_accepted(&sent, &found.head) {
        return Err(unreachable(&"the server did not accept the opening handshake"));
    }
    let mut peer = MessagePeer::new(Role::Client, answer).after(&found.rest);
    Driver::new(stream, LIMITS).drive(&mut peer).await;
    Ok(())
}

//! The embedded echo server over HTTP/3 (RFC 9220): quinn below, tokio-tungstenite on each stream, and between them our
//! carrier, since the crate h3 takes no `:protocol` of WebSocket.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use quinn::{Endpoint, EndpointConfig, Incoming, ServerConfig, TokioRuntime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split},
    sync::mpsc,
};
use tokio_tungstenite::{WebSocketStream, tungstenite::protocol};
use wsspec_carriers::{ComposedOpening, Http3, HttpEnd, HttpEvent, StartLine};
use wsspec_wire::{Opening, RequestHead, Role};

use crate::quic::over_quic;

/// Octets on their way between a stream and its WebSocket.
const BUFFER: usize = 16 << 10;

/// Serves each stream that extended CONNECT opens.
pub(super) async fn serve(socket: std::net::UdpSocket, config: ServerConfig) {
    let runtime = Arc::new(TokioRuntime);
    let Ok(endpoint) = Endpoint::new(EndpointConfig::default(), Some(config), socket, runtime) else {
        return;
    };
    while let Some(incoming) = endpoint.accept().await {
        tokio::spawn(connection(incoming));
    }
}

/// What an echo has for the connection: octets of a stream, or its end.
type TunnelPiece = (u32, Option<Bytes>);

async fn connection(incoming: Incoming) {
    let Ok(connection) = incoming.await else { return };
    let (mut from_client, mut to_client) = split(over_quic(connection));
    // What waits is bounded all the same: while a client reads nothing, nothing of it is read.
    let (pieces, mut waiting) = mpsc::unbounded_channel::<TunnelPiece>();
    let mut end = Http3::playing(Role::Server);
    let mut inputs: HashMap<u32, WriteHalf<DuplexStream>> = HashMap::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        if let Some(octets) = end.take()
            && to_client.write_all(&octets).await.is_err()
        {
            return;
        }
        tokio::select! {
            read = from_client.read(&mut buffer) => {
                let Ok(count @ 1..) = read else { return };
                for event in end.read(&buffer[..count]) {
                    take(event, &mut end, &mut inputs, &pieces).await;
                }
            }
            Some((stream, piece)) = waiting.recv() => match piece {
                Some(bytes) => end.send(stream, bytes),
                None => end.finish(stream),
            },
        }
    }
}

async fn take(
    event: HttpEvent,
    end: &mut Http3,
    inputs: &mut HashMap<u32, WriteHalf<DuplexStream>>,
    pieces: &mpsc::UnboundedSender<TunnelPiece>,
) {
    match event {
        HttpEvent::Opening { stream, opening: Opening::Request(request) } => {
            let status = judge(&request);
            end.respond(stream, &response(status));
            match status {
                "200" => drop(inputs.insert(stream, begin(stream, pieces.clone()))),
                _ => end.finish(stream),
            }
        }
        HttpEvent::Data { stream, bytes } => {
            if let Some(input) = inputs.get_mut(&stream) {
                let _ = input.write_all(&bytes).await;
            }
        }
        HttpEvent::End { stream } | HttpEvent::Reset { stream, .. } => {
            if let Some(mut input) = inputs.remove(&stream) {
                let _ = input.shutdown().await;
            }
        }
        _ => {}
    }
}

/// What a request is answered with (RFC 9220, 3; RFC 9114, 4.1.2).
fn judge(request: &RequestHead) -> &'static str {
    let field = |name: &str| request.fields.get(name).map(|value| &value[..]);
    let is_whole = [":scheme", ":path", ":authority"].iter().all(|name| field(name).is_some());
    let versions: Vec<_> = request.fields.all("sec-websocket-version").collect();
    match (&request.method[..], field(":protocol")) {
        _ if !request.faults.is_empty() => "400",
        (b"CONNECT", Some(b"websocket")) if is_whole && versions == ["13"] => "200",
        (b"CONNECT", Some(b"websocket") | None) => "400",
        (b"CONNECT", Some(_)) => "501",
        (_, Some(_)) => "400",
        _ => "405",
    }
}

fn response(status: &'static str) -> ComposedOpening {
    let mut fields = vec![(":status".to_owned(), Bytes::from(status))];
    match status {
        "400" => fields.push(("sec-websocket-version".to_owned(), "13".into())),
        "405" => fields.push(("allow".to_owned(), "CONNECT".into())),
        _ => {}
    }
    // The first line is among the fields.
    let start = StartLine::Response { status: 200, reason: Bytes::new() };
    ComposedOpening { start, fields, verbatim: Vec::new() }
}

/// Starts the echo of a stream; what the client sends goes into what is returned.
fn begin(stream: u32, pieces: mpsc::UnboundedSender<TunnelPiece>) -> WriteHalf<DuplexStream> {
    let (ours, theirs) = duplex(BUFFER);
    let (from_echo, to_echo) = split(theirs);
    tokio::spawn(async move {
        let role = protocol::Role::Server;
        super::echo(WebSocketStream::from_raw_socket(ours, role, None).await).await;
    });
    tokio::spawn(pass(stream, from_echo, pieces));
    to_echo
}

/// Passes on what the server sends, and its end.
async fn pass(
    stream: u32,
    mut from_echo: ReadHalf<DuplexStream>,
    pieces: mpsc::UnboundedSender<TunnelPiece>,
) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(count @ 1..) = from_echo.read(&mut buffer).await {
        if pieces.send((stream, Some(Bytes::copy_from_slice(&buffer[..count])))).is_err() {
            return;
        }
    }
    let _ = pieces.send((stream, None));
}

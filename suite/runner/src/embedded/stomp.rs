//! The embedded broker of STOMP: our conforming one, each frame a message.

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::HeaderValue,
    },
};
use wsspec_peer::{PeerOutput, StompBroker};

/// The subprotocols of STOMP.
const SUBPROTOCOLS: [&str; 3] = ["v12.stomp", "v11.stomp", "v10.stomp"];

/// Serves each connection with a broker of its own.
pub(super) async fn serve(listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::spawn(connection(stream));
    }
}

async fn connection(stream: TcpStream) {
    let Ok(mut socket) = accept_hdr_async(stream, select).await else { return };
    let mut broker = StompBroker::default();
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(_) | Message::Binary(_) => broker.receive(&message.into_data()),
            _ => continue,
        }
        for output in broker.take() {
            let sent = match output {
                PeerOutput::Write(frame) => socket.send(as_message(&frame)).await,
                PeerOutput::Close | PeerOutput::Reset => socket.close(None).await,
            };
            if sent.is_err() {
                return;
            }
        }
    }
}

/// A text message, unless it cannot be one.
fn as_message(frame: &[u8]) -> Message {
    match str::from_utf8(frame) {
        Ok(text) => Message::text(text),
        Err(_) => Message::binary(frame.to_vec()),
    }
}

/// Selects the first subprotocol of STOMP that the client offers.
#[expect(clippy::result_large_err, reason = "the type of a callback")]
#[expect(clippy::unnecessary_wraps, reason = "the type of a callback")]
fn select(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered =
        request.headers().get_all("sec-websocket-protocol").iter().filter_map(|value| value.to_str().ok());
    let mut names = offered.flat_map(|value| value.split(',')).map(str::trim);
    if let Some(name) = names.find(|name| SUBPROTOCOLS.contains(name))
        && let Ok(value) = HeaderValue::from_str(name)
    {
        response.headers_mut().insert("sec-websocket-protocol", value);
    }
    Ok(response)
}

//! The embedded server of Socket.IO: our conforming one.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep_until},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::StatusCode,
    },
};
use wsspec_peer::{EngineIoServer, MessageOutput};
use wsspec_wire::MessageKind;

/// How long it waits where it has nothing to do at a time of its own.
const IDLE: Duration = Duration::from_secs(3600);

/// Serves each connection with a server of its own.
pub(super) async fn serve(listener: std::net::TcpListener, new: fn() -> EngineIoServer) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::spawn(connection(stream, new()));
    }
}

async fn connection(stream: TcpStream, mut server: EngineIoServer) {
    let Ok(mut socket) = accept(stream, &server).await else { return };
    let start = Instant::now();
    server.start(Duration::ZERO);
    loop {
        for output in server.take() {
            let sent = match output {
                MessageOutput::Send(MessageKind::Text, text) => match str::from_utf8(&text) {
                    Ok(text) => socket.send(Message::text(text)).await,
                    Err(_) => return,
                },
                MessageOutput::Send(MessageKind::Binary, data) => socket.send(Message::Binary(data)).await,
                MessageOutput::Close => socket.close(None).await,
            };
            if sent.is_err() {
                return;
            }
        }
        let wake = start + server.wake().unwrap_or_else(|| start.elapsed() + IDLE);
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => server.receive(MessageKind::Text, &text.into()),
                Some(Ok(Message::Binary(data))) => server.receive(MessageKind::Binary, &data),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            () = sleep_until(wake) => server.advance(start.elapsed()),
        }
    }
}

/// The opening handshake; a request without what a session needs gets 400.
#[expect(clippy::result_large_err, reason = "the type of a callback")]
async fn accept(stream: TcpStream, server: &EngineIoServer) -> Result<WebSocketStream<TcpStream>, ()> {
    let check = |request: &Request, response: Response| {
        if server.accepts(request.uri().query().unwrap_or_default()) {
            return Ok(response);
        }
        let mut refusal = ErrorResponse::new(Some("EIO=4 or transport=websocket is missing".into()));
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        Err(refusal)
    };
    accept_hdr_async(stream, check).await.map_err(drop)
}

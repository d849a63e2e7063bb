//! An echo server on axum, over HTTP/1.1 and HTTP/2 in the clear (RFC 8441).

use std::env;
use std::io;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use tokio::net::TcpListener;

const MAX_SIZE: usize = 64 << 20;

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = env::args().nth(1).unwrap_or_default();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback(any(handle))).await
}

async fn handle(upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .protocols(["wsspec.echo"])
        .max_message_size(MAX_SIZE)
        .max_frame_size(MAX_SIZE)
        .on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}

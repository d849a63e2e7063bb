//! An echo client on fastwebsockets, upgraded by hyper. Where the path of its address begins with `/next/`, it connects
//! again, many times at once, until it is answered with 410.

use std::env;
use std::error::Error;
use std::future::Future;
use std::io::ErrorKind;

use fastwebsockets::{FragmentCollector, OpCode, WebSocketError, handshake};
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST, UPGRADE};
use hyper::rt::Executor;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// 64 MiB are accepted: fastwebsockets refuses a frame of exactly its limit.
const MAX_SIZE: usize = (64 << 20) + 1;
const AT_ONCE: usize = 16;

/// Runs the tasks of hyper.
struct Spawner;

impl<F> Executor<F> for Spawner
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, task: F) {
        tokio::spawn(task);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).unwrap_or_default();
    let parts = url.strip_prefix("ws://").and_then(|rest| rest.split_once('/'));
    let (authority, path) = parts.ok_or("usage: client ws://HOST:PORT/PATH")?;
    if path.starts_with("next/") {
        let mut clients = JoinSet::new();
        for _ in 0..AT_ONCE {
            clients.spawn(echo_again(authority.to_owned(), path.to_owned()));
        }
        clients.join_all().await;
        return Ok(());
    }
    Ok(echo(authority, path).await?)
}

async fn echo(authority: &str, path: &str) -> Result<(), WebSocketError> {
    let stream = TcpStream::connect(authority).await?;
    let request = Request::get(format!("/{path}"))
        .header(HOST, authority)
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "upgrade")
        .header("Sec-WebSocket-Key", handshake::generate_key())
        .header("Sec-WebSocket-Version", "13")
        .body(Empty::<Bytes>::new())
        .map_err(|_| WebSocketError::InvalidConnectionHeader)?;
    let (mut socket, _) = handshake::client(&Spawner, request, stream).await?;
    socket.set_max_message_size(MAX_SIZE);
    let mut socket = FragmentCollector::new(socket);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}

async fn echo_again(authority: String, path: String) {
    loop {
        match echo(&authority, &path).await {
            Err(WebSocketError::InvalidStatusCode(410)) => return,
            Err(WebSocketError::IoError(error)) if error.kind() == ErrorKind::ConnectionRefused => return,
            _ => {}
        }
    }
}

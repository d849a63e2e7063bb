//! An echo client on fastwebsockets, upgraded by hyper.

use std::env;
use std::error::Error;
use std::future::Future;

use fastwebsockets::{FragmentCollector, OpCode, handshake};
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST, UPGRADE};
use hyper::rt::Executor;
use tokio::net::TcpStream;

/// 64 MiB are accepted: fastwebsockets refuses a frame of exactly its limit.
const MAX_SIZE: usize = (64 << 20) + 1;

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
    let (authority, path) =
        url.strip_prefix("ws://").and_then(|rest| rest.split_once('/')).ok_or("ws://HOST:PORT/PATH")?;
    let stream = TcpStream::connect(authority).await?;
    let request = Request::get(format!("/{path}"))
        .header(HOST, authority)
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "upgrade")
        .header("Sec-WebSocket-Key", handshake::generate_key())
        .header("Sec-WebSocket-Version", "13")
        .body(Empty::<Bytes>::new())?;
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

//! What a user of fastwebsockets writes: an echo server upgraded by hyper, and a test for each trial.

use std::{net::SocketAddr, process::ExitCode, thread};

use fastwebsockets::{
    FragmentCollector, OpCode, WebSocketError,
    upgrade::{self, UpgradeFut},
};
use http_body_util::Empty;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime::Builder};
use wsspec::suite::{ConformanceSuite, ServerUnderTest};

fn main() -> ExitCode {
    ConformanceSuite::new(ServerUnderTest::start(start))
        .filter("rfc6455/5.5.2")
        .filter("rfc6455/5.4")
        .known(
            "rfc6455/5.4/interleaved-messages",
            "a second message replaces the fragments of the first (5.4)",
        )
        .main()
}

/// An echo server on its own thread.
fn start() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(serve(listener));
    });
    address
}

async fn serve(listener: std::net::TcpListener) {
    let listener = TcpListener::from_std(listener).expect("a runtime");
    while let Ok((stream, _)) = listener.accept().await {
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(handle));
        tokio::spawn(connection.with_upgrades());
    }
}

async fn handle(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, upgraded) = upgrade::upgrade(&mut request)?;
    tokio::spawn(echo(upgraded));
    Ok(response)
}

async fn echo(upgraded: UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = FragmentCollector::new(upgraded.await?);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}

//! The echo server that wsspec runs against when it is given no target: tokio-tungstenite, which is not ours, over HTTP/1.1
//! or over streams of the crate h2.

mod engineio;
mod http2;
mod stomp;

use std::{io, net::SocketAddr, thread};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::oneshot,
};
use tokio_tungstenite::{WebSocketStream, accept_async};
use wsspec_peer::EngineIoServer;

/// An echo server on a free loopback port, on its own thread, until it is dropped.
pub struct EmbeddedServer {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl EmbeddedServer {
    /// Its known deviations, as a file for `--known`. `suite/interop/tokio-tungstenite/known.toml` is a link to it.
    pub const KNOWN: &str = include_str!("embedded/known.toml");
    /// The name of that file in the repository.
    pub const KNOWN_FILE: &str = "suite/runner/src/embedded/known.toml";

    /// Starts the server.
    pub fn start() -> io::Result<Self> {
        Self::serving(serve)
    }

    /// Starts a broker of STOMP instead: our own, behind the same WebSocket server.
    pub fn start_stomp() -> io::Result<Self> {
        Self::serving(stomp::serve)
    }

    /// Starts a server of Engine.IO instead, which sends messages back.
    pub fn start_engineio() -> io::Result<Self> {
        Self::serving(|listener| engineio::serve(listener, || EngineIoServer::echo(None)))
    }

    /// Starts a server of Socket.IO instead.
    pub fn start_socketio() -> io::Result<Self> {
        Self::serving(|listener| engineio::serve(listener, || EngineIoServer::socketio(None)))
    }

    fn serving<F: Future<Output = ()>>(
        serve: impl FnOnce(std::net::TcpListener) -> F + Send + 'static,
    ) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("echo-server".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, _stop: stop })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }
}

async fn serve(listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::spawn(connection(stream));
    }
}

/// A peer that breaks the protocol ends its own connection and nothing else.
async fn connection(stream: TcpStream) {
    if http2::is_begun(&stream).await {
        http2::serve(stream).await;
    } else if let Ok(socket) = accept_async(stream).await {
        echo(socket).await;
    }
}

async fn echo<S: AsyncRead + AsyncWrite + Unpin>(socket: WebSocketStream<S>) {
    let (mut sink, mut source) = socket.split();
    while let Some(Ok(message)) = source.next().await {
        let echo = message.is_text() || message.is_binary();
        if echo && sink.send(message).await.is_err() {
            break;
        }
    }
}

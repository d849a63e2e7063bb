//! The echo server that wsspec runs against when it is given no target: tokio-tungstenite, which is not ours, over HTTP/1.1,
//! over streams of the crate h2, or over those of QUIC.

mod connect;
mod engineio;
mod gateway;
mod http2;
mod http3;
mod proxy;
mod relay;
mod socks;
mod stomp;
mod web;

use std::{io, net::SocketAddr, path::Path, thread};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::oneshot,
};
use tokio_tungstenite::{WebSocketStream, accept_async};
use wsspec_peer::{EngineIoServer, PollingServer, SockJsServer};

pub use self::{
    connect::EmbeddedConnectProxy, gateway::EmbeddedGateway, proxy::EmbeddedProxy, socks::EmbeddedSocksProxy,
};
use crate::serve::CertificateAuthority;

/// An echo server on a free loopback port, on its own thread, until it is dropped.
pub struct EmbeddedServer {
    address: SocketAddr,
    /// Who has signed its certificate, if it has one.
    authority: Option<CertificateAuthority>,
    _stop: oneshot::Sender<()>,
}

/// A list of known deviations, as for `--known`.
#[derive(Clone, Copy, Debug)]
pub struct KnownDeviations {
    /// Its name in the repository.
    pub name: &'static str,
    /// What it contains.
    pub text: &'static str,
}

impl EmbeddedServer {
    /// Its known deviations. `suite/interop/tokio-tungstenite/known.toml` is a link to that file.
    pub const KNOWN: KnownDeviations = KnownDeviations {
        name: "suite/runner/src/embedded/known.toml",
        text: include_str!("embedded/known.toml"),
    };
    /// Those that it has over HTTP/2 and HTTP/3.
    pub const KNOWN_ON_STREAMS: KnownDeviations = KnownDeviations {
        name: "suite/runner/src/embedded/known-on-streams.toml",
        text: include_str!("embedded/known-on-streams.toml"),
    };

    /// Starts the server.
    pub fn start() -> io::Result<Self> {
        Self::serving(serve)
    }

    /// Starts it over HTTP/3 alone.
    pub fn start_http3() -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
        let address = socket.local_addr()?;
        let authority = CertificateAuthority::new(&[address.ip().to_string()]).map_err(io::Error::other)?;
        let tls = authority.good().map_err(io::Error::other)?;
        let config = tls.over_quic().map_err(io::Error::other)?;
        let started = Self::on_a_thread(address, move || http3::serve(socket, config))?;
        Ok(Self { authority: Some(authority), ..started })
    }

    /// Starts a broker of STOMP instead: our own, behind the same WebSocket server.
    pub fn start_stomp() -> io::Result<Self> {
        Self::serving(stomp::serve)
    }

    /// Starts a server of Engine.IO instead, which sends messages back over each of its transports.
    pub fn start_engineio() -> io::Result<Self> {
        Self::serving(web::serve::<PollingServer>)
    }

    /// Starts a server of Socket.IO instead.
    pub fn start_socketio() -> io::Result<Self> {
        Self::serving(|listener| engineio::serve(listener, || EngineIoServer::socketio(None)))
    }

    /// Starts a server of SockJS instead.
    pub fn start_sockjs() -> io::Result<Self> {
        Self::serving(web::serve::<SockJsServer>)
    }

    fn serving<F: Future<Output = ()>>(
        serve: impl FnOnce(std::net::TcpListener) -> F + Send + 'static,
    ) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Self::on_a_thread(address, move || serve(listener))
    }

    fn on_a_thread<F: Future<Output = ()>>(
        address: SocketAddr,
        serve: impl FnOnce() -> F + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("echo-server".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve() => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, authority: None, _stop: stop })
    }

    /// Its address.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}/", self.address)
    }

    /// The file with the root to trust, if it has a certificate.
    pub fn ca_file(&self) -> Option<&Path> {
        self.authority.as_ref().map(CertificateAuthority::path)
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

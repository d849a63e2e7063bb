//! The embedded proxy that opens tunnels: our own, which conforms unless it is started with a flaw.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    thread,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    runtime::Builder,
    sync::oneshot,
};
use wsspec_peer::{ConnectFlaw, ConnectHabit, ConnectProxy, ProxyLeak, ProxyOutput};

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// A proxy for CONNECT on a free loopback port, on its own thread, until it is dropped. It demands a user and a password.
pub struct EmbeddedConnectProxy {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl EmbeddedConnectProxy {
    /// Starts a proxy with a flaw, or none.
    pub fn start(flaw: Option<ConnectFlaw>) -> io::Result<Self> {
        let leak = ProxyLeak::default();
        Self::serving(move || ConnectProxy::among(flaw, &leak))
    }

    /// Starts a proxy that conforms in its own way.
    pub fn with_habit(habit: ConnectHabit) -> io::Result<Self> {
        Self::serving(move || ConnectProxy::with_habit(habit))
    }

    fn serving(proxy: impl Fn() -> ConnectProxy + Send + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("connect proxy".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, proxy) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, _stop: stop })
    }

    /// Its address, with user and password.
    pub fn url(&self) -> String {
        let (user, password) = (ConnectProxy::USER, ConnectProxy::PASSWORD);
        format!("http://{user}:{password}@{}", self.address)
    }
}

async fn serve(listener: TcpListener, proxy: impl Fn() -> ConnectProxy) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    while let Ok((front, _)) = listener.accept().await {
        let proxy = proxy();
        tokio::spawn(async move {
            let _ = front.set_nodelay(true);
            // Either end may reset its connection at any time; that ends both.
            let _ = pass(front, proxy).await;
        });
    }
}

/// The writing ends: that to the client, and that to the server, once there is one.
struct TunnelWriters {
    front: OwnedWriteHalf,
    back: Option<OwnedWriteHalf>,
}

async fn pass(front: TcpStream, mut proxy: ConnectProxy) -> io::Result<()> {
    let (mut from_front, to_front) = front.into_split();
    let mut from_back = None;
    let mut writers = TunnelWriters { front: to_front, back: None };
    let (mut front_buffer, mut back_buffer) = (vec![0; PIECE], vec![0; PIECE]);
    let mut is_open = [true; 2];
    while is_open[0] || is_open[1] && from_back.is_some() {
        tokio::select! {
            read = from_front.read(&mut front_buffer), if is_open[0] => match read? {
                0 => {
                    is_open[0] = false;
                    proxy.front_ended();
                }
                count => proxy.from_front(&front_buffer[..count]),
            },
            read = read(&mut from_back, &mut back_buffer), if is_open[1] && from_back.is_some() => match read? {
                0 => {
                    is_open[1] = false;
                    proxy.back_ended();
                }
                count => proxy.from_back(&back_buffer[..count]),
            },
        }
        from_back = follow(&mut proxy, &mut writers, from_back).await?;
    }
    Ok(())
}

async fn read(from: &mut Option<OwnedReadHalf>, buffer: &mut [u8]) -> io::Result<usize> {
    match from {
        Some(from) => from.read(buffer).await,
        None => std::future::pending().await,
    }
}

/// Does all that the proxy wants. Returns the reading end of the connection to the server, if there is one.
async fn follow(
    proxy: &mut ConnectProxy,
    writers: &mut TunnelWriters,
    mut from_back: Option<OwnedReadHalf>,
) -> io::Result<Option<OwnedReadHalf>> {
    loop {
        let outputs = proxy.take();
        if outputs.is_empty() {
            return Ok(from_back);
        }
        for output in outputs {
            match output {
                ProxyOutput::Connect(authority) => match TcpStream::connect(&*authority).await {
                    Ok(back) => {
                        let _ = back.set_nodelay(true);
                        let (from, to) = back.into_split();
                        (from_back, writers.back) = (Some(from), Some(to));
                        proxy.connected();
                    }
                    Err(_) => proxy.not_connected(),
                },
                ProxyOutput::ToFront(bytes) => writers.front.write_all(&bytes).await?,
                ProxyOutput::EndFront => writers.front.shutdown().await?,
                ProxyOutput::ToBack(bytes) => {
                    if let Some(back) = &mut writers.back {
                        back.write_all(&bytes).await?;
                    }
                }
                ProxyOutput::EndBack => {
                    if let Some(back) = &mut writers.back {
                        back.shutdown().await?;
                    }
                }
            }
        }
    }
}

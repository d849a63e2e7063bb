//! A proxy of ours between clients and a server, on a thread of its own.

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
use wsspec_peer::{ProxyOutput, RelayingProxy};

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// A listener on a free loopback port, served on its own thread until this is dropped.
pub(super) struct RelayThread {
    pub address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl RelayThread {
    /// Starts it. Each client gets a proxy, which is connected to the server at `backend` from the start if there is one.
    pub(super) fn start<P: RelayingProxy + Send + 'static>(
        name: &str,
        backend: Option<SocketAddr>,
        proxy: impl Fn() -> P + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name(name.into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, backend, proxy) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, _stop: stop })
    }
}

async fn serve<P: RelayingProxy + Send + 'static>(
    listener: TcpListener,
    backend: Option<SocketAddr>,
    proxy: impl Fn() -> P,
) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    while let Ok((front, _)) = listener.accept().await {
        let mut proxy = proxy();
        tokio::spawn(async move {
            let back = match backend {
                Some(address) => BackConnection::open(address).await.ok(),
                None => None,
            };
            if backend.is_some() && back.is_none() {
                proxy.not_connected();
            }
            let _ = front.set_nodelay(true);
            // Either end may reset its connection at any time; that ends both.
            let _ = pass(front, back, proxy).await;
        });
    }
}

/// A connection to the server.
struct BackConnection {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
}

impl BackConnection {
    async fn open(address: impl tokio::net::ToSocketAddrs) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        let _ = stream.set_nodelay(true);
        let (from, to) = stream.into_split();
        Ok(Self { from, to })
    }
}

async fn pass(
    front: TcpStream,
    mut back: Option<BackConnection>,
    mut proxy: impl RelayingProxy,
) -> io::Result<()> {
    let (mut from_front, mut to_front) = front.into_split();
    let (mut front_buffer, mut back_buffer) = (vec![0; PIECE], vec![0; PIECE]);
    let mut is_open = [true; 2];
    while is_open[0] || is_open[1] && back.is_some() {
        tokio::select! {
            read = from_front.read(&mut front_buffer), if is_open[0] => match read? {
                0 => {
                    is_open[0] = false;
                    proxy.front_ended();
                }
                count => proxy.front_sent(&front_buffer[..count]),
            },
            read = read(&mut back, &mut back_buffer), if is_open[1] && back.is_some() => match read? {
                0 => {
                    is_open[1] = false;
                    proxy.back_ended();
                }
                count => proxy.back_sent(&back_buffer[..count]),
            },
        }
        follow(&mut proxy, &mut to_front, &mut back).await?;
    }
    Ok(())
}

async fn read(from: &mut Option<BackConnection>, buffer: &mut [u8]) -> io::Result<usize> {
    match from {
        Some(back) => back.from.read(buffer).await,
        None => std::future::pending().await,
    }
}

/// Does all that the proxy wants, which may be a connection to the server.
async fn follow(
    proxy: &mut impl RelayingProxy,
    to_front: &mut OwnedWriteHalf,
    back: &mut Option<BackConnection>,
) -> io::Result<()> {
    loop {
        let outputs = proxy.take();
        if outputs.is_empty() {
            return Ok(());
        }
        for output in outputs {
            match output {
                ProxyOutput::Connect(authority) => {
                    let opened = BackConnection::open(&*authority).await.ok();
                    match opened {
                        Some(_) => proxy.connected(),
                        None => proxy.not_connected(),
                    }
                    *back = opened.or(back.take());
                }
                ProxyOutput::ToFront(bytes) => to_front.write_all(&bytes).await?,
                ProxyOutput::EndFront => to_front.shutdown().await?,
                ProxyOutput::ToBack(bytes) => {
                    if let Some(back) = back {
                        back.to.write_all(&bytes).await?;
                    }
                }
                ProxyOutput::EndBack => {
                    if let Some(back) = back {
                        back.to.shutdown().await?;
                    }
                }
            }
        }
    }
}

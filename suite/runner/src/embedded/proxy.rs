//! The embedded reverse proxy: our own, which conforms unless it is started with a flaw.

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
use wsspec_peer::{ProxyFlaw, ProxyLeak, ProxyOutput, ReverseProxy};

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// A reverse proxy on a free loopback port, on its own thread, until it is dropped.
pub struct EmbeddedProxy {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl EmbeddedProxy {
    /// Starts the proxy in front of the server at `backend`.
    pub fn start(backend: SocketAddr, flaw: Option<ProxyFlaw>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("proxy".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, backend, flaw) => {}
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

async fn serve(listener: TcpListener, backend: SocketAddr, flaw: Option<ProxyFlaw>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let leak = ProxyLeak::default();
    while let Ok((front, _)) = listener.accept().await {
        let proxy = flaw.map_or_else(ReverseProxy::new, |flaw| ReverseProxy::among(flaw, &leak));
        tokio::spawn(async move {
            let Ok(back) = TcpStream::connect(backend).await else { return };
            let _ = (front.set_nodelay(true), back.set_nodelay(true));
            // Either end may reset its connection at any time; that ends both.
            let _ = pass(front, back, proxy).await;
        });
    }
}

/// The writing ends: that to the client, and that to the server.
struct Writers {
    front: OwnedWriteHalf,
    back: OwnedWriteHalf,
}

async fn pass(front: TcpStream, back: TcpStream, mut proxy: ReverseProxy) -> io::Result<()> {
    let (mut from_front, to_front) = front.into_split();
    let (mut from_back, to_back) = back.into_split();
    let mut writers = Writers { front: to_front, back: to_back };
    let (mut front_buffer, mut back_buffer) = (vec![0; PIECE], vec![0; PIECE]);
    let mut is_open = [true; 2];
    while is_open != [false; 2] {
        tokio::select! {
            read = read(&mut from_front, &mut front_buffer), if is_open[0] => match read? {
                0 => {
                    is_open[0] = false;
                    proxy.front_ended();
                }
                count => proxy.from_front(&front_buffer[..count]),
            },
            read = read(&mut from_back, &mut back_buffer), if is_open[1] => match read? {
                0 => {
                    is_open[1] = false;
                    proxy.back_ended();
                }
                count => proxy.from_back(&back_buffer[..count]),
            },
        }
        for output in proxy.take() {
            match output {
                // It has one server, and is connected to that.
                ProxyOutput::Connect(_) => {}
                ProxyOutput::ToFront(bytes) => writers.front.write_all(&bytes).await?,
                ProxyOutput::ToBack(bytes) => writers.back.write_all(&bytes).await?,
                ProxyOutput::EndFront => writers.front.shutdown().await?,
                ProxyOutput::EndBack => writers.back.shutdown().await?,
            }
        }
    }
    Ok(())
}

async fn read(from: &mut OwnedReadHalf, buffer: &mut [u8]) -> io::Result<usize> {
    from.read(buffer).await
}

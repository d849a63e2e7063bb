//! A connection, over any transport.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::TlsStream;

/// A stream of bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {
    /// Makes closing the connection reset it.
    fn reset_on_close(&self);
}

/// A connection.
pub type Stream = Box<dyn Duplex>;

/// Wraps a TCP socket.
pub(crate) fn over_tcp(tcp: TcpStream) -> Stream {
    // Each write of a script is a separate segment.
    let _ = tcp.set_nodelay(true);
    Box::new(TcpDuplex(tcp))
}

/// Makes a connection of a Unix socket.
#[cfg(unix)]
pub(crate) fn over_unix(socket: tokio::net::UnixStream) -> Stream {
    Box::new(socket)
}

/// A connection on which some bytes have been read already.
pub(crate) fn after(bytes: Bytes, stream: Stream) -> Stream {
    if bytes.is_empty() { stream } else { Box::new(Prefixed { bytes, stream }) }
}

/// Wraps TLS over another stream.
pub(crate) fn over_tls(tls: impl Into<TlsStream<Stream>>) -> Stream {
    Box::new(tls.into())
}

impl Duplex for TlsStream<Stream> {
    fn reset_on_close(&self) {
        self.get_ref().0.reset_on_close();
    }
}

/// A stream of HTTP/2, which others share a connection with, or the steps of a QUIC connection.
impl Duplex for tokio::io::DuplexStream {
    fn reset_on_close(&self) {}
}

/// What is left of a connection that was reset.
impl Duplex for tokio::io::Empty {
    fn reset_on_close(&self) {}
}

/// A Unix socket cannot be reset: it only ends.
#[cfg(unix)]
impl Duplex for tokio::net::UnixStream {
    fn reset_on_close(&self) {}
}

/// Bytes, then what comes on a connection.
struct Prefixed {
    bytes: Bytes,
    stream: Stream,
}

impl Duplex for Prefixed {
    fn reset_on_close(&self) {
        self.stream.reset_on_close();
    }
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.bytes.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let count = self.bytes.len().min(buffer.remaining());
        buffer.put_slice(&self.bytes.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A socket that acknowledges at once.
struct TcpDuplex(TcpStream);

impl TcpDuplex {
    /// Does not delay the next acknowledgement: a server that waits for it before writing again (RFC 9293, 3.7.4,
    /// Nagle's algorithm) would take 40 ms for two answers. The system resets this option at each read.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn acknowledge_at_once(&self) {
        let _ = self.0.set_quickack(true);
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn acknowledge_at_once(&self) {}
}

impl Duplex for TcpDuplex {
    fn reset_on_close(&self) {
        let _ = self.0.set_zero_linger();
    }
}

impl AsyncRead for TcpDuplex {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(cx, buffer);
        if matches!(read, Poll::Ready(Ok(()))) {
            self.acknowledge_at_once();
        }
        read
    }
}

impl AsyncWrite for TcpDuplex {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

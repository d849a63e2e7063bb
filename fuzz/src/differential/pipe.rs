//! A stream in memory, for implementations with any kind of I/O: it has something to read, or not yet, but never
//! ends.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, Read, Write},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use tokio::io::ReadBuf;
use wsspec_wire::{Decoded, Decoder, Opcode};

/// One end; clones share it.
#[derive(Clone, Default)]
pub(super) struct Pipe(Rc<RefCell<Ends>>);

#[derive(Default)]
struct Ends {
    arrived: VecDeque<u8>,
    written: Vec<u8>,
}

impl Pipe {
    /// Makes bytes arrive.
    pub(super) fn push(&self, bytes: &[u8]) {
        self.0.borrow_mut().arrived.extend(bytes);
    }

    /// The code of the last close frame that was written, if it has one.
    pub(super) fn written_code(&self) -> Option<u16> {
        let written = &self.0.borrow().written;
        let (mut decoder, mut rest) = (Decoder::new(written.len() as u64), &written[..]);
        let frames = std::iter::from_fn(|| decoder.decode(&mut rest));
        let close = frames.filter_map(|decoded| match decoded {
            Decoded::Frame(frame) if frame.header.opcode == Opcode::CLOSE => Some(frame.payload),
            Decoded::Frame(_) | Decoded::Oversize(_) => None,
        });
        close.last()?.first_chunk().map(|code| u16::from_be_bytes(*code))
    }

    fn poll(&self, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let arrived = &mut self.0.borrow_mut().arrived;
        if arrived.is_empty() { Poll::Pending } else { Poll::Ready(arrived.read(buffer)) }
    }

    fn keep(&self, bytes: &[u8]) -> usize {
        self.0.borrow_mut().written.extend_from_slice(bytes);
        bytes.len()
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.poll(buffer) {
            Poll::Ready(read) => read,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.keep(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tokio::io::AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll(buffer.initialize_unfilled()).map_ok(|count| buffer.advance(count))
    }
}

impl tokio::io::AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.keep(bytes)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl futures_util::io::AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.poll(buffer)
    }
}

impl futures_util::io::AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.keep(bytes)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

//! fastwebsockets as a fuzz target: `cargo run -p wsspec-decoder --example fastwebsockets [-- FILE..]`.

#![cfg_attr(fuzzing, no_main)]

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, Read},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use fastwebsockets::{FragmentCollector, Frame, OpCode, WebSocket, WebSocketError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wsspec_decoder::{DecoderEvent, DecoderUnderTest, Demands, MessageKind, Rejection, Role, Setting};

wsspec_decoder::fuzz_decoder!(Fast::new, Demands { pings_unreported: true, ..Demands::default() });

/// A task that reads frames as long as there are bytes; it may wait inside a frame, so it is kept between segments.
pub struct Fast {
    pipe: AsyncPipe,
    events: Rc<RefCell<Vec<DecoderEvent>>>,
    task: Pin<Box<dyn Future<Output = Result<(), WebSocketError>>>>,
}

impl Fast {
    /// A decoder of what one end sends.
    pub fn new(setting: Setting) -> Self {
        let role = match setting.sender {
            Role::Client => fastwebsockets::Role::Server,
            Role::Server => fastwebsockets::Role::Client,
        };
        let (pipe, events) = (AsyncPipe::default(), Rc::new(RefCell::new(Vec::new())));
        let (stream, read) = (pipe.clone(), events.clone());
        let task = Box::pin(async move {
            let mut socket = FragmentCollector::new(WebSocket::after_handshake(stream, role));
            loop {
                let event = event(socket.read_frame().await?);
                let is_last = matches!(event, Some(DecoderEvent::Close(..)));
                read.borrow_mut().extend(event);
                if is_last {
                    return Ok(());
                }
            }
        });
        Self { pipe, events, task }
    }
}

impl DecoderUnderTest for Fast {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        self.pipe.0.borrow_mut().extend(bytes);
        let polled = self.task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        events.append(&mut self.events.borrow_mut());
        match polled {
            Poll::Ready(Err(error)) => Err(Rejection { code: None, why: error.to_string() }),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }
}

fn event(frame: Frame<'_>) -> Option<DecoderEvent> {
    let payload = frame.payload.to_vec();
    Some(match frame.opcode {
        OpCode::Text => DecoderEvent::Message(MessageKind::Text, payload),
        OpCode::Binary => DecoderEvent::Message(MessageKind::Binary, payload),
        OpCode::Ping => DecoderEvent::Ping(payload),
        OpCode::Pong => DecoderEvent::Pong(payload),
        OpCode::Close => match payload.split_first_chunk() {
            Some((code, reason)) => DecoderEvent::Close(Some(u16::from_be_bytes(*code)), reason.to_vec()),
            None => DecoderEvent::Close(None, Vec::new()),
        },
        OpCode::Continuation => return None,
    })
}

/// Bytes that have arrived and were not read yet; writes are discarded.
#[derive(Clone, Default)]
struct AsyncPipe(Rc<RefCell<VecDeque<u8>>>);

impl AsyncRead for AsyncPipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut waiting = self.0.borrow_mut();
        if waiting.is_empty() {
            return Poll::Pending;
        }
        let count = waiting.read(buffer.initialize_unfilled())?;
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for AsyncPipe {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

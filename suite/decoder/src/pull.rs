//! Decoders that pull: they read from a stream when they are asked for the next event.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{DecoderEvent, DecoderUnderTest, Rejection};

/// A decoder that reads from a stream. [`Pulled`] makes a [`DecoderUnderTest`] of it.
pub trait PullDecoder {
    /// The next event; `None` if its stream has no more bytes for now.
    ///
    /// # Errors
    ///
    /// If the connection has to be failed (RFC 6455, 7.1.7).
    fn next_event(&mut self) -> Result<Option<DecoderEvent>, Rejection>;
}

/// The bytes that have arrived and were not read yet. Reading from none fails with
/// [`WouldBlock`](io::ErrorKind::WouldBlock); what is written is discarded. Clones share their bytes.
#[derive(Clone, Debug, Default)]
pub struct ArrivedBytes(Arc<Mutex<VecDeque<u8>>>);

impl ArrivedBytes {
    fn push(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
    }
}

impl Read for ArrivedBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.is_empty() && !buffer.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        bytes.read(buffer)
    }
}

impl Write for ArrivedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A decoder that pulls, fed by what is pushed.
#[derive(Debug)]
pub struct Pulled<D> {
    arrived: ArrivedBytes,
    decoder: D,
}

impl<D> Pulled<D> {
    /// A decoder that `new` creates with its stream.
    pub fn new(new: impl FnOnce(ArrivedBytes) -> D) -> Self {
        let arrived = ArrivedBytes::default();
        let decoder = new(arrived.clone());
        Self { arrived, decoder }
    }
}

impl<D: PullDecoder> DecoderUnderTest for Pulled<D> {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        self.arrived.push(bytes);
        while let Some(event) = self.decoder.next_event()? {
            let is_last = matches!(event, DecoderEvent::Close(..));
            events.push(event);
            if is_last {
                break;
            }
        }
        Ok(())
    }
}

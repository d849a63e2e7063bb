//! An async reader of frames, polled manually: it may wait inside a frame, so it is kept between segments.

use std::{
    cell::RefCell,
    error::Error,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use super::pipe::Pipe;
use wsspec_decoder::{DecoderEvent, DecoderUnderTest, Rejection};

/// Why reading ended.
type TaskEnd = Result<(), Box<dyn Error>>;

/// Where a reader stores its results.
#[derive(Clone, Default)]
pub(super) struct Events(Rc<RefCell<Vec<DecoderEvent>>>);

impl Events {
    pub(super) fn push(&self, event: DecoderEvent) {
        self.0.borrow_mut().push(event);
    }
}

/// A reader and its pipe.
pub(super) struct Task {
    pipe: Pipe,
    events: Events,
    reader: Pin<Box<dyn Future<Output = TaskEnd>>>,
}

impl Task {
    /// Starts a reader, which ends with a close frame or a reason to reject.
    pub(super) fn new<F: Future<Output = TaskEnd> + 'static>(reader: impl FnOnce(Pipe, Events) -> F) -> Self {
        let (pipe, events) = (Pipe::default(), Events::default());
        let reader = Box::pin(reader(pipe.clone(), events.clone()));
        Self { pipe, events, reader }
    }
}

impl DecoderUnderTest for Task {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        self.pipe.push(bytes);
        let polled = self.reader.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        events.append(&mut self.events.0.borrow_mut());
        match polled {
            Poll::Ready(Err(error)) => {
                Err(Rejection { code: self.pipe.written_code(), why: error.to_string() })
            }
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }
}

//! Many inputs in one request: a shim answers them all before anything is judged.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use crate::{DecoderEvent, DecoderUnderTest, Demands, Disagreement, Rejection, check, oracle::connections};

use super::{MOST_BYTES, Shim, ShimConnection, ShimRequest, Transport, Trouble};

/// How large a batch may become, in bytes, before it is sent.
const ENOUGH: usize = MOST_BYTES / 4;

/// What a shim answers to one segment.
type SegmentAnswer = (Vec<DecoderEvent>, Result<(), Rejection>);

/// A connection whose answers are known: the decoder of a batch.
#[derive(Debug, Default)]
struct AnsweredConnection(VecDeque<SegmentAnswer>);

impl DecoderUnderTest for AnsweredConnection {
    fn decode(&mut self, _: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        // It was asked for as many segments as it is given.
        let Some((answered, verdict)) = self.0.pop_front() else { return Ok(()) };
        events.extend(answered);
        verdict
    }
}

/// Judges a shim by inputs, in batches if it accepts them; the results are in the order of the inputs.
///
/// # Errors
///
/// If the shim does not follow the protocol: then none of the inputs is judged.
pub fn check_all<T: Transport>(
    shim: &Rc<RefCell<Shim<T>>>,
    inputs: &[Vec<u8>],
    demands: &Demands,
) -> Result<Vec<Result<(), Disagreement>>, Trouble> {
    let mut checked = Vec::with_capacity(inputs.len());
    if !shim.borrow().accepts_batches() {
        for input in inputs {
            checked.push(check(|setting| ShimConnection::new(shim, setting), input, demands));
            if let Some(trouble) = shim.borrow().trouble() {
                return Err(trouble.clone());
            }
        }
        return Ok(checked);
    }
    let mut rest = inputs;
    while !rest.is_empty() {
        let (batch, count) = next_batch(rest, demands);
        let (now, later) = rest.split_at(count);
        let answered = shim.borrow_mut().ask_all(&batch, now, demands)?;
        let mut answered = answered.into_iter();
        for input in now {
            // Both are taken, even if the first one already shows something.
            let both = [answered.next(), answered.next()].into_iter().flatten();
            let both = RefCell::new(both);
            checked.push(check(|_| both.borrow_mut().next().unwrap_or_default(), input, demands));
        }
        rest = later;
    }
    Ok(checked)
}

/// The requests for the first inputs, and how many inputs they are.
fn next_batch(inputs: &[Vec<u8>], demands: &Demands) -> (Vec<u8>, usize) {
    let mut requests = Vec::new();
    let mut count = 0;
    for input in inputs {
        for (setting, segments) in connections(input, demands) {
            ShimRequest::New(setting).encode(&mut requests);
            segments.iter().for_each(|segment| ShimRequest::Bytes(segment).encode(&mut requests));
        }
        count += 1;
        if requests.len() > ENOUGH {
            break;
        }
    }
    (requests, count)
}

impl<T: Transport> Shim<T> {
    /// What it answers to these requests, which are those for the inputs: two connections each.
    fn ask_all(
        &mut self,
        requests: &[u8],
        inputs: &[Vec<u8>],
        demands: &Demands,
    ) -> Result<Vec<AnsweredConnection>, Trouble> {
        self.ask(ShimRequest::Batch(requests))?;
        let mut all = Vec::new();
        for input in inputs {
            for (_, segments) in connections(input, demands) {
                all.push(self.answers(segments.len())?);
            }
        }
        Ok(all)
    }

    /// The answers of one connection, up to its end.
    fn answers(&mut self, segments: usize) -> Result<AnsweredConnection, Trouble> {
        let mut answers = VecDeque::new();
        for _ in 0..segments {
            let mut events = Vec::new();
            let verdict = self.answer(&mut events)?;
            let is_over =
                verdict.is_err() || events.iter().any(|event| matches!(event, DecoderEvent::Close(..)));
            answers.push_back((events, verdict));
            if is_over {
                break;
            }
        }
        Ok(AnsweredConnection(answers))
    }
}

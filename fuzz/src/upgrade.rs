//! Any bytes form a head: found the same however they are split, parsed without loss, and judged in printable words.

use arbitrary::{Arbitrary, Unstructured};
use wsspec_decoder::Cuts;
use wsspec_wire::{
    HeadError, HeadReader, Offer, RequestHead, ResponseHead, judge_refusal, judge_request, judge_response,
    parse_extensions,
};

use crate::{is_printable, same};

/// How heads are parsed.
#[derive(Clone, Copy, Debug)]
pub struct Http {
    /// Finds the first head, of at most this many bytes, in segments.
    pub find: fn(usize, &[&[u8]]) -> FoundHead,
    /// Parses a request.
    pub request: fn(&[u8]) -> RequestHead,
    /// Parses a response.
    pub response: fn(&[u8]) -> ResponseHead,
}

/// The result of looking for a head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FoundHead {
    /// It is complete; with the bytes after it.
    Head(Vec<u8>, Vec<u8>),
    /// It does not end within the limit.
    TooLong(HeadError),
    /// It does not end yet.
    Pending(Vec<u8>),
}

impl Http {
    /// That of `wsspec-wire`.
    pub const WIRE: Self = Self { find, request: RequestHead::parse, response: ResponseHead::parse };
}

/// The beginning of an input.
#[derive(Clone, Copy, Debug, Arbitrary)]
struct UpgradePrefix {
    cuts: Cuts,
    limit: u16,
}

/// Judges the real thing with an input: 6 bytes of setup, then a request, then the response to it.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(&Http::WIRE, input);
}

/// Judges `http` with an input.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with(http: &Http, input: &[u8]) {
    let mut unstructured = Unstructured::new(input);
    let Ok(UpgradePrefix { cuts, limit }) = UpgradePrefix::arbitrary(&mut unstructured) else { return };
    let (bytes, limit) = (unstructured.take_rest(), usize::from(limit));
    let whole = (http.find)(limit, &[bytes]);
    let segments: Vec<&[u8]> = cuts.cut(bytes).collect();
    same(&(http.find)(limit, &segments), &whole, "in segments, the bytes have another head");
    parses(http, bytes);
    if let FoundHead::Head(head, rest) = whole {
        assert_eq!([&head[..], &rest[..]].concat(), bytes, "a head and its rest are the bytes");
        assert!(head.len() <= limit, "a head above the limit");
        assert_eq!((http.response)(&head).raw, head, "a head that is read in part");
        assert_eq!((http.request)(&head).raw, head, "a head that is read in part");
        judges(&(http.request)(&head), &(http.response)(&rest));
    }
    if let Ok(list) = parse_extensions(bytes) {
        let text = list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        assert_eq!(parse_extensions(text.as_bytes()), Ok(list), "extensions that do not read back");
    }
}

fn parses(http: &Http, bytes: &[u8]) {
    let (request, response) = ((http.request)(bytes), (http.response)(bytes));
    assert!(bytes.starts_with(&request.raw) && bytes.starts_with(&response.raw), "a head of other bytes");
    same(&(http.request)(&request.raw), &request, "a request that reads differently the second time");
    same(&(http.response)(&response.raw), &response, "a response that reads differently the second time");
    judges(&request, &response);
}

fn judges(request: &RequestHead, response: &ResponseHead) {
    let answer = judge_response(&Offer::from(request), response);
    let found = [answer, judge_refusal(response), judge_request(request)].concat();
    found.iter().for_each(is_printable);
}

fn find(limit: usize, segments: &[&[u8]]) -> FoundHead {
    let mut reader = HeadReader::with_limit(limit);
    let mut segments = segments.iter();
    while let Some(segment) = segments.next() {
        reader.push(segment);
        match reader.take() {
            None => {}
            Some(Err(error)) => return FoundHead::TooLong(error),
            Some(Ok(found)) => {
                let later = segments.copied().flatten().copied();
                return FoundHead::Head(
                    found.head.to_vec(),
                    found.rest.iter().copied().chain(later).collect(),
                );
            }
        }
    }
    FoundHead::Pending(reader.pending().to_vec())
}

//! Any bytes make a head: found the same however they are cut, and read without loss.

use wsspec_wire::{
    HeadError, HeadReader, Offer, RequestHead, ResponseHead, Violation, judge_request, judge_response,
    parse_extensions,
};

use crate::{generate::Cuts, same};

/// Reads `bytes` as heads of at most `limit` bytes.
pub(crate) fn run(cuts: &Cuts, limit: usize, bytes: &[u8]) {
    let whole = read(limit, [bytes].into_iter());
    same(&read(limit, cuts.cut(bytes)), &whole, "in segments, the bytes have another head");
    parses(bytes);
    if let Found::Head(head, rest) = whole {
        assert_eq!([&head[..], &rest[..]].concat(), bytes, "a head and its rest are the bytes");
        assert!(head.len() <= limit, "a head above the limit");
        assert_eq!(ResponseHead::parse(&head).raw, head, "a head that is read in part");
        assert_eq!(RequestHead::parse(&head).raw, head, "a head that is read in part");
    }
    if let Ok(list) = parse_extensions(bytes) {
        let text = list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        assert_eq!(parse_extensions(text.as_bytes()), Ok(list), "extensions that do not read back");
    }
}

fn parses(bytes: &[u8]) {
    let (request, response) = (RequestHead::parse(bytes), ResponseHead::parse(bytes));
    assert!(bytes.starts_with(&request.raw) && bytes.starts_with(&response.raw), "a head of other bytes");
    same(&RequestHead::parse(&request.raw), &request, "a request that reads otherwise the second time");
    same(&ResponseHead::parse(&response.raw), &response, "a response that reads otherwise the second time");
    let judged = judge_response(&Offer::from(&request), &response);
    judged.iter().chain(&judge_request(&request)).for_each(is_printable);
}

fn is_printable(violation: &Violation) {
    let text = violation.to_string();
    assert!(!text.contains(char::is_control), "{text:?} would act on a terminal");
}

#[derive(PartialEq, Eq, Debug)]
enum Found {
    Head(Vec<u8>, Vec<u8>),
    TooLong(HeadError),
    Pending(Vec<u8>),
}

fn read<'a>(limit: usize, mut segments: impl Iterator<Item = &'a [u8]>) -> Found {
    let mut reader = HeadReader::with_limit(limit);
    while let Some(segment) = segments.next() {
        reader.push(segment);
        match reader.take() {
            None => {}
            Some(Err(error)) => return Found::TooLong(error),
            Some(Ok(found)) => {
                let rest = segments.fold(found.rest.to_vec(), |rest, segment| [&rest[..], segment].concat());
                return Found::Head(found.head.to_vec(), rest);
            }
        }
    }
    Found::Pending(reader.pending().to_vec())
}

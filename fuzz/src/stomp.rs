//! Any octets are frames of STOMP, and what is between them: the same however they are split, and the same again when they
//! are encoded.

use arbitrary::{Arbitrary, Unstructured};
use wsspec_decoder::Cuts;
use wsspec_layers::stomp::{
    StompDecoded, StompDecoder, StompFrame, StompSeen, StompSession, StompVersion, escaped, unescaped,
};
use wsspec_wire::{Role, Violation};

use crate::{is_printable, same};

/// How frames are read and written.
#[derive(Clone, Copy, Debug)]
pub struct StompCodec {
    /// The frames in segments, each of at most this many octets.
    pub decode: fn(usize, &[&[u8]]) -> Vec<StompDecoded>,
    /// The octets of a frame.
    pub encode: fn(&StompFrame) -> Vec<u8>,
    /// What a session reports of a segment.
    pub receive: fn(&mut StompSession, &[u8]) -> Vec<StompSeen>,
}

impl StompCodec {
    /// That of `wsspec-layers`.
    pub const LAYERS: Self = Self { decode, encode: StompFrame::encode, receive: StompSession::received };
}

/// The beginning of an input.
#[derive(Clone, Copy, Debug, Arbitrary)]
struct StompPrefix {
    cuts: Cuts,
    limit: u16,
}

/// Judges the real codec with an input: 6 bytes of setup, then what a broker or a client sends.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(&StompCodec::LAYERS, input);
}

/// Judges a codec with an input.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with(codec: &StompCodec, input: &[u8]) {
    let mut unstructured = Unstructured::new(input);
    let Ok(StompPrefix { cuts, limit }) = StompPrefix::arbitrary(&mut unstructured) else { return };
    let (octets, limit) = (unstructured.take_rest(), usize::from(limit));
    let segments: Vec<&[u8]> = cuts.cut(octets).collect();
    let whole = (codec.decode)(limit, &[octets]);
    same(&(codec.decode)(limit, &segments), &whole, "in segments, the octets are other frames");
    let mut end = 0;
    for decoded in &whole {
        let StompDecoded::Frame(frame, place) = decoded else { continue };
        assert!(end <= place.start && place.end <= octets.len() as u64, "a frame at {place:?}, after {end}");
        assert!(place.end - place.start <= limit as u64, "a frame above the limit");
        end = place.end;
        comes_back(codec, frame);
    }
    for peer in [Role::Server, Role::Client] {
        let judged = |segments: &[&[u8]]| judged(codec, StompSession::with(peer, limit), segments);
        same(&judged(&segments), &judged(&[octets]), "in segments, the octets break other rules");
    }
    for version in StompVersion::ALL {
        let back = unescaped(&escaped(octets, version), version);
        same(&back, &(octets.to_vec(), None), "escapes that are not undone");
    }
}

/// A frame that is right is the same when it has been written and read.
fn comes_back(codec: &StompCodec, frame: &StompFrame) {
    // A CR before the end of a line is part of that end.
    let is_exact = |line: &[u8]| line.last() != Some(&b'\r');
    if frame.fault.is_some() || !is_exact(&frame.command) || !frame.lines.iter().all(|line| is_exact(line)) {
        return;
    }
    match &(codec.decode)(usize::MAX, &[&(codec.encode)(frame)])[..] {
        [StompDecoded::Frame(again, _)] => same(again, frame, "a frame that does not come back"),
        other => panic!("{frame:?} comes back as {other:?}"),
    }
}

/// What a session reports, and the rules that are broken. Where one stands in its segment depends on the segment.
fn judged(
    codec: &StompCodec,
    mut session: StompSession,
    segments: &[&[u8]],
) -> Vec<(Option<Vec<u8>>, Vec<Violation>)> {
    let seen = segments.iter().flat_map(|segment| (codec.receive)(&mut session, segment));
    let judged = seen.filter_map(|seen| match seen {
        StompSeen::Frame { item, broken, .. } => Some((Some(item.word.to_vec()), broken)),
        StompSeen::TooLarge => Some((None, Vec::new())),
        StompSeen::Eol => None,
    });
    judged.inspect(|(_, broken)| broken.iter().for_each(is_printable)).collect()
}

fn decode(limit: usize, segments: &[&[u8]]) -> Vec<StompDecoded> {
    let mut decoder = StompDecoder::new(limit);
    let mut out = Vec::new();
    for segment in segments {
        decoder.push(segment);
        while let Some(decoded) = decoder.decode() {
            out.push(decoded);
        }
        assert!(decoder.unfinished().len() <= limit.max(1), "octets above the limit are kept");
    }
    out
}

//! One half of a connection after its opening: frames, and the messages that they form.

use bytes::Bytes;
use wsspec_wire::{
    Assembled, Assembler, Decoded, Decoder, DeflateParams, Frame, Header, LengthForm, MissingBytes, Partial,
    Role, Violation,
};

use crate::{
    arrival::Arrival,
    history::History,
    masks::is_as_before_masking,
    received::Received,
    seen::{Broken, Seen},
    stray::{self, Expecting},
};

/// How much of what arrives is examined for HTTP, in bytes.
const LOOKED_AT: usize = 64;

/// How closely a half is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Frames are joined into messages and judged; payloads above this many bytes are not kept.
    Judged(usize),
    /// Only its headers and control frames are read.
    Followed,
}

/// One half and its state.
#[derive(Debug)]
pub(crate) struct Half {
    sender: Role,
    watch: Watch,
    stage: Stage,
    /// Something has arrived after the opening.
    began: bool,
    history: History,
    expecting: Expecting,
    /// The first bytes after the response, as far as they are examined.
    start: Vec<u8>,
}

#[derive(Debug)]
enum Stage {
    Unopened,
    /// What it sends is HTTP where frames should be: where one begins is unknown.
    Http,
    Judged(Box<(Decoder, Assembler)>),
    Followed(Decoder),
}

impl Half {
    pub(crate) fn new(sender: Role, watch: Watch) -> Self {
        Self {
            sender,
            watch,
            stage: Stage::Unopened,
            began: false,
            history: History::new(sender, None),
            expecting: Expecting::default(),
            start: Vec::new(),
        }
    }

    /// Whether what it sends is judged.
    pub(crate) fn is_judged(&self) -> bool {
        self.watch != Watch::Followed
    }

    /// Whether anything has arrived after the opening.
    pub(crate) fn has_begun(&self) -> bool {
        self.began
    }

    /// What it has sent so far.
    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// From now on, reads frames, compressed as agreed.
    pub(crate) fn open(&mut self, agreed: Option<DeflateParams>) {
        self.history = History::new(self.sender, agreed);
        self.stage = match self.watch {
            Watch::Judged(limit) => {
                let assembler = Assembler::new(self.sender).with_limit(limit);
                let assembler = match agreed {
                    Some(agreed) => assembler.with_deflate(agreed),
                    None => assembler,
                };
                Stage::Judged(Box::new((Decoder::new(limit as u64), assembler)))
            }
            Watch::Followed => Stage::Followed(Decoder::new(LengthForm::Bits7.max())),
        };
    }

    /// Continues after the response, with its frames, even if it declares a body. Only a server's half has one.
    pub(crate) fn respond(&mut self, declares_body: bool) {
        self.expecting = Expecting { body: declares_body, first: true };
        self.start.clear();
    }

    /// Takes bytes of frames. `other` is what the other end has sent.
    pub(crate) fn take(&mut self, mut bytes: &[u8], other: &History, out: &mut Vec<Seen>) {
        self.began |= !bytes.is_empty();
        self.history.trail(bytes);
        match &mut self.stage {
            Stage::Unopened => {}
            Stage::Http => out.push(Seen::of(Received::Raw(bytes.to_vec().into()))),
            Stage::Judged(stage) => {
                let expecting = &mut self.expecting;
                // Before it is read as a frame: its first bytes may announce more than will ever come.
                if let Some(seen) = http_begins(&mut self.start, &stage.0, bytes, *expecting) {
                    out.push(seen);
                    self.stage = Stage::Http;
                    return;
                }
                judge(stage, bytes, (&mut self.history, other), expecting, out);
                if out.iter().any(is_http) {
                    self.stage = Stage::Http;
                }
            }
            Stage::Followed(decoder) => {
                while let Some(decoded) = decoder.decode(&mut bytes) {
                    match &decoded {
                        Decoded::Frame(frame) => self.history.frame(frame, other),
                        Decoded::Oversize(header) => self.history.oversize(header),
                    }
                    self.history.trail(bytes);
                }
            }
        }
    }

    /// Octets are missing. `None`: where the next frame begins is unknown, and nothing is read until this half opens again.
    pub(crate) fn miss(&mut self, count: u64) -> Option<Vec<Seen>> {
        let mut out = Vec::new();
        let Stage::Judged(stage) = &mut self.stage else { return None };
        let (decoder, assembler) = &mut **stage;
        match decoder.skip_missing(count) {
            MissingBytes::Skipped => {}
            MissingBytes::Payload(header) => {
                out.push(oversize(&header, assembler, &mut self.history));
            }
            MissingBytes::Unknown => {
                self.stage = Stage::Unopened;
                return None;
            }
        }
        Some(out)
    }

    /// What began but did not end, and the rules that its header breaks.
    pub(crate) fn unfinished(&self) -> Option<Seen> {
        let Stage::Judged(stage) = &self.stage else { return None };
        let (decoder, assembler) = &**stage;
        let bytes = decoder.pending_bytes();
        let broken = match decoder.partial() {
            Some(Partial::Payload { header, payload, .. }) => {
                let broken = assembler.header(&header).into_iter();
                broken.map(|violation| Broken::in_frame(violation, &header, payload)).collect()
            }
            _ => Vec::new(),
        };
        let mut seen = Seen { broken, ..Seen::of(Received::Unfinished(bytes.into())) };
        call_http(&mut seen, self.expecting);
        seen.what.as_ref().is_some_and(|what| what.size() > 0).then_some(seen)
    }
}

fn judge(
    stage: &mut (Decoder, Assembler),
    mut bytes: &[u8],
    (history, other): (&mut History, &History),
    expecting: &mut Expecting,
    out: &mut Vec<Seen>,
) {
    let (decoder, assembler) = stage;
    let mut assembled = Vec::new();
    while let Some(decoded) = decoder.decode(&mut bytes) {
        let mut seen = match &decoded {
            Decoded::Oversize(header) => oversize(header, assembler, history),
            Decoded::Frame(frame) => {
                assembled.extend(history.judge(frame, other).into_iter().map(Assembled::Violation));
                history.frame(frame, other);
                assembler.push(frame, &mut assembled);
                let mut seen = Seen::of(Received::Frame(frame.clone()));
                sort(&decoded, &mut assembled, &mut seen);
                name_unapplied_mask(frame, &mut seen);
                seen
            }
        };
        if !seen.broken.is_empty() {
            call_http(&mut seen, *expecting);
        }
        expecting.first = false;
        out.push(seen);
        if out.last().is_some_and(is_http) {
            out.extend((!bytes.is_empty()).then(|| Seen::of(Received::Raw(bytes.to_vec().into()))));
            return;
        }
    }
}

/// A frame of which only the header is known.
fn oversize(header: &Header, assembler: &mut Assembler, history: &mut History) -> Seen {
    let mut assembled = Vec::new();
    history.oversize(header);
    assembler.oversize(header, &mut assembled);
    let arrivals = vec![Arrival::Oversize(*header)];
    let mut seen = Seen { arrivals, ..Seen::of(Received::Oversize(*header)) };
    sort(&Decoded::Oversize(*header), &mut assembled, &mut seen);
    seen
}

/// Reports text that is not UTF-8 because its sender has not masked it as that.
fn name_unapplied_mask(frame: &Frame, seen: &mut Seen) {
    for broken in &mut seen.broken {
        if matches!(broken.violation, Violation::InvalidUtf8 { .. }) && is_as_before_masking(frame) {
            *broken = Broken::in_frame(Violation::MaskNotApplied, &frame.header, &frame.payload);
        }
    }
}

fn is_http(seen: &Seen) -> bool {
    seen.broken.iter().any(|broken| matches!(broken.violation, Violation::HttpBehindResponse(_)))
}

/// HTTP in place of the first frame, as soon as that is certain, which is before a frame that begins with text could end. `start`
/// collects what is examined.
fn http_begins(start: &mut Vec<u8>, decoder: &Decoder, bytes: &[u8], expecting: Expecting) -> Option<Seen> {
    let room = LOOKED_AT.saturating_sub(start.len());
    if !expecting.first || room == 0 {
        return None;
    }
    start.extend_from_slice(&bytes[..bytes.len().min(room)]);
    let violation = stray::http(start, false, expecting)?;
    let pending = decoder.pending_bytes();
    let all: Bytes = [&pending[..], bytes].concat().into();
    let broken = vec![Broken { violation, bytes: 0..all.len() }];
    Some(Seen { broken, ..Seen::of(Received::Raw(all)) })
}

/// Reports HTTP that was read as frames as HTTP, and drops the frames.
fn call_http(seen: &mut Seen, expecting: Expecting) {
    let bytes = seen.what.as_ref().map(Received::bytes).unwrap_or_default();
    if let Some(violation) = stray::http(&bytes, true, expecting) {
        seen.broken = vec![Broken { violation, bytes: 0..bytes.len() }];
        seen.arrivals.clear();
    }
}

/// Adds what a frame yields, and the rules that it breaks.
fn sort(decoded: &Decoded, assembled: &mut Vec<Assembled>, seen: &mut Seen) {
    let (header, payload, oversize) = match decoded {
        Decoded::Frame(frame) => (&frame.header, &frame.payload[..], false),
        Decoded::Oversize(header) => (header, &[][..], true),
    };
    for item in assembled.drain(..) {
        match item {
            Assembled::Message { kind, payload, .. } => seen.arrivals.push(Arrival::Message(kind, payload)),
            Assembled::Ping(payload) => seen.arrivals.push(Arrival::Ping(payload)),
            Assembled::Pong(payload) => seen.arrivals.push(Arrival::Pong(payload)),
            Assembled::Close(body) => seen.arrivals.push(Arrival::Close(body)),
            Assembled::Lost { .. } if !oversize => seen.arrivals.push(Arrival::Lost),
            Assembled::Lost { .. } => {}
            Assembled::Violation(violation) => {
                seen.broken.push(Broken::in_frame(violation, header, payload));
            }
        }
    }
}

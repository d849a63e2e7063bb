//! One half of a connection behind its opening: frames, and the messages that they make.

use wsspec_wire::{
    Assembled, Assembler, CloseBody, CloseCode, Decoded, Decoder, DeflateParams, Frame, Header, LengthForm,
    Opcode, Partial, Role,
};

use crate::{
    arrival::Arrival,
    received::Received,
    seen::{Broken, Seen},
};

/// How closely a half is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Frames are made into messages and judged; payloads above so many bytes are not kept.
    Judged(usize),
    /// Only its close frames are read.
    Followed,
}

/// What one end sends.
#[derive(Debug)]
pub(crate) struct Half {
    sender: Role,
    watch: Watch,
    stage: Stage,
    /// Something has come behind the opening.
    began: bool,
    /// The code of its last close frame.
    close: Option<CloseCode>,
}

#[derive(Debug)]
enum Stage {
    Unopened,
    Judged(Box<(Decoder, Assembler)>),
    Followed(Decoder),
}

impl Half {
    pub(crate) fn new(sender: Role, watch: Watch) -> Self {
        Self { sender, watch, stage: Stage::Unopened, began: false, close: None }
    }

    /// Whether what it sends is judged.
    pub(crate) fn is_judged(&self) -> bool {
        self.watch != Watch::Followed
    }

    /// Whether anything has come behind the opening.
    pub(crate) fn has_begun(&self) -> bool {
        self.began
    }

    /// The code of its last close frame.
    pub(crate) fn close(&self) -> Option<CloseCode> {
        self.close
    }

    /// What follows are frames, compressed as agreed.
    pub(crate) fn open(&mut self, agreed: Option<DeflateParams>) {
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

    /// Takes in bytes of frames. `echoed` is the code of the other end's last close frame.
    pub(crate) fn take(&mut self, mut bytes: &[u8], echoed: Option<CloseCode>, out: &mut Vec<Seen>) {
        self.began |= !bytes.is_empty();
        match &mut self.stage {
            Stage::Unopened => {}
            Stage::Judged(stage) => {
                let before = out.len();
                judge(stage, bytes, echoed, out);
                let closes = out[before..].iter().flat_map(|seen| &seen.arrivals).filter_map(close_of);
                self.close = closes.last().unwrap_or(self.close);
            }
            Stage::Followed(decoder) => {
                while let Some(decoded) = decoder.decode(&mut bytes) {
                    if let Decoded::Frame(Frame { header: Header { opcode: Opcode::CLOSE, .. }, payload }) =
                        decoded
                    {
                        self.close = CloseBody::parse(payload).code();
                    }
                }
            }
        }
    }

    /// What began and did not end, and the rules that its header breaks.
    pub(crate) fn unfinished(&self) -> Option<Seen> {
        let Stage::Judged(stage) = &self.stage else { return None };
        let (decoder, assembler) = &**stage;
        let bytes = decoder.pending_bytes();
        let broken = match decoder.partial() {
            Some(Partial::Payload { header, payload, .. }) => {
                let broken = assembler.header(&header).into_iter();
                broken.map(|violation| Broken::in_frame(violation, &header, payload, None)).collect()
            }
            _ => Vec::new(),
        };
        (!bytes.is_empty()).then(|| Seen { broken, ..Seen::of(Received::Unfinished(bytes.into())) })
    }
}

/// The code of a close frame.
fn close_of(arrival: &Arrival) -> Option<Option<CloseCode>> {
    match arrival {
        Arrival::Close(body) => Some(body.code()),
        _ => None,
    }
}

fn judge(stage: &mut (Decoder, Assembler), mut bytes: &[u8], echoed: Option<CloseCode>, out: &mut Vec<Seen>) {
    let (decoder, assembler) = stage;
    let mut assembled = Vec::new();
    while let Some(decoded) = decoder.decode(&mut bytes) {
        let mut seen = match &decoded {
            Decoded::Frame(frame) => {
                assembler.push(frame, &mut assembled);
                Seen::of(Received::Frame(frame.clone()))
            }
            Decoded::Oversize(header) => {
                assembler.oversize(header, &mut assembled);
                let arrivals = vec![Arrival::Oversize(*header)];
                Seen { arrivals, ..Seen::of(Received::Oversize(*header)) }
            }
        };
        sort(&decoded, echoed, &mut assembled, &mut seen);
        out.push(seen);
    }
}

/// Adds what a frame amounts to, and the rules that it breaks.
fn sort(decoded: &Decoded, echoed: Option<CloseCode>, assembled: &mut Vec<Assembled>, seen: &mut Seen) {
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
                seen.broken.push(Broken::in_frame(violation, header, payload, echoed));
            }
        }
    }
}

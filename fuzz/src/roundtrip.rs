//! Frames, messages and masks come back unchanged.

use arbitrary::{Arbitrary, Result, Unstructured};
use wsspec_decoder::Cuts;
use wsspec_wire::{
    Assembled, Assembler, Decoded, Decoder, Deflater, Frame, Header, Inflater, Mask, MessageKind, Opcode,
    Partial, Rsv,
};

use crate::{
    generate::{AnyDeflate, AnyFrame, AnyLength, AnyPayload, few, role},
    same,
    window::NarrowReceiver,
};

/// A codec to judge.
#[derive(Clone, Copy, Debug)]
pub struct Codec {
    /// Appends a frame's bytes.
    pub encode: fn(&Frame, &mut Vec<u8>),
    /// Masks or unmasks in place, starting at an offset.
    pub mask: fn(Mask, &mut [u8], usize),
    /// The payload that carries a message.
    pub compress: fn(&mut Deflater, &[u8]) -> Vec<u8>,
}

impl Codec {
    /// That of `wsspec-wire`.
    pub const WIRE: Self = Self { encode: Frame::encode, mask: Mask::apply, compress: Deflater::compress };
}

/// All frames of the bytes in segments, and how many bytes are pending.
fn decode<'a>(segments: impl Iterator<Item = &'a [u8]>) -> (Vec<Decoded>, usize) {
    let mut decoder = Decoder::new(u64::MAX);
    segments.for_each(|segment| decoder.push(segment));
    (std::iter::from_fn(|| decoder.next_frame()).collect(), decoder.pending_bytes().len())
}

/// The data that is sent.
#[derive(Clone, Debug, Arbitrary)]
struct SentFrames {
    cuts: Cuts,
    key: [u8; 4],
    client: bool,
    deflate: AnyDeflate,
    text: bool,
    lie: AnyLength,
    #[arbitrary(with = few)]
    frames: Vec<AnyFrame>,
    #[arbitrary(with = few)]
    messages: Vec<AnyPayload>,
}

/// Judges the real codec with a generated input.
///
/// # Panics
///
/// If something changes on the way.
pub fn run(input: &[u8]) {
    run_with(&Codec::WIRE, input);
}

/// Judges a codec with a generated input.
///
/// # Panics
///
/// If something changes on the way.
pub fn run_with(codec: &Codec, input: &[u8]) {
    // An input that is too short generates nothing.
    let sent: Result<SentFrames> = Unstructured::new(input).arbitrary();
    let Ok(sent) = sent else { return };
    let frames: Vec<Frame> = sent.frames.iter().map(AnyFrame::frame).collect();
    frames_come_back(codec, &sent, &frames);
    if let Some(frame) = frames.first() {
        a_lie_comes_back(codec, &frame.clone().with_length(sent.lie.length()));
    }
    for AnyPayload(message) in &sent.messages {
        a_masked_payload_comes_back(codec, &sent, message);
    }
    messages_come_back(codec, &sent);
    compressed_messages_come_back(codec, &sent);
}

fn frames_come_back(codec: &Codec, sent: &SentFrames, frames: &[Frame]) {
    let bytes = encode(codec, frames);
    assert_eq!(bytes.len(), frames.iter().map(Frame::encoded_len).sum::<usize>(), "`encoded_len` is wrong");
    let (decoded, pending) = decode(sent.cuts.cut(&bytes));
    same(&decoded, &frames.iter().cloned().map(Decoded::Frame).collect(), "frames changed");
    assert_eq!(pending, 0, "bytes are left of whole frames");
}

fn encode(codec: &Codec, frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| (codec.encode)(frame, &mut bytes));
    bytes
}

/// The header stays as it was; the payload is the available part of the announced bytes.
fn a_lie_comes_back(codec: &Codec, lie: &Frame) {
    let bytes = encode(codec, std::slice::from_ref(lie));
    assert_eq!(Header::parse(&bytes), Some((lie.header, lie.header.encoded_len())), "a lying header changed");
    let mut decoder = Decoder::new(u64::MAX);
    let decoded = decoder.decode(&mut &bytes[..]);
    let announced = usize::try_from(lie.header.length.value).unwrap_or(usize::MAX);
    match decoded {
        Some(Decoded::Frame(frame)) => {
            same(
                &frame.payload,
                &lie.payload.slice(..announced),
                "a payload that lies is not what is announced",
            );
            assert_eq!(frame.header, lie.header);
        }
        Some(Decoded::Oversize(header)) => assert_eq!((header, header.length.top_bit()), (lie.header, true)),
        None => {
            let received = lie.payload.len() as u64;
            let partial = Partial::Payload { header: lie.header, payload: &lie.payload, received };
            same(&decoder.partial(), &Some(partial), "an unfinished frame changed");
        }
    }
}

fn a_masked_payload_comes_back(codec: &Codec, sent: &SentFrames, payload: &[u8]) {
    let mask = Mask(sent.key);
    let mut masked = payload.to_vec();
    (codec.mask)(mask, &mut masked, 0);
    let by_the_rfc = payload.iter().enumerate().map(|(at, byte)| byte ^ sent.key[at % 4]).collect::<Vec<_>>();
    assert!(masked == by_the_rfc, "masked differently from RFC 6455, 5.3");
    let mut again = Vec::new();
    let mut offset = 0;
    for segment in sent.cuts.cut(&masked.clone()) {
        mask.append(&mut again, segment, offset);
        (codec.mask)(mask, &mut masked[offset..offset + segment.len()], offset);
        offset += segment.len();
    }
    assert!(masked == payload && again == payload, "unmasked in segments, a payload changed");
}

fn messages_come_back(codec: &Codec, sent: &SentFrames) {
    let mut assembler = Assembler::new(role(sent.client));
    for AnyPayload(message) in &sent.messages {
        comes_back(codec, sent, &mut assembler, message, (message, false));
    }
}

fn compressed_messages_come_back(codec: &Codec, sent: &SentFrames) {
    if sent.messages.is_empty() {
        return;
    }
    let (sender, params) = (role(sent.client), sent.deflate.params());
    let mut deflater = Deflater::new(sender, &params);
    let mut inflater = Inflater::new(sender, &params);
    let mut assembler = Assembler::new(sender).with_deflate(params);
    let mut narrow = NarrowReceiver::new(sender, &params);
    for AnyPayload(message) in &sent.messages {
        let payload = (codec.compress)(&mut deflater, message);
        assert!(!payload.is_empty(), "RFC 7692, 7.2.3.6 has no empty payload");
        same(&inflater.decompress(&payload, message.len()), &Ok(message.clone()), "compression loses");
        narrow.reads(&payload, message);
        comes_back(codec, sent, &mut assembler, message, (&payload, true));
    }
}

/// Sends a message as fragments of `data`, with a ping after each; it arrives as one message.
fn comes_back(
    codec: &Codec,
    sent: &SentFrames,
    assembler: &mut Assembler,
    message: &[u8],
    (data, compressed): (&[u8], bool),
) {
    let is_text = sent.text && std::str::from_utf8(message).is_ok();
    let (opcode, kind) =
        if is_text { (Opcode::TEXT, MessageKind::Text) } else { (Opcode::BINARY, MessageKind::Binary) };
    let mut fragments = fragments(sent, data);
    fragments[0].header.opcode = opcode;
    fragments[0].header.rsv = if compressed { Rsv::RSV1 } else { Rsv::NONE };
    let frames = fragments.len();
    fragments[frames - 1].header.fin = true;
    let mask = sent.client.then_some(Mask(sent.key));
    let mut ping = Frame::new(Opcode::PING, "between");
    ping.header.mask = mask;
    let mut out = Vec::new();
    for mut fragment in fragments {
        fragment.header.mask = mask;
        let bytes = encode(codec, &[fragment, ping.clone()]);
        for decoded in decode(sent.cuts.cut(&bytes)).0 {
            let Decoded::Frame(frame) = decoded else { continue };
            assembler.push(&frame, &mut out);
        }
    }
    out.retain(|assembled| !matches!(assembled, Assembled::Ping(_)));
    let payload = message.to_vec().into();
    same(&out, &vec![Assembled::Message { kind, payload, frames, compressed }], "a message changed");
}

/// At least one frame, at most 64.
fn fragments(sent: &SentFrames, data: &[u8]) -> Vec<Frame> {
    let fragment = |part: &[u8]| Frame::new(Opcode::CONTINUATION, part.to_vec()).with_fin(false);
    let mut frames: Vec<_> = sent.cuts.cut(data).take(63).map(fragment).collect();
    let begun: usize = frames.iter().map(|frame| frame.payload.len()).sum();
    if begun < data.len() || frames.is_empty() {
        frames.push(fragment(&data[begun..]));
    }
    frames
}

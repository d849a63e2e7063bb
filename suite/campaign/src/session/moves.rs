//! The building blocks of sessions: valid, nearly valid and hostile.

use arbitrary::{Result, Unstructured};
use wsspec_notation::{
    Attributes, Chop, FrameKind, FrameSpec, Interval, Line, MaskSpec, Payload, Sending, Step,
};
use wsspec_wire::{CloseCode, LengthForm, Mask, Opcode, Role, Rsv};

use super::{contents, edited_head::begun_head, mirror::mirrored};

/// Status codes that a client may send, and those that it must not.
const CODES: [u16; 26] = [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999, 0, 1, 999, 1004, 1005,
    1006, 1012, 1015, 1016, 2000, 2999, 5000, 65535,
];

/// Sizes of segments and fragments, in bytes.
const SIZES: [usize; 7] = [1, 2, 3, 5, 7, 64, 125];

/// How many messages a long connection has: more than a counter of 8, 10 or 12 bits can hold.
const MANY: [u32; 3] = [300, 1100, 4200];

/// Keys that reveal masking errors: all zero, only one byte set, equal bytes, the RFC's example.
const KEYS: [[u8; 4]; 5] = [[0; 4], [0xff; 4], [1, 0, 0, 0], [0, 0, 0, 0x80], [0x37, 0xfa, 0x21, 0x3d]];

/// A few steps that belong together, to a peer of that role. `compresses`: permessage-deflate is in use.
///
/// # Errors
///
/// Errors come from the byte source.
pub fn any_move(u: &mut Unstructured<'_>, compresses: bool, peer: Role) -> Result<Vec<Step>> {
    let steps = move_to_server(u, compresses)?;
    Ok(match peer {
        Role::Server => steps,
        Role::Client => steps.into_iter().map(mirrored).collect(),
    })
}

fn move_to_server(u: &mut Unstructured<'_>, compresses: bool) -> Result<Vec<Step>> {
    Ok(match u.int_in_range(0..=31_u8)? {
        0..=6 => vec![message(u)?],
        7..=10 => fragments(u)?,
        11..=14 => vec![frame(FrameKind::Ping, contents::control(u)?)],
        15..=16 => vec![frame(FrameKind::Pong, contents::control(u)?)],
        17 => vec![Step::Alive],
        18 => cut(u)?,
        19 => vec![Step::Wait(Interval::Millis(u.int_in_range(1..=3)?))],
        20..=21 => vec![close(u)?],
        22 => part(u)?,
        23 if compresses => vec![compressed(u)?],
        24 if compresses => of_compression(u)?,
        25 => end(u)?,
        26 => burst(u)?,
        _ => vec![odd(u)?],
    })
}

/// How the following bytes are split, and perhaps how long each piece waits for the next.
pub(super) fn cut(u: &mut Unstructured<'_>) -> Result<Vec<Step>> {
    let pause = if u.ratio(1, 4)? { Some(u.int_in_range(1..=15)?) } else { None };
    let chop = Step::Chop(match u.int_in_range(0..=3_u8)? {
        0 => Chop::Whole,
        1 => Chop::Line,
        _ => Chop::Bytes(*u.choose(&SIZES)?),
    });
    Ok(pause.map(|millis| Step::Pause(Interval::Millis(millis))).into_iter().chain([chop]).collect())
}

/// Part of an opening handshake, and the end.
pub(super) fn cut_head(u: &mut Unstructured<'_>, peer: Role) -> Result<Vec<Step>> {
    let whole = begun_head(peer);
    let part = &whole[..u.int_in_range(1..=whole.len())?];
    Ok(vec![Step::Send(Sending::Raw(Payload::text(part.to_owned()))), end_of_stream(u)?])
}

/// The end of our half, or of the connection.
pub(super) fn end_of_stream(u: &mut Unstructured<'_>) -> Result<Step> {
    Ok(Step::Send(if u.ratio(2, 3)? { Sending::Eof } else { Sending::Reset }))
}

/// A message compressed as agreed.
pub(super) fn compressed(u: &mut Unstructured<'_>) -> Result<Step> {
    let mut step = message(u)?;
    if let Some(attributes) = attributes(&mut step) {
        attributes.deflate = true;
        attributes.split = if u.ratio(1, 3)? { Some(*u.choose(&SIZES)?) } else { None };
    }
    Ok(step)
}

/// What only peers with permessage-deflate get wrong.
fn of_compression(u: &mut Unstructured<'_>) -> Result<Vec<Step>> {
    let deflated = |step| with(step, |attributes| attributes.deflate = true);
    Ok(match u.int_in_range(0..=5_u8)? {
        0..=2 => vec![by_hand(u)?],
        3 => vec![deflated(frame(FrameKind::Text, contents::no_text(u)?))],
        // The last message refers back to the first.
        4 => {
            let empty = deflated(frame(FrameKind::Text, Payload::empty()));
            let whole = compressed(u)?;
            vec![whole.clone(), empty, whole]
        }
        _ => marked(u)?,
    })
}

/// RSV1 where it does not mean that a message is compressed: on a fragment after the first, or on a control frame.
fn marked(u: &mut Unstructured<'_>) -> Result<Vec<Step>> {
    let marked = |step, fin| with(step, |attributes| (attributes.rsv, attributes.fin) = (Rsv::RSV1, fin));
    let fin = u.ratio(2, 3)?;
    Ok(if u.ratio(2, 3)? {
        let begun = with(message(u)?, |attributes| (attributes.fin, attributes.split) = (false, None));
        vec![begun, marked(frame(FrameKind::Continuation, contents::text(u)?), fin)]
    } else {
        vec![marked(frame(FrameKind::Ping, contents::control(u)?), fin)]
    })
}

/// A compressed message written as bytes: one that decompresses to `Hello`, or one that does not decompress.
fn by_hand(u: &mut Unstructured<'_>) -> Result<Step> {
    let payload: &[u8] = if u.ratio(2, 3)? { u.choose(&HELLO)? } else { u.choose(&CORRUPT)? };
    let mut step = frame(FrameKind::Text, Payload::hex(payload.to_vec()));
    if let Some(attributes) = attributes(&mut step) {
        attributes.rsv = Rsv::RSV1;
        attributes.split = if u.ratio(1, 3)? { Some(*u.choose(&SIZES)?) } else { None };
    }
    Ok(step)
}

/// `Hello`, compressed without back-references: with fixed codes, stored, ended by a block with BFINAL set, and in two
/// blocks (RFC 7692, 7.2.3.1 and 7.2.3.3 to 7.2.3.5).
pub(crate) const HELLO: [&[u8]; 4] = [
    b"\xf2\x48\xcd\xc9\xc9\x07\x00",
    b"\x00\x05\x00\xfa\xffHello\x00",
    b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
    b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
];
/// Blocks of the undefined type (RFC 1951, 3.2.3).
pub(crate) const CORRUPT: [&[u8]; 2] = [b"\x07\x00", b"\xff\xff\xff\xff"];

fn frame(kind: FrameKind, payload: Payload) -> Step {
    Step::Send(Sending::Frame(FrameSpec { kind, payload, attributes: Attributes::default() }))
}

fn attributes(step: &mut Step) -> Option<&mut Attributes> {
    match step {
        Step::Send(Sending::Frame(frame)) => Some(&mut frame.attributes),
        _ => None,
    }
}

fn with(mut step: Step, change: impl FnOnce(&mut Attributes)) -> Step {
    attributes(&mut step).map(change);
    step
}

fn message(u: &mut Unstructured<'_>) -> Result<Step> {
    let step = if u.ratio(3, 5)? {
        frame(FrameKind::Text, contents::text(u)?)
    } else {
        frame(FrameKind::Binary, contents::bytes(u)?)
    };
    Ok(if u.ratio(1, 6)? {
        let key = *u.choose(&KEYS)?;
        with(step, |attributes| attributes.mask = MaskSpec::Key(Mask(key)))
    } else if u.ratio(1, 8)? {
        let size = *u.choose(&SIZES)?;
        with(step, |attributes| attributes.split = Some(size))
    } else {
        step
    })
}

/// A message in fragments, often with a control frame between them.
fn fragments(u: &mut Unstructured<'_>) -> Result<Vec<Step>> {
    let text = u.ratio(3, 5)?;
    let mut steps = Vec::new();
    let last = u.int_in_range(1..=3_u8)?;
    for at in 0..=last {
        let kind = match (at, text) {
            (0, true) => FrameKind::Text,
            (0, false) => FrameKind::Binary,
            _ => FrameKind::Continuation,
        };
        let payload = match (text, at) {
            _ if u.ratio(1, 5)? => Payload::empty(),
            (true, 0) if u.ratio(1, 4)? => Payload::hex(b"\xce".to_vec()),
            (true, 1) if u.ratio(1, 4)? => Payload::hex(b"\xba".to_vec()),
            (true, _) => contents::text(u)?,
            (false, _) => contents::bytes(u)?,
        };
        steps.push(with(frame(kind, payload), |attributes| attributes.fin = at == last));
        if at < last && u.ratio(1, 3)? {
            steps.push(match u.int_in_range(0..=3_u8)? {
                0 => frame(FrameKind::Pong, contents::control(u)?),
                1 => Step::Alive,
                _ => frame(FrameKind::Ping, contents::control(u)?),
            });
        }
    }
    Ok(steps)
}

/// A fragment of a message that may or may not have begun.
fn part(u: &mut Unstructured<'_>) -> Result<Vec<Step>> {
    let kind = *u.choose(&[FrameKind::Continuation, FrameKind::Text, FrameKind::Binary])?;
    let fin = u.ratio(1, 3)?;
    let payload = if u.ratio(1, 6)? { contents::no_text(u)? } else { contents::text(u)? };
    Ok(vec![with(frame(kind, payload), |attributes| attributes.fin = fin)])
}

/// The same thing, several times in a row, or thousands of times.
fn burst(u: &mut Unstructured<'_>) -> Result<Vec<Step>> {
    if u.ratio(1, 24)? {
        let payload = contents::control(u)?;
        let kind = if u.ratio(1, 2)? { FrameKind::Text } else { FrameKind::Binary };
        let payload = if kind == FrameKind::Text { Payload::text("many") } else { payload };
        let body = vec![Line::new(0, frame(kind, payload))];
        return Ok(vec![Step::Repeat { count: *u.choose(&MANY)?, body }]);
    }
    let step = if u.ratio(1, 2)? { message(u)? } else { frame(FrameKind::Ping, contents::control(u)?) };
    let small = match &step {
        Step::Send(Sending::Frame(frame)) => frame.payload.len() <= 1024,
        _ => true,
    };
    Ok(vec![step; if small { u.int_in_range(2..=13)? } else { 2 }])
}

fn close(u: &mut Unstructured<'_>) -> Result<Step> {
    Ok(match u.int_in_range(0..=9_u8)? {
        0 => frame(FrameKind::Close(None), Payload::empty()),
        1 => frame(FrameKind::Close(None), Payload::hex(vec![u.arbitrary::<u8>()?])),
        2 => frame(FrameKind::Close(Some(CloseCode(1000))), contents::no_text(u)?),
        3 => frame(
            FrameKind::Close(Some(CloseCode(1000))),
            Payload::text("*").repeated(*u.choose(&[122, 123, 124])?),
        ),
        4..=6 => frame(FrameKind::Close(Some(CloseCode(*u.choose(&CODES)?))), Payload::text("bye")),
        _ => frame(FrameKind::Close(Some(CloseCode(*u.choose(&CODES)?))), Payload::empty()),
    })
}

/// The early end of our half, of the connection, or of a frame.
fn end(u: &mut Unstructured<'_>) -> Result<Vec<Step>> {
    let end = end_of_stream(u)?;
    Ok(match u.int_in_range(0..=2_u8)? {
        0 => vec![end],
        1 => {
            let kind = *u.choose(&[FrameKind::Text, FrameKind::Binary, FrameKind::Ping])?;
            let length = if kind == FrameKind::Ping { 6 } else { *u.choose(&ANNOUNCED)? };
            let cut = frame(kind, Payload::text("cut"));
            vec![with(cut, |attributes| attributes.length = Some(length)), end]
        }
        _ => vec![Step::Send(Sending::Raw(Payload::hex((*u.choose(&BEGUN)?).to_vec()))), end],
    })
}

/// Lengths that are announced but not sent, in bytes.
const ANNOUNCED: [u64; 6] = [6, 126, 200, 65_536, 1 << 31, (1 << 62) + 1];

/// Frames that begin but do not end.
const BEGUN: [&[u8]; 5] = [b"\x81", b"\x82\xfe\x01", b"\x81\xff\x00\x00\x00", b"\x89\x85\x01\x02", b"\x88"];

/// A frame with one thing wrong.
fn odd(u: &mut Unstructured<'_>) -> Result<Step> {
    let kind = *u.choose(&[
        FrameKind::Text,
        FrameKind::Text,
        FrameKind::Binary,
        FrameKind::Continuation,
        FrameKind::Ping,
        FrameKind::Pong,
        FrameKind::Close(Some(CloseCode(1000))),
    ])?;
    let control = kind.opcode().is_control();
    let payload = if u.ratio(1, 4)? {
        Payload::empty()
    } else if control {
        contents::control(u)?
    } else {
        contents::text(u)?
    };
    // A code and a reason have to fit too.
    let payload = if matches!(kind, FrameKind::Close(_)) { Payload::empty() } else { payload };
    let step = frame(kind, payload);
    let key = *u.choose(&KEYS)?;
    Ok(match u.int_in_range(0..=9_u8)? {
        0..=1 => {
            let bits = u.int_in_range(1..=7_u8)?;
            let fin = control || u.ratio(3, 4)?;
            with(step, |attributes| (attributes.rsv, attributes.fin) = (Rsv::from_low_bits(bits), fin))
        }
        2..=3 => {
            let fin = control || u.ratio(2, 3)?;
            with(step, |attributes| (attributes.mask, attributes.fin) = (MaskSpec::Unmasked, fin))
        }
        4 => {
            let opcode = *u.choose(&[3, 4, 5, 6, 7, 11, 12, 13, 14, 15])?;
            frame(FrameKind::Opcode(Opcode::from_low_bits(opcode)), contents::control(u)?)
        }
        5 if control => with(step, |attributes| attributes.fin = false),
        6 => {
            let size = *u.choose(&[126, 127, 200, 1000])?;
            let kind =
                *u.choose(&[FrameKind::Ping, FrameKind::Pong, FrameKind::Close(Some(CloseCode(1000)))])?;
            frame(kind, Payload::text("*").repeated(size))
        }
        7 => {
            let form = *u.choose(&[LengthForm::Bits16, LengthForm::Bits64])?;
            with(step, |attributes| attributes.form = Some(form))
        }
        8 => frame(FrameKind::Text, contents::no_text(u)?),
        _ => with(step, |attributes| attributes.mask = MaskSpec::Key(Mask(key))),
    })
}

#[cfg(test)]
mod tests {
    use wsspec_wire::{DeflateParams, Inflater};

    use super::*;

    #[test]
    fn what_is_written_by_hand_decompresses_or_does_not() {
        let decompressed =
            |bytes: &[u8]| Inflater::new(Role::Client, &DeflateParams::default()).decompress(bytes, 100);
        assert!(HELLO.iter().all(|hello| decompressed(hello) == Ok(b"Hello".to_vec())));
        assert!(CORRUPT.iter().all(|corrupt| decompressed(corrupt).is_err()));
    }
}

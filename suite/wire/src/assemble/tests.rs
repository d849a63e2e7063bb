//! The assembler, one behaviour a test. That each rule is judged is in `tests/violations.rs`.

use super::*;
use crate::{Deflater, Mask};

fn assemble(assembler: &mut Assembler, frames: &[Frame]) -> Vec<Assembled> {
    let mut out = Vec::new();
    frames.iter().for_each(|frame| assembler.push(frame, &mut out));
    out
}

fn server(frames: &[Frame]) -> Vec<Assembled> {
    assemble(&mut Assembler::new(Role::Server), frames)
}

fn part(opcode: Opcode, payload: &'static str) -> Frame {
    Frame::new(opcode, payload).with_fin(false)
}

fn text(payload: &'static str, frames: usize) -> Assembled {
    Assembled::Message { kind: MessageKind::Text, payload: payload.into(), frames, compressed: false }
}

fn compressed(deflater: &mut Deflater, message: &str) -> Frame {
    Frame::new(Opcode::TEXT, deflater.compress(message.as_bytes())).with_rsv(Rsv::RSV1)
}

#[test]
fn an_unfragmented_message_is_the_frame_s_own_bytes() {
    let frame = Frame::new(Opcode::TEXT, "hello".to_owned());
    let [Assembled::Message { payload, .. }] = &server(std::slice::from_ref(&frame))[..] else {
        panic!("no message")
    };
    assert_eq!(payload.as_ptr(), frame.payload.as_ptr());
}

#[test]
fn fragments_are_joined_around_a_ping() {
    let frames =
        [part(Opcode::TEXT, "a"), Frame::new(Opcode::PING, "p"), Frame::new(Opcode::CONTINUATION, "b")];
    assert_eq!(server(&frames), [Assembled::Ping("p".into()), text("ab", 2)]);
}

#[test]
fn a_long_fragmented_ping_is_still_a_ping() {
    let ping = Frame::new(Opcode::PING, vec![0; 200]).with_fin(false);
    let out = server(std::slice::from_ref(&ping));
    let violations = [
        Assembled::Violation(Violation::FragmentedControl(Opcode::PING)),
        Assembled::Violation(Violation::LongControl { opcode: Opcode::PING, length: 200 }),
    ];
    assert_eq!((&out[..2], &out[2]), (&violations[..], &Assembled::Ping(ping.payload)));
}

#[test]
fn a_message_that_interrupts_another_replaces_it() {
    let frames = [part(Opcode::TEXT, "a"), Frame::new(Opcode::TEXT, "b")];
    let interrupted = Violation::InterruptedMessage { opcode: Opcode::TEXT };
    assert_eq!(server(&frames), [Assembled::Violation(interrupted), text("b", 1)]);
}

#[test]
fn invalid_text_is_reported_at_once_and_still_delivered() {
    let mut assembler = Assembler::new(Role::Server);
    let first = Frame::new(Opcode::TEXT, &b"a\xFFb"[..]).with_fin(false);
    let invalid = Assembled::Violation(Violation::InvalidUtf8 { offset: 1 });
    assert_eq!(assemble(&mut assembler, &[first]), [invalid]);
    let out = assemble(&mut assembler, &[Frame::new(Opcode::CONTINUATION, "c")]);
    assert!(matches!(&out[..], [Assembled::Message { payload, .. }] if payload == &b"a\xFFbc"[..]));
}

#[test]
fn the_payload_behind_a_reserved_bit_is_not_judged_as_text() {
    let rsv1 = |frame: Frame| frame.with_rsv(Rsv::RSV1);
    let reserved = Assembled::Violation(Violation::ReservedBits { rsv: Rsv::RSV1, opcode: Opcode::TEXT });
    let whole = server(&[rsv1(Frame::new(Opcode::TEXT, vec![0xFF]))]);
    assert_eq!((whole.len(), &whole[0]), (2, &reserved));
    let first = rsv1(Frame::new(Opcode::TEXT, vec![0xFF]).with_fin(false));
    let fragmented = server(&[first, Frame::new(Opcode::CONTINUATION, vec![0xFF])]);
    assert_eq!((fragmented.len(), &fragmented[0]), (2, &reserved));
}

#[test]
fn a_fragmented_message_of_a_reserved_opcode_is_one_violation_and_nothing() {
    let frames = [part(Opcode::from_low_bits(3), "a"), Frame::new(Opcode::CONTINUATION, "b")];
    let reserved = Violation::ReservedOpcode(Opcode::from_low_bits(3));
    assert_eq!(server(&frames), [Assembled::Violation(reserved)]);
}

#[test]
fn a_message_above_the_limit_is_lost_and_no_violation() {
    let frames = [
        part(Opcode::TEXT, "abc"),
        Frame::new(Opcode::CONTINUATION, "def"),
        Frame::new(Opcode::TEXT, "abcdef"),
    ];
    let mut assembler = Assembler::new(Role::Server).with_limit(5);
    let lost = Assembled::Lost { kind: MessageKind::Text };
    assert_eq!(assemble(&mut assembler, &frames), [lost.clone(), lost]);
}

#[test]
fn an_oversize_frame_loses_its_message_but_not_the_next() {
    let mut assembler = Assembler::new(Role::Server);
    let mut out = Vec::new();
    assembler.oversize(&Frame::new(Opcode::BINARY, vec![0; 300]).header, &mut out);
    assembler.push(&Frame::new(Opcode::TEXT, "a"), &mut out);
    assert_eq!(out, [Assembled::Lost { kind: MessageKind::Binary }, text("a", 1)]);
}

#[test]
fn compressed_and_plain_messages_alternate() {
    let params = DeflateParams::default();
    let mut deflater = Deflater::new(Role::Server, &params);
    let mut assembler = Assembler::new(Role::Server).with_deflate(params);
    let frames = [
        compressed(&mut deflater, "Hello"),
        Frame::new(Opcode::TEXT, "Hello"),
        compressed(&mut deflater, "Hello"),
    ];
    let kind = MessageKind::Text;
    let hello = |compressed| Assembled::Message { kind, payload: "Hello".into(), frames: 1, compressed };
    assert_eq!(assemble(&mut assembler, &frames), [hello(true), hello(false), hello(true)]);
}

#[test]
fn a_lost_compressed_message_does_not_make_the_next_a_violation() {
    let params = DeflateParams::default();
    let mut deflater = Deflater::new(Role::Server, &params);
    let frames = [compressed(&mut deflater, "Hello, hello"), compressed(&mut deflater, "Hello")];
    let mut assembler = Assembler::new(Role::Server).with_deflate(params).with_limit(10);
    let lost = Assembled::Lost { kind: MessageKind::Text };
    assert_eq!(assemble(&mut assembler, &frames), [lost.clone(), lost]);
}

#[test]
fn without_context_takeover_the_message_after_a_lost_one_is_read() {
    let params = DeflateParams { server_no_context_takeover: true, ..DeflateParams::default() };
    let mut deflater = Deflater::new(Role::Server, &params);
    let frames = [compressed(&mut deflater, "Hello, hello"), compressed(&mut deflater, "Hello")];
    let mut assembler = Assembler::new(Role::Server).with_deflate(params).with_limit(10);
    let out = assemble(&mut assembler, &frames);
    assert!(
        matches!(&out[..], [Assembled::Lost { .. }, Assembled::Message { compressed: true, .. }]),
        "{out:?}"
    );
}

#[test]
fn a_partial_frame_is_judged_by_its_header_without_being_taken_in() {
    let assembler = Assembler::new(Role::Server);
    let header = Frame::new(Opcode::CONTINUATION, "").with_mask(Mask([0; 4])).header;
    assert_eq!(assembler.header(&header), [Violation::MaskedFrame, Violation::OrphanContinuation]);
    assert!(!assembler.is_within_message());
}

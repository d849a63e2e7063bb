//! 9: large messages, small fragments, small segments, many messages.

use bytes::Bytes;
use wsspec_wire::MessageKind;

use super::build::{Build, CLEAN_CLOSE, case, frame};
use crate::case::{AutobahnCase, CaseJudge, CaseStep, ECHOES, Echoed, Outgoing};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const KINDS: [(u16, MessageKind, &str, u8); 2] =
    [(0, MessageKind::Text, "text", 1), (1, MessageKind::Binary, "binary", 2)];

pub(super) fn add(list: &mut Vec<AutobahnCase>) {
    for (at, kind, name, opcode) in KINDS {
        large(list, 1 + at, kind, name, opcode);
    }
    for (at, kind, name, _) in KINDS {
        fragmented(list, 3 + at, kind, name);
    }
    for (at, kind, name, opcode) in KINDS {
        chopped(list, 5 + at, kind, name, opcode);
    }
    for (at, kind, name, _) in KINDS {
        many(list, 7 + at, kind, name);
    }
}

fn one(id: &[u16], text: String, kind: MessageKind, length: usize, seconds: u64) -> Build {
    let expectation = format!("The message comes back as long as it was sent. {CLEAN_CLOSE}");
    case(id, text, expectation).judge(CaseJudge::Length { kind, length, seconds })
}

fn unit(kind: MessageKind) -> &'static [u8] {
    match kind {
        MessageKind::Text => b"large text ",
        MessageKind::Binary => b"\x00\xFE\x23\xFA\xF0",
    }
}

fn large(list: &mut Vec<AutobahnCase>, section: u16, kind: MessageKind, name: &str, opcode: u8) {
    let lengths = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
    let quick = if section == 1 { 2 } else { 4 };
    for (at, length) in (1..).zip(lengths) {
        let seconds = if at <= quick { 10 } else { 100 };
        let sent = Outgoing { repeat: Some(length), ..frame(opcode, unit(kind)) };
        one(&[9, section, at], format!("A {name} message of {length} bytes."), kind, length, seconds)
            .frame(sent)
            .close_after(seconds)
            .add(list);
    }
}

fn fragmented(list: &mut Vec<AutobahnCase>, section: u16, kind: MessageKind, name: &str) {
    let payload = Bytes::from(vec![b'*'; 4 * MIB]);
    let sizes = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];
    for (at, fragment) in (1..).zip(sizes) {
        let text = format!("A {name} message of {} bytes in fragments of {fragment} bytes.", 4 * MIB);
        one(&[9, section, at], text, kind, 4 * MIB, 100)
            .step(CaseStep::Message { kind, payload: payload.clone(), fragment })
            .close_after(100)
            .add(list);
    }
}

fn chopped(list: &mut Vec<AutobahnCase>, section: u16, kind: MessageKind, name: &str, opcode: u8) {
    for (at, size) in (1..).zip([64, 128, 256, 512, 1024, 2048]) {
        let sent = Outgoing { repeat: Some(MIB), ..frame(opcode, unit(kind)) }.chop(size);
        one(
            &[9, section, at],
            format!("A {name} message of {MIB} bytes, written {size} bytes at a time."),
            kind,
            MIB,
            1000,
        )
        .frame(sent)
        .close_after(1000)
        .add(list);
    }
}

fn many(list: &mut Vec<AutobahnCase>, section: u16, kind: MessageKind, name: &str) {
    let sizes = [(0, 60), (16, 60), (64, 60), (256, 120), (1024, 240), (4096, 480)];
    let byte = if kind == MessageKind::Text { b'*' } else { 0xFE };
    for (at, (length, seconds)) in (1..).zip(sizes) {
        case(
            &[9, section, at],
            format!(
                "{ECHOES} {name} messages of {length} bytes, each sent when the one before has come back."
            ),
            format!("Each comes back as long as it was sent, all within {seconds} seconds. {CLEAN_CLOSE}"),
        )
        .close_after(seconds)
        .judge(CaseJudge::Echoes { messages: Echoed::Plain { kind, byte, length }, seconds })
        .add(list);
    }
}

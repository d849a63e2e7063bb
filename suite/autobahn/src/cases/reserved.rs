//! 3 and 4: reserved bits and opcodes.

use super::build::{HELLO, NOISE, Write, case, echoed, frame};
use crate::case::{AutobahnCase, Outgoing};

const PAYLOAD: &str = "reserved opcode payload";
const ECHO_FIRST: &str =
    "The first message comes back, and the connection is failed with 1002; the ping is not answered.";
const FAILED: &str = "The peer fails the connection with 1002.";

pub(super) fn add(list: &mut Vec<AutobahnCase>) {
    alone(list, &[3, 1], "A text message with <b>RSV3</b> set.", frame(1, HELLO).rsv(1));
    let behind =
        [(2, "RSV2", Write::Whole), (3, "RSV2 and RSV3", Write::Flushed), (4, "RSV1", Write::Bytewise)];
    for (at, bits, write) in behind {
        let what = format!("one with {bits} set");
        after_text(list, &[3, at], &what, frame(1, HELLO).rsv(u8::try_from(at).unwrap_or_default()), write);
    }
    alone(list, &[3, 5], "A binary message with <b>RSV1 and RSV3</b> set.", frame(2, NOISE).rsv(5));
    alone(list, &[3, 6], "A binary message with <b>RSV1 and RSV2</b> set.", frame(2, HELLO).rsv(6));
    alone(list, &[3, 7], "A close frame with <b>all reserved bits</b> set.", frame(8, "").rsv(7));
    for (section, first) in [(1, 3), (2, 11)] {
        opcodes(list, section, first);
    }
}

/// Five opcodes, starting with `first`.
fn opcodes(list: &mut Vec<AutobahnCase>, section: u16, first: u8) {
    let kind = if section == 1 { "data" } else { "control" };
    let payloads = ["", PAYLOAD, "", HELLO, HELLO];
    for (at, (opcode, payload)) in (1..).zip((first..).zip(payloads)) {
        let reserved = frame(opcode, payload);
        let with = if payload.is_empty() { "without" } else { "with" };
        let id = [4, section, at];
        if at < 3 {
            let text = format!("A frame of the reserved {kind} <b>opcode {opcode}</b>, {with} a payload.");
            alone(list, &id, &text, reserved);
        } else {
            let what = format!("a frame of the reserved {kind} opcode {opcode}, {with} a payload");
            after_text(list, &id, &what, reserved, if at == 5 { Write::Bytewise } else { Write::Whole });
        }
    }
}

fn alone(list: &mut Vec<AutobahnCase>, id: &[u16], description: &str, bad: Outgoing) {
    case(id, description, FAILED).frame(bad).peer_fails(1002).fail_after(1000).add(list);
}

fn after_text(list: &mut Vec<AutobahnCase>, id: &[u16], what: &str, bad: Outgoing, write: Write) {
    case(id, format!("A good text message, then {what}, then a ping{}.", write.said()), ECHO_FIRST)
        .frame(frame(1, HELLO).written(write))
        .frame(bad.written(write))
        .frame(frame(9, "").written(write))
        .ok(vec![echoed(HELLO)])
        .or(vec![])
        .peer_fails(1002)
        .fail_after(1000)
        .add(list);
}

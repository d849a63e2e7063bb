//! 1 and 10: messages of all lengths.

use bytes::Bytes;
use wsspec_wire::MessageKind;

use super::build::{CLEAN_CLOSE, case, frame};
use crate::case::{AutobahnCase, CaseEvent, CaseStep};

const LENGTHS: [usize; 8] = [0, 125, 126, 127, 128, 65_535, 65_536, 65_536];
const CHOP: usize = 997;
const FRAGMENT: usize = 1300;

pub(super) fn add(list: &mut Vec<AutobahnCase>) {
    for (section, kind, byte) in [(1, MessageKind::Text, b'*'), (2, MessageKind::Binary, 0xFE)] {
        for (at, length) in (1..).zip(LENGTHS) {
            let payload = Bytes::from(vec![byte; length]);
            let (name, opcode) = if section == 1 { ("text", 1) } else { ("binary", 2) };
            let sent = frame(opcode, payload.clone());
            let (sent, how) = if at == 8 {
                (sent.chop(CHOP), format!(", written {CHOP} bytes at a time"))
            } else {
                (sent, String::new())
            };
            case(
                &[1, section, at],
                format!("A {name} message of {length} bytes{how}."),
                format!("The message comes back as it was sent. {CLEAN_CLOSE}"),
            )
            .frame(sent)
            .ok(vec![CaseEvent::Message(payload, kind)])
            .fail_after(if length < 65_535 { 1000 } else { 10_000 })
            .add(list);
        }
    }
}

pub(super) fn add_fragmented(list: &mut Vec<AutobahnCase>) {
    let payload = Bytes::from(vec![b'*'; 65_536]);
    case(
        &[10, 1, 1],
        format!("A text message of 65536 bytes in fragments of <b>{FRAGMENT}</b> bytes."),
        format!("The message comes back as it was sent. {CLEAN_CLOSE}"),
    )
    .step(CaseStep::Message { kind: MessageKind::Text, payload: payload.clone(), fragment: FRAGMENT })
    .ok(vec![CaseEvent::Message(payload, MessageKind::Text)])
    .fail_after(10_000)
    .add(list);
}

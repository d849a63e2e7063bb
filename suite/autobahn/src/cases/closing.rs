//! 7: the closing handshake and its codes.

use super::build::{Build, CLEAN_CLOSE, case, echoed, frame};
use crate::case::{AutobahnCase, CaseRules, Noted, Outgoing};

const HELLO: &str = "Hello World!";
const CLEAN: &str = "The close frame is answered with 1000, and anything after it is ignored.";
const REFUSED: &str = "The peer fails the connection with 1002, or ends it.";
const LONGEST: &[u8] = &[b'*'; 123];
const TOO_LONG: &[u8] = &[b'*'; 124];
const NOT_TEXT: &[u8] = b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80edited";

const STRICT: CaseRules =
    CaseRules { suppress_close: true, wrong_code_fails: true, informational: None, reason_in_hex: false };

pub(super) fn add(list: &mut Vec<AutobahnCase>) {
    after_close(list);
    payloads(list);
    codes(list);
}

fn after_close(list: &mut Vec<AutobahnCase>) {
    let begun = |at, text: &str| case(&[7, 1, at], text, CLEAN).rules(STRICT);
    case(&[7, 1, 1], "A text message.", format!("The message comes back. {CLEAN_CLOSE}"))
        .text(HELLO)
        .ok(vec![echoed(HELLO)])
        .fail_after(1000)
        .add(list);
    let closed = [
        (2, "Two close frames.", frame(8, "")),
        (3, "A close frame, then a ping.", frame(9, "")),
        (4, "A close frame, then a text message.", frame(1, HELLO)),
    ];
    for (at, text, then) in closed {
        begun(at, text).close(Some(1000), None).frame(then).fail_after(1000).add(list);
    }
    begun(5, "A fragment of a text message, a close frame, then the rest of the message.")
        .frame(frame(1, "fragment1").open())
        .close(Some(1000), None)
        .frame(frame(0, "fragment2"))
        .fail_after(1000)
        .add(list);
    race().add(list);
}

fn race() -> Build {
    let long = Outgoing { repeat: Some(256 << 10), ..frame(1, "Payload of many bytes. ") };
    case(
        &[7, 1, 6],
        "A text message of 256 KiB, a short one, a close frame and a ping, all at once.",
        "Whether the messages come back before the close frame is answered is the peer's affair, and only noted.",
    )
    .frame(long)
    .text(HELLO)
    .close(Some(1000), None)
    .frame(frame(9, ""))
    .ok(vec![echoed(HELLO)])
    .or(vec![])
    .rules(CaseRules { suppress_close: true, informational: Some(Noted::Order), ..CaseRules::default() })
    .fail_after(1000)
}

fn payloads(list: &mut Vec<AutobahnCase>) {
    let plain = [
        (1, "A close frame without a payload.", None, None),
        (3, "A close frame with a code.", Some(1000), None),
        (4, "A close frame with a code and a reason.", Some(1000), Some(HELLO.as_bytes())),
        (5, "A close frame with the longest possible reason, 123 bytes.", Some(1000), Some(LONGEST)),
    ];
    for (at, text, code, reason) in plain {
        case(&[7, 3, at], text, CLEAN).rules(STRICT).close(code, reason).fail_after(1000).add(list);
    }
    let malformed = [
        (2, "A close frame with a payload of one byte.", None, &b"a"[..]),
        (6, "A close frame with a reason of 124 bytes, one too many.", Some(1000), TOO_LONG),
    ];
    for (at, text, code, reason) in malformed {
        let begun = case(&[7, 3, at], text, REFUSED).codes(&[1002], false).rules(STRICT);
        begun.close(code, Some(reason)).fail_after(1000).add(list);
    }
    case(
        &[7, 5, 1],
        "A close frame with a reason that is not UTF-8.",
        "The peer fails the connection with 1002 or 1007, or ends it.",
    )
    .codes(&[1002, 1007], false)
    .rules(CaseRules { reason_in_hex: true, ..STRICT })
    .close(Some(1000), Some(NOT_TEXT))
    .fail_after(1000)
    .add(list);
}

fn codes(list: &mut Vec<AutobahnCase>) {
    let good = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    let rules = CaseRules { suppress_close: false, ..STRICT };
    for (at, code) in (1..).zip(good) {
        let text = format!("A close frame with the code {code}, which may be used.");
        let answered = "The close frame is answered with the same code or with 1000.";
        let begun = case(&[7, 7, at], text, answered).codes(&[1000, code], true).rules(rules);
        begun.close(Some(code), None).fail_after(1000).add(list);
    }
    let bad = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
    for (at, code) in (1..).zip(bad) {
        let text = format!("A close frame with the code {code}, which may not be used.");
        let begun = case(&[7, 9, at], text, REFUSED).codes(&[1002], false).rules(rules);
        begun.close(Some(code), None).fail_after(1000).add(list);
    }
    for (at, code) in [(1, 5000), (2, 65_535)] {
        let text = format!("A close frame with the code {code}, which the RFC does not mention.");
        case(&[7, 13, at], text, "What happens is only noted.")
            .codes(&[1000, code, 1002], false)
            .rules(CaseRules {
                suppress_close: true,
                informational: Some(Noted::Undefined),
                ..CaseRules::default()
            })
            .close(Some(code), None)
            .fail_after(1000)
            .add(list);
    }
}

//! 5: fragments and control frames between them.

use super::build::{Build, CLEAN_CLOSE, HELLO, Write, case, echoed, frame, pong};
use crate::case::{AutobahnCase, Pause};

const FAILED: &str = "The peer fails the connection with 1002.";
const ONE: &str = "fragment1";
const TWO: &str = "fragment2";
const BOTH: &str = "fragment1fragment2";

pub(super) fn add(list: &mut Vec<AutobahnCase>) {
    for (at, opcode, name) in [(1, 9, "ping"), (2, 10, "pong")] {
        case(
            &[5, at],
            format!("A {name} in two fragments."),
            format!("{FAILED} Control frames are never fragmented."),
        )
        .frame(frame(opcode, ONE).open())
        .frame(frame(0, TWO))
        .peer_fails(1002)
        .fail_after(1000)
        .add(list);
    }
    for (at, write) in (3..).zip(Write::ALL) {
        two(at, write).add(list);
    }
    for (at, write) in (6..).zip(Write::ALL) {
        around_ping(at, write).add(list);
    }
    for (first, fin) in [(9, true), (12, false)] {
        for (at, write) in (first..).zip(Write::ALL) {
            orphan(at, fin, write).add(list);
        }
    }
    after_good(list);
    for (at, fin) in [(16, false), (17, true)] {
        repeated(at, fin).add(list);
    }
    case(&[5, 18], "A text message in two fragments, the second with the opcode of text.", FAILED)
        .frame(frame(1, ONE).open())
        .frame(frame(1, TWO))
        .peer_fails(1002)
        .fail_after(1000)
        .add(list);
    for (at, write) in [(19, Write::Whole), (20, Write::Flushed)] {
        five(at, write).add(list);
    }
}

fn two(at: u16, write: Write) -> Build {
    let description = format!("A text message in two fragments{}.", write.said());
    case(&[5, at], description, format!("The message comes back as it was sent. {CLEAN_CLOSE}"))
        .frame(frame(1, ONE).open().written(write))
        .frame(frame(0, TWO).written(write))
        .ok(vec![echoed(BOTH)])
        .close_after(1)
}

fn around_ping(at: u16, write: Write) -> Build {
    let description = format!("A text message in two fragments with a ping between{}.", write.said());
    case(&[5, at], description, format!("The pong comes first, then the message. {CLEAN_CLOSE}"))
        .frame(frame(1, ONE).open().written(write))
        .frame(frame(9, "ping payload").written(write))
        .frame(frame(0, TWO).written(write))
        .ok(vec![pong("ping payload"), echoed(BOTH)])
        .close_after(1)
}

fn orphan(at: u16, fin: bool, write: Write) -> Build {
    let (last, said) = (frame(0, "non-continuation payload"), write.said());
    let bit = if fin { "set" } else { "clear" };
    let description = format!(
        "A continuation frame with nothing to continue and FIN {bit}, then a good text message{said}."
    );
    case(&[5, at], description, format!("{FAILED} There is no message to continue."))
        .frame(if fin { last } else { last.open() }.written(write))
        .frame(frame(1, HELLO).written(write))
        .peer_fails(1002)
        .fail_after(1000)
}

fn after_good(list: &mut Vec<AutobahnCase>) {
    case(
        &[5, 15],
        "A text message in two fragments, then a continuation frame with nothing to continue and FIN clear, then a text message.",
        format!("The first message comes back. {FAILED} There is no message to continue."),
    )
    .frame(frame(1, ONE).open())
    .frame(frame(0, TWO))
    .frame(frame(0, "fragment3").open())
    .frame(frame(1, "fragment4"))
    .ok(vec![echoed(BOTH)])
    .or(vec![])
    .peer_fails(1002)
    .fail_after(1000)
    .add(list);
}

fn repeated(at: u16, fin: bool) -> Build {
    let bit = if fin { "set" } else { "clear" };
    let description = format!(
        "Twice: a continuation frame with nothing to continue and FIN {bit}, then a text message in two fragments."
    );
    let begun = case(&[5, at], description, format!("{FAILED} There is no message to continue."));
    let round = |case: Build| {
        let orphan = frame(0, ONE);
        case.frame(if fin { orphan } else { orphan.open() })
            .frame(frame(1, TWO).open())
            .frame(frame(0, "fragment3"))
    };
    round(round(begun)).peer_fails(1002).fail_after(1000)
}

fn five(at: u16, write: Write) -> Build {
    let pings = ["pongme 1!", "pongme 2!"];
    let part = |opcode, payload| frame(opcode, payload).written(write);
    case(
        &[5, at],
        format!(
            "A text message in five fragments: two, a ping, a pause until the peer has answered, two more, another ping, \
             and the last{}.",
            write.said()
        ),
        format!("The first ping is answered before the message is complete; then come the second pong and the message. {CLEAN_CLOSE}"),
    )
    .frame(part(1, ONE).open())
    .frame(part(0, TWO).open())
    .frame(part(9, pings[0]))
    .pause(Pause::Answered)
    .frame(part(0, "fragment3").open())
    .frame(part(0, "fragment4").open())
    .frame(part(9, pings[1]))
    .frame(part(0, "fragment5"))
    .ok(vec![pong(pings[0]), pong(pings[1]), echoed("fragment1fragment2fragment3fragment4fragment5")])
    .close_after(1)
}

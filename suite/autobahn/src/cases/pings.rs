//! 2: pings and pongs.

use super::build::{Build, CLEAN_CLOSE, HELLO, NOISE, case, frame, pong};
use crate::case::{AutobahnCase, CaseEvent, Outgoing};

const PING: u8 = 9;
const PONG: u8 = 10;
const LONGEST: &[u8] = &[0xFE; 125];
const TOO_LONG: &[u8] = &[0xFE; 126];

pub(super) fn add(list: &mut Vec<AutobahnCase>) {
    for (at, payload, what) in [
        (1, &b""[..], "without a payload"),
        (2, HELLO.as_bytes(), "with text"),
        (3, NOISE, "with bytes that are not text"),
    ] {
        one(at, what, frame(PING, payload), 1).add(list);
    }
    one(4, "of 125 bytes, the maximum", frame(PING, LONGEST), 1).add(list);
    case(
        &[2, 5],
        "A ping of 126 bytes.",
        "The peer fails the connection with 1002: a control frame has 125 bytes at most.",
    )
    .frame(frame(PING, TOO_LONG))
    .peer_fails(1002)
    .fail_after(1000)
    .add(list);
    one(6, "of 125 bytes, byte by byte", frame(PING, LONGEST).chop(1), 2).add(list);
    unasked(list);
    for (at, chop) in [(10, false), (11, true)] {
        ten(at, chop).add(list);
    }
}

fn one(at: u16, what: &str, ping: Outgoing, seconds: u64) -> Build {
    let expected = pong(ping.unit.clone());
    case(&[2, at], format!("A ping {what}."), format!("A pong with the payload of the ping. {CLEAN_CLOSE}"))
        .frame(ping)
        .ok(vec![expected])
        .close_after(seconds)
}

fn unasked(list: &mut Vec<AutobahnCase>) {
    let nothing = format!("It has no effect. {CLEAN_CLOSE}");
    let pongs = [(7, "", "without a payload"), (8, "unsolicited pong payload", "with a payload")];
    for (at, payload, what) in pongs {
        case(&[2, at], format!("An unsolicited pong, {what}."), nothing.clone())
            .frame(frame(PONG, payload))
            .close(Some(1000), None)
            .close_after(1)
            .add(list);
    }
    case(
        &[2, 9],
        "An unsolicited pong, then a ping.",
        format!("The pong has no effect, and the ping is answered. {CLEAN_CLOSE}"),
    )
    .frame(frame(PONG, "unsolicited pong payload"))
    .frame(frame(PING, "ping payload"))
    .ok(vec![pong("ping payload")])
    .close_after(1)
    .add(list);
}

fn ten(at: u16, chop: bool) -> Build {
    let payload = |i: usize| format!("payload-{i}");
    let how = if chop { ", byte by byte" } else { "" };
    let begun = case(
        &[2, at],
        format!("Ten pings{how}."),
        format!("Ten pongs in order; the RFC would let the peer answer the last ping only. {CLEAN_CLOSE}"),
    );
    let ping = |i| {
        let ping = frame(PING, payload(i));
        if chop { ping.chop(1) } else { ping }
    };
    let expected: Vec<CaseEvent> = (0..10).map(|i| pong(payload(i))).collect();
    (0..10).fold(begun, |case, i| case.frame(ping(i))).ok(expected).close_after(3)
}

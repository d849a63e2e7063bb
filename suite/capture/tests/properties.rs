//! Whatever the ends send, an observer goes on, says the same however the octets are split, and keeps a bounded part.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;
use wsspec_capture::{Observer, ObserverSettings, TrafficEvent};
use wsspec_wire::{Frame, Mask, Opcode, Role};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const ROOM: usize = 2000;

fn observer() -> Observer {
    Observer::new(ObserverSettings { limit: 4096, room: ROOM, ..ObserverSettings::default() })
}

/// Octets that either end may send: often the start of something valid.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let frame = (any::<u8>(), any::<[u8; 4]>(), proptest::collection::vec(any::<u8>(), 0..200)).prop_map(
        |(bits, mask, payload)| {
            let mut frame = Frame::new(Opcode::from_low_bits(bits), payload).with_fin(bits & 0x80 != 0);
            if bits & 0x10 != 0 {
                frame = frame.with_mask(Mask(mask));
            }
            let mut bytes = Vec::new();
            frame.encode(&mut bytes);
            bytes
        },
    );
    let text = prop_oneof![
        Just(REQUEST.to_vec()),
        Just(ACCEPTED.to_vec()),
        Just(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno".to_vec()),
        Just(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".to_vec()),
        Just(b"CONNECT a:1 HTTP/1.1\r\n\r\n".to_vec()),
    ];
    prop_oneof![3 => frame, 2 => text, 1 => proptest::collection::vec(any::<u8>(), 0..300)]
}

fn traffic() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
    proptest::collection::vec((any::<bool>(), octets()), 0..40)
}

fn role(of: bool) -> Role {
    if of { Role::Client } else { Role::Server }
}

proptest! {
    #[test]
    fn any_traffic_is_judged_the_same_however_it_is_split(traffic in traffic(), size in 1..50_usize) {
        let (mut whole, mut split) = (observer(), observer());
        for (from, bytes) in &traffic {
            let at_once: Vec<_> = whole.saw(role(*from), bytes, Duration::ZERO);
            let mut in_pieces = Vec::new();
            for piece in bytes.chunks(size) {
                in_pieces.extend(split.saw(role(*from), piece, Duration::ZERO));
            }
            let rules = |faults: Vec<wsspec_capture::ObservedFault>| {
                // Every piece before the response breaks the same rule, so their number says nothing.
                let rule = |fault: wsspec_capture::ObservedFault| {
                    (fault.from == Role::Client, fault.violation.name())
                };
                faults.into_iter().map(rule).collect::<BTreeSet<_>>()
            };
            prop_assert_eq!(rules(at_once), rules(in_pieces));
        }
        prop_assert_eq!(whole.has_opened(), split.has_opened());
    }

    #[test]
    fn what_is_kept_has_a_bound(traffic in traffic()) {
        let mut observer = observer();
        for (from, bytes) in &traffic {
            observer.saw(role(*from), bytes, Duration::ZERO);
        }
        let after_heads = observer.recent().items().skip(observer.recent().heads().len());
        let kept: usize = after_heads.map(|item| match &item.event {
            TrafficEvent::Sent(what) | TrafficEvent::Began(what) => what.size(),
            _ => 0,
        }).sum();
        prop_assert!(kept <= ROOM, "{}", kept);
        prop_assert!(observer.recent().items().count() <= 72);
    }
}

//! Captures, made here packet by packet: what is found in them, at which packet, and what a bad one costs.

use etherparse::PacketBuilder;
use proptest::prelude::*;
use wsspec_capture::{CaptureError, CaptureLint, Ledger, ObserverSettings, RecordHead, RuleBook, records};
use wsspec_record::{Guide, Verdict};
use wsspec_wire::{Frame, Mask, Opcode, Role};

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// What stands before a packet of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Ethernet,
    Null,
    Raw,
    Cooked,
    Cooked2,
}

impl Link {
    const ALL: [Self; 5] = [Self::Ethernet, Self::Null, Self::Raw, Self::Cooked, Self::Cooked2];

    fn number(self) -> u32 {
        match self {
            Self::Ethernet => 1,
            Self::Null => 0,
            Self::Raw => 101,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
        }
    }

    fn header(self) -> Vec<u8> {
        match self {
            Self::Ethernet => [&[1; 12][..], &[8, 0]].concat(),
            Self::Null => vec![2, 0, 0, 0],
            Self::Raw => Vec::new(),
            Self::Cooked => [&[0; 14][..], &[8, 0]].concat(),
            Self::Cooked2 => [&[8, 0][..], &[0; 18]].concat(),
        }
    }
}

/// A connection, packet by packet.
struct Session {
    link: Link,
    packets: Vec<Vec<u8>>,
    /// The next sequence numbers of the client and the server.
    next: [u32; 2],
}

impl Session {
    /// With the three packets that open it.
    fn open(link: Link) -> Self {
        let mut session = Self { link, packets: Vec::new(), next: [u32::MAX - 20, 5000] };
        session.packet(Role::Client, true, false, &[]);
        session.packet(Role::Server, true, false, &[]);
        session.packet(Role::Client, false, false, &[]);
        session
    }

    fn packet(&mut self, from: Role, begins: bool, ends: bool, payload: &[u8]) {
        let (own, other) = if from == Role::Client { (0, 1) } else { (1, 0) };
        let (source, target) = ([[10, 0, 0, 1], [10, 0, 0, 2]], [40000, 9001]);
        let builder = PacketBuilder::ipv4(source[own], source[other], 64);
        let mut builder = builder.tcp(target[own], target[other], self.next[own], 1000);
        if begins {
            builder = builder.syn();
        }
        if ends {
            builder = builder.fin();
        }
        if !(begins && from == Role::Client) {
            builder = builder.ack(self.next[other]);
        }
        let mut packet = self.link.header();
        builder.write(&mut packet, payload).unwrap();
        self.packets.push(packet);
        let length = u32::try_from(payload.len()).unwrap() + u32::from(begins) + u32::from(ends);
        self.next[own] = self.next[own].wrapping_add(length);
    }

    fn send(&mut self, from: Role, payload: &[u8]) -> &mut Self {
        self.packet(from, false, false, payload);
        self
    }

    fn close(&mut self) -> &mut Self {
        self.packet(Role::Client, false, true, &[]);
        self.packet(Role::Server, false, true, &[]);
        self
    }

    fn pcap(&self) -> Vec<u8> {
        pcap(self.link.number(), self.packets.iter())
    }
}

fn pcap<'a>(link: u32, packets: impl Iterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut file = Vec::new();
    for number in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x4_0000, link] {
        file.extend_from_slice(&u32::to_le_bytes(number));
    }
    for (packet, second) in packets.zip(1..) {
        let length = u32::try_from(packet.len()).unwrap();
        for number in [second, 0, length, length] {
            file.extend_from_slice(&u32::to_le_bytes(number));
        }
        file.extend_from_slice(packet);
    }
    file
}

/// The same as pcapng, in network byte order.
fn pcapng(link: u16, packets: &[Vec<u8>]) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let padded = body.len().next_multiple_of(4);
        let length = u32::try_from(padded + 12).unwrap().to_be_bytes();
        let mut block = [&kind.to_be_bytes()[..], &length, body].concat();
        block.resize(8 + padded, 0);
        [&block[..], &length].concat()
    };
    let mut file =
        block(0x0A0D_0D0A, &[&0x1A2B_3C4D_u32.to_be_bytes()[..], &[0, 1, 0, 0], &[0xff; 8]].concat());
    file.extend(block(1, &[&link.to_be_bytes()[..], &[0; 2], &0x4_0000_u32.to_be_bytes()].concat()));
    for packet in packets {
        let length = u32::try_from(packet.len()).unwrap().to_be_bytes();
        file.extend(block(6, &[&[0; 12][..], &length, &length, packet].concat()));
    }
    file
}

fn frame(from: Role, opcode: Opcode, payload: &str) -> Vec<u8> {
    let frame = Frame::new(opcode, payload.to_owned());
    let frame = if from == Role::Client { frame.with_mask(Mask([7, 1, 9, 3])) } else { frame };
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    bytes
}

fn lint(file: &[u8]) -> (CaptureLint, Result<(), CaptureError>) {
    let mut lint = CaptureLint::new(Ledger::new(RuleBook::default()), ObserverSettings::default());
    let read = lint.read_capture("a.pcap", file);
    (lint, read)
}

/// End, violation and packet of each broken rule; the file must be readable.
fn found(file: &[u8]) -> Vec<(Role, &'static str, u64)> {
    let (lint, read) = lint(file);
    assert_eq!(read, Ok(()));
    lint.ledger.broken().iter().map(|broken| (broken.from, broken.name, broken.place.packet)).collect()
}

fn left_out(lint: &CaptureLint) -> Vec<String> {
    lint.left_out().map(|(what, times)| format!("{times} {what}")).collect()
}

/// An opened connection with a message each way.
fn opened(link: Link) -> Session {
    let mut session = Session::open(link);
    session
        .send(Role::Client, REQUEST)
        .send(Role::Server, ACCEPTED)
        .send(Role::Client, &frame(Role::Client, Opcode::TEXT, "hello"))
        .send(Role::Server, &frame(Role::Server, Opcode::TEXT, "hello"));
    session
}

/// A frame that no server may send.
fn masked() -> Vec<u8> {
    frame(Role::Client, Opcode::TEXT, "masked")
}

#[test]
fn a_conforming_connection_breaks_nothing_on_any_link() {
    for link in Link::ALL {
        let mut session = opened(link);
        assert_eq!(found(&session.close().pcap()), [], "{link:?}");
        let (lint, _) = lint(&session.pcap());
        let count =
            (lint.ledger.connections, lint.ledger.asked, lint.ledger.opened, lint.ledger.count.frames);
        assert_eq!(count, (1, 1, 1, [1, 1]), "{link:?}");
        assert_eq!(left_out(&lint), [""; 0], "{link:?}");
    }
}

#[test]
fn a_fault_is_found_at_its_packet() {
    for link in Link::ALL {
        let mut session = opened(link);
        session.send(Role::Server, &masked()).send(Role::Client, &frame(Role::Client, Opcode::PING, "p"));
        assert_eq!(found(&session.pcap()), [(Role::Server, "masked-frame", 8)], "{link:?}");
        let ng = pcapng(link.number().try_into().unwrap(), &session.packets);
        assert_eq!(found(&ng), [(Role::Server, "masked-frame", 8)], "{link:?}");
    }
}

#[test]
fn records_name_the_file_and_the_packet() {
    let mut session = opened(Link::Ethernet);
    let (lint, _) = lint(&session.send(Role::Server, &masked()).pcap());
    let head = RecordHead {
        wsspec: "0".into(),
        started: String::new(),
        duration_us: 1,
        ends: ["clients".into(), "servers".into()],
        command: vec!["lint".into()],
        folder: "lint",
        incidents: Vec::new(),
        aborted: None,
    };
    let [server, client] = records(&lint.ledger, &head, &Guide::default());
    let trial = &server.trials[0];
    assert_eq!((&*trial.id, &*trial.file, trial.line), ("lint/5.1/masked-frame-5", "a.pcap", 8));
    assert!(
        matches!(&trial.verdict, Verdict::Fail { failure } if failure.actual.ends_with("(packet 8, connection 1)"))
    );
    assert_eq!((client.role, &client.trials[0].verdict), (Role::Client, &Verdict::Pass));
}

#[test]
fn the_order_and_repetition_of_packets_do_not_matter() {
    let mut session = opened(Link::Ethernet);
    session.send(Role::Server, &masked()).close();
    // The two segments of the server before the fault, exchanged and repeated.
    session.packets.swap(6, 7);
    let again = session.packets[6].clone();
    session.packets.insert(8, again);
    assert_eq!(found(&session.pcap()), [(Role::Server, "masked-frame", 7)]);
}

#[test]
fn an_acknowledgment_may_be_captured_before_what_it_acknowledges() {
    let mut session = opened(Link::Ethernet);
    session.send(Role::Server, &masked()).close();
    // The request and the response, the frames of the client and the server, the fault and the client's FIN.
    for early in [3, 5, 7] {
        session.packets.swap(early, early + 1);
    }
    let (lint, _) = lint(&session.pcap());
    assert_eq!((lint.ledger.opened, lint.ledger.count.frames), (1, [1, 2]));
    assert_eq!(left_out(&lint), [""; 0]);
    assert_eq!(found(&session.pcap()), [(Role::Server, "masked-frame", 9)]);
}

#[test]
fn what_was_acknowledged_and_never_captured_is_a_gap_in_the_end() {
    let mut session = opened(Link::Ethernet);
    session
        .send(Role::Server, &frame(Role::Server, Opcode::TEXT, "lost"))
        .send(Role::Client, &masked())
        .close();
    session.packets.remove(7);
    let (lint, _) = lint(&session.pcap());
    assert_eq!(lint.ledger.count.frames, [2, 1]);
    assert_eq!(found(&session.pcap()), []);
}

#[test]
fn what_is_sent_again_after_the_fin_counts() {
    let mut session = opened(Link::Ethernet);
    session.send(Role::Server, &masked());
    session.packet(Role::Server, false, true, &[]);
    session.packets.swap(7, 8);
    assert_eq!(found(&session.pcap()), [(Role::Server, "masked-frame", 9)]);
}

#[test]
fn a_gap_is_said_and_breaks_no_rule() {
    let mut session = opened(Link::Ethernet);
    let long = frame(Role::Server, Opcode::TEXT, &"x".repeat(2000));
    // Within a frame, and then a whole one.
    session
        .send(Role::Server, &long[..900])
        .send(Role::Server, &long[900..1500])
        .send(Role::Server, &long[1500..]);
    session.send(Role::Server, &frame(Role::Server, Opcode::PONG, "p")).send(Role::Server, &masked()).close();
    session.packets.remove(8);
    let (lint, _) = lint(&session.pcap());
    let broken: Vec<_> = lint.ledger.broken().iter().map(|broken| broken.name).collect();
    assert_eq!(broken, ["masked-frame"]);
    assert_eq!(
        left_out(&lint),
        ["1 connections with gaps, judged where it is beyond doubt what follows them"]
    );
}

#[test]
fn after_a_gap_between_frames_it_goes_on_where_frames_begin_beyond_doubt() {
    let mut session = opened(Link::Ethernet);
    let two = frame(Role::Server, Opcode::TEXT, "two");
    session.send(Role::Server, &two).send(Role::Server, &two[..3]).send(Role::Server, &two[3..]);
    session.send(Role::Server, &two).send(Role::Server, &masked()).close();
    // The start of a frame is missing, so its rest cannot be read.
    session.packets.remove(8);
    assert_eq!(found(&session.pcap()), [(Role::Server, "masked-frame", 11)]);
}

#[test]
fn a_capture_that_begins_in_the_middle_is_judged_from_its_first_frames_on() {
    let mut session = opened(Link::Ethernet);
    let mut compressed = frame(Role::Server, Opcode::TEXT, "deflated");
    compressed[0] |= 0x40;
    session
        .send(Role::Server, &frame(Role::Server, Opcode::CONTINUATION, "of before"))
        .send(Role::Server, &compressed)
        .send(Role::Client, &frame(Role::Client, Opcode::PING, "p"));
    let later = |session: &Session| pcap(1, session.packets[7..].iter());
    assert_eq!(found(&later(&session)), []);
    session.send(Role::Server, &masked());
    assert_eq!(found(&later(&session)), [(Role::Server, "masked-frame", 4)]);
    let (lint, _) = lint(&later(&session));
    let why = "1 connections that began before the capture, judged from their first whole frames on";
    assert_eq!(left_out(&lint), [why]);
}

#[test]
fn other_traffic_is_named() {
    let mut session = Session::open(Link::Ethernet);
    session.send(Role::Client, b"\x16\x03\x01\x02\x00").send(Role::Server, b"\x16\x03\x03");
    let (tls, _) = lint(&session.pcap());
    assert_eq!(left_out(&tls), ["1 connections that carry TLS, which cannot be read from outside"]);
    assert_eq!((tls.ledger.connections, tls.ledger.asked), (1, 0));
    let (unknown, read) = lint(&pcap(147, [vec![1, 2, 3]].iter()));
    assert_eq!(read, Ok(()));
    assert_eq!(left_out(&unknown), ["1 packets of link type 147, which is not read"]);
}

#[test]
fn bad_files_are_named_and_what_can_be_read_is_judged() {
    assert_eq!(lint(b"").1, Err(CaptureError::Empty));
    assert_eq!(lint(b"GET / HTTP/1.1\r\n\r\nno capture at all").1, Err(CaptureError::NotACapture));
    let mut session = opened(Link::Ethernet);
    let file = session.send(Role::Server, &masked()).send(Role::Server, &masked()).pcap();
    let (lint, read) = lint(&file[..file.len() - 5]);
    assert_eq!(read, Err(CaptureError::Cut(8)));
    assert_eq!(lint.ledger.broken().len(), 1);
    assert_eq!(CaptureError::Cut(8).to_string(), "it ends in the middle of packet 9");
}

#[test]
fn a_packet_that_was_cut_is_a_gap() {
    let mut session = opened(Link::Ethernet);
    session.send(Role::Server, &frame(Role::Server, Opcode::TEXT, &"x".repeat(500)));
    session.packets[7].truncate(100);
    session.send(Role::Server, &masked()).close();
    let (lint, read) = lint(&session.pcap());
    assert_eq!(read, Ok(()));
    let broken: Vec<_> =
        lint.ledger.broken().iter().map(|broken| (broken.name, broken.place.packet)).collect();
    assert_eq!(broken, [("masked-frame", 9)]);
    assert!(
        left_out(&lint)[1].starts_with("1 packets of which not all was captured"),
        "{:?}",
        left_out(&lint)
    );
}

proptest! {
    #[test]
    fn a_damaged_capture_does_no_harm(changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..30)) {
        let mut file = opened(Link::Ethernet).close().pcap();
        for (at, byte) in changes {
            let at = usize::from(at) % file.len();
            file[at] = byte;
        }
        let (lint, _) = lint(&file);
        prop_assert!(lint.packets() <= 11);
    }
}

//! Seeded inputs, the same on every machine.

#![allow(dead_code, reason = "no test file uses all of it")]

use arbitrary::{Arbitrary, Unstructured};
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use wsspec_decoder::InputPrefix;
use wsspec_fuzz::{
    assemble, decode, deflate, differential, engineio, exchange, generate::AnyFrame, inflate, judge,
    notation, roundtrip, socketio, stomp, upgrade, utf8,
};

/// A target's name and function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets in `fuzz_targets/`.
pub const TARGETS: [Target; 14] = [
    ("assemble", assemble::run),
    ("decode", decode::run),
    ("deflate", deflate::run),
    ("differential", differential::run),
    ("engineio", engineio::run),
    ("exchange", exchange::run),
    ("inflate", inflate::run),
    ("judge", judge::run),
    ("notation", notation::run),
    ("roundtrip", roundtrip::run),
    ("socketio", socketio::run),
    ("stomp", stomp::run),
    ("upgrade", upgrade::run),
    ("utf8", utf8::run),
];

/// How many inputs of each kind there are.
pub const INPUTS: u64 = 100;
/// The longest, in bytes.
const LONGEST: usize = 4096;

/// Noise, empty at first, up to 4 KiB, more often short than long.
pub fn noise() -> impl Iterator<Item = Vec<u8>> {
    (0..INPUTS).map(|seed| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let most = (LONGEST >> rng.random_range(0..6)) * seed as usize / (INPUTS as usize - 1);
        let size = if seed == INPUTS - 1 { LONGEST } else { rng.random_range(0..=most) };
        random(rng, size)
    })
}

/// Inputs of the decode target that contain frames: a third of them intact, the others with some bytes changed.
pub fn frames() -> impl Iterator<Item = Vec<u8>> {
    (0..INPUTS).map(|seed| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut input = random(rng, InputPrefix::LEN);
        let source = random(rng, LONGEST);
        let mut unstructured = Unstructured::new(&source);
        while let Ok(frame) = AnyFrame::arbitrary(&mut unstructured) {
            frame.frame().encode(&mut input);
            if unstructured.is_empty() || input.len() > LONGEST {
                break;
            }
        }
        for _ in 0..seed % 3 * 2 {
            mutate(rng, &mut input);
        }
        input
    })
}

/// Texts of the notation target that are scripts, and then scripts with errors.
pub fn scripts() -> impl Iterator<Item = Vec<u8>> {
    (0..INPUTS).map(|seed| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let lines = rng.random_range(0..12);
        let mut script = (0..lines).map(|_| LINES[rng.random_range(0..LINES.len())]).collect::<String>();
        if seed % 2 == 1 {
            let at = script.char_indices().map(|(at, _)| at).nth(rng.random_range(0..=script.len()));
            script.insert_str(at.unwrap_or(0), ["é", "\"", " ", "\n", "(", "\\", "#"][seed as usize % 7]);
        }
        script.into_bytes()
    })
}

/// Lines, or blocks of them, each a script.
const LINES: [&str; 16] = [
    "> text \"frag\" -fin\n> cont \"ment\"\n",
    "> ping   \"p\"  # note\n> ping\n",
    "> close 1000 \"bye\"\n< close 1000 | fail 1002 |? eof within 1.5s\n",
    "> binary random(1, 70000) split:1300 +rsv1 len64\n",
    "> text \"\\xFF\\u{3ba}\\n\"*65536 mask:00ff00ff deflate\n",
    "> raw x\"89 00\"\n< pong \"\" & text \"κόσμε\"\n",
    "> request GET /chat\n>   Host:  a # b\n>   -Upgrade\n>   +X: \"\\r\\n\"\n< response 101\n<   Upgrade: websocket\n",
    "<? response 4xx\n<   -Upgrade\n<   Date:\n",
    "<~ request\n> response 101 \"Fine\"\n",
    "repeat 3\n> op:11 x\"\" -mask len:200\nalive\nend\n",
    "quiet 200ms\nwait 7200000ms\nquiet 20rtt\n",
    "chop 5\nchop line\nchop 0\n",
    "# alone\n\n\n",
    "> eof\n> reset\n< reset | eof\n",
    "< close x\"03 e8\" | close\n",
    "finish\n",
];

/// Inputs of the upgrade target: a request and a response, a third of them intact.
pub fn heads() -> impl Iterator<Item = Vec<u8>> {
    (0..INPUTS).map(|seed| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut input = random(rng, 4);
        input.extend([0xFF, 0x7F]);
        input.extend_from_slice(HEADS.as_bytes());
        for _ in 0..seed % 3 * 4 {
            mutate(rng, &mut input);
        }
        input
    })
}

const HEADS: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n\
    HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

/// Inputs of the target for STOMP: frames, a third of them intact.
pub fn stomp_frames() -> impl Iterator<Item = Vec<u8>> {
    pieces(4, &STOMP)
}

/// What a broker sends, piece by piece.
pub const STOMP: [&[u8]; 12] = [
    b"CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0",
    b"CONNECTED\r\nversion:1.1\r\nserver:a/1 b\r\n\r\n\0\r\n",
    b"CONNECTED\nsession:1\n\n\0\n",
    b"MESSAGE\nsubscription:s1\nmessage-id:1\ndestination:/queue/a\n\nbody\0",
    b"MESSAGE\nsubscription:s1\nmessage-id:2\ndestination:/a\ncontent-length:3\n\na\0b\0\n\n",
    b"MESSAGE\nmessage-id:a\\cb\\\\\\n\\t\ncontent-length:9\n\nshort\0",
    b"RECEIPT\nreceipt-id:77\n\n\0",
    b"ERROR\nmessage:malformed frame\ncontent-type:text/plain\ncontent-length:x\n\nwhy\n\0",
    b"\n\r\n\n",
    b"SEND\na:1\na:2\n:\nnone\n\n\xC3\x28\0",
    b"MESSAGE\nsubscription:s1\0",
    b"\rX\r\r\nb\r:c\r\n\n\0",
];

/// Inputs of the targets for Engine.IO and Socket.IO: packets, a third of them intact.
pub fn packets() -> impl Iterator<Item = Vec<u8>> {
    pieces(0, &PACKETS)
}

/// What a server sends: messages, each with what separates it from the next.
pub const PACKETS: [&[u8]; 14] = [
    b"0{\"sid\":\"a1\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}\x1e",
    b"40{\"sid\":\"b2\"}\x1e",
    b"40/custom,{\"sid\":\"c3\"}\x1e",
    b"44{\"message\":\"Not authorized\"}\x1e",
    b"42[\"message-back\",1,\"2\",{\"3\":[false]}]\x1e",
    b"42/custom,12[\"a\"]\x1e",
    b"43/admin,7[]\x1e",
    b"451-[\"a\",{\"_placeholder\":true,\"num\":0}]\x1ebone\x1e",
    b"462-3[{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]\x1ebone\x1e2\x1ebtwo\x1e",
    b"2\x1e",
    b"3probe\x1e",
    b"6\x1e",
    b"41/custom,\x1e1\x1e",
    b"459-[]\x1e5\x1e9\x1eb\x1e",
];

/// A setup of this size that reads all at once or byte by byte, and a few of the pieces, damaged or not.
fn pieces(setup: usize, all: &'static [&'static [u8]]) -> impl Iterator<Item = Vec<u8>> {
    (0..INPUTS).map(move |seed| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut input = random(rng, setup);
        if setup > 0 {
            input.extend([0xFF, 0x3F]);
        }
        for _ in 0..rng.random_range(1..8) {
            input.extend_from_slice(all[rng.random_range(0..all.len())]);
        }
        for _ in 0..seed % 3 * 2 {
            mutate(rng, &mut input);
        }
        input
    })
}

/// Texts, most of them UTF-8 except for a byte or two.
pub fn texts() -> impl Iterator<Item = Vec<u8>> {
    (0..INPUTS).map(|seed| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let pieces = ["a", "\u{b5}", "\u{1d55}", "\u{20ac}", "\u{1f600}", "\u{ffff}", "\0", "\u{10ffff}"];
        let count = rng.random_range(1..40);
        let mut text: Vec<u8> =
            (0..count).flat_map(|_| pieces[rng.random_range(0..pieces.len())].bytes()).collect();
        for _ in 0..seed % 3 {
            mutate(rng, &mut text);
        }
        text
    })
}

/// Inputs of the exchange target: a script, and frames for it.
pub fn sessions() -> impl Iterator<Item = Vec<u8>> {
    scripts().step_by(2).zip(frames()).enumerate().map(|(seed, (script, frames))| {
        let rng = &mut StdRng::seed_from_u64(seed as u64);
        let mut input = random(rng, 4);
        input.extend([u8::from(seed % 8 > 0), u8::from(seed % 3 == 0), u8::from(seed % 2 == 0)]);
        input.extend((script.len() as u16).to_le_bytes());
        input.extend(script);
        input.extend_from_slice(&frames[InputPrefix::LEN.min(frames.len())..]);
        input
    })
}

/// Inputs of the judge target: damage, then an input of the exchange target.
pub fn damaged() -> impl Iterator<Item = Vec<u8>> {
    sessions().enumerate().map(|(seed, session)| {
        let rng = &mut StdRng::seed_from_u64(seed as u64);
        let damage = random(rng, 63);
        [&[62], &damage[1..], &session].concat()
    })
}

pub fn random(rng: &mut StdRng, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// Sets a byte, drops some, or doubles some.
fn mutate(rng: &mut StdRng, bytes: &mut Vec<u8>) {
    let at = rng.random_range(0..bytes.len());
    let end = (at + rng.random_range(1..16)).min(bytes.len());
    match rng.random_range(0..3) {
        0 => bytes[at] = rng.random(),
        1 if end < bytes.len() => drop(bytes.drain(at..end)),
        _ => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
    }
}

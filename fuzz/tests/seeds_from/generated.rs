//! Seeds of the targets that generate what they check: bytes in the order in which `Arbitrary` reads them.

use std::collections::BTreeMap;

use crate::common::{PACKETS, STOMP};

/// Texts, and bytes that compress well or not at all.
const PAYLOADS: [&[u8]; 6] = [
    b"",
    b"Hello",
    "\u{20ac}\u{1f600}".as_bytes(),
    b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    b"\x00\x00\xFF\xFF\x03\x00",
    b"one, two, one, two, three, one, two, three, four",
];

/// Permessage-deflate parameters: no context takeover of the server, of the client; their windows above 8 bits.
const PARAMETERS: [[u8; 4]; 5] = [[0, 0, 7, 7], [1, 0, 7, 7], [0, 1, 7, 7], [1, 1, 0, 0], [0, 0, 1, 2]];
const CUTS: [[u8; 4]; 3] = [[255; 4], [1; 4], [3, 1, 4, 1]];

/// Each message compressed or not, whole or damaged.
pub fn inflate() -> BTreeMap<String, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    for (number, parameters) in PARAMETERS.iter().enumerate() {
        for client in 0..2 {
            for (at, cuts) in CUTS.iter().enumerate() {
                let mut seed = parameters.to_vec();
                seed.push(client);
                seed.extend(cuts);
                seed.extend(u16::MAX.to_le_bytes());
                seed.push(7);
                for turn in 0..7 {
                    let is_compressed = u8::from(turn != 3);
                    seed.push(is_compressed);
                    seed.extend(payload(PAYLOADS[(turn + at + number) % PAYLOADS.len()]));
                    // Only the last one is damaged: nothing after it means much.
                    let is_damaged = u8::from(turn == 6 && at == 1);
                    seed.push(is_damaged);
                    if is_damaged == 1 {
                        seed.extend([3, 0, 0x40]);
                    }
                }
                seeds.insert(format!("{number}-{client}-{at}"), seed);
            }
        }
    }
    seeds
}

/// Frames of every opcode and form of length, and messages.
pub fn roundtrip() -> BTreeMap<String, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    for (number, parameters) in PARAMETERS.iter().enumerate() {
        for opcode in 0..6_u32 {
            let mut seed = CUTS[number % CUTS.len()].to_vec();
            seed.extend([0x37, 0xFA, 0x21, 0x3D, u8::from(number % 2 == 0)]);
            seed.extend(parameters);
            seed.push(u8::from(opcode % 2 == 0));
            seed.extend(300_u64.to_le_bytes());
            seed.extend(choice(opcode % 3, 3));
            seed.push(2);
            for form in 0..2 {
                seed.extend([1, 0]);
                seed.extend(choice(opcode, 7));
                seed.extend([1, 0, 0, 0, 0]);
                seed.extend(choice(form, 3));
                seed.extend(payload(PAYLOADS[number]));
            }
            seed.push(3);
            for message in &PAYLOADS[1..4] {
                seed.extend(payload(message));
            }
            seeds.insert(format!("{number}-{opcode}"), seed);
        }
    }
    seeds
}

/// Each frame of STOMP alone and before the next, in one segment, byte by byte, and at odd places.
pub fn stomp() -> BTreeMap<String, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    for (number, frame) in STOMP.iter().enumerate() {
        for (at, cuts) in CUTS.iter().enumerate() {
            let next = if at == 0 { &[] } else { STOMP[(number + at) % STOMP.len()] };
            let seed = [&cuts[..], &u16::MAX.to_le_bytes(), frame, next].concat();
            seeds.insert(format!("{number}-{at}"), seed);
        }
    }
    seeds
}

/// Each packet alone, and after another.
pub fn packets() -> BTreeMap<String, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    for (number, packet) in PACKETS.iter().enumerate() {
        seeds.insert(format!("{number}"), packet.to_vec());
        seeds.insert(format!("{number}-0"), [PACKETS[(number + 5) % PACKETS.len()], packet].concat());
    }
    seeds
}

/// A short payload: its kind, its length, its bytes.
fn payload(bytes: &[u8]) -> Vec<u8> {
    let len = u8::try_from(bytes.len()).expect("a short payload");
    [&[10, len], bytes].concat()
}

/// The bytes that choose one of several variants.
fn choice(which: u32, of: u32) -> [u8; 4] {
    // Arbitrary multiplies and takes the upper half.
    let at = (u64::from(which) << 32).div_ceil(of.into());
    u32::try_from(at).expect("below 32 bits").to_le_bytes()
}

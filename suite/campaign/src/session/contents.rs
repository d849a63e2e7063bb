//! Payloads of frames: short ones, those at the boundaries of the length forms, text and nearly valid text.

use arbitrary::{Result, Unstructured};
use wsspec_notation::Payload;

/// Boundaries of the length forms, and of buffers, in bytes.
const EDGES: [usize; 12] = [1, 2, 4, 7, 8, 63, 124, 125, 126, 127, 128, 1000];
/// More of them, longer than every session can afford.
const LONG: [usize; 6] = [4095, 4096, 8192, 65_535, 65_536, 65_537];

/// Text with characters of every length, and from the edges of Unicode.
const TEXTS: [&str; 8] = [
    "Hello",
    "κόσμε",
    "\u{feff}bom",
    "a\0b\r\nc",
    "\u{10ffff}\u{ffff}",
    "🦀 and more",
    "\u{7ff}\u{800}",
    "*",
];

/// Invalid UTF-8: stray bytes, truncated, overlong, surrogates, above the last character; at the start, or later.
const NO_TEXTS: [&[u8]; 14] = [
    b"\x80",
    b"\xff",
    b"\xfe",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xe0\x80\x80",
    b"\xed\xa0\x80",
    b"\xf0\x80\x80\x80",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xce",
    b"\xe2\x82",
    b"\xf0\x9f\xa6",
    b"good \xc3(",
];

/// Text that is valid UTF-8.
pub(super) fn text(u: &mut Unstructured<'_>) -> Result<Payload> {
    Ok(match u.int_in_range(0..=15_u8)? {
        0 => Payload::text(""),
        1..=6 => Payload::text((*u.choose(&TEXTS)?).to_owned()),
        7..=10 => Payload::text("*").repeated(*u.choose(&EDGES)?),
        11 if u.ratio(1, 4)? => Payload::text("*").repeated(*u.choose(&LONG)?),
        12 => Payload::text("κ").repeated(u.int_in_range(1..=70)?),
        _ => Payload::text(format!("text {}", u.arbitrary::<u8>()?)),
    })
}

/// Text that is not valid UTF-8.
pub(super) fn no_text(u: &mut Unstructured<'_>) -> Result<Payload> {
    let bad = *u.choose(&NO_TEXTS)?;
    let ahead = *u.choose(&[0, 0, 0, 1, 7, 63, 64, 125, 130])?;
    Ok(Payload::hex([&b"a".repeat(ahead), bad].concat()))
}

/// Any bytes.
pub(super) fn bytes(u: &mut Unstructured<'_>) -> Result<Payload> {
    Ok(match u.int_in_range(0..=15_u8)? {
        0 => Payload::hex(Vec::new()),
        1..=3 => Payload::hex((*u.choose(&NO_TEXTS)?).to_vec()),
        4..=6 => Payload::hex(vec![0xfe]).repeated(*u.choose(&EDGES)?),
        7..=9 => Payload::random(u64::from(u.arbitrary::<u8>()?), *u.choose(&EDGES)?),
        10 if u.ratio(1, 4)? => Payload::random(u64::from(u.arbitrary::<u8>()?), *u.choose(&LONG)?),
        11 => Payload::hex(b"\r\n\0\n".to_vec()),
        _ => Payload::hex(u.arbitrary::<[u8; 3]>()?.to_vec()),
    })
}

/// A payload for a control frame: at most 125 bytes.
pub(super) fn control(u: &mut Unstructured<'_>) -> Result<Payload> {
    Ok(match u.int_in_range(0..=9_u8)? {
        0 => Payload::empty(),
        1 => Payload::text("*").repeated(*u.choose(&[123, 124, 125])?),
        2 => Payload::hex(b"\x00\xff\r\n\x00".to_vec()),
        3 => Payload::hex(vec![u.arbitrary::<u8>()?]),
        _ => Payload::text(format!("p{}", u.arbitrary::<u8>()?)),
    })
}

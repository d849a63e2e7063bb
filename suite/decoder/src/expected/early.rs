//! What the beginning of a frame already decides, whatever follows.
//!
//! A decoder may reject as soon as no rest can make the bytes valid: a length that is too short for the character
//! in progress says so before the payload, and the first byte of a close code before the second.

use wsspec_wire::{CloseCode, CodeClass, Header, LengthForm, Role, Utf8Validator};

/// The number of bytes up to the end of the length; `None` while it is incomplete.
pub(super) fn sized(bytes: &[u8]) -> Option<usize> {
    let len = match bytes.get(1)? & 0x7F {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    (bytes.len() >= len).then_some(len)
}

/// The header that some bytes (at least one) begin, completed so that the missing part is valid and announces as
/// little as possible.
pub(super) fn least(bytes: &[u8], sender: Role) -> Header {
    let mask = if sender == Role::Client { 0x80 } else { 0 };
    let mut whole = [0; Header::MAX_LEN];
    let given = bytes.len().min(whole.len());
    whole[..given].copy_from_slice(&bytes[..given]);
    if given < 2 {
        whole[1] = mask;
    }
    let (length, form) = match whole[1] & 0x7F {
        126 => (2, LengthForm::Bits16),
        127 => (8, LengthForm::Bits64),
        _ => (0, LengthForm::Bits7),
    };
    let given = given.saturating_sub(2);
    let is_zero = whole[2..2 + length].iter().all(|byte| *byte == 0);
    match form {
        LengthForm::Bits16 if given < 2 && is_zero => whole[3] = 126,
        LengthForm::Bits64 if given < 6 && is_zero => whole[7] = 1,
        _ => {}
    }
    // Fourteen bytes hold any header.
    Header::parse(&whole).map_or_else(|| unreachable!("fourteen bytes hold any header"), |(header, _)| header)
}

/// Where it shows that a text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotUtf8 {
    /// At the length of the frame: it is too short for the character in progress.
    Length,
    /// After this many bytes of the frame's payload.
    Payload(usize),
}

/// Where a frame's payload, as much of it as has arrived, shows that the text is not UTF-8; `utf8` has checked what
/// came before. `announced` is the length of the payload if the text ends with it.
///
/// A sequence that begins at `start` and has `needed` bytes does not fit into a payload that ends before, and its
/// first byte says so.
pub(super) fn not_utf8(utf8: &Utf8Validator, payload: &[u8], announced: Option<u64>) -> Option<NotUtf8> {
    let (carried, missing) = utf8.unfinished();
    if announced.is_some_and(|announced| carried > 0 && missing as u64 > announced) {
        return Some(NotUtf8::Length);
    }
    let mut until = utf8.clone();
    let bad = until.push(payload).is_err().then(|| first_bad(utf8, payload));
    let good = bad.unwrap_or(payload.len());
    if bad.is_some() {
        until = utf8.clone();
        // What comes before the first bad byte is good.
        let _ = until.push(&payload[..good]);
    }
    let (carried, missing) = until.unfinished();
    let is_cut_off =
        announced.is_some_and(|announced| missing as u64 > announced.saturating_sub(good as u64));
    if carried > 0 && is_cut_off {
        // A sequence from an earlier frame was found to fit.
        return Some(good.checked_sub(carried).map_or(NotUtf8::Length, |start| NotUtf8::Payload(start + 1)));
    }
    bad.map(|bad| NotUtf8::Payload(bad + 1))
}

/// The index of the first byte that cannot be part of UTF-8, after what the validator has checked; there is one.
///
/// The validator counts from the start of the message, and only the message knows where that is.
fn first_bad(utf8: &Utf8Validator, payload: &[u8]) -> usize {
    let (mut low, mut high) = (0, payload.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let is_bad = utf8.clone().push(&payload[..=middle]).is_err();
        (low, high) = if is_bad { (low, middle) } else { (middle + 1, high) };
    }
    low
}

/// Whether `sender` may send this code.
pub(super) fn is_sendable(code: CloseCode, sender: Role) -> bool {
    code.is_sendable() && (code.0 != 1010 || sender == Role::Client)
}

/// How many bytes of a close code show that it must not be sent, or that it is newer than the RFC.
pub(super) fn code_known(code: CloseCode, sender: Role) -> usize {
    let [high, _] = code.0.to_be_bytes();
    let mut with_high = (0..=255).map(|low| CloseCode(u16::from_be_bytes([high, low])));
    let may_be_valid =
        with_high.any(|code| is_sendable(code, sender) && code.class() != CodeClass::Registered);
    if may_be_valid { 2 } else { 1 }
}

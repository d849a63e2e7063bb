//! What a decoder of C reports.

use std::{
    ffi::{CStr, c_char, c_int},
    slice,
};

use wsspec_decoder::{DecoderEvent, MessageKind, Rejection};

use crate::{WSSPEC_NULL, WSSPEC_OK};

/// What a decoder reports about the bytes that it is given.
#[derive(Debug, Default)]
pub struct CEvents {
    pub(crate) events: Vec<DecoderEvent>,
    pub(crate) rejection: Option<Rejection>,
}

/// Reports a whole data message, joined and decompressed; `is_text`: 1 for text, 0 for binary.
///
/// # Safety
///
/// `events` is null or what the decoder was given; `bytes` is null or points to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_message(
    events: *mut CEvents,
    is_text: c_int,
    bytes: *const u8,
    size: usize,
) -> i32 {
    let kind = if is_text == 0 { MessageKind::Binary } else { MessageKind::Text };
    // SAFETY: as promised by the caller.
    unsafe { report(events, bytes, size, |payload| DecoderEvent::Message(kind, payload)) }
}

/// Reports a data frame, for WSSPEC_FRAMES: the first byte of its header, and its payload without the mask.
///
/// # Safety
///
/// As for `wsspec_message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_frame(events: *mut CEvents, first: u8, bytes: *const u8, size: usize) -> i32 {
    let (fin, compressed, opcode) = (first & 0x80 != 0, first & 0x40 != 0, first & 0xF);
    // SAFETY: as promised by the caller.
    unsafe { report(events, bytes, size, |payload| DecoderEvent::Frame { fin, compressed, opcode, payload }) }
}

/// Reports a ping.
///
/// # Safety
///
/// As for `wsspec_message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_ping(events: *mut CEvents, bytes: *const u8, size: usize) -> i32 {
    // SAFETY: as promised by the caller.
    unsafe { report(events, bytes, size, DecoderEvent::Ping) }
}

/// Reports a pong.
///
/// # Safety
///
/// As for `wsspec_message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_pong(events: *mut CEvents, bytes: *const u8, size: usize) -> i32 {
    // SAFETY: as promised by the caller.
    unsafe { report(events, bytes, size, DecoderEvent::Pong) }
}

/// Reports a close frame: its body, which is empty or begins with the code, the most significant byte first.
///
/// # Safety
///
/// As for `wsspec_message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_close(events: *mut CEvents, body: *const u8, size: usize) -> i32 {
    let close = |body: Vec<u8>| match body.split_first_chunk() {
        Some((code, reason)) => DecoderEvent::Close(Some(u16::from_be_bytes(*code)), reason.to_vec()),
        None => DecoderEvent::Close(None, Vec::new()),
    };
    // SAFETY: as promised by the caller.
    unsafe { report(events, body, size, close) }
}

/// Says why `decode` is about to reject the bytes: with this code (any below 0: none), for this reason (may be null).
///
/// # Safety
///
/// `events` is null or what the decoder was given; `why` is null or ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wsspec_rejection(events: *mut CEvents, code: i32, why: *const c_char) -> i32 {
    // SAFETY: it is null or what the decoder was given, and only we use it now.
    let Some(events) = (unsafe { events.as_mut() }) else { return WSSPEC_NULL };
    let why = match why.is_null() {
        true => String::new(),
        // SAFETY: it ends with a NUL.
        false => unsafe { CStr::from_ptr(why) }.to_string_lossy().into_owned(),
    };
    events.rejection = Some(Rejection { code: u16::try_from(code).ok(), why });
    WSSPEC_OK
}

/// # Safety
///
/// As for `wsspec_message`.
unsafe fn report(
    events: *mut CEvents,
    bytes: *const u8,
    size: usize,
    event: impl FnOnce(Vec<u8>) -> DecoderEvent,
) -> i32 {
    // SAFETY: it is null or what the decoder was given, and only we use it now.
    let Some(events) = (unsafe { events.as_mut() }) else { return WSSPEC_NULL };
    let payload = match (bytes.is_null(), size) {
        (_, 0) => Vec::new(),
        (true, _) => return WSSPEC_NULL,
        // SAFETY: it points to `size` bytes.
        (false, size) => unsafe { slice::from_raw_parts(bytes, size) }.to_vec(),
    };
    events.events.push(event(payload));
    WSSPEC_OK
}

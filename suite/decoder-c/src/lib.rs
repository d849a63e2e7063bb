//! The harness of [`wsspec_decoder`] for C: a decoder is three functions, and `wsspec_check` judges it by an input.
//!
//! Null pointers, another version of the interface and unknown flags are errors with a number. A pointer that is not
//! null must be what its documentation says. Nothing here keeps a pointer after it returns.

#![expect(unsafe_code, reason = "a C interface")]

mod decoder;
mod events;
mod functions;

pub use self::{
    decoder::{CDecoder, CSetting},
    events::{
        CEvents, wsspec_close, wsspec_frame, wsspec_message, wsspec_ping, wsspec_pong, wsspec_rejection,
    },
    functions::{
        wsspec_abi, wsspec_check, wsspec_check_or_abort, wsspec_error, wsspec_generate, wsspec_main,
        wsspec_mutate,
    },
};

/// The version of this interface; compare it with `wsspec_abi()`, which is that of the library.
pub const WSSPEC_DECODER_ABI: u32 = 1;

/// The decoder is right about the input.
pub const WSSPEC_OK: i32 = 0;
/// The decoder is wrong about the input.
pub const WSSPEC_DISAGREES: i32 = 1;
/// A pointer is null that must not be.
pub const WSSPEC_NULL: i32 = -1;
/// The library has another version of the interface than the header that the program was compiled with.
pub const WSSPEC_OTHER_ABI: i32 = -2;
/// A flag is unknown.
pub const WSSPEC_UNKNOWN_FLAG: i32 = -3;

/// The decoder passes on text without checking that it is UTF-8 (RFC 6455, 8.1).
pub const WSSPEC_TEXT_UNCHECKED: u32 = 1;
/// The decoder answers pings itself and does not report them.
pub const WSSPEC_PINGS_UNREPORTED: u32 = 2;
/// The decoder does not report pongs.
pub const WSSPEC_PONGS_UNREPORTED: u32 = 4;
/// The decoder reports that a close frame arrived, but not its body.
pub const WSSPEC_CLOSE_BODIES_UNREPORTED: u32 = 8;
/// The decoder reports frames, not messages: it does not join, decompress or check text.
pub const WSSPEC_FRAMES: u32 = 16;
/// The decoder supports permessage-deflate (RFC 7692).
pub const WSSPEC_DEFLATE: u32 = 32;
/// The decoder has to reject everything that the RFC forbids a sender.
pub const WSSPEC_STRICT: u32 = 64;

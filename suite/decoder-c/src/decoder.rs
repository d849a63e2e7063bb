//! A decoder that is three functions of C.

use std::ffi::{c_int, c_void};

use wsspec_decoder::{DecoderEvent, DecoderUnderTest, Demands, Rejection, Role, Setting};

use crate::{
    CEvents, WSSPEC_CLOSE_BODIES_UNREPORTED, WSSPEC_DECODER_ABI, WSSPEC_DEFLATE, WSSPEC_FRAMES, WSSPEC_NULL,
    WSSPEC_OTHER_ABI, WSSPEC_PINGS_UNREPORTED, WSSPEC_PONGS_UNREPORTED, WSSPEC_STRICT, WSSPEC_TEXT_UNCHECKED,
    WSSPEC_UNKNOWN_FLAG,
};

/// What a decoder knows before the first byte.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CSetting {
    /// 1: the bytes are those of a client, which masks its frames; 0: of a server.
    pub of_client: u8,
    /// 1: permessage-deflate was agreed, with the following parameters; 0: they mean nothing.
    pub deflate: u8,
    /// 1: the server compresses each message separately.
    pub server_no_context_takeover: u8,
    /// 1: the client compresses each message separately.
    pub client_no_context_takeover: u8,
    /// The server's window: 8 to 15 bits.
    pub server_max_window_bits: u8,
    /// The client's window: 8 to 15 bits.
    pub client_max_window_bits: u8,
}

/// A decoder under test.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CDecoder {
    /// WSSPEC_DECODER_ABI.
    pub abi: u32,
    /// What it supports and leaves to other code: WSSPEC_TEXT_UNCHECKED and the others.
    pub flags: u32,
    /// It may refuse frames and messages of more bytes than this; 0: 8192.
    pub limit: u64,
    /// Passed to `create`.
    pub context: *mut c_void,
    /// Creates a decoder for one connection, which is passed to the others. Null is an error of the decoder.
    pub create: Option<unsafe extern "C" fn(context: *mut c_void, setting: *const CSetting) -> *mut c_void>,
    /// Takes the next bytes, possibly none, and reports all that is now complete, in order: `wsspec_message` and the
    /// others. Returns 0, or anything else if the connection has to be failed; `wsspec_rejection` says why. After that
    /// or a close frame, it gets no more bytes. `bytes` is never null.
    pub decode: Option<
        unsafe extern "C" fn(
            decoder: *mut c_void,
            bytes: *const u8,
            size: usize,
            events: *mut CEvents,
        ) -> c_int,
    >,
    /// Frees a decoder; may be null.
    pub destroy: Option<unsafe extern "C" fn(decoder: *mut c_void)>,
}

/// A decoder whose pointers have been checked.
pub(crate) struct CheckedDecoder {
    context: *mut c_void,
    create: unsafe extern "C" fn(*mut c_void, *const CSetting) -> *mut c_void,
    decode: unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut CEvents) -> c_int,
    destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    pub(crate) demands: Demands,
}

impl CheckedDecoder {
    /// Checks a decoder; the error is a number of the interface.
    ///
    /// # Safety
    ///
    /// `decoder` is null or points to at least its first field, and to all of them if that is our version.
    pub(crate) unsafe fn of(decoder: *const CDecoder) -> Result<Self, i32> {
        if decoder.is_null() {
            return Err(WSSPEC_NULL);
        }
        // SAFETY: it points to its first field. Another version may have no others, so no reference is made yet.
        let abi = unsafe { (&raw const (*decoder).abi).read() };
        if abi != WSSPEC_DECODER_ABI {
            return Err(WSSPEC_OTHER_ABI);
        }
        // SAFETY: it is our version, so all fields are there.
        let decoder = unsafe { &*decoder };
        let (Some(create), Some(decode)) = (decoder.create, decoder.decode) else { return Err(WSSPEC_NULL) };
        let demands = Demands {
            limit: if decoder.limit == 0 { 8192 } else { decoder.limit },
            ..demands(decoder.flags)?
        };
        Ok(Self { context: decoder.context, create, decode, destroy: decoder.destroy, demands })
    }

    /// A decoder of one connection.
    pub(crate) fn connection(&self, setting: Setting) -> CConnection<'_> {
        let deflate = setting.deflate.unwrap_or_default();
        let setting = CSetting {
            of_client: u8::from(setting.sender == Role::Client),
            deflate: u8::from(setting.deflate.is_some()),
            server_no_context_takeover: u8::from(deflate.server_no_context_takeover),
            client_no_context_takeover: u8::from(deflate.client_no_context_takeover),
            server_max_window_bits: deflate.server_max_window_bits,
            client_max_window_bits: deflate.client_max_window_bits,
        };
        // SAFETY: the program says that it may be called so.
        let decoder = unsafe { (self.create)(self.context, &raw const setting) };
        CConnection { decoder, of: self }
    }
}

/// The demands that the flags mean.
pub(crate) fn demands(flags: u32) -> Result<Demands, i32> {
    let has = |flag: u32| flags & flag != 0;
    if flags >= WSSPEC_STRICT << 1 {
        return Err(WSSPEC_UNKNOWN_FLAG);
    }
    Ok(Demands {
        text_unchecked: has(WSSPEC_TEXT_UNCHECKED),
        pings_unreported: has(WSSPEC_PINGS_UNREPORTED),
        pongs_unreported: has(WSSPEC_PONGS_UNREPORTED),
        close_bodies_unreported: has(WSSPEC_CLOSE_BODIES_UNREPORTED),
        frames: has(WSSPEC_FRAMES),
        deflate: has(WSSPEC_DEFLATE),
        strict: has(WSSPEC_STRICT),
        ..Demands::DEFAULT
    })
}

/// A connection that C decodes.
pub(crate) struct CConnection<'a> {
    decoder: *mut c_void,
    of: &'a CheckedDecoder,
}

impl DecoderUnderTest for CConnection<'_> {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        if self.decoder.is_null() {
            return Err(Rejection { code: None, why: "`create` returned null".into() });
        }
        let mut reported = CEvents::default();
        // SAFETY: the decoder is what `create` returned, the bytes are there, and the events outlive the call.
        let answer =
            unsafe { (self.of.decode)(self.decoder, bytes.as_ptr(), bytes.len(), &raw mut reported) };
        events.append(&mut reported.events);
        let rejection = reported.rejection.unwrap_or(Rejection { code: None, why: String::new() });
        if answer == 0 { Ok(()) } else { Err(rejection) }
    }
}

impl Drop for CConnection<'_> {
    fn drop(&mut self) {
        if let Some(destroy) = self.of.destroy.filter(|_| !self.decoder.is_null()) {
            // SAFETY: the decoder is what `create` returned, and nobody uses it any more.
            unsafe { destroy(self.decoder) }
        }
    }
}

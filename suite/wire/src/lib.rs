//! WebSocket bytes to frames and back, legal or not, and the ways a peer can break a rule.
//!
//! The codec is lenient: [`Frame`] represents every frame that can exist on the wire and [`Decoder`] never refuses
//! one. Judging is separate: [`Assembler`] and [`judge_response`] report each broken rule as a [`Violation`], which
//! names its numbered requirement. Nothing here does I/O, reads a clock, or panics on a peer's bytes.
//!
//! ```
//! use wsspec_wire::{Assembled, Assembler, Decoded, Decoder, Frame, Mask, Opcode, Role};
//!
//! let mut bytes = Vec::new();
//! Frame::new(Opcode::PING, "hello").with_mask(Mask([1, 2, 3, 4])).encode(&mut bytes);
//!
//! let mut decoder = Decoder::new(1 << 20);
//! decoder.push(&bytes);
//! let Some(Decoded::Frame(frame)) = decoder.next_frame() else { unreachable!() };
//!
//! let mut out = Vec::new();
//! Assembler::new(Role::Client).push(&frame, &mut out);
//! assert_eq!(out, [Assembled::Ping("hello".into())]);
//! ```

mod assemble;
mod close;
mod connection_name;
mod decode;
mod deflate;
mod error_code;
mod escape;
mod extension;
mod frame;
mod garbled;
mod head;
mod header;
mod layer;
mod mask;
mod opcode;
mod opening;
mod overreach;
mod refusal;
mod request;
mod requirement;
mod role;
mod setting;
mod upgrade;
mod utf8;
mod version;
mod violation;

pub use crate::{
    assemble::{Assembled, Assembler, MessageKind},
    close::{CloseBody, CloseCode, CodeClass},
    connection_name::ConnectionName,
    decode::{Decoded, Decoder, MissingBytes, Partial},
    deflate::{DeflateOffer, DeflateParams, Deflater, Disallowed, InflateError, Inflater, ParamError},
    error_code::ErrorCode,
    escape::{Escaped, spelled_out},
    extension::{Extension, ExtensionError, parse_extensions},
    frame::Frame,
    garbled::{is_first_of_server, judge_garbled, judge_unfinished_response},
    head::{Field, Fields, HeadBytes, HeadError, HeadReader, RequestHead, ResponseHead},
    header::{Header, Length, LengthForm, Rsv},
    layer::{Layer, LayerItem},
    mask::Mask,
    opcode::Opcode,
    opening::{Opening, is_interim},
    refusal::judge_refusal,
    request::judge_request,
    requirement::{Level, RequirementId},
    role::Role,
    setting::Http2Setting,
    upgrade::{Offer, accept_for, judge_response},
    utf8::{Utf8Error, Utf8Validator},
    version::Version,
    violation::{LayerViolation, Scope, Violation, ViolationKind},
};

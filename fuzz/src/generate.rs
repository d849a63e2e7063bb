//! Inputs generated from the fuzzer's bytes: frames, payloads, parameters, splits and scripts.

mod text;

use arbitrary::{Arbitrary, Result, Unstructured};
use wsspec_wire::{DeflateParams, Frame, Length, LengthForm, Mask, Opcode, Role, Rsv};

pub use self::text::text;

/// The sizes at which the form of a length changes, and their neighbours, in bytes.
const EDGES: [usize; 7] = [0, 125, 126, 127, 65_534, 65_535, 65_536];
/// The longest generated payload, in bytes.
const LONGEST: usize = 70_000;

/// Any frame with a correct length, possibly in a longer form than needed.
#[derive(Clone, Debug, Arbitrary)]
pub struct AnyFrame {
    fin: bool,
    rsv: u8,
    opcode: AnyOpcode,
    mask: Option<[u8; 4]>,
    form: AnyForm,
    payload: AnyPayload,
}

/// An opcode: each defined one is as likely as all of them together.
#[derive(Clone, Copy, Debug, Arbitrary)]
enum AnyOpcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
    Any(u8),
}

/// The form of a length.
#[derive(Clone, Copy, Debug, Arbitrary)]
enum AnyForm {
    Bits7,
    Bits16,
    Bits64,
}

/// A payload: mostly short, sometimes text, rarely long enough for a longer length form.
#[derive(Clone, Debug)]
pub struct AnyPayload(pub Vec<u8>);

/// Any length, in any form that can hold it.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub struct AnyLength {
    value: u64,
    form: AnyForm,
}

/// Any permessage-deflate parameters that can be agreed, and an end of the connection.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub struct AnyDeflate {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: u8,
    client_max_window_bits: u8,
}

impl AnyFrame {
    /// The frame.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let opcode = match self.opcode {
            AnyOpcode::Continuation => Opcode::CONTINUATION,
            AnyOpcode::Text => Opcode::TEXT,
            AnyOpcode::Binary => Opcode::BINARY,
            AnyOpcode::Close => Opcode::CLOSE,
            AnyOpcode::Ping => Opcode::PING,
            AnyOpcode::Pong => Opcode::PONG,
            AnyOpcode::Any(bits) => Opcode::from_low_bits(bits),
        };
        let mut frame = Frame::new(opcode, self.payload.0.clone())
            .with_fin(self.fin)
            .with_rsv(Rsv::from_low_bits(self.rsv))
            .with_length_form(self.form.form());
        frame.header.mask = self.mask.map(Mask);
        frame
    }
}

impl AnyForm {
    const fn form(self) -> LengthForm {
        match self {
            Self::Bits7 => LengthForm::Bits7,
            Self::Bits16 => LengthForm::Bits16,
            Self::Bits64 => LengthForm::Bits64,
        }
    }
}

impl AnyLength {
    /// The length as the wire can represent it.
    #[must_use]
    pub const fn length(self) -> Length {
        Length { value: self.value, form: self.form.form() }.fitting()
    }
}

impl AnyDeflate {
    /// The value of four bytes.
    #[must_use]
    pub const fn of([server, client, server_bits, client_bits]: [u8; 4]) -> Self {
        Self {
            server_no_context_takeover: server & 1 != 0,
            client_no_context_takeover: client & 1 != 0,
            server_max_window_bits: server_bits,
            client_max_window_bits: client_bits,
        }
    }

    /// The parameters.
    #[must_use]
    pub const fn params(self) -> DeflateParams {
        DeflateParams {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: 8 + self.server_max_window_bits % 8,
            client_max_window_bits: 8 + self.client_max_window_bits % 8,
        }
    }
}

impl<'a> Arbitrary<'a> for AnyPayload {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(match u.int_in_range(0..=31_u8)? {
            0 => long(u)?,
            1..=9 => String::from_utf8_lossy(short(u)?).into_owned().into_bytes(),
            _ => short(u)?.to_vec(),
        }))
    }
}

fn short<'a>(u: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let size = usize::from(u.arbitrary::<u8>()?);
    u.bytes(size.min(u.len()))
}

/// A few bytes, repeated.
fn long(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let unit: [u8; 3] = u.arbitrary()?;
    let size = if u.arbitrary()? { *u.choose(&EDGES)? } else { u.int_in_range(0..=LONGEST)? };
    Ok(unit.iter().copied().cycle().take(size).collect())
}

/// Up to seven of them.
///
/// # Errors
///
/// Errors come from the items.
pub fn few<'a, T: Arbitrary<'a>>(u: &mut Unstructured<'a>) -> Result<Vec<T>> {
    (0..u.int_in_range(0..=7)?).map(|_| u.arbitrary()).collect()
}

/// An end of the connection.
#[must_use]
pub const fn role(client: bool) -> Role {
    if client { Role::Client } else { Role::Server }
}

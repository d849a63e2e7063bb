//! permessage-deflate: its parameters, and messages compressed and decompressed (RFC 7692, 7).

mod codec;
mod params;
mod reach;
mod repeat;

pub(crate) use self::codec::Overreach;
pub use self::{
    codec::{Deflater, InflateError, Inflater},
    params::{DeflateOffer, DeflateParams, Disallowed, ParamError},
};

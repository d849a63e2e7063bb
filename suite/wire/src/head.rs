//! HTTP/1.1 heads, parsed leniently: malformed parts are represented and reported.

mod fields;
mod parse;
mod reader;

use bytes::Bytes;

use crate::{Version, Violation};

pub(crate) use self::parse::is_status_line;
pub use self::{
    fields::{Field, Fields},
    reader::{HeadBytes, HeadError, HeadReader},
};

/// The head of a response: status line and fields. Any bytes can be parsed as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResponseHead {
    /// The version; `None` if the status line is malformed.
    pub version: Option<Version>,
    /// The status code, 100 to 999; `None` if the status line is malformed.
    pub status: Option<u16>,
    /// The reason phrase, possibly empty.
    pub reason: Bytes,
    /// The header fields, without malformed ones.
    pub fields: Fields,
    /// The head as it arrived.
    pub raw: Bytes,
    /// What is malformed.
    pub faults: Vec<Violation>,
}

/// The head of a request: request line and fields. Any bytes can be parsed as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestHead {
    /// The method: the text before the first space.
    pub method: Bytes,
    /// The request target: the text between the first and last space, possibly empty.
    pub target: Bytes,
    /// The version; `None` if the request line is malformed.
    pub version: Option<Version>,
    /// The header fields, without malformed ones.
    pub fields: Fields,
    /// The head as it arrived.
    pub raw: Bytes,
    /// What is malformed.
    pub faults: Vec<Violation>,
}

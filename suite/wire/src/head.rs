//! HTTP/1.1 heads, read leniently: what is malformed is represented, and said.

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

/// The head of a response: status line and fields. Any bytes make one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResponseHead {
    /// The version; `None` where the status line is malformed.
    pub version: Option<Version>,
    /// The status code, 100 to 999; `None` where the status line is malformed.
    pub status: Option<u16>,
    /// The reason phrase, perhaps empty.
    pub reason: Bytes,
    /// The header fields, those that are malformed left out.
    pub fields: Fields,
    /// The head as it came.
    pub raw: Bytes,
    /// What is malformed.
    pub faults: Vec<Violation>,
}

/// The head of a request: request line and fields. Any bytes make one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestHead {
    /// The method: what is before the first space.
    pub method: Bytes,
    /// The request target: what is between the first and last space, perhaps nothing.
    pub target: Bytes,
    /// The version; `None` where the request line is malformed.
    pub version: Option<Version>,
    /// The header fields, those that are malformed left out.
    pub fields: Fields,
    /// The head as it came.
    pub raw: Bytes,
    /// What is malformed.
    pub faults: Vec<Violation>,
}

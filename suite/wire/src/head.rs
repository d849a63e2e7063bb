//! HTTP/1.1 heads, read leniently: what is malformed is represented, and said.

mod fields;
mod parse;
mod reader;

use std::fmt;

use bytes::Bytes;

use crate::Violation;

pub use self::{
    fields::{Field, Fields},
    reader::{HeadBytes, HeadError, HeadReader},
};

/// The version in a first line, as in `HTTP/1.1`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Version {
    /// The number before the dot.
    pub major: u8,
    /// The number after the dot.
    pub minor: u8,
}

impl Version {
    /// HTTP/1.1.
    pub const HTTP_11: Self = Self { major: 1, minor: 1 };
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP/{}.{}", self.major, self.minor)
    }
}

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

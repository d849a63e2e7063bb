//! Responses of HTTP/1.1 as they arrive, with their bodies (RFC 9112). Never refuses, and keeps no more than its limits.

mod chunks;
mod reader;

pub use self::reader::{HttpReader, HttpStep, ResponsePart};

//! The line notation of wsspec: scripts as values, parsed with exact positions, printed in one canonical form.
//!
//! Knows nothing about cases. Never opens a connection, never reads a clock.

mod beside;
mod bound;
mod error;
mod format;
mod frame;
mod generate;
mod http2;
mod item;
mod layers;
mod matrix;
mod parse;
mod payload;
mod peer_value;
mod print;
mod script;
mod streams;
mod suggestion;
mod volume;

pub use bound::Bound;
pub use error::NotationError;
pub use format::{format_script, with_accepted};
pub use frame::{Octets, bytes_of, frame_text, is_octets, is_sending, octets_of, octets_text};
pub use generate::Generator;
pub use http2::Http2Spec;
pub use layers::{KNOWN, variable, variables};
pub use matrix::{Matrix, Substituted, Values, substitute, suffix};
pub use parse::{NoFiles, PayloadFiles, parse_script, parse_sending};
pub use payload::{Payload, Spelling, escaped};
pub use peer_value::PeerValue;
pub use script::{
    Alternative, Answer, Attributes, Chop, Expectation, Expected, ExpectedClose, FieldEdit, FieldExpectation,
    FieldPlace, FrameKind, FrameSpec, HttpRequestSpec, Interval, ItemPattern, ItemSpec, Line, MaskSpec,
    RequestSpec, ResponseSpec, Script, Sending, StatusPattern, Step, Strength, Word,
};
pub use suggestion::{nearest, suggestion};
pub use volume::time_for;

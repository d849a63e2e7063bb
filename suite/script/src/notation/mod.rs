//! The line notation: read with exact positions, printed in one canonical way.

mod expect;
mod format;
mod parse;
mod payload;
mod print;
mod send;
mod words;

pub use format::format_script;
pub use parse::{NoFiles, PayloadFiles, parse_script, parse_sending};

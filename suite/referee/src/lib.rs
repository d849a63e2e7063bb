//! The referee: watches both halves of one connection and reports what arrived and which rules that breaks, with the
//! faulty bytes.
//!
//! Knows nothing about scripts, trials or verdicts. Never reads a clock, never opens a connection.

mod arrival;
mod conversation;
mod half;
mod history;
mod keys;
mod masks;
mod received;
mod seen;
mod stray;
mod tunnel;
mod undecidable;
mod uri;

pub use arrival::Arrival;
pub use conversation::{Conversation, ConversationInput};
pub use history::SentClose;
pub use keys::KeyBook;
pub use received::Received;
pub use seen::{Broken, Seen};
pub use undecidable::Undecidable;
pub use uri::{ClientTls, Uri};

//! The referee: watches both halves of one connection and says what arrived and which rules that breaks, with the bytes
//! at fault.
//!
//! Knows nothing of scripts, trials or verdicts. Never reads a clock, never opens a connection.

mod arrival;
mod conversation;
mod half;
mod history;
mod keys;
mod masks;
mod received;
mod seen;
mod stray;
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

//! The rules that a compressed message breaks if it refers back too far (RFC 7692, 7.2.1).

use crate::{Inflater, Violation, deflate::Overreach};

impl Inflater {
    /// How a message's payload, or the start of it, refers back further than was agreed (RFC 7692, 7.2.1).
    #[must_use]
    pub fn judge(&self, payload: &[u8]) -> Option<Violation> {
        Some(match self.overreach(payload)? {
            Overreach::Context { sender, bytes } => Violation::DeflateContext { sender, bytes },
            Overreach::Window { sender, bits, distance } => {
                Violation::DeflateWindow { sender, bits, distance }
            }
        })
    }
}

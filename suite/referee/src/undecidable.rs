//! What a connection cannot show.

use wsspec_wire::Violation;

/// A rule of which a connection can show nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecidable {
    /// How it would be broken; the data says nothing.
    pub violation: Violation,
    /// Why nobody can tell.
    pub why: &'static str,
}

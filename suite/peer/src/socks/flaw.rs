//! Deliberate deviations of the proxy for SOCKS.

/// One deliberate deviation of the proxy, in one place of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each has a row in the table that says what it does")]
pub enum SocksFlaw {
    ClientEndKept,
    ConnectionsCrossed,
    ReturnsDropped,
    ServerEndKept,
    ShortRestDropped,
    TopBitCleared,
}

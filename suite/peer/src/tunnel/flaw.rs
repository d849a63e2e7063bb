//! Deliberate deviations of the proxy that opens tunnels.

/// One deliberate deviation of the proxy, in one place of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each has a row in the table that says what it does")]
pub enum ConnectFlaw {
    ChallengeLeftOut,
    ClientEndKept,
    CodingSent,
    FramesJudged,
    HostUnchecked,
    LengthSent,
    LongHeadRedirected,
    OpensUnconnected,
    PortWrapped,
    RefusalTunnelled,
    RequestPassed,
    ReturnsDropped,
    SegmentRepeated,
    ServerEndKept,
    ShortRestDropped,
    TopBitCleared,
    TunnelsCrossed,
    UriTaken,
    ViaAdded,
    ZerosDropped,
}

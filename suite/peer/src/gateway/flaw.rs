//! Deliberate deviations of the gateway.

/// One deliberate deviation of the gateway, in one place of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each has a row in the table that says what it does")]
pub enum GatewayFlaw {
    AcceptUnchecked,
    ClientEndKept,
    ConnectionFieldPassed,
    ConnectionFieldsReturned,
    CookiesSplit,
    InvalidFieldPassed,
    KeyKept,
    KeyOfZeros,
    OpensUnconnected,
    PaddingPassed,
    RefusalAccepted,
    ServerEndKept,
    SettingWithdrawn,
    SubprotocolDropped,
    UnknownProtocolUpgraded,
    WindowsIgnored,
}

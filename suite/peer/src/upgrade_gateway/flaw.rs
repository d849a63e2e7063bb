//! Deliberate deviations of the gateway to HTTP/2.

/// One deliberate deviation of the gateway to HTTP/2, in one place of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each has a row in the table that says what it does")]
pub enum UpgradeGatewayFlaw {
    AcceptOfPathSent,
    ChoiceDropped,
    ClientEndKept,
    ConnectionFieldSent,
    KeyUnchecked,
    OfferDropped,
    RefusalAccepted,
    SchemeLeftOut,
    ServerEndKept,
    UppercaseSent,
}

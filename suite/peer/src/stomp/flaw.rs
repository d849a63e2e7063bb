//! Deliberate deviations of the broker: what each does, and which rule it breaks.

use super::table::{ROWS, StompFlawRow};

/// One deliberate deviation of the broker, in one place of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each has a row in the table that says what it does")]
pub enum StompFlaw {
    AnswersAfterError,
    BodyTrimmed,
    CommandLowercase,
    CommandUnknown,
    ColonsUnescaped,
    CommitIgnored,
    ConnectedTwice,
    DeliversAborted,
    DeliversAfterUnsubscribe,
    DeliversBeforeCommit,
    DestinationRenamed,
    ErrorTypeMalformed,
    ErrorTypeMissing,
    ErrorWithoutMessage,
    EscapeRAccepted,
    EscapesKept,
    EscapeUndefinedSent,
    EscapeUndefinedTaken,
    HeaderNotUtf8,
    HeadersDropped,
    HeadersTrimmed,
    HeaderWithoutColon,
    HeaderWithoutName,
    HeartBeatMalformed,
    LastRepeated,
    LengthIgnored,
    LengthMalformed,
    LengthMissing,
    LengthWrong,
    MessageIdsRepeated,
    MessageWithoutAck,
    MessageWithoutDestination,
    MessageWithoutId,
    MessageWithoutSubscription,
    NoCrLf,
    NoEols,
    NoReceiptForDisconnect,
    NoReceipts,
    NoStompCommand,
    NulInHead,
    OpenAfterError,
    OpenAfterVersions,
    ReceiptIdChanged,
    ReceiptWithBody,
    ReceiptWithoutId,
    ReceiptsRepeated,
    SendWithoutDestination,
    SendsBeforeConnected,
    ServerNameMissing,
    SubscriptionWrong,
    SubscribeWithoutDestination,
    VersionLowest,
    VersionMissing,
    VersionsIgnored,
    VersionsWithoutError,
}

impl StompFlaw {
    /// Every flaw.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.flaw)
    }

    /// What it does, in the present tense.
    #[must_use]
    pub fn does(self) -> &'static str {
        self.row().map_or("", |row| row.does)
    }

    /// The requirement that it breaks.
    #[must_use]
    pub fn breaks(self) -> &'static str {
        self.row().map_or("", |row| row.breaks)
    }

    /// The case that catches it.
    #[must_use]
    pub fn caught_by(self) -> &'static str {
        self.row().map_or("", |row| row.caught_by)
    }

    fn row(self) -> Option<&'static StompFlawRow> {
        ROWS.iter().find(|row| row.flaw == self)
    }
}

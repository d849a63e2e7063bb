//! Deliberate deviations of the broker: what each does, and which rule it breaks.

use super::table::{FURTHER, ROWS, StompFlawRow};

/// One deliberate deviation of the broker, in one place of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each has a row in the table that says what it does")]
pub enum StompFlaw {
    AcksRefused,
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
    ErrorWithoutReceiptId,
    EscapeRAccepted,
    EscapesIn10,
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
    LengthWanted,
    LengthWrong,
    LimitsSilent,
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
    SubscriptionIgnored,
    SubscriptionWrong,
    SubscribeWithoutDestination,
    VersionAssumed,
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

    /// Its name, stable: `no-receipts`.
    #[must_use]
    pub fn name(self) -> String {
        let word = format!("{self:?}");
        let kebab = word.char_indices().map(|(at, letter)| match letter {
            letter if letter.is_ascii_uppercase() && at > 0 => format!("-{}", letter.to_ascii_lowercase()),
            letter => letter.to_ascii_lowercase().to_string(),
        });
        kebab.collect()
    }

    /// The flaws that break a requirement.
    pub fn breaking(requirement: &str) -> impl Iterator<Item = Self> {
        let also = FURTHER.iter().filter(move |(id, _)| *id == requirement).map(|(_, flaw)| *flaw);
        Self::all().filter(move |flaw| flaw.breaks() == requirement).chain(also)
    }

    /// Whether a flaw shows that the requirement is tested.
    #[must_use]
    pub fn proves(requirement: &str) -> bool {
        Self::breaking(requirement).next().is_some()
    }

    fn row(self) -> Option<&'static StompFlawRow> {
        ROWS.iter().find(|row| row.flaw == self)
    }
}

//! The flaws of the broker: one row each.

use super::flaw::StompFlaw::{self, *};

/// What a flaw does, the requirement that it breaks, and the case that catches it.
struct StompFlawRow {
    flaw: StompFlaw,
    does: &'static str,
    breaks: &'static str,
    caught_by: &'static str,
}

const fn row(
    flaw: StompFlaw,
    does: &'static str,
    breaks: &'static str,
    caught_by: &'static str,
) -> StompFlawRow {
    StompFlawRow { flaw, does, breaks, caught_by }
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

/// Every flaw.
const ROWS: &[StompFlawRow] = &[
    row(AcksRefused, "refuses every acknowledgement", "stomp#1.2.ack:1", "stomp/1.2.ack/ack-of-a-message"),
    row(
        AnswersAfterError,
        "answers frames after an ERROR",
        "stomp#1.2.error:1",
        "stomp/1.2.error/closes-after-error",
    ),
    row(BodyTrimmed, "trims the body of a message", "stomp#1.2.send:4", "stomp/1.2.send/body"),
    row(
        CommandLowercase,
        "takes commands in lower case",
        "stomp#1.2.frames:4",
        "stomp/1.2.frames/command-in-lower-case",
    ),
    row(
        CommandUnknown,
        "sends a frame WELCOME after CONNECTED",
        "stomp#1.2.server:1",
        "stomp/1.2.frames/whole-session",
    ),
    row(
        ColonsUnescaped,
        "does not escape what it sends",
        "stomp#1.2.encoding:4",
        "stomp/1.2.encoding/escaped-value",
    ),
    row(
        CommitIgnored,
        "drops what was sent in a transaction at its COMMIT",
        "stomp#1.2.commit:1",
        "stomp/1.2.commit/commit-delivers",
    ),
    row(ConnectedTwice, "sends CONNECTED twice", "stomp#1.2.connecting:1", "stomp/1.2.frames/whole-session"),
    row(
        DeliversAborted,
        "delivers what was sent in an aborted transaction",
        "stomp#1.2.abort:1",
        "stomp/1.2.abort/abort-discards",
    ),
    row(
        DeliversAfterUnsubscribe,
        "keeps a subscription after UNSUBSCRIBE",
        "stomp#1.2.unsubscribe:1",
        "stomp/1.2.unsubscribe/nothing-after-unsubscribe",
    ),
    row(
        DeliversBeforeCommit,
        "delivers at once what is sent in a transaction",
        "stomp#1.2.begin:1",
        "stomp/1.2.begin/not-before-commit",
    ),
    row(
        DestinationRenamed,
        "sends messages with another destination",
        "stomp#1.2.message:2",
        "stomp/1.2.message/destination-of-its-send",
    ),
    row(
        ErrorTypeMalformed,
        "sends an ERROR with a content-type that is not a MIME type",
        "stomp#1.2.type:2",
        "stomp/1.2.send/without-destination",
    ),
    row(
        ErrorTypeMissing,
        "sends an ERROR with a body and no content-type",
        "stomp#1.2.type:1",
        "stomp/1.2.send/without-destination",
    ),
    row(
        ErrorWithoutMessage,
        "sends an ERROR without a message header",
        "stomp#1.2.error:2",
        "stomp/1.2.error/message-of-an-error",
    ),
    row(
        ErrorWithoutReceiptId,
        "does not say which frame an ERROR is about",
        "stomp#1.2.error:3",
        "stomp/1.2.error/receipt-id-of-an-error",
    ),
    row(
        EscapeRAccepted,
        "takes the escape of carriage return in version 1.1",
        "stomp#1.1.encoding:3",
        "stomp/1.1.encoding/undefined-escape[letter=r]",
    ),
    row(
        EscapesIn10,
        "translates escapes in version 1.0",
        "stomp#1.2.negotiation:2",
        "stomp/1.2.negotiation/without-accept-version",
    ),
    row(
        EscapesKept,
        "does not translate escapes",
        "stomp#1.2.encoding:2",
        "stomp/1.2.encoding/escaped-value",
    ),
    row(
        EscapeUndefinedSent,
        "sends an undefined escape",
        "stomp#1.2.encoding:4",
        "stomp/1.2.frames/whole-session",
    ),
    row(
        EscapeUndefinedTaken,
        "takes an undefined escape as it is",
        "stomp#1.2.encoding:3",
        "stomp/1.2.encoding/undefined-escape",
    ),
    row(
        HeaderNotUtf8,
        "sends a header that is not UTF-8",
        "stomp#1.2.encoding:1",
        "stomp/1.2.frames/whole-session",
    ),
    row(HeadersDropped, "drops the headers of a SEND", "stomp#1.2.send:1", "stomp/1.2.send/user-headers"),
    row(
        HeadersTrimmed,
        "trims values of headers",
        "stomp#1.2.encoding:6",
        "stomp/1.2.encoding/spaces-in-values",
    ),
    row(
        HeaderWithoutColon,
        "sends a header line without a colon",
        "stomp#1.2.frames:1",
        "stomp/1.2.frames/whole-session",
    ),
    row(
        HeaderWithoutName,
        "sends a header without a name",
        "stomp#1.2.bnf:1",
        "stomp/1.2.frames/whole-session",
    ),
    row(
        HeartBeatMalformed,
        "sends a heart-beat that is not two numbers",
        "stomp#1.2.heartbeat:1",
        "stomp/1.2.connecting/connected",
    ),
    row(
        LastRepeated,
        "puts the last of several headers with one name first",
        "stomp#1.2.repeated:1",
        "stomp/1.2.repeated/first-of-repeated",
    ),
    row(
        LengthIgnored,
        "reads bodies to their first NUL",
        "stomp#1.2.length:1",
        "stomp/1.2.length/body-with-nuls",
    ),
    row(
        LengthMalformed,
        "sends a content-length that is not a whole number",
        "stomp#1.2.length:2",
        "stomp/1.2.frames/whole-session",
    ),
    row(
        LengthMissing,
        "sends messages without content-length",
        "stomp#1.2.length:4",
        "stomp/1.2.length/no-content-length",
    ),
    row(
        LengthWanted,
        "refuses a body without content-length",
        "stomp#1.2.length:5",
        "stomp/1.2.length/no-content-length",
    ),
    row(
        LengthWrong,
        "sends a content-length that is too small",
        "stomp#1.2.length:3",
        "stomp/1.2.frames/whole-session",
    ),
    row(
        LimitsSilent,
        "drops frames beyond its limits without a word",
        "stomp#1.2.limits:1",
        "stomp/1.2.limits/many-headers[count=2000]",
    ),
    row(
        MessageIdsRepeated,
        "sends each message with the same message-id",
        "stomp#1.2.message:4",
        "stomp/1.2.message/unique-message-ids",
    ),
    row(
        MessageWithoutAck,
        "sends messages that are to be acknowledged without ack",
        "stomp#1.2.message:7",
        "stomp/1.2.message/ack-header",
    ),
    row(
        MessageWithoutDestination,
        "sends messages without a destination",
        "stomp#1.2.message:1",
        "stomp/1.2.message/headers-of-a-message",
    ),
    row(
        MessageWithoutId,
        "sends messages without a message-id",
        "stomp#1.2.message:3",
        "stomp/1.2.message/headers-of-a-message",
    ),
    row(
        MessageWithoutSubscription,
        "sends messages without a subscription",
        "stomp#1.2.message:5",
        "stomp/1.2.message/headers-of-a-message",
    ),
    row(
        NoCrLf,
        "refuses lines that end with a carriage return and a line feed",
        "stomp#1.2.frames:2",
        "stomp/1.2.frames/cr-lf",
    ),
    row(
        NoEols,
        "refuses line ends between frames",
        "stomp#1.2.frames:3",
        "stomp/1.2.frames/line-ends-after-nul",
    ),
    row(
        NoReceiptForDisconnect,
        "sends no receipt for DISCONNECT",
        "stomp#1.2.disconnect:1",
        "stomp/1.2.disconnect/receipt-for-disconnect",
    ),
    row(NoReceipts, "sends no receipts", "stomp#1.2.receipt:1", "stomp/1.2.receipt/receipt-for-send"),
    row(
        NoStompCommand,
        "does not know the frame STOMP",
        "stomp#1.2.connect:1",
        "stomp/1.2.connect/stomp-frame",
    ),
    row(NulInHead, "sends a NUL in a header", "stomp#1.2.frames:1", "stomp/1.2.frames/whole-session"),
    row(
        OpenAfterError,
        "leaves the connection open after an ERROR",
        "stomp#1.2.send:3",
        "stomp/1.2.send/without-destination-closes",
    ),
    row(
        OpenAfterVersions,
        "leaves the connection open without a common version",
        "stomp#1.2.negotiation:4",
        "stomp/1.2.negotiation/no-common-version-closes",
    ),
    row(
        ReceiptIdChanged,
        "changes the receipt-id",
        "stomp#1.2.receiptframe:2",
        "stomp/1.2.receipt/receipt-for-send",
    ),
    row(
        ReceiptWithBody,
        "sends receipts with a body",
        "stomp#1.2.body:1",
        "stomp/1.2.receipt/receipt-for-send",
    ),
    row(
        ReceiptWithoutId,
        "sends receipts without receipt-id",
        "stomp#1.2.receiptframe:1",
        "stomp/1.2.receipt/receipt-for-send",
    ),
    row(
        ReceiptsRepeated,
        "sends each receipt twice",
        "stomp#1.2.receiptframe:2",
        "stomp/1.2.receipt/several-receipts",
    ),
    row(
        SendWithoutDestination,
        "ignores a SEND without a destination",
        "stomp#1.2.send:2",
        "stomp/1.2.send/without-destination",
    ),
    row(
        SendsBeforeConnected,
        "processes frames before CONNECT",
        "stomp#1.2.connecting:1",
        "stomp/1.2.connecting/frame-before-connect",
    ),
    row(
        ServerNameMissing,
        "sends a server header without a name",
        "stomp#1.2.connected:2",
        "stomp/1.2.connecting/connected",
    ),
    row(
        SubscriptionIgnored,
        "delivers nothing to subscriptions",
        "stomp#1.2.subscribe:3",
        "stomp/1.2.frames/whole-session",
    ),
    row(
        SubscriptionWrong,
        "sends messages with another subscription",
        "stomp#1.2.message:6",
        "stomp/1.2.message/headers-of-a-message",
    ),
    row(
        SubscribeWithoutDestination,
        "ignores a SUBSCRIBE without a destination",
        "stomp#1.2.subscribe:1",
        "stomp/1.2.subscribe/without-destination",
    ),
    row(
        VersionAssumed,
        "takes a missing accept-version for 1.1",
        "stomp#1.1.negotiation:1",
        "stomp/1.2.negotiation/without-accept-version",
    ),
    row(
        VersionLowest,
        "chooses the lowest version",
        "stomp#1.2.negotiation:1",
        "stomp/1.2.negotiation/highest-version",
    ),
    row(
        VersionMissing,
        "sends CONNECTED without a version",
        "stomp#1.2.connected:1",
        "stomp/1.2.connecting/connected",
    ),
    row(
        VersionsIgnored,
        "opens each session in version 1.2",
        "stomp#1.2.negotiation:1",
        "stomp/1.2.negotiation/unknown-versions-are-skipped",
    ),
    row(
        VersionsWithoutError,
        "closes the connection without an ERROR if there is no common version",
        "stomp#1.2.negotiation:3",
        "stomp/1.2.negotiation/no-common-version",
    ),
];

/// Requirements that flaws break besides the one in their row: those of other versions, mostly.
const FURTHER: &[(&str, StompFlaw)] = &[
    ("stomp#1.0.commands:1", SubscriptionIgnored),
    ("stomp#1.0.message:1", MessageWithoutDestination),
    ("stomp#1.0.message:2", MessageWithoutId),
    ("stomp#1.0.message:3", MessageIdsRepeated),
    ("stomp#1.0.receiptframe:1", ReceiptIdChanged),
    ("stomp#1.1.ack:1", AcksRefused),
    ("stomp#1.1.bnf:1", HeaderWithoutName),
    ("stomp#1.1.connect:1", NoStompCommand),
    ("stomp#1.1.connected:1", VersionMissing),
    ("stomp#1.1.connected:2", ServerNameMissing),
    ("stomp#1.1.connecting:1", ConnectedTwice),
    ("stomp#1.1.encoding:1", HeaderNotUtf8),
    ("stomp#1.1.encoding:2", EscapesKept),
    ("stomp#1.1.encoding:4", ColonsUnescaped),
    ("stomp#1.1.encoding:5", ReceiptWithBody),
    ("stomp#1.1.error:1", ErrorWithoutMessage),
    ("stomp#1.1.frames:1", HeaderWithoutColon),
    ("stomp#1.1.heartbeat:1", HeartBeatMalformed),
    ("stomp#1.1.length:1", LengthMalformed),
    ("stomp#1.1.length:2", LengthWrong),
    ("stomp#1.1.message:1", MessageWithoutDestination),
    ("stomp#1.1.message:2", MessageWithoutId),
    ("stomp#1.1.message:3", MessageIdsRepeated),
    ("stomp#1.1.message:4", MessageWithoutSubscription),
    ("stomp#1.1.receipt:1", NoReceipts),
    ("stomp#1.1.receiptframe:1", ReceiptIdChanged),
    ("stomp#1.1.send:1", HeadersDropped),
    ("stomp#1.1.server:1", CommandUnknown),
    ("stomp#1.2.nack:1", AcksRefused),
    ("stomp#1.2.subscribe:2", OpenAfterError),
];

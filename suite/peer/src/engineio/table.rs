//! The flaws of the server of Engine.IO and Socket.IO: one row each.

use super::flaw::EngineIoFlaw::{self, *};

/// What a flaw does, the requirement that it breaks, and the case that catches it.
struct EngineIoFlawRow {
    flaw: EngineIoFlaw,
    does: &'static str,
    breaks: &'static str,
    caught_by: &'static str,
}

const fn row(
    flaw: EngineIoFlaw,
    does: &'static str,
    breaks: &'static str,
    caught_by: &'static str,
) -> EngineIoFlawRow {
    EngineIoFlawRow { flaw, does, breaks, caught_by }
}

impl EngineIoFlaw {
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

    /// Its name, stable: `no-pings`.
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

    fn row(self) -> Option<&'static EngineIoFlawRow> {
        ROWS.iter().find(|row| row.flaw == self)
    }
}

/// Every flaw.
const ROWS: &[EngineIoFlawRow] = &[
    row(
        MessageBeforeOpen,
        "sends a packet before the open packet",
        "engineio#4.handshake:1",
        "engineio/4.handshake/open-first",
    ),
    row(
        OpenNotJson,
        "sends an open packet whose payload is not JSON",
        "engineio#4.handshake:2",
        "engineio/4.handshake/open-is-json",
    ),
    row(
        SidNumber,
        "sends the session id as a number",
        "engineio#4.handshake:3",
        "engineio/4.handshake/open-has-its-keys[key=sid]",
    ),
    row(
        UpgradesText,
        "sends upgrades as a string",
        "engineio#4.handshake:4",
        "engineio/4.handshake/open-has-its-keys[key=upgrades]",
    ),
    row(
        IntervalText,
        "sends pingInterval as a string",
        "engineio#4.handshake:5",
        "engineio/4.handshake/open-has-its-keys[key=pingInterval]",
    ),
    row(
        TimeoutMissing,
        "leaves out pingTimeout",
        "engineio#4.handshake:6",
        "engineio/4.handshake/open-has-its-keys[key=pingTimeout]",
    ),
    row(
        MaxPayloadMissing,
        "leaves out maxPayload",
        "engineio#4.handshake:7",
        "engineio/4.handshake/open-has-its-keys[key=maxPayload]",
    ),
    row(OpenTwice, "sends the open packet twice", "engineio#4.handshake:8", "engineio/4.handshake/open-once"),
    row(
        LimitLow,
        "closes at messages far below maxPayload",
        "engineio#4.handshake:9",
        "engineio/4.handshake/long-text*",
    ),
    row(
        VersionOptional,
        "opens a session without EIO in the query",
        "engineio#4.websocket:1",
        "engineio/4.websocket/parameter-missing[query=transport=websocket]",
    ),
    row(
        TransportOptional,
        "opens a session without transport in the query",
        "engineio#4.websocket:1",
        "engineio/4.websocket/parameter-missing[query=EIO=4]",
    ),
    row(
        PayloadsSplit,
        "reads a message as a payload of several packets",
        "engineio#4.websocket:2",
        "engineio/4.websocket/separator-is-data",
    ),
    row(
        PacketsJoined,
        "sends two packets in one message",
        "engineio#4.websocket:2",
        "engineio/4.websocket/packets-in-a-row",
    ),
    row(
        TypeUnknownSent,
        "sends a packet of an unknown type",
        "engineio#4.packets:1",
        "engineio/4.packets/types-of-a-server",
    ),
    row(
        EmptyPacketSent,
        "sends a packet without a type",
        "engineio#4.packets:1",
        "engineio/4.packets/types-of-a-server",
    ),
    row(
        UnknownTypesEchoed,
        "sends packets of unknown types back",
        "engineio#4.packets:1",
        "engineio/4.packets/unknown-type-nine",
    ),
    row(NoPings, "never pings", "engineio#4.heartbeat:1", "engineio/4.heartbeat/ping"),
    row(PingsOnce, "pings once", "engineio#4.heartbeat:1", "engineio/4.heartbeat/three-pings"),
    row(
        PongsIgnored,
        "closes though pings are answered",
        "engineio#4.heartbeat:2",
        "engineio/4.heartbeat/pongs-keep-the-session",
    ),
    row(
        PongsNotAwaited,
        "does not notice that no pong comes",
        "engineio#4.heartbeat:3",
        "engineio/4.heartbeat/no-pong",
    ),
    row(EmptyDropped, "drops messages without data", "engineio#4.message:1", "engineio/4.message/empty-text"),
    row(TextTrimmed, "trims text", "engineio#4.message:1", "engineio/4.message/text-spaces"),
    row(
        OrderLost,
        "sends the second of two messages first",
        "engineio#4.message:1",
        "engineio/4.message/text-and-binary",
    ),
    row(
        TextAsBinary,
        "sends text as binary data",
        "engineio#4.encoding:1",
        "engineio/4.encoding/text-is-text",
    ),
    row(
        BinaryAsText,
        "sends binary data as base64",
        "engineio#4.encoding:2",
        "engineio/4.encoding/binary-is-unchanged",
    ),
    row(
        BinaryPrefixed,
        "sends binary data with a type in front",
        "engineio#4.encoding:2",
        "engineio/4.encoding/binary-is-unchanged",
    ),
    row(
        SocketTypeUnknownSent,
        "sends a packet of an unknown type",
        "socketio#5.exchange:1",
        "socketio/5.exchange/types-of-a-server",
    ),
    row(
        ConnectUnanswered,
        "does not answer a CONNECT to another namespace",
        "socketio#5.connection:2",
        "socketio/5.connection/other-namespace",
    ),
    row(
        ConnectWithoutSid,
        "answers a CONNECT without a session id",
        "socketio#5.connection:2",
        "socketio/5.connection/main-namespace",
    ),
    row(
        SocketSidNumber,
        "answers a CONNECT with a number for a session id",
        "socketio#5.connection:2",
        "socketio/5.connection/main-namespace",
    ),
    row(
        UnknownNamespaceIgnored,
        "does not answer a CONNECT to an unknown namespace",
        "socketio#5.connection:2",
        "socketio/5.connection/unknown-namespace",
    ),
    row(
        FirstIgnored,
        "ignores a first packet that is not CONNECT",
        "socketio#5.connection:3",
        "socketio/5.connection/first-packet-event",
    ),
    row(
        ConnectAnsweredTwice,
        "answers a CONNECT twice",
        "socketio#5.connection:4",
        "socketio/5.connection/one-answer",
    ),
    row(
        ConnectNamespaceLost,
        "answers a CONNECT in the main namespace",
        "socketio#5.connection:4",
        "socketio/5.connection/other-namespace",
    ),
    row(
        AuthLost,
        "loses the payload of a CONNECT",
        "socketio#5.connection:5",
        "socketio/5.connection/payload-of-connect-token",
    ),
    row(
        NamespaceReplaces,
        "leaves the namespaces that were connected before",
        "socketio#5.connection:6",
        "socketio/5.connection/two-namespaces",
    ),
    row(
        ArgumentsLost,
        "loses all arguments but the first",
        "socketio#5.data:1",
        "socketio/5.data/arguments-numbers",
    ),
    row(NumbersAsText, "turns numbers into strings", "socketio#5.data:1", "socketio/5.data/arguments-number"),
    row(
        NonAsciiLost,
        "replaces characters outside ASCII",
        "socketio#5.data:1",
        "socketio/5.data/arguments-non-ascii",
    ),
    row(
        EventNamespaceLost,
        "sends events of another namespace in the main one",
        "socketio#5.data:4",
        "socketio/5.data/other-namespace",
    ),
    row(
        EventEmptySent,
        "sends events with an empty array",
        "socketio#5.data:2",
        "socketio/5.data/events-have-arrays",
    ),
    row(
        EventObjectSent,
        "sends events with an object",
        "socketio#5.data:2",
        "socketio/5.data/events-have-arrays",
    ),
    row(
        EmptyEventsIgnored,
        "ignores events with an empty array",
        "socketio#5.data:3",
        "socketio/5.data/payload-empty-array",
    ),
    row(
        ObjectEventsIgnored,
        "ignores events with an object",
        "socketio#5.data:3",
        "socketio/5.data/payload-object",
    ),
    row(
        TextEventsIgnored,
        "ignores events with a string",
        "socketio#5.data:3",
        "socketio/5.data/payload-text",
    ),
    row(
        BareEventsIgnored,
        "ignores events without a payload",
        "socketio#5.data:3",
        "socketio/5.data/payload-missing",
    ),
    row(
        EventsBeforeConnect,
        "sends an event before it accepts the namespace",
        "socketio#5.data:4",
        "socketio/5.data/events-after-connect",
    ),
    row(
        FirstProcessed,
        "processes events before any namespace is connected",
        "socketio#5.data:4",
        "socketio/5.connection/first-packet-event",
    ),
    row(
        AttachmentsInline,
        "sends an event with attachments without them",
        "socketio#5.data:5",
        "socketio/5.data/one-attachment-short",
    ),
    row(
        AttachmentsReversed,
        "sends attachments in reverse order",
        "socketio#5.data:5",
        "socketio/5.data/two-attachments",
    ),
    row(
        AckZeroLost,
        "does not acknowledge an event with the id 0",
        "socketio#5.ack:2",
        "socketio/5.ack/ack-of-an-event[id=0]",
    ),
    row(
        AckLongLost,
        "does not acknowledge an event with a long id",
        "socketio#5.ack:2",
        "socketio/5.ack/ack-of-an-event*",
    ),
    row(
        AckEmptyLost,
        "does not acknowledge an event without arguments",
        "socketio#5.ack:2",
        "socketio/5.ack/ack-without-arguments",
    ),
    row(
        AckAsEvent,
        "sends an acknowledgement as an event",
        "socketio#5.ack:2",
        "socketio/5.ack/ack-of-an-event*",
    ),
    row(
        AckText,
        "sends an acknowledgement with a string",
        "socketio#5.ack:3",
        "socketio/5.ack/ack-is-an-array",
    ),
    row(
        AckWithoutPayload,
        "sends an acknowledgement without a payload",
        "socketio#5.ack:3",
        "socketio/5.ack/ack-is-an-array",
    ),
    row(AckIdChanged, "acknowledges with another id", "socketio#5.ack:4", "socketio/5.ack/ack-of-an-event*"),
    row(
        AckNamespaceLost,
        "sends acknowledgements of another namespace in the main one",
        "socketio#5.ack:4",
        "socketio/5.ack/ack-elsewhere",
    ),
    row(AcksRepeated, "acknowledges an event twice", "socketio#5.ack:4", "socketio/5.ack/ack-once"),
    row(
        EventsAfterDisconnect,
        "answers events after DISCONNECT",
        "socketio#5.disconnect:1",
        "socketio/5.disconnect/no-events-afterwards",
    ),
    row(
        PayloadNotJson,
        "sends events with a comma too many",
        "socketio#5.encoding:2",
        "socketio/5.encoding/payload-is-json",
    ),
    row(
        NamespaceWritten,
        "writes out the main namespace",
        "socketio#5.encoding:3",
        "socketio/5.encoding/main-namespace-left-out",
    ),
    row(
        CountMissing,
        "does not say how many attachments follow",
        "socketio#5.encoding:4",
        "socketio/5.encoding/count-of-attachments",
    ),
    row(
        AttachmentsMissing,
        "loses the last attachment",
        "socketio#5.encoding:5",
        "socketio/5.encoding/attachments-follow",
    ),
    row(
        AttachmentUnannounced,
        "sends one attachment more than announced",
        "socketio#5.encoding:5",
        "socketio/5.encoding/attachments-follow",
    ),
    row(
        PlaceholderWrong,
        "sends a placeholder for an attachment that there is not",
        "socketio#5.encoding:6",
        "socketio/5.encoding/placeholders-fit",
    ),
    row(
        SidShared,
        "gives a namespace the session id of Engine.IO",
        "socketio#5.history:1",
        "socketio/5.history/session-ids-differ",
    ),
    row(
        ErrorText,
        "refuses a namespace with a string",
        "socketio#5.history:2",
        "socketio/5.history/refusal-is-an-object",
    ),
];

/// Further requirements that a flaw breaks by their wording.
const FURTHER: &[(&str, EngineIoFlaw)] =
    &[("socketio#5.encoding:1", AckAsEvent), ("socketio#5.ack:5", AttachmentsInline)];

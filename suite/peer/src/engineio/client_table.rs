//! The flaws of the client of Engine.IO and Socket.IO: one row each.

use super::client_flaw::EngineIoClientFlaw::{self, *};
use crate::layer_flaws::layer_flaws;

layer_flaws!(EngineIoClientFlaw, EngineIoClientFlawRow);

/// Every flaw.
const ROWS: &[EngineIoClientFlawRow] = &[
    row(
        VersionMissing,
        "asks for a WebSocket without EIO in the query",
        "engineio#4.websocket:5",
        "engineio/4.websocket/parameters-of-a-client",
    ),
    row(
        TransportMissing,
        "asks for a WebSocket without transport in the query",
        "engineio#4.websocket:5",
        "engineio/4.websocket/parameters-of-a-client",
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
    row(
        NoPongs,
        "does not answer pings",
        "engineio#4.heartbeat:4",
        "engineio/4.heartbeat/client-answers-pings",
    ),
    row(PongsOnce, "answers one ping", "engineio#4.heartbeat:4", "engineio/4.heartbeat/client-answers-pings"),
    row(
        PingsNotAwaited,
        "does not notice that no ping comes",
        "engineio#4.heartbeat:5",
        "engineio/4.heartbeat/no-ping",
    ),
    row(
        MessagesAsPings,
        "takes each message for a ping",
        "engineio#4.heartbeat:5",
        "engineio/4.heartbeat/messages-are-no-pings",
    ),
    row(
        PingsIgnored,
        "closes though pings come",
        "engineio#4.heartbeat:6",
        "engineio/4.heartbeat/pings-keep-the-connection",
    ),
    row(
        SpeaksEarly,
        "sends a message before the open packet",
        "engineio#4.message:2",
        "engineio/4.message/nothing-before-open",
    ),
    row(PingsItself, "sends a ping", "engineio#4.history:1", "engineio/4.history/client-sends-no-pings"),
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
    row(EventFirst, "begins with an event", "socketio#5.connection:1", "socketio/5.connection/connect-first"),
    row(
        ConnectNotAwaited,
        "sends an event before its namespace is connected",
        "socketio#5.data:4",
        "socketio/5.data/client-waits-for-connect",
    ),
    row(
        RefusalIgnored,
        "sends an event in a namespace that is refused",
        "socketio#5.data:4",
        "socketio/5.data/client-is-refused",
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
        "socketio#5.data:1",
        "socketio/5.data/client-answers-elsewhere",
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
        "socketio/5.ack/client-acknowledges-elsewhere",
    ),
    row(AcksRepeated, "acknowledges an event twice", "socketio#5.ack:4", "socketio/5.ack/ack-once"),
    row(
        EventsAfterDisconnect,
        "answers events after DISCONNECT",
        "socketio#5.disconnect:1",
        "socketio/5.disconnect/nothing-after-disconnect-of-the-server",
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
];

/// Further requirements that a flaw breaks by their wording.
const FURTHER: &[(&str, EngineIoClientFlaw)] =
    &[("socketio#5.encoding:1", AckAsEvent), ("socketio#5.ack:5", AttachmentsInline)];

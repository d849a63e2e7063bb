//! The flaws of the server's long-polling: one row each.

use super::flaw::PollingFlaw::{self, *};
use crate::layer_flaws::layer_flaws;

layer_flaws!(PollingFlaw, PollingFlawRow);

/// Every flaw.
const ROWS: &[PollingFlawRow] = &[
    row(
        PollVersionOptional,
        "opens a session over long-polling without EIO in the query",
        "engineio#4.query:1",
        "engineio/4.query/parameter-missing[query=transport=polling]",
    ),
    row(
        PollTransportOptional,
        "takes a request without transport for one of long-polling",
        "engineio#4.query:1",
        "engineio/4.query/parameter-missing[query=EIO=4]",
    ),
    row(
        TypelessRefused,
        "refuses a body without a content type",
        "engineio#4.headers:2",
        "engineio/4.headers/body-without-a-type",
    ),
    row(
        UnknownSidPosted,
        "takes packets for a session that it does not know",
        "engineio#4.sending:1",
        "engineio/4.sending/unknown-session",
    ),
    row(PostAnsweredLoudly, "answers a POST with OK", "engineio#4.sending:2", "engineio/4.sending/ok"),
    row(
        PostWithoutBodyBack,
        "answers a POST without a body",
        "engineio#4.sending:2",
        "engineio/4.sending/ok-to-several-packets",
    ),
    row(
        PostsOverlap,
        "takes a second POST beside one that goes on",
        "engineio#4.sending:3",
        "engineio/4.sending/second-post-is-refused",
    ),
    row(
        PostsOverlapKept,
        "keeps a session with two POSTs at once",
        "engineio#4.sending:3",
        "engineio/4.sending/second-post-ends-the-session",
    ),
    row(
        UnknownSidPolled,
        "opens a session at a GET for one that it does not know",
        "engineio#4.receiving:1",
        "engineio/4.receiving/unknown-session",
    ),
    row(
        HeldGetForgotten,
        "does not answer a GET that waits when there is a message",
        "engineio#4.receiving:3",
        "engineio/4.receiving/waiting-get",
    ),
    row(
        GetsOverlap,
        "takes a second GET beside one that waits",
        "engineio#4.receiving:4",
        "engineio/4.receiving/second-get-is-refused",
    ),
    row(
        GetsOverlapKept,
        "keeps a session with two GETs at once",
        "engineio#4.receiving:4",
        "engineio/4.receiving/second-get-ends-the-session",
    ),
    row(
        GetAnsweredTwice,
        "answers a GET twice",
        "engineio#4.receiving:6",
        "engineio/4.receiving/one-response",
    ),
    row(
        SecondSocketTaken,
        "opens a second WebSocket for a session",
        "engineio#4.websocket:3",
        "engineio/4.websocket/second-connection",
    ),
    row(
        NoopBeforeOpen,
        "sends a noop packet before the open packet",
        "engineio#4.handshake:1",
        "engineio/4.handshake/polled-open-first",
    ),
    row(
        HandshakeEmpty,
        "opens a session with an empty response",
        "engineio#4.handshake:1",
        "engineio/4.handshake/polled-open-first",
    ),
    row(
        OpenRepeated,
        "sends the open packet with the first message again",
        "engineio#4.handshake:8",
        "engineio/4.handshake/polled-open-once",
    ),
    row(
        PollLimitLow,
        "refuses bodies far below maxPayload",
        "engineio#4.handshake:9",
        "engineio/4.handshake/polled-long-text*",
    ),
    row(
        PollWithoutPings,
        "never pings over long-polling",
        "engineio#4.heartbeat:1",
        "engineio/4.heartbeat/polled-ping",
    ),
    row(
        PongsByPostIgnored,
        "ends a session though its pongs come by POST",
        "engineio#4.heartbeat:2",
        "engineio/4.heartbeat/polled-pongs-keep-the-session",
    ),
    row(
        PongsByPostNotAwaited,
        "does not notice that no pong comes by POST",
        "engineio#4.heartbeat:3",
        "engineio/4.heartbeat/no-polled-pong",
    ),
    row(
        NoopMissing,
        "lets a GET wait when its session is upgraded",
        "engineio#4.upgrade:1",
        "engineio/4.upgrade/noop-for-a-waiting-get",
    ),
    row(ProbeNotAnswered, "does not answer a probe", "engineio#4.upgrade:2", "engineio/4.upgrade/probe"),
    row(
        ProbePayloadLost,
        "answers a probe without `probe`",
        "engineio#4.upgrade:2",
        "engineio/4.upgrade/probe",
    ),
    row(
        UpgradeIgnored,
        "goes on with long-polling after an upgrade packet",
        "engineio#4.upgrade:6",
        "engineio/4.upgrade/text-afterwards",
    ),
    row(
        QueueLost,
        "drops what waits when a session is upgraded",
        "engineio#4.upgrade:7",
        "engineio/4.upgrade/waiting-message",
    ),
    row(
        QueueRepeated,
        "sends what waits twice when a session is upgraded",
        "engineio#4.upgrade:7",
        "engineio/4.upgrade/waiting-message",
    ),
    row(
        PollOrderLost,
        "sends the packets of a response in reverse",
        "engineio#4.message:1",
        "engineio/4.message/polled-order",
    ),
    row(
        SeparatorOther,
        "separates packets by line feeds",
        "engineio#4.encoding:3",
        "engineio/4.encoding/several-packets-in-a-body",
    ),
    row(
        BodyReadAsOne,
        "takes a body for one packet",
        "engineio#4.encoding:3",
        "engineio/4.encoding/packets-of-a-body-are-separate",
    ),
    row(
        SeparatorAtEnd,
        "ends a body with a separator",
        "engineio#4.packets:1",
        "engineio/4.packets/polled-types-of-a-server",
    ),
    row(
        Base64ForUrls,
        "writes binary data in the alphabet of base64url",
        "engineio#4.encoding:4",
        "engineio/4.encoding/base64*",
    ),
    row(Base64WithoutLetter, "sends base64 as text", "engineio#4.encoding:4", "engineio/4.encoding/base64*"),
    row(Base64NotRead, "takes base64 for text", "engineio#4.encoding:4", "engineio/4.encoding/base64*"),
    row(
        BodyLatin1,
        "sends text in Latin-1",
        "engineio#4.encoding:6",
        "engineio/4.encoding/polled-text-is-utf8*",
    ),
];

/// Requirements that a flaw breaks besides its own.
const FURTHER: &[(&str, PollingFlaw)] = &[];

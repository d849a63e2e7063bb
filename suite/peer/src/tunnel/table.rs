//! The flaws of the proxy that opens tunnels: what each does, the rule that it breaks, the trial that shows it.

use super::flaw::ConnectFlaw::{self, *};
use crate::layer_flaws::layer_flaws;

layer_flaws!(ConnectFlaw, ConnectFlawRow);

/// Every flaw.
const ROWS: &[ConnectFlawRow] = &[
    row(
        ChallengeLeftOut,
        "answers 407 without Proxy-Authenticate",
        "http-connect#9110.11.7.1:1",
        "http-connect/9110.11.7/challenge",
    ),
    row(
        ClientEndKept,
        "keeps the connection to the server open when the client has closed its own",
        "http-connect#9110.9.3.6:3",
        "http-connect/9110.9.3.6/client-ends",
    ),
    row(
        CodingSent,
        "opens tunnels with Transfer-Encoding",
        "http-connect#9110.9.3.6:6",
        "http-connect/9110.9.3.6/tunnel",
    ),
    row(
        FramesJudged,
        "ends a tunnel at a frame with reserved bits",
        "http-connect#9110.9.3.6:1",
        "http-connect/9110.9.3.6/faulty-frame",
    ),
    row(
        HostUnchecked,
        "opens tunnels for requests without Host",
        "http-connect#9112.3.2:1",
        "http-connect/9112.3.2/host",
    ),
    row(
        LengthSent,
        "opens tunnels with Content-Length",
        "http-connect#9110.9.3.6:7",
        "http-connect/9110.9.3.6/tunnel",
    ),
    row(
        LongHeadRedirected,
        "answers a request with a field that is too long with 302",
        "http-connect#9110.5.4:1",
        "http-connect/9110.5.4/long-field",
    ),
    row(
        OpensUnconnected,
        "answers 200 before it has connected to the server",
        "http-connect#9110.9.3.6:5",
        "http-connect/9110.9.3.6/closed-port",
    ),
    row(
        PortWrapped,
        "keeps 16 bits of a port",
        "http-connect#9110.9.3.6:4",
        "http-connect/9110.9.3.6/wrapped-port",
    ),
    row(
        RefusalTunnelled,
        "opens a tunnel though it has answered 407",
        "http-connect#9110.9.3.6:8",
        "http-connect/9110.11.7/octets-after-challenge",
    ),
    row(
        RequestPassed,
        "sends the request for the tunnel into it, after the opening handshake",
        "http-connect#9110.11.7.2:1",
        "http-connect/9110.9.3.6/tunnel",
    ),
    row(
        ReturnsDropped,
        "drops each CR of the client after its opening handshake",
        "http-connect#9110.9.3.6:1",
        "http-connect/9110.9.3.6/every-octet",
    ),
    row(
        SegmentRepeated,
        "sends what the client sends twice",
        "http-connect#9110.9.3.6:1",
        "rfc6455/5.6/greeting",
    ),
    row(
        ServerEndKept,
        "keeps the connection to the client open when the server has closed its own",
        "http-connect#9110.9.3.6:3",
        "http-connect/9110.9.3.6/server-ends",
    ),
    row(
        ShortRestDropped,
        "keeps fewer than 16 octets until more come, and drops them at the end",
        "http-connect#9110.9.3.6:2",
        "http-connect/9110.9.3.6/last-octets",
    ),
    row(
        TopBitCleared,
        "clears the first bit of each octet of the server",
        "http-connect#9110.9.3.6:1",
        "rfc6455/5.6/greeting",
    ),
    row(
        TunnelsCrossed,
        "sends octets of one client through the tunnel of another",
        "http-connect#9110.9.3.6:1",
        "http-connect/9110.9.3.6/several-tunnels",
    ),
    row(
        UriTaken,
        "opens a tunnel to the host and port of a URI",
        "http-connect#9112.3:1",
        "http-connect/9112.3.2/target",
    ),
    row(
        ViaAdded,
        "adds Via to a request that comes through the tunnel",
        "http-connect#9110.9.3.6:1",
        "http-connect/9110.9.3.6/tunnel",
    ),
    row(
        ZerosDropped,
        "drops octets of zero",
        "http-connect#9110.9.3.6:1",
        "http-connect/9110.9.3.6/every-octet",
    ),
];

/// The requirements that flaws break besides the one of their row.
const FURTHER: &[(&str, ConnectFlaw)] = &[];

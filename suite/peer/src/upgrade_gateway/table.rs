//! The flaws of the gateway to HTTP/2: what each does, the rule that it breaks, the trial that shows it.

use super::flaw::UpgradeGatewayFlaw::{self, *};
use crate::layer_flaws::layer_flaws;

layer_flaws!(UpgradeGatewayFlaw, UpgradeGatewayFlawRow);

/// Every flaw.
const ROWS: &[UpgradeGatewayFlawRow] = &[
    row(
        AcceptOfPathSent,
        "computes Sec-WebSocket-Accept from the path if the client offers subprotocols",
        "rfc6455#4.2.2:33",
        "intermediaries/8441.5/subprotocol-to-http2",
    ),
    row(
        ChoiceDropped,
        "leaves the subprotocol that the server selects out of its 101",
        "intermediaries#8441.5:4",
        "intermediaries/8441.5/subprotocol-to-http2",
    ),
    row(
        ClientEndKept,
        "keeps the stream to the server open when the client has closed its connection",
        "intermediaries#9110.9.3.6:1",
        "intermediaries/9110.9.3.6/client-ends",
    ),
    row(
        ConnectionFieldSent,
        "sends a Connection field over HTTP/2 if the client offers subprotocols",
        "rfc8441#5:4",
        "intermediaries/8441.5/subprotocol-to-http2",
    ),
    row(
        KeyUnchecked,
        "accepts any key, which no server behind it gets to see",
        "intermediaries#8441.5:6",
        "intermediaries/8441.5/key-of-the-client",
    ),
    row(
        OfferDropped,
        "leaves the subprotocols that the client offers out of its request",
        "intermediaries#8441.5:4",
        "intermediaries/8441.5/subprotocol-to-http2",
    ),
    row(
        RefusalAccepted,
        "answers 101 whatever the status of the server is",
        "intermediaries#8441.5:5",
        "intermediaries/8441.5/refusal-by-http2",
    ),
    row(
        SchemeLeftOut,
        "leaves :scheme out of an extended CONNECT if the client offers subprotocols",
        "rfc8441#4:2",
        "intermediaries/8441.5/subprotocol-to-http2",
    ),
    row(
        ServerEndKept,
        "keeps the connection of the client open when the server has ended its stream",
        "intermediaries#9110.9.3.6:1",
        "intermediaries/9110.9.3.6/server-ends",
    ),
    row(
        UppercaseSent,
        "sends a name with upper-case letters over HTTP/2 if the client offers subprotocols",
        "rfc9113#8.2:1",
        "intermediaries/8441.5/subprotocol-to-http2",
    ),
];

/// The requirements that flaws break besides the one of their row.
const FURTHER: &[(&str, UpgradeGatewayFlaw)] = &[];

//! The flaws of the gateway: what each does, the rule that it breaks, the trial that shows it.

use super::flaw::GatewayFlaw::{self, *};
use crate::layer_flaws::layer_flaws;

layer_flaws!(GatewayFlaw, GatewayFlawRow);

/// Every flaw.
const ROWS: &[GatewayFlawRow] = &[
    row(
        AcceptUnchecked,
        "opens a connection whatever Sec-WebSocket-Accept the server sends",
        "intermediaries#6455.4.1:1",
        "intermediaries/6455.4/accept",
    ),
    row(
        ClientEndKept,
        "keeps the connection to the server open when the client has ended its stream",
        "intermediaries#9110.9.3.6:1",
        "intermediaries/9110.9.3.6/client-ends",
    ),
    row(
        ConnectionFieldPassed,
        "passes on a request with a field of the connection",
        "rfc9113#8.2.2:2",
        "rfc9113/8.2.2/connection-field",
    ),
    row(
        ConnectionFieldsReturned,
        "returns Connection and Upgrade of the server",
        "rfc9113#8.2.2:1",
        "intermediaries/8441.5/upgrade",
    ),
    row(
        CookiesSplit,
        "passes on each Cookie field as a field of its own",
        "intermediaries#9113.8.2.3:1",
        "intermediaries/8441.5/cookies",
    ),
    row(
        InvalidFieldPassed,
        "passes on a request with a line feed, a CR or a zero in a field",
        "rfc6455#4.1:22",
        "rfc9113/8.2.1/invalid-field",
    ),
    row(
        KeyKept,
        "passes on the key of a client next to its own",
        "rfc6455#11.3.1:1",
        "rfc8441/5/key-is-not-processed",
    ),
    row(
        KeyOfZeros,
        "asks its server with a key of equal octets",
        "intermediaries#8441.5:3",
        "intermediaries/8441.5/key",
    ),
    row(
        OpensUnconnected,
        "answers 200 though it cannot connect to its server",
        "intermediaries#8441.5:1",
        "intermediaries/9110.15.6/server-down",
    ),
    row(
        PaddingPassed,
        "passes on the padding of DATA frames as data",
        "rfc9113#6.1:1",
        "rfc9113/6.1/padded-data",
    ),
    row(
        RefusalAccepted,
        "passes on a status of 2xx, with which the server has opened nothing",
        "intermediaries#8441.5:1",
        "intermediaries/9110.7.8/refusal",
    ),
    row(
        ServerEndKept,
        "keeps the stream open when the server has closed its connection",
        "intermediaries#9110.9.3.6:1",
        "intermediaries/9110.9.3.6/server-ends",
    ),
    row(
        SettingWithdrawn,
        "takes the setting for extended CONNECT back",
        "rfc8441#3:3",
        "rfc6455/5.6/greeting",
    ),
    row(
        SubprotocolDropped,
        "leaves the subprotocols that the client offers out of the upgrade",
        "intermediaries#8441.5:2",
        "intermediaries/8441.5/subprotocol",
    ),
    row(
        UnknownProtocolUpgraded,
        "opens a WebSocket connection for another protocol",
        "rfc8441#4:5",
        "rfc8441/4/unknown-protocol",
    ),
    row(
        WindowsIgnored,
        "sends more than the windows of its client allow",
        "rfc9113#6.9.1:1",
        "rfc9113/6.9.1/window-of-nothing",
    ),
];

/// The requirements that flaws break besides the one of their row.
const FURTHER: &[(&str, GatewayFlaw)] = &[];

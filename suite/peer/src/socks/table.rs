//! The flaws of the proxy for SOCKS: what each does, the rule that it breaks, the trial that shows it.

use super::flaw::SocksFlaw::{self, *};
use crate::layer_flaws::layer_flaws;

layer_flaws!(SocksFlaw, SocksFlawRow);

/// Every flaw.
const ROWS: &[SocksFlawRow] = &[
    row(
        ClientEndKept,
        "keeps the connection to the server open when the client has closed its own",
        "socks5#1928.6:3",
        "socks5/1928.6/client-ends",
    ),
    row(
        ConnectionsCrossed,
        "sends octets of one client to the server of another",
        "socks5#1928.6:1",
        "socks5/1928.6/several-clients",
    ),
    row(
        ReturnsDropped,
        "drops each CR of the client after its opening handshake",
        "socks5#1928.6:1",
        "socks5/1928.6/every-octet",
    ),
    row(
        ServerEndKept,
        "keeps the connection to the client open when the server has closed its own",
        "socks5#1928.6:3",
        "socks5/1928.6/server-ends",
    ),
    row(
        ShortRestDropped,
        "keeps fewer than 16 octets until more come, and drops them at the end",
        "socks5#1928.6:2",
        "socks5/1928.6/last-octets",
    ),
    row(
        TopBitCleared,
        "clears the first bit of each octet of the server",
        "socks5#1928.6:1",
        "rfc6455/5.6/greeting",
    ),
];

/// The requirements that flaws break besides the one of their row.
const FURTHER: &[(&str, SocksFlaw)] = &[];

//! The ways a peer can break a rule on the wire, each naming the numbered requirement it breaks.
//!
//! The sentences are in [`violation::display`](self); the requirement ids are in one place, [`Violation::requirement`].

mod display;

use bytes::Bytes;

use crate::{
    CloseCode, CodeClass, DeflateParams, Disallowed, Length, Opcode, ParamError, Role, Rsv, Version,
};

/// One broken rule, with the data needed to say it. All are of level must, save where the variant says otherwise.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Violation {
    /// A client sent a frame without a mask (RFC 6455, 5.1).
    UnmaskedFrame,
    /// A server sent a frame with a mask (RFC 6455, 5.1).
    MaskedFrame,
    /// Reserved bits are set that no extension in use defines (RFC 6455, 5.2).
    ReservedBits {
        /// The undefined bits, without those an extension defines.
        rsv: Rsv,
        /// The opcode of the frame.
        opcode: Opcode,
    },
    /// The opcode is one the RFC keeps for later (RFC 6455, 5.2).
    ReservedOpcode(Opcode),
    /// The length is written in more bytes than it needs (RFC 6455, 5.2).
    LengthNotMinimal(Length),
    /// The top bit of a 64-bit length is set; the value includes it (RFC 6455, 5.2).
    LengthTopBit(u64),
    /// A control frame has FIN clear (RFC 6455, 5.5).
    FragmentedControl(Opcode),
    /// A control frame announces a payload above 125 bytes (RFC 6455, 5.5).
    LongControl {
        /// The opcode of the frame.
        opcode: Opcode,
        /// The announced length, in bytes.
        length: u64,
    },
    /// A continuation frame came while no message was under way (RFC 6455, 5.4).
    OrphanContinuation,
    /// A new message began before the one under way had ended (RFC 6455, 5.4).
    InterruptedMessage {
        /// The opcode of the frame that interrupts.
        opcode: Opcode,
    },
    /// A text message is not UTF-8 (RFC 6455, 5.6).
    InvalidUtf8 {
        /// The first byte that can not be part of UTF-8, counted from the start of the message, uncompressed.
        offset: u64,
    },
    /// A close frame's body is a single byte (RFC 6455, 5.5.1).
    CloseBodyOneByte,
    /// A close frame carries a code no endpoint may send (RFC 6455, 7.4).
    CloseCodeNotSendable(CloseCode),
    /// A close frame's reason is not UTF-8 (RFC 6455, 5.5.1).
    CloseReasonInvalidUtf8,
    /// A data frame came after a close frame (RFC 6455, 5.5.1).
    DataAfterClose(Opcode),
    /// A second close frame came. Level should: the RFC has no sentence that forbids it outright (RFC 6455, 5.5.1).
    SecondClose,

    /// RSV1 is set on a control frame while permessage-deflate is in use (RFC 7692, 6.1).
    CompressedControl(Opcode),
    /// RSV1 is set on a later fragment while permessage-deflate is in use (RFC 7692, 6.1).
    CompressedContinuation,
    /// A compressed message does not decompress (RFC 7692, 7.2).
    DeflateCorrupt {
        /// How many bytes of the message had been decompressed by then.
        offset: u64,
    },
    /// A compressed message reaches back farther than the agreed window (RFC 7692, 7.2.1).
    DeflateWindow {
        /// Who sent it.
        sender: Role,
        /// The agreed window, in bits.
        bits: u8,
        /// How far it reaches back, in bytes.
        distance: usize,
    },
    /// A compressed message reaches back before its start although each is to begin afresh (RFC 7692, 7.2.1).
    DeflateContext {
        /// Who sent it.
        sender: Role,
        /// How far it reaches back before its start, in bytes.
        bytes: usize,
    },
    /// A permessage-deflate parameter is unknown, repeated, or has a bad value (RFC 7692, 7).
    DeflateParam {
        /// Who sent it.
        sender: Role,
        /// What is wrong with it.
        error: ParamError,
    },
    /// The response accepts permessage-deflate in a way no offer allows (RFC 7692, 7.1).
    DeflateNotAsOffered {
        /// The parameters the server answered with.
        answer: DeflateParams,
        /// What the offer does not allow.
        why: Disallowed,
    },
    /// The response lists permessage-deflate more than once (RFC 7692, 5).
    DeflateRepeated,

    /// The first line of a response is no status line (RFC 6455, 4.2.2).
    StatusLineMalformed(Bytes),
    /// The first line of a request is no request line (RFC 6455, 4.1).
    RequestLineMalformed(Bytes),
    /// A header line is no field: no colon, or a name that is no token, or a control character in the value.
    FieldMalformed {
        /// Who sent it.
        sender: Role,
        /// The line without its line end.
        line: Bytes,
    },
    /// A line of the head ends with LF alone. Reported once a head.
    BareLineFeed(Role),
    /// The HTTP version is below 1.1 (RFC 6455, 4.1 and 11.1).
    HttpVersion {
        /// Who sent it.
        sender: Role,
        /// The version stated.
        version: Version,
    },
    /// There is no Upgrade field (RFC 6455, 4.1 and 4.2.2).
    UpgradeMissing(Role),
    /// The Upgrade field is not `websocket` (in a request: does not include it).
    UpgradeWrong {
        /// Who sent it.
        sender: Role,
        /// The field's value.
        value: Bytes,
    },
    /// There is no Connection field (RFC 6455, 4.1 and 4.2.2).
    ConnectionMissing(Role),
    /// The Connection field lacks the token `Upgrade` (RFC 6455, 4.1 and 4.2.2).
    ConnectionLacksUpgrade {
        /// Who sent it.
        sender: Role,
        /// The field's value.
        value: Bytes,
    },
    /// There is no Sec-WebSocket-Accept field (RFC 6455, 4.2.2).
    AcceptMissing,
    /// Sec-WebSocket-Accept does not match the key (RFC 6455, 4.2.2).
    AcceptWrong {
        /// What the key demands.
        expected: String,
        /// What came, without white space around it.
        actual: Bytes,
    },
    /// The response names a subprotocol the request did not offer (RFC 6455, 4.2.2).
    SubprotocolNotOffered {
        /// The subprotocol.
        name: String,
        /// Whether the request offered any at all.
        any_offered: bool,
    },
    /// Sec-WebSocket-Protocol is not a token (in a request: not a list of tokens) (RFC 6455, 4.3).
    SubprotocolMalformed {
        /// Who sent it.
        sender: Role,
        /// The field's value.
        value: Bytes,
    },
    /// A request offers a subprotocol twice (RFC 6455, 4.1).
    SubprotocolRepeated(String),
    /// The response names an extension the request did not offer (RFC 6455, 4.2.2).
    ExtensionNotOffered(String),
    /// Sec-WebSocket-Extensions breaks its grammar (RFC 6455, 9.1).
    ExtensionMalformed {
        /// Who sent it.
        sender: Role,
        /// The field's value.
        value: Bytes,
        /// The byte at which the grammar breaks, counted from the start of the value.
        at: usize,
        /// What the grammar has there.
        what: &'static str,
    },
    /// A field that may appear once appears more often (RFC 6455, 11.3).
    DuplicateField(&'static str),

    /// The head of a refusal is malformed, by that fault (RFC 6455, 4.2.2).
    RefusalMalformed(Box<Violation>),
    /// A refusal lacks the field that its status demands (RFC 9110, 15.5).
    RefusalLacksField {
        /// 401, 405 or 426.
        status: u16,
        /// The field's name.
        field: &'static str,
    },
    /// The Connection field beside an Upgrade field does not name it (RFC 9110, 7.8).
    UpgradeUnconnected(Role),
    /// Sec-WebSocket-Version in a response is no list of versions (RFC 6455, 4.3).
    VersionsMalformed(Bytes),

    /// The method of a request is not GET (RFC 6455, 4.1).
    MethodNotGet(Bytes),
    /// A request has no Host field (RFC 6455, 4.1).
    HostMissing,
    /// A request has no Sec-WebSocket-Key field (RFC 6455, 4.1).
    KeyMissing,
    /// The key of a request is not 16 bytes in base64 (RFC 6455, 4.1).
    KeyInvalid(Bytes),
    /// A request has no Sec-WebSocket-Version field (RFC 6455, 4.1).
    VersionMissing,
    /// The protocol version of a request is not 13 (RFC 6455, 4.1).
    VersionNot13(Bytes),
}

impl Violation {
    /// The id of the requirement broken: specification, section, ordinal, as in `rfc6455#5.1:5`.
    #[must_use]
    pub fn requirement(&self) -> &'static str {
        self.facts().1
    }

    /// The variant as a word, as in `masked-frame`: stable, for reports and known-failure lists.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.facts().0
    }

    /// Whether it is about what a refusal says, beyond its status.
    #[must_use]
    pub fn is_of_refusal(&self) -> bool {
        matches!(
            self,
            Self::RefusalMalformed(_)
                | Self::RefusalLacksField { .. }
                | Self::UpgradeUnconnected(_)
                | Self::VersionsMalformed(_)
        )
    }

    /// Every variant's name and requirement: the one place that holds the ids.
    fn facts(&self) -> (&'static str, &'static str) {
        match self {
            Self::UnmaskedFrame => ("unmasked-frame", "rfc6455#5.1:1"),
            Self::MaskedFrame => ("masked-frame", "rfc6455#5.1:5"),
            Self::ReservedBits { rsv, .. } => ("reserved-bits", reserved_bits(*rsv)),
            Self::ReservedOpcode(opcode) if opcode.is_control() => ("reserved-opcode", "rfc6455#5.2:13"),
            Self::ReservedOpcode(_) => ("reserved-opcode", "rfc6455#5.2:12"),
            Self::LengthNotMinimal(_) => ("length-not-minimal", "rfc6455#5.2:22"),
            Self::LengthTopBit(_) => ("length-top-bit", "rfc6455#5.2:19"),
            Self::FragmentedControl(_) => ("fragmented-control", "rfc6455#5.5:5"),
            Self::LongControl { .. } => ("long-control", "rfc6455#5.5:3"),
            Self::OrphanContinuation => ("orphan-continuation", "rfc6455#5.4:4"),
            Self::InterruptedMessage { .. } => ("interrupted-message", "rfc6455#5.4:12"),
            Self::InvalidUtf8 { .. } => ("invalid-utf8", "rfc6455#5.6:2"),
            Self::CloseBodyOneByte => ("close-body-one-byte", "rfc6455#5.5.1:5"),
            Self::CloseCodeNotSendable(code) => ("close-code-not-sendable", close_code(*code)),
            Self::CloseReasonInvalidUtf8 => ("close-reason-invalid-utf8", "rfc6455#5.5.1:8"),
            Self::DataAfterClose(_) => ("data-after-close", "rfc6455#5.5.1:13"),
            Self::SecondClose => ("second-close", "rfc6455#5.5.1:15"),

            Self::CompressedControl(_) => ("compressed-control", "rfc7692#6.1:8"),
            Self::CompressedContinuation => ("compressed-continuation", "rfc7692#6.1:9"),
            Self::DeflateCorrupt { .. } => ("deflate-corrupt", "rfc7692#7.2.1:1"),
            Self::DeflateParam { sender, error } => ("deflate-param", deflate_param(*sender, error)),
            Self::DeflateWindow { sender, .. } => {
                ("deflate-window", by(*sender, "rfc7692#7.2.1:16", "rfc7692#7.2.1:18"))
            }
            Self::DeflateContext { sender, .. } => {
                ("deflate-context", by(*sender, "rfc7692#7.2.1:11", "rfc7692#7.2.1:14"))
            }
            Self::DeflateNotAsOffered { why, .. } => ("deflate-not-as-offered", not_as_offered(*why)),
            Self::DeflateRepeated => ("deflate-repeated", "rfc7692#5:17"),

            Self::StatusLineMalformed(_) => ("status-line-malformed", "rfc6455#4.2.2:28"),
            Self::RequestLineMalformed(_) => ("request-line-malformed", "rfc6455#4.1:22"),
            Self::FieldMalformed { sender, .. } => {
                ("field-malformed", by(*sender, "rfc6455#4.1:22", "rfc6455#4.2.2:28"))
            }
            Self::BareLineFeed(sender) => {
                ("bare-line-feed", by(*sender, "rfc6455#4.1:22", "rfc6455#4.2.2:28"))
            }
            Self::HttpVersion { sender, .. } => {
                ("http-version", by(*sender, "rfc6455#4.1:24", "rfc6455#11.1.1:4"))
            }
            Self::UpgradeMissing(sender) => {
                ("upgrade-missing", by(*sender, "rfc6455#4.1:29", "rfc6455#4.2.2:30"))
            }
            Self::UpgradeWrong { sender, .. } => {
                ("upgrade-wrong", by(*sender, "rfc6455#4.1:30", "rfc6455#4.2.2:30"))
            }
            Self::ConnectionMissing(sender) => {
                ("connection-missing", by(*sender, "rfc6455#4.1:31", "rfc6455#4.2.2:31"))
            }
            Self::ConnectionLacksUpgrade { sender, .. } => {
                ("connection-lacks-upgrade", by(*sender, "rfc6455#4.1:32", "rfc6455#4.2.2:31"))
            }
            Self::AcceptMissing => ("accept-missing", "rfc6455#4.2.2:32"),
            Self::AcceptWrong { .. } => ("accept-wrong", "rfc6455#4.2.2:33"),
            Self::SubprotocolNotOffered { any_offered: true, .. } => {
                ("subprotocol-not-offered", "rfc6455#4.2.2:20")
            }
            Self::SubprotocolNotOffered { .. } => ("subprotocol-not-offered", "rfc6455#4.2.2:21"),
            Self::SubprotocolMalformed { sender, .. } => {
                ("subprotocol-malformed", by(*sender, "rfc6455#4.3:8", "rfc6455#4.3:12"))
            }
            Self::SubprotocolRepeated(_) => ("subprotocol-repeated", "rfc6455#4.1:46"),
            Self::ExtensionNotOffered(_) => ("extension-not-offered", "rfc6455#4.2.2:27"),
            Self::ExtensionMalformed { sender, .. } => {
                ("extension-malformed", by(*sender, "rfc6455#9.1:1", "rfc6455#4.3:5"))
            }
            Self::DuplicateField(name) => ("duplicate-field", duplicate(name)),

            Self::RefusalMalformed(_) => ("refusal-malformed", "rfc6455#4.2.2:49"),
            Self::RefusalLacksField { status, .. } => ("refusal-lacks-field", refusal(*status)),
            Self::UpgradeUnconnected(_) => ("upgrade-unconnected", "rfc6455#4.2.2:48"),
            Self::VersionsMalformed(_) => ("versions-malformed", "rfc6455#4.3:13"),

            Self::MethodNotGet(_) => ("method-not-get", "rfc6455#4.1:23"),
            Self::HostMissing => ("host-missing", "rfc6455#4.1:26"),
            Self::KeyMissing => ("key-missing", "rfc6455#4.1:33"),
            Self::KeyInvalid(_) => ("key-invalid", "rfc6455#4.1:34"),
            Self::VersionMissing => ("version-missing", "rfc6455#4.1:40"),
            Self::VersionNot13(_) => ("version-not-13", "rfc6455#4.1:41"),
        }
    }
}

const fn by(sender: Role, client: &'static str, server: &'static str) -> &'static str {
    match sender {
        Role::Client => client,
        Role::Server => server,
    }
}

const fn refusal(status: u16) -> &'static str {
    match status {
        426 => "rfc6455#4.2.2:45",
        405 => "rfc6455#4.2.2:46",
        _ => "rfc6455#4.2.2:47",
    }
}

const fn reserved_bits(rsv: Rsv) -> &'static str {
    if rsv.contains(Rsv::RSV1) {
        "rfc6455#5.2:3"
    } else if rsv.contains(Rsv::RSV2) {
        "rfc6455#5.2:4"
    } else {
        "rfc6455#5.2:5"
    }
}

const fn close_code(code: CloseCode) -> &'static str {
    match (code.0, code.class()) {
        (1004, _) => "rfc6455#7.4.1:7",
        (1005, _) => "rfc6455#7.4.1:8",
        (1006, _) => "rfc6455#7.4.1:11",
        (1010, _) => "rfc6455#7.4.1:20",
        (1015, _) => "rfc6455#7.4.1:22",
        (_, CodeClass::Unused) => "rfc6455#7.4.2:1",
        (_, CodeClass::Reserved) => "rfc6455#7.4.2:3",
        (_, CodeClass::OutOfRange) => "rfc6455#11.7:1",
        _ => "rfc6455#5.5.1:4",
    }
}

fn deflate_param(sender: Role, error: &ParamError) -> &'static str {
    let ParamError::BadValue { name, value } = error else { return "rfc7692#7:2" };
    match (name.as_str(), value) {
        ("server_no_context_takeover", _) => by(sender, "rfc7692#7.1.1.1:2", "rfc7692#7.1.1.1:6"),
        ("client_no_context_takeover", _) => by(sender, "rfc7692#7.1.1.2:2", "rfc7692#7.1.1.2:6"),
        ("server_max_window_bits", Some(_)) => by(sender, "rfc7692#7.1.2.1:2", "rfc7692#7.1.2.1:9"),
        ("server_max_window_bits", None) => by(sender, "rfc7692#7.1.2.1:3", "rfc7692#7.1.2.1:10"),
        (_, Some(_)) => by(sender, "rfc7692#7.1.2.2:2", "rfc7692#7.1.2.2:10"),
        (_, None) => by(sender, "rfc7692#7.1.2.2:3", "rfc7692#7.1.2.2:11"),
    }
}

fn not_as_offered(why: Disallowed) -> &'static str {
    match why {
        Disallowed::Missing("server_max_window_bits") => "rfc7692#7.1.2.1:7",
        Disallowed::Missing(_) => "rfc7692#7.1.1.1:4",
        Disallowed::TooLarge(_) => "rfc7692#7.1.2.1:8",
        Disallowed::Unasked(_) => "rfc7692#7.1.2.2:13",
    }
}

/// The names are those of [`crate::upgrade::ONCE_IN_RESPONSE`] and [`crate::request::ONCE_IN_REQUEST`].
const fn duplicate(name: &str) -> &'static str {
    match name.as_bytes() {
        b"Sec-WebSocket-Key" => "rfc6455#11.3.1:1",
        b"Sec-WebSocket-Version" => "rfc6455#11.3.5:3",
        b"Sec-WebSocket-Accept" => "rfc6455#11.3.3:1",
        _ => "rfc6455#11.3.4:3",
    }
}

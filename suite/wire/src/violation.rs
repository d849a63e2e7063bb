//! The ways a peer can break a rule on the wire. A [`Violation`] owns its rule: its name and scope are here, its
//! requirement is in `violation/rule.rs`, its sentence in `violation/display.rs`, the faulty bytes in
//! `violation/place.rs`. Each is one match without a wildcard, so that a missing variant does not compile.

mod display;
mod place;
mod rule;

use std::fmt::Display;

use bytes::Bytes;
use strum::{EnumDiscriminants, EnumIter, IntoStaticStr};

use crate::{CloseCode, DeflateParams, Disallowed, Length, Opcode, ParamError, Role, Rsv, Version};

/// One broken rule, with the data needed to describe it. The level is MUST unless the variant says otherwise.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EnumDiscriminants)]
#[strum_discriminants(
    name(ViolationKind),
    derive(EnumIter, IntoStaticStr, Hash, PartialOrd, Ord),
    strum(serialize_all = "kebab-case"),
    doc = "A way to break a rule, without the data of one time that it was broken."
)]
pub enum Violation {
    /// A client sent a frame without a mask (RFC 6455, 5.1).
    UnmaskedFrame,
    /// A server sent a frame with a mask (RFC 6455, 5.1).
    MaskedFrame,
    /// Reserved bits are set that no extension in use defines (RFC 6455, 5.2).
    ReservedBits {
        /// The undefined bits, without those that an extension defines.
        rsv: Rsv,
        /// The opcode of the frame.
        opcode: Opcode,
    },
    /// The opcode is reserved by the RFC (RFC 6455, 5.2).
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
    /// A continuation frame arrived while no message was in progress (RFC 6455, 5.4).
    OrphanContinuation,
    /// A new message began before the current one had ended (RFC 6455, 5.4).
    InterruptedMessage {
        /// The opcode of the frame that interrupts.
        opcode: Opcode,
    },
    /// A text message is not UTF-8 (RFC 6455, 5.6).
    InvalidUtf8 {
        /// The first byte that cannot be part of UTF-8, counted from the start of the message, uncompressed.
        offset: u64,
    },
    /// A close frame's body is a single byte (RFC 6455, 5.5.1).
    CloseBodyOneByte,
    /// A close frame carries a code that no endpoint may send (RFC 6455, 7.4).
    CloseCodeNotSendable(CloseCode),
    /// A close frame's reason is not UTF-8 (RFC 6455, 5.5.1).
    CloseReasonInvalidUtf8,
    /// A close frame with code 1010 has no reason to list extensions. Level should (RFC 6455, 7.4.1).
    ExtensionsNotListed,
    /// A client closes with code 1010 after a frame for which it fails the connection. Level should (RFC 6455, 7.4.1).
    ExtensionsBlamed,
    /// A data frame arrived after a close frame (RFC 6455, 5.5.1).
    DataAfterClose(Opcode),
    /// A second close frame arrived. Level SHOULD: no sentence of the RFC explicitly forbids it (RFC 6455, 5.5.1).
    SecondClose,
    /// A ping or pong arrived after a close frame that answered the other end's. Level SHOULD, as for a second close
    /// frame (RFC 6455, 5.5.1).
    ControlAfterClose(Opcode),
    /// More HTTP arrived where frames should follow a 101 response (RFC 9110, 7.8). Begins with these bytes.
    HttpBehindResponse(Bytes),
    /// A server sent these frames before its response (RFC 6455, 4.2.2).
    FrameBeforeResponse(Bytes),
    /// A server sent a frame after a response that opens no connection (RFC 6455, 4.2.2).
    FrameBehindRefusal(Opcode),
    /// A frame has a masking key, and its payload is as it was before masking (RFC 6455, 5.3).
    MaskNotApplied,
    /// A pong answers a pong. Level SHOULD (RFC 6455, 5.5.3).
    PongForPong,
    /// A pong answers a ping that came after a frame that had to fail the connection (RFC 6455, 7.1.7).
    PongAfterFailure,

    /// RSV1 is set on a control frame while permessage-deflate is in use (RFC 7692, 6.1).
    CompressedControl(Opcode),
    /// RSV1 is set on a later fragment while permessage-deflate is in use (RFC 7692, 6.1).
    CompressedContinuation,
    /// A compressed message does not decompress (RFC 7692, 7.2).
    DeflateCorrupt {
        /// How many bytes of the message had been decompressed by then.
        offset: u64,
    },
    /// A compressed message refers back further than the agreed window (RFC 7692, 7.2.1).
    DeflateWindow {
        /// Who sent it.
        sender: Role,
        /// The agreed window, in bits.
        bits: u8,
        /// How far it refers back, in bytes.
        distance: usize,
    },
    /// A compressed message refers back before its start although no context takeover was agreed (RFC 7692, 7.2.1).
    DeflateContext {
        /// Who sent it.
        sender: Role,
        /// How far it refers back before its start, in bytes.
        bytes: usize,
    },
    /// A permessage-deflate parameter is unknown, repeated, or has a bad value (RFC 7692, 7).
    DeflateParam {
        /// Who sent it.
        sender: Role,
        /// What is wrong with it.
        error: ParamError,
    },
    /// The response accepts permessage-deflate in a way that no offer allows (RFC 7692, 7.1).
    DeflateNotAsOffered {
        /// The parameters the server answered with.
        answer: DeflateParams,
        /// What the offer does not allow.
        why: Disallowed,
    },
    /// The response accepts permessage-deflate though no offer of it could be: the first has that fault (RFC 7692, 7).
    DeflateAccepted(ParamError),
    /// The response lists permessage-deflate more than once (RFC 7692, 5).
    DeflateRepeated,

    /// The first line of a response is not a status line (RFC 6455, 4.2.2).
    StatusLineMalformed(Bytes),
    /// The first line of a request is not a request line (RFC 6455, 4.1).
    RequestLineMalformed(Bytes),
    /// A header line is not a header field: no colon, a name that is not a token, or a control character in the
    /// value.
    FieldMalformed {
        /// Who sent it.
        sender: Role,
        /// The line without its line ending.
        line: Bytes,
    },
    /// A header line has a form that HTTP no longer allows: white space before the colon, or a value that goes on in a line
    /// of its own (RFC 9112, 5.1 and 5.2).
    FieldOutdated {
        /// Who sent it.
        sender: Role,
        /// The line without its line ending.
        line: Bytes,
    },
    /// A line of the head ends with LF alone. Reported once per head.
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
        /// The value that the key requires.
        expected: String,
        /// The value received, without surrounding white space.
        actual: Bytes,
    },
    /// The response names a subprotocol that the request did not offer (RFC 6455, 4.2.2).
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
    /// The response names an extension that the request did not offer (RFC 6455, 4.2.2).
    ExtensionNotOffered(String),
    /// Sec-WebSocket-Extensions breaks its grammar (RFC 6455, 9.1).
    ExtensionMalformed {
        /// Who sent it.
        sender: Role,
        /// The field's value.
        value: Bytes,
        /// The byte at which the grammar breaks, counted from the start of the value.
        at: usize,
        /// What the grammar requires there.
        what: &'static str,
    },
    /// A field that may appear only once appears more often (RFC 6455, 11.3).
    DuplicateField(&'static str),

    /// The head of a refusal is malformed, with that fault (RFC 6455, 4.2.2).
    RefusalMalformed(Box<Violation>),
    /// A refusal lacks the field that its status requires (RFC 9110, 15.5).
    RefusalLacksField {
        /// 401, 405 or 426.
        status: u16,
        /// The field's name.
        field: &'static str,
    },
    /// A Connection field does not name the Upgrade field of the same head (RFC 9110, 7.8).
    UpgradeUnconnected(Role),
    /// Sec-WebSocket-Version in a response is not a list of versions (RFC 6455, 4.3).
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
    #[strum_discriminants(strum(serialize = "version-not-13"))]
    VersionNot13(Bytes),

    /// A request target has a fragment (RFC 6455, 3).
    TargetHasFragment(Bytes),
    /// A request target is neither a resource name nor an absolute http or https URI (RFC 6455, 4.1).
    TargetMalformed(Bytes),
    /// A request target has characters that are not ASCII, in place of what they are encoded as (RFC 6455, 11.1).
    TargetNotAscii {
        /// Whether the URI's scheme is wss.
        secure: bool,
        /// The request target.
        target: Bytes,
    },
    /// A request asks for a different path from that of its URI (RFC 6455, 3).
    PathNotOfUri {
        /// The path of the URI.
        expected: String,
        /// The request target.
        actual: Bytes,
    },
    /// A request asks for a different query from that of its URI (RFC 6455, 3).
    QueryNotOfUri {
        /// Path and query of the URI.
        expected: String,
        /// The request target.
        actual: Bytes,
    },
    /// The Host field names a different host from the URI (RFC 6455, 4.1).
    HostNotOfUri {
        /// Host and port of the URI.
        expected: String,
        /// The field's value.
        actual: Bytes,
    },
    /// The Host field names a different port from the URI (RFC 6455, 4.1).
    PortNotOfUri {
        /// Host and port of the URI.
        expected: String,
        /// The field's value.
        actual: Bytes,
    },
    /// The Host field names an internationalized host as it is, not in ASCII (RFC 6455, 11.1).
    HostNotAscii {
        /// Whether the URI's scheme is wss.
        secure: bool,
        /// The field's value.
        actual: Bytes,
    },
    /// A client that was given a wss URI sent its request in the clear (RFC 6455, 4.1).
    RequestInTheClear,
    /// A client's TLS handshake does not name the URI's host (RFC 6455, 4.1).
    ServerNameNotOfUri {
        /// The host.
        expected: String,
        /// The name, if there was one.
        actual: Option<String>,
    },
    /// A request came while another connection of the client to the same address waited for its response (RFC 6455, 4.1).
    RequestBesidePending,
    /// Host is not the first field of a request. Level SHOULD (RFC 6455, 4.1).
    HostNotFirst,
    /// An empty line comes before a client's request (RFC 9112, 2.2).
    RequestPrefaced,
    /// Another connection had the same key (RFC 6455, 4.1).
    KeyRepeated,
    /// The key of a request has too few different bytes to be random (RFC 6455, 4.1).
    KeyNotRandom {
        /// How many different values its 16 bytes have.
        values: usize,
    },
    /// The keys of a client's requests, taken together, have too few different bytes to be random (RFC 6455, 4.1).
    KeysOfFewValues {
        /// Which byte of each key has them, from 0; `None`: all.
        at: Option<usize>,
        /// How many different values these bytes have.
        values: usize,
        /// How many keys there were.
        keys: usize,
    },
    /// The unused last bits of a request's key are not zero. Level SHOULD (RFC 4648, 3.5).
    KeyBitsUnused,
    /// A client sent something between its request and the response (RFC 6455, 4.1).
    DataBeforeResponse,
    /// A client used masking keys more than once (RFC 6455, 5.3).
    MaskRepeated {
        /// How many different keys there were.
        keys: usize,
        /// How many frames were masked.
        frames: usize,
    },
    /// A client derives its masking keys from earlier ones (RFC 6455, 5.3).
    MaskPredictable,
    /// Some bits of a client's masking keys never change, or follow from other bits (RFC 6455, 5.3).
    MaskNotRandom {
        /// How many bits.
        bits: u32,
    },

    /// SETTINGS_ENABLE_CONNECT_PROTOCOL is neither 0 nor 1 (RFC 8441, 3).
    Http2SettingInvalid(u32),
    /// SETTINGS_ENABLE_CONNECT_PROTOCOL is 0 after it was 1 (RFC 8441, 3).
    Http2SettingWithdrawn,
    /// More DATA than the window of its stream, or that of the connection, has room for (RFC 9113, 6.9.1).
    Http2WindowExceeded,
    /// A client uses extended CONNECT before the server has said that it takes it (RFC 8441, 3).
    Http2ConnectUnasked,
    /// A request over HTTP/2 is not a CONNECT with :protocol websocket (RFC 8441, 5).
    Http2NotForWebsocket {
        /// Its method.
        method: Bytes,
        /// The value of :protocol.
        protocol: Option<Bytes>,
    },
    /// A request with :protocol lacks :scheme or :path (RFC 8441, 4).
    Http2TargetMissing(&'static str),
    /// A request over HTTP/2 has no :authority (RFC 8441, 5).
    Http2AuthorityMissing,
    /// The :scheme of a request is not the one that belongs to the scheme of its URI (RFC 8441, 5).
    Http2SchemeNotOfUri {
        /// The one that does.
        expected: &'static str,
        /// The value of :scheme.
        actual: Bytes,
    },
    /// A response over HTTP/2 has the status 101 (RFC 9113, 8.6).
    Http2SwitchingProtocols,
    /// A response over HTTP/2 has no :status (RFC 9113, 8.3.2).
    Http2StatusMissing,
    /// A pseudo-field is not one of those that its message has, or not in its place (RFC 9113, 8.3).
    Http2PseudoField {
        /// Its name.
        name: String,
        /// Who sent it.
        sender: Role,
        /// What is wrong, as the end of a sentence.
        why: &'static str,
    },
    /// A message of HTTP/2 has a field of the connection (RFC 9113, 8.2.2).
    Http2ConnectionField {
        /// Its name.
        name: String,
        /// Who sent it.
        sender: Role,
    },
    /// The name of a field in HTTP/2 has an uppercase letter (RFC 9113, 8.2).
    Http2FieldUppercase {
        /// Its name.
        name: String,
        /// Who sent it.
        sender: Role,
    },
    /// A field of HTTP/2 has a character that may not be in it (RFC 9113, 8.2.1).
    Http2FieldInvalid {
        /// Its name.
        name: String,
        /// Who sent it.
        sender: Role,
    },

    /// SETTINGS_ENABLE_CONNECT_PROTOCOL is neither 0 nor 1 over HTTP/3 (RFC 9220, 3).
    Http3SettingInvalid(u64),
    /// A response over HTTP/3 has the status 101 (RFC 9114, 4.5).
    Http3SwitchingProtocols,
    /// A response over HTTP/3 has no :status (RFC 9114, 4.3.2).
    Http3StatusMissing,
    /// A pseudo-field is not one of those that its message has, or not in its place (RFC 9114, 4.3).
    Http3PseudoField {
        /// Its name.
        name: String,
        /// Who sent it.
        sender: Role,
        /// What is wrong, as the end of a sentence.
        why: &'static str,
    },
    /// A message of HTTP/3 has a field of the connection (RFC 9114, 4.2).
    Http3ConnectionField {
        /// Its name.
        name: String,
        /// Who sent it.
        sender: Role,
    },
    /// The name of a field in HTTP/3 has an uppercase letter (RFC 9114, 4.2).
    Http3FieldUppercase {
        /// Its name.
        name: String,
        /// Who sent it.
        sender: Role,
    },
    /// A field of HTTP/3 has a character that may not be in it (RFC 9114, 10.3).
    Http3FieldInvalid {
        /// Its name.
        name: String,
        /// Who sent it.
        sender: Role,
    },

    /// A rule of a layer on top of the connection.
    Layer(Box<LayerViolation>),
}

/// A broken rule of a layer. The layer owns the rule and knows its kinds; this is what a verdict needs of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LayerViolation {
    /// The name of the kind, stable like those of other violations.
    pub name: &'static str,
    /// The id of the requirement broken.
    pub requirement: &'static str,
    /// Where it is judged.
    pub scope: Scope,
    /// What the peer did, in a sentence without a full stop.
    pub what: String,
}

impl LayerViolation {
    /// One that is judged everywhere: the name of its kind and the id of its requirement, and what the peer did.
    #[must_use]
    pub fn everywhere((name, requirement): (&'static str, &'static str), what: &impl Display) -> Violation {
        let what = what.to_string();
        Violation::Layer(Box::new(Self { name, requirement, scope: Scope::Everywhere, what }))
    }
}

/// Where a rule is judged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// On every connection.
    Everywhere,
    /// Only in cases about it: a fault that a peer shows on each connection is reported once.
    WhereCited,
}

impl Violation {
    /// The name of the variant, as in `masked-frame`: stable, for reports and known-failure lists.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Layer(violation) => violation.name,
            _ => ViolationKind::from(self).name(),
        }
    }

    /// Where it is judged. A server refuses in many cases; a client repeats its habits in all.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Layer(violation) => violation.scope,
            Self::RefusalMalformed(_)
            | Self::RefusalLacksField { .. }
            | Self::UpgradeUnconnected(_)
            | Self::VersionsMalformed(_)
            | Self::HostNotFirst
            | Self::ExtensionsBlamed
            | Self::RequestBesidePending
            | Self::KeyRepeated
            | Self::KeyNotRandom { .. }
            | Self::KeysOfFewValues { .. }
            | Self::KeyBitsUnused
            | Self::MaskRepeated { .. }
            | Self::MaskPredictable
            | Self::MaskNotRandom { .. } => Scope::WhereCited,
            _ => Scope::Everywhere,
        }
    }
}

impl ViolationKind {
    /// The name of the variant, as in `masked-frame`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }
}

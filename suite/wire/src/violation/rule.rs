//! Which requirement each violation breaks: the only place with the ids.

use crate::{CloseCode, CodeClass, Disallowed, ParamError, RequirementId, Role, Rsv, Violation};

impl Violation {
    /// The requirement broken.
    #[must_use]
    pub fn requirement(&self) -> RequirementId {
        RequirementId::from_static(self.id())
    }

    /// The id of the requirement broken.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a table: one line for each kind of violation")]
    pub fn id(&self) -> &'static str {
        match self {
            Self::UnmaskedFrame => "rfc6455#5.1:1",
            Self::MaskedFrame => "rfc6455#5.1:5",
            Self::ReservedBits { rsv, .. } => reserved_bits(*rsv),
            Self::ReservedOpcode(opcode) if opcode.is_control() => "rfc6455#5.2:13",
            Self::ReservedOpcode(_) => "rfc6455#5.2:12",
            Self::LengthNotMinimal(_) => "rfc6455#5.2:22",
            Self::LengthTopBit(_) => "rfc6455#5.2:19",
            Self::FragmentedControl(_) => "rfc6455#5.5:5",
            Self::LongControl { .. } => "rfc6455#5.5:3",
            Self::OrphanContinuation => "rfc6455#5.4:4",
            Self::InterruptedMessage { .. } => "rfc6455#5.4:12",
            Self::InvalidUtf8 { .. } => "rfc6455#5.6:2",
            Self::CloseBodyOneByte => "rfc6455#5.5.1:5",
            Self::CloseCodeNotSendable(code) => close_code(*code),
            Self::CloseReasonInvalidUtf8 => "rfc6455#5.5.1:8",
            Self::ExtensionsNotListed => "rfc6455#7.4.1:19",
            Self::ExtensionsBlamed => "rfc6455#7.4.1:18",
            Self::DataAfterClose(_) => "rfc6455#5.5.1:13",
            Self::SecondClose => "rfc6455#5.5.1:15",
            Self::ControlAfterClose(_) => "rfc6455#5.5.1:26",
            Self::HttpBehindResponse(_) => "rfc9110#7.8:3",
            Self::FrameBeforeResponse(_) | Self::FrameBehindRefusal(_) => "rfc6455#4.2.2:42",
            Self::MaskNotApplied => "rfc6455#5.3:8",
            Self::PongForPong => "rfc6455#5.5.3:5",
            Self::PongAfterFailure => "rfc6455#7.1.7:7",

            Self::CompressedControl(_) => "rfc7692#6.1:8",
            Self::CompressedContinuation => "rfc7692#6.1:9",
            Self::DeflateCorrupt { .. } => "rfc7692#7.2.1:1",
            Self::DeflateParam { sender, error } => deflate_param(*sender, error),
            Self::DeflateWindow { sender, .. } => by(*sender, "rfc7692#7.2.1:16", "rfc7692#7.2.1:18"),
            Self::DeflateContext { sender, .. } => by(*sender, "rfc7692#7.2.1:11", "rfc7692#7.2.1:14"),
            Self::DeflateNotAsOffered { why, .. } => not_as_offered(*why),
            Self::DeflateAccepted(ParamError::Repeated(_)) => "rfc7692#7:5",
            Self::DeflateAccepted(_) => "rfc7692#7:3",
            Self::DeflateRepeated => "rfc7692#5:17",

            Self::StatusLineMalformed(_) => "rfc6455#4.2.2:28",
            Self::RequestLineMalformed(_) => "rfc6455#4.1:22",
            Self::FieldMalformed { sender, .. } | Self::FieldOutdated { sender, .. } => {
                by(*sender, "rfc6455#4.1:22", "rfc6455#4.2.2:28")
            }
            Self::BareLineFeed(sender) => by(*sender, "rfc6455#4.1:22", "rfc6455#4.2.2:28"),
            Self::HttpVersion { sender, .. } => by(*sender, "rfc6455#4.1:24", "rfc6455#11.1.1:4"),
            Self::UpgradeMissing(sender) => by(*sender, "rfc6455#4.1:29", "rfc6455#4.2.2:30"),
            Self::UpgradeWrong { sender, .. } => by(*sender, "rfc6455#4.1:30", "rfc6455#4.2.2:30"),
            Self::ConnectionMissing(sender) => by(*sender, "rfc6455#4.1:31", "rfc6455#4.2.2:31"),
            Self::ConnectionLacksUpgrade { sender, .. } => by(*sender, "rfc6455#4.1:32", "rfc6455#4.2.2:31"),
            Self::AcceptMissing => "rfc6455#4.2.2:32",
            Self::AcceptWrong { .. } => "rfc6455#4.2.2:33",
            Self::SubprotocolNotOffered { any_offered: true, .. } => "rfc6455#4.2.2:20",
            Self::SubprotocolNotOffered { .. } => "rfc6455#4.2.2:21",
            Self::SubprotocolMalformed { sender, .. } => by(*sender, "rfc6455#4.3:8", "rfc6455#4.3:12"),
            Self::SubprotocolRepeated(_) => "rfc6455#4.1:46",
            Self::ExtensionNotOffered(_) => "rfc6455#4.2.2:27",
            Self::ExtensionMalformed { sender, .. } => by(*sender, "rfc6455#9.1:1", "rfc6455#4.3:5"),
            Self::DuplicateField(name) => duplicate(name),

            Self::RefusalMalformed(_) => "rfc6455#4.2.2:49",
            Self::RefusalLacksField { status, .. } => refusal(*status),
            Self::UpgradeUnconnected(_) => "rfc9110#7.8:2",
            Self::VersionsMalformed(_) => "rfc6455#4.3:13",

            Self::MethodNotGet(_) => "rfc6455#4.1:23",
            Self::HostMissing => "rfc6455#4.1:26",
            Self::KeyMissing => "rfc6455#4.1:33",
            Self::KeyInvalid(_) => "rfc6455#4.1:34",
            Self::VersionMissing => "rfc6455#4.1:40",
            Self::VersionNot13(_) => "rfc6455#4.1:41",

            Self::TargetHasFragment(_) => "rfc6455#3:9",
            Self::TargetMalformed(_) => "rfc6455#4.1:25",
            Self::TargetNotAscii { secure, .. } => of_scheme(*secure, "rfc6455#11.1.1:2", "rfc6455#11.1.2:3"),
            Self::PathNotOfUri { .. } => "rfc6455#3:7",
            Self::QueryNotOfUri { .. } => "rfc6455#3:8",
            Self::HostNotOfUri { .. } => "rfc6455#4.1:27",
            Self::PortNotOfUri { .. } => "rfc6455#4.1:76",
            Self::HostNotAscii { secure, .. } => of_scheme(*secure, "rfc6455#11.1.1:1", "rfc6455#11.1.2:2"),
            Self::RequestInTheClear => "rfc6455#4.1:17",
            Self::ServerNameNotOfUri { .. } => "rfc6455#4.1:20",
            Self::RequestBesidePending => "rfc6455#4.1:8",
            Self::RequestPrefaced => "rfc9112#2.2:2",
            Self::HostNotFirst => "rfc6455#4.1:75",
            Self::KeyRepeated => "rfc6455#4.1:36",
            Self::KeyNotRandom { .. } | Self::KeysOfFewValues { .. } => "rfc6455#4.1:35",
            Self::KeyBitsUnused => "rfc6455#4.3:14",
            Self::DataBeforeResponse => "rfc6455#4.1:49",
            Self::MaskRepeated { .. } => "rfc6455#5.3:4",
            Self::MaskPredictable => "rfc6455#5.3:6",
            Self::MaskNotRandom { .. } => "rfc6455#5.3:3",

            Self::Http2SettingInvalid(_) => "rfc8441#3:1",
            Self::Http2SettingWithdrawn => "rfc8441#3:3",
            Self::Http2WindowExceeded => "rfc9113#6.9.1:1",
            Self::Http2ConnectUnasked => "rfc8441#3:4",
            Self::Http2NotForWebsocket { .. } => "rfc8441#5:1",
            Self::Http2TargetMissing(_) => "rfc8441#4:2",
            Self::Http2AuthorityMissing => "rfc8441#5:5",
            Self::Http2SchemeNotOfUri { .. } => "rfc8441#5:3",
            Self::Http2SwitchingProtocols => "rfc9113#8.6:1",
            Self::Http2StatusMissing => "rfc9113#8.3.2:1",
            Self::Http2PseudoField { .. } => "rfc9113#8.3:1",
            Self::Http2ConnectionField { sender: Role::Client, name } => connection_field(name),
            Self::Http2ConnectionField { .. } => "rfc9113#8.2.2:1",
            Self::Http2FieldUppercase { .. } => "rfc9113#8.2:1",
            Self::Http2FieldInvalid { .. } => "rfc9113#8.2.1:1",

            Self::Http3SettingInvalid(_) => "rfc9220#3:2",
            Self::Http3SwitchingProtocols => "rfc9114#4.5:1",
            Self::Http3StatusMissing => "rfc9114#4.3.2:1",
            Self::Http3PseudoField { .. } => "rfc9114#4.3:1",
            Self::Http3ConnectionField { .. } => "rfc9114#4.2:2",
            Self::Http3FieldUppercase { .. } => "rfc9114#4.2:1",
            Self::Http3FieldInvalid { .. } => "rfc9114#10.3:1",
            Self::Layer(violation) => violation.requirement,
        }
    }
}

/// RFC 8441 forbids clients two of these fields itself.
fn connection_field(name: &str) -> &'static str {
    let is_of_upgrade = ["connection", "upgrade"].iter().any(|field| name.eq_ignore_ascii_case(field));
    if is_of_upgrade { "rfc8441#5:4" } else { "rfc9113#8.2.2:1" }
}

/// The one of ws, or that of wss.
fn of_scheme(secure: bool, clear: &'static str, over_tls: &'static str) -> &'static str {
    if secure { over_tls } else { clear }
}

const fn by(sender: Role, client: &'static str, server: &'static str) -> &'static str {
    match sender {
        Role::Client => client,
        Role::Server => server,
    }
}

const fn refusal(status: u16) -> &'static str {
    match status {
        426 => "rfc9110#15.5.22:1",
        405 => "rfc9110#15.5.6:1",
        _ => "rfc9110#15.5.2:1",
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
        b"Host" => "rfc6455#4.1:22",
        _ => "rfc6455#11.3.4:3",
    }
}

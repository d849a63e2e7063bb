//! Each violation as one sentence about what the peer did, its values escaped.

use std::fmt::{Display, Formatter, Result};

use crate::{CloseCode, Escaped, LengthForm, Role, Rsv, Violation};

impl Display for Violation {
    #[expect(clippy::too_many_lines, reason = "a table: one line for each kind of violation")]
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::UnmaskedFrame => f.write_str("the client sent a frame without a mask"),
            Self::MaskedFrame => f.write_str("the server sent a masked frame"),
            Self::ReservedBits { rsv, opcode } => reserved_bits(f, *rsv, opcode),
            Self::ReservedOpcode(opcode) => write!(f, "a frame has the reserved opcode {opcode}"),
            Self::LengthNotMinimal(length) => not_minimal(f, length.value, length.form),
            Self::LengthTopBit(value) => write!(f, "the 64-bit length {value:#018x} has its top bit set"),
            Self::FragmentedControl(opcode) => write!(f, "a {opcode} frame has FIN clear"),
            Self::LongControl { opcode, length } => long_control(f, opcode, *length),
            Self::OrphanContinuation => f.write_str("a continuation frame came with no message in progress"),
            Self::InterruptedMessage { opcode } => interrupted(f, opcode),
            Self::InvalidUtf8 { offset } => write!(f, "a text message is not UTF-8 from byte {offset} on"),
            Self::CloseBodyOneByte => f.write_str("a close frame has a body of one byte"),
            Self::CloseCodeNotSendable(code) => close_code(f, *code),
            Self::CloseReasonInvalidUtf8 => f.write_str("the reason of a close frame is not UTF-8"),
            Self::ExtensionsNotListed => f.write_str("a close frame with code 1010 lists no extensions"),
            Self::ExtensionsBlamed => f.write_str("a close frame with code 1010 answers a bad frame"),
            Self::DataAfterClose(opcode) => write!(f, "a {opcode} frame came after the close frame"),
            Self::SecondClose => f.write_str("a second close frame came"),
            Self::ControlAfterClose(opcode) => after_answer(f, opcode),
            Self::HttpBehindResponse(bytes) => http_behind_response(f, bytes),
            Self::FrameBeforeResponse(bytes) => write!(f, "{} came before the response", Escaped(bytes)),
            Self::FrameBehindRefusal(opcode) => write!(f, "a {opcode} frame came behind a refusal"),
            Self::MaskNotApplied => f.write_str("the payload is not masked, though the frame has a key"),
            Self::PongForPong => f.write_str("a pong frame answers a pong"),
            Self::PongAfterFailure => f.write_str("a pong answers a ping that followed a fatal error"),

            Self::CompressedControl(opcode) => write!(f, "a {opcode} frame has RSV1 set"),
            Self::CompressedContinuation => f.write_str("a continuation frame has RSV1 set"),
            Self::DeflateCorrupt { offset } => corrupt(f, *offset),
            Self::DeflateWindow { bits, distance, .. } => beyond_window(f, *bits, *distance),
            Self::DeflateContext { bytes, .. } => beyond_start(f, *bytes),
            Self::DeflateParam { sender, error } => parameter(f, *sender, error),
            Self::DeflateNotAsOffered { answer, why } => not_as_offered(f, answer, why),
            Self::DeflateAccepted(error) => write!(f, "the response accepts an offer in which {error}"),
            Self::DeflateRepeated => f.write_str("the response lists permessage-deflate more than once"),

            Self::StatusLineMalformed(line) => write!(f, "{} is not a status line", Escaped(line)),
            Self::RequestLineMalformed(line) => write!(f, "{} is not a request line", Escaped(line)),
            Self::FieldMalformed { sender, line } => field_malformed(f, *sender, line),
            Self::FieldOutdated { sender, line } => field_outdated(f, *sender, line),
            Self::BareLineFeed(sender) => bare_line_feed(f, *sender),
            Self::HttpVersion { sender, version } => http_version(f, *sender, version),
            Self::UpgradeMissing(sender) => lacks(f, *sender, "Upgrade"),
            Self::UpgradeWrong { sender, value } => upgrade_wrong(f, *sender, value),
            Self::ConnectionMissing(sender) => lacks(f, *sender, "Connection"),
            Self::ConnectionLacksUpgrade { sender, value } => connection_lacks(f, *sender, value),
            Self::AcceptMissing => lacks(f, Role::Server, "Sec-WebSocket-Accept"),
            Self::AcceptWrong { expected, actual } => accept_wrong(f, expected, actual),
            Self::SubprotocolNotOffered { name, .. } => never_offered(f, "subprotocol", name),
            Self::SubprotocolMalformed { sender, value } => subprotocol_malformed(f, *sender, value),
            Self::SubprotocolRepeated(name) => offered_twice(f, name),
            Self::ExtensionNotOffered(name) => never_offered(f, "extension", name),
            Self::ExtensionMalformed { sender, value, at, what } => malformed(f, *sender, value, *at, what),
            Self::DuplicateField(name) => write!(f, "the field {name} appears more than once"),

            Self::RefusalMalformed(fault) => write!(f, "in the refusal, {fault}"),
            Self::RefusalLacksField { status, field } => refusal_lacks(f, *status, field),
            Self::UpgradeUnconnected(sender) => unconnected(f, *sender),
            Self::VersionsMalformed(value) => versions_malformed(f, value),

            Self::MethodNotGet(method) => not_get(f, method),
            Self::HostMissing => lacks(f, Role::Client, "Host"),
            Self::KeyMissing => lacks(f, Role::Client, "Sec-WebSocket-Key"),
            Self::KeyInvalid(key) => write!(f, "the key {} is not 16 bytes in base64", Escaped(key)),
            Self::VersionMissing => lacks(f, Role::Client, "Sec-WebSocket-Version"),
            Self::VersionNot13(value) => not_13(f, value),

            Self::TargetHasFragment(target) => has_fragment(f, target),
            Self::TargetMalformed(target) => target_malformed(f, target),
            Self::TargetNotAscii { target, .. } => not_ascii(f, "request target", target),
            Self::PathNotOfUri { expected, actual } => target(f, actual, "path", expected),
            Self::QueryNotOfUri { expected, actual } => target(f, actual, "path and query", expected),
            Self::HostNotOfUri { expected, actual } | Self::PortNotOfUri { expected, actual } => {
                differs(f, "the host of the request", actual, "host and port", expected)
            }
            Self::HostNotAscii { actual, .. } => not_ascii(f, "Host field", actual),
            Self::RequestInTheClear => f.write_str("the request came in the clear, without TLS"),
            Self::ServerNameNotOfUri { expected, actual } => server_name(f, expected, actual.as_deref()),
            Self::RequestBesidePending => f.write_str("another connection still waited for its response"),
            Self::RequestPrefaced => f.write_str("an empty line comes before the request"),
            Self::HostNotFirst => f.write_str("another field comes before Host"),
            Self::KeyRepeated => f.write_str("another connection had the same key"),
            Self::KeyNotRandom { values } => {
                write!(f, "the 16 bytes of the key have only {values} different values")
            }
            Self::KeysOfFewValues { at, values, keys } => few_values(f, *at, *values, *keys),
            Self::KeyBitsUnused => f.write_str("the unused last bits of the key are not zero"),
            Self::DataBeforeResponse => f.write_str("bytes came after the request, before the response"),
            Self::MaskRepeated { keys, frames } => few_masks(f, *keys, *frames),
            Self::MaskPredictable => f.write_str("masking keys can be derived from earlier ones"),
            Self::MaskNotRandom { bits } => {
                write!(f, "{bits} bits of the masking keys never change or follow from the others")
            }

            Self::Http2SettingInvalid(value) => {
                write!(f, "SETTINGS_ENABLE_CONNECT_PROTOCOL is {value}, neither 0 nor 1")
            }
            Self::Http3SettingInvalid(value) => {
                write!(f, "SETTINGS_ENABLE_CONNECT_PROTOCOL is {value}, neither 0 nor 1")
            }
            Self::Http3SwitchingProtocols => {
                f.write_str("the response has the status 101, which HTTP/3 does not have")
            }
            Self::Http2SettingWithdrawn => {
                f.write_str("SETTINGS_ENABLE_CONNECT_PROTOCOL is 0 after it was 1")
            }
            Self::Http2WindowExceeded => f.write_str("there is more DATA than the window has room for"),
            Self::Http2ConnectUnasked => f.write_str(
                "the request came before the server had set SETTINGS_ENABLE_CONNECT_PROTOCOL to 1",
            ),
            Self::Http2NotForWebsocket { method, protocol } => {
                not_for_websocket(f, method, protocol.as_deref())
            }
            Self::Http2TargetMissing(name) => lacks(f, Role::Client, name),
            Self::Http2AuthorityMissing => lacks(f, Role::Client, ":authority"),
            Self::Http2SchemeNotOfUri { expected, actual } => {
                write!(f, ":scheme is {}, where the URI asks for {expected}", Escaped(actual))
            }
            Self::Http2SwitchingProtocols => {
                f.write_str("the response has the status 101, which HTTP/2 does not have")
            }
            Self::Http2StatusMissing | Self::Http3StatusMissing => {
                f.write_str("the response has no :status with a status code")
            }
            Self::Http2PseudoField { name, sender, why } | Self::Http3PseudoField { name, sender, why } => {
                http2_field(f, *sender, name, why)
            }
            Self::Http2ConnectionField { name, sender } | Self::Http3ConnectionField { name, sender } => {
                http2_field(f, *sender, name, "belongs to HTTP/1.1 connections")
            }
            Self::Http2FieldUppercase { name, sender } | Self::Http3FieldUppercase { name, sender } => {
                http2_field(f, *sender, name, "has an uppercase letter in its name")
            }
            Self::Http2FieldInvalid { name, sender } | Self::Http3FieldInvalid { name, sender } => {
                http2_field(f, *sender, name, "has a character that no field may have")
            }
            Self::Layer(violation) => f.write_str(&violation.what),
        }
    }
}

fn reserved_bits(f: &mut Formatter<'_>, rsv: Rsv, opcode: &impl Display) -> Result {
    write!(f, "a {opcode} frame has {} set, which no extension in use defines", RsvBits(rsv))
}

fn not_minimal(f: &mut Formatter<'_>, value: u64, form: LengthForm) -> Result {
    write!(f, "a length of {value} is written in {} bits", bits(form))
}

fn long_control(f: &mut Formatter<'_>, opcode: &impl Display, length: u64) -> Result {
    write!(f, "a {opcode} frame announces {length} bytes, more than the 125 of a control frame")
}

fn interrupted(f: &mut Formatter<'_>, opcode: &impl Display) -> Result {
    write!(f, "a {opcode} frame came before the fragmented message in progress had ended")
}

fn after_answer(f: &mut Formatter<'_>, opcode: &impl Display) -> Result {
    write!(f, "a {opcode} frame came after the close frame that answered the other end's")
}

fn http_behind_response(f: &mut Formatter<'_>, bytes: &[u8]) -> Result {
    write!(f, "{} came where frames should follow the 101 response", Escaped(bytes))
}

fn close_code(f: &mut Formatter<'_>, code: CloseCode) -> Result {
    match code {
        CloseCode(1010) => {
            f.write_str("the server's close frame has the code 1010, which only clients may send")
        }
        code => write!(f, "a close frame has the code {code}, which no endpoint may send"),
    }
}

fn parameter(f: &mut Formatter<'_>, sender: Role, error: &impl Display) -> Result {
    write!(f, "in the {}'s permessage-deflate, {error}", sender.word())
}

fn not_as_offered(f: &mut Formatter<'_>, answer: &impl Display, why: &impl Display) -> Result {
    write!(f, "the response's `{answer}` is not what was offered: {why}")
}

fn corrupt(f: &mut Formatter<'_>, offset: u64) -> Result {
    write!(f, "a compressed message does not decompress after its byte {offset}")
}

fn beyond_window(f: &mut Formatter<'_>, bits: u8, distance: usize) -> Result {
    let window = 1_u32 << bits;
    write!(f, "a compressed message refers back {distance} bytes, beyond the agreed {window}")
}

fn beyond_start(f: &mut Formatter<'_>, bytes: usize) -> Result {
    write!(
        f,
        "a compressed message refers back {bytes} bytes before its start, although no context takeover was agreed"
    )
}

fn bare_line_feed(f: &mut Formatter<'_>, sender: Role) -> Result {
    write!(f, "a line of the {}'s head ends with LF alone", sender.word())
}

fn http_version(f: &mut Formatter<'_>, sender: Role, version: &impl Display) -> Result {
    write!(f, "the {} states {version}, below HTTP/1.1", sender.word())
}

fn field_malformed(f: &mut Formatter<'_>, sender: Role, line: &[u8]) -> Result {
    write!(f, "the {}'s line {} is not a header field", sender.word(), Escaped(line))
}

fn field_outdated(f: &mut Formatter<'_>, sender: Role, line: &[u8]) -> Result {
    let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
    let what = if is_folded { "continues the field before it" } else { "has white space before its colon" };
    write!(f, "the {}'s line {} {what}", sender.word(), Escaped(line))
}

fn lacks(f: &mut Formatter<'_>, sender: Role, field: &str) -> Result {
    write!(f, "the {} has no {field} field", head(sender))
}

fn upgrade_wrong(f: &mut Formatter<'_>, sender: Role, value: &[u8]) -> Result {
    write!(f, "the {}'s Upgrade field is {}, not websocket", head(sender), Escaped(value))
}

fn connection_lacks(f: &mut Formatter<'_>, sender: Role, value: &[u8]) -> Result {
    write!(f, "the {}'s Connection field {} lacks Upgrade", head(sender), Escaped(value))
}

fn accept_wrong(f: &mut Formatter<'_>, expected: &str, actual: &[u8]) -> Result {
    write!(f, "Sec-WebSocket-Accept is {}, but the key demands \"{expected}\"", Escaped(actual))
}

fn never_offered(f: &mut Formatter<'_>, what: &str, name: &str) -> Result {
    write!(f, "the response names the {what} {}, which was not offered", Escaped(name.as_bytes()))
}

fn subprotocol_malformed(f: &mut Formatter<'_>, sender: Role, value: &[u8]) -> Result {
    write!(f, "the {}'s Sec-WebSocket-Protocol {} is malformed", head(sender), Escaped(value))
}

fn not_ascii(f: &mut Formatter<'_>, part: &str, value: &[u8]) -> Result {
    write!(f, "the {part} {} is not in ASCII", Escaped(value))
}

fn few_values(f: &mut Formatter<'_>, at: Option<usize>, values: usize, keys: usize) -> Result {
    match at {
        Some(at) => write!(f, "byte {at} of {keys} keys has {values} values in all"),
        None => write!(f, "the bytes of {keys} keys have {values} values in all"),
    }
}

fn few_masks(f: &mut Formatter<'_>, keys: usize, frames: usize) -> Result {
    write!(f, "there are {keys} masking keys in {frames} frames")
}

fn server_name(f: &mut Formatter<'_>, expected: &str, actual: Option<&str>) -> Result {
    match actual {
        Some(actual) => {
            let actual = Escaped(actual.as_bytes());
            write!(f, "the TLS handshake names the server {actual}, not \"{expected}\"")
        }
        None => write!(f, "the TLS handshake does not name the server, \"{expected}\""),
    }
}

fn offered_twice(f: &mut Formatter<'_>, name: &str) -> Result {
    write!(f, "the request offers the subprotocol {} twice", Escaped(name.as_bytes()))
}

fn malformed(f: &mut Formatter<'_>, sender: Role, value: &[u8], at: usize, what: &str) -> Result {
    let (head, value) = (head(sender), Escaped(value));
    write!(f, "the {head}'s Sec-WebSocket-Extensions {value} lacks {what} at byte {at}")
}

fn refusal_lacks(f: &mut Formatter<'_>, status: u16, field: &str) -> Result {
    write!(f, "the response has status {status} and no {field} field")
}

fn unconnected(f: &mut Formatter<'_>, sender: Role) -> Result {
    write!(f, "the {} has an Upgrade field that its Connection field does not name", head(sender))
}

fn versions_malformed(f: &mut Formatter<'_>, value: &[u8]) -> Result {
    write!(f, "the response's Sec-WebSocket-Version {} is not a list of versions", Escaped(value))
}

fn not_get(f: &mut Formatter<'_>, method: &[u8]) -> Result {
    write!(f, "the method of the request is {}, not GET", Escaped(method))
}

fn not_13(f: &mut Formatter<'_>, value: &[u8]) -> Result {
    write!(f, "the request states the version {}, not 13", Escaped(value))
}

fn has_fragment(f: &mut Formatter<'_>, target: &[u8]) -> Result {
    write!(f, "the request target {} has a fragment", Escaped(target))
}

fn target(f: &mut Formatter<'_>, actual: &[u8], part: &str, expected: &str) -> Result {
    differs(f, "the request target", actual, part, expected)
}

fn target_malformed(f: &mut Formatter<'_>, target: &[u8]) -> Result {
    write!(f, "the request target {} is neither a path nor an http or https URI", Escaped(target))
}

fn differs(f: &mut Formatter<'_>, what: &str, actual: &[u8], part: &str, expected: &str) -> Result {
    let expected = Escaped(expected.as_bytes());
    write!(f, "{what} is {}, but the URI has the {part} {expected}", Escaped(actual))
}

fn http2_field(f: &mut Formatter<'_>, sender: Role, name: &str, why: &str) -> Result {
    write!(f, "the {}'s field {} {why}", head(sender), Escaped(name.as_bytes()))
}

fn not_for_websocket(f: &mut Formatter<'_>, method: &[u8], protocol: Option<&[u8]>) -> Result {
    write!(f, "the request is {} ", Escaped(method))?;
    match protocol {
        None => f.write_str("without :protocol")?,
        Some(protocol) => write!(f, "with the :protocol {}", Escaped(protocol))?,
    }
    f.write_str(", not CONNECT with websocket")
}

const fn head(sender: Role) -> &'static str {
    match sender {
        Role::Client => "request",
        Role::Server => "response",
    }
}

const fn bits(form: LengthForm) -> u8 {
    match form {
        LengthForm::Bits7 => 7,
        LengthForm::Bits16 => 16,
        LengthForm::Bits64 => 64,
    }
}

/// Reserved bits by name: `RSV1 and RSV3`.
struct RsvBits(Rsv);

impl Display for RsvBits {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let names = [(Rsv::RSV1, "RSV1"), (Rsv::RSV2, "RSV2"), (Rsv::RSV3, "RSV3")];
        let set = names.iter().filter(|(bit, _)| self.0.contains(*bit));
        f.write_str(&set.map(|(_, name)| *name).collect::<Vec<_>>().join(" and "))
    }
}

//! Each violation as one sentence about what the peer did, its values escaped.

use std::fmt;

use crate::{CloseCode, Escaped, LengthForm, Role, Rsv, Violation};

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.frame(f)
            .or_else(|| self.deflate(f))
            .or_else(|| self.head(f))
            .or_else(|| self.request(f))
            .unwrap_or(Ok(()))
    }
}

type Written = Option<fmt::Result>;

impl Violation {
    fn frame(&self, f: &mut fmt::Formatter<'_>) -> Written {
        Some(match self {
            Self::UnmaskedFrame => f.write_str("the client sent a frame without a mask"),
            Self::MaskedFrame => f.write_str("the server sent a masked frame"),
            Self::ReservedBits { rsv, opcode } => {
                write!(f, "a {opcode} frame has {} set, which no extension in use defines", Bits(*rsv))
            }
            Self::ReservedOpcode(opcode) => write!(f, "a frame has the reserved opcode {opcode}"),
            Self::LengthNotMinimal(length) => {
                write!(f, "a length of {} is written in {} bits", length.value, bits(length.form))
            }
            Self::LengthTopBit(value) => {
                write!(f, "the 64-bit length {value:#018x} has its top bit set")
            }
            Self::FragmentedControl(opcode) => write!(f, "a {opcode} frame has FIN clear"),
            Self::LongControl { opcode, length } => {
                write!(f, "a {opcode} frame announces {length} bytes, more than the 125 of a control frame")
            }
            Self::OrphanContinuation => f.write_str("a continuation frame came with no message under way"),
            Self::InterruptedMessage { opcode } => {
                write!(f, "a {opcode} frame came before the fragmented message under way had ended")
            }
            Self::InvalidUtf8 { offset } => {
                write!(f, "a text message is not UTF-8 from byte {offset} on")
            }
            Self::CloseBodyOneByte => f.write_str("a close frame has a body of one byte"),
            Self::CloseCodeNotSendable(CloseCode(1010)) => {
                f.write_str("a close frame of the server's has the code 1010, which only clients send")
            }
            Self::CloseCodeNotSendable(code) => {
                write!(f, "a close frame has the code {code}, which no endpoint may send")
            }
            Self::CloseReasonInvalidUtf8 => f.write_str("the reason of a close frame is not UTF-8"),
            Self::DataAfterClose(opcode) => write!(f, "a {opcode} frame came after the close frame"),
            Self::SecondClose => f.write_str("a second close frame came"),
            _ => return None,
        })
    }

    fn deflate(&self, f: &mut fmt::Formatter<'_>) -> Written {
        Some(match self {
            Self::CompressedControl(opcode) => write!(f, "a {opcode} frame has RSV1 set"),
            Self::CompressedContinuation => f.write_str("a continuation frame has RSV1 set"),
            Self::DeflateCorrupt { offset } => {
                write!(f, "a compressed message does not decompress after its byte {offset}")
            }
            Self::DeflateWindow { bits, distance, .. } => {
                let window = 1_u32 << bits;
                write!(f, "a compressed message reaches {distance} bytes back, beyond the agreed {window}")
            }
            Self::DeflateContext { bytes, .. } => write!(
                f,
                "a compressed message reaches {bytes} bytes back before its start, which no context takeover rules out"
            ),
            Self::DeflateParam { sender, error } => {
                write!(f, "in the {}'s permessage-deflate, {error}", side(*sender))
            }
            Self::DeflateNotAsOffered { answer, why } => {
                write!(f, "the response's `{answer}` is not what was offered: {why}")
            }
            Self::DeflateRepeated => f.write_str("the response lists permessage-deflate more than once"),
            _ => return None,
        })
    }

    fn head(&self, f: &mut fmt::Formatter<'_>) -> Written {
        Some(match self {
            Self::StatusLineMalformed(line) => write!(f, "{} is no status line", Escaped(line)),
            Self::RequestLineMalformed(line) => write!(f, "{} is no request line", Escaped(line)),
            Self::FieldMalformed { sender, line } => {
                write!(f, "the {}'s line {} is no header field", side(*sender), Escaped(line))
            }
            Self::BareLineFeed(sender) => {
                write!(f, "a line of the {}'s head ends with LF alone", side(*sender))
            }
            Self::HttpVersion { sender, version } => {
                write!(f, "the {} states {version}, below HTTP/1.1", side(*sender))
            }
            Self::UpgradeMissing(sender) => write!(f, "the {} has no Upgrade field", head(*sender)),
            Self::UpgradeWrong { sender, value } => {
                write!(f, "the {}'s Upgrade field is {}, not websocket", head(*sender), Escaped(value))
            }
            Self::ConnectionMissing(sender) => write!(f, "the {} has no Connection field", head(*sender)),
            Self::ConnectionLacksUpgrade { sender, value } => {
                write!(f, "the {}'s Connection field {} lacks Upgrade", head(*sender), Escaped(value))
            }
            Self::AcceptMissing => f.write_str("the response has no Sec-WebSocket-Accept field"),
            Self::AcceptWrong { expected, actual } => {
                write!(f, "Sec-WebSocket-Accept is {}, but the key demands \"{expected}\"", Escaped(actual))
            }
            Self::SubprotocolNotOffered { name, .. } => {
                write!(f, "the response names the subprotocol {}, never offered", Escaped(name.as_bytes()))
            }
            Self::SubprotocolMalformed { sender, value } => {
                write!(f, "the {}'s Sec-WebSocket-Protocol {} is malformed", head(*sender), Escaped(value))
            }
            Self::ExtensionNotOffered(name) => {
                write!(f, "the response names the extension {}, never offered", Escaped(name.as_bytes()))
            }
            Self::ExtensionMalformed { sender, value, at, what } => {
                let (head, value) = (head(*sender), Escaped(value));
                write!(f, "the {head}'s Sec-WebSocket-Extensions {value} lacks {what} at byte {at}")
            }
            Self::DuplicateField(name) => write!(f, "the field {name} appears more than once"),
            Self::RefusalMalformed(fault) => write!(f, "of the refusal: {fault}"),
            Self::RefusalLacksField { status, field } => {
                write!(f, "the response has status {status} and no {field} field")
            }
            Self::UpgradeUnconnected(sender) => {
                write!(
                    f,
                    "the {} has an Upgrade field that its Connection field does not name",
                    head(*sender)
                )
            }
            Self::VersionsMalformed(value) => {
                write!(f, "the response's Sec-WebSocket-Version {} is no list of versions", Escaped(value))
            }
            _ => return None,
        })
    }

    fn request(&self, f: &mut fmt::Formatter<'_>) -> Written {
        Some(match self {
            Self::SubprotocolRepeated(name) => {
                write!(f, "the request offers the subprotocol {} twice", Escaped(name.as_bytes()))
            }
            Self::MethodNotGet(method) => {
                write!(f, "the method of the request is {}, not GET", Escaped(method))
            }
            Self::HostMissing => f.write_str("the request has no Host field"),
            Self::KeyMissing => f.write_str("the request has no Sec-WebSocket-Key field"),
            Self::KeyInvalid(key) => write!(f, "the key {} is not 16 bytes in base64", Escaped(key)),
            Self::VersionMissing => f.write_str("the request has no Sec-WebSocket-Version field"),
            Self::VersionNot13(value) => {
                write!(f, "the request states the version {}, not 13", Escaped(value))
            }
            _ => return None,
        })
    }
}

const fn side(sender: Role) -> &'static str {
    match sender {
        Role::Client => "client",
        Role::Server => "server",
    }
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
struct Bits(Rsv);

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [(Rsv::RSV1, "RSV1"), (Rsv::RSV2, "RSV2"), (Rsv::RSV3, "RSV3")];
        let set = names.iter().filter(|(bit, _)| self.0.contains(*bit));
        f.write_str(&set.map(|(_, name)| *name).collect::<Vec<_>>().join(" and "))
    }
}

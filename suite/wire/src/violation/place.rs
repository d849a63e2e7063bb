//! Which bytes of a head or a frame a violation is about.

use std::ops::Range;

use crate::{Header, Violation};

/// The faulty part of something sent.
enum Part {
    /// All of it.
    Whole,
    /// So many bytes at the start of a head.
    Start(usize),
    /// The first line of a head.
    FirstLine,
    /// This line of a head.
    Line(Vec<u8>),
    /// The first line of a head that ends with LF alone.
    BareLine,
    /// The field with that name, or the first line if the head has no such field.
    Field(&'static str),
    /// The same, of a name that the peer chose.
    Named(String),
    /// The last field with that name.
    LastField(&'static str),
    /// FIN, the reserved bits and the opcode share a byte.
    FirstByte,
    /// The byte with the mask bit.
    SecondByte,
    /// The length, in any form.
    Length,
    /// The whole payload.
    Payload,
    /// The first two bytes of the payload: the code of a close frame.
    Code,
    /// The payload after this many bytes, where it stops being UTF-8.
    Text(usize),
}

impl Violation {
    /// The faulty bytes in the head that shows the violation.
    #[must_use]
    pub fn place_in_head(&self, head: &[u8]) -> Range<usize> {
        match self.part() {
            Part::Whole => 0..head.len(),
            Part::Start(length) => 0..length.min(head.len()),
            Part::Line(line) => find(head, |found| found.trim_ascii_end() == line.trim_ascii_end()),
            Part::BareLine => find(head, |line| line.ends_with(b"\n") && !line.ends_with(b"\r\n")),
            Part::Field(name) => find(head, |line| is_field(line, name)),
            Part::Named(name) => find(head, |line| is_field(line, &name)),
            Part::LastField(name) => {
                lines(head).filter(|(_, line)| is_field(line, name)).last().map_or(0..0, |(range, _)| range)
            }
            _ => find(head, |_| true),
        }
    }

    /// The faulty bytes in the frame that shows the violation, as it was on the wire; `payload` is unmasked, as much
    /// of it as was kept.
    #[must_use]
    pub fn place_in_frame(&self, header: &Header, payload: &[u8]) -> Range<usize> {
        let start = header.encoded_len();
        let end = start + payload.len();
        let range = match self.part() {
            Part::FirstByte => 0..1,
            Part::SecondByte => 1..2,
            Part::Length => header.length.place(),
            Part::Payload => start..end,
            Part::Code => start..start + 2,
            Part::Text(behind) => start + behind + valid_text(payload.get(behind..).unwrap_or_default())..end,
            _ => 0..end,
        };
        range.start.min(end)..range.end.min(end)
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each kind of violation")]
    fn part(&self) -> Part {
        match self {
            Self::UnmaskedFrame | Self::MaskedFrame => Part::SecondByte,
            Self::LengthNotMinimal(_) | Self::LengthTopBit(_) | Self::LongControl { .. } => Part::Length,
            Self::ReservedBits { .. }
            | Self::ReservedOpcode(_)
            | Self::FragmentedControl(_)
            | Self::OrphanContinuation
            | Self::ControlAfterClose(_)
            | Self::InterruptedMessage { .. }
            | Self::CompressedControl(_)
            | Self::CompressedContinuation => Part::FirstByte,
            Self::InvalidUtf8 { .. } => Part::Text(0),
            Self::CloseReasonInvalidUtf8 => Part::Text(2),
            Self::CloseCodeNotSendable(_) | Self::ExtensionsNotListed | Self::ExtensionsBlamed => Part::Code,
            Self::CloseBodyOneByte
            | Self::MaskNotApplied
            | Self::DeflateCorrupt { .. }
            | Self::DeflateWindow { .. }
            | Self::DeflateContext { .. } => Part::Payload,
            Self::DataAfterClose(_)
            | Self::SecondClose
            | Self::HttpBehindResponse(_)
            | Self::FrameBehindRefusal(_)
            | Self::PongForPong
            | Self::PongAfterFailure
            | Self::DataBeforeResponse
            | Self::MaskRepeated { .. }
            | Self::MaskPredictable
            | Self::MaskNotRandom { .. } => Part::Whole,

            Self::FrameBeforeResponse(bytes) => Part::Start(bytes.len()),
            Self::StatusLineMalformed(_)
            | Self::RequestLineMalformed(_)
            | Self::HttpVersion { .. }
            | Self::MethodNotGet(_)
            | Self::RequestPrefaced
            | Self::TargetHasFragment(_)
            | Self::TargetMalformed(_)
            | Self::TargetNotAscii { .. }
            | Self::PathNotOfUri { .. }
            | Self::QueryNotOfUri { .. }
            | Self::RefusalLacksField { .. }
            | Self::Http2SwitchingProtocols
            | Self::Http2StatusMissing
            | Self::Http3SwitchingProtocols
            | Self::Http3StatusMissing => Part::FirstLine,
            // A layer knows which bytes of a message are its items.
            Self::Layer(_)
            | Self::Http2SettingInvalid(_)
            | Self::Http3SettingInvalid(_)
            | Self::Http2SettingWithdrawn
            | Self::Http2WindowExceeded
            | Self::Http2ConnectUnasked
            | Self::Http2TargetMissing(_)
            | Self::Http2AuthorityMissing => Part::Whole,
            Self::Http2NotForWebsocket { protocol: Some(_), method } if method == "CONNECT" => {
                Part::Named(":protocol".into())
            }
            Self::Http2NotForWebsocket { .. } => Part::Named(":method".into()),
            Self::Http2SchemeNotOfUri { .. } => Part::Named(":scheme".into()),
            Self::Http2PseudoField { name, .. }
            | Self::Http2ConnectionField { name, .. }
            | Self::Http2FieldUppercase { name, .. }
            | Self::Http2FieldInvalid { name, .. }
            | Self::Http3PseudoField { name, .. }
            | Self::Http3ConnectionField { name, .. }
            | Self::Http3FieldUppercase { name, .. }
            | Self::Http3FieldInvalid { name, .. } => Part::Named(name.clone()),
            Self::FieldMalformed { line, .. } | Self::FieldOutdated { line, .. } => Part::Line(line.to_vec()),
            Self::BareLineFeed(_) => Part::BareLine,
            Self::RefusalMalformed(fault) => fault.part(),
            Self::DuplicateField(name) => Part::LastField(name),
            Self::DeflateParam { .. }
            | Self::DeflateNotAsOffered { .. }
            | Self::DeflateAccepted(_)
            | Self::DeflateRepeated
            | Self::ExtensionNotOffered(_)
            | Self::ExtensionMalformed { .. } => Part::Field("Sec-WebSocket-Extensions"),
            Self::UpgradeMissing(_) | Self::UpgradeWrong { .. } | Self::UpgradeUnconnected(_) => {
                Part::Field("Upgrade")
            }
            Self::ConnectionMissing(_) | Self::ConnectionLacksUpgrade { .. } => Part::Field("Connection"),
            Self::AcceptMissing | Self::AcceptWrong { .. } => Part::Field("Sec-WebSocket-Accept"),
            Self::SubprotocolNotOffered { .. }
            | Self::SubprotocolMalformed { .. }
            | Self::SubprotocolRepeated(_) => Part::Field("Sec-WebSocket-Protocol"),
            Self::VersionsMalformed(_) | Self::VersionMissing | Self::VersionNot13(_) => {
                Part::Field("Sec-WebSocket-Version")
            }
            Self::HostMissing
            | Self::HostNotOfUri { .. }
            | Self::PortNotOfUri { .. }
            | Self::HostNotAscii { .. }
            | Self::HostNotFirst => Part::Field("Host"),
            Self::RequestBesidePending | Self::RequestInTheClear | Self::ServerNameNotOfUri { .. } => {
                Part::Whole
            }
            Self::KeyMissing
            | Self::KeyInvalid(_)
            | Self::KeyRepeated
            | Self::KeyNotRandom { .. }
            | Self::KeysOfFewValues { .. }
            | Self::KeyBitsUnused => Part::Field("Sec-WebSocket-Key"),
        }
    }
}

/// The range of the first line of a head that matches, or of its first line.
fn find(head: &[u8], fits: impl Fn(&[u8]) -> bool) -> Range<usize> {
    let mut all = lines(head);
    let first = all.next();
    first.iter().cloned().chain(all).find(|(_, line)| fits(line)).or(first).map_or(0..0, |(range, _)| range)
}

/// The lines of a head with their ranges, including line endings.
fn lines(head: &[u8]) -> impl Iterator<Item = (Range<usize>, &[u8])> {
    head.split_inclusive(|byte| *byte == b'\n').scan(0, |at, line| {
        let range = *at..*at + line.len();
        *at = range.end;
        Some((range, line))
    })
}

fn is_field(line: &[u8], name: &str) -> bool {
    line.split_at_checked(name.len())
        .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(name.as_bytes()) && rest.starts_with(b":"))
}

/// How many bytes are UTF-8; 0 if all are, because the fault then began in an earlier fragment.
fn valid_text(payload: &[u8]) -> usize {
    std::str::from_utf8(payload).map_or_else(|error| error.valid_up_to(), |_| 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CloseCode, Frame, LengthForm, Mask, Opcode, Role, Rsv};

    fn in_frame(violation: &Violation, frame: &Frame) -> Range<usize> {
        violation.place_in_frame(&frame.header, &frame.payload)
    }

    #[test]
    fn each_violation_of_a_frame_marks_the_bytes_it_is_about() {
        let text = || Frame::new(Opcode::TEXT, "a");
        let masked = |frame: Frame| frame.with_mask(Mask([1, 2, 3, 4]));
        let opcode = Opcode::TEXT;
        let long = text().with_length_form(LengthForm::Bits16);
        let table = [
            (Violation::MaskedFrame, masked(text()), 1..2),
            (Violation::ReservedBits { rsv: Rsv::RSV1, opcode }, text(), 0..1),
            (Violation::LengthNotMinimal(long.header.length), long, 1..4),
            (Violation::InvalidUtf8 { offset: 2 }, Frame::new(opcode, &b"ab\xffc"[..]), 4..6),
            (Violation::InvalidUtf8 { offset: 2 }, masked(Frame::new(opcode, &b"ab\xffc"[..])), 8..10),
            (
                Violation::CloseCodeNotSendable(CloseCode(5)),
                Frame::new(Opcode::CLOSE, &b"\0\x05no"[..]),
                2..4,
            ),
            (Violation::CloseBodyOneByte, Frame::new(Opcode::CLOSE, &b"\x03"[..]), 2..3),
            (Violation::CloseReasonInvalidUtf8, Frame::new(Opcode::CLOSE, &b"\x03\xe8a\xff"[..]), 5..6),
            (Violation::DataAfterClose(opcode), text(), 0..3),
        ];
        for (violation, frame, range) in table {
            assert_eq!(in_frame(&violation, &frame), range, "{violation}");
        }
    }

    #[test]
    fn a_violation_of_a_head_marks_its_line() {
        let head =
            b"HTTP/1.1 101 Yes\r\nUpgrade: x\nno field\r\nSEC-WebSocket-Accept: y\r\nupgrade: z\r\n\r\n";
        let of = |violation: Violation| {
            String::from_utf8_lossy(&head[violation.place_in_head(head)]).trim_end().to_owned()
        };
        let accept = Violation::AcceptWrong { expected: "x".into(), actual: "y".into() };
        assert_eq!(of(accept), "SEC-WebSocket-Accept: y");
        assert_eq!(of(Violation::UpgradeWrong { sender: Role::Server, value: "x".into() }), "Upgrade: x");
        assert_eq!(of(Violation::DuplicateField("Upgrade")), "upgrade: z");
        assert_eq!(of(Violation::BareLineFeed(Role::Server)), "Upgrade: x");
        assert_eq!(
            of(Violation::FieldMalformed { sender: Role::Server, line: "no field".into() }),
            "no field"
        );
        assert_eq!(of(Violation::ConnectionMissing(Role::Server)), "HTTP/1.1 101 Yes");
        assert_eq!(Violation::AcceptMissing.place_in_head(b""), 0..0);
    }

    #[test]
    fn a_fault_of_a_client_marks_the_field_that_is_wrong() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nSec-WebSocket-Version: 8\r\n\r\n";
        let of = |violation: Violation| &head[violation.place_in_head(head)];
        let value = || bytes::Bytes::from_static(b"close");
        let lacks = Violation::ConnectionLacksUpgrade { sender: Role::Client, value: value() };
        assert_eq!(of(lacks), b"Connection: close\r\n");
        assert_eq!(of(Violation::VersionNot13(value())), b"Sec-WebSocket-Version: 8\r\n");
        assert_eq!(of(Violation::HostNotFirst), b"Host: a\r\n");
    }
}

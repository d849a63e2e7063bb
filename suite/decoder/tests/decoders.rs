//! Decoders checked against the RFC: correct ones pass, and each with one flaw is reported with the rule it breaks.

#[path = "common/right.rs"]
mod right;

use std::io::Read;

use rand::{RngCore, SeedableRng, rngs::SmallRng};
use wsspec_decoder::{
    ArrivedBytes, DecoderEvent, DecoderUnderTest, DeflateParams, Demands, Disagreement, DisagreementKind,
    InputPrefix, PullDecoder, Pulled, Rejection, Setting, check,
    inputs::{LONGEST, from_frames, input},
    mutate_input,
};
use wsspec_wire::{Assembled, Assembler, MessageKind, Role, Rsv, Violation};

use self::right::{Right, Strictness};

fn inputs(demands: &Demands) -> impl Iterator<Item = Vec<u8>> {
    let seeded = |seed| input(seed, &[], demands);
    (0..4000).map(seeded).chain((4000..4100).map(seeded).zip(0..).map(changed)).chain((0..100).map(noise))
}

/// The input with its frames mutated as by libFuzzer.
fn changed((mut input, seed): (Vec<u8>, u32)) -> Vec<u8> {
    for round in 0..20 {
        let size = input.len();
        input.resize(LONGEST, 0);
        let changed = mutate_input(&mut input, size, LONGEST, seed * 20 + round);
        input.truncate(changed.unwrap_or(size));
    }
    input
}

/// Random bytes, more of them with each number.
fn noise(number: u64) -> Vec<u8> {
    let mut bytes = vec![0; LONGEST * number as usize / 99];
    SmallRng::seed_from_u64(number).fill_bytes(&mut bytes);
    bytes
}

#[test]
fn decoders_that_are_right_pass_whatever_they_choose() {
    for demands in [Demands::default(), Demands { deflate: true, ..Demands::default() }] {
        for strictness in [Strictness::Strict, Strictness::Lax] {
            for input in inputs(&demands) {
                let checked = check(|setting| Right::new(setting, strictness), &input, &demands);
                assert_eq!(checked, Ok(()), "{}", input.escape_ascii());
            }
        }
    }
}

#[test]
fn a_strict_decoder_passes_where_it_must_be_and_a_lax_one_does_not() {
    let demands = Demands { deflate: true, strict: true, ..Demands::default() };
    for input in inputs(&demands) {
        let checked = check(|setting| Right::new(setting, Strictness::Strict), &input, &demands);
        assert_eq!(checked, Ok(()), "{}", input.escape_ascii());
    }
    let rows: [(&[u8], &str); 5] = [
        (b"\x88\x02\x03\xED", "rfc6455#7.4.1:8"),
        (b"\x88\x02\x00\x00", "rfc6455#7.4.2:1"),
        (b"\x88\x01a", "rfc6455#5.5.1:5"),
        (b"\x82\x7E\x00\x01a", "rfc6455#5.2:22"),
        (b"\xC2\x02\xFF\xFF", "rfc7692#7.2.1:1"),
    ];
    for (bytes, requirement) in rows {
        let input = InputPrefix { deflate: Some(DeflateParams::default()), ..InputPrefix::of(Role::Server) };
        let input = input.followed_by(bytes);
        let lax = |demands| check(|setting| Right::new(setting, Strictness::Lax), &input, demands);
        let disagreement = lax(&demands).map_err(|found| (found.kind, found.requirement));
        assert_eq!(disagreement, Err((DisagreementKind::Accepted, Some(requirement))));
        assert_eq!(lax(&Demands { strict: false, ..demands }), Ok(()), "{}", bytes.escape_ascii());
    }
}

/// A decoder of frames: it neither joins nor decompresses.
struct Frames {
    sender: Role,
    decoder: wsspec_wire::Decoder,
    compresses: bool,
}

impl DecoderUnderTest for Frames {
    fn decode(&mut self, mut bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        while let Some(decoded) = self.decoder.decode(&mut bytes) {
            let wsspec_wire::Decoded::Frame(frame) = decoded else { continue };
            let compressed = frame.header.rsv.contains(Rsv::RSV1);
            let mut header = frame.header;
            if self.compresses && header.opcode.is_data() {
                header.rsv = header.rsv.without(Rsv::RSV1);
            }
            let mut assembled = Vec::new();
            Assembler::new(self.sender)
                .push(&wsspec_wire::Frame { header, payload: frame.payload.clone() }, &mut assembled);
            for assembled in assembled {
                match assembled {
                    Assembled::Violation(
                        violation @ (Violation::CloseReasonInvalidUtf8
                        | Violation::MaskedFrame
                        | Violation::UnmaskedFrame
                        | Violation::ReservedBits { .. }
                        | Violation::ReservedOpcode(_)
                        | Violation::FragmentedControl(_)
                        | Violation::LongControl { .. }),
                    ) => return Err(right::rejection(&violation)),
                    Assembled::Ping(payload) => events.push(DecoderEvent::Ping(payload.to_vec())),
                    Assembled::Pong(payload) => events.push(DecoderEvent::Pong(payload.to_vec())),
                    Assembled::Close(body) => {
                        let code = body.code().map(|code| code.0);
                        let reason = body.to_bytes().get(2..).unwrap_or_default().to_vec();
                        events.push(DecoderEvent::Close(code, reason));
                        return Ok(());
                    }
                    _ => {}
                }
            }
            if header.opcode.is_data() {
                let (fin, opcode) = (header.fin, header.opcode.value());
                events.push(DecoderEvent::Frame { fin, compressed, opcode, payload: frame.payload.to_vec() });
            }
        }
        Ok(())
    }
}

#[test]
fn a_decoder_of_frames_passes_and_one_that_loses_their_flags_does_not() {
    for deflate in [false, true] {
        let demands = Demands { frames: true, deflate, ..Demands::default() };
        let new = |setting: Setting| Frames {
            sender: setting.sender,
            decoder: wsspec_wire::Decoder::new(1 << 16),
            compresses: setting.deflate.is_some(),
        };
        for input in inputs(&demands) {
            assert_eq!(check(new, &input, &demands), Ok(()), "{}", input.escape_ascii());
        }
        let whole = from_frames([255; 4], Role::Server, b"\x01\x01a\x80\x01b");
        let blind = |setting: Setting| Right::new(setting, Strictness::Lax);
        let found = check(blind, &whole, &demands).map_err(|found| (found.kind, found.requirement));
        assert_eq!(found, Err((DisagreementKind::Missing, Some("rfc6455#5.4:8"))));
    }
}

/// A decoder that reads from a stream: whole frames of up to 125 bytes from a server.
struct Reads(ArrivedBytes, Vec<u8>);

impl PullDecoder for Reads {
    fn next_event(&mut self) -> Result<Option<DecoderEvent>, Rejection> {
        let mut byte = [0];
        while self.0.read(&mut byte).is_ok_and(|count| count == 1) {
            self.1.push(byte[0]);
            if self.1.len() >= 2 && self.1.len() == 2 + usize::from(self.1[1]) {
                return Ok(Some(DecoderEvent::Ping(std::mem::take(&mut self.1)[2..].to_vec())));
            }
        }
        Ok(None)
    }
}

#[test]
fn a_decoder_that_pulls_gets_its_bytes_from_a_stream() {
    let input = from_frames([1, 3, 2, 1], Role::Server, b"\x89\x01a\x89\x00\x89\x02bc");
    let new = |_| Pulled::new(|stream| Reads(stream, Vec::new()));
    assert_eq!(check(new, &input, &Demands::default()), Ok(()));
    let mut stream = ArrivedBytes::default();
    let error = stream.read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(error, Err(std::io::ErrorKind::WouldBlock));
}

#[test]
fn a_masked_close_frame_of_one_byte_may_be_refused_at_its_length() {
    let judged = |bytes: &[u8], rejects_at: usize| {
        let input = from_frames([1; 4], Role::Client, bytes);
        check(|_| Impatient { at: rejects_at, fed: 0 }, &input, &Demands::default())
    };
    // Whole, the first segment has both bytes.
    assert_eq!(judged(b"\x88\x81", 2), Ok(()));
    let early = judged(b"\x88\x82", 2).map_err(|found| found.kind);
    assert_eq!(early, Err(DisagreementKind::Refused), "it may still become a valid frame");
}

/// A decoder that rejects once it has this many bytes.
struct Impatient {
    at: usize,
    fed: usize,
}

impl DecoderUnderTest for Impatient {
    fn decode(&mut self, bytes: &[u8], _: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        self.fed += bytes.len();
        if self.fed < self.at { Ok(()) } else { Err(Rejection { code: Some(1002), why: String::new() }) }
    }
}

/// Takes a sequence that is longer than any of UTF-8 for a character.
struct LongSequences {
    right: Right,
    sequence: &'static [u8],
}

impl DecoderUnderTest for LongSequences {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        let mut bytes = bytes.to_vec();
        let size = self.sequence.len();
        for at in 0..(bytes.len() + 1).saturating_sub(size) {
            if bytes[at..].starts_with(self.sequence) {
                bytes[at..at + size].fill(b'a');
            }
        }
        self.right.decode(&bytes, events)
    }
}

#[test]
fn text_with_sequences_that_utf8_does_not_have_is_among_the_inputs() {
    let demands = Demands::default();
    for sequence in [&b"\xF5\x80\x80\x80"[..], b"\xF8\x88\x80\x80\x80"] {
        let new = |setting| LongSequences { right: Right::new(setting, Strictness::Lax), sequence };
        let found = (0..20_000).filter_map(|seed| check(new, &input(seed, &[], &demands), &demands).err());
        let mut found = found.map(|found| (found.kind, found.requirement));
        let accepted = (DisagreementKind::Accepted, Some("rfc6455#5.6:5"));
        assert!(found.any(|found| found == accepted), "{}", sequence.escape_ascii());
    }
}

/// A flaw, the bytes that show it, their sender, and the expected report.
type Row<'a> = (Flaw, Role, &'a [u8], DisagreementKind, Option<&'a str>);

/// A decoder with one flaw.
struct Wrong {
    right: Right,
    flaw: Flaw,
    calls: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    AcceptsReservedBits,
    AcceptsUnmasked,
    AcceptsLongControl,
    AcceptsBadText,
    EchoesTwice,
    LosesPings,
    LosesAFragment,
    RejectsPings,
    RejectsEmptyText,
    RejectsFirst,
    WrongCode,
    SendsNoCode,
    DependsOnCuts,
    GoesOnAfterClose,
    Panics,
    Guesses,
}

impl Wrong {
    fn new(setting: Setting, flaw: Flaw) -> Self {
        Self { right: Right::new(setting, Strictness::Lax), flaw, calls: 0 }
    }

    fn spoil(&self, events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        let refuse = || Err(Rejection { code: Some(1002), why: "no".into() });
        match self.flaw {
            Flaw::EchoesTwice => *events = events.iter().flat_map(|e| [e.clone(), e.clone()]).collect(),
            Flaw::LosesPings => events.retain(|event| !matches!(event, DecoderEvent::Ping(_))),
            Flaw::LosesAFragment => {
                for event in events {
                    if let DecoderEvent::Message(_, payload) = event {
                        payload.truncate(3);
                    }
                }
            }
            Flaw::AcceptsBadText => {
                for event in events {
                    if let DecoderEvent::Message(kind, _) = event {
                        *kind = MessageKind::Text;
                    }
                }
            }
            Flaw::RejectsPings if matches!(events.last(), Some(DecoderEvent::Ping(_))) => {
                events.pop();
                return refuse();
            }
            Flaw::RejectsEmptyText
                if events.last() == Some(&DecoderEvent::Message(MessageKind::Text, Vec::new())) =>
            {
                events.pop();
                return refuse();
            }
            Flaw::GoesOnAfterClose if matches!(events.last(), Some(DecoderEvent::Close(..))) => {
                events.push(DecoderEvent::Ping(Vec::new()));
            }
            Flaw::Panics if !events.is_empty() => panic!("\x1b[31m"),
            Flaw::Guesses if self.calls == 1 => events.push(DecoderEvent::Pong(Vec::new())),
            _ => {}
        }
        Ok(())
    }
}

impl DecoderUnderTest for Wrong {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        self.calls += 1;
        let mut bytes = bytes.to_vec();
        match self.flaw {
            Flaw::AcceptsReservedBits if self.calls == 1 => bytes.iter_mut().take(1).for_each(|b| *b &= 0x8F),
            Flaw::AcceptsLongControl if bytes.first() == Some(&0x89) => bytes[0] = 0x82,
            Flaw::AcceptsBadText if bytes.first() == Some(&0x81) => bytes[0] = 0x82,
            Flaw::AcceptsUnmasked if self.calls == 1 => {
                let sender =
                    if bytes.get(1).is_some_and(|b| b & 0x80 != 0) { Role::Client } else { Role::Server };
                self.right = Right::new(Setting::of(sender), Strictness::Lax);
            }
            Flaw::RejectsFirst if self.calls == 1 && !bytes.is_empty() => {
                return Err(Rejection { code: None, why: String::new() });
            }
            Flaw::DependsOnCuts if self.calls > 2 => return Ok(()),
            _ => {}
        }
        let answer = self.right.decode(&bytes, events);
        self.spoil(events)?;
        answer.map_err(|rejection| match self.flaw {
            Flaw::WrongCode => Rejection { code: Some(1000), ..rejection },
            Flaw::SendsNoCode => Rejection { code: None, ..rejection },
            _ => rejection,
        })
    }
}

/// The report on a decoder with this flaw that gets these bytes of a server, or of a client.
fn judge(flaw: Flaw, sender: Role, bytes: &[u8]) -> Result<(), Disagreement> {
    check(|setting| Wrong::new(setting, flaw), &from_frames([255; 4], sender, bytes), &Demands::default())
}

#[test]
fn each_wrong_decoder_is_reported_with_what_it_breaks() {
    use Role::{Client, Server};
    let table: [Row<'_>; 15] = [
        (Flaw::AcceptsReservedBits, Server, b"\xC1\x01a", DisagreementKind::Accepted, Some("rfc6455#5.2:6")),
        (Flaw::AcceptsUnmasked, Client, b"\x81\x01a", DisagreementKind::Accepted, Some("rfc6455#5.1:3")),
        (
            Flaw::AcceptsUnmasked,
            Server,
            b"\x81\x81\0\0\0\0a",
            DisagreementKind::Accepted,
            Some("rfc6455#5.1:6"),
        ),
        (
            Flaw::AcceptsLongControl,
            Server,
            &[&b"\x89\x7e\0\x80"[..], &[b'a'; 128]].concat(),
            DisagreementKind::Accepted,
            Some("rfc6455#5.5:4"),
        ),
        (Flaw::AcceptsBadText, Server, b"\x81\x01\xFF", DisagreementKind::Accepted, Some("rfc6455#5.6:5")),
        (Flaw::EchoesTwice, Server, b"\x81\x01a", DisagreementKind::Invented, None),
        (Flaw::LosesPings, Server, b"\x89\x01a", DisagreementKind::Missing, Some("rfc6455#5.5.2:5")),
        (
            Flaw::LosesAFragment,
            Server,
            b"\x01\x03abc\x80\x01d",
            DisagreementKind::Changed,
            Some("rfc6455#5.4:8"),
        ),
        (
            Flaw::RejectsPings,
            Server,
            b"\x01\x01a\x89\x01p",
            DisagreementKind::Refused,
            Some("rfc6455#5.4:14"),
        ),
        (Flaw::RejectsEmptyText, Server, b"\x81\x00", DisagreementKind::Refused, Some("rfc6455#5.6:6")),
        (Flaw::RejectsFirst, Server, b"\x82\x01a", DisagreementKind::Refused, Some("rfc6455#5.6:7")),
        (Flaw::WrongCode, Server, b"\xC1\x01a", DisagreementKind::Code, Some("rfc6455#7.4.1:2")),
        (Flaw::GoesOnAfterClose, Server, b"\x88\x00", DisagreementKind::AfterClose, None),
        (Flaw::Panics, Server, b"\x89\x00", DisagreementKind::Crashed, None),
        (Flaw::Guesses, Server, b"\x89", DisagreementKind::Invented, None),
    ];
    for (flaw, sender, bytes, kind, requirement) in table {
        let disagreement =
            judge(flaw, sender, bytes).map_err(|disagreement| (disagreement.kind, disagreement.requirement));
        assert_eq!(disagreement, Err((kind, requirement)), "{flaw:?}");
    }
}

#[test]
fn a_decoder_that_depends_on_the_split_is_caught() {
    let wrong = |setting| Wrong::new(setting, Flaw::DependsOnCuts);
    let disagreement = check(wrong, &from_frames([1; 4], Role::Server, b"\x89\x01a"), &Demands::default());
    let disagreement = disagreement.expect_err("a lost ping");
    assert_eq!((disagreement.kind, disagreement.segmented), (DisagreementKind::Missing, true));
}

#[test]
fn a_decoder_that_gives_no_codes_is_right() {
    assert_eq!(judge(Flaw::SendsNoCode, Role::Server, b"\xC1\x01a"), Ok(()));
}

#[test]
fn a_disagreement_says_where_and_what_and_lets_no_escape_through() {
    let disagreement =
        judge(Flaw::AcceptsReservedBits, Role::Server, b"\xC1\x04\x1b[1m").expect_err("an RSV1");
    assert_eq!(
        disagreement.to_string(),
        "the decoder does not reject invalid bytes
  breaks   rfc6455#5.2:6
  where    frame 1, at byte 0
  expected a rejection: a text frame has RSV1 set, which no extension in use defines
  got      text \"\\x1B[1m\""
    );
}

#[test]
fn checks_that_a_decoder_leaves_to_others_do_not_count_against_it() {
    let judged = |demands: Demands, flaw, bytes: &[u8]| {
        let input = from_frames([255; 4], Role::Server, bytes);
        check(|setting| Wrong::new(setting, flaw), &input, &demands)
    };
    let pings = Demands { pings_unreported: true, ..Demands::default() };
    assert_eq!(judged(pings, Flaw::LosesPings, b"\x89\x01a\x81\x01b"), Ok(()));
    let text = Demands { text_unchecked: true, ..Demands::default() };
    assert_eq!(judged(text, Flaw::AcceptsBadText, b"\x81\x01\xFF"), Ok(()));
    let small = Demands { limit: 1, ..Demands::default() };
    assert_eq!(judged(small, Flaw::RejectsPings, b"\x89\x02ab"), Ok(()));
}

//! Decoders checked against the RFC: correct ones pass, and each with one flaw is reported with the rule it breaks.

#[path = "common/right.rs"]
mod right;

use rand::{RngCore, SeedableRng, rngs::StdRng};
use wsspec_decoder::{
    DecoderEvent, DecoderUnderTest, Disagreement, DisagreementKind, InputPrefix, Leniency, Rejection,
    Setting, check,
    inputs::{LONGEST, from_frames, input},
    mutate_frames,
};
use wsspec_wire::{MessageKind, Role};

use self::right::{Right, Strictness};

fn inputs() -> impl Iterator<Item = Vec<u8>> {
    let seeded = |seed| input(seed, &[]);
    (0..4000).map(seeded).chain((4000..4100).map(seeded).zip(0..).map(changed)).chain((0..100).map(noise))
}

/// The input with its frames mutated as by libFuzzer.
fn changed((mut input, seed): (Vec<u8>, u32)) -> Vec<u8> {
    for round in 0..20 {
        let size = input.len();
        input.resize(LONGEST, 0);
        let changed = mutate_frames(&mut input, size, LONGEST, InputPrefix::LEN, seed * 20 + round);
        input.truncate(changed.unwrap_or(size));
    }
    input
}

/// Random bytes, more of them with each number.
fn noise(number: u64) -> Vec<u8> {
    let mut bytes = vec![0; LONGEST * number as usize / 99];
    StdRng::seed_from_u64(number).fill_bytes(&mut bytes);
    bytes
}

#[test]
fn decoders_that_are_right_pass_whatever_they_choose() {
    for strictness in [Strictness::Strict, Strictness::Lax] {
        for input in inputs() {
            let checked = check(|setting| Right::new(setting, strictness), &input, &Leniency::default());
            assert_eq!(checked, Ok(()), "{}", input.escape_ascii());
        }
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
                self.right = Right::new(Setting { sender }, Strictness::Lax);
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
    check(|setting| Wrong::new(setting, flaw), &from_frames([255; 4], sender, bytes), &Leniency::default())
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
    let disagreement = check(wrong, &from_frames([1; 4], Role::Server, b"\x89\x01a"), &Leniency::default());
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
    let judged = |leniency: Leniency, flaw, bytes: &[u8]| {
        let input = from_frames([255; 4], Role::Server, bytes);
        check(|setting| Wrong::new(setting, flaw), &input, &leniency)
    };
    let pings = Leniency { pings_unreported: true, ..Leniency::default() };
    assert_eq!(judged(pings, Flaw::LosesPings, b"\x89\x01a\x81\x01b"), Ok(()));
    let text = Leniency { text_unchecked: true, ..Leniency::default() };
    assert_eq!(judged(text, Flaw::AcceptsBadText, b"\x81\x01\xFF"), Ok(()));
    let small = Leniency { limit: 1, ..Leniency::default() };
    assert_eq!(judged(small, Flaw::RejectsPings, b"\x89\x02ab"), Ok(()));
}

//! Each oracle distinguishes a broken codec or notation from the real one: none of them always passes.

mod common;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use wsspec_catalogue::Trial;
use wsspec_exchange::Outcome;
use wsspec_fuzz::{
    assemble::{self, Assemble},
    decode::{self, Decode},
    exchange::{self, Engine},
    inflate::{self, Inflate},
    judge,
    notation::{self, Notation},
    roundtrip::{self, Codec},
    upgrade::{self, FoundHead, Http},
    utf8::{self, Validate},
};
use wsspec_notation::{NotationError, Script};
use wsspec_record::Verdict;
use wsspec_wire::{
    Assembled, Assembler, Decoded, Decoder, Deflater, Frame, Header, InflateError, Inflater, Length,
    LengthForm, Mask, Partial, RequestHead, ResponseHead, Utf8Error, Violation,
};

use self::common::{damaged, frames, heads, noise, scripts, sessions, texts};

/// What a broken decoder does wrong.
#[derive(Clone, Copy, PartialEq)]
enum Flaw {
    ForgetsBetweenSegments,
    MissesPongsWhenPulled,
    ShortensLengths,
    Hoards,
    DropsTheUnfinished,
    DropsTheThirdPushed,
    IgnoresTheLimit,
    ChangesAByte,
}

struct Broken {
    decoder: Decoder,
    /// Frames of the bytes pushed last.
    taken: usize,
    flaw: Flaw,
}

impl Broken {
    fn spoil(&self, decoded: Decoded) -> Decoded {
        let Decoded::Frame(mut frame) = decoded else { return decoded };
        match self.flaw {
            Flaw::ShortensLengths => frame.header.length = Length::minimal(frame.header.length.value),
            Flaw::Hoards => {
                let mut hoard = Vec::with_capacity(1 << 20);
                hoard.extend_from_slice(&frame.payload);
                frame.payload = hoard.into();
            }
            Flaw::ChangesAByte if frame.payload.len() > 100 => {
                let mut payload = frame.payload.to_vec();
                payload[100] ^= 1;
                frame.payload = payload.into();
            }
            _ => {}
        }
        Decoded::Frame(frame)
    }
}

impl Decode for Broken {
    fn push(&mut self, bytes: &[u8]) {
        if self.flaw == Flaw::ForgetsBetweenSegments
            && matches!(self.decoder.partial(), Some(Partial::Header(_)))
        {
            self.decoder = Decoder::new(u64::MAX);
        }
        self.taken = 0;
        self.decoder.push(bytes);
    }

    fn next_frame(&mut self) -> Option<Decoded> {
        let decoded = self.decoder.next_frame()?;
        self.taken += 1;
        let is_dropped = self.flaw == Flaw::DropsTheThirdPushed && self.taken == 3;
        (!is_dropped).then(|| self.spoil(decoded))
    }

    fn decode(&mut self, input: &mut &[u8]) -> Option<Decoded> {
        let decoded = self.decoder.decode(input)?;
        match &decoded {
            Decoded::Frame(Frame { header, .. })
                if self.flaw == Flaw::MissesPongsWhenPulled && header.opcode.value() == 0xA =>
            {
                self.decode(input)
            }
            _ => Some(self.spoil(decoded)),
        }
    }

    fn partial(&self) -> Option<Partial<'_>> {
        self.decoder.partial()
    }

    fn pending_bytes(&self) -> Vec<u8> {
        let pending = self.decoder.pending_bytes();
        if self.flaw == Flaw::DropsTheUnfinished { Vec::new() } else { pending }
    }
}

fn decode_with(flaw: Flaw) {
    let broken = |limit| {
        let limit = if flaw == Flaw::IgnoresTheLimit { u64::MAX } else { limit };
        Broken { decoder: Decoder::new(limit), taken: 0, flaw }
    };
    frames().for_each(|input| decode::run_with(broken, &input));
}

#[test]
#[should_panic(expected = "misread")]
fn a_decoder_that_forgets_a_header_split_in_two_is_caught() {
    decode_with(Flaw::ForgetsBetweenSegments);
}

#[test]
#[should_panic(expected = "misread")]
fn a_decoder_whose_two_ways_differ_is_caught() {
    decode_with(Flaw::MissesPongsWhenPulled);
}

#[test]
#[should_panic(expected = "encodes back")]
fn a_decoder_that_corrects_lengths_is_caught() {
    decode_with(Flaw::ShortensLengths);
}

#[test]
#[should_panic(expected = "bytes kept for a payload")]
fn a_decoder_that_keeps_too_much_memory_is_caught() {
    decode_with(Flaw::Hoards);
}

#[test]
#[should_panic(expected = "the pending bytes are not")]
fn a_decoder_that_drops_an_unfinished_frame_is_caught() {
    decode_with(Flaw::DropsTheUnfinished);
}

#[test]
#[should_panic(expected = "misread")]
fn a_decoder_that_loses_a_frame_of_many_in_a_segment_is_caught() {
    decode_with(Flaw::DropsTheThirdPushed);
}

#[test]
#[should_panic(expected = "a frame above the limit is kept")]
fn a_decoder_without_a_limit_is_caught() {
    decode_with(Flaw::IgnoresTheLimit);
}

#[test]
#[should_panic(expected = "encodes back")]
fn a_decoder_that_changes_a_byte_of_a_payload_is_caught() {
    decode_with(Flaw::ChangesAByte);
}

/// What a broken assembler does wrong.
#[derive(Clone, Copy, PartialEq)]
enum Slip {
    SaysNothingOfText,
    SaysItTwice,
    CountsNoFrames,
    HasNoLimit,
    TellsHeadersOver,
}

struct Slipping {
    assembler: Assembler,
    slip: Slip,
}

impl Assemble for Slipping {
    fn take(&mut self, decoded: &Decoded, out: &mut Vec<Assembled>) {
        self.assembler.take(decoded, out);
        let is_of_text = |it: &Assembled| matches!(it, Assembled::Violation(Violation::InvalidUtf8 { .. }));
        match self.slip {
            Slip::SaysNothingOfText => out.retain(|it| !is_of_text(it)),
            Slip::SaysItTwice => {
                if let Some(at) = out.iter().position(is_of_text) {
                    out.insert(at, out[at].clone());
                }
            }
            Slip::CountsNoFrames => out.iter_mut().for_each(|it| {
                if let Assembled::Message { frames, .. } = it {
                    *frames = 0;
                }
            }),
            Slip::HasNoLimit | Slip::TellsHeadersOver => {}
        }
    }

    fn header(&self, header: &Header) -> Vec<Violation> {
        let found = self.assembler.header(header);
        if self.slip == Slip::TellsHeadersOver { vec![Violation::UnmaskedFrame; 17] } else { found }
    }
}

fn assemble_with(slip: Slip) {
    let new = |assembler: Assembler| {
        let assembler = if slip == Slip::HasNoLimit { assembler.with_limit(usize::MAX) } else { assembler };
        Slipping { assembler, slip }
    };
    // A text that is not UTF-8, a message above the limit, and a frame that does not end.
    let unfinished = [&[255; 6][..], &[1], b"\x81\x02\xC0\x80\x82\x7E\x13\x88", &[7; 5000], b"\xFF\x05a"];
    let inputs = [unfinished.concat()].into_iter().chain(frames());
    inputs.for_each(|input| assemble::run_with(new, &input));
}

#[test]
#[should_panic(expected = "the report on a text is wrong")]
fn an_assembler_that_ignores_text_is_caught() {
    assemble_with(Slip::SaysNothingOfText);
}

#[test]
#[should_panic(expected = "a text is reported twice as invalid")]
fn an_assembler_that_says_a_thing_twice_is_caught() {
    assemble_with(Slip::SaysItTwice);
}

#[test]
#[should_panic(expected = "a message of no frames")]
fn an_assembler_that_counts_no_frames_is_caught() {
    assemble_with(Slip::CountsNoFrames);
}

#[test]
#[should_panic(expected = "a message above the limit")]
fn an_assembler_without_a_limit_is_caught() {
    assemble_with(Slip::HasNoLimit);
}

#[test]
#[should_panic(expected = "a header breaks too many rules")]
fn an_assembler_that_repeats_headers_is_caught() {
    assemble_with(Slip::TellsHeadersOver);
}

fn roundtrip_with(codec: Codec) {
    noise().for_each(|input| roundtrip::run_with(&codec, &input));
}

#[test]
#[should_panic(expected = "changed:")]
fn an_encoder_that_clears_fin_is_caught() {
    let encode = |frame: &Frame, out: &mut Vec<u8>| frame.clone().with_fin(false).encode(out);
    roundtrip_with(Codec { encode, ..Codec::WIRE });
}

#[test]
#[should_panic(expected = "`encoded_len` is wrong")]
fn an_encoder_that_has_one_form_of_length_is_caught() {
    let encode =
        |frame: &Frame, out: &mut Vec<u8>| frame.clone().with_length_form(LengthForm::Bits64).encode(out);
    roundtrip_with(Codec { encode, ..Codec::WIRE });
}

#[test]
#[should_panic(expected = "unmasked in segments")]
fn a_mask_that_starts_over_is_caught() {
    let mask = |mask: Mask, payload: &mut [u8], _: usize| mask.apply(payload, 0);
    roundtrip_with(Codec { mask, ..Codec::WIRE });
}

#[test]
#[should_panic(expected = "compression loses")]
fn a_compressor_that_loses_a_byte_is_caught() {
    let compress =
        |deflater: &mut Deflater, message: &[u8]| deflater.compress(&message[message.len().min(1)..]);
    roundtrip_with(Codec { compress, ..Codec::WIRE });
}

fn notation_with(notation: Notation) {
    scripts().for_each(|input| notation::run_with(&notation, &input));
}

#[test]
#[should_panic(expected = "the script reads differently")]
fn a_printer_that_forgets_an_attribute_is_caught() {
    let print = |script: &Script| script.to_string().replace(" -fin", "");
    notation_with(Notation { print, ..Notation::SCRIPT });
}

#[test]
#[should_panic(expected = "does not read back")]
fn a_printer_that_prints_no_script_is_caught() {
    let print = |script: &Script| script.to_string().replace("alive", "alife");
    notation_with(Notation { print, ..Notation::SCRIPT });
}

#[test]
#[should_panic(expected = "formatted, it reads differently")]
fn a_formatter_that_takes_a_comment_for_a_line_is_caught() {
    let format = |text: &str| wsspec_notation::format_script(&text.replace("# alone", "alive"));
    notation_with(Notation { format, ..Notation::SCRIPT });
}

#[test]
#[should_panic(expected = "formatted twice")]
fn a_formatter_that_never_settles_is_caught() {
    let format = |text: &str| Ok(format!("{}# more\n", wsspec_notation::format_script(text)?));
    notation_with(Notation { format, ..Notation::SCRIPT });
}

#[test]
#[should_panic(expected = "is not in the text")]
fn an_error_outside_the_text_is_caught() {
    let parse =
        |text: &str| text.parse::<Script>().map_err(|error: NotationError| error.shifted(text.len() + 1));
    notation_with(Notation { parse, ..Notation::SCRIPT });
}

fn upgrade_with(http: Http) {
    heads().for_each(|input| upgrade::run_with(&http, &input));
}

#[test]
#[should_panic(expected = "in segments, the bytes have another head")]
fn a_reader_that_looks_at_one_segment_is_caught() {
    let find = |limit: usize, segments: &[&[u8]]| (Http::WIRE.find)(limit, &segments[..1]);
    upgrade_with(Http { find, ..Http::WIRE });
}

#[test]
#[should_panic(expected = "a head and its rest are the bytes")]
fn a_reader_that_loses_the_first_frames_is_caught() {
    let find = |limit: usize, segments: &[&[u8]]| match (Http::WIRE.find)(limit, segments) {
        FoundHead::Head(head, _) => FoundHead::Head(head, Vec::new()),
        other => other,
    };
    upgrade_with(Http { find, ..Http::WIRE });
}

#[test]
#[should_panic(expected = "reads differently the second time")]
fn a_parser_that_leaves_the_last_byte_out_is_caught() {
    let request = |bytes: &[u8]| {
        let mut head = RequestHead::parse(bytes);
        head.raw.truncate(head.raw.len().saturating_sub(1));
        head
    };
    upgrade_with(Http { request, ..Http::WIRE });
}

#[test]
#[should_panic(expected = "a head of other bytes")]
fn a_parser_of_other_bytes_is_caught() {
    let response = |bytes: &[u8]| ResponseHead::parse(&[b"X", bytes].concat());
    upgrade_with(Http { response, ..Http::WIRE });
}

/// A validator that waits, forgets, or never ends.
struct Lax {
    text: Vec<u8>,
    flaw: LaxFlaw,
}

#[derive(Clone, Copy, PartialEq)]
enum LaxFlaw {
    WaitsForTheEnd,
    ChecksPiecesAlone,
    NeverStartsAnew,
}

impl Validate for Lax {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Utf8Error> {
        self.text.extend_from_slice(bytes);
        if self.flaw != LaxFlaw::ChecksPiecesAlone {
            return Ok(());
        }
        let read = std::str::from_utf8(bytes).map(drop);
        read.map_err(|error| Utf8Error { offset: error.valid_up_to() as u64 })
    }

    fn finish(&mut self) -> Result<(), Utf8Error> {
        let text = if self.flaw == LaxFlaw::NeverStartsAnew {
            self.text.clone()
        } else {
            std::mem::take(&mut self.text)
        };
        let mut whole = wsspec_wire::Utf8Validator::new();
        whole.push(&text)?;
        whole.finish()
    }
}

fn utf8_with(flaw: LaxFlaw) {
    texts().for_each(|input| utf8::run_with(|| Lax { text: Vec::new(), flaw }, &input));
}

#[test]
#[should_panic(expected = "reported too early or too late")]
fn a_validator_that_waits_for_the_end_is_caught() {
    utf8_with(LaxFlaw::WaitsForTheEnd);
}

#[test]
#[should_panic(expected = "reported too early or too late")]
fn a_validator_that_checks_pieces_alone_is_caught() {
    utf8_with(LaxFlaw::ChecksPiecesAlone);
}

#[test]
#[should_panic(expected = "not ready for the next message")]
fn a_validator_that_never_starts_over_is_caught() {
    let texts = [b"\xCE".to_vec()];
    texts.iter().for_each(|input| {
        utf8::run_with(|| Lax { text: Vec::new(), flaw: LaxFlaw::NeverStartsAnew }, input);
    });
}

/// A decompressor with one error.
struct Leaky {
    inflater: Inflater,
    flaw: LeakyFlaw,
}

#[derive(Clone, Copy, PartialEq)]
enum LeakyFlaw {
    IgnoresTheLimit,
    DropsAByte,
    DropsAByteOfSegments,
    MisjudgesDistances,
}

impl Leaky {
    /// The limit that it applies.
    fn limit(&self, given: usize) -> usize {
        if self.flaw == LeakyFlaw::IgnoresTheLimit { usize::MAX } else { given }
    }
}

impl Inflate for Leaky {
    fn decompress(&mut self, payload: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
        let mut text = self.inflater.decompress(payload, self.limit(limit))?;
        if self.flaw == LeakyFlaw::DropsAByte {
            text.pop();
        }
        Ok(text)
    }

    fn push(&mut self, payload: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        self.inflater.push(payload, out, self.limit(limit))
    }

    fn finish(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        self.inflater.finish(out, self.limit(limit))?;
        if matches!(self.flaw, LeakyFlaw::DropsAByte | LeakyFlaw::DropsAByteOfSegments) {
            out.pop();
        }
        Ok(())
    }

    fn judge(&self, payload: &[u8]) -> Option<Violation> {
        let distance = 1 << 16;
        let wrong = Violation::DeflateWindow { sender: wsspec_wire::Role::Server, bits: 15, distance };
        if self.flaw == LeakyFlaw::MisjudgesDistances { Some(wrong) } else { self.inflater.judge(payload) }
    }
}

fn inflate_with(flaw: LeakyFlaw) {
    noise().for_each(|input| {
        inflate::run_with(|sender, params| Leaky { inflater: Inflater::new(sender, params), flaw }, &input);
    });
}

#[test]
#[should_panic(expected = "a message above the limit")]
fn a_decompressor_without_a_limit_is_caught() {
    // The two bytes of the limit.
    let limited = noise().filter(|input| input.len() > 100).map(|mut input| {
        input[9..11].copy_from_slice(&[1, 0]);
        input
    });
    let new = |sender, params: &_| Leaky {
        inflater: Inflater::new(sender, params),
        flaw: LeakyFlaw::IgnoresTheLimit,
    };
    limited.for_each(|input| inflate::run_with(new, &input));
}

#[test]
#[should_panic(expected = "zlib decompresses it differently")]
fn a_decompressor_that_drops_a_byte_is_caught() {
    inflate_with(LeakyFlaw::DropsAByte);
}

#[test]
#[should_panic(expected = "in segments, it decompresses differently")]
fn a_decompressor_whose_two_ways_differ_is_caught() {
    inflate_with(LeakyFlaw::DropsAByteOfSegments);
}

#[test]
#[should_panic(expected = "a distance of 65536")]
fn a_judge_of_impossible_distances_is_caught() {
    inflate_with(LeakyFlaw::MisjudgesDistances);
}

fn exchange_with(engine: Engine) {
    sessions().for_each(|input| exchange::run_with(&engine, &input));
}

#[test]
#[should_panic(expected = "the verdict depends on the segments")]
fn an_engine_that_counts_segments_is_caught() {
    fn play(trial: &Arc<Trial>, peer: &exchange::ScriptedPeer<'_>, segments: &[&[u8]]) -> Outcome {
        let mut outcome = (Engine::EXCHANGE.play)(trial, peer, segments);
        if segments.len() > 2 {
            outcome.verdict = Verdict::Inconclusive { why: "too many".into() };
        }
        outcome
    }
    exchange_with(Engine { play, ..Engine::EXCHANGE });
}

#[test]
#[should_panic(expected = "the record gives another verdict")]
fn a_judge_that_passes_all_is_caught() {
    exchange_with(Engine { judge: |_, _| Verdict::Pass, ..Engine::EXCHANGE });
}

fn judge_with(judge: judge::RecordJudge) {
    damaged().for_each(|input| judge::run_with(judge, &input));
}

#[test]
#[should_panic(expected = "it passes although nothing required was received")]
fn a_judge_that_passes_silence_is_caught() {
    judge_with(|_, _| Verdict::Pass);
}

#[test]
#[should_panic(expected = "judged a second time, it is another verdict")]
fn a_judge_with_a_memory_is_caught() {
    static SEEN: AtomicBool = AtomicBool::new(false);
    judge_with(|_, _| match SEEN.fetch_xor(true, Ordering::Relaxed) {
        true => Verdict::Pass,
        false => Verdict::Skip { reason: "not now".into() },
    });
}

#[test]
#[should_panic(expected = "explicit")]
fn a_judge_that_trips_over_damage_is_caught() {
    judge_with(|_, record| {
        assert!(record.omitted == 0, "explicit");
        Verdict::Skip { reason: "always".into() }
    });
}

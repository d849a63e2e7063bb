//! Each oracle tells a broken codec or notation from the real one: none of them holds of everything.

mod common;

use wsspec_fuzz::{
    decode::{self, Decode},
    notation::{self, Notation},
    roundtrip::{self, Codec},
};
use wsspec_script::{NotationError, Script};
use wsspec_wire::{Decoded, Decoder, Deflater, Frame, Length, LengthForm, Mask, Partial};

use self::common::{frames, noise, scripts};

/// What a broken decoder does wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    ForgetsBetweenSegments,
    MissesPongsWhenPulled,
    ShortensLengths,
    Hoards,
    DropsTheUnfinished,
}

struct Broken {
    decoder: Decoder,
    fault: Fault,
}

impl Broken {
    fn spoil(&self, decoded: Decoded) -> Decoded {
        let Decoded::Frame(mut frame) = decoded else { return decoded };
        match self.fault {
            Fault::ShortensLengths => frame.header.length = Length::minimal(frame.header.length.value),
            Fault::Hoards => {
                let mut hoard = Vec::with_capacity(1 << 20);
                hoard.extend_from_slice(&frame.payload);
                frame.payload = hoard.into();
            }
            _ => {}
        }
        Decoded::Frame(frame)
    }
}

impl Decode for Broken {
    fn push(&mut self, bytes: &[u8]) {
        if self.fault == Fault::ForgetsBetweenSegments
            && matches!(self.decoder.partial(), Some(Partial::Header(_)))
        {
            self.decoder = Decoder::new(u64::MAX);
        }
        self.decoder.push(bytes);
    }

    fn next_frame(&mut self) -> Option<Decoded> {
        let decoded = self.decoder.next_frame()?;
        Some(self.spoil(decoded))
    }

    fn decode(&mut self, input: &mut &[u8]) -> Option<Decoded> {
        let decoded = self.decoder.decode(input)?;
        match &decoded {
            Decoded::Frame(Frame { header, .. })
                if self.fault == Fault::MissesPongsWhenPulled && header.opcode.value() == 0xA =>
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
        if self.fault == Fault::DropsTheUnfinished { Vec::new() } else { pending }
    }
}

fn decode_with(fault: Fault) {
    let broken = |limit| Broken { decoder: Decoder::new(limit), fault };
    frames().for_each(|input| decode::run_with(broken, &input));
}

#[test]
#[should_panic(expected = "pushed in segments")]
fn a_decoder_that_forgets_a_header_cut_in_two_is_told() {
    decode_with(Fault::ForgetsBetweenSegments);
}

#[test]
#[should_panic(expected = "taken by `decode`")]
fn a_decoder_whose_two_ways_differ_is_told() {
    decode_with(Fault::MissesPongsWhenPulled);
}

#[test]
#[should_panic(expected = "encodes back")]
fn a_decoder_that_mends_lengths_is_told() {
    decode_with(Fault::ShortensLengths);
}

#[test]
#[should_panic(expected = "bytes kept for a payload")]
fn a_decoder_that_keeps_too_much_memory_is_told() {
    decode_with(Fault::Hoards);
}

#[test]
#[should_panic(expected = "pending bytes are not those")]
fn a_decoder_that_drops_an_unfinished_frame_is_told() {
    decode_with(Fault::DropsTheUnfinished);
}

fn roundtrip_with(codec: Codec) {
    noise().for_each(|input| roundtrip::run_with(&codec, &input));
}

#[test]
#[should_panic(expected = "changed:")]
fn an_encoder_that_clears_fin_is_told() {
    let encode = |frame: &Frame, out: &mut Vec<u8>| frame.clone().with_fin(false).encode(out);
    roundtrip_with(Codec { encode, ..Codec::WIRE });
}

#[test]
#[should_panic(expected = "`encoded_len` is wrong")]
fn an_encoder_that_has_one_form_of_length_is_told() {
    let encode =
        |frame: &Frame, out: &mut Vec<u8>| frame.clone().with_length_form(LengthForm::Bits64).encode(out);
    roundtrip_with(Codec { encode, ..Codec::WIRE });
}

#[test]
#[should_panic(expected = "unmasked in segments")]
fn a_mask_that_starts_over_is_told() {
    let mask = |mask: Mask, payload: &mut [u8], _: usize| mask.apply(payload, 0);
    roundtrip_with(Codec { mask, ..Codec::WIRE });
}

#[test]
#[should_panic(expected = "compression loses")]
fn a_compressor_that_loses_a_byte_is_told() {
    let compress =
        |deflater: &mut Deflater, message: &[u8]| deflater.compress(&message[message.len().min(1)..]);
    roundtrip_with(Codec { compress, ..Codec::WIRE });
}

fn notation_with(notation: Notation) {
    scripts().for_each(|input| notation::run_with(&notation, &input));
}

#[test]
#[should_panic(expected = "the script reads otherwise")]
fn a_printer_that_forgets_an_attribute_is_told() {
    let print = |script: &Script| script.to_string().replace(" -fin", "");
    notation_with(Notation { print, ..Notation::SCRIPT });
}

#[test]
#[should_panic(expected = "does not read back")]
fn a_printer_of_what_is_no_script_is_told() {
    let print = |script: &Script| script.to_string().replace("alive", "alife");
    notation_with(Notation { print, ..Notation::SCRIPT });
}

#[test]
#[should_panic(expected = "formatted, it reads otherwise")]
fn a_formatter_that_takes_a_comment_for_a_line_is_told() {
    let format = |text: &str| wsspec_script::format_script(&text.replace("# alone", "alive"));
    notation_with(Notation { format, ..Notation::SCRIPT });
}

#[test]
#[should_panic(expected = "formatted twice")]
fn a_formatter_that_never_settles_is_told() {
    let format = |text: &str| Ok(format!("{}# more\n", wsspec_script::format_script(text)?));
    notation_with(Notation { format, ..Notation::SCRIPT });
}

#[test]
#[should_panic(expected = "is no piece of the text")]
fn an_error_beside_the_text_is_told() {
    let parse =
        |text: &str| text.parse::<Script>().map_err(|error: NotationError| error.shifted(text.len() + 1));
    notation_with(Notation { parse, ..Notation::SCRIPT });
}

//! Properties of any bytes, frames and splits.

use bytes::Bytes;
use proptest::prelude::*;
use wsspec_wire::{
    Assembled, Assembler, CloseBody, Decoded, Decoder, DeflateParams, Deflater, Frame, HeadReader, Header,
    Inflater, Length, LengthForm, Mask, Opcode, RequestHead, ResponseHead, Role, Rsv, Utf8Validator,
    parse_extensions,
};

const LIMIT: u64 = 1 << 20;

fn frame() -> impl Strategy<Value = Frame> {
    let form = prop_oneof![Just(LengthForm::Bits7), Just(LengthForm::Bits16), Just(LengthForm::Bits64)];
    let payload = prop::collection::vec(any::<u8>(), 0..300);
    (any::<bool>(), 0..8_u8, 0..16_u8, any::<Option<[u8; 4]>>(), form, payload).prop_map(
        |(fin, rsv, opcode, mask, form, payload)| {
            let frame = Frame::new(Opcode::from_low_bits(opcode), payload)
                .with_fin(fin)
                .with_rsv(Rsv::from_low_bits(rsv))
                .with_length_form(form);
            match mask {
                Some(key) => frame.with_mask(Mask(key)),
                None => frame,
            }
        },
    )
}

/// Frames that form messages more often than random ones.
fn likely_frame() -> impl Strategy<Value = Frame> {
    let opcode = prop_oneof![Just(0), Just(0), Just(1), Just(2), Just(8), Just(9), 0..16_u8];
    let payload = prop_oneof![Just("hé".as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..9)];
    (any::<bool>(), opcode, any::<bool>(), payload).prop_map(|(fin, opcode, rsv1, payload)| {
        let rsv = if rsv1 { Rsv::RSV1 } else { Rsv::NONE };
        Frame::new(Opcode::from_low_bits(opcode), payload).with_fin(fin).with_rsv(rsv)
    })
}

fn encode(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    bytes
}

fn cut<'a>(bytes: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = bytes;
    sizes.iter().cycle().map_while(move |size| {
        let (now, later) = rest.split_at((*size).min(rest.len()));
        rest = later;
        (!now.is_empty()).then_some(now)
    })
}

fn decode_cut(bytes: &[u8], sizes: &[usize], limit: u64) -> (Vec<Decoded>, Vec<u8>) {
    let mut decoder = Decoder::new(limit);
    let mut decoded = Vec::new();
    for segment in cut(bytes, sizes) {
        decoder.push(segment);
        decoded.extend(std::iter::from_fn(|| decoder.next_frame()));
    }
    (decoded, decoder.pending_bytes())
}

fn assemble(decoded: &[Decoded], deflate: bool) -> Vec<Assembled> {
    let mut assembler = Assembler::new(Role::Server).with_limit(1000);
    if deflate {
        assembler = assembler.with_deflate(DeflateParams::default());
    }
    let mut out = Vec::new();
    for decoded in decoded {
        match decoded {
            Decoded::Frame(frame) => assembler.push(frame, &mut out),
            Decoded::Oversize(header) => assembler.oversize(header, &mut out),
        }
    }
    out
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..50_usize, 1..8)
}

proptest! {
    #[test]
    fn encode_then_decode_is_identity(frames in prop::collection::vec(frame(), 0..8)) {
        let (decoded, pending) = decode_cut(&encode(&frames), &[usize::MAX], LIMIT);
        prop_assert_eq!(decoded, frames.into_iter().map(Decoded::Frame).collect::<Vec<_>>());
        prop_assert_eq!(pending, b"");
    }

    #[test]
    fn frames_do_not_depend_on_how_the_bytes_were_cut(
        frames in prop::collection::vec(frame(), 0..8), sizes in sizes(), limit in 0..400_u64
    ) {
        let bytes = encode(&frames);
        prop_assert_eq!(decode_cut(&bytes, &sizes, limit), decode_cut(&bytes, &[usize::MAX], limit));
    }

    #[test]
    fn any_bytes_decode_the_same_however_cut(bytes in prop::collection::vec(any::<u8>(), 0..400), sizes in sizes()) {
        prop_assert_eq!(decode_cut(&bytes, &sizes, 300), decode_cut(&bytes, &[usize::MAX], 300));
    }

    #[test]
    fn a_decoder_used_either_way_gives_the_same(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut decoder = Decoder::new(300);
        let mut rest = &bytes[..];
        let pulled: Vec<_> = std::iter::from_fn(|| decoder.decode(&mut rest)).collect();
        prop_assert_eq!(pulled, decode_cut(&bytes, &[usize::MAX], 300).0);
        prop_assert!(rest.is_empty());
    }

    #[test]
    fn any_header_encodes_back_to_its_bytes(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
        if let Some((header, len)) = Header::parse(&bytes) {
            let mut again = Vec::new();
            header.encode(&mut again);
            prop_assert_eq!(&again, &bytes[..len]);
            prop_assert_eq!(header.length.fitting(), header.length);
            prop_assert_eq!(header.length.is_minimal(), Length::minimal(header.length.value) == header.length);
        }
    }

    #[test]
    fn messages_do_not_depend_on_how_the_bytes_were_split(
        frames in prop::collection::vec(likely_frame(), 0..12), sizes in sizes(), deflate: bool
    ) {
        let bytes = encode(&frames);
        let whole = assemble(&decode_cut(&bytes, &[usize::MAX], 8).0, deflate);
        prop_assert_eq!(assemble(&decode_cut(&bytes, &sizes, 8).0, deflate), whole);
    }

    #[test]
    fn a_message_means_the_same_however_fragmented(
        message in prop::collection::vec(any::<u8>(), 1..200), sizes in sizes(), compressed: bool
    ) {
        let params = DeflateParams::default();
        let data = if compressed { Deflater::new(Role::Server, &params).compress(&message) } else { message.clone() };
        let mut frames: Vec<Frame> = cut(&data, &sizes)
            .map(|part| Frame::new(Opcode::CONTINUATION, part.to_vec()).with_fin(false))
            .collect();
        frames[0].header.opcode = Opcode::BINARY;
        frames[0].header.rsv = if compressed { Rsv::RSV1 } else { Rsv::NONE };
        let count = frames.len();
        frames[count - 1].header.fin = true;
        let mut out = Vec::new();
        let mut assembler = Assembler::new(Role::Server).with_deflate(params);
        frames.iter().for_each(|frame| assembler.push(frame, &mut out));
        let kind = wsspec_wire::MessageKind::Binary;
        prop_assert_eq!(out, [Assembled::Message { kind, payload: message.into(), frames: count, compressed }]);
    }

    #[test]
    fn a_mask_agrees_with_the_rfc_s_own_words(
        key: [u8; 4], payload in prop::collection::vec(any::<u8>(), 0..700), offset in 0..9_usize
    ) {
        let plain: Vec<u8> = payload.iter().enumerate().map(|(i, byte)| byte ^ key[(i + offset) % 4]).collect();
        let mut appended = vec![1];
        Mask(key).append(&mut appended, &payload, offset);
        prop_assert_eq!(&appended[1..], &plain[..]);
        let mut applied = payload;
        Mask(key).apply(&mut applied, offset);
        prop_assert_eq!(applied, plain);
    }

    #[test]
    fn the_validator_agrees_with_the_standard_library_at_every_split(bytes in text_or_not()) {
        let expected = std::str::from_utf8(&bytes).is_ok();
        let whole = validate(&[&bytes]);
        prop_assert_eq!(whole.is_ok(), expected);
        for at in 0..=bytes.len() {
            let (a, b) = bytes.split_at(at);
            prop_assert_eq!(validate(&[a, b]), whole);
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(validate(&single), whole);
    }

    #[test]
    fn a_head_is_found_however_the_bytes_were_cut(bytes in head_like(), sizes in sizes(), limit in 1..80_usize) {
        prop_assert_eq!(read_head(&bytes, &sizes, limit), read_head(&bytes, &[usize::MAX], limit));
    }

    #[test]
    fn any_bytes_make_a_head(bytes in prop_oneof![head_like(), prop::collection::vec(any::<u8>(), 0..99)]) {
        let response = ResponseHead::parse(&bytes);
        let request = RequestHead::parse(&bytes);
        let offer = wsspec_wire::Offer::from(&request);
        for violation in wsspec_wire::judge_response(&offer, &response).iter()
            .chain(&wsspec_wire::judge_request(&request))
        {
            prop_assert!(!violation.to_string().contains(char::is_control));
        }
    }

    #[test]
    fn extensions_print_and_read_back(value in "[ab,;=\" \\\\]{0,20}") {
        if let Ok(list) = parse_extensions(value.as_bytes()) {
            let text = list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            prop_assert_eq!(parse_extensions(text.as_bytes()), Ok(list));
        }
    }

    #[test]
    fn messages_survive_compression(
        messages in prop::collection::vec(prop::collection::vec(0..4_u8, 0..3000), 1..5),
        bits in 8..=15_u8, afresh: bool
    ) {
        let params = DeflateParams {
            client_max_window_bits: bits, client_no_context_takeover: afresh, ..DeflateParams::default()
        };
        let mut deflater = Deflater::new(Role::Client, &params);
        let mut inflater = Inflater::new(Role::Client, &params);
        for message in messages {
            prop_assert_eq!(inflater.decompress(&deflater.compress(&message), 3000), Ok(message));
        }
    }

    #[test]
    fn any_payload_decompresses_or_not_within_its_limit(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut inflater = Inflater::new(Role::Client, &DeflateParams::default());
        let mut out = Vec::new();
        let _ = inflater.push(&payload, &mut out, 100).and_then(|()| inflater.finish(&mut out, 100));
        prop_assert!(out.len() <= 100);
    }

    #[test]
    fn a_close_body_loses_nothing(payload in prop::collection::vec(any::<u8>(), 0..9)) {
        prop_assert_eq!(CloseBody::parse(Bytes::from(payload.clone())).to_bytes(), payload);
    }
}

fn text_or_not() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(
        b"a\x80\x8f\x90\xa0\xbf\xc0\xc2\xdf\xe0\xe1\xed\xef\xf0\xf1\xf4\xf5\xff".to_vec(),
    );
    let bytes = prop::collection::vec(byte, 0..12);
    (any::<String>(), bytes, any::<String>()).prop_map(|(a, b, c)| [a.as_bytes(), &b, c.as_bytes()].concat())
}

fn validate(pieces: &[&[u8]]) -> Result<(), u64> {
    let mut validator = Utf8Validator::new();
    let pushed = pieces.iter().try_for_each(|piece| validator.push(piece));
    pushed.and(validator.finish()).map_err(|error| error.offset)
}

fn head_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        "a: b",
        "HTTP/1.1 101 x",
        "GET / HTTP/1.1",
        ":",
        " ",
        "\u{1}",
    ]);
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat().into_bytes())
}

/// The head and the bytes after it, or how many are pending.
fn read_head(bytes: &[u8], sizes: &[usize], limit: usize) -> Result<(Bytes, Bytes), (bool, Vec<u8>)> {
    let mut reader = HeadReader::with_limit(limit);
    let mut segments = cut(bytes, sizes);
    for segment in segments.by_ref() {
        reader.push(segment);
        if let Some(Ok(found)) = reader.take() {
            let rest = segments.fold(found.rest.to_vec(), |rest, segment| [&rest, segment].concat());
            return Ok((found.head, rest.into()));
        }
    }
    Err((reader.take().is_some(), reader.pending().to_vec()))
}

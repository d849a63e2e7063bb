//! Any script in the notation, and text that is almost in the notation.

use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*, sample::select};
use wsspec_notation::{
    Alternative, Answer, Attributes, Chop, Expectation, Expected, ExpectedClose, FieldEdit, FieldExpectation,
    FieldPlace, FrameKind, FrameSpec, Interval, ItemPattern, ItemSpec, Line, MaskSpec, Payload, PayloadFiles,
    PeerValue, RequestSpec, ResponseSpec, Script, Sending, StatusPattern, Step, Strength, Word,
};
use wsspec_wire::{CloseCode, Layer, LengthForm, Mask, MessageKind, Opcode, Rsv};

/// A folder with one file.
pub struct OneFile;

impl PayloadFiles for OneFile {
    fn read(&self, path: &str) -> Result<Bytes, String> {
        match path {
            "payloads/one" => Ok(Bytes::from_static(b"\x00one")),
            _ => Err(format!("no `{path}`")),
        }
    }
}

/// Any script.
pub fn script() -> impl Strategy<Value = Script> {
    vec(line(), 0..8).prop_map(|lines| Script { lines })
}

fn numbered(step: Step) -> Line {
    Line::new(1, step)
}

fn line() -> impl Strategy<Value = Line> {
    let block = (1u32..100, vec(step().prop_map(numbered), 1..4));
    prop_oneof![
        9 => step(),
        1 => block.prop_map(|(count, body)| Step::Repeat { count, body }),
    ]
    .prop_map(numbered)
}

fn step() -> BoxedStrategy<Step> {
    prop_oneof![
        4 => sending().prop_map(Step::Send),
        4 => expectation().prop_map(Step::Expect),
        1 => Just(Step::Alive),
        1 => Just(Step::Finish),
        1 => Just(Step::Terminate),
        1 => interval().prop_map(Step::Quiet),
        1 => interval().prop_map(Step::Wait),
        1 => interval().prop_map(Step::Pause),
        1 => interval().prop_map(Step::Deaf),
        1 => prop_oneof![Just(Chop::Whole), Just(Chop::Line), (1usize..1 << 20).prop_map(Chop::Bytes)].prop_map(Step::Chop),
    ].boxed()
}

fn interval() -> impl Strategy<Value = Interval> {
    prop_oneof![
        (0u64..=3_600_000).prop_map(Interval::Millis),
        any::<u32>().prop_map(Interval::RoundTrips),
        any::<u32>().prop_map(Interval::Heartbeats)
    ]
}

fn payload() -> BoxedStrategy<Payload> {
    let bytes = || prop_oneof![any::<Vec<u8>>(), any::<String>().prop_map(String::into_bytes)];
    let once = prop_oneof![
        bytes().prop_map(Payload::text),
        bytes().prop_map(Payload::hex),
        (any::<u64>(), 0usize..1 << 20).prop_map(|(seed, length)| Payload::random(seed, length)),
        (select(PeerValue::ALL.to_vec()), 0usize..100)
            .prop_map(|(value, length)| Payload::from_peer(value, length)),
        Just(Payload::file("payloads/one", Bytes::from_static(b"\x00one"))),
    ];
    (once, prop_oneof![4 => Just(1usize), 1 => 0usize..200])
        .prop_map(|(once, times)| once.repeated(times))
        .boxed()
}

fn sending() -> BoxedStrategy<Sending> {
    let request = (option::of(word()), option::of(word()), option::of(word()), vec(edit(), 0..4));
    let status =
        (100u16..=999, option::of(payload())).prop_map(|(status, reason)| Answer::Status(status, reason));
    let response = (prop_oneof![Just(Answer::Accepted), status], vec(edit(), 0..4));
    prop_oneof![
        5 => frame().prop_map(Sending::Frame),
        1 => payload().prop_map(Sending::Raw),
        2 => request.prop_map(|(method, target, version, fields)| {
            Sending::Request(RequestSpec { method, target, version, fields })
        }),
        2 => response.prop_map(|(answer, fields)| Sending::Response(ResponseSpec { answer, fields })),
        2 => item().prop_map(Sending::Item),
        1 => Just(Sending::Eof),
        1 => Just(Sending::Reset),
    ]
    .boxed()
}

fn frame() -> BoxedStrategy<FrameSpec> {
    let kind = prop_oneof![
        Just(FrameKind::Text),
        Just(FrameKind::Binary),
        Just(FrameKind::Continuation),
        Just(FrameKind::Ping),
        Just(FrameKind::Pong),
        option::of(any::<u16>().prop_map(CloseCode)).prop_map(FrameKind::Close),
        any::<u8>().prop_map(|byte| FrameKind::Opcode(Opcode::from_low_bits(byte))),
    ];
    (kind, payload(), attributes())
        .prop_map(|(kind, payload, mut attributes)| {
            if kind.opcode().is_control() {
                attributes.split = None;
            }
            FrameSpec { kind, payload, attributes }
        })
        .boxed()
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let mask = prop_oneof![
        Just(MaskSpec::Usual),
        Just(MaskSpec::Unmasked),
        any::<[u8; 4]>().prop_map(|key| MaskSpec::Key(Mask(key))),
    ];
    let form = option::of(select(vec![LengthForm::Bits16, LengthForm::Bits64]));
    let bits = any::<u8>().prop_map(Rsv::from_low_bits);
    let split = option::of(1usize..1 << 20);
    (any::<bool>(), bits, mask, option::of(any::<u64>()), form, split, any::<bool>()).prop_map(
        |(fin, rsv, mask, length, form, split, deflate)| Attributes {
            fin,
            rsv,
            mask,
            length,
            form,
            split,
            deflate,
        },
    )
}

/// A word of a request line: a bare one has no spaces, quotes or comment sign, and is not `-`.
fn word() -> impl Strategy<Value = Word> {
    prop_oneof!["[A-Za-z/.*][A-Za-z0-9/?=.:-]{0,8}".prop_map(Word::Bare), payload().prop_map(Word::Payload)]
}

/// A field value: a bare one may contain spaces and a `#`, and is not empty.
fn value() -> impl Strategy<Value = Word> {
    prop_oneof![
        "[A-Za-z0-9#,;][A-Za-z0-9 =\"#;,κ]{0,8}[A-Za-z0-9]"
            .prop_filter_map("payload", |text| { (!text.starts_with("x\"")).then_some(Word::Bare(text)) }),
        payload().prop_map(Word::Payload)
    ]
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z0-9-]{0,12}"
}

fn edit() -> BoxedStrategy<FieldEdit> {
    let maybe_empty = || prop_oneof![5 => value(), 1 => Just(Word::Bare(String::new()))];
    prop_oneof![
        (name(), maybe_empty()).prop_map(|(name, value)| FieldEdit::Set(name, value)),
        (name(), maybe_empty()).prop_map(|(name, value)| FieldEdit::Add(name, value)),
        name().prop_map(FieldEdit::Remove),
        (name(), select(vec![FieldPlace::First, FieldPlace::Last]))
            .prop_map(|(name, place)| FieldEdit::Move(name, place)),
        payload().prop_map(FieldEdit::Verbatim),
    ]
    .boxed()
}

fn expectation() -> BoxedStrategy<Expectation> {
    let alternative =
        (any::<bool>(), vec(expected(), 1..3)).prop_map(|(lenient, all)| Alternative { lenient, all });
    let strength = select(vec![Strength::Must, Strength::Should, Strength::May]);
    let field = prop_oneof![
        (name(), option::of(value())).prop_map(|(name, value)| FieldExpectation::Present(name, value)),
        name().prop_map(FieldExpectation::Absent),
    ];
    (strength, vec(alternative, 1..4), option::of(interval()), vec(field, 0..3), option::of(payload()))
        .prop_map(|(strength, mut alternatives, within, fields, body)| {
            alternatives[0].lenient = false;
            let mut expectation = Expectation { strength, alternatives, within, fields, body };
            let is_item = expectation.expected().any(Expected::is_item);
            let items = |one: &Alternative| one.all.iter().filter(|expected| expected.is_item()).count();
            if expectation.alternatives.iter().any(|one| items(one) > 1) {
                expectation.fields.clear();
                expectation.body = None;
            } else if !is_item {
                expectation.body = None;
                if !expectation.expected().any(Expected::is_head) {
                    expectation.fields.clear();
                }
            }
            expectation
        })
        .boxed()
}

fn expected() -> BoxedStrategy<Expected> {
    let code = || any::<u16>().prop_map(CloseCode);
    let close = prop_oneof![
        Just(ExpectedClose::Any),
        (code(), option::of(payload())).prop_map(|(code, reason)| ExpectedClose::Code(code, reason)),
        payload().prop_map(ExpectedClose::Body),
    ];
    let status = prop_oneof![
        Just(StatusPattern::Any),
        Just(StatusPattern::Accepted),
        (100u16..=999).prop_map(StatusPattern::Exactly),
        (1u8..=9).prop_map(StatusPattern::Class),
    ];
    prop_oneof![
        option::of(payload()).prop_map(|payload| Expected::Message(MessageKind::Text, payload)),
        option::of(payload()).prop_map(|payload| Expected::Message(MessageKind::Binary, payload)),
        option::of(payload()).prop_map(Expected::Ping),
        option::of(payload()).prop_map(Expected::Pong),
        close.prop_map(Expected::Close),
        Just(Expected::Request),
        option::of(payload()).prop_map(Expected::Connect),
        status.prop_map(Expected::Response),
        Just(Expected::Eof),
        Just(Expected::Reset),
        option::of(select(vec!["MESSAGE", "EOL"])).prop_map(|word| {
            Expected::Item(ItemPattern {
                layer: Layer::Stomp,
                word: word.map(str::to_owned),
                connection: None,
            })
        }),
        option::of(code()).prop_map(Expected::Fail),
    ]
    .boxed()
}

fn item() -> impl Strategy<Value = ItemSpec> {
    let word = prop_oneof![
        3 => select(vec!["SEND", "CONNECT"]).prop_map(|word| Word::Bare(word.to_owned())),
        1 => payload().prop_map(Word::Payload),
    ];
    let attributes = (option::of(1usize..1 << 20), any::<bool>());
    (word, vec(edit(), 0..4), option::of(payload()), attributes).prop_map(
        |(word, fields, body, (pieces, more))| {
            let is_whole = matches!(word, Word::Payload(_));
            let (fields, body) = if is_whole { (Vec::new(), None) } else { (fields, body) };
            ItemSpec {
                layer: Layer::Stomp,
                word,
                request: None,
                connection: None,
                fields,
                body,
                pieces,
                more,
            }
        },
    )
}

/// Words and signs of the notation, correct and almost correct.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    ">", "<", "<?", "<~", "> ", "< ", ">   ", "<   ", "text", "binary", "cont", "ping", "pong", "close",
    "op:", "raw", "request", "accepted", "response", "eof", "reset", "fail", "alive", "finish", "quiet", "wait", "chop",
    "repeat", "end", "within", "line", "-fin", "+rsv1", "-mask", "mask:", "len:", "split:", "deflate",
    "len16", "1000", "0", "00", "+5", "4xx", "101", "1s", "1.5s", "20ms", "3rtt", "99999999999999999999",
    "\"", "\"a b\"", "x\"", "x\"ce ba\"", "\\", "\\x+F", "\\u{3ba}", "\\u{+3ba}", "random(1,2)", "random(",
    ")", "@", "*", "*3", "|", "|?", "&", "#", "Host:", "Host: a", "-Host", "+Host: b", "-", "κ", "\u{a0}",
    "\t", "\r", "\u{b}",
];

/// Words and signs of the notation in any order.
pub fn near_notation() -> impl Strategy<Value = String> {
    let separators = ["", " ", " ", " ", "\n", "\n", "\r\n"];
    let piece = (select(PIECES), select(separators.to_vec()));
    vec(piece, 0..24)
        .prop_map(|pairs| pairs.into_iter().flat_map(|(piece, separator)| [piece, separator]).collect())
}

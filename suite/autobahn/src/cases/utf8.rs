//! 6: text that is UTF-8, and text that is not.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use wsspec_wire::MessageKind;

use super::build::{Build, CLEAN_CLOSE, case, echoed, frame};
use crate::case::{AutobahnCase, CaseEvent, CaseStep, Pause};

const GREEK: &[u8] = b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5";
const MIXED: &[u8] = "Hello-µ@ßöäüàá-UTF-8!!".as_bytes();
const REFUSED: &str = "The peer fails the connection with 1007: the text is not UTF-8.";

/// Truncated sequences, one for each kind of lead byte, with the smallest and the largest content.
const CUT: [&[u8]; 10] = [
    b"\xC0",
    b"\xE0\x80",
    b"\xF0\x80\x80",
    b"\xF8\x80\x80\x80",
    b"\xFC\x80\x80\x80\x80",
    b"\xDF",
    b"\xEF\xBF",
    b"\xF7\xBF\xBF",
    b"\xFB\xBF\xBF\xBF",
    b"\xFD\xBF\xBF\xBF\xBF",
];

pub(super) fn add(list: &mut Vec<AutobahnCase>) {
    empty(list);
    split(list);
    surrogate(list);
    fail_fast(list);
    for (section, (title, texts)) in (5..).zip(sequences()) {
        for (at, text) in (1..).zip(texts) {
            sequence(&[6, section, at], title, &text).add(list);
        }
    }
}

fn message(payload: impl Into<Bytes>, fragment: usize) -> CaseStep {
    CaseStep::Message { kind: MessageKind::Text, payload: payload.into(), fragment }
}

fn comes_back() -> String {
    format!("The message comes back as it was sent. {CLEAN_CLOSE}")
}

fn empty(list: &mut Vec<AutobahnCase>) {
    case(&[6, 1, 1], "An empty text message.", comes_back())
        .text("")
        .ok(vec![echoed("")])
        .close_after(1)
        .add(list);
    let middles = [(2, "", "all empty"), (3, "middle frame payload", "only the second with a payload")];
    for (at, middle, what) in middles {
        case(&[6, 1, at], format!("A text message in three fragments, {what}."), comes_back())
            .frame(frame(1, "").open())
            .frame(frame(0, middle).open())
            .frame(frame(0, ""))
            .ok(vec![echoed(middle)])
            .close_after(1)
            .add(list);
    }
}

fn split(list: &mut Vec<AutobahnCase>) {
    let good = |at, text: &str, payload: &'static [u8]| {
        case(&[6, 2, at], text, comes_back()).ok(vec![echoed(payload)])
    };
    good(1, "Text with characters of two bytes, in one frame.", MIXED)
        .step(message(MIXED, 0))
        .close_after(1)
        .add(list);
    let (first, second) = MIXED.split_at(15);
    good(2, "Text with characters of two bytes in two fragments, split between characters.", MIXED)
        .frame(frame(1, first).open())
        .frame(frame(0, second))
        .close_after(1)
        .add(list);
    for (at, payload) in [(3, MIXED), (4, GREEK)] {
        good(at, "Text with characters of several bytes, in fragments of one byte.", payload)
            .step(message(payload, 1))
            .close_after(1)
            .add(list);
    }
}

fn surrogate(list: &mut Vec<AutobahnCase>) {
    let bad = [GREEK, b"\xED\xA0\x80edited"].concat();
    for (at, fragment, how) in [(1, 0, "in one frame"), (2, 1, "in fragments of one byte")] {
        refused(&[6, 3, at], &format!("Text with a surrogate in it, {how}."))
            .step(message(bad.clone(), fragment))
            .fail_after(1000)
            .add(list);
    }
}

fn refused(id: &[u16], text: &str) -> Build {
    case(id, text, REFUSED).peer_fails(1007).fatal()
}

/// Text in three parts; the second makes it invalid.
fn fail_fast(list: &mut Vec<AutobahnCase>) {
    let whole: [&[u8]; 3] = [GREEK, b"\xF4\x90\x80\x80", b"edited"];
    let cut: [&[u8]; 3] = [b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF4", b"\x90", b"\x80\x80edited"];
    for (at, parts, what) in [(1, whole, "holds all of"), (2, cut, "completes")] {
        three_parts(at, "fragments", what)
            .frame(frame(1, parts[0]).open())
            .pause(Pause::Quiet("A"))
            .frame(frame(0, parts[1]).open())
            .pause(Pause::Quiet("B"))
            .frame(frame(0, parts[2]))
            .fail_after(1000)
            .add(list);
    }
    for (at, parts, what) in [(3, whole, "holds all of"), (4, cut, "completes")] {
        three_parts(at, "pieces of one frame", what)
            .step(CaseStep::Begin { length: parts.concat().len() })
            .step(CaseStep::Part(Bytes::from_static(parts[0])))
            .pause(Pause::Quiet("A"))
            .step(CaseStep::Part(Bytes::from_static(parts[1])))
            .pause(Pause::Quiet("B"))
            .step(CaseStep::Part(Bytes::from_static(parts[2])))
            .fail_after(1000)
            .add(list);
    }
}

fn three_parts(at: u16, pieces: &str, what: &str) -> Build {
    let text = format!(
        "Text in three {pieces} with a pause after each; the second {what} a code point above U+10FFFF."
    );
    let expectation =
        "The peer fails the connection with 1007 at the second part, or, not strictly, at the end.";
    case(&[6, 4, at], text, expectation)
        .ok(vec![CaseEvent::Timeout("A")])
        .or(vec![CaseEvent::Timeout("A"), CaseEvent::Timeout("B")])
        .peer_fails(1007)
        .fatal()
}

fn sequence(id: &[u16], title: &str, payload: &[u8]) -> Build {
    let hex = HEXLOWER.encode(payload);
    let payload = Bytes::copy_from_slice(payload);
    if std::str::from_utf8(&payload).is_ok() {
        let text = format!("{title}: valid text.<br>Payload: 0x{hex}");
        case(id, text, comes_back())
            .step(message(payload.clone(), 0))
            .ok(vec![echoed(payload)])
            .fail_after(500)
    } else {
        let text = format!("{title}: invalid text.<br>Payload: 0x{hex}");
        refused(id, &text).step(message(payload, 0)).fail_after(500)
    }
}

type Texts = Vec<Vec<u8>>;

/// The texts of the sections from 6.5 on.
fn sequences() -> Vec<(&'static str, Texts)> {
    let list = |texts: &[&[u8]]| -> Texts { texts.iter().map(|text| text.to_vec()).collect() };
    let chars = |texts: &[&str]| -> Texts { texts.iter().map(|text| text.as_bytes().to_vec()).collect() };
    let mut words: Texts = chars(&["hello$world", "hello¢world", "hello€world", "hello\u{24B62}world"]);
    words.push(GREEK.to_vec());
    vec![
        ("Ordinary text", words),
        ("The beginnings of a text", (1..=GREEK.len()).map(|end| GREEK[..end].to_vec()).collect()),
        ("The first code point of each length", chars(&["\0", "\u{80}", "\u{800}", "\u{10000}"])),
        (
            "The first sequence of five and six bytes",
            list(&[b"\xF8\x88\x80\x80\x80", b"\xFC\x84\x80\x80\x80\x80"]),
        ),
        ("The last code point of each length", chars(&["\u{7F}", "\u{7FF}", "\u{FFFF}", "\u{10FFFF}"])),
        (
            "The last sequence of four to six bytes",
            list(&[b"\xF7\xBF\xBF\xBF", b"\xFB\xBF\xBF\xBF\xBF", b"\xFD\xBF\xBF\xBF\xBF\xBF"]),
        ),
        (
            "Around the gaps of the code space",
            list(&[
                b"\xED\x9F\xBF",
                b"\xEE\x80\x80",
                b"\xEF\xBF\xBD",
                b"\xF4\x8F\xBF\xBF",
                b"\xF4\x90\x80\x80",
            ]),
        ),
        ("Continuation bytes that continue nothing", continuations()),
        ("Lead bytes that lead nothing", lonely_leads()),
        ("Sequences without their last byte", list(&CUT)),
        ("Sequences without their last byte, joined", vec![CUT.concat()]),
        ("Bytes that never occur", list(&[b"\xFE", b"\xFF", b"\xFE\xFE\xFF\xFF"])),
        ("A slash in more bytes than it needs", overlong(b"\xC0\xAF", 0xAF)),
        (
            "The last of the overlong sequences",
            list(&[
                b"\xC1\xBF",
                b"\xE0\x9F\xBF",
                b"\xF0\x8F\xBF\xBF",
                b"\xF8\x87\xBF\xBF\xBF",
                b"\xFC\x83\xBF\xBF\xBF\xBF",
            ]),
        ),
        ("A NUL in more bytes than it needs", overlong(b"\xC0\x80", 0x80)),
        ("A surrogate", SURROGATES.iter().map(|low| vec![0xED, low[0], low[1]]).collect()),
        ("Two surrogates", surrogate_pairs()),
        ("Code points that are not characters", noncharacters()),
        (
            "Special code points",
            chars(&["\u{FFF9}", "\u{FFFA}", "\u{FFFB}", "\u{FFFC}", "\u{FFFD}", "\u{FFFE}", "\u{FFFF}"]),
        ),
    ]
}

const SURROGATES: [[u8; 2]; 7] =
    [[0xA0, 0x80], [0xAD, 0xBF], [0xAE, 0x80], [0xAF, 0xBF], [0xB0, 0x80], [0xBE, 0x80], [0xBF, 0xBF]];

fn continuations() -> Texts {
    let mut texts: Texts = vec![vec![0x80], vec![0xBF]];
    texts.extend((2..=6).map(|length| [0x80, 0xBF].into_iter().cycle().take(length).collect()));
    texts.push((0x80..0xBF).collect());
    texts
}

fn lonely_leads() -> Texts {
    let ranges = [0xC0..0xDF, 0xE0..0xEF, 0xF0..0xF7, 0xF8..0xFB, 0xFC..0xFD];
    ranges.into_iter().map(|range| range.flat_map(|lead| [lead, b' ']).collect()).collect()
}

/// In two to six bytes.
fn overlong(two: &[u8], last: u8) -> Texts {
    let longer = [0xE0, 0xF0, 0xF8, 0xFC].into_iter().zip(1..).map(|(lead, zeros)| {
        let mut text = vec![lead];
        text.extend(std::iter::repeat_n(0x80, zeros));
        text.push(last);
        text
    });
    std::iter::once(two.to_vec()).chain(longer).collect()
}

fn surrogate_pairs() -> Texts {
    let low = [[0xB0, 0x80], [0xBF, 0xBF]];
    let pair = |high: [u8; 2], low: [u8; 2]| vec![0xED, high[0], high[1], 0xED, low[0], low[1]];
    SURROGATES[..4].iter().flat_map(|&high| low.map(|low| pair(high, low))).collect()
}

/// The last two of each plane.
fn noncharacters() -> Texts {
    let points = (0..=16_u32).flat_map(|plane| [plane << 16 | 0xFFFE, plane << 16 | 0xFFFF]);
    points.filter_map(char::from_u32).map(|c| c.to_string().into_bytes()).collect()
}

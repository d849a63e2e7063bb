//! How failures and notes describe expectations and arrivals, for readers without the notation.

use bytes::Bytes;
use wsspec_notation::{
    Alternative, Expectation, Expected, ExpectedClose, FieldExpectation, ItemPattern, Payload, StatusPattern,
    escaped,
};
use wsspec_referee::Arrival;
use wsspec_wire::{CloseBody, Layer, LayerItem, MessageKind};

/// The longest payload that is shown, in bytes.
const SHOWN: usize = 64;

/// A payload for use in a sentence: complete if short, otherwise its start and its length.
pub(crate) fn brief(bytes: &Bytes) -> String {
    if let Some(payload) = shown_whole(bytes) {
        return payload;
    }
    format!("{}... ({} bytes)", Payload::text(bytes.slice(..SHOWN.min(bytes.len()))), bytes.len())
}

fn shown_whole(bytes: &Bytes) -> Option<String> {
    Some(Payload::of(bytes).to_string()).filter(|payload| payload.len() <= 2 * SHOWN)
}

/// An arrival in words: `a text message "Hello"`, `a close frame with code 1002`.
pub(crate) fn arrival(arrival: &Arrival) -> String {
    match arrival {
        Arrival::Request(_) => "a request".into(),
        Arrival::Connect(head) => format!("a CONNECT request {}", brief(&head.target)),
        Arrival::Response(head) => match head.status {
            Some(status) if head.has_pseudo_fields() => format!("a {status} response"),
            Some(status) => format!("a {status} response \"{}\"", escaped(&head.reason)),
            None => "a response without a valid status line".into(),
        },
        Arrival::Message(kind, payload) => format!("a {} message {}", word(*kind), brief(payload)),
        Arrival::Item(item) => layer_item(item),
        Arrival::Ping(payload) => format!("a ping {}", brief(payload)),
        Arrival::Pong(payload) => format!("a pong {}", brief(payload)),
        Arrival::Close(body) => close(body),
        Arrival::Oversize(header) => {
            format!("a frame of {} bytes, larger than anything expected", header.length.value)
        }
        Arrival::Lost => "a message that is not UTF-8, does not decompress or is too large".into(),
        Arrival::EndlessHead(limit) => format!("a head that does not end within {limit} bytes"),
        Arrival::Eof => "the end of the stream".into(),
        Arrival::Reset => "a connection reset".into(),
    }
}

/// An arrival that an expectation does not accept. Two long payloads may begin alike, so it says where they differ.
pub(crate) fn instead_of(expectation: &Expectation, got: &Arrival) -> String {
    let wanted = expectation.alternatives.iter().flat_map(|alternative| &alternative.all);
    let difference = wanted.filter_map(|wanted| difference(wanted, got)).next();
    format!("{}{}", arrival(got), difference.unwrap_or_default())
}

/// Where a payload differs from the wanted one of the same kind, if one of them is too long to be shown whole.
fn difference(wanted: &Expected, got: &Arrival) -> Option<String> {
    let (wanted, got) = match (wanted, got) {
        (Expected::Message(kind, Some(wanted)), Arrival::Message(sent, got)) if kind == sent => (wanted, got),
        (Expected::Ping(Some(wanted)), Arrival::Ping(got))
        | (Expected::Pong(Some(wanted)), Arrival::Pong(got)) => (wanted, got),
        _ => return None,
    };
    let wanted = wanted.bytes();
    if shown_whole(&wanted).and(shown_whole(got)).is_some() {
        return None;
    }
    let same = wanted.iter().zip(got).take_while(|(wanted, got)| wanted == got).count();
    match (wanted.get(same), got.get(same)) {
        (Some(wanted), Some(got)) => {
            Some(format!(", which differs first at byte {same}: x\"{got:02x}\" for x\"{wanted:02x}\""))
        }
        (Some(_), None) => Some(format!(", which ends after {same} of {} bytes", wanted.len())),
        (None, Some(_)) => Some(format!(", which goes on after the {same} bytes expected")),
        (None, None) => None,
    }
}

/// An item with what says most about it: the message of an error, or its body.
pub fn layer_item(item: &LayerItem) -> String {
    if item.layer == Layer::Http {
        let what = http(&escaped(&item.word));
        return if item.body.is_empty() { what } else { format!("{what} with body {}", brief(&item.body)) };
    }
    let word = format!("{} {}", item.layer, escaped(&item.word));
    match item.get(b"message") {
        Some(message) => format!("{word} with message {}", brief(message)),
        None if item.body.is_empty() => word,
        None => format!("{word} with body {}", brief(&item.body)),
    }
}

fn word(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Binary => "binary",
    }
}

fn close(body: &CloseBody) -> String {
    match body {
        CloseBody::Empty => "a close frame without a code".into(),
        CloseBody::OneByte(byte) => format!("a close frame with payload x\"{byte:02x}\""),
        CloseBody::Full { code, reason } if reason.is_empty() => {
            format!("a close frame with code {}", code.0)
        }
        CloseBody::Full { code, reason } => {
            format!("a close frame with code {} and reason {}", code.0, brief(reason))
        }
    }
}

/// What an expectation wants, in words: the alternatives that are not just accepted.
pub(crate) fn wanted(expectation: &Expectation) -> String {
    let usual = expectation.alternatives.iter().filter(|alternative| !alternative.lenient);
    usual.map(in_words).collect::<Vec<_>>().join(" or ")
}

/// An alternative in words: `the end of the stream`, `a 4xx response`.
pub(crate) fn in_words(alternative: &Alternative) -> String {
    alternative.all.iter().map(item).collect::<Vec<_>>().join(" and ")
}

const fn article(layer: Layer) -> &'static str {
    match layer {
        Layer::EngineIo | Layer::Http => "an",
        Layer::Stomp | Layer::SocketIo | Layer::SockJs => "a",
    }
}

fn item(expected: &Expected) -> String {
    let with = |what: &str, payload: Option<&Payload>| match payload {
        Some(payload) => format!("{what} {}", brief(&payload.bytes())),
        None => what.to_owned(),
    };
    match expected {
        Expected::Message(kind, payload) => with(&format!("a {} message", word(*kind)), payload.as_ref()),
        Expected::Ping(payload) => with("a ping", payload.as_ref()),
        Expected::Pong(payload) => with("a pong", payload.as_ref()),
        Expected::Close(wanted) => close_frame(wanted),
        Expected::Request => "a request".into(),
        Expected::Connect(target) => with("a CONNECT request", target.as_ref()),
        Expected::Response(StatusPattern::Any) => "a response".into(),
        Expected::Response(StatusPattern::Accepted) => "a response that opens the connection".into(),
        Expected::Response(StatusPattern::Exactly(status)) => format!("a {status} response"),
        Expected::Response(StatusPattern::Class(hundreds)) => format!("a {hundreds}xx response"),
        Expected::Item(ItemPattern { layer: Layer::Http, word: Some(word), .. }) => http(word),
        Expected::Item(item) => match &item.word {
            Some(word) => format!("the {} {} {word}", item.layer.title(), item.layer.item()),
            None => format!("{} {} {}", article(item.layer), item.layer.title(), item.layer.item()),
        },
        Expected::Eof => "the end of the stream".into(),
        Expected::Reset => "a connection reset".into(),
        Expected::Fail(None) => "a close frame that fails the connection".into(),
        Expected::Fail(Some(code)) => format!("a close frame that fails the connection with code {}", code.0),
    }
}

/// A response of HTTP, or how one ends.
fn http(word: &str) -> String {
    match word {
        "end" => "the end of the response".into(),
        "broken" => "a response that is cut off".into(),
        "closed" => "the end of the connection".into(),
        status => format!("a {status} response"),
    }
}

fn close_frame(wanted: &ExpectedClose) -> String {
    match wanted {
        ExpectedClose::Any => "a close frame".into(),
        ExpectedClose::Code(code, None) => format!("a close frame with code {}", code.0),
        ExpectedClose::Code(code, Some(reason)) => {
            format!("a close frame with code {} and reason {}", code.0, brief(&reason.bytes()))
        }
        ExpectedClose::Body(payload) if payload.bytes().is_empty() => "a close frame without a code".into(),
        ExpectedClose::Body(payload) => format!("a close frame with payload {}", brief(&payload.bytes())),
    }
}

/// A wanted field in words.
pub(crate) fn field(wanted: &FieldExpectation) -> String {
    match wanted {
        FieldExpectation::Present(name, None) => format!("a field `{name}`"),
        FieldExpectation::Present(..) => format!("the field `{wanted}`"),
        FieldExpectation::Absent(name) => format!("no field `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use wsspec_notation::{Script, Step};

    use super::*;

    fn words_of(line: &str) -> Vec<String> {
        let script: Script = format!("{line}\n").parse().unwrap();
        let Some(Step::Expect(expectation)) = script.walk().map(|line| line.step.clone()).next() else {
            panic!("no expectation in {line}")
        };
        let lenient = expectation.alternatives.iter().filter(|alternative| alternative.lenient);
        [wanted(&expectation)].into_iter().chain(lenient.map(in_words)).collect()
    }

    #[test]
    fn long_payloads_differ_somewhere() {
        let payload: String = (100..200).map(|number| number.to_string()).collect();
        let script: Script = format!("< text \"{payload}\"\n").parse().unwrap();
        let Some(Step::Expect(expectation)) = script.walk().map(|line| line.step.clone()).next() else {
            panic!()
        };
        let got = |kind, payload: String| {
            let text = instead_of(&expectation, &Arrival::Message(kind, payload.into()));
            text.rsplit_once("bytes), ").map(|(_, difference)| difference.to_owned())
        };
        let wrong = payload.replace("133", "123");
        assert_eq!(got(MessageKind::Binary, wrong.clone()), None);
        let difference = got(MessageKind::Text, wrong).unwrap();
        assert_eq!(difference, "which differs first at byte 100: x\"32\" for x\"33\"");
        let difference = got(MessageKind::Text, payload[..299].to_owned()).unwrap();
        assert_eq!(difference, "which ends after 299 of 300 bytes");
        let difference = got(MessageKind::Text, format!("{payload}!")).unwrap();
        assert_eq!(difference, "which goes on after the 300 bytes expected");
    }

    #[test]
    fn expectations_have_words_for_readers_without_the_notation() {
        assert_eq!(
            words_of("< response 4xx | response 101 |? eof"),
            ["a 4xx response or a 101 response", "the end of the stream"]
        );
        assert_eq!(
            words_of("< accepted |? response"),
            ["a response that opens the connection", "a response"]
        );
        assert_eq!(
            words_of("< fail 1002 |? close 1000 \"bye\" & eof |? pong \"p\""),
            [
                "a close frame that fails the connection with code 1002",
                "a close frame with code 1000 and reason \"bye\" and the end of the stream",
                "a pong \"p\"",
            ]
        );
        assert_eq!(
            words_of("<? fail |? close \"\" |? reset"),
            ["a close frame that fails the connection", "a close frame without a code", "a connection reset"]
        );
    }
}

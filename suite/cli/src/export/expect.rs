//! The JSON of what a step expects.

use serde::Serialize;
use wsspec_notation::{
    Alternative, Expectation, Expected, ExpectedClose, FieldExpectation, StatusPattern, Strength,
};
use wsspec_wire::MessageKind;

use super::payload::PayloadJson;

/// One thing that may arrive; omitted parts may have any value.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum ExpectedJson {
    Text(BodyJson),
    Binary(BodyJson),
    Ping(BodyJson),
    Pong(BodyJson),
    Close(CloseJson),
    Request,
    Connect(ConnectJson),
    Accepted,
    Response(StatusJson),
    Eof,
    Reset,
    Fail(CodeJson),
    /// An item of a layer.
    Item(ItemPatternJson),
}

#[derive(Serialize)]
pub(super) struct BodyJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<PayloadJson>,
}

/// A request for a tunnel, to a host and port.
#[derive(Serialize)]
pub(super) struct ConnectJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<PayloadJson>,
}

/// A close frame by its code and reason, or by its whole body.
#[derive(Default, Serialize)]
pub(super) struct CloseJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<PayloadJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<PayloadJson>,
}

/// A status, or the hundreds digit of one.
#[derive(Default, Serialize)]
pub(super) struct StatusJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<u8>,
}

#[derive(Serialize)]
pub(super) struct ItemPatternJson {
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<String>,
}

#[derive(Serialize)]
pub(super) struct CodeJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
}

/// Items that must all arrive, in any order.
#[derive(Serialize)]
pub(super) struct AlternativeJson {
    lenient: bool,
    all: Vec<ExpectedJson>,
}

/// A field of the head that arrived.
#[derive(Serialize)]
pub(super) struct FieldJson {
    name: String,
    present: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<PayloadJson>,
}

impl ExpectedJson {
    fn of(expected: &Expected) -> Self {
        let body = |payload: &Option<_>| BodyJson { payload: payload.as_ref().map(PayloadJson::of) };
        match expected {
            Expected::Message(MessageKind::Text, payload) => Self::Text(body(payload)),
            Expected::Message(MessageKind::Binary, payload) => Self::Binary(body(payload)),
            Expected::Ping(payload) => Self::Ping(body(payload)),
            Expected::Pong(payload) => Self::Pong(body(payload)),
            Expected::Close(close) => Self::Close(CloseJson::of(close)),
            Expected::Request => Self::Request,
            Expected::Connect(authority) => {
                Self::Connect(ConnectJson { authority: authority.as_ref().map(PayloadJson::of) })
            }
            Expected::Response(status) => Self::response(*status),
            Expected::Item(item) => {
                Self::Item(ItemPatternJson { layer: item.layer.name(), word: item.word.clone() })
            }
            Expected::Eof => Self::Eof,
            Expected::Reset => Self::Reset,
            Expected::Fail(code) => Self::Fail(CodeJson { code: code.map(|code| code.0) }),
        }
    }

    fn response(status: StatusPattern) -> Self {
        match status {
            StatusPattern::Any => Self::Response(StatusJson::default()),
            StatusPattern::Accepted => Self::Accepted,
            StatusPattern::Exactly(status) => {
                Self::Response(StatusJson { status: Some(status), class: None })
            }
            StatusPattern::Class(class) => Self::Response(StatusJson { status: None, class: Some(class) }),
        }
    }
}

impl CloseJson {
    fn of(close: &ExpectedClose) -> Self {
        match close {
            ExpectedClose::Any => Self::default(),
            ExpectedClose::Code(code, reason) => {
                Self { code: Some(code.0), reason: reason.as_ref().map(PayloadJson::of), body: None }
            }
            ExpectedClose::Body(body) => Self { body: Some(PayloadJson::of(body)), ..Self::default() },
        }
    }
}

impl FieldJson {
    fn of(field: &FieldExpectation) -> Self {
        match field {
            FieldExpectation::Present(name, value) => {
                Self { name: name.clone(), present: true, value: value.as_ref().map(PayloadJson::of_word) }
            }
            FieldExpectation::Absent(name) => Self { name: name.clone(), present: false, value: None },
        }
    }
}

/// `must`, `should`, `may`.
pub(super) fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Must => "must",
        Strength::Should => "should",
        Strength::May => "may",
    }
}

/// The alternatives, in order.
pub(super) fn alternatives(expectation: &Expectation) -> Vec<AlternativeJson> {
    let one = |alternative: &Alternative| AlternativeJson {
        lenient: alternative.lenient,
        all: alternative.all.iter().map(ExpectedJson::of).collect(),
    };
    expectation.alternatives.iter().map(one).collect()
}

/// The body of the item.
pub(super) fn body(expectation: &Expectation) -> Option<PayloadJson> {
    expectation.body.as_ref().map(PayloadJson::of)
}

/// The fields, in order.
pub(super) fn fields(expectation: &Expectation) -> Vec<FieldJson> {
    expectation.fields.iter().map(FieldJson::of).collect()
}

//! The JSON of what a step sends.

use serde::Serialize;
use wsspec_notation::{
    Answer, FieldEdit, FrameKind, FrameSpec, Http2Spec, ItemSpec, MaskSpec, RequestSpec, ResponseSpec,
    Sending, Word,
};
use wsspec_wire::{Http2Setting, LengthForm};

use super::payload::PayloadJson;

/// An item to send.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum SendingJson {
    Text(FrameJson),
    Binary(FrameJson),
    Cont(FrameJson),
    Ping(FrameJson),
    Pong(FrameJson),
    Close(FrameJson),
    /// A frame by its opcode alone.
    Op(FrameJson),
    Raw {
        payload: PayloadJson,
    },
    Request(RequestJson),
    Accepted {
        fields: Vec<EditJson>,
    },
    Response(ResponseJson),
    Eof,
    Reset,
    /// Parameters of HTTP/2, by their numbers.
    Settings {
        settings: Vec<SettingJson>,
    },
    /// A reset of the stream.
    Rst {
        code: u32,
    },
    Goaway {
        code: u32,
    },
    /// An item of a layer: the default one for its word, edited, or all of its octets.
    Item(ItemJson),
    /// So many more octets that the peer may send.
    Window {
        octets: u32,
    },
    /// One DATA frame.
    Data {
        payload: PayloadJson,
        #[serde(skip_serializing_if = "Option::is_none")]
        padding: Option<u8>,
        end: bool,
    },
    /// A frame of HTTP/2 or HTTP/3 by its number.
    Frame {
        frame: u64,
        payload: PayloadJson,
    },
}

/// An item of a layer. A value `$name` stands for the one that an expectation bound, and what follows it.
#[derive(Serialize)]
pub(super) struct ItemJson {
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    octets: Option<PayloadJson>,
    /// Of a request of HTTP: its target, in which values may stand, and its version, if that is not HTTP/1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// Whether it goes out on the TCP connection of the request before it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    same: bool,
    fields: Vec<EditJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<PayloadJson>,
    /// Octets of each message that it is sent in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pieces: Option<usize>,
    /// Whether the next item is in the same message.
    more: bool,
}

impl ItemJson {
    fn of(item: &ItemSpec) -> Self {
        let (word, octets) = match &item.word {
            Word::Bare(word) => (Some(word.clone()), None),
            Word::Payload(octets) => (None, Some(PayloadJson::of(octets))),
        };
        Self {
            layer: item.layer.name(),
            word,
            octets,
            target: item.request.as_ref().map(|request| request.target.to_string()),
            version: item
                .request
                .as_ref()
                .and_then(|request| request.version.as_ref())
                .map(ToString::to_string),
            same: item.request.as_ref().is_some_and(|request| request.same),
            fields: item.fields.iter().map(EditJson::of).collect(),
            body: item.body.as_ref().map(PayloadJson::of),
            pieces: item.pieces,
            more: item.more,
        }
    }
}

#[derive(Serialize)]
pub(super) struct SettingJson {
    id: u16,
    value: u32,
}

/// A frame; default values are omitted, except `fin` and `rsv`.
#[derive(Serialize)]
pub(super) struct FrameJson {
    opcode: u8,
    /// The status code of a close frame, sent before the payload, which is then its reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    payload: PayloadJson,
    fin: bool,
    /// RSV1 is 4, RSV2 is 2, RSV3 is 1.
    rsv: u8,
    mask: MaskJson,
    /// The payload length that the header declares, whatever the payload's; in decimal, because it may need 64 bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_length: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length_bits: Option<u8>,
    /// Payload bytes per fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<usize>,
    deflate: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum MaskJson {
    /// Masked exactly if the sender is a client (RFC 6455, 5.1).
    Usual,
    None,
    /// Eight hexadecimal digits.
    Key(String),
}

/// A request head: the default one, edited.
#[derive(Serialize)]
pub(super) struct RequestJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<PayloadJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<PayloadJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<PayloadJson>,
    fields: Vec<EditJson>,
}

/// A response head: the default one for its status, edited.
#[derive(Serialize)]
pub(super) struct ResponseJson {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<PayloadJson>,
    fields: Vec<EditJson>,
}

#[derive(Serialize)]
#[serde(tag = "edit", rename_all = "lowercase")]
pub(super) enum EditJson {
    Set { name: String, value: PayloadJson },
    Add { name: String, value: PayloadJson },
    Remove { name: String },
    Move { name: String, to: &'static str },
    Verbatim { payload: PayloadJson },
}

impl SendingJson {
    pub(super) fn of(sending: &Sending) -> Self {
        match sending {
            Sending::Frame(frame) => Self::frame(frame),
            Sending::Raw(payload) => Self::Raw { payload: PayloadJson::of(payload) },
            Sending::Request(head) => Self::Request(RequestJson::of(head)),
            Sending::Response(head) => Self::response(head),
            Sending::Eof => Self::Eof,
            Sending::Reset => Self::Reset,
            Sending::Http2(frame) => Self::http2(frame),
            Sending::Item(item) => Self::Item(ItemJson::of(item)),
        }
    }

    fn http2(frame: &Http2Spec) -> Self {
        match frame {
            Http2Spec::Settings(settings) => {
                let of = |setting: &Http2Setting| SettingJson { id: setting.id, value: setting.value };
                Self::Settings { settings: settings.iter().map(of).collect() }
            }
            Http2Spec::Reset(code) => Self::Rst { code: code.0 },
            Http2Spec::GoAway(code) => Self::Goaway { code: code.0 },
            Http2Spec::Window(octets) => Self::Window { octets: *octets },
            Http2Spec::Data { payload, padding, ends } => {
                Self::Data { payload: PayloadJson::of(payload), padding: *padding, end: *ends }
            }
            Http2Spec::Frame { kind, payload } => {
                Self::Frame { frame: *kind, payload: PayloadJson::of(payload) }
            }
        }
    }

    fn response(head: &ResponseSpec) -> Self {
        let fields = head.fields.iter().map(EditJson::of).collect();
        match &head.answer {
            Answer::Accepted => Self::Accepted { fields },
            Answer::Status(status, reason) => Self::Response(ResponseJson {
                status: *status,
                reason: reason.as_ref().map(PayloadJson::of),
                fields,
            }),
        }
    }

    fn frame(frame: &FrameSpec) -> Self {
        let json = FrameJson::of(frame);
        match frame.kind {
            FrameKind::Text => Self::Text(json),
            FrameKind::Binary => Self::Binary(json),
            FrameKind::Continuation => Self::Cont(json),
            FrameKind::Ping => Self::Ping(json),
            FrameKind::Pong => Self::Pong(json),
            FrameKind::Close(_) => Self::Close(json),
            FrameKind::Opcode(_) => Self::Op(json),
        }
    }
}

impl FrameJson {
    fn of(frame: &FrameSpec) -> Self {
        let attributes = &frame.attributes;
        Self {
            opcode: frame.kind.opcode().value(),
            code: match frame.kind {
                FrameKind::Close(code) => code.map(|code| code.0),
                _ => None,
            },
            payload: PayloadJson::of(&frame.payload),
            fin: attributes.fin,
            rsv: attributes.rsv.bits(),
            mask: match attributes.mask {
                MaskSpec::Usual => MaskJson::Usual,
                MaskSpec::Unmasked => MaskJson::None,
                MaskSpec::Key(key) => MaskJson::Key(format!("{:08x}", u32::from_be_bytes(key.0))),
            },
            declared_length: attributes.length.map(|length| length.to_string()),
            length_bits: attributes.form.map(|form| match form {
                LengthForm::Bits7 => 7,
                LengthForm::Bits16 => 16,
                LengthForm::Bits64 => 64,
            }),
            split: attributes.split,
            deflate: attributes.deflate,
        }
    }
}

impl RequestJson {
    fn of(head: &RequestSpec) -> Self {
        Self {
            method: head.method.as_ref().map(PayloadJson::of_word),
            target: head.target.as_ref().map(PayloadJson::of_word),
            version: head.version.as_ref().map(PayloadJson::of_word),
            fields: head.fields.iter().map(EditJson::of).collect(),
        }
    }
}

impl EditJson {
    fn of(edit: &FieldEdit) -> Self {
        match edit {
            FieldEdit::Set(name, value) => {
                Self::Set { name: name.clone(), value: PayloadJson::of_word(value) }
            }
            FieldEdit::Add(name, value) => {
                Self::Add { name: name.clone(), value: PayloadJson::of_word(value) }
            }
            FieldEdit::Remove(name) => Self::Remove { name: name.clone() },
            FieldEdit::Move(name, place) => Self::Move { name: name.clone(), to: place.word() },
            FieldEdit::Verbatim(payload) => Self::Verbatim { payload: PayloadJson::of(payload) },
        }
    }
}

//! A response of HTTP as items: the frames of SockJS in it, or the whole of it with its body.

use bytes::Bytes;
use wsspec_layers::{
    http::ResponsePart,
    json_members,
    sockjs::{SockJsBody, SockJsFrame, SockJsTransport},
};
use wsspec_wire::{Layer, LayerItem, ResponseHead};

use crate::web::WebRequest;

/// A response that has begun.
#[derive(Debug)]
pub(crate) struct WebResponse {
    pub asked: WebRequest,
    head: ResponseHead,
    body: Vec<u8>,
    /// The most octets that are kept of its body, or of one of its frames.
    limit: usize,
    /// Whether more came.
    is_lost: bool,
    frames: Option<SockJsBody>,
}

/// What a part of a response amounts to.
#[derive(Debug)]
pub(crate) enum WebArrival {
    /// A response, as a head or whole, or how it ends.
    Item(LayerItem),
    /// A frame of SockJS.
    Frame(SockJsFrame),
    /// More than is kept.
    Lost,
}

impl WebResponse {
    /// A response to this request. `transport`: the way in which its body has frames, if it is a good one.
    pub(crate) fn new(
        asked: WebRequest,
        head: ResponseHead,
        transport: Option<SockJsTransport>,
        limit: usize,
    ) -> Self {
        let transport =
            transport.filter(|known| *known != SockJsTransport::WebSocket && head.status == Some(200));
        let frames = transport.map(SockJsBody::new);
        Self { asked, head, body: Vec::new(), limit, is_lost: false, frames }
    }

    /// Whether frames come in it.
    pub(crate) const fn has_frames(&self) -> bool {
        self.frames.is_some()
    }

    /// Whether it opens a WebSocket, whose octets follow.
    pub(crate) fn is_socket(&self) -> bool {
        self.head.status == Some(101)
    }

    /// Whether it is the response of a server that does as it was asked.
    pub(crate) fn is_good(&self) -> bool {
        self.head.status == Some(200)
    }

    /// Its body, as far as it has come.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether it says what the service can do.
    pub(crate) fn is_info(&self) -> bool {
        let path = self.asked.target.split('?').next().unwrap_or_default();
        path.ends_with("/info") && self.head.status == Some(200) && !self.body.is_empty()
    }

    /// The item that a response with frames begins with, or one that opens a WebSocket.
    pub(crate) fn begin(&self) -> Option<WebArrival> {
        (self.has_frames() || self.is_socket()).then(|| WebArrival::Item(self.item()))
    }

    /// The next part of it.
    pub(crate) fn take(&mut self, part: &ResponsePart) -> Vec<WebArrival> {
        match part {
            ResponsePart::Body(piece) => self.push(piece),
            ResponsePart::End => self.end(),
            ResponsePart::Broken | ResponsePart::Endless(_) => vec![WebArrival::Item(ending("broken"))],
            ResponsePart::Head(_) | ResponsePart::Interim(_) => Vec::new(),
        }
    }

    fn push(&mut self, piece: &Bytes) -> Vec<WebArrival> {
        if self.is_lost || self.is_socket() {
            return Vec::new();
        }
        let size = self.frames.as_ref().map_or(self.body.len(), SockJsBody::pending);
        if size.saturating_add(piece.len()) > self.limit {
            self.is_lost = true;
            return vec![WebArrival::Lost];
        }
        match &mut self.frames {
            Some(frames) => frames.push(piece).into_iter().map(WebArrival::Frame).collect(),
            None => {
                self.body.extend_from_slice(piece);
                Vec::new()
            }
        }
    }

    fn end(&mut self) -> Vec<WebArrival> {
        let is_socket = self.is_socket();
        match &mut self.frames {
            _ if self.is_lost || is_socket => Vec::new(),
            Some(frames) => {
                let last = frames.end().into_iter().map(WebArrival::Frame);
                last.chain([WebArrival::Item(ending("end"))]).collect()
            }
            None => vec![WebArrival::Item(self.item())],
        }
    }

    /// It as an item: its fields, and what a script wants to know of its body.
    fn item(&self) -> LayerItem {
        let status = self.head.status.map_or_else(|| "0".to_owned(), |status| status.to_string());
        let fields = self.head.fields.0.iter().map(|field| (field.name.clone().into(), field.value.clone()));
        let members = json_members(&self.body).into_iter();
        let members = members.map(|(name, value)| (Bytes::from(format!("body.{name}")), Bytes::from(value)));
        let cors = self.shared().into_iter().map(|name| (Bytes::from_static(name.as_bytes()), "yes".into()));
        LayerItem {
            layer: Layer::Http,
            word: status.into(),
            fields: fields.chain(members).chain(cors).collect(),
            body: self.body.clone().into(),
            connection: None,
        }
    }

    /// Which pages may read it (Fetch, CORS check): pages from the Origin of the request, and perhaps with cookies.
    fn shared(&self) -> Vec<&'static str> {
        let Some(origin) = &self.asked.origin else { return Vec::new() };
        let allowed = self.head.fields.joined("Access-Control-Allow-Origin").unwrap_or_default();
        let credentials = self.head.fields.joined("Access-Control-Allow-Credentials");
        let is_origin = allowed == origin;
        match (is_origin, &allowed[..] == b"*") {
            (true, _) if credentials.is_some_and(|value| value == "true") => vec!["cors", "cors-credentials"],
            (true, _) | (_, true) => vec!["cors"],
            _ => Vec::new(),
        }
    }
}

/// The item for the end of a response or of its connection.
pub(crate) fn ending(word: &'static str) -> LayerItem {
    LayerItem {
        layer: Layer::Http,
        word: Bytes::from_static(word.as_bytes()),
        fields: Vec::new(),
        body: Bytes::new(),
        connection: None,
    }
}

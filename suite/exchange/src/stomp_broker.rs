//! Our end of a session of STOMP in which we are the broker: what its frames have by default, and which receipts are due.

use std::collections::VecDeque;

use bytes::Bytes;
use wsspec_layers::stomp::{ClientSubscription, StompSession, StompVersion, escaped};
use wsspec_notation::{FieldEdit, ItemSpec, Script, Word};
use wsspec_wire::LayerItem;

/// The destination whose messages a client under test sends back.
const INBOX: &str = "/wsspec/in";

/// The most receipts that wait to be sent.
const MOST_RECEIPTS: usize = 1 << 10;

/// What the broker remembers besides its session.
#[derive(Debug)]
pub(crate) struct BrokerEnd {
    /// How many messages it has sent.
    messages: u64,
    /// The receipts that the client waits for.
    receipts: VecDeque<Bytes>,
    /// Whether lines of the script send them.
    names_receipts: bool,
}

impl BrokerEnd {
    /// For a trial with this script.
    pub(crate) fn new(script: &Script) -> Self {
        let names_receipts = script.sent_items().any(|item| item.is("RECEIPT"));
        Self { messages: 0, receipts: VecDeque::new(), names_receipts }
    }

    /// Notes what the client has sent: any frame but CONNECT may ask for a receipt (STOMP 1.2, Header receipt).
    pub(crate) fn take(&mut self, item: &LayerItem) {
        let connects = matches!(&item.word[..], b"CONNECT" | b"STOMP");
        if let Some(receipt) =
            item.get(b"receipt").filter(|_| !connects && self.receipts.len() < MOST_RECEIPTS)
        {
            self.receipts.push_back(receipt.clone());
        }
    }

    /// The receipt that is due now, unless the script sends it.
    pub(crate) fn due(&mut self, version: StompVersion) -> Option<Vec<u8>> {
        if self.names_receipts {
            return None;
        }
        let receipt = self.receipts.pop_front()?;
        Some([b"RECEIPT\nreceipt-id:", &escaped(&receipt, version)[..], b"\n\n\0"].concat())
    }

    /// The fields that a frame has by default.
    pub(crate) fn fields(&mut self, spec: &ItemSpec, session: &StompSession) -> Vec<(String, Bytes)> {
        let field = |name: &str, value: Bytes| (name.to_owned(), value);
        match &spec.word {
            Word::Bare(word) if word == "CONNECTED" => {
                vec![field("version", session.highest_offered().unwrap_or(StompVersion::V12).name().into())]
            }
            Word::Bare(word) if word == "MESSAGE" => self.of_message(spec, session),
            Word::Bare(word) if word == "RECEIPT" => {
                let receipt = self.receipts.pop_front();
                receipt.map(|receipt| field("receipt-id", receipt)).into_iter().collect()
            }
            Word::Bare(word) if word == "ERROR" => vec![field("message", Bytes::from_static(b"wsspec"))],
            _ => Vec::new(),
        }
    }

    /// A message has what the subscription to its destination asks for (STOMP 1.2, MESSAGE).
    fn of_message(&mut self, spec: &ItemSpec, session: &StompSession) -> Vec<(String, Bytes)> {
        self.messages += 1;
        let destination = destination(spec);
        let open = session.client().map(|client| client.subscriptions()).unwrap_or_default();
        let is_it = |subscription: &&ClientSubscription| {
            subscription.destination.trim_ascii() == destination.as_bytes()
        };
        let subscription = open.iter().find(is_it).or(open.first());
        let mut fields = vec![("destination".to_owned(), Bytes::copy_from_slice(destination.as_bytes()))];
        let mut add = |name: &str, value: Bytes| fields.push((name.to_owned(), value));
        add("message-id", format!("m-{}", self.messages).into());
        if let Some(id) = subscription.map(|it| it.id.clone()).filter(|id| !id.is_empty()) {
            add("subscription", id);
        }
        if session.version() == StompVersion::V12 && subscription.is_some_and(|it| it.acknowledges) {
            add("ack", format!("a-{}", self.messages).into());
        }
        let length = spec.body.as_ref().map_or(0, |body| body.len());
        if length > 0 {
            add("content-length", length.to_string().into());
        }
        fields
    }
}

/// Where a message comes from.
fn destination(spec: &ItemSpec) -> &str {
    let edited = spec.fields.iter().find_map(|edit| match edit {
        FieldEdit::Set(name, Word::Bare(value)) if name == "destination" => Some(value.as_str()),
        _ => None,
    });
    edited.unwrap_or(INBOX)
}

/// The subprotocols that our response to a client may select, the best first: that of the version in which the script opens
/// the session before the others. None where a client is not tested on STOMP.
pub(crate) fn subprotocols(script: &Script) -> Vec<&'static str> {
    if !script.plays_broker() {
        return Vec::new();
    }
    let of_version = |version: &str| match version {
        "1.0" => "v10.stomp",
        "1.1" => "v11.stomp",
        _ => "v12.stomp",
    };
    let best = of_version(script.opened_version().unwrap_or_default());
    let others = ["v12.stomp", "v11.stomp", "v10.stomp"].into_iter().filter(|name| *name != best);
    std::iter::once(best).chain(others).collect()
}

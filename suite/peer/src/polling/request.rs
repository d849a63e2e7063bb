//! What the query of a request says.

use crate::web::WebAsk;

/// The transports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EngineIoTransport {
    Polling,
    WebSocket,
}

/// The query of a request.
#[derive(Debug)]
pub(super) struct PollingQuery {
    pairs: Vec<(String, String)>,
}

impl PollingQuery {
    pub fn of(ask: &WebAsk) -> Self {
        let (_, query) = ask.target();
        Self::parse(&query)
    }

    pub fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self { pairs: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The session that it names.
    pub fn sid(&self) -> Option<&str> {
        self.get("sid")
    }

    /// The version of the protocol.
    pub fn version(&self) -> Option<&str> {
        self.get("EIO")
    }

    /// The transport, if it names one; `Err`: one that does not exist.
    pub fn transport(&self) -> Result<Option<EngineIoTransport>, ()> {
        match self.get("transport") {
            None => Ok(None),
            Some("polling") => Ok(Some(EngineIoTransport::Polling)),
            Some("websocket") => Ok(Some(EngineIoTransport::WebSocket)),
            Some(_) => Err(()),
        }
    }
}

//! What rides on the connection and is tested in place of WebSocket itself.

use std::sync::Arc;

use wsspec_exchange::StompSettings;
use wsspec_runner::Target;
use wsspec_wire::Layer;

use crate::{failure::CommandError, heading};

/// Options of the protocol on top.
#[derive(Clone, Debug, clap::Args)]
pub struct ProtocolArgs {
    /// Test what rides on WebSocket: `stomp`, a broker at a ws://, wss:// or tcp:// address; `engineio`, `socketio` or
    /// `sockjs`, a server at an http://, https://, ws:// or wss:// address; without an address the embedded one
    #[arg(long, value_name = "NAME", value_parser = layer, help_heading = heading::PROTOCOL)]
    pub protocol: Option<Layer>,
    /// User of each STOMP session
    #[arg(long, value_name = "NAME", requires = "protocol", help_heading = heading::PROTOCOL)]
    pub login: Option<String>,
    /// Password of that user
    #[arg(long, value_name = "PASSWORD", requires = "protocol", help_heading = heading::PROTOCOL)]
    pub passcode: Option<String>,
    /// Virtual host of each STOMP session [default: the host of the address]
    #[arg(long, value_name = "HOST", requires = "protocol", help_heading = heading::PROTOCOL)]
    pub host_header: Option<String>,
    /// How the names of destinations begin; each trial has its own [default: /topic/]
    #[arg(long, value_name = "PREFIX", requires = "protocol", help_heading = heading::PROTOCOL)]
    pub destination_prefix: Option<String>,
}

/// What a client speaks on top.
#[derive(Clone, Debug, clap::Args)]
pub struct ClientProtocolArgs {
    /// Test what the client speaks on top of WebSocket: `stomp`, `engineio` or `socketio`; docs/protocols.md says what it has to
    /// do then
    #[arg(long, value_name = "NAME", value_parser = client_layer, help_heading = heading::PROTOCOL)]
    pub protocol: Option<Layer>,
}

/// What rides on traffic between others.
#[derive(Clone, Debug, clap::Args)]
pub struct TrafficProtocolArgs {
    /// Judge what rides on WebSocket by the rules of `stomp`, `engineio` or `socketio` [default: what a connection shows: a
    /// subprotocol of STOMP, or a query with EIO=4]
    #[arg(long, value_name = "NAME", value_parser = traffic_layer, help_heading = heading::PROTOCOL)]
    pub protocol: Option<Layer>,
}

impl TrafficProtocolArgs {
    /// The options for the command that watches again.
    pub fn shown(&self) -> Vec<String> {
        let name = self.protocol.map(|layer| ["--protocol".to_owned(), layer.name().to_owned()]);
        name.into_iter().flatten().collect()
    }
}

fn traffic_layer(name: &str) -> Result<Layer, String> {
    match layer(name)? {
        layer @ (Layer::Stomp | Layer::EngineIo | Layer::SocketIo) => Ok(layer),
        other => {
            Err(format!("{} is not judged in traffic, only stomp, engineio and socketio", other.title()))
        }
    }
}

fn client_layer(name: &str) -> Result<Layer, String> {
    match layer(name)? {
        layer @ (Layer::Stomp | Layer::EngineIo | Layer::SocketIo) => Ok(layer),
        other => Err(format!(
            "clients of {} cannot be tested, only those of stomp, engineio and socketio",
            other.title()
        )),
    }
}

impl ClientProtocolArgs {
    /// The options for the command that runs a trial again.
    pub fn shown(&self) -> Vec<String> {
        let name = self.protocol.map(|layer| ["--protocol".to_owned(), layer.name().to_owned()]);
        name.into_iter().flatten().collect()
    }
}

/// How the names of destinations begin by default: a topic keeps nothing for the next run.
const DESTINATIONS: &str = "/topic/";

fn layer(name: &str) -> Result<Layer, String> {
    let names: Vec<_> = Layer::PROTOCOLS.iter().map(|layer| layer.name()).collect();
    let layer = Layer::parse(name).filter(|layer| Layer::PROTOCOLS.contains(layer));
    layer.ok_or_else(|| format!("a protocol is {}", names.join(", ")))
}

/// The parameters of a WebSocket that opens a session of Engine.IO.
const PARAMETERS: [(&str, &str); 2] = [("EIO", "4"), ("transport", "websocket")];

/// Path and query of a session of Engine.IO, or of Socket.IO on top: the default path, unless one is given, and the
/// parameters that are missing. Of SockJS the path of the service.
fn resource(layer: Layer, given: &str) -> String {
    let (path, query) = given.split_once('?').unwrap_or((given, ""));
    if layer == Layer::SockJs {
        return if matches!(path, "" | "/") { "/echo" } else { path }.to_owned();
    }
    let path = match (path, layer) {
        ("" | "/", Layer::SocketIo) => "/socket.io/",
        ("" | "/", _) => "/engine.io/",
        (path, _) => path,
    };
    let mut query: Vec<String> =
        query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    for (name, value) in PARAMETERS {
        let is_it = |pair: &String| pair.split('=').next() == Some(name);
        if !query.iter().any(is_it) {
            query.push(format!("{name}={value}"));
        }
    }
    format!("{path}?{}", query.join("&"))
}

impl ProtocolArgs {
    /// The address of a WebSocket for one that people know as that of web pages.
    pub fn address(&self, address: String) -> String {
        let is_web = matches!(self.protocol, Some(Layer::EngineIo | Layer::SocketIo | Layer::SockJs));
        match address.split_once("://") {
            Some(("http", rest)) if is_web => format!("ws://{rest}"),
            Some(("https", rest)) if is_web => format!("wss://{rest}"),
            _ => address,
        }
    }

    /// The target with what is on top of it.
    pub fn on(&self, target: &Arc<Target>) -> Result<Arc<Target>, CommandError> {
        if target.bare && self.protocol.is_none() {
            let why = "tcp:// has no WebSocket; give --protocol stomp to test a broker there";
            return Err(CommandError::Usage(why.to_owned()));
        }
        if (target.http2.is_some() || target.http3) && self.protocol.is_some() {
            let why = "--protocol goes over HTTP/1.1; leave out --http2, --http2-prior-knowledge and --http3";
            return Err(CommandError::Usage(why.to_owned()));
        }
        if let Some(layer @ (Layer::EngineIo | Layer::SocketIo | Layer::SockJs)) = self.protocol {
            return self.over_web(layer, target);
        }
        let prefix = self.destination_prefix.as_deref().unwrap_or(DESTINATIONS);
        let stomp = StompSettings {
            login: self.login.clone(),
            passcode: self.passcode.clone(),
            host: self.host_header.clone().unwrap_or_else(|| target.host.clone()),
            destinations: prefix.to_owned(),
        };
        Ok(Arc::new(Target { layer: self.protocol, stomp, ..(**target).clone() }))
    }

    /// The target of a session of Engine.IO or SockJS.
    fn over_web(&self, layer: Layer, target: &Arc<Target>) -> Result<Arc<Target>, CommandError> {
        let title = layer.title();
        if target.bare {
            let why = format!("{title} goes over HTTP and WebSocket; give an http:// or ws:// address");
            return Err(CommandError::Usage(why));
        }
        let given = [
            ("--login", &self.login),
            ("--passcode", &self.passcode),
            ("--host-header", &self.host_header),
            ("--destination-prefix", &self.destination_prefix),
        ];
        if let Some((option, _)) = given.into_iter().find(|(_, value)| value.is_some()) {
            return Err(CommandError::Usage(format!("{option} is for --protocol stomp")));
        }
        let resource = resource(layer, &target.resource);
        let shown = target.shown.strip_suffix(&target.resource).map(|start| format!("{start}{resource}"));
        let shown = shown.unwrap_or_else(|| target.shown.clone());
        Ok(Arc::new(Target { layer: self.protocol, resource, shown, ..(**target).clone() }))
    }

    /// The options for the command that runs a trial again, without the password.
    pub fn shown(&self) -> Vec<String> {
        let passcode = self.passcode.as_ref().map(|_| "...".to_owned());
        let options = [
            ("--protocol", self.protocol.map(|layer| layer.name().to_owned())),
            ("--login", self.login.clone()),
            ("--passcode", passcode),
            ("--host-header", self.host_header.clone()),
            ("--destination-prefix", self.destination_prefix.clone()),
        ];
        let given = options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?]));
        given.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_leaves_out_is_added() {
        let of = |given| resource(Layer::SocketIo, given);
        assert_eq!(of("/"), "/socket.io/?EIO=4&transport=websocket");
        assert_eq!(resource(Layer::EngineIo, ""), "/engine.io/?EIO=4&transport=websocket");
        assert_eq!(resource(Layer::SockJs, "/"), "/echo");
        assert_eq!(resource(Layer::SockJs, "/a/b?x"), "/a/b");
        assert_eq!(of("/chat/?token=a"), "/chat/?token=a&EIO=4&transport=websocket");
        assert_eq!(of("/socket.io/?transport=websocket&EIO=4"), "/socket.io/?transport=websocket&EIO=4");
    }
}

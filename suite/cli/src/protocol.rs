//! What rides on the connection and is tested in place of WebSocket itself.

use std::sync::Arc;

use wsspec_exchange::StompSettings;
use wsspec_runner::Target;
use wsspec_wire::Layer;

use crate::{failure::CommandError, heading};

/// Options of the protocol on top.
#[derive(Clone, Debug, clap::Args)]
pub struct ProtocolArgs {
    /// Test what rides on WebSocket: `stomp`, a broker at a ws://, wss:// or tcp:// address; without an address the
    /// embedded one
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

/// How the names of destinations begin by default: a topic keeps nothing for the next run.
const DESTINATIONS: &str = "/topic/";

fn layer(name: &str) -> Result<Layer, String> {
    let names: Vec<_> = Layer::ALL.iter().map(|layer| layer.name()).collect();
    Layer::parse(name).ok_or_else(|| format!("a protocol is {}", names.join(", ")))
}

impl ProtocolArgs {
    /// The target with what is on top of it.
    pub fn on(&self, target: &Arc<Target>) -> Result<Arc<Target>, CommandError> {
        if target.bare && self.protocol.is_none() {
            let why = "tcp:// has no WebSocket; give --protocol stomp to test a broker there";
            return Err(CommandError::Usage(why.to_owned()));
        }
        if target.http2.is_some() && self.protocol.is_some() {
            let why = "--protocol goes over HTTP/1.1; leave out --http2 and --http2-prior-knowledge";
            return Err(CommandError::Usage(why.to_owned()));
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

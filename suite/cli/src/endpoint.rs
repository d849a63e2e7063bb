//! How to reach a server: the fields of each opening handshake, TLS, time limits.

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::Limits;
use wsspec_exchange::Carrier;
use wsspec_record::Declared;
use wsspec_runner::{EmbeddedServer, Http2Start, Proxy, Target, TargetError};

use crate::{failure::CommandError, heading, proxy, timeout::TimeoutArgs, trust::TrustArgs, values};

/// The word for the embedded echo server, used as an address.
pub const EMBEDDED: &str = "embedded";

/// Options for each connection.
#[derive(Clone, Debug, clap::Args)]
pub struct EndpointArgs {
    /// Proxy to go through: http://, https://, socks5:// or socks5h://, with USER:PASSWORD@ before the host if it needs
    /// them. By default ALL_PROXY, except for this machine and what NO_PROXY lists; an empty one stands for none
    #[arg(long, value_name = "URL", help_heading = heading::TARGET)]
    pub proxy: Option<String>,
    /// Header field to add to every opening handshake
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = values::header, help_heading = heading::HANDSHAKE)]
    pub header: Vec<(String, String)>,
    /// Origin to send
    #[arg(long, value_name = "ORIGIN", help_heading = heading::HANDSHAKE)]
    pub origin: Option<String>,
    /// The only origin that the server accepts; sent unless --origin is given, and similar ones must be refused
    #[arg(long, value_name = "ORIGIN", help_heading = heading::HANDSHAKE)]
    pub allowed_origin: Option<String>,
    /// An origin that the server must refuse
    #[arg(long, value_name = "ORIGIN", help_heading = heading::HANDSHAKE)]
    pub foreign_origin: Option<String>,
    /// Subprotocol to offer; the server must select the first of them from any list that contains it
    #[arg(long, value_name = "NAME", help_heading = heading::HANDSHAKE)]
    pub subprotocol: Vec<String>,
    /// Credentials for Basic authentication
    #[arg(long, value_name = "USER:PASSWORD", value_parser = values::user, help_heading = heading::HANDSHAKE)]
    pub user: Option<(String, String)>,
    /// Token for Bearer authentication
    #[arg(long, value_name = "TOKEN", conflicts_with = "user", help_heading = heading::HANDSHAKE)]
    pub bearer: Option<String>,

    /// Open connections over HTTP/2 (RFC 8441), agreed on by ALPN; for wss://
    #[arg(long, conflicts_with = "http2_prior_knowledge", help_heading = heading::CARRIER)]
    pub http2: bool,
    /// The same without TLS: the server is known to speak HTTP/2; for ws://
    #[arg(long, help_heading = heading::CARRIER)]
    pub http2_prior_knowledge: bool,
    /// Open connections over HTTP/3 (RFC 9220), on UDP; for wss://
    #[arg(long, conflicts_with_all = ["http2", "http2_prior_knowledge"], help_heading = heading::CARRIER)]
    pub http3: bool,

    /// Certificates.
    #[command(flatten)]
    pub trust: TrustArgs,

    /// How long to wait for the peer.
    #[command(flatten)]
    pub timeout: TimeoutArgs,
    /// How long a connection may take to open
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = values::duration,
        default_value = "5s",
        help_heading = heading::TIME
    )]
    pub connect_timeout: Duration,
}

impl EndpointArgs {
    /// The server at an address, or the embedded one.
    pub fn target(
        &self,
        address: Option<String>,
        server: Option<&EmbeddedServer>,
    ) -> Result<Arc<Target>, CommandError> {
        let usage = |error: TargetError| CommandError::Usage(error.to_string());
        let address = server.map(EmbeddedServer::url).or(address).unwrap_or_default();
        let mut target = Target::parse(&address).map_err(usage)?;
        if server.is_some() {
            target.shown = EMBEDDED.to_owned();
        }
        for (name, value) in &self.header {
            target.field(&format!("{name}: {value}")).map_err(usage)?;
        }
        target.declared = Declared {
            subprotocol: self.subprotocol.first().cloned(),
            allowed_origin: self.allowed_origin.clone(),
            foreign_origin: self.foreign_origin.clone(),
        };
        if let Some(origin) = self.origin.as_ref().or(self.allowed_origin.as_ref()) {
            target.field(&format!("Origin: {origin}")).map_err(usage)?;
        }
        if !self.subprotocol.is_empty() {
            let offered = self.subprotocol.join(", ");
            target.field(&format!("Sec-WebSocket-Protocol: {offered}")).map_err(usage)?;
        }
        if let Some((user, password)) = &self.user {
            target.basic(user, password);
        }
        if let Some(token) = &self.bearer {
            target.bearer(token).map_err(usage)?;
        }
        target.connect_timeout = self.connect_timeout;
        target.http2 = self.http2_start(target.secure)?;
        target.http3 = self.http3;
        target.tls = self.trust.options();
        if let Some(path) = server.and_then(EmbeddedServer::ca_file) {
            target.tls.ca_file = Some(path.to_owned());
        }
        target.proxy = self.proxy_to(&target)?;
        target.check_tls().map_err(|error| CommandError::Usage(error.to_string()))?;
        Ok(Arc::new(target))
    }

    /// The proxy to a target. One for TCP leads to no server of HTTP/3.
    fn proxy_to(&self, target: &Target) -> Result<Option<Proxy>, CommandError> {
        let usage = |why: &str| Err(CommandError::Usage(why.to_owned()));
        let is_given = self.proxy.as_ref().is_some_and(|proxy| !proxy.is_empty());
        match self.http3 {
            false => proxy::of(target, self.proxy.as_deref()),
            true if target.socket.is_some() => {
                usage("HTTP/3 is over UDP; leave out --http3 for a Unix socket")
            }
            true if !target.secure => usage("HTTP/3 always has TLS; give --http3 with wss://"),
            true if is_given => {
                usage("HTTP/3 is over UDP, and the proxy is for TCP; leave out --proxy or --http3")
            }
            true => Ok(None),
        }
    }

    /// Opens connections over this carrier, with TLS or without.
    pub fn set_carrier(&mut self, carrier: Carrier, secure: bool) {
        self.http2 = carrier == Carrier::Http2 && secure;
        self.http2_prior_knowledge = carrier == Carrier::Http2 && !secure;
        self.http3 = carrier == Carrier::Http3;
    }

    /// What carries connections.
    pub fn carrier(&self) -> Carrier {
        match self {
            Self { http3: true, .. } => Carrier::Http3,
            _ if self.is_http2() => Carrier::Http2,
            _ => Carrier::Http1,
        }
    }

    /// Whether connections are opened over HTTP/2.
    pub fn is_http2(&self) -> bool {
        self.http2 || self.http2_prior_knowledge
    }

    fn http2_start(&self, secure: bool) -> Result<Option<Http2Start>, CommandError> {
        let usage = |why: &str| Err(CommandError::Usage(why.to_owned()));
        match (self.http2, self.http2_prior_knowledge, secure) {
            (true, _, true) => Ok(Some(Http2Start::Alpn)),
            (_, true, false) => Ok(Some(Http2Start::PriorKnowledge)),
            (true, _, false) => usage(
                "--http2 is agreed on in the TLS handshake, and ws:// has none; use --http2-prior-knowledge, or wss://",
            ),
            (_, true, true) => {
                usage("over TLS, HTTP/2 is agreed on by ALPN (RFC 9113 section 3.2); use --http2 with wss://")
            }
            (false, false, _) => Ok(None),
        }
    }

    /// The time limits.
    pub fn limits(&self) -> Limits {
        self.timeout.limits()
    }

    /// The options given that are only about how to reach a server.
    pub fn of_servers(&self) -> Vec<String> {
        let others = self.timeout.shown();
        let is_option = |word: &String| word.starts_with("--") && !others.contains(word);
        self.shown(&[]).into_iter().filter(is_option).collect()
    }

    /// The options that a trial depends on, for the command that runs it again. Possible secrets are left for the
    /// reader to fill in.
    pub fn shown(&self, secrets: &[String]) -> Vec<String> {
        let mut shown = Vec::new();
        let mut option = |name: &str, value: &str| shown.extend([name.to_owned(), value.to_owned()]);
        self.proxy.iter().for_each(|address| option("--proxy", &proxy::shown(address)));
        for (name, value) in &self.header {
            let secret = secrets.contains(name)
                || ["authorization", "cookie", "proxy-authorization"].contains(&name.to_lowercase().as_str());
            option("--header", &format!("{name}: {}", if secret { "..." } else { value }));
        }
        self.origin.iter().for_each(|origin| option("--origin", origin));
        self.allowed_origin.iter().for_each(|origin| option("--allowed-origin", origin));
        self.foreign_origin.iter().for_each(|origin| option("--foreign-origin", origin));
        self.subprotocol.iter().for_each(|name| option("--subprotocol", name));
        self.user.iter().for_each(|(user, _)| option("--user", &format!("{user}:...")));
        self.bearer.iter().for_each(|_| option("--bearer", "..."));
        shown.extend(self.trust.shown());
        shown.extend(self.http2.then(|| "--http2".to_owned()));
        shown.extend(self.http2_prior_knowledge.then(|| "--http2-prior-knowledge".to_owned()));
        shown.extend(self.http3.then(|| "--http3".to_owned()));
        shown.extend(self.timeout.shown());
        shown.extend(self.trust.shown_insecure());
        shown
    }
}

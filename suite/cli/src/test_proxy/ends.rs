//! Where connections through a proxy under test begin and lead to.

use std::{any::Any, sync::Arc};

use wsspec_catalogue::IntermediaryKind;
use wsspec_runner::{
    EmbeddedConnectProxy, EmbeddedGateway, EmbeddedProxy, EmbeddedSocksProxy, Listener, Proxy, ProxyScheme,
    Target,
};

use super::TestProxyArgs;
use crate::failure::CommandError;

/// Both ends of a proxy under test.
pub(super) struct ProxyEnds {
    /// What connections lead to: the proxy, or through it to the server behind.
    pub target: Arc<Target>,
    /// Where they begin: at the proxy.
    pub first: Arc<Target>,
    /// The embedded proxy, if that is tested; it stops when it is dropped.
    pub embedded: Option<Box<dyn Any>>,
}

impl ProxyEnds {
    /// Those of the proxy at `address`, or else of the embedded one, in front of `listener`.
    pub(super) fn of(
        args: &TestProxyArgs,
        address: Option<String>,
        listener: &Listener,
    ) -> Result<Self, CommandError> {
        match args.kind {
            IntermediaryKind::Reverse => Self::of_reverse(args, address, listener),
            IntermediaryKind::Connect | IntermediaryKind::Socks5 => Self::of_tunnels(args, address, listener),
        }
    }

    fn of_reverse(
        args: &TestProxyArgs,
        address: Option<String>,
        listener: &Listener,
    ) -> Result<Self, CommandError> {
        let (address, embedded): (_, Option<Box<dyn Any>>) = match address {
            Some(address) if ["http://", "https://"].iter().any(|scheme| address.starts_with(scheme)) => {
                let why = "an address with `http:` is that of a proxy for CONNECT: give --kind connect, or for a \
                           reverse proxy an address like ws://host:port/path";
                return Err(usage(why));
            }
            Some(address) => (address, None),
            None if args.endpoint.is_http2() || args.backend_http2 => {
                let at = listener.address();
                let gateway = match (args.endpoint.is_http2(), args.backend_http2) {
                    (true, true) => EmbeddedGateway::between_http2(at),
                    (true, false) => EmbeddedGateway::start(at, None),
                    (false, _) => EmbeddedGateway::to_http2(at, None),
                };
                let gateway = gateway.map_err(not_started)?;
                (gateway.url(), Some(Box::new(gateway)))
            }
            None => {
                let proxy = EmbeddedProxy::start(listener.address(), None).map_err(not_started)?;
                (proxy.url(), Some(Box::new(proxy)))
            }
        };
        let target = args.endpoint.target(Some(address), None)?;
        Ok(Self { first: target.clone(), target, embedded })
    }

    fn of_tunnels(
        args: &TestProxyArgs,
        address: Option<String>,
        listener: &Listener,
    ) -> Result<Self, CommandError> {
        if args.endpoint.proxy.is_some() {
            let why = format!("with --kind {}, TARGET is the proxy; leave out --proxy", args.kind);
            return Err(CommandError::Usage(why));
        }
        if listener.address().ip().is_unspecified() {
            return Err(usage(
                "tunnels lead to --backend: give an address that the proxy reaches, not all of them",
            ));
        }
        let is_socks = args.kind == IntermediaryKind::Socks5;
        let (address, embedded): (_, Option<Box<dyn Any>>) = match address {
            // A command without an address has its port alone.
            Some(address) if args.target.as_ref().is_none_or(|target| !target.contains("://")) => {
                (address.replacen("ws:", if is_socks { "socks5:" } else { "http:" }, 1), None)
            }
            Some(address) => (address, None),
            None if is_socks => {
                let proxy = EmbeddedSocksProxy::start(None).map_err(not_started)?;
                (proxy.url(), Some(Box::new(proxy)))
            }
            None => {
                let proxy = EmbeddedConnectProxy::start(None).map_err(not_started)?;
                (proxy.url(), Some(Box::new(proxy)))
            }
        };
        let proxy = parsed(&address, is_socks)?;
        let target = args.endpoint.target(Some(format!("ws://{}/", listener.address())), None)?;
        let first = Target { host: proxy.host.clone(), port: proxy.port, ..(*target).clone() };
        let target = Target { shown: proxy.to_string(), proxy: Some(proxy), ..(*target).clone() };
        target.check_tls().map_err(|error| usage(&error.to_string()))?;
        Ok(Self { target: Arc::new(target), first: Arc::new(first), embedded })
    }
}

fn parsed(address: &str, is_socks: bool) -> Result<Proxy, CommandError> {
    let proxy = Proxy::parse(address).map_err(|error| usage(&error.to_string()))?;
    match (proxy.scheme, is_socks) {
        (ProxyScheme::Http | ProxyScheme::Https, false) => Ok(proxy),
        (ProxyScheme::Socks5 | ProxyScheme::Socks5h, true) => Ok(proxy),
        (_, false) => Err(usage(
            "a proxy for CONNECT has an address like http://host:port or https://host:port; for one of SOCKS 5 give \
             --kind socks5",
        )),
        (_, true) => Err(usage("a proxy for SOCKS 5 has an address like socks5://host:port")),
    }
}

fn usage(why: &str) -> CommandError {
    CommandError::Usage(why.to_owned())
}

fn not_started(error: std::io::Error) -> CommandError {
    usage(&format!("cannot start the embedded proxy: {error}"))
}

//! Opens connections: a route begins with TCP and continues over one hop after another, or is QUIC alone. Each failure has its own
//! sentence.

mod connect;
mod error;
mod proxy_error;
mod quic;
mod socks;
mod tcp;
mod tls;
mod unix;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::timeout;

use self::{connect::HttpTunnel, quic::Quic, socks::SocksTunnel, tcp::Tcp, tls::Tls, unix::UnixSocket};
pub use self::{error::DialError, error::Stalled, proxy_error::ProxyDialError};
use crate::{
    proxy::{Proxy, ProxyScheme},
    stream::Stream,
    target::{Target, authority_of},
    tls::TlsSetupError,
};

/// Opens connections to one target.
#[derive(Clone)]
pub struct Dialer {
    route: Arc<Route>,
    /// Where it leads, as errors name it.
    address: String,
    after: Duration,
    secure: bool,
}

/// How to reach a target.
struct Route {
    start: Start,
    hops: Vec<Hop>,
    /// The proxy that it begins with, without credentials.
    proxy: Option<String>,
}

/// Where a way begins.
enum Start {
    Tcp(Tcp),
    Unix(UnixSocket),
    /// The whole way: TLS is part of QUIC.
    Quic(Box<Quic>),
}

/// Turns a stream to one endpoint into a stream to the next.
enum Hop {
    Tls(Tls),
    Connect(HttpTunnel),
    Socks(SocksTunnel),
}

impl Dialer {
    /// Resolves the name and loads the files for TLS, once.
    pub async fn new(target: Arc<Target>) -> Result<Self, DialError> {
        let after = target.connect_timeout;
        let mut hops = Vec::new();
        let start = match (&target.socket, &target.proxy) {
            (Some(path), _) => Start::Unix(UnixSocket(path.clone())),
            (None, None) if target.http3 => Start::Quic(Box::new(Quic::new(&target).await?)),
            (None, None) => Start::Tcp(Tcp::resolve(&target.host, target.port, after).await?),
            (None, Some(proxy)) => {
                hops.extend(through(proxy, &target).await?);
                let resolved = Tcp::resolve(&proxy.host, proxy.port, after).await;
                Start::Tcp(resolved.map_err(|error| error.at_proxy(proxy.to_string()))?)
            }
        };
        if target.secure && !target.http3 {
            hops.push(Hop::Tls(Tls::new(&target)?));
        }
        let address = match &target.socket {
            Some(path) => path.display().to_string(),
            None => authority_of(&target.host, target.port),
        };
        let proxy = target.proxy.as_ref().filter(|_| target.socket.is_none()).map(ToString::to_string);
        Ok(Self { route: Arc::new(Route { start, hops, proxy }), address, after, secure: target.secure })
    }

    /// Opens connections to the proxy in front of a target, and asks it for nothing. `None`: there is no proxy that is asked by
    /// CONNECT.
    pub(crate) async fn to_proxy(target: &Target) -> Result<Option<Self>, DialError> {
        let (after, mut hops) = (target.connect_timeout, Vec::new());
        let Some(proxy) = &target.proxy else { return Ok(None) };
        match proxy.scheme {
            ProxyScheme::Http => {}
            ProxyScheme::Https => hops.push(Hop::Tls(Tls::to_proxy(proxy, target)?)),
            ProxyScheme::Socks5 | ProxyScheme::Socks5h => return Ok(None),
        }
        let resolved = Tcp::resolve(&proxy.host, proxy.port, after).await;
        let start = Start::Tcp(resolved.map_err(|error| error.at_proxy(proxy.to_string()))?);
        let (address, secure) = (proxy.to_string(), !hops.is_empty());
        let route = Route { start, hops, proxy: Some(address.clone()) };
        Ok(Some(Self { route: Arc::new(route), address, after, secure }))
    }

    /// Where ways begin, as `tcp4:127.0.0.1:9001`: the peer, or a proxy.
    pub fn peer(&self) -> String {
        match &self.route.start {
            Start::Tcp(tcp) => tcp.peer(),
            Start::Unix(socket) => socket.peer(),
            Start::Quic(quic) => quic.peer(),
        }
    }

    /// Whether connections use TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Opens a connection.
    pub async fn dial(&self) -> Result<Stream, DialError> {
        let crossed = AtomicUsize::new(0);
        let opened = timeout(self.after, self.route.open(&crossed)).await;
        opened.unwrap_or_else(|_| {
            let at = self.route.stalled(crossed.load(Ordering::Relaxed));
            let proxy = self.route.proxy.clone().filter(|_| at != Stalled::Tls);
            let address = proxy.unwrap_or_else(|| self.address.clone());
            Err(DialError::Timeout { address, after: self.after, at })
        })
    }

    /// A refusal that only the first read reveals.
    pub(crate) fn late_refusal(&self, error: &io::Error) -> Option<DialError> {
        self.route.hops.iter().rev().find_map(|hop| hop.late_refusal(error))
    }
}

/// The hops through a proxy to a target.
async fn through(proxy: &Proxy, target: &Target) -> Result<Vec<Hop>, DialError> {
    let (host, port) = (&*target.host, target.port);
    Ok(match proxy.scheme {
        ProxyScheme::Http => vec![Hop::Connect(HttpTunnel::new(proxy, host, port))],
        ProxyScheme::Https => {
            vec![Hop::Tls(Tls::to_proxy(proxy, target)?), Hop::Connect(HttpTunnel::new(proxy, host, port))]
        }
        ProxyScheme::Socks5 | ProxyScheme::Socks5h => {
            vec![Hop::Socks(SocksTunnel::new(proxy, host, port, target.connect_timeout).await?)]
        }
    })
}

impl Route {
    /// Opens a connection, and counts the steps that are done: the start, then each hop.
    async fn open(&self, done: &AtomicUsize) -> Result<Stream, DialError> {
        let mut stream = self.start.open().await.map_err(|error| match &self.proxy {
            Some(proxy) => error.at_proxy(proxy.clone()),
            None => error,
        })?;
        done.store(1, Ordering::Relaxed);
        for hop in &self.hops {
            stream = hop.over(stream).await?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(stream)
    }

    /// What was waited for after so many steps.
    fn stalled(&self, done: usize) -> Stalled {
        match done.checked_sub(1).and_then(|at| self.hops.get(at)) {
            None if matches!(self.start, Start::Quic(_)) => Stalled::Quic,
            None => Stalled::Accept,
            Some(Hop::Tls(_)) if done == 1 && self.proxy.is_some() && self.hops.len() > 1 => Stalled::Tunnel,
            Some(Hop::Tls(_)) => Stalled::Tls,
            Some(Hop::Connect(_) | Hop::Socks(_)) => Stalled::Tunnel,
        }
    }
}

impl Start {
    async fn open(&self) -> Result<Stream, DialError> {
        match self {
            Self::Tcp(tcp) => tcp.open().await,
            Self::Unix(socket) => socket.open().await,
            Self::Quic(quic) => quic.open().await,
        }
    }
}

impl Hop {
    async fn over(&self, stream: Stream) -> Result<Stream, DialError> {
        match self {
            Self::Tls(tls) => tls.over(stream).await,
            Self::Connect(tunnel) => tunnel.over(stream).await,
            Self::Socks(tunnel) => tunnel.over(stream).await,
        }
    }

    fn late_refusal(&self, error: &io::Error) -> Option<DialError> {
        match self {
            Self::Tls(tls) => tls.late_refusal(error),
            Self::Connect(_) | Self::Socks(_) => None,
        }
    }
}

impl Target {
    /// Fails where TLS with it, or with its proxy, could not so much as begin: a file is missing, or is not what it should
    /// be.
    ///
    /// # Errors
    /// Says which file, or what else is wrong, and what to try.
    pub fn check_tls(&self) -> Result<(), TlsSetupError> {
        if self.http3 {
            quic::config(self)?;
        } else if self.secure {
            Tls::new(self)?;
        }
        match &self.proxy {
            Some(proxy) if proxy.scheme == ProxyScheme::Https => Tls::to_proxy(proxy, self).map(drop),
            _ => Ok(()),
        }
    }
}

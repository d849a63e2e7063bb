//! A tunnel through a SOCKS 5 proxy (RFC 1928).

use std::{io, net::SocketAddr, time::Duration};

use tokio_socks::{Error, TargetAddr, tcp::Socks5Stream};

use super::{DialError, ProxyDialError, tcp::Tcp};
use crate::{
    proxy::{Proxy, ProxyCredentials, ProxyScheme},
    stream::Stream,
    target::authority_of,
};

/// Asks a proxy for a tunnel to one target.
pub(super) struct SocksTunnel {
    /// The proxy, without credentials.
    proxy: String,
    /// The target as it was given.
    authority: String,
    /// The target as the proxy gets it.
    address: TargetAddr<'static>,
    credentials: Option<ProxyCredentials>,
}

impl SocksTunnel {
    /// Looks the target's name up, unless that is left to the proxy.
    pub(super) async fn new(
        proxy: &Proxy,
        host: &str,
        port: u16,
        after: Duration,
    ) -> Result<Self, DialError> {
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        let address = match proxy.scheme {
            ProxyScheme::Socks5h if !is_address => TargetAddr::Domain(host.to_owned().into(), port),
            _ => TargetAddr::Ip(first_address(host, port, after).await?),
        };
        Ok(Self {
            proxy: proxy.to_string(),
            authority: authority_of(host, port),
            address,
            credentials: proxy.credentials.clone(),
        })
    }

    /// The tunnel, once the proxy has opened it.
    pub(super) async fn over(&self, stream: Stream) -> Result<Stream, DialError> {
        let address = self.address.to_owned();
        let opened = match &self.credentials {
            None => Socks5Stream::connect_with_socket(stream, address).await,
            Some(ProxyCredentials { user, password }) => {
                Socks5Stream::connect_with_password_and_socket(stream, address, user, password).await
            }
        };
        opened.map(Socks5Stream::into_inner).map_err(|error| self.error(&error))
    }

    fn error(&self, error: &Error) -> DialError {
        let (proxy, authority) = (self.proxy.clone(), self.authority.clone());
        let refused =
            |why| ProxyDialError::Socks { proxy: self.proxy.clone(), authority: self.authority.clone(), why };
        match error {
            Error::NoAcceptableAuthMethods | Error::AuthorizationRequired | Error::PasswordAuthFailure(_) => {
                let given = self.credentials.is_some();
                ProxyDialError::Credentials { proxy, wants: None, given }
            }
            Error::GeneralSocksServerFailure => refused("general failure (1); it does not say why"),
            Error::ConnectionNotAllowedByRuleset => refused("its rules do not allow it (2)"),
            Error::NetworkUnreachable => refused("it cannot reach the network (3)"),
            Error::HostUnreachable => refused("it cannot reach the host (4); check the name or address"),
            Error::ConnectionRefused => refused("the server refused the connection (5); is it running?"),
            Error::TtlExpired => refused("the way to the server is too long (6)"),
            Error::CommandNotSupported => refused("it does not make connections (7)"),
            Error::AddressTypeNotSupported => refused(
                "it does not support this type of address (8); try socks5h:// for names, or an IPv4 address",
            ),
            Error::UnknownError => refused("it gave a reason that SOCKS 5 does not define"),
            Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                ProxyDialError::Closed { proxy, authority, how: "without an answer".into() }
            }
            Error::Io(error) => ProxyDialError::Closed { proxy, authority, how: error.to_string() },
            _ => ProxyDialError::NotSocks { proxy },
        }
        .into()
    }
}

async fn first_address(host: &str, port: u16, after: Duration) -> Result<SocketAddr, DialError> {
    let found = Tcp::resolve(host, port, after).await?;
    let none = || DialError::Resolve { host: host.to_owned(), why: "the name has none".into() };
    found.first().ok_or_else(none)
}

//! Where `wstest` listens.

use std::net::{IpAddr, SocketAddr};

use wsspec_runner::{ListenError, Listener, ServerTls, Target};

/// Listens on `address`, or without one on the host of `target`. A name other than `localhost` does not give an address
/// here: it is what clients call this machine.
pub async fn listen(
    target: &Target,
    address: Option<IpAddr>,
    tls: Option<ServerTls>,
) -> Result<Listener, ListenError> {
    let port = target.port;
    match address.or_else(|| target.host.parse().ok()) {
        Some(address) if address.is_loopback() => Listener::on_loopback(port, tls).await,
        None if target.host.eq_ignore_ascii_case("localhost") => Listener::on_loopback(port, tls).await,
        Some(address) if !address.is_unspecified() => {
            Listener::bind(&SocketAddr::from((address, port)).to_string(), tls).await
        }
        _ => Listener::on_every_address(port, tls).await,
    }
}

//! `NO_PROXY`: which targets do without a proxy, by curl's rules.

use std::net::IpAddr;

/// Hosts that are reached directly.
///
/// Names and addresses, with commas or spaces between them. A name, with or without a dot before it, also means all names
/// under it; an address may have a prefix length, as in `10.0.0.0/8`; `*` alone means every host. Ports do not count.
///
/// ```
/// use wsspec_runner::NoProxy;
///
/// let exempt = NoProxy::parse("internal.example, 10.0.0.0/8");
/// assert!(exempt.contains("chat.internal.example") && exempt.contains("10.1.2.3"));
/// assert!(!exempt.contains("example"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct NoProxy(Vec<Exemption>);

#[derive(Clone, Debug)]
enum Exemption {
    Everything,
    /// Without dots at its ends, in lower case.
    Name(String),
    /// The first bits of an address.
    Network(IpAddr, u32),
}

impl NoProxy {
    /// Reads the value of the variable. What is not a host matches nothing.
    pub fn parse(value: &str) -> Self {
        if value.trim() == "*" {
            return Self(vec![Exemption::Everything]);
        }
        let entries = value.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
        Self(entries.filter_map(exemption).collect())
    }

    /// Whether a host, without brackets, is reached directly.
    pub fn contains(&self, host: &str) -> bool {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let address = name.parse::<IpAddr>().ok();
        self.0.iter().any(|exemption| match (exemption, address) {
            (Exemption::Everything, _) => true,
            (Exemption::Name(own), None) => {
                name.strip_suffix(&**own).is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
            (Exemption::Network(network, bits), Some(address)) => {
                first_bits(*network, *bits) == first_bits(address, *bits)
            }
            _ => false,
        })
    }
}

/// Whether a host is this machine: a proxy elsewhere would look for it on its own.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        // RFC 6761, 6.3.
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

fn exemption(entry: &str) -> Option<Exemption> {
    let (host, bits) = entry.split_once('/').map_or((entry, None), |(host, bits)| (host, Some(bits)));
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match (bare.parse::<IpAddr>(), bits) {
        (Ok(address), bits) => {
            let whole = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(whole), str::parse).ok().filter(|bits| *bits <= whole)?;
            Some(Exemption::Network(address, bits))
        }
        (Err(_), None) => {
            let name = host.trim_matches('.').to_ascii_lowercase();
            (!name.is_empty()).then_some(Exemption::Name(name))
        }
        (Err(_), Some(_)) => None,
    }
}

/// Whether it is of IPv4, and its first bits.
fn first_bits(address: IpAddr, bits: u32) -> (bool, u128) {
    match address {
        IpAddr::V4(ip) => (true, u128::from(ip.to_bits()).checked_shr(32 - bits.min(32)).unwrap_or(0)),
        IpAddr::V6(ip) => (false, ip.to_bits().checked_shr(128 - bits.min(128)).unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(value: &str, host: &str) -> bool {
        NoProxy::parse(value).contains(host)
    }

    #[test]
    fn a_name_means_itself_and_all_under_it() {
        for value in ["example.com", ".example.com", "a,  EXAMPLE.com.", "b example.com"] {
            assert!(fits(value, "example.com") && fits(value, "www.Example.com."), "{value}");
            assert!(!fits(value, "notexample.com") && !fits(value, "com"), "{value}");
        }
        assert!(!fits("", "a") && !fits(".", "a") && !fits("10.0.0.1", "x10.0.0.1"));
    }

    #[test]
    fn an_address_may_have_a_prefix_length() {
        assert!(fits("192.168.0.0/16", "192.168.3.4") && !fits("192.168.0.0/16", "192.169.0.1"));
        assert!(fits("0.0.0.0/0", "8.8.8.8") && !fits("0.0.0.0/0", "::1"));
        assert!(fits("[fd00::]/8", "fd12::1") && fits("::1", "::1") && fits("fd00::/8", "fd12::1"));
        assert!(!fits("10.0.0.0/33", "10.0.0.0") && !fits("10.0.0.0/x", "10.0.0.0"));
        assert!(!fits("example.com/8", "example.com"));
    }

    #[test]
    fn only_a_star_alone_means_everything() {
        assert!(fits("*", "a") && fits(" * ", "::1"));
        assert!(!fits("a,*", "b") && !fits("*.com", "a.com"));
    }

    #[test]
    fn this_machine_has_many_names() {
        for host in ["localhost", "LOCALHOST.", "a.localhost", "127.1.2.3", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        assert!(!is_loopback("localhost.example") && !is_loopback("10.0.0.1"));
    }
}

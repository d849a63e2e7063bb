//! What the paths of requests mean.

/// The services, by the first part of their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SockJsService {
    Echo,
    Close,
    Disabled,
    Cookies,
}

impl SockJsService {
    /// The service of a path, and the rest of that.
    pub fn of(path: &str) -> Option<(Self, &str)> {
        let known = [
            ("/echo", Self::Echo),
            ("/close", Self::Close),
            ("/disabled_websocket_echo", Self::Disabled),
            ("/cookie_needed_echo", Self::Cookies),
        ];
        let (name, service) = known.into_iter().find(|(name, _)| {
            path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })?;
        Some((service, &path[name.len()..]))
    }
}

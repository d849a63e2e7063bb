//! Opens connections: a route begins with TCP and continues over one hop after another. Each failure has its own
//! sentence.

mod error;
mod tcp;
mod tls;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::timeout;

pub use self::error::DialError;
use self::{tcp::Tcp, tls::Tls};
use crate::{stream::Stream, target::Target};

/// Opens connections to one target.
#[derive(Clone)]
pub struct Dialer {
    route: Arc<Route>,
    /// Host and port, as errors name them.
    address: String,
    after: Duration,
}

/// How to reach a target.
struct Route {
    start: Tcp,
    hops: Vec<Hop>,
}

/// Turns a stream to one endpoint into a stream to the next.
enum Hop {
    Tls(Tls),
}

impl Dialer {
    /// Resolves the name and loads the files for TLS, once.
    pub async fn new(target: Arc<Target>) -> Result<Self, DialError> {
        let after = target.connect_timeout;
        let start = Tcp::resolve(&target.host, target.port, after).await?;
        let mut hops = Vec::new();
        if target.secure {
            hops.push(Hop::Tls(Tls::new(&target)?));
        }
        let address = format!("{}:{}", target.host, target.port);
        Ok(Self { route: Arc::new(Route { start, hops }), address, after })
    }

    /// The peer as `tcp4:127.0.0.1:9001`.
    pub fn peer(&self) -> String {
        self.route.start.peer()
    }

    /// Whether connections use TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.route.hops.iter().any(|hop| matches!(hop, Hop::Tls(_)))
    }

    /// Opens a connection.
    pub async fn dial(&self) -> Result<Stream, DialError> {
        let accepted = AtomicBool::new(false);
        let opened = timeout(self.after, self.route.open(&accepted)).await;
        opened.unwrap_or_else(|_| {
            let (address, accepted) = (self.address.clone(), accepted.load(Ordering::Relaxed));
            Err(DialError::Timeout { address, after: self.after, accepted })
        })
    }

    /// A refusal that only the first read reveals.
    pub(crate) fn late_refusal(&self, error: &io::Error) -> Option<DialError> {
        self.route.hops.iter().find_map(|hop| hop.late_refusal(error))
    }
}

impl Route {
    /// Opens a connection. Sets `accepted` once TCP is connected.
    async fn open(&self, accepted: &AtomicBool) -> Result<Stream, DialError> {
        let mut stream = self.start.open().await?;
        accepted.store(true, Ordering::Relaxed);
        for hop in &self.hops {
            stream = hop.over(stream).await?;
        }
        Ok(stream)
    }
}

impl Hop {
    async fn over(&self, stream: Stream) -> Result<Stream, DialError> {
        match self {
            Self::Tls(tls) => tls.over(stream).await,
        }
    }

    fn late_refusal(&self, error: &io::Error) -> Option<DialError> {
        match self {
            Self::Tls(tls) => tls.late_refusal(error),
        }
    }
}

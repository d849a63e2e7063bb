//! A client whose request head has arrived.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use wsspec_catalogue::Trial;
use wsspec_exchange::{Carrier, Exchange, Input, Moment, Outcome, Setup};
use wsspec_notation::escaped;
use wsspec_referee::ClientTls;
use wsspec_wire::{HeadBytes, HeadReader, RequestHead};

use super::answer;
use crate::{
    drive::{Driver, Measured},
    gate::{Gate, Gated},
    stream::Stream,
};

/// Maximum size of a request head, in bytes.
const HEAD_LIMIT: usize = HeadReader::LIMIT;
/// Length of the preface of HTTP/2 (RFC 9113, 3.4).
const PREFACE: usize = 24;
/// Bytes to read at once until the head is complete.
const READ_SIZE: usize = 2 << 10;
/// Bytes of a malformed head that are shown.
const SHOWN: usize = 60;
/// How long a client may take to read the last bytes, and to close its own side.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);
/// Bytes read and dropped at the end: unread ones would reset the connection and lose what was sent last.
const DRAIN_LIMIT: usize = 256 << 10;

/// A client whose request head has been read.
pub struct ClientConnection {
    stream: Stream,
    /// What its TLS ClientHello says; `None` without TLS.
    tls: Option<ClientTls>,
    bytes: HeadBytes,
    request: RequestHead,
    address: SocketAddr,
    carrier: Carrier,
}

impl fmt::Debug for ClientConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("request", &self.request).field("address", &self.address).finish()
    }
}

/// The result of a trial that was played to a client.
#[derive(Clone, Debug)]
pub struct PlayedTrial {
    /// Verdict and transcript; times count from the end of the request head.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
}

/// Why no request arrived.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IncomingError {
    /// The client sent nothing.
    #[error("the client said nothing within {after:?}")]
    Silent {
        /// The time limit.
        after: Duration,
    },
    /// The head was not complete in time.
    #[error("the client's request head did not end within {after:?}, after `{begun}`")]
    Slow {
        /// The time limit.
        after: Duration,
        /// The first bytes, escaped.
        begun: String,
    },
    /// The head was too long.
    #[error("the client's request head did not end within {limit} bytes; it began with `{begun}`")]
    Endless {
        /// The limit in bytes.
        limit: usize,
        /// The first bytes, escaped.
        begun: String,
    },
    /// The client closed the connection before its head was complete.
    #[error("the client ended the connection {}", before(begun))]
    Gone {
        /// The first bytes, escaped.
        begun: String,
    },
    /// It speaks HTTP/1.1 where the run is over HTTP/2.
    #[error(
        "the client {why}; the run is over HTTP/2, so start the client with HTTP/2, or test it over HTTP/1.1"
    )]
    NotHttp2 {
        /// What it does.
        why: String,
    },
    /// The TLS handshake failed.
    #[error("no TLS with the client: {why}")]
    Tls {
        /// Which check failed, and what to try.
        why: String,
    },
}

fn before(begun: &str) -> String {
    match begun {
        "" => "before it said anything".into(),
        begun => format!("within its request head, after `{begun}`"),
    }
}

impl ClientConnection {
    /// Reads a request head.
    pub(super) async fn read(
        mut stream: Stream,
        tls: Option<ClientTls>,
        address: SocketAddr,
        patience: Duration,
    ) -> Result<Self, IncomingError> {
        let mut reader = HeadReader::with_limit(HEAD_LIMIT);
        let read = timeout(patience, read_head(&mut stream, &mut reader)).await;
        let begun = escaped(&reader.pending()[..reader.pending().len().min(SHOWN)]);
        let error = match read {
            Ok(Ok(bytes)) => {
                let request = RequestHead::parse(&bytes.head);
                return Ok(Self { stream, tls, bytes, request, address, carrier: Carrier::Http1 });
            }
            Ok(Err(HeadFailure::Endless)) => IncomingError::Endless { limit: HEAD_LIMIT, begun },
            Ok(Err(HeadFailure::Gone)) => return Err(IncomingError::Gone { begun }),
            Err(_) if begun.is_empty() => IncomingError::Silent { after: patience },
            Err(_) => IncomingError::Slow { after: patience, begun },
        };
        let status = if matches!(error, IncomingError::Endless { .. }) {
            "431 Request Header Fields Too Large"
        } else {
            "408 Request Timeout"
        };
        respond(&mut stream, status, "text/plain; charset=utf-8", format!("{error}\n").as_bytes()).await;
        Err(error)
    }

    /// Reads the preface of HTTP/2 (RFC 9113, 3.4), on a connection that is all the trial's.
    pub(super) async fn begun(
        mut stream: Stream,
        tls: Option<ClientTls>,
        address: SocketAddr,
        patience: Duration,
    ) -> Result<Self, IncomingError> {
        let mut preface = [0; PREFACE];
        let rest = match timeout(patience, stream.read_exact(&mut preface)).await {
            Ok(Ok(_)) => Bytes::copy_from_slice(&preface),
            Ok(Err(_)) => return Err(IncomingError::Gone { begun: String::new() }),
            Err(_) => return Err(IncomingError::Silent { after: patience }),
        };
        let bytes = HeadBytes { head: Bytes::new(), rest };
        let request = RequestHead::parse(b"");
        Ok(Self { stream, tls, bytes, request, address, carrier: Carrier::Http2 })
    }

    /// A stream of HTTP/2 that begins with this request.
    pub(super) fn of_stream(
        stream: Stream,
        tls: Option<ClientTls>,
        address: SocketAddr,
        request: RequestHead,
    ) -> Self {
        let bytes = HeadBytes { head: Bytes::new(), rest: Bytes::new() };
        Self { stream, tls, bytes, request, address, carrier: Carrier::Http2 }
    }

    /// What carries it.
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// The request head; of a client of [`IncomingClient::request`](super::IncomingClient::request) over HTTP/2 it is still
    /// to come, and empty.
    pub fn request(&self) -> &RequestHead {
        &self.request
    }

    /// The client's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it asks for a WebSocket: it has an Upgrade field or is a CONNECT, whatever else is missing.
    pub fn wants_upgrade(&self) -> bool {
        match self.carrier {
            Carrier::Http1 => self.request.fields.get("Upgrade").is_some(),
            Carrier::Http2 | Carrier::Http3 => {
                self.request.method == "CONNECT" || self.request.fields.get(":protocol").is_some()
            }
            Carrier::Tcp => false,
        }
    }

    /// The connection, for another responder: the bytes of the head, and those that arrived after it.
    pub fn into_parts(self) -> (Stream, HeadBytes) {
        (self.stream, self.bytes)
    }

    /// Sends the response to an opening handshake. Returns the connection and the bytes that arrived after the request.
    pub async fn upgrade(self, response: &[u8]) -> Option<(Stream, Bytes)> {
        let Self { mut stream, bytes, .. } = self;
        stream.write_all(response).await.ok().map(|()| (stream, bytes.rest))
    }

    /// Plays a trial to the client, then ends the connection. The role in `setup` must be ours, the server's.
    pub async fn play(self, trial: &Arc<Trial>, setup: &Setup) -> PlayedTrial {
        self.play_measured(trial, setup, None).await
    }

    /// Like [`Self::play`], for a client whose process can be measured.
    pub(crate) async fn play_measured(
        self,
        trial: &Arc<Trial>,
        setup: &Setup,
        process: Option<Measured<'_>>,
    ) -> PlayedTrial {
        let (driver, mut exchange) = self.ready(trial, setup);
        let mut driver = driver.with_process(process);
        driver.drive(&mut exchange).await;
        played(driver, exchange).await
    }

    /// Like [`Self::play`], together with other connections of the client.
    pub(crate) async fn play_gated(self, trial: &Arc<Trial>, setup: &Setup, gate: &Gate) -> PlayedTrial {
        let (mut driver, exchange) = self.ready(trial, setup);
        let mut gated = Gated::new(exchange, gate);
        driver.drive(&mut gated).await;
        played(driver, gated.into_exchange()).await
    }

    /// The connection, and the exchange after it has received the request.
    fn ready<'w>(self, trial: &Arc<Trial>, setup: &Setup) -> (Driver<'w>, Exchange) {
        let Self { stream, tls, bytes, carrier, .. } = self;
        let limits = setup.limits.for_script(&trial.script);
        let driver = Driver::new(stream, limits);
        let mut exchange =
            Exchange::new(trial.clone(), Arc::new(Setup { limits, tls, carrier, ..setup.clone() }));
        for bytes in [&bytes.head, &bytes.rest].into_iter().filter(|bytes| !bytes.is_empty()) {
            exchange.receive(Input::Bytes(bytes), Moment::START);
        }
        (driver, exchange)
    }

    /// Sends an HTTP response, and ends the connection. `status` is code and reason: `404 Not Found`.
    pub async fn respond(mut self, status: &str, content_type: &str, body: &[u8]) {
        let body = if self.request.method == "HEAD" { &[] } else { body };
        if self.carrier == Carrier::Http2 {
            let answer = answer::answer(&mut self.stream, status, content_type, body);
            let _ = timeout(CLOSE_TIMEOUT + time_for(body), answer).await;
            return;
        }
        respond(&mut self.stream, status, content_type, body).await;
    }
}

/// Ends the connection of a finished exchange.
async fn played(driver: Driver<'_>, mut exchange: Exchange) -> PlayedTrial {
    let farewell = exchange.farewell();
    let outcome = exchange.finish("the run was cut short");
    let duration = driver.now();
    let mut stream = driver.into_stream();
    if let Some(bytes) = farewell {
        let _ = timeout(CLOSE_TIMEOUT, stream.write_all(&bytes)).await;
    }
    part(&mut stream).await;
    PlayedTrial { outcome, duration }
}

enum HeadFailure {
    Endless,
    Gone,
}

async fn read_head(stream: &mut Stream, reader: &mut HeadReader) -> Result<HeadBytes, HeadFailure> {
    let mut buffer = [0; READ_SIZE];
    loop {
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => reader.push(&buffer[..count]),
            Ok(0) | Err(_) => return Err(HeadFailure::Gone),
        }
        if let Some(found) = reader.take() {
            return found.map_err(|_| HeadFailure::Endless);
        }
    }
}

async fn respond(stream: &mut Stream, status: &str, content_type: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let all = Bytes::from([head.as_bytes(), body].concat());
    if let Ok(Ok(())) = timeout(CLOSE_TIMEOUT + time_for(body), stream.write_all(&all)).await {
        part(stream).await;
    }
}

/// The time limit for a body, at the minimum speed of 1 MiB per second.
fn time_for(body: &[u8]) -> Duration {
    Duration::from_secs(1 + (body.len() >> 20) as u64)
}

/// Closes our side, and reads what the client still sends: closing a connection with unread bytes resets it, which
/// loses what was sent last (RFC 9112, 9.6).
async fn part(stream: &mut Stream) {
    let goodbye = async {
        stream.shutdown().await?;
        let (mut buffer, mut dropped) = ([0; READ_SIZE], 0);
        while dropped < DRAIN_LIMIT {
            match stream.read(&mut buffer).await? {
                0 => break,
                count => dropped += count,
            }
        }
        Ok::<(), std::io::Error>(())
    };
    let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
}

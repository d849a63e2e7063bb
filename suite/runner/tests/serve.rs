//! Serving clients: what is played to them, and clients that never say what they want.

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring},
};
use tokio_tungstenite::{WebSocketStream, client_async, connect_async};
use wsspec_catalogue::{Catalogue, Filter, Plan, Trial};
use wsspec_exchange::Setup;
use wsspec_record::Verdict;
use wsspec_runner::{
    ClientConnection, IncomingClient, IncomingError, ListenError, Listener, PlayedTrial, ServerTls,
};
use wsspec_wire::Role;

/// Enough for a client on this machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// Enough to see that a client waits.
const IMPATIENCE: Duration = Duration::from_millis(30);

const PING: &str = "rfc6455/5.4/ping-between-fragments";

fn trial(id: &str) -> Arc<Trial> {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    Plan::new(&catalogue, &Filter::new(&[id], &[]).unwrap(), Role::Client, 0).trials.remove(0)
}

async fn listener() -> Listener {
    Listener::bind("127.0.0.1:0", None).await.unwrap()
}

async fn connected(listener: &Listener) -> (TcpStream, IncomingClient) {
    let (client, incoming) = tokio::join!(TcpStream::connect(listener.address()), listener.accept());
    (client.unwrap(), incoming)
}

/// The error for a client that sends `bytes` and then nothing.
async fn error(bytes: &[u8]) -> (IncomingError, String) {
    let (mut client, incoming) = connected(&listener().await).await;
    client.write_all(bytes).await.unwrap();
    let error = incoming.request(IMPATIENCE).await.unwrap_err();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    (error, answer)
}

/// Sends messages back until the connection closes.
async fn echo<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(mut socket: WebSocketStream<S>) {
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn play(connection: ClientConnection, id: &str) -> PlayedTrial {
    connection.play(&trial(id), &Setup::server()).await
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_listener_on_loopback_serves_no_other_address() {
    // On Linux, all of 127/8 is this machine.
    let other = |listener: &Listener| TcpStream::connect(("127.0.0.2", listener.address().port()));
    let loopback = Listener::on_loopback(0, None).await.unwrap();
    assert_eq!(other(&loopback).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
    let every = Listener::on_every_address(0, None).await.unwrap();
    other(&every).await.unwrap();
}

#[tokio::test]
async fn a_client_says_what_it_wants_and_is_played_that() {
    let listener = listener().await;
    let url = listener.url("/case/some?agent=me");
    let client = async {
        let (socket, _) = connect_async(url).await.unwrap();
        echo(socket).await;
    };
    let served = async {
        let connection = listener.accept().await.request(PATIENCE).await.unwrap();
        assert_eq!(connection.request().target, "/case/some?agent=me");
        assert!(connection.wants_upgrade());
        play(connection, PING).await
    };
    let (played, ()) = tokio::join!(served, client);
    assert_eq!(played.outcome.verdict, Verdict::Pass, "{:?}", played.outcome.transcript);
}

#[tokio::test]
async fn frames_in_the_segment_of_the_request_are_not_lost() {
    let listener = listener().await;
    let (mut client, incoming) = connected(&listener).await;
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    // Before the response, a client cannot know that the handshake has succeeded; the frame is unmasked, too.
    client.write_all(&[&request[..], b"\x89\x00"].concat()).await.unwrap();
    let played = play(incoming.request(PATIENCE).await.unwrap(), PING).await;
    let Verdict::Fail { failure } = played.outcome.verdict else { panic!("{:?}", played.outcome) };
    assert_eq!(failure.requirement, "rfc6455#5.1:1", "{failure:?}");
}

#[tokio::test]
async fn a_client_over_tls_is_played_the_same() {
    let tls = ServerTls::self_signed(&["localhost".into()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(tls.certificate().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let listener = Listener::bind("127.0.0.1:0", Some(tls)).await.unwrap();
    assert!(listener.url("/").starts_with("wss://127.0.0.1:"));
    let client = async {
        let tcp = TcpStream::connect(listener.address()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
        echo(client_async("wss://localhost/", stream).await.unwrap().0).await;
    };
    let served = async { play(listener.accept().await.request(PATIENCE).await.unwrap(), PING).await };
    let (played, ()) = tokio::join!(served, client);
    assert_eq!(played.outcome.verdict, Verdict::Pass, "{:?}", played.outcome.transcript);
}

#[tokio::test]
async fn what_is_no_websocket_is_answered_as_http_has_it() {
    let listener = listener().await;
    let (mut client, incoming) = connected(&listener).await;
    client.write_all(b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let connection = incoming.request(PATIENCE).await.unwrap();
    assert!(!connection.wants_upgrade());
    connection.respond("404 Not Found", "text/plain", b"no\n").await;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n")
    );
    assert!(answer.ends_with("\r\n\r\nno\n"), "{answer}");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_told_so() {
    let (why, answer) = error(b"").await;
    assert_eq!(why, IncomingError::Silent { after: IMPATIENCE });
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(answer.ends_with("the client said nothing within 30ms\n"), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_end_in_time_is_shown_escaped() {
    let (why, answer) = error(b"GET / \x1b]0;<b>\r\n").await;
    let text = "the client's request head did not end within 30ms, after `GET / \\x1B]0;<b>\\r\\n`";
    assert_eq!(why.to_string(), text);
    assert!(answer.contains("\r\nContent-Type: text/plain"), "{answer}");
}

#[tokio::test]
async fn a_head_without_end_is_not_read_for_ever() {
    let (mut client, incoming) = connected(&listener().await).await;
    let flood = async {
        let line = [b'a'; 4096];
        while client.write_all(&line).await.is_ok() {}
    };
    let (why, ()) = tokio::join!(incoming.request(PATIENCE), flood);
    assert!(matches!(why, Err(IncomingError::Endless { limit: 65_536, .. })), "{why:?}");
}

#[tokio::test]
async fn a_client_that_goes_early_is_gone() {
    let (client, incoming) = connected(&listener().await).await;
    drop(client);
    let why = incoming.request(PATIENCE).await.unwrap_err();
    assert_eq!(why.to_string(), "the client ended the connection before it said anything");
}

#[tokio::test]
async fn a_client_that_speaks_no_tls_is_told_of_ws() {
    let tls = ServerTls::self_signed(&["localhost".into()]).unwrap();
    let listener = Listener::bind("127.0.0.1:0", Some(tls)).await.unwrap();
    let (mut client, incoming) = connected(&listener).await;
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let why = incoming.request(PATIENCE).await.unwrap_err().to_string();
    assert!(
        why.ends_with("what it sends is not TLS; should it connect to ws:// instead of wss://?"),
        "{why}"
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let first = listener().await;
    let why = Listener::bind(&first.address().to_string(), None).await.unwrap_err();
    assert!(matches!(why, ListenError::Taken { address } if address == first.address()), "{why}");
    for bad in ["nonsense", "127.0.0.1", "127.0.0.1:99999"] {
        let why = Listener::bind(bad, None).await.unwrap_err().to_string();
        assert!(why.starts_with(&format!("`{bad}` is not an address to listen on: ")), "{why}");
    }
}

#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let missing = Path::new("/nowhere/cert.pem");
    let why = ServerTls::from_files(missing, missing).unwrap_err().to_string();
    assert!(why.starts_with("cannot read `/nowhere/cert.pem`: "), "{why}");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let why = ServerTls::from_files(&own, &own).unwrap_err().to_string();
    assert!(why.ends_with("Cargo.toml` is not a PEM file with certificates: it holds none"), "{why}");
}

//! Targets that cannot be tested: each gets its own sentence, and no trial is made up.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wsspec_peer::Flaw;
use wsspec_record::{PeerProfile, Verdict};
use wsspec_runner::{RunOptions, Target};

mod common;

use common::{Server, assert_all_pass, brief, drain, patient, plan, read_head, run, run_target, unfit};

const PING: &str = "rfc6455/5.5.2/ping";

/// Why a server cannot be tested.
async fn why(server: &Server, options: &RunOptions) -> String {
    let record = run(&server.url(), &plan(&[PING]), options).await;
    unfit(&record).to_owned()
}

#[tokio::test]
async fn nothing_listens() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let record = run(&format!("ws://{address}/"), &plan(&[PING]), &patient()).await;
    assert_eq!(
        unfit(&record),
        format!("nothing listens on {address}: connection refused; start the server, or check the port")
    );
    assert_eq!(record.peer, PeerProfile::default());
}

#[tokio::test]
async fn a_name_does_not_resolve() {
    let record = run("ws://nosuch.invalid:9001/", &plan(&[PING]), &patient()).await;
    let why = unfit(&record);
    assert!(why.starts_with("no address for `nosuch.invalid`: "), "{why}");
    assert!(why.ends_with("; check the name, or give an IP address"), "{why}");
}

#[tokio::test]
async fn a_connection_is_not_accepted_in_time() {
    // Fills the backlog of a listener that never accepts.
    let listener = tokio::net::TcpSocket::new_v4().unwrap();
    listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let _listener = listener.listen(0).unwrap();
    let _filling = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut target = Target::parse(&format!("ws://{address}/")).unwrap();
    target.connect_timeout = Duration::from_millis(100);
    let record = run_target(target, &plan(&[PING]), &brief()).await;
    assert_eq!(
        unfit(&record),
        format!(
            "{address} did not accept a connection within 100ms; check address and firewall, or raise \
             --connect-timeout"
        )
    );
}

/// Why the handshake failed with a server that sends `response`.
async fn refused(response: &'static [u8]) -> String {
    let server = Server::answering(response).await;
    why(&server, &patient()).await
}

#[tokio::test]
async fn a_page_is_no_websocket() {
    let page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<h1>Hello</h1>";
    assert_eq!(
        refused(page).await,
        "the server answered the opening handshake for `/` with 200 OK, not 101; check the path of the address; \
         the server says: \"<h1>Hello</h1>\""
    );
}

#[tokio::test]
async fn what_a_refusal_says_is_shown_in_part_and_escaped() {
    let said = refused(
        b"HTTP/1.1 400 No\r\nContent-Length: 61\r\n\r\n\r\n  No required SSL \x1b[31mcertificate\r\nwas sent",
    )
    .await;
    let expected = r#"; the server says: "No required SSL \x1B[31mcertificate\r\nwas sent""#;
    assert!(said.ends_with(expected), "{said}");
    let long = format!("HTTP/1.1 400 No\r\n\r\n{}", "a".repeat(300)).into_bytes();
    let said = refused(Box::leak(long.into_boxed_slice())).await;
    assert!(said.ends_with(&format!("; the server says: \"{}...\"", "a".repeat(200))), "{said}");
}

#[tokio::test]
async fn a_path_is_not_found() {
    let server = Server::answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    let record = run(&format!("{}chat?room=1", server.url()), &plan(&[PING]), &patient()).await;
    assert_eq!(
        unfit(&record),
        "the server answered the opening handshake for `/chat?room=1` with 404 Not Found, not 101; check the \
         path of the address"
    );
}

#[tokio::test]
async fn credentials_are_wanted() {
    assert_eq!(
        refused(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await,
        "the server answered the opening handshake for `/` with 401 Unauthorized, not 101; give credentials with \
         --user, --bearer or --header"
    );
}

#[tokio::test]
async fn another_address_is_named() {
    assert_eq!(
        refused(b"HTTP/1.1 302 Found\r\nLocation: https://else.where/\r\nContent-Length: 0\r\n\r\n").await,
        "the server answered the opening handshake for `/` with 302 Found (to `https://else.where/`), not 101; run \
         against the address it redirects to"
    );
}

#[tokio::test]
async fn an_upgrade_of_another_kind_is_wanted() {
    assert_eq!(
        refused(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n").await,
        "the server answered the opening handshake for `/` with 426 Upgrade Required, not 101; does it want a \
         subprotocol (--subprotocol) or a header field (--header)?"
    );
}

#[tokio::test]
async fn an_interim_response_is_not_the_answer() {
    assert_eq!(
        refused(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await,
        "the server answered the opening handshake for `/` with 403 Forbidden, not 101; does it want an Origin \
         (--origin) or credentials?"
    );
}

#[tokio::test]
async fn a_refusal_comes_with_what_was_sent_but_no_secrets() {
    let server = Server::answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    let mut target = Target::parse(&server.url()).unwrap();
    target.fields = vec![("Cookie".into(), "token=hidden".into())];
    let record = run_target(target, &plan(&["rfc6455/5.5.2"]), &brief()).await;
    let why = record.aborted.as_deref().unwrap();
    let sent = format!("; it was sent `Host: {}` and Cookie", server.address);
    assert!(why.ends_with(&sent) && !why.contains("hidden"), "{why}");
}

#[tokio::test]
async fn a_refusal_comes_with_the_host_that_was_sent_in_place_of_the_address() {
    let server = Server::answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    let mut target = Target::parse(&server.url()).unwrap();
    target.fields = vec![("host".into(), "front.example".into())];
    let record = run_target(target, &plan(&["rfc6455/5.5.2"]), &brief()).await;
    let why = record.aborted.as_deref().unwrap();
    let sent = "; it was sent `Host: front.example` and no field besides those of every handshake";
    assert!(why.ends_with(sent), "{why}");
}

#[tokio::test]
async fn a_server_accepts_and_says_nothing() {
    let server = Server::start(|mut stream, _| async move { drain(&mut stream).await }).await;
    assert_eq!(
        why(&server, &brief()).await,
        "there is no WebSocket server here: the opening handshake got no answer; check the port, and whether it \
         wants TLS (wss://)"
    );
    // One asks at once, the other later.
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_server_speaks_another_protocol() {
    let server = Server::start(|mut stream, _| async move {
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n").await;
        drain(&mut stream).await;
    })
    .await;
    assert_eq!(
        why(&server, &brief()).await,
        "there is no WebSocket server here: the opening handshake got no answer, after `220 mail.example \
         ESMTP\\r\\n`; check the port, and whether it wants TLS (wss://)"
    );
}

#[tokio::test]
async fn a_server_closes_at_once() {
    let server = Server::start(|stream, _| async move {
        let mut stream = stream;
        read_head(&mut stream).await;
    })
    .await;
    assert_eq!(
        why(&server, &brief()).await,
        "there is no WebSocket server here: the opening handshake was answered with the end of the stream; \
         check the port, and whether it wants TLS (wss://)"
    );
}

#[tokio::test]
async fn a_server_resets_at_once() {
    let server = Server::start(|mut stream, _| async move {
        let _ = stream.read_u8().await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    assert_eq!(
        why(&server, &brief()).await,
        "there is no WebSocket server here: the opening handshake was answered with a connection reset; check \
         the port, and whether it wants TLS (wss://)"
    );
}

#[tokio::test]
async fn garbage_is_no_response() {
    let server = Server::start(|mut stream, _| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"\x00\x01\xfe\x1b[2J\r\n\r\n").await;
    })
    .await;
    assert_eq!(
        why(&server, &brief()).await,
        "the server answered the opening handshake for `/` with a malformed status line, not 101; check the path of \
         the address"
    );
}

#[tokio::test]
async fn a_server_on_ipv6_is_tested_like_any_other() {
    let serve = |stream, _| common::serve_peer(stream, common::peer(None));
    let Some(server) = Server::start_v6(serve).await else { return };
    let record = run(&server.url(), &plan(&[PING]), &patient()).await;
    assert_all_pass(&record, 1);
    assert_eq!(record.target, format!("ws://{}/", server.address));
}

/// The rules that a run's failures name, and why the run went no further.
async fn broken(server: &Server, filter: &[&str]) -> (Vec<String>, Option<String>) {
    let record = run(&server.url(), &plan(filter), &brief()).await;
    let rules = record.trials.iter().filter_map(|trial| match &trial.verdict {
        Verdict::Fail { failure } => Some(failure.requirement.to_string()),
        _ => None,
    });
    let mut rules: Vec<_> = rules.collect();
    rules.dedup();
    (rules, record.aborted.clone())
}

#[tokio::test]
async fn a_malformed_status_line_is_a_failure() {
    let server = Server::peer(Some(Flaw::AnswersMalformedStatusLine)).await;
    let (rules, why) = broken(&server, &["rfc6455/4.2.2", "rfc6455/5.5.2"]).await;
    assert_eq!(rules, ["rfc6455#4.2.2:28"]);
    assert!(why.unwrap().contains("a malformed status line, not 101"));
    // Also if no trial is about it.
    assert_eq!(broken(&server, &["rfc6455/5.5.2"]).await.0, ["rfc6455#4.2.2:28"]);
}

#[tokio::test]
async fn a_malformed_status_line_of_a_refusal_is_a_failure_where_that_is_asked_for() {
    let server = Server::answering(b"HTTP/1.1 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(broken(&server, &["rfc6455/4.2.2"]).await.0, ["rfc6455#4.2.2:49"]);
    assert_eq!(broken(&server, &["rfc6455/5.5.2"]).await.0, [""; 0]);
}

#[tokio::test]
async fn frames_before_the_response_are_a_failure() {
    for flaw in [Flaw::SpeaksBeforeHandshake, Flaw::SpeaksBeforeRequest] {
        let server = Server::peer(Some(flaw)).await;
        assert_eq!(broken(&server, &["rfc6455/4.2.2"]).await.0, ["rfc6455#4.2.2:42"], "{flaw}");
        assert_eq!(broken(&server, &["rfc6455/5.5.2"]).await.0, ["rfc6455#4.2.2:42"], "{flaw}");
    }
}

#[tokio::test]
async fn garbage_before_the_response_is_a_failure() {
    let server = Server::start(|mut stream, _| async move {
        let response = common::accepting(&mut stream, b"babbling").await;
        let _ = stream.write_all(&[b"welcome\r\n", &response[..]].concat()).await;
        drain(&mut stream).await;
    })
    .await;
    assert_eq!(broken(&server, &["rfc6455/4.2.2/valid-handshake"]).await.0, ["rfc6455#4.2.2:28"]);
}

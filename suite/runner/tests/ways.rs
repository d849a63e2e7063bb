//! Ways to a server that are not TCP alone: Unix sockets, and proxies, which fail in many ways, each with its sentence.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use wsspec_record::Record;
use wsspec_runner::{Proxy, Target};

mod common;

use common::{Server, assert_all_pass, brief, patient, plan, read_head, run, run_target, unfit};

const PING: &str = "rfc6455/5.5.2/ping";
/// What no output may show.
const SECRET: &str = "hush";

/// A target behind a proxy that has user and password.
fn through(proxy: &Server, scheme: &str, url: &str) -> Target {
    let mut target = Target::parse(url).unwrap();
    let address = format!("{scheme}://me:{SECRET}@{}", proxy.address);
    target.proxy = Some(Proxy::parse(&address).unwrap());
    target
}

/// The record of a run, in which no credentials are.
async fn ping(target: Target) -> Arc<Record> {
    let record = run_target(target, &plan(&[PING]), &patient()).await;
    let text = format!("{record:?}");
    assert!(!text.contains(SECRET) && !text.contains("bWU6aHVzaA=="), "{text}");
    record
}

/// Why there is no way through an HTTP proxy that gives this answer to CONNECT and hangs up.
async fn refused(answer: &'static [u8]) -> String {
    let proxy = Server::answering(answer).await;
    let record = ping(through(&proxy, "http", "ws://192.0.2.1:9001/")).await;
    unfit(&record).replace(&proxy.address.to_string(), "PROXY")
}

/// Passes everything on, both ways.
async fn relay(mut client: TcpStream, to: &str) {
    if let Ok(mut server) = TcpStream::connect(to).await {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

/// An HTTP proxy, and the heads that it gets.
async fn http_proxy(seen: Arc<Mutex<Vec<String>>>) -> Server {
    Server::start(move |mut client, _| {
        let seen = seen.clone();
        async move {
            let head = String::from_utf8(read_head(&mut client).await).unwrap();
            let authority = head.split(' ').nth(1).unwrap_or_default().to_owned();
            seen.lock().unwrap().push(head);
            let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
            client.write_all(interim).await.unwrap();
            client.write_all(b"HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n").await.unwrap();
            relay(client, &authority).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_server_is_tested_through_an_http_proxy() {
    let server = Server::peer(None).await;
    let seen = Arc::default();
    let proxy = http_proxy(Arc::clone(&seen)).await;
    let plan = plan(&["rfc6455/5.5.2", "rfc6455/5.4/two-fragments", "rfc6455/7.1.1"]);
    let record = run_target(through(&proxy, "http", &server.url()), &plan, &patient()).await;
    assert_all_pass(&record, plan.trials.len());
    assert_eq!(record.target, server.url());
    let address = server.address;
    let expected = format!(
        "CONNECT {address} HTTP/1.1\r\nHost: {address}\r\nProxy-Authorization: Basic bWU6aHVzaA==\r\n\r\n"
    );
    assert!(seen.lock().unwrap().iter().all(|head| *head == expected), "{seen:?}");
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_is_told() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut target = Target::parse("ws://192.0.2.1/").unwrap();
    target.proxy = Some(Proxy::parse(&format!("http://me:{SECRET}@{address}")).unwrap());
    let record = ping(target).await;
    assert_eq!(
        unfit(&record),
        format!(
            "the proxy `http://{address}` cannot be reached: connection refused; check --proxy or ALL_PROXY"
        )
    );
    let mut target = Target::parse("ws://192.0.2.1/").unwrap();
    target.proxy = Some(Proxy::parse("nosuch.invalid:1").unwrap());
    let record = ping(target).await;
    let why = unfit(&record);
    assert!(why.starts_with("the proxy `http://nosuch.invalid:1` cannot be reached: no address"), "{why}");
}

#[tokio::test]
async fn a_proxy_that_demands_credentials_is_told() {
    assert_eq!(
        refused(b"HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm=\"\xff\"\r\n\r\n").await,
        "the proxy `http://PROXY` does not accept the given user and password (Basic realm=\\\"\\xFF\\\")"
    );
    let proxy = Server::answering(b"HTTP/1.1 407 X\r\n\r\n").await;
    let mut target = Target::parse("ws://192.0.2.1/").unwrap();
    target.proxy = Some(Proxy::parse(&proxy.address.to_string()).unwrap());
    let record = ping(target).await;
    assert_eq!(
        unfit(&record),
        format!(
            "the proxy `http://{}` demands credentials; give them as in --proxy http://USER:PASSWORD@HOST:PORT",
            proxy.address
        )
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_with_what_it_says() {
    assert_eq!(
        refused(b"HTTP/1.1 403 Forbidden\r\n\r\n\r\n<?xml version=\"1.0\"?>\r\n<!DOCTYPE html>\n<b>No \x1b[31m\xff!</b>\r\n<p>more").await,
        "the proxy `http://PROXY` answered CONNECT 192.0.2.1:9001 with 403 Forbidden; its rules may not allow this host \
         or port; it says: \"<b>No \\x1B[31m\\xFF!</b>\""
    );
    assert_eq!(
        refused(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await,
        "the proxy `http://PROXY` answered CONNECT 192.0.2.1:9001 with 502 Bad Gateway; it could not reach the server"
    );
    assert_eq!(
        refused(b"HTTP/1.1 302\r\nLocation: /\r\n\r\n").await,
        "the proxy `http://PROXY` answered CONNECT 192.0.2.1:9001 with 302; redirects of CONNECT are not followed"
    );
}

#[tokio::test]
async fn a_web_server_is_not_a_proxy() {
    assert_eq!(
        refused(b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<h1>Hello</h1>").await,
        "`http://PROXY` answered CONNECT with a page, not a tunnel; it may be a web server and not a proxy; it says: \
         \"<h1>Hello</h1>\""
    );
    let typed = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nHello";
    assert!(refused(typed).await.contains("with a page"));
    let tunnel = refused(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").await;
    assert!(!tunnel.contains("with a page"), "a client ignores the length of a tunnel: {tunnel}");
    assert_eq!(
        refused(b"\x15\x03\x01\x00\x02\x02\x46").await,
        "the answer of `http://PROXY` to CONNECT is not HTTP: it begins with `\\x15\\x03\\x01\\0\\x02\\x02F`; is this the \
         port of an HTTP proxy?"
    );
    assert_eq!(
        refused(b"").await,
        "the proxy `http://PROXY` closed the connection instead of opening a tunnel to 192.0.2.1:9001: without an answer"
    );
}

#[tokio::test]
async fn a_proxy_that_says_nothing_or_does_not_end_is_given_up() {
    let silent = Server::start(|stream, _| async move {
        let _stream = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let mut target = through(&silent, "http", "ws://192.0.2.1/");
    target.connect_timeout = std::time::Duration::from_millis(100);
    let record = run_target(target, &plan(&[PING]), &brief()).await;
    assert_eq!(
        unfit(&record),
        format!(
            "the proxy `http://{}` accepted a connection, but did not open a tunnel within 100ms; is this the port of \
             such a proxy? If it is slow, raise --connect-timeout",
            silent.address
        )
    );
    let endless = Server::start(|mut stream, _| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(&[b'x'; 1024]).await.is_ok() {}
    })
    .await;
    let record = ping(through(&endless, "http", "ws://192.0.2.1/")).await;
    let why = unfit(&record);
    assert!(why.contains("to CONNECT is not HTTP: it begins with `HTTP/1.1 200 OK"), "{why}");
}

/// A SOCKS 5 proxy with user and password that gives this reply code, and the addresses that it is asked for.
async fn socks_proxy(reply: u8, asked: Arc<Mutex<Vec<Vec<u8>>>>) -> Server {
    Server::start(move |mut client, _| {
        let asked = asked.clone();
        async move {
            let mut greeting = [0; 2];
            client.read_exact(&mut greeting).await.unwrap();
            client.read_exact(&mut vec![0; usize::from(greeting[1])]).await.unwrap();
            client.write_all(&[5, 2]).await.unwrap();
            client.read_exact(&mut vec![0; 3 + 2 + SECRET.len()]).await.unwrap();
            client.write_all(&[1, 0]).await.unwrap();
            let mut head = [0; 4];
            client.read_exact(&mut head).await.unwrap();
            let length = match head[3] {
                1 => 4,
                _ => usize::from(client.read_u8().await.unwrap()),
            };
            let mut address = vec![0; length];
            client.read_exact(&mut address).await.unwrap();
            let port = client.read_u16().await.unwrap();
            asked.lock().unwrap().push(address.clone());
            client.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            if reply == 0 {
                relay(client, &format!("127.0.0.1:{port}")).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_server_is_tested_through_a_socks_proxy() {
    let server = Server::peer(None).await;
    for (scheme, host, expected) in [
        ("socks5", "127.0.0.1", &[127, 0, 0, 1][..]),
        ("socks5h", "localhost", b"localhost"),
        ("socks5h", "127.0.0.1", &[127, 0, 0, 1]),
    ] {
        let asked = Arc::default();
        let proxy = socks_proxy(0, Arc::clone(&asked)).await;
        let url = format!("ws://{host}:{}/", server.address.port());
        let record = ping(through(&proxy, scheme, &url)).await;
        assert_all_pass(&record, 1);
        assert!(
            asked.lock().unwrap().iter().all(|address| address == expected),
            "{scheme} {host}: {asked:?}"
        );
    }
}

#[tokio::test]
async fn what_a_socks_proxy_refuses_is_told() {
    let said = async |reply| {
        let proxy = socks_proxy(reply, Arc::default()).await;
        let record = ping(through(&proxy, "socks5", "ws://192.0.2.1:9001/")).await;
        unfit(&record).replace(&proxy.address.to_string(), "PROXY")
    };
    let did_not = "the proxy `socks5://PROXY` did not connect to 192.0.2.1:9001: ";
    for (reply, why) in [
        (1, "general failure (1); it does not say why"),
        (2, "its rules do not allow it (2)"),
        (3, "it cannot reach the network (3)"),
        (4, "it cannot reach the host (4); check the name or address"),
        (5, "the server refused the connection (5); is it running?"),
        (6, "the way to the server is too long (6)"),
        (7, "it does not make connections (7)"),
        (8, "it does not support this type of address (8); try socks5h:// for names, or an IPv4 address"),
    ] {
        assert_eq!(said(reply).await, format!("{did_not}{why}"));
    }
}

#[tokio::test]
async fn what_is_not_a_socks_proxy_is_told() {
    let said = async |answer: &'static [u8]| {
        let proxy = Server::start(move |mut stream, _| async move {
            stream.read_exact(&mut [0; 4]).await.unwrap();
            let _ = stream.write_all(answer).await;
        })
        .await;
        let record = ping(through(&proxy, "socks5", "ws://192.0.2.1:9001/")).await;
        unfit(&record).replace(&proxy.address.to_string(), "PROXY")
    };
    assert_eq!(
        said(b"HTTP/1.1 400 Bad Request\r\n\r\n").await,
        "`socks5://PROXY` does not answer as SOCKS 5 has it; is it an HTTP proxy (http://)?"
    );
    assert_eq!(
        said(b"\x05\xff").await,
        "the proxy `socks5://PROXY` does not accept the given user and password"
    );
    assert_eq!(
        said(b"").await,
        "the proxy `socks5://PROXY` closed the connection instead of opening a tunnel to 192.0.2.1:9001: without an \
         answer"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_is_tested_over_a_unix_socket() {
    let path = std::env::temp_dir().join(format!("wsspec-ways-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let url = format!("ws+unix://{}:/chat?x=1", path.display());
    let record = run(&url, &plan(&[PING]), &patient()).await;
    assert_eq!(
        unfit(&record),
        format!("there is no socket `{}`; start the server, or check the path", path.display())
    );
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(common::serve_peer(stream, common::peer(None)));
        }
    });
    let plan = plan(&["rfc6455/5.5.2", "rfc6455/5.4/two-fragments", "rfc6455/7.1.1"]);
    let record = run(&url, &plan, &patient()).await;
    assert_all_pass(&record, plan.trials.len());
    assert_eq!(record.target, url);
    serving.abort();
    let _ = serving.await;
    let record = run(&url, &plan, &patient()).await;
    assert_eq!(
        unfit(&record),
        format!(
            "nothing listens on `{}`: connection refused; start the server, or check the path",
            path.display()
        )
    );
    std::fs::remove_file(&path).unwrap();
}

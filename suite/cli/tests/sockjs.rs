//! `wsspec run --protocol sockjs`: the embedded server, a server with a flaw, and servers that cannot be tested.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;
use wsspec_peer::{PeerOutput, SockJsFlaw, SockJsServer, WebServer};

mod common;

use common::{code, folder, stderr, stdout, unwrapped, wsspec};

/// A server on a free port that does this with each connection, which has a number.
fn server(serve: impl Fn(u32, TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for (number, stream) in (1..).zip(listener.incoming().flatten()) {
            let serve = serve.clone();
            thread::spawn(move || serve(number, stream));
        }
    });
    address
}

/// A server of SockJS with a flaw.
fn flawed(flaw: SockJsFlaw) -> String {
    let shared = Arc::new(Mutex::new((SockJsServer::new(Some(flaw)), HashMap::<u32, TcpStream>::new())));
    server(move |number, mut stream| {
        shared.lock().unwrap().1.insert(number, stream.try_clone().unwrap());
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            let mut shared = shared.lock().unwrap();
            shared.0.receive(number, &buffer[..count]);
            for (to, output) in shared.0.take() {
                let Some(stream) = shared.1.get_mut(&to) else { continue };
                let _ = match output {
                    PeerOutput::Write(octets) => stream.write_all(&octets),
                    PeerOutput::Close | PeerOutput::Reset => stream.shutdown(std::net::Shutdown::Both),
                };
            }
        }
        let mut shared = shared.lock().unwrap();
        shared.0.end(number);
        shared.1.remove(&number);
    })
}

#[test]
fn the_embedded_server_conforms() {
    let dir = folder("sockjs-embedded");
    let args = ["run", "--protocol", "sockjs", "--exclude", "tag:slow", "--json", "record.json"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
    let trials = record["trials"].as_array().unwrap();
    assert!(trials.len() >= 180, "{}", trials.len());
    assert!(trials.iter().all(|trial| trial["verdict"]["kind"] == "pass"), "{}", stdout(&output));
    assert_eq!(record["peer"]["sockjs"]["cookies"], true);
    let again = wsspec(&dir, &["report", "record.json"]);
    assert_eq!((code(&again), stdout(&again)), (0, stdout(&output)));
}

#[test]
fn a_failure_names_the_rule_that_is_broken() {
    let url = format!("http://{}/echo", flawed(SockJsFlaw::NotEscaped));
    let output = wsspec(
        &folder("sockjs-flawed"),
        &["run", "--protocol", "sockjs", &url, "sockjs/0.3.encoding/escaped"],
    );
    let text = unwrapped(stdout(&output));
    assert_eq!(code(&output), 1, "{text}");
    assert!(text.contains("FAIL 1 trial breaks sockjs#0.3.encoding:1"), "{text}");
    assert!(text.contains("the character U+200C is not sent as an escape"), "{text}");
}

#[test]
fn what_is_missing_is_named() {
    let web = server(|_, mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    });
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (address, why) in [
        (
            web,
            "there is no SockJS service that sends messages back at /echo: expected a 200 response, got a 404 response",
        ),
        (gone, "connection refused"),
    ] {
        let url = format!("http://{address}");
        let output = wsspec(&folder("sockjs-missing"), &["run", "--protocol", "sockjs", &url]);
        let text = unwrapped(stdout(&output));
        assert!(code(&output) == 3 && text.contains(why), "{}: {text}", code(&output));
    }
}

#[test]
fn options_of_stomp_are_refused() {
    let args = ["run", "--protocol", "sockjs", "--login", "me", "http://127.0.0.1:1"];
    let output = wsspec(&folder("sockjs-options"), &args);
    assert!(
        code(&output) == 2 && stderr(&output).contains("--login is for --protocol stomp"),
        "{}",
        stderr(&output)
    );
}

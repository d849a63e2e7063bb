//! `wsspec lint`: what it finds in captures, where reports say that it is, and how it exits.

mod common;

use std::{fs, path::Path};

use common::{code, folder, stderr, stdout, unwrapped, wsspec};

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A capture of raw IP (link type 101) with these payloads of a client (port 40000) and a server (port 9001).
fn capture(dir: &Path, name: &str, payloads: &[(bool, &[u8])]) {
    let mut file = Vec::new();
    for number in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x4_0000, 101] {
        file.extend_from_slice(&u32::to_le_bytes(number));
    }
    let mut next = [1000_u32, 2000];
    for (is_client, payload) in payloads {
        let (own, other) = if *is_client { (0, 1) } else { (1, 0) };
        let (addresses, ports) = ([[10, 0, 0, 1], [10, 0, 0, 2]], [40000_u16, 9001]);
        let length = u16::try_from(40 + payload.len()).unwrap();
        let mut packet = vec![0x45, 0];
        packet.extend(length.to_be_bytes());
        packet.extend([0, 0, 0, 0, 64, 6, 0, 0]);
        packet.extend([addresses[own], addresses[other]].concat());
        packet.extend([ports[own].to_be_bytes(), ports[other].to_be_bytes()].concat());
        packet.extend([next[own].to_be_bytes(), next[other].to_be_bytes()].concat());
        packet.extend([0x50, 0x10, 1, 0, 0, 0, 0, 0]);
        packet.extend_from_slice(payload);
        next[own] += u32::try_from(payload.len()).unwrap();
        for number in [1, 0, u32::from(length), u32::from(length)] {
            file.extend_from_slice(&u32::to_le_bytes(number));
        }
        file.extend(packet);
    }
    fs::write(dir.join(name), file).unwrap();
}

const OPENING: [(bool, &[u8]); 2] = [(true, REQUEST), (false, ACCEPTED)];

#[test]
fn a_fault_is_named_with_its_packet_in_every_report() {
    let dir = folder("lint/fault");
    capture(&dir, "a.pcap", &[&OPENING[..], &[(false, b"\x81\x82\x01\x02\x03\x04hi")]].concat());
    let output = wsspec(&dir, &["lint", "a.pcap", "--json", "lint.json", "--sarif", "lint.sarif"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 1, "{text}{}", stderr(&output));
    assert!(text.starts_with("packet 3, connection 1, 0.000 s: the server breaks rfc6455#5.1:5: "), "{text}");
    assert!(text.contains("The servers break 1 MUST:\n"), "{text}");
    assert!(text.contains("The clients break no MUST in what was seen.\n"), "{text}");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("lint.json")).unwrap()).unwrap();
    let trial = &json["trials"][0];
    let place = (&trial["id"], &trial["file"], &trial["line"]);
    assert_eq!(place, (&"lint/5.1/masked-frame-5".into(), &"a.pcap".into(), &3.into()));
    let sarif: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("lint.sarif")).unwrap()).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a.pcap");
    assert_eq!(place["region"]["startLine"], 3);
    let report = wsspec(&dir, &["report", "lint.json"]);
    assert!(unwrapped(stdout(&report)).contains("wsspec lint a.pcap"), "{}", stdout(&report));
}

#[test]
fn a_clean_capture_ends_with_0_and_one_without_websockets_with_3() {
    let dir = folder("lint/clean");
    capture(&dir, "clean.pcap", &[&OPENING[..], &[(false, b"\x81\x02hi")]].concat());
    let output = wsspec(&dir, &["lint", "clean.pcap"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert!(stdout(&output).contains("1 connection, 1 of them WebSocket; 0 frames of clients, 1 of servers"));
    capture(&dir, "tls.pcap", &[(true, b"\x16\x03\x01\x02\x00"), (false, b"\x16\x03\x03")]);
    let output = wsspec(&dir, &["lint", "tls.pcap"]);
    assert_eq!(code(&output), 3, "{}", stdout(&output));
}

#[test]
fn a_bad_file_is_named_and_the_others_are_judged() {
    let dir = folder("lint/bad");
    capture(&dir, "good.pcap", &OPENING);
    fs::write(dir.join("bad.pcap"), "no capture, but long enough to be looked at").unwrap();
    let output = wsspec(&dir, &["lint", "missing.pcap", "bad.pcap", "good.pcap"]);
    assert_eq!(code(&output), 2, "{}", stdout(&output));
    assert!(stdout(&output).contains("The servers break no MUST in what was seen."), "{}", stdout(&output));
    assert!(stderr(&output).contains("error: `missing.pcap`: "), "{}", stderr(&output));
    assert!(stderr(&output).contains("error: `bad.pcap`: it is not a capture"), "{}", stderr(&output));
}

#[test]
fn the_opening_handshakes_of_a_har_are_judged() {
    let dir = folder("lint/har");
    let field = |name: &str, value: &str| serde_json::json!({ "name": name, "value": value });
    let har = serde_json::json!({ "log": { "version": "1.2", "entries": [{
        "request": { "method": "GET", "url": "ws://a:1/chat", "httpVersion": "HTTP/1.1", "headers": [
            field("Connection", "Upgrade"), field("Host", "a:1"), field("Upgrade", "websocket"),
            field("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), field("Sec-WebSocket-Version", "13"),
        ] },
        "response": { "status": 101, "statusText": "Switching Protocols", "headers": [
            field("Connection", "Upgrade"), field("Upgrade", "websocket"), field("Sec-WebSocket-Accept", "wrong"),
        ] },
        "_webSocketMessages": [],
    }] } });
    fs::write(dir.join("a.har"), har.to_string()).unwrap();
    let output = wsspec(&dir, &["lint", "a.har"]);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("The servers break 1 MUST:\n"), "{}", stdout(&output));
    assert!(stdout(&output).contains("The clients break no MUST in what was seen."), "{}", stdout(&output));
    assert!(stdout(&output).contains("not judged: connections of a HAR"), "{}", stdout(&output));
}

#[test]
fn a_record_is_judged_again_and_what_has_changed_is_named() {
    let dir = folder("lint-record");
    let run = ["run", "embedded", "rfc6455/5.5.2", "rfc6455/5.4", "--payloads", "--json", "record.json"];
    let output = wsspec(&dir, &run);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let output = wsspec(&dir, &["lint", "record.json"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let text = unwrapped(stdout(&output));
    assert!(text.contains("judged again, 0 with another verdict"), "{text}");
    let record = fs::read_to_string(dir.join("record.json")).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let trials = record["trials"].as_array_mut().unwrap();
    let trial = trials.iter_mut().find(|trial| trial["id"] == "rfc6455/5.5.2/ping").unwrap();
    let is_pong = |entry: &&mut serde_json::Value| {
        entry["event"] == "received" && entry["text"].as_str().unwrap().starts_with("pong")
    };
    let pong = trial["transcript"].as_array_mut().unwrap().iter_mut().find(is_pong).unwrap();
    pong["text"] = format!("{} +rsv3", pong["text"].as_str().unwrap()).into();
    fs::write(dir.join("changed.json"), record.to_string()).unwrap();
    let output = wsspec(&dir, &["lint", "changed.json", "--json", "again.json"]);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    let text = unwrapped(stdout(&output));
    assert!(text.contains("rfc6455/5.5.2/ping: pass, now fail by rfc6455#5.2:"), "{text}");
    let again: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("again.json")).unwrap()).unwrap();
    let trial = again["trials"].as_array().unwrap().iter().find(|trial| trial["id"] == "rfc6455/5.5.2/ping");
    assert_eq!(trial.unwrap()["verdict"]["kind"], "fail");
}

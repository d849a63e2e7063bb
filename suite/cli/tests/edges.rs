//! Campaigns against a server that counts the edges of its code, as people call them.
//!
//! The server is this test itself, started again with a port in its environment; an edge is a byte that it has read.

#![cfg(unix)]

use std::{
    env,
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
    process::Output,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use wsspec_runner::EmbeddedServer;

mod common;
#[path = "common/peer.rs"]
mod peer;

use common::{code, folder, stderr, stdout, wsspec};
use peer::started;

const PORT: &str = "WSSPEC_TEST_PORT";
/// How many edges the server has.
const EDGES: u32 = 256;

/// The file in which the server counts.
fn map() -> Option<File> {
    let path = env::var_os("WSSPEC_EDGES")?;
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap();
    file.set_len(16 + u64::from(EDGES)).unwrap();
    file.write_all_at(&EDGES.to_ne_bytes(), 8).unwrap();
    file.write_all_at(b"wsspecE1", 0).unwrap();
    Some(file)
}

fn count(map: &File, byte: u8) {
    let (mut counter, place) = ([0], 16 + u64::from(byte));
    map.read_exact_at(&mut counter, place).unwrap();
    map.write_all_at(&[counter[0].wrapping_add(1)], place).unwrap();
}

/// Not a test but a server.
#[tokio::test]
#[ignore = "the server that the tests start"]
async fn serves_and_counts() {
    let Some(port) = env::var(PORT).ok().and_then(|port| port.parse::<u16>().ok()) else { return };
    let server = EmbeddedServer::start().unwrap();
    let to = server.url().trim_start_matches("ws://").trim_end_matches('/').to_owned();
    let map: &'static Option<File> = Box::leak(Box::new(map()));
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (mut from_client, mut to_client) = stream.into_split();
        let (mut from_server, mut to_server) = TcpStream::connect(&to).await.unwrap().into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
        tokio::spawn(async move {
            let mut buffer = vec![0; 16 << 10];
            while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
                map.iter().for_each(|map| buffer[..count].iter().for_each(|byte| self::count(map, *byte)));
                if to_server.write_all(&buffer[..count]).await.is_err() {
                    break;
                }
            }
        });
    }
}

fn fuzz(dir: &Path, args: &[&str]) -> Output {
    wsspec(dir, &[&["fuzz"], args].concat())
}

fn record(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("wsspec-fuzz/campaign.json")).unwrap()).unwrap()
}

#[test]
fn a_server_that_is_started_counts_its_edges_and_a_campaign_goes_on_with_them() {
    let dir = folder("edges/counted");
    let server = started("serves_and_counts", &[(PORT, "{port}")]);
    let output = fuzz(&dir, &["--spawn", &server, "--sessions", "700", "--seed", "1"]);
    let edges = record(&dir)["edges"].clone();
    let reached = edges["reached"].as_u64().unwrap();
    let line = format!("\n  {reached} of {EDGES} edges of the server's code\n");
    assert!(stdout(&output).contains(&line), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(edges["of"], EDGES);
    // Every byte of a random masking key is one.
    assert!(reached > 200, "{edges}");
    fuzz(&dir, &["--spawn", &server, "--sessions", "1", "--quiet"]);
    assert!(record(&dir)["edges"]["reached"].as_u64().unwrap() >= reached);
}

#[test]
fn a_file_that_is_not_a_map_is_named_and_the_campaign_goes_on() {
    let dir = folder("edges/unusable");
    let table: [(&[u8], &str); 2] = [
        (b"wsspecE9\x01\0\0\0\0\0\0\0\x01", "begins with \"wsspecE9\", not \"wsspecE1\""),
        (b"wsspecE1\x09\0\0\0\0\0\0\0\x01", "has 17 bytes; its header says 9 edges, which take 25"),
    ];
    for (content, said) in table {
        fs::write(dir.join("map"), content).unwrap();
        let output = fuzz(&dir, &["--edges", "map", "--sessions", "100", "--seed", "1", "--quiet"]);
        let text = stderr(&output);
        assert!(text.starts_with("warning: ") && text.contains(said), "{text}");
        assert_eq!(text.matches("; the campaign goes on without the edges of the peer's code").count(), 1);
        assert!([0, 1].contains(&code(&output)), "{text}");
        assert!(record(&dir)["edges"].is_null());
    }
    assert_eq!(record(&dir)["counts"]["sessions"], 200);
}

#[test]
fn a_map_that_nobody_writes_is_named() {
    let dir = folder("edges/missing");
    let output = fuzz(&dir, &["--edges", "map", "--sessions", "10", "--seed", "1"]);
    let text = stderr(&output);
    assert!(text.contains("map` does not exist, or is empty: no program counts its edges there"), "{text}");
}

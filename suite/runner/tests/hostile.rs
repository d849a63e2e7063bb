//! Malicious servers: a run against them ends within its limits, keeps little, and prints nothing unescaped.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wsspec_record::{EventKind, Record, TrialRecord, Verdict};

mod common;

use common::{Server, accepting, brief, drain, options, plan, run, script, trial, unfit};

/// Completes the opening handshake, then writes `bytes` endlessly and never reads.
async fn server_without_end(bytes: Vec<u8>) -> Server {
    server_with_start(Vec::new(), bytes).await
}

/// Like [`server_without_end`], but sends `start` first.
async fn server_with_start(start: Vec<u8>, bytes: Vec<u8>) -> Server {
    Server::start(move |mut stream, _| {
        let (start, bytes) = (start.clone(), bytes.clone());
        async move {
            let response = accepting(&mut stream, b"hostile").await;
            let _ = stream.write_all(&response).await;
            let _ = stream.write_all(&start).await;
            write_without_end(&mut stream, &bytes).await;
        }
    })
    .await
}

async fn write_without_end(stream: &mut TcpStream, bytes: &[u8]) {
    while stream.write_all(bytes).await.is_ok() {}
}

/// A frame of a server, repeated `times` times.
fn frames(first: u8, payload: &[u8], times: usize) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let mut frame = vec![first];
    match u8::try_from(length) {
        Ok(short @ 0..126) => frame.push(short),
        _ => {
            frame.push(126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame.repeat(times)
}

/// Bytes of text in a transcript.
fn size(trial: &TrialRecord) -> usize {
    trial.transcript.iter().map(|entry| entry.text.len()).sum()
}

/// Runs with short limits; fails if the run takes much longer than they allow.
async fn run_briefly(server: &Server, plan: &wsspec_catalogue::Plan) -> std::sync::Arc<Record> {
    let began = Instant::now();
    let record = run(&server.url(), plan, &options(Duration::from_millis(200))).await;
    assert!(began.elapsed() < Duration::from_secs(20), "took {:?}", began.elapsed());
    record
}

#[tokio::test]
async fn a_head_without_end_is_given_up() {
    let server = Server::start(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n").await;
        write_without_end(&mut stream, &b"X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(100)).await;
    })
    .await;
    let record = run_briefly(&server, &plan(&["rfc6455/5.5.2"])).await;
    assert_eq!(
        unfit(&record),
        "there is no WebSocket server here: the opening handshake was answered with a head that does not end within \
         65536 bytes, after `HTTP/1.1 101 Switching Protocols\\r\\nX-Padd`; check the port, and whether it wants TLS \
         (wss://)"
    );
}

#[tokio::test]
async fn messages_without_end_fail_what_waits_for_something_else() {
    let server = server_without_end(frames(0x81, &[b'x'; 1024], 64)).await;
    let record = run_briefly(&server, &script("> ping \"p\"\n< pong \"p\"\n", &[])).await;
    let trial = trial(&record, "test/script");
    assert!(trial.verdict.is_fail(), "{:?}", trial.verdict);
    assert!(size(trial) < 1 << 20, "{}", size(trial));
}

#[tokio::test]
async fn messages_without_end_are_left_out_while_only_time_passes() {
    let server = server_without_end(frames(0x81, &[b'x'; 1024], 64)).await;
    let record = run_briefly(&server, &script("wait 200ms\n", &[])).await;
    let trial = trial(&record, "test/script");
    assert!(trial.transcript.len() <= 4096, "{}", trial.transcript.len());
    assert!(size(trial) < 8 << 20, "{}", size(trial));
}

#[tokio::test]
async fn a_length_of_eight_exbibytes_is_not_believed() {
    let announced = [&[0x82, 127][..], &(1_u64 << 62).to_be_bytes()].concat();
    let server = server_with_start(announced, vec![b'x'; 64 << 10]).await;
    let record = run_briefly(&server, &script("> ping \"p\"\n< pong \"p\"\n", &[])).await;
    let trial = trial(&record, "test/script");
    let Verdict::Fail { failure } = &trial.verdict else { panic!("{trial:?}") };
    assert_eq!(failure.actual, "a frame of 4611686018427387904 bytes, larger than anything expected");
    assert!(size(trial) < 64 << 10, "{}", size(trial));
}

#[tokio::test]
async fn the_top_bit_of_a_length_breaks_a_rule_before_its_bytes_have_come() {
    let announced = [&[0x82, 127][..], &(1_u64 << 63).to_be_bytes()].concat();
    let server = server_with_start(announced, vec![b'x'; 64 << 10]).await;
    let record = run_briefly(&server, &script("> ping \"p\"\n< pong \"p\"\n", &[])).await;
    let trial = trial(&record, "test/script");
    let Verdict::Fail { failure } = &trial.verdict else { panic!("{trial:?}") };
    assert_eq!(failure.requirement, "rfc6455#5.2:19");
    assert!(size(trial) < 64 << 10, "{}", size(trial));
}

#[tokio::test]
async fn pings_without_end_from_a_server_that_reads_nothing_are_given_up() {
    let server = server_without_end(frames(0x89, &[b'p'; 125], 512)).await;
    let record = run_briefly(&server, &script("> text \"a\"\n< text \"a\"\n", &[])).await;
    let trial = trial(&record, "test/script");
    assert!(trial.verdict.is_fail(), "{:?}", trial.verdict);
    assert!(trial.transcript.len() <= 4096);
    assert!(size(trial) < 2 << 20, "{}", size(trial));
}

#[tokio::test]
async fn thousands_of_pings_are_answered_before_the_message_behind_them() {
    const PINGS: usize = 5000;
    let server = Server::start(|mut stream, _| async move {
        let response = accepting(&mut stream, b"eager").await;
        let _ = stream.write_all(&response).await;
        // A masked frame of one byte, then many pings whose pongs are counted, then the message.
        let mut frame = [0; 7];
        if stream.read_exact(&mut frame).await.is_err() {
            return;
        }
        let (mut source, mut sink) = stream.split();
        let pings = frames(0x89, b"", PINGS);
        let mut pongs = vec![0; PINGS * 6];
        let (_, read) = tokio::join!(sink.write_all(&pings), source.read_exact(&mut pongs));
        assert!(read.is_err() || pongs.chunks(6).all(|pong| pong[..2] == [0x8a, 0x80]));
        let _ = sink.write_all(&frames(0x81, b"a", 1)).await;
        drain(&mut source).await;
    })
    .await;
    let record =
        run(&server.url(), &script("> text \"a\"\n< text \"a\"\n", &[]), &options(Duration::from_secs(5)))
            .await;
    let trial = trial(&record, "test/script");
    assert_eq!(trial.verdict, Verdict::Pass);
    assert_eq!(trial.transcript.len(), 4096);
    assert!(trial.omitted > 0);
}

#[tokio::test]
async fn a_server_that_stops_reading_does_not_hold_the_run() {
    let server = Server::start(|mut stream, _| async move {
        let response = accepting(&mut stream, b"deaf").await;
        let _ = stream.write_all(&response).await;
        std::future::pending::<()>().await;
    })
    .await;
    // More than any socket buffers.
    let record = run_briefly(&server, &script("> binary \"x\"*16777216\n< binary\n", &[])).await;
    let trial = trial(&record, "test/script");
    let Verdict::Fail { failure } = &trial.verdict else { panic!("{trial:?}") };
    assert!(failure.actual.starts_with("nothing more within "), "{failure:?}");
}

#[tokio::test]
async fn a_refusal_with_a_body_without_end_is_no_more_than_a_refusal() {
    let server = Server::start(|mut stream, _| async move {
        common::read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
        write_without_end(&mut stream, &[b'x'; 16 << 10]).await;
    })
    .await;
    let record = run_briefly(&server, &plan(&["rfc6455/5.5.2"])).await;
    let said = unfit(&record);
    let refusal = "the server answered the opening handshake for `/` with 403 Forbidden, not 101; does it want an Origin \
                   (--origin) or credentials?";
    // The body is shown as far as it arrived with the head, up to the limit.
    let body = said.strip_prefix(refusal).unwrap_or_else(|| panic!("{said}"));
    assert!(body.is_empty() || body.starts_with("; the server says: \"xxx") && body.len() < 300, "{said}");
}

/// Markup, and the eight-bit control sequence introducer, both bare and in UTF-8: all that fields may contain.
const EVIL: &[u8] = b"<script>alert(1)</script>\x9b31m \xc2\x9b2J]]>";
const TOLD: &str = "<script>alert(1)</script>\\x9B31m \\u{9b}2J]]>";
/// What no field may contain.
const ESCAPES: &[u8] = b"\x1b[2J\x1b]0;owned\x07";

#[tokio::test]
async fn a_server_field_and_a_close_reason_are_escaped() {
    let server = Server::start(|mut stream, _| async move {
        let response = accepting(&mut stream, EVIL).await;
        let _ = stream.write_all(&response).await;
        // A server that closes at once without an error could not be tested.
        let reason = [&1011_u16.to_be_bytes()[..], b"\x1b[31m\x07<b>\x7f"].concat();
        let _ = stream.write_all(&frames(0x88, &reason, 1)).await;
        drain(&mut stream).await;
    })
    .await;
    let record = run(&server.url(), &script("> text \"a\"\n< text \"a\"\n", &[]), &brief()).await;
    assert_eq!(record.peer.server.as_deref(), Some(TOLD));
    let trial = trial(&record, "test/script");
    let Verdict::Fail { failure } = &trial.verdict else { panic!("{trial:?}") };
    assert_eq!(failure.actual, "a close frame with code 1011 and reason \"\\x1B[31m\\x07<b>\\x7F\"");
    let received: Vec<_> =
        trial.transcript.iter().filter(|entry| entry.event == EventKind::Received).collect();
    assert!(received[0].text.starts_with("raw \"HTTP/1.1 101 "), "{}", received[0].text);
    assert_eq!(received[1].text, "close 1011 \"\\x1B[31m\\x07<b>\\x7F\"");
}

#[tokio::test]
async fn a_server_field_with_terminal_escapes_is_shown_only_in_the_transcript() {
    let server = Server::start(|mut stream, _| async move {
        let response = accepting(&mut stream, ESCAPES).await;
        let _ = stream.write_all(&response).await;
        drain(&mut stream).await;
    })
    .await;
    let record = run(&server.url(), &script("> text \"a\"\n< text \"a\"\n", &[]), &brief()).await;
    assert_eq!(record.peer.server, None);
    let head = &trial(&record, "test/script").transcript[1].text;
    assert!(head.contains("Server: \\x1B[2J\\x1B]0;owned\\x07\\r\\n"), "{head}");
}

/// The reason of a run without trials, if a redirection has `text` in its head.
async fn refused(text: &'static [u8]) -> String {
    let server = Server::start(move |mut stream, _| async move {
        common::read_head(&mut stream).await;
        let head = [b"HTTP/1.1 302 ", text, b"\r\nLocation: ", text, b"\r\nContent-Length: 0\r\n\r\n"];
        let _ = stream.write_all(&head.concat()).await;
    })
    .await;
    let record = run(&server.url(), &plan(&["rfc6455/5.5.2/ping"]), &brief()).await;
    let why = record.aborted.as_deref().unwrap();
    why.split_once("; it was sent").map_or(why, |(why, _)| why).to_owned()
}

#[tokio::test]
async fn a_reason_phrase_with_terminal_escapes_is_none() {
    assert_eq!(
        refused(ESCAPES).await,
        "the server answered the opening handshake for `/` with a malformed status line, not 101; check the path of \
         the address"
    );
}

#[tokio::test]
async fn a_reason_phrase_and_a_location_are_escaped() {
    assert_eq!(
        refused(EVIL).await,
        format!(
            "the server answered the opening handshake for `/` with 302 {TOLD} (to `{TOLD}`), not 101; run against \
             the address it redirects to"
        )
    );
}

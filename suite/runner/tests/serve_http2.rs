//! Serving clients over HTTP/2: trials on streams beside each other, pages, and clients that mean no good.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};
use wsspec_carriers::{ComposedOpening, Http2, Http2Frame, HttpEvent, StartLine};
use wsspec_catalogue::{Catalogue, Filter, Plan, Trial};
use wsspec_exchange::{Carrier, Setup};
use wsspec_peer::{Http2Client, PeerOutput};
use wsspec_record::Verdict;
use wsspec_runner::{ClientConnection, IncomingError, Listener, PlayedTrial, serve};
use wsspec_wire::{Opening, Role};

/// Enough for a client on this machine.
const PATIENCE: Duration = Duration::from_secs(10);
const PING: &str = "rfc6455/5.4/ping-between-fragments";
const PAGE: usize = 300_000;

fn trial(id: &str) -> Arc<Trial> {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    Plan::new(&catalogue, &Filter::new(&[id], &[]).unwrap(), Role::Client, 0).trials.remove(0)
}

/// Plays a trial to whoever wants a WebSocket, and has a page for all others.
async fn handle(client: Result<ClientConnection, IncomingError>, played: mpsc::UnboundedSender<PlayedTrial>) {
    let Ok(connection) = client else { return };
    if connection.wants_upgrade() {
        let setup = Setup::server();
        let _ = played.send(connection.play(&trial(PING), &setup).await);
    } else {
        assert_eq!(connection.carrier(), Carrier::Http2);
        connection.respond("200 OK", "text/plain", &[b'x'; PAGE]).await;
    }
}

/// Serves while `client` runs; what was played until then.
async fn served(client: impl AsyncFnOnce(TcpStream)) -> Vec<PlayedTrial> {
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap().with_http2();
    let (said, mut heard) = mpsc::unbounded_channel();
    let handle = move |client| handle(client, said.clone());
    let stop = async {
        client(TcpStream::connect(listener.address()).await.unwrap()).await;
    };
    serve(&listener, PATIENCE, handle, stop).await;
    let mut all = Vec::new();
    while let Ok(one) = heard.try_recv() {
        all.push(one);
    }
    all
}

#[tokio::test]
async fn a_client_with_prior_knowledge_is_played_a_trial_to() {
    let played = served(async |mut tcp: TcpStream| {
        let mut client = Http2Client::of_uri(None, "ws://127.0.0.1:9001/", 7);
        let mut buffer = [0; 4096];
        loop {
            for output in client.take() {
                match output {
                    PeerOutput::Write(bytes) => tcp.write_all(&bytes).await.unwrap(),
                    PeerOutput::Close | PeerOutput::Reset => return,
                }
            }
            match tcp.read(&mut buffer).await {
                Ok(count @ 1..) => client.receive(&buffer[..count]),
                _ => return,
            }
        }
    })
    .await;
    let [played] = &played[..] else { panic!("{played:?}") };
    assert_eq!(played.outcome.verdict, Verdict::Pass, "{:?}", played.outcome.transcript);
}

fn head(fields: &[(&str, &str)]) -> ComposedOpening {
    let start = StartLine::Response { status: 200, reason: Bytes::new() };
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()));
    ComposedOpening { start, fields: fields.collect(), verbatim: Vec::new() }
}

#[tokio::test]
async fn a_page_longer_than_a_window_comes_on_a_stream_of_its_own() {
    let page = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "127.0.0.1")];
    served(async |mut tcp: TcpStream| {
        let mut client = Http2::playing(Role::Client);
        client.assume_connect();
        let streams = [client.request(head(&page)), client.request(head(&page))];
        let (mut buffer, mut sizes, mut ended) = (vec![0; 1 << 16], [0, 0], 0);
        while ended < 2 {
            while let Some(bytes) = client.take() {
                tcp.write_all(&bytes).await.unwrap();
            }
            let count = tcp.read(&mut buffer).await.unwrap();
            assert!(count > 0, "it ended after {sizes:?}");
            for event in client.read(&buffer[..count]) {
                match event {
                    HttpEvent::Opening { opening: Opening::Response(response), .. } => {
                        assert_eq!(response.status, Some(200));
                    }
                    HttpEvent::Data { stream, bytes } => {
                        sizes[usize::from(stream == streams[1])] += bytes.len();
                    }
                    HttpEvent::End { .. } => ended += 1,
                    _ => {}
                }
            }
        }
        assert_eq!(sizes, [PAGE, PAGE]);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_floods_and_reads_nothing_is_dropped() {
    let played = served(async |mut tcp: TcpStream| {
        tcp.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let mut pings = bytes::BytesMut::new();
        for _ in 0..1_000 {
            Http2Frame::new(6, 0, 0, &b"12345678"[..]).encode(&mut pings);
        }
        // Each ping has an answer that nobody reads.
        for _ in 0..100_000 {
            if tcp.write_all(&pings).await.is_err() {
                return;
            }
        }
        panic!("it takes 1.7 GB of pings");
    })
    .await;
    assert!(played.is_empty());
}

#[tokio::test]
async fn a_client_that_opens_and_resets_without_end_is_bounded() {
    let played = served(async |tcp: TcpStream| {
        let (mut reader, mut writer) = tcp.into_split();
        let sink = tokio::spawn(async move {
            let mut buffer = vec![0; 1 << 16];
            while matches!(reader.read(&mut buffer).await, Ok(1..)) {}
        });
        writer.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        for number in 0..5_000_u32 {
            let stream = 2 * number + 1;
            let mut frames = bytes::BytesMut::new();
            // `:method: GET`, `:path: /`, `:scheme: http`
            Http2Frame::new(1, 4, stream, &b"\x82\x84\x86"[..]).encode(&mut frames);
            Http2Frame::new(3, 0, stream, &[0, 0, 0, 8][..]).encode(&mut frames);
            if writer.write_all(&frames).await.is_err() {
                break;
            }
        }
        drop(writer);
        sink.await.unwrap();
    })
    .await;
    assert!(played.is_empty());
}

#[tokio::test]
async fn a_client_of_http1_is_told_from_one_of_http2() {
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap().with_http2();
    let mut client = TcpStream::connect(listener.address()).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let why = listener.accept().await.request(PATIENCE).await.unwrap_err().to_string();
    assert!(
        why.starts_with("the client does not begin with the preface of HTTP/2; the run is over HTTP/2"),
        "{why}"
    );
}

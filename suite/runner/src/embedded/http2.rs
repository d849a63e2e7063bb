//! The embedded echo server over HTTP/2 (RFC 8441), with prior knowledge.

use std::future::poll_fn;

use bytes::Bytes;
use h2::{
    RecvStream, SendStream,
    ext::Protocol,
    server::{Builder, SendResponse},
};
use http::{Method, Request, Response, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split},
    net::TcpStream,
};
use tokio_tungstenite::{WebSocketStream, tungstenite::protocol::Role};

/// How the preface begins, and no request of HTTP/1.1 (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// Octets under way between a stream and its WebSocket.
const BUFFER: usize = 16 << 10;

/// Whether the client begins with the preface of HTTP/2.
pub(super) async fn is_begun(stream: &TcpStream) -> bool {
    let mut begun = [0; PREFACE.len()];
    // Three octets tell it from every method; they come in one segment or not at all.
    matches!(stream.peek(&mut begun).await, Ok(count) if count >= 3 && PREFACE.starts_with(&begun[..count]))
}

/// Serves each stream that extended CONNECT opens.
pub(super) async fn serve(stream: TcpStream) {
    let mut builder = Builder::new();
    builder.enable_connect_protocol();
    let Ok(mut connection) = builder.handshake::<_, Bytes>(stream).await else { return };
    while let Some(Ok((request, response))) = connection.accept().await {
        tokio::spawn(answer(request, response));
    }
}

async fn answer(request: Request<RecvStream>, mut response: SendResponse<Bytes>) {
    let status = judge(&request);
    let mut head = Response::builder().status(status);
    if status == StatusCode::BAD_REQUEST {
        head = head.header("sec-websocket-version", "13");
    }
    let head = head.body(()).unwrap_or_default();
    let Ok(sender) = response.send_response(head, status != StatusCode::OK) else { return };
    if status != StatusCode::OK {
        return;
    }
    let (ours, theirs) = duplex(BUFFER);
    let (from_echo, to_echo) = split(theirs);
    let socket = WebSocketStream::from_raw_socket(ours, Role::Server, None).await;
    tokio::join!(super::echo(socket), read(request.into_body(), to_echo), write(from_echo, sender));
}

/// What a request is answered with (RFC 8441, 5).
fn judge(request: &Request<RecvStream>) -> StatusCode {
    let protocol = request.extensions().get::<Protocol>().map(Protocol::as_str);
    let versions: Vec<_> = request.headers().get_all("sec-websocket-version").iter().collect();
    match (request.method(), protocol) {
        (&Method::CONNECT, Some("websocket")) if versions == ["13"] => StatusCode::OK,
        (&Method::CONNECT, Some("websocket")) => StatusCode::BAD_REQUEST,
        (&Method::CONNECT, _) => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    }
}

/// Passes on what the client sends.
async fn read(mut body: RecvStream, mut to_echo: WriteHalf<DuplexStream>) {
    while let Some(Ok(bytes)) = body.data().await {
        let _ = body.flow_control().release_capacity(bytes.len());
        if to_echo.write_all(&bytes).await.is_err() {
            return;
        }
    }
    let _ = to_echo.shutdown().await;
}

/// Passes on what the server sends, and its end.
async fn write(mut from_echo: ReadHalf<DuplexStream>, mut sender: SendStream<Bytes>) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(count @ 1..) = from_echo.read(&mut buffer).await {
        let mut rest = Bytes::copy_from_slice(&buffer[..count]);
        while !rest.is_empty() {
            sender.reserve_capacity(rest.len());
            let room = match sender.capacity() {
                // It resolves only where that grows.
                0 => poll_fn(|cx| sender.poll_capacity(cx)).await.and_then(Result::ok),
                room => Some(room),
            };
            let Some(room) = room else { return };
            let part = rest.split_to(room.min(rest.len()));
            if sender.send_data(part, false).is_err() {
                return;
            }
        }
    }
    let _ = sender.send_data(Bytes::new(), true);
}

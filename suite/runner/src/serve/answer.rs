//! The answer to an ordinary request on a stream of HTTP/2.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wsspec_carriers::{ComposedOpening, Http2, HttpEvent, StartLine};
use wsspec_wire::Role;

use crate::stream::Stream;

/// Bytes to read at once.
const READ_SIZE: usize = 2 << 10;

/// Answers the request on `stream`, which has a connection to itself. `status` is code and reason.
pub(super) async fn answer(
    stream: &mut Stream,
    status: &str,
    content_type: &str,
    body: &[u8],
) -> io::Result<()> {
    let mut end = Http2::playing(Role::Server);
    let (mut buffer, mut is_answered) = ([0; READ_SIZE], false);
    loop {
        while let Some(bytes) = end.take() {
            stream.write_all(&bytes).await?;
        }
        if is_answered && !end.is_blocked() || end.is_broken() {
            return stream.shutdown().await;
        }
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        for event in end.read(&buffer[..count]) {
            if let HttpEvent::Opening { stream, .. } = event {
                is_answered = true;
                end.respond(stream, &head(status, content_type, body.len()));
                end.data(stream, Bytes::copy_from_slice(body), None, true);
            }
        }
    }
}

fn head(status: &str, content_type: &str, length: usize) -> ComposedOpening {
    let code = status.split(' ').next().unwrap_or_default();
    let field = |name: &str, value: &str| (name.to_owned(), Bytes::copy_from_slice(value.as_bytes()));
    let fields = vec![
        field(":status", code),
        field("content-type", content_type),
        field("content-length", &length.to_string()),
        field("cache-control", "no-store"),
        field("x-content-type-options", "nosniff"),
    ];
    // The first line is among the fields.
    let start = StartLine::Response { status: code.parse().unwrap_or_default(), reason: Bytes::new() };
    ComposedOpening { start, fields, verbatim: Vec::new() }
}

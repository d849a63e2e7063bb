//! A session over a connection.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    task::yield_now,
    time::{Instant, timeout, timeout_at},
};
use wsspec_autobahn::{Action, Session};

/// How long the last bytes may take to be written.
const FAREWELL: Duration = Duration::from_millis(500);
const READ_SIZE: usize = 64 << 10;
/// Waits that are shorter are not left to a timer, which is no finer.
const TICK: Duration = Duration::from_millis(1);

/// Plays a session to its end. `opened` is called once, when the opening handshake is done and before the case begins.
pub async fn drive(
    session: &mut Session,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    start: Instant,
    mut opened: impl FnMut(&mut Session),
) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut buffer = vec![0; READ_SIZE];
    let mut was_open = false;
    // The rest of what is being written.
    let mut rest = Bytes::new();
    // The peer takes no more; what it wrote before is still to be read.
    let mut is_deaf = false;
    loop {
        if session.was_open() && !was_open {
            was_open = true;
            opened(session);
        }
        let until = match session.next_unless(!rest.is_empty(), start.elapsed()) {
            Action::Write(_) if is_deaf => continue,
            Action::Write(bytes) => {
                rest = bytes;
                continue;
            }
            Action::Wait(until) => start + until,
            Action::End => break,
        };
        let (is_short, short) = (until.saturating_duration_since(Instant::now()) < TICK, yield_now());
        tokio::select! {
            biased;
            written = writer.write(&rest), if !rest.is_empty() => match written {
                Ok(count) if count > 0 => rest = rest.split_off(count),
                _ => (is_deaf, rest) = (true, Bytes::new()),
            },
            read = timeout_at(until, reader.read(&mut buffer)) => match read {
                Ok(Ok(count)) if count > 0 => session.receive(&buffer[..count], start.elapsed()),
                Ok(_) => return session.ended(start.elapsed()),
                Err(_) => {}
            },
            () = short, if is_short => {}
        }
    }
    let _ = timeout(FAREWELL, async {
        writer.write_all(&rest).await?;
        writer.shutdown().await
    })
    .await;
}

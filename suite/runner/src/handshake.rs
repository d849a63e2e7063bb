//! Performs the opening handshake as a client, with a server that is not under test.

use std::time::Duration;

use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use wsspec_wire::{HeadBytes, HeadError, HeadReader};

use crate::stream::Stream;

/// Why there is no response to an opening handshake.
#[derive(Debug, Error)]
pub enum HandshakeError {
    /// The connection has ended.
    #[error("the server ended the connection during the opening handshake")]
    Ended,
    /// There was no response in time.
    #[error("the server did not answer the opening handshake")]
    Timeout,
    /// What arrived is not a response.
    #[error(transparent)]
    Head(#[from] HeadError),
}

/// Sends a request and reads the head of the response. At most `patience` may pass between two parts of it.
pub async fn request(
    stream: &mut Stream,
    request: &[u8],
    patience: Duration,
) -> Result<HeadBytes, HandshakeError> {
    stream.write_all(request).await.map_err(|_| HandshakeError::Ended)?;
    let (mut reader, mut buffer) = (HeadReader::new(), [0; 4096]);
    loop {
        let read = timeout(patience, stream.read(&mut buffer)).await.map_err(|_| HandshakeError::Timeout)?;
        match read {
            Ok(count @ 1..) => reader.push(&buffer[..count]),
            _ => return Err(HandshakeError::Ended),
        }
        if let Some(found) = reader.take() {
            return Ok(found?);
        }
    }
}

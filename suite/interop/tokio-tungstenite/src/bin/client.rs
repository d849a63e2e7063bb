//! An echo client on tokio-tungstenite. Where the path of its address begins with `/next/`, it connects again, many times
//! at once, until it is answered with 410.

use std::env;
use std::io::ErrorKind;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Result};

const MAX_SIZE: usize = 64 << 20;
const AT_ONCE: usize = 16;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = env::args().nth(1).unwrap_or_default();
    if url.splitn(4, '/').nth(3).is_some_and(|path| path.starts_with("next/")) {
        join_all((0..AT_ONCE).map(|_| echo_again(&url))).await;
        return Ok(());
    }
    echo(&url).await
}

async fn echo(url: &str) -> Result<()> {
    let config = WebSocketConfig::default().max_message_size(Some(MAX_SIZE)).max_frame_size(Some(MAX_SIZE));
    let (mut socket, _) = connect_async_with_config(url, Some(config), true).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn echo_again(url: &str) {
    loop {
        match echo(url).await {
            Err(Error::Http(response)) if response.status() == 410 => return,
            Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => return,
            _ => {}
        }
    }
}

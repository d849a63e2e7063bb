//! A server with a thread for each connection.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::failure::RecipeError;

/// Dropping it stops listening; connections end with their clients.
#[derive(Debug)]
pub struct ThreadedServer {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl ThreadedServer {
    /// Listens on a free port, and passes each connection to `serve`.
    pub fn start(
        serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Result<Self, RecipeError> {
        let failure = |source| RecipeError::Io { what: "listen on 127.0.0.1".to_owned(), source };
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failure)?;
        let address = listener.local_addr().map_err(failure)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let (on_thread, serve) = (Arc::clone(&stopped), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if on_thread.load(Ordering::Relaxed) {
                    return;
                }
                let serve = Arc::clone(&serve);
                // Every connection ends when the client goes away.
                thread::spawn(move || stream.and_then(|stream| serve(stream)));
            }
        });
        Ok(Self { address, stopped })
    }

    /// The address as a target of wsspec.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }
}

impl Drop for ThreadedServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener so that it notices.
        let _ = TcpStream::connect(self.address);
    }
}

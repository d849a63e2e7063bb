//! Serves many clients in parallel, with a task for each and no threads, up to a limit. At the limit, the client that
//! has been silent for longest is dropped, so silent clients cannot keep others out.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    task::{AbortHandle, JoinSet},
};

use super::{ClientConnection, IncomingError, Listener, listen::AskingClient};

/// Maximum number of clients at once.
const AT_ONCE: usize = 12_000;
/// File descriptors reserved for other uses: the listener, reports, a client that we start.
const RESERVE: u64 = 64;

/// A client being served.
struct ServedClient {
    /// Whether its request has arrived.
    has_asked: Arc<AtomicBool>,
    task: AbortHandle,
}

/// Passes each client to `handle` once its request has arrived, or has failed to arrive within `patience`. Returns when
/// `stop` resolves, and drops the clients being served then.
pub async fn serve<F>(
    listener: &Listener,
    patience: Duration,
    handle: impl Fn(Result<ClientConnection, IncomingError>) -> F + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let handle = Arc::new(handle);
    let accept = accept(listener, places(), move |incoming, has_asked: Arc<AtomicBool>| {
        let handle = handle.clone();
        async move {
            let asking = incoming.asking(patience).await;
            has_asked.store(true, Relaxed);
            match asking {
                Ok(AskingClient::Http1(connection)) => handle(Ok(*connection)).await,
                Ok(AskingClient::Http2(streams)) => {
                    streams.serve(patience, |connection| handle(Ok(connection))).await;
                }
                Err(error) => handle(Err(error)).await,
            }
        }
    });
    tokio::select! {
        () = accept => {}
        () = stop => {}
    }
}

async fn accept<F>(
    listener: &Listener,
    places: usize,
    client: impl Fn(super::IncomingClient, Arc<AtomicBool>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(places));
    let (mut tasks, mut served) = (JoinSet::new(), VecDeque::new());
    loop {
        let incoming = listener.accept().await;
        if room.available_permits() == 0 {
            drop_most_silent(&mut served);
        }
        // The semaphore is never closed.
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let has_asked = Arc::new(AtomicBool::new(false));
        let serving = client(incoming, has_asked.clone());
        let task = tasks.spawn(async move {
            serving.await;
            drop(place);
        });
        served.push_back(ServedClient { has_asked, task });
        while tasks.try_join_next().is_some() {}
        while served.front().is_some_and(|client| client.has_asked.load(Relaxed)) {
            served.pop_front();
        }
    }
}

/// Drops the earliest client that has not sent a request yet.
fn drop_most_silent(served: &mut VecDeque<ServedClient>) {
    while let Some(client) = served.pop_front() {
        if !client.has_asked.load(Relaxed) && !client.task.is_finished() {
            client.task.abort();
            return;
        }
    }
}

/// How many clients this process has file descriptors for.
pub(crate) fn places() -> usize {
    #[cfg(unix)]
    if let Ok((soft, _)) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE) {
        return usize::try_from(soft.saturating_sub(RESERVE)).unwrap_or(AT_ONCE).clamp(1, AT_ONCE);
    }
    AT_ONCE
}

/// Raises the limit on open files of this process as far as the system allows.
pub fn allow_many_connections() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
            && soft < hard
        {
            // If this is refused, fewer clients are served at once.
            let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use tokio::{net::TcpStream, sync::mpsc};

    use super::*;

    #[tokio::test]
    async fn silent_clients_keep_nobody_out() {
        let listener = Listener::bind("127.0.0.1:0", None).await.unwrap();
        let address = listener.address();
        let (asked, mut asks) = mpsc::unbounded_channel();
        let serving = accept(&listener, 4, move |incoming, has_asked| {
            let asked = asked.clone();
            async move {
                if let Ok(connection) = incoming.request(Duration::from_secs(600)).await {
                    has_asked.store(true, Relaxed);
                    let _ = asked.send(connection.request().target.clone());
                    std::future::pending::<()>().await;
                }
            }
        });
        let clients = async {
            let mut silent = Vec::new();
            let first = TcpStream::connect(address).await.unwrap().into_std().unwrap();
            first.set_nonblocking(false).unwrap();
            (&first).write_all(b"GET /first HTTP/1.1\r\n\r\n").unwrap();
            assert_eq!(asks.recv().await.as_deref(), Some(&b"/first"[..]));
            for _ in 0..8 {
                silent.push(TcpStream::connect(address).await.unwrap());
            }
            let late = TcpStream::connect(address).await.unwrap().into_std().unwrap();
            late.set_nonblocking(false).unwrap();
            (&late).write_all(b"GET /late HTTP/1.1\r\n\r\n").unwrap();
            assert_eq!(asks.recv().await.as_deref(), Some(&b"/late"[..]));
            first.set_nonblocking(true).unwrap();
            let still = (&first).read(&mut [0]).unwrap_err().kind();
            assert_eq!(still, std::io::ErrorKind::WouldBlock, "clients with a request are kept");
        };
        tokio::select! {
            () = serving => unreachable!("it serves for ever"),
            () = clients => {}
        }
    }
}

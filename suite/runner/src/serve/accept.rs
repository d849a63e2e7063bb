//! Serves many clients side by side: a task for each, no thread; as many at once as may be.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet};

use super::{ClientConnection, IncomingError, Listener};

/// Clients at once; further ones wait until they are accepted.
const AT_ONCE: usize = 12_000;

/// Hands each client to `handle`, once its request has arrived or failed to within `patience`, until `stop` resolves.
/// Clients that are served then are left.
pub async fn serve<F>(
    listener: &Listener,
    patience: Duration,
    handle: impl Fn(Result<ClientConnection, IncomingError>) -> F + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let (handle, room) = (Arc::new(handle), Arc::new(Semaphore::new(AT_ONCE)));
    let mut clients = JoinSet::new();
    let accept = async {
        // The semaphore is never closed.
        while let Ok(place) = room.clone().acquire_owned().await {
            let (incoming, handle) = (listener.accept().await, handle.clone());
            clients.spawn(async move {
                let client = match incoming.request(patience).await {
                    Ok(client) => client.with_tls().await,
                    Err(error) => Err(error),
                };
                handle(client).await;
                drop(place);
            });
            while clients.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = accept => {}
        () = stop => {}
    }
}

/// Raises the number of files that this process may open as far as the system lets it.
pub fn allow_many_connections() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
            && soft < hard
        {
            // Where it is refused, fewer clients are served at once.
            let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
        }
    }
}

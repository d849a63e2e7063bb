//! A trial on two connections that a client opens at the same time.

use std::sync::Arc;

use wsspec_catalogue::Trial;
use wsspec_exchange::{ClientUri, Setup, Side};

use super::ClientRunner;
use crate::{
    gate::Gate,
    serve::{ClientConnection, Listener},
    spawn::OneShot,
    trial::{TrialRun, worst},
};

impl ClientRunner {
    /// Plays the parts of a trial in parallel, each as soon as its connection opens. A client may have only one
    /// connection that waits for its response (RFC 6455, 4.1), so it may open the second once the first has its
    /// response.
    pub(super) async fn run_beside(
        &self,
        listener: &Listener,
        process: &mut OneShot,
        (trial, setup): (&Arc<Trial>, &Arc<Setup>),
        uris: [ClientUri; 2],
    ) -> TrialRun {
        let gate = Gate::new(uris.len(), setup.limits.line);
        let first = match self.meet(listener, process, self.client.connect_timeout).await {
            Ok(first) => first,
            Err(unmet) => return unmet.run_of(trial),
        };
        let parts = [0, 1].map(|number| Arc::new(trial.on(number)));
        let of = |connection: &ClientConnection, is_beside| {
            let asked = &connection.request().target;
            // The client chooses which of the two it opens first.
            let known = uris.iter().find(|known| known.uri.target.as_bytes() == asked).unwrap_or(&uris[0]);
            Setup { side: Side::Server(Some(known.uri.clone())), is_beside, ..(**setup).clone() }
        };
        let set = of(&first, false);
        let one = first.play_gated(&parts[0], &set, &gate);
        let other = async {
            match self.meet(listener, process, setup.limits.line).await {
                Ok(second) => {
                    let set = of(&second, !gate.has_answered());
                    let played = second.play_gated(&parts[1], &set, &gate).await;
                    TrialRun::of(played.outcome, played.duration)
                }
                Err(_) => {
                    gate.give_up();
                    TrialRun::inconclusive("the client did not open its second connection")
                }
            }
        };
        let (one, other) = tokio::join!(one, other);
        let runs = vec![TrialRun::of(one.outcome, one.duration), other];
        worst(runs.into_iter())
    }
}

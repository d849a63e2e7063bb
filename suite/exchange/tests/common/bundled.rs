//! A server of HTTP on the connections of a bundle.

use std::time::Duration;

use wsspec_carriers::{BundleKind, BundlePiece, BundleReader};
use wsspec_catalogue::Trial;
use wsspec_peer::{PeerOutput, WebServer};

use super::Other;

/// The server on the connections of a bundle, or on one alone.
pub struct Served<S> {
    pub server: S,
    bundle: Option<BundleReader>,
}

impl<S> Served<S> {
    /// For a trial; one that has items of HTTP bundles its connections.
    pub fn new(trial: &Trial, server: S) -> Self {
        let bundle = trial.script.uses_http().then(BundleReader::default);
        Self { server, bundle }
    }
}

impl<S: WebServer> Other for Served<S> {
    fn receive(&mut self, bytes: &[u8]) {
        let Some(bundle) = &mut self.bundle else { return self.server.receive(0, bytes) };
        bundle.push(bytes);
        while let Some(piece) = bundle.next_piece() {
            match piece.kind {
                BundleKind::Data => self.server.receive(piece.connection, &piece.octets),
                BundleKind::End | BundleKind::Reset | BundleKind::Failed => self.server.end(piece.connection),
            }
        }
    }

    fn end(&mut self) {
        self.server.end(0);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        let is_bundled = self.bundle.is_some();
        let outputs = self.server.take().into_iter();
        let piece = |connection, output| match output {
            PeerOutput::Write(octets) => BundlePiece::data(connection, octets),
            PeerOutput::Close => BundlePiece::of(connection, BundleKind::End),
            PeerOutput::Reset => BundlePiece::of(connection, BundleKind::Reset),
        };
        let shown = |(connection, output)| match is_bundled {
            true => PeerOutput::Write(piece(connection, output).encode()),
            false => output,
        };
        outputs.map(shown).collect()
    }

    fn advance(&mut self, now: Duration) {
        self.server.advance(now);
    }

    fn wake(&self) -> Option<Duration> {
        self.server.wake()
    }
}

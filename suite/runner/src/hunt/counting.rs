//! Learns which edges of its code the peer takes, as long as its map can be read.

use std::time::Duration;

use wsspec_campaign::{SessionSource, edges::CountedEdges};

use crate::edges::{EdgeMap, EdgeMapError};

/// Between two looks at a peer that may still be busy with a session that has ended.
const PAUSE: Duration = Duration::from_millis(1);
/// The most looks.
const MOST_LOOKS: usize = 8;

/// The map of the peer's edges, if there is one.
pub(super) struct Counting {
    map: Option<EdgeMap>,
}

impl Counting {
    pub(super) const fn of(map: Option<EdgeMap>) -> Self {
        Self { map }
    }

    /// What was counted since the last look. A map that cannot be read is given up.
    pub(super) fn look(&mut self, sessions: &mut impl SessionSource) -> CountedEdges {
        self.look_by(EdgeMap::look, sessions)
    }

    fn look_by(
        &mut self,
        look: impl Fn(&mut EdgeMap) -> Result<CountedEdges, EdgeMapError>,
        sessions: &mut impl SessionSource,
    ) -> CountedEdges {
        let Some(map) = &mut self.map else { return CountedEdges::default() };
        look(map).unwrap_or_else(|error| {
            sessions.uncounted(&error.to_string());
            self.map = None;
            CountedEdges::default()
        })
    }

    /// Passes on what was counted before the first session.
    pub(super) fn begin(&mut self, sessions: &mut impl SessionSource) {
        let edges = self.look_by(EdgeMap::look_first, sessions);
        sessions.counted(&edges);
    }

    /// Passes on what was counted since the last session ended.
    pub(super) fn pass_on(&mut self, sessions: &mut impl SessionSource) {
        let edges = self.look(sessions);
        if !edges.taken.is_empty() {
            sessions.counted(&edges);
        }
    }

    /// What was counted during a session that ran alone. The peer may notice its end a little later than we do, so it is
    /// looked at until it is quiet.
    pub(super) async fn settle(&mut self, sessions: &mut impl SessionSource) -> CountedEdges {
        let mut all = self.look(sessions);
        for _ in 0..MOST_LOOKS {
            if self.map.is_none() || all.of == 0 {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            let more = self.look(sessions);
            if more.taken.is_empty() {
                break;
            }
            all.taken.extend(more.taken);
        }
        all.taken.sort_unstable();
        all.taken.dedup();
        CountedEdges { alone: true, ..all }
    }
}

//! Edges of the peer's code, which a peer built with SanitizerCoverage counts: those counted since the last look, and all
//! that were reached.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// The most edges that a peer's code may have here.
pub const MOST_EDGES: u32 = 1 << 20;

/// What was counted since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountedEdges {
    /// How many edges the peer's code has; 0 if it counts none.
    pub of: u32,
    /// Those that were taken, by number from 0, in order.
    pub taken: Vec<u32>,
    /// Whether nothing else ran meanwhile.
    pub alone: bool,
}

/// All edges that a campaign has reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SavedEdges", into = "SavedEdges")]
pub struct ReachedEdges {
    of: u32,
    which: Vec<bool>,
    count: u32,
}

impl ReachedEdges {
    /// Adds what was counted. Returns the edges that were not reached before.
    pub fn add(&mut self, counted: &CountedEdges) -> Vec<u32> {
        self.of = self.of.max(counted.of);
        counted.taken.iter().copied().filter(|edge| self.insert(*edge)).collect()
    }

    /// Whether it is new.
    fn insert(&mut self, edge: u32) -> bool {
        let at = edge as usize;
        if edge >= MOST_EDGES || self.which.get(at) == Some(&true) {
            return false;
        }
        if self.which.len() <= at {
            self.which.resize(at + 1, false);
        }
        self.which[at] = true;
        self.count += 1;
        true
    }

    /// How many edges the peer's code has; 0 if it counts none.
    #[must_use]
    pub const fn of(&self) -> u32 {
        self.of
    }

    /// How many were reached.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Whether the peer counts none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.of == 0
    }

    /// Adds those of another part of the campaign. If they have another number of edges, they are of another program,
    /// and only those of the part that reached more are kept.
    pub fn unite(&mut self, other: Self) {
        if self.of == other.of {
            for edge in other.iter() {
                self.insert(edge);
            }
        } else if other.count > self.count {
            *self = other;
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        (0..MOST_EDGES).zip(&self.which).filter(|(_, reached)| **reached).map(|(edge, _)| edge)
    }
}

/// As it is saved.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedEdges {
    /// How many edges the peer's code has.
    of: u32,
    /// How many were reached.
    reached: u32,
    /// Their numbers: `0-40,44`.
    which: String,
}

impl From<ReachedEdges> for SavedEdges {
    fn from(edges: ReachedEdges) -> Self {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for edge in edges.iter() {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == edge => *last = edge,
                _ => ranges.push((edge, edge)),
            }
        }
        let mut which = String::new();
        for (first, last) in ranges {
            let comma = if which.is_empty() { "" } else { "," };
            let _ = match first == last {
                true => write!(which, "{comma}{first}"),
                false => write!(which, "{comma}{first}-{last}"),
            };
        }
        Self { of: edges.of, reached: edges.count, which }
    }
}

impl TryFrom<SavedEdges> for ReachedEdges {
    type Error = String;

    fn try_from(saved: SavedEdges) -> Result<Self, String> {
        let mut edges = Self { of: saved.of, ..Self::default() };
        for range in saved.which.split(',').filter(|range| !range.is_empty()) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let ends = first.parse::<u32>().ok().zip(last.parse::<u32>().ok());
            let (first, last) = ends
                .filter(|(first, last)| first <= last && *last < MOST_EDGES)
                .ok_or_else(|| format!("`{range}` is not a range of edges: write `40`, or `0-40`"))?;
            for edge in first..=last {
                edges.insert(edge);
            }
        }
        Ok(edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(of: u32, taken: &[u32]) -> CountedEdges {
        CountedEdges { of, taken: taken.to_vec(), alone: false }
    }

    #[test]
    fn an_edge_is_new_once() {
        let mut edges = ReachedEdges::default();
        assert!(edges.is_empty());
        assert_eq!(edges.add(&counted(9, &[1, 4])), [1, 4]);
        assert_eq!(edges.add(&counted(9, &[1, 2, 4])), [2]);
        assert_eq!((edges.of(), edges.count()), (9, 3));
        assert!(edges.add(&counted(9, &[MOST_EDGES, u32::MAX])).is_empty());
    }

    #[test]
    fn edges_are_saved_as_ranges_and_read_back() {
        let mut edges = ReachedEdges::default();
        edges.add(&counted(50, &[0, 1, 2, 7, 9, 10]));
        let text = serde_json::to_string(&edges).unwrap();
        assert_eq!(text, r#"{"of":50,"reached":6,"which":"0-2,7,9-10"}"#);
        assert_eq!(serde_json::from_str::<ReachedEdges>(&text).unwrap(), edges);
        for wrong in ["x", "3-", "4-3", "0-4294967295", "1-2-3"] {
            let text = format!(r#"{{"of":50,"reached":6,"which":"{wrong}"}}"#);
            let error = serde_json::from_str::<ReachedEdges>(&text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{wrong}` is not a range of edges")), "{error}");
        }
    }

    #[test]
    fn parts_of_one_program_are_united_and_others_are_not() {
        let mut edges = ReachedEdges::default();
        edges.add(&counted(9, &[1, 2]));
        let mut others = ReachedEdges::default();
        others.add(&counted(9, &[2, 3]));
        edges.unite(others);
        assert_eq!((edges.of(), edges.count()), (9, 3));
        let mut foreign = ReachedEdges::default();
        foreign.add(&counted(20, &[5]));
        edges.unite(foreign.clone());
        assert_eq!((edges.of(), edges.count()), (9, 3));
        foreign.add(&counted(20, &[6, 7, 8, 9]));
        edges.unite(foreign);
        assert_eq!((edges.of(), edges.count()), (20, 5));
    }
}

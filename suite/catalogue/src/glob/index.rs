//! Finds the globs that may match an id among very many, without trying each.
//!
//! A glob can match only an id that contains all of its literal pieces. Each glob is filed under the piece that the fewest
//! globs share, and one pass over an id finds all pieces in it.

use std::{cmp::Reverse, collections::HashMap};

use aho_corasick::AhoCorasick;

use super::IdGlob;

/// An index of globs, by their position.
#[derive(Clone, Debug, Default)]
pub(crate) struct GlobIndex {
    /// Finds the pieces; `None` without a piece, or with too many for an automaton.
    pieces: Option<AhoCorasick>,
    /// The globs that are filed under each piece, in ascending order.
    filed: Vec<Vec<usize>>,
    /// The globs without a literal piece, in ascending order.
    others: Vec<usize>,
}

impl GlobIndex {
    pub(crate) fn new<'a>(globs: impl Iterator<Item = &'a IdGlob> + Clone) -> Self {
        let mut shared: HashMap<&str, usize> = HashMap::new();
        for piece in globs.clone().flat_map(IdGlob::pieces) {
            *shared.entry(piece).or_default() += 1;
        }
        let (mut places, mut names, mut index) = (HashMap::new(), Vec::new(), Self::default());
        for (number, glob) in globs.enumerate() {
            let rarest = glob.pieces().min_by_key(|piece| (shared[piece], Reverse(piece.len())));
            let Some(piece) = rarest else {
                index.others.push(number);
                continue;
            };
            let place = *places.entry(piece).or_insert_with(|| {
                names.push(piece);
                index.filed.push(Vec::new());
                names.len() - 1
            });
            index.filed[place].push(number);
        }
        match AhoCorasick::new(&names) {
            Ok(pieces) => Self { pieces: (!names.is_empty()).then_some(pieces), ..index },
            // Each is tried then.
            Err(_) => {
                let mut others = [index.others, index.filed.concat()].concat();
                others.sort_unstable();
                Self { others, ..Self::default() }
            }
        }
    }

    /// The globs that may match, in ascending order.
    pub(crate) fn candidates(&self, id: &str) -> Vec<usize> {
        let mut found = self.others.clone();
        for piece in self.pieces.iter().flat_map(|pieces| pieces.find_overlapping_iter(id)) {
            found.extend(&self.filed[piece.pattern().as_usize()]);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn indexed(texts: &[String]) -> (Vec<IdGlob>, GlobIndex) {
        let globs: Vec<IdGlob> = texts.iter().map(|text| IdGlob::parse(text).unwrap()).collect();
        let index = GlobIndex::new(globs.iter());
        (globs, index)
    }

    proptest! {
        #[test]
        fn no_glob_that_matches_is_left_out(
            texts in prop::collection::vec(r"(a|b|/|1|\[|\]|=|\*\*?/?|\?|\{a,b\}|\\\*|\{|\\){1,8}", 1..12),
            ids in prop::collection::vec(r"(a|b|ab)/1(\.2)?/[ab*]{1,3}(\[a=[ab1*]{1,3}\])?", 1..8),
        ) {
            let valid: Vec<String> = texts.into_iter().filter(|text| IdGlob::parse(text).is_ok()).collect();
            let (globs, index) = indexed(&valid);
            for id in ids {
                let candidates = index.candidates(&id);
                let each = (0..globs.len()).filter(|&at| globs[at].fits(&id));
                let found = candidates.into_iter().filter(|&at| globs[at].fits(&id));
                prop_assert_eq!(found.collect::<Vec<_>>(), each.collect::<Vec<_>>(), "{}: {:?}", id, valid);
            }
        }

        #[test]
        fn the_pieces_of_a_glob_are_in_what_it_matches(
            text in r"(a|b|/|\[|\]|\*\*?/?|\?|\{a,b\}|\\\*){1,8}",
            id in r"(a|b|ab)/[ab*]{1,3}(\[[ab*]{1,3}\])?",
        ) {
            let glob = IdGlob::parse(&text).unwrap();
            if glob.matches(&id) {
                prop_assert!(glob.pieces().all(|piece| id.contains(piece)), "{} {}", text, id);
            }
        }
    }

    #[test]
    fn of_a_hundred_thousand_globs_a_few_are_tried() {
        let mut texts: Vec<String> = (0..100_000).map(|n| format!("rfc6455/5.*/no-{n}*[x=?]")).collect();
        texts.push("rfc6455/5.4/*".to_owned());
        let (globs, index) = indexed(&texts);
        let tried = index.candidates("rfc6455/5.4/no-17-of-many[x=2]");
        assert!(tried.len() <= 3, "{tried:?}");
        let fitting = tried.into_iter().filter(|&at| globs[at].fits("rfc6455/5.4/no-17-of-many[x=2]"));
        assert_eq!(fitting.collect::<Vec<_>>(), [1, 17, 100_000]);
        assert_eq!(index.candidates("rfc6455/5.2/other"), Vec::<usize>::new());
    }
}

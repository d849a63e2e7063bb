//! A file of a tree, parsed as UTF-8 and TOML, with the places of mistakes.

use std::{str, sync::Arc};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use wsspec_notation::{NotationError, PayloadFiles};

use crate::{
    error::{CaseError, toml_error},
    tree::Tree,
};

/// A file of a tree, with its text.
pub(super) struct SourceFile<'t> {
    pub(super) tree: &'t Tree,
    pub(super) path: &'t str,
    pub(super) source: Arc<str>,
    /// Where its lines end.
    ends: Vec<usize>,
}

impl<'t> SourceFile<'t> {
    fn open(tree: &'t Tree, path: &'t str, errors: &mut Vec<CaseError>) -> Option<Self> {
        match str::from_utf8(&tree.files[path]) {
            Ok(text) => {
                let ends = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at);
                Some(Self { tree, path, source: text.into(), ends: ends.collect() })
            }
            Err(error) => {
                let source = String::from_utf8_lossy(&tree.files[path]).into();
                let at = error.valid_up_to();
                let error = NotationError::new(at..at + 1, "not UTF-8").help("save the file as UTF-8");
                errors.push(CaseError { path: tree.shown(path), source, error });
                None
            }
        }
    }

    /// Opens and parses a file; `None` if it has a mistake, which is then in `errors`.
    pub(super) fn read<T: DeserializeOwned>(
        tree: &'t Tree,
        path: &'t str,
        errors: &mut Vec<CaseError>,
    ) -> Option<(Self, T)> {
        let file = Self::open(tree, path, errors)?;
        let content = file.parse(errors)?;
        Some((file, content))
    }

    /// The number of the line that contains the byte at `offset`, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.ends.partition_point(|&end| end < offset) + 1
    }

    pub(super) fn error(&self, error: NotationError) -> CaseError {
        CaseError { path: self.tree.shown(self.path), source: self.source.clone(), error }
    }

    fn parse<T: DeserializeOwned>(&self, errors: &mut Vec<CaseError>) -> Option<T> {
        toml::from_str(&self.source).map_err(|error| errors.push(self.error(toml_error(&error)))).ok()
    }

    /// `rfc6455/5.4` for `rfc6455/5.4-fragmentation.toml`.
    pub(super) fn prefix(&self) -> String {
        let stem = self.path.strip_suffix(".toml").unwrap_or(self.path);
        let (folder, name) = stem.rsplit_once('/').map_or(("", stem), |(folder, name)| (folder, name));
        let section =
            name.split('-').next().filter(|s| s.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(name);
        if folder.is_empty() { section.to_owned() } else { format!("{folder}/{section}") }
    }
}

/// Files named in a script are next to the case file.
impl PayloadFiles for SourceFile<'_> {
    fn read(&self, path: &str) -> Result<Bytes, String> {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let whole = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        self.tree
            .files
            .get(&whole)
            .cloned()
            .ok_or_else(|| format!("there is no file `{}`", self.tree.shown(&whole)))
    }
}

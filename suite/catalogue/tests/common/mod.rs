//! Catalogues of one file of cases.

use wsspec_catalogue::{CaseError, Catalogue, Tree};

/// The catalogue of `demo/1-a.toml` and its requirements, or every mistake in them.
pub fn demo(requirements: &str, cases: &str) -> Result<Catalogue, Vec<CaseError>> {
    let files = [("demo/requirements.toml", requirements), ("demo/1-a.toml", cases)];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned().into()));
    Catalogue::default().with(&Tree { root: String::new(), files: files.into() })
}

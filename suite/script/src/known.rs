//! Lists of known deviations: a glob over case ids, and the reason.

use serde::Deserialize;
use toml::Spanned;

use crate::{
    error::{CaseError, NotationError},
    filter::IdGlob,
};

/// Known deviations of one peer, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Globs over member ids, each with its reason.
    pub entries: Vec<(IdGlob, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFile {
    /// `"glob" = "reason"`.
    #[serde(default)]
    known: toml::map::Map<String, toml::Value>,
}

impl Known {
    /// Reads `[known]` with lines of `"glob" = "reason"`. `path` is for errors.
    pub fn parse(path: &str, source: &str) -> Result<Self, CaseError> {
        let error = |error| CaseError { path: path.to_owned(), source: source.into(), error };
        let file: Spanned<KnownFile> = toml::from_str(source).map_err(|e| {
            let message = e.message().lines().next().unwrap_or_default().to_owned();
            error(
                NotationError::new(e.span().unwrap_or(0..0), message)
                    .help("write `[known]`, then `\"glob\" = \"reason\"`"),
            )
        })?;
        let mut known = Self::default();
        for (glob, reason) in &file.get_ref().known {
            let at = source.find(glob.as_str()).unwrap_or(0);
            let span = at..at + glob.len();
            let reason = reason.as_str().filter(|reason| !reason.trim().is_empty()).ok_or_else(|| {
                error(
                    NotationError::new(span.clone(), format!("`{glob}` has no reason"))
                        .help("say in a string why it deviates"),
                )
            })?;
            let glob =
                IdGlob::parse(glob).map_err(|e| error(NotationError::new(span.clone(), e.to_string())))?;
            known.entries.push((glob, reason.to_owned()));
        }
        Ok(known)
    }

    /// The reason why a member is known to deviate.
    pub fn reason(&self, id: &str) -> Option<&str> {
        self.entries.iter().find(|(glob, _)| glob.fits(id)).map(|(_, reason)| reason.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_gives_its_reason() {
        let known =
            Known::parse("known.toml", "[known]\n\"rfc6455/5.1/*\" = \"accepts unmasked frames\"\n").unwrap();
        assert_eq!(known.reason("rfc6455/5.1/unmasked[kind=text]"), Some("accepts unmasked frames"));
        assert_eq!(known.reason("rfc6455/5.2/x"), None);
    }

    #[test]
    fn a_glob_without_a_reason_is_an_error() {
        let error = Known::parse("known.toml", "[known]\n\"rfc6455/5.1/*\" = \"\"\n").unwrap_err();
        assert_eq!(error.to_string(), "known.toml:2:2: `rfc6455/5.1/*` has no reason");
    }
}

//! The expected outcomes of a run: from `wsspec.toml`, from `--known`, and for the embedded server.

use std::path::Path;

use time::OffsetDateTime;
use wsspec_catalogue::{Baseline, Catalogue};
use wsspec_runner::KnownDeviations;

use crate::{
    config::{Chosen, Config},
    failure::CommandError,
};

/// Everything expected of a run as of today: first the entries of the file, then those of `--known`, or without it the
/// embedded server's own list.
pub fn baseline(
    known: Option<&Path>,
    config: &Config,
    chosen: &Chosen,
    embedded: Option<KnownDeviations>,
    catalogue: &Catalogue,
) -> Result<Baseline, CommandError> {
    let mut baseline = config.baseline.clone().of_target(chosen.name.as_deref());
    let listed = match known {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| CommandError::Usage(format!("cannot read `{}`: {error}", path.display())))?;
            Baseline::parse_known(&path.display().to_string(), &text)
        }
        None => embedded
            .map_or_else(|| Ok(Baseline::default()), |list| Baseline::parse_known(list.name, list.text)),
    };
    let listed = listed.map_err(|error| CommandError::Cases(vec![error]))?;
    // The embedded server's own list is about the built-in cases, which may be left out.
    let errors = if known.is_some() { listed.check(catalogue) } else { Vec::new() };
    if !errors.is_empty() {
        return Err(CommandError::Cases(errors));
    }
    baseline.extend(listed);
    baseline.today = Some(OffsetDateTime::now_utc().date());
    Ok(baseline)
}

//! Selects known bugs by patterns, and the cases that detect them.

use wsspec_notation::nearest;

use crate::{bug::Bug, catalogue::Catalogue, extra::Extra, filter::Filter, glob::FilterError};

/// The bugs of `catalogue` that one of `patterns` selects, by id, reference or software; without patterns, all. Fails
/// for the first pattern that selects none.
pub fn select_bugs(catalogue: &Catalogue, patterns: &[String]) -> Result<Vec<Bug>, FilterError> {
    for pattern in patterns {
        if !catalogue.bugs.iter().any(|bug| bug.is_meant(pattern)) {
            let ids = catalogue.bugs.iter().map(|bug| bug.id.as_str());
            let software = catalogue.bugs.iter().flat_map(|bug| &bug.software).map(String::as_str);
            let near = nearest(pattern, ids.chain(software)).map(str::to_owned);
            return Err(FilterError::NoBug { pattern: pattern.clone(), near });
        }
    }
    let meant = |bug: &&Bug| patterns.is_empty() || patterns.iter().any(|pattern| bug.is_meant(pattern));
    Ok(catalogue.bugs.iter().filter(meant).cloned().collect())
}

/// A filter for the cases of all `bugs`, in any group, except those that a pattern of `exclude` matches.
pub fn bug_filter(bugs: &[Bug], exclude: &[String]) -> Result<Filter, FilterError> {
    let globs = bugs.iter().flat_map(|bug| &bug.cases).map(|glob| format!("id:{}", glob.as_str()));
    Ok(Filter::new(&globs.collect::<Vec<_>>(), exclude)?.with_extra(&Extra::ALL))
}

//! Suggestions for patterns that match nothing.

use std::collections::BTreeSet;

use wsspec_notation::nearest;
use wsspec_wire::RequirementId;

use crate::catalogue::Catalogue;

fn did_you_mean(near: &str) -> String {
    format!("did you mean `{near}`?")
}

/// The most similar id or start of an id, with the same number of parts.
pub(crate) fn id_hint(catalogue: &Catalogue, text: &str) -> Option<String> {
    let parts = text.trim_end_matches(['/', '*']).split('/').count();
    let start = |id: &str| id.split('/').take(parts).collect::<Vec<_>>().join("/");
    let starts: BTreeSet<String> = catalogue.cases.iter().map(|case| start(&case.id)).collect();
    let near = nearest(text, starts.iter().map(String::as_str));
    near.or_else(|| catalogue.nearest_case(text)).map(did_you_mean)
}

/// The most similar tag.
pub(crate) fn tag_hint(catalogue: &Catalogue, text: &str) -> Option<String> {
    let tags = catalogue.cases.iter().flat_map(|case| &case.tags);
    let near = nearest(text, tags.map(String::as_str)).map(|near| did_you_mean(&format!("tag:{near}")));
    near.or_else(|| Some("`wsspec list --tags` lists all tags".to_owned()))
}

/// The most similar number of an Autobahn case.
pub(crate) fn autobahn_hint(catalogue: &Catalogue, text: &str) -> Option<String> {
    let ids = catalogue.members().flat_map(|(_, member)| &member.autobahn);
    nearest(text, ids.map(String::as_str)).map(|near| did_you_mean(&format!("autobahn:{near}")))
}

/// The subsections of the nearest existing section above one that does not exist.
pub(crate) fn section_hint(catalogue: &Catalogue, text: &str) -> Option<String> {
    let cited = catalogue.members().map(|(_, member)| member.cites[0].section());
    let sections: BTreeSet<Vec<&str>> = cited.map(|section| section.split('.').collect()).collect();
    let wanted: Vec<&str> = text.split('.').collect();
    let (above, below) = (0..wanted.len()).rev().find_map(|length| {
        let above = &wanted[..length];
        let below = sections.iter().filter(|parts| parts.len() > length && parts.starts_with(above));
        let below: BTreeSet<Vec<&str>> = below.map(|parts| parts[..=length].to_vec()).collect();
        (!below.is_empty()).then_some((above, below))
    })?;
    let mut below: Vec<String> = below.iter().map(|parts| parts.join(".")).collect();
    below.sort_by_key(|section| section.rsplit('.').next().and_then(|last| last.parse::<u32>().ok()));
    Some(match above {
        [] => format!("there are sections {}", below.join(", ")),
        above => format!("{} has {}", above.join("."), below.join(", ")),
    })
}

/// For a requirement that does not exist: the numbers that its section has, or the section that may have been meant.
pub fn requirement_hint(catalogue: &Catalogue, text: &str) -> Option<String> {
    let section = text.split_once(':').map_or(text, |(section, _)| section);
    let of = |id: &RequirementId| format!("{}#{}", id.spec(), id.section());
    let all: Vec<u32> =
        catalogue.requirements.keys().filter(|id| of(id) == section).map(RequirementId::ordinal).collect();
    match (all.iter().min(), all.iter().max()) {
        (Some(first), Some(last)) if first == last => Some(format!("{section} has only {first}")),
        (Some(first), Some(last)) => Some(format!("{section} has {first} to {last}")),
        _ => {
            let sections: BTreeSet<String> = catalogue.requirements.keys().map(of).collect();
            nearest(section, sections.iter().map(String::as_str)).map(did_you_mean)
        }
    }
}

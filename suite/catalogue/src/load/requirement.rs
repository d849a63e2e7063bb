//! Builds a requirement and its roles from its raw form.

use toml::Spanned;
use wsspec_notation::{NotationError, suggestion};
use wsspec_wire::{Level, RequirementId, Role};

use crate::{
    envelope::RawRequirement,
    requirement::{Gap, Requirement},
};

/// Checks a requirement of the specification `spec`.
pub(super) fn requirement_of(spec: &str, raw: RawRequirement) -> Result<Requirement, NotationError> {
    let id = RequirementId::parse(&format!("{spec}#{}", raw.id.get_ref())).ok_or_else(|| {
        NotationError::new(raw.id.span(), format!("`{}` is not a requirement id", raw.id.get_ref()))
            .help("section, colon, ordinal from 1: `5.5.2:2`")
    })?;
    let level = Level::parse(raw.level.get_ref()).ok_or_else(|| {
        NotationError::new(raw.level.span(), format!("`{}` is not a level", raw.level.get_ref()))
            .help(suggestion(raw.level.get_ref(), &Level::NAMES))
    })?;
    let roles = raw.roles.iter().map(role).collect::<Result<Vec<_>, _>>()?;
    if roles.is_empty() {
        return Err(
            NotationError::new(raw.id.span(), "a requirement binds at least one role").help("name its roles")
        );
    }
    let gap = gap_of(raw.unobservable, raw.untested)?;
    Ok(Requirement { id, level, roles, implied: raw.implied, text: raw.text, gap })
}

fn gap_of(
    unobservable: Option<Spanned<String>>,
    untested: Option<Spanned<String>>,
) -> Result<Option<Gap>, NotationError> {
    match (unobservable, untested) {
        (Some(_), Some(reason)) => {
            Err(NotationError::new(reason.span(), "`untested` and `unobservable` exclude each other")
                .help("give only `unobservable` if it cannot be observed on the wire"))
        }
        (Some(reason), None) => Ok(Some(Gap::Unobservable(reason.into_inner()))),
        (None, reason) => Ok(reason.map(|reason| Gap::Untested(reason.into_inner()))),
    }
}

/// Parses a role.
pub(super) fn role(text: &Spanned<String>) -> Result<Role, NotationError> {
    match text.get_ref().as_str() {
        "client" => Ok(Role::Client),
        "server" => Ok(Role::Server),
        other => Err(NotationError::new(text.span(), format!("`{other}` is not a role"))
            .help(suggestion(other, &["client", "server"]))),
    }
}

//! Cases and their members.

use serde::Serialize;
use serde_json::{Map, Value};
use wsspec_catalogue::{Case, Extra, Member};

use super::step::{PlacedStepJson, steps};
use crate::names::{need_names, role_names};

/// A case.
#[derive(Serialize)]
pub(super) struct CaseJson<'c> {
    id: &'c str,
    title: &'c str,
    cites: Vec<&'c str>,
    level: &'static str,
    roles: Vec<&'static str>,
    needs: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<&'static str>,
    tags: &'c [String],
    was: &'c [String],
    members: Vec<MemberJson<'c>>,
}

impl<'c> CaseJson<'c> {
    pub(super) fn of(case: &'c Case) -> Self {
        Self {
            id: &case.id,
            title: &case.title,
            cites: case.cites.iter().map(|id| id.as_str()).collect(),
            level: case.level.name(),
            roles: role_names(&case.roles),
            needs: need_names(&case.needs),
            extra: case.extra.map(Extra::name),
            tags: &case.tags,
            was: &case.was,
            members: case.members.iter().map(MemberJson::of).collect(),
        }
    }
}

/// A member of a case's family.
#[derive(Serialize)]
struct MemberJson<'c> {
    id: &'c str,
    values: Map<String, Value>,
    cites: Vec<&'c str>,
    autobahn: &'c [String],
    needs: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<&'static str>,
    steps: Vec<PlacedStepJson>,
}

impl<'c> MemberJson<'c> {
    fn of(member: &'c Member) -> Self {
        Self {
            id: &member.id,
            values: member
                .values
                .iter()
                .map(|(key, value)| (key.clone(), Value::from(value.clone())))
                .collect(),
            cites: member.cites.iter().map(|id| id.as_str()).collect(),
            autobahn: &member.autobahn,
            needs: need_names(&member.needs),
            uri: member.uri.as_ref().map(ToString::to_string),
            certificate: member.certificate.map(|fault| fault.name()),
            steps: steps(&member.script.lines),
        }
    }
}

//! `wsspec export`: the whole catalogue as JSON with typed steps, so that an engine in another language need not parse
//! the notation; or as Markdown, the requirements that its cases test.

use std::collections::BTreeSet;

use clap::ValueEnum;
use serde::Serialize;
use wsspec_catalogue::{Catalogue, Gap, Requirement};
use wsspec_notation::suggestion;

use crate::{
    catalogue::Source,
    exit_status::ExitStatus,
    failure::{CommandError, print},
    heading,
    json::line,
    names::role_names,
};

mod case;
mod coverage;
mod expect;
mod payload;
mod send;
mod step;

/// Version of the format. Incremented for each change that may break readers.
const FORMAT: u32 = 1;

/// Options of `wsspec export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// What to print
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = ExportFormat::Json,
        help_heading = heading::OUTPUT
    )]
    pub format: ExportFormat,
    /// With `--format coverage`: list each requirement of this specification, with the cases that test it
    #[arg(long, value_name = "SPEC", help_heading = heading::SELECTION)]
    pub spec: Option<String>,
}

/// `--format`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ExportFormat {
    /// Everything as JSON, for engines in other languages
    Json,
    /// How many requirements the cases test, as Markdown; with `--spec`, which
    Coverage,
}

/// Prints the catalogue.
pub fn run(args: &ExportArgs) -> Result<ExitStatus, CommandError> {
    let catalogue = args.source.catalogue()?;
    print(&match (args.format, &args.spec) {
        (ExportFormat::Json, None) => json(&catalogue),
        (ExportFormat::Json, Some(_)) => {
            return Err(CommandError::Usage("`--spec` needs `--format coverage`".to_owned()));
        }
        (ExportFormat::Coverage, None) => coverage::summary(&catalogue),
        (ExportFormat::Coverage, Some(spec)) => {
            coverage::listing(&catalogue, spec).ok_or_else(|| unknown(&catalogue, spec))?
        }
    })?;
    Ok(ExitStatus::Success)
}

fn unknown(catalogue: &Catalogue, spec: &str) -> CommandError {
    let specs: BTreeSet<&str> = catalogue.requirements.keys().map(|id| id.spec()).collect();
    let near = suggestion(spec, &Vec::from_iter(specs));
    CommandError::Usage(format!("no requirements of `{spec}`; {near}"))
}

/// One requirement or case per line, so that exports can be diffed.
fn json(catalogue: &Catalogue) -> String {
    let requirements: Vec<_> =
        catalogue.requirements.values().map(|r| line(&RequirementJson::of(r))).collect();
    let cases: Vec<_> = catalogue.cases.iter().map(|case| line(&case::CaseJson::of(case))).collect();
    format!(
        "{{\"format\":{FORMAT},\"requirements\":[\n{}\n],\"cases\":[\n{}\n]}}\n",
        requirements.join(",\n"),
        cases.join(",\n")
    )
}

#[derive(Serialize)]
struct RequirementJson<'c> {
    id: &'c str,
    spec: &'c str,
    section: &'c str,
    level: &'static str,
    roles: Vec<&'static str>,
    implied: bool,
    text: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unobservable: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    untested: Option<&'c str>,
}

impl<'c> RequirementJson<'c> {
    fn of(requirement: &'c Requirement) -> Self {
        Self {
            id: requirement.id.as_str(),
            spec: requirement.id.spec(),
            section: requirement.id.section(),
            level: requirement.level.name(),
            roles: role_names(&requirement.roles),
            implied: requirement.implied,
            text: &requirement.text,
            unobservable: requirement.gap.as_ref().and_then(Gap::unobservable),
            untested: requirement.gap.as_ref().and_then(Gap::untested),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_member_is_exported_with_all_its_steps() {
        let catalogue = Catalogue::embedded().unwrap();
        let export: serde_json::Value = serde_json::from_str(&json(&catalogue)).unwrap();
        assert_eq!(export["requirements"].as_array().unwrap().len(), catalogue.requirements.len());
        let members: Vec<_> = export["cases"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|case| case["members"].as_array().unwrap())
            .collect();
        assert_eq!(members.len(), catalogue.members().count());
        for (exported, (_, member)) in members.iter().zip(catalogue.members()) {
            assert_eq!(exported["id"], *member.id);
            assert_eq!(
                exported["steps"].as_array().unwrap().len(),
                member.script.lines.len(),
                "{}",
                member.id
            );
        }
    }
}

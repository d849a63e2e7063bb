//! `wsspec explain`: why a requirement exists, what typically breaks it, and how to fix that.

use wsspec_catalogue::{Case, Catalogue, CodeExplanation, Explanation, coverage, requirement_hint};
use wsspec_reports::clean_text;
use wsspec_wire::RequirementId;

use crate::{
    catalogue::Source,
    exit_status::ExitStatus,
    failure::{CommandError, print},
    names::role_names,
};

/// Options of `wsspec explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// A case by its id, a requirement (`rfc6455#5.5.2:2` or `5.5.2:2`), a section (`rfc6455#5.5.2` or `5.5.2`), a close
    /// code, or a status code of the opening handshake
    #[arg(value_name = "CASE|REQUIREMENT|CODE")]
    pub about: String,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
}

/// Explains it.
pub fn run(args: &ExplainArgs) -> Result<ExitStatus, CommandError> {
    let catalogue = args.source.catalogue()?;
    print(&clean_text(&explained(&catalogue, &args.about).map_err(CommandError::Usage)?))?;
    Ok(ExitStatus::Success)
}

/// Width of the text, in characters.
const WIDTH: usize = 96;
/// Maximum number of cases listed for a requirement.
const CASES: usize = 12;

/// The explanation of something, or why it cannot be explained.
fn explained(catalogue: &Catalogue, about: &str) -> Result<String, String> {
    if let Ok(code) = about.parse::<u16>() {
        return Ok(of_code(about, catalogue.code(code)));
    }
    if let Some(case) = catalogue.case(about) {
        return Ok(of_case(catalogue, case));
    }
    let wanted = ids(catalogue, about);
    let mut requirements = wanted.iter().filter_map(|id| RequirementId::parse(id));
    if let Some(id) = requirements.find(|id| catalogue.requirements.contains_key(id)) {
        return Ok(of_requirement(catalogue, &id));
    }
    let sections: Vec<_> = wanted.iter().filter(|id| !rules(catalogue, id).is_empty()).collect();
    let [first, others @ ..] = &*sections else { return Err(unknown(catalogue, about, &wanted[0])) };
    let mut out = of_section(catalogue, first);
    for other in others {
        labelled(&mut out, "also", &format!("wsspec explain {other}"));
    }
    Ok(out)
}

/// The possible ids: the word itself, or the word in each specification, RFC 6455 first.
fn ids(catalogue: &Catalogue, about: &str) -> Vec<String> {
    if about.contains('#') {
        return vec![about.to_owned()];
    }
    let mut specs: Vec<&str> = catalogue.requirements.keys().map(RequirementId::spec).collect();
    specs.dedup();
    specs.sort_by_key(|spec| *spec != "rfc6455");
    specs.iter().map(|spec| format!("{spec}#{about}")).collect()
}

fn of_code(text: &str, found: Option<&CodeExplanation>) -> String {
    let mut out = format!("{text}\n\n");
    match found {
        Some(found) => {
            labelled(&mut out, "means", &found.means);
            labelled(&mut out, "sent by", &found.send);
        }
        None => labelled(&mut out, "means", "nothing that the catalogue explains"),
    }
    out
}

fn of_case(catalogue: &Catalogue, case: &Case) -> String {
    let mut out = format!("{}\n{}\n", case.id, case.title);
    let mut said = Said::default();
    for id in &case.cites {
        out.push('\n');
        rule(&mut out, catalogue, id);
        if let Some(explanation) = said.first_time(catalogue.explanation(id)) {
            why(&mut out, explanation);
        }
    }
    out.push('\n');
    labelled(&mut out, "case", &format!("{}:{}", case.location.path, case.location.line));
    labelled(&mut out, "see", &format!("wsspec show {}", case.id));
    out
}

fn of_requirement(catalogue: &Catalogue, id: &RequirementId) -> String {
    let mut out = format!("{id}\n\n");
    rule(&mut out, catalogue, id);
    if let Some(found) = catalogue.requirements.get(id) {
        labelled(&mut out, "binds", &role_names(&found.roles).join(", "));
    }
    match catalogue.explanation(id) {
        Some(explanation) => why(&mut out, explanation),
        None => labelled(&mut out, "why", "the catalogue has no explanation of it"),
    }
    let covered = coverage(catalogue).into_iter().find(|covered| covered.requirement.id == *id);
    let all = covered.map(|covered| [covered.first, covered.also].concat()).unwrap_or_default();
    if !all.is_empty() {
        out.push('\n');
    }
    for (index, case) in all.iter().take(CASES).enumerate() {
        labelled(&mut out, if index == 0 { "cases" } else { "" }, &format!("wsspec show {}", case.id));
    }
    if all.len() > CASES {
        labelled(&mut out, "", &format!("... {} more", all.len() - CASES));
    }
    out
}

/// The ids of a section's rules, in order; empty for an unknown section.
fn rules<'c>(catalogue: &'c Catalogue, wanted: &str) -> Vec<&'c RequirementId> {
    let in_it = |id: &&RequirementId| wanted.split_once('#') == Some((id.spec(), id.section()));
    let mut ids: Vec<_> = catalogue.requirements.keys().filter(in_it).collect();
    ids.sort_by_key(|id| id.ordinal());
    ids
}

/// A section's rules and their explanations.
fn of_section(catalogue: &Catalogue, wanted: &str) -> String {
    let ids = rules(catalogue, wanted);
    let citation = ids.first().map(|id| id.citation()).unwrap_or_default();
    let mut out = format!("{wanted}\n{citation}\n");
    let mut said = Said::default();
    for id in ids {
        if let Some(explanation) = said.first_time(catalogue.explanation(id)) {
            out.push('\n');
            why(&mut out, explanation);
            out.push('\n');
        }
        if let Some(found) = catalogue.requirements.get(id) {
            labelled(
                &mut out,
                &found.level.to_string(),
                &format!("{}{} ({id})", found.text, if found.implied { ", implied" } else { "" }),
            );
        }
    }
    out.push('\n');
    labelled(&mut out, "cases", &format!("wsspec list 'requirement:{wanted}:*'"));
    out
}

/// Explanations already printed: several requirements may share one.
#[derive(Default)]
struct Said<'c>(Vec<&'c Explanation>);

impl<'c> Said<'c> {
    /// The explanation, unless it was printed before.
    fn first_time(&mut self, found: Option<&'c Explanation>) -> Option<&'c Explanation> {
        let found = found.filter(|found| !self.0.iter().any(|said| std::ptr::eq(*said, *found)))?;
        self.0.push(found);
        Some(found)
    }
}

fn rule(out: &mut String, catalogue: &Catalogue, id: &RequirementId) {
    match catalogue.requirements.get(id) {
        Some(found) => {
            let text = format!("{}: {} ({id})", found.citation(), found.text);
            labelled(out, &found.level.to_string(), &text);
        }
        None => labelled(out, "rule", id.as_str()),
    }
}

fn why(out: &mut String, explanation: &Explanation) {
    labelled(out, "why", &explanation.why);
    labelled(out, "breaks", &explanation.breaks);
    labelled(out, "fix", &explanation.fix);
}

/// A label and, next to it, its text, wrapped.
fn labelled(out: &mut String, label: &str, text: &str) {
    let first = format!("  {label:<8} ");
    let options = textwrap::Options::new(WIDTH).initial_indent(&first).subsequent_indent("           ");
    out.push_str(&textwrap::fill(text, options));
    out.push('\n');
}

fn unknown(catalogue: &Catalogue, about: &str, wanted: &str) -> String {
    let did_you_mean = |near: &str| format!("did you mean `{near}`?");
    let case = || catalogue.nearest_case(about).map(did_you_mean);
    let hint = match about.contains('/') {
        true => case(),
        false => requirement_hint(catalogue, wanted).or_else(case),
    };
    format!(
        "`{about}` is not a case, requirement, section or code; {}",
        hint.unwrap_or_else(|| "see `wsspec list`".to_owned())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::embedded().unwrap()
    }

    #[test]
    fn a_section_is_looked_for_in_every_specification() {
        let catalogue = catalogue();
        assert!(explained(&catalogue, "7.1.2.1").unwrap().starts_with("rfc7692#7.1.2.1\n"));
        assert!(explained(&catalogue, "7.1.2.1:7").unwrap().starts_with("rfc7692#7.1.2.1:7\n"));
        let both = explained(&catalogue, "7.2.2").unwrap();
        assert!(
            both.starts_with("rfc6455#7.2.2\n") && both.ends_with("wsspec explain rfc7692#7.2.2\n"),
            "{both}"
        );
        assert!(explained(&catalogue, "9.1").unwrap().starts_with("rfc6455#9.1\n"));
    }

    #[test]
    fn every_requirement_is_explained() {
        let catalogue = catalogue();
        for id in catalogue.requirements.keys() {
            let text = of_requirement(&catalogue, id);
            assert!(!text.contains("no explanation"), "{text}");
            for label in ["\n  why ", "\n  breaks ", "\n  fix "] {
                assert!(text.contains(label), "{id} lacks {label}");
            }
        }
    }

    #[test]
    fn every_close_code_is_explained() {
        let catalogue = catalogue();
        for code in 0..=u16::MAX {
            assert!(catalogue.code(code).is_some(), "{code}");
        }
        assert!(explained(&catalogue, "1005").unwrap().contains("Nobody"));
        assert!(explained(&catalogue, "426").unwrap().contains("Upgrade Required"));
    }

    #[test]
    fn a_case_says_each_explanation_once_and_where_it_stands() {
        let text = explained(&catalogue(), "rfc6455/5.4/ping-between-fragments[chop=1]").unwrap();
        assert!(text.starts_with("rfc6455/5.4/ping-between-fragments\nA ping between"), "{text}");
        assert!(text.contains("cases/rfc6455/5.4-fragmentation.toml:"), "{text}");
        let whys: Vec<_> = text.lines().filter(|line| line.starts_with("  why ")).collect();
        assert_eq!(whys.len(), whys.iter().collect::<std::collections::HashSet<_>>().len(), "{text}");
    }

    #[test]
    fn a_rule_of_its_own_is_explained_before_its_section() {
        let catalogue = catalogue();
        let key = of_requirement(&catalogue, &RequirementId::parse("rfc6455#4.2.1:23").unwrap());
        assert!(key.contains("16 random bytes"), "{key}");
        assert!(explained(&catalogue, "5.5.2").unwrap().contains("rfc6455#5.5.2:1"));
        assert!(explained(&catalogue, "5.5.2:2").unwrap().starts_with("rfc6455#5.5.2:2\n"));
    }

    #[test]
    fn what_is_nothing_is_answered_with_the_nearest() {
        let error = |about| explained(&catalogue(), about).unwrap_err();
        let last =
            catalogue().requirements.keys().filter(|id| id.as_str().starts_with("rfc6455#5.5.2:")).count();
        assert_eq!(
            error("rfc6455#5.5.2:22"),
            format!(
                "`rfc6455#5.5.2:22` is not a case, requirement, section or code; rfc6455#5.5.2 has 1 to {last}"
            )
        );
        assert!(error("rfc6455/5.4/ping-between-fragment").contains("`rfc6455/5.4/ping-between-fragments`"));
        assert!(error("70000").starts_with("`70000` is not a case"));
    }
}

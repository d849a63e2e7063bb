//! `wsspec show`: prints one case, the requirements it cites, its script, and its members.

use wsspec_catalogue::{Case, Catalogue, Extra, Member};
use wsspec_reports::clean_text;
use wsspec_wire::RequirementId;

use crate::{
    catalogue::Source,
    exit_status::ExitStatus,
    failure::{CommandError, count, print},
    names::{need_names, role_names},
};

/// Options of `wsspec show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Id of a case, present or former, or of one member of a family
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
}

/// Shows a case, or one of its members.
pub fn run(args: &ShowArgs) -> Result<ExitStatus, CommandError> {
    let catalogue = args.source.catalogue()?;
    print(&clean_text(&shown(&catalogue, &args.case).map_err(CommandError::Usage)?))?;
    Ok(ExitStatus::Success)
}

/// The text for an id, or what is wrong with the id.
fn shown(catalogue: &Catalogue, id: &str) -> Result<String, String> {
    let Some(case) = catalogue.case(id) else {
        let near = catalogue.nearest_case(id).map(|near| format!("; did you mean `{near}`?"));
        return Err(format!("there is no case `{id}`{}", near.unwrap_or_default()));
    };
    let Some(values) = id.find('[').map(|at| &id[at..]) else { return Ok(family(catalogue, case)) };
    let wanted = format!("{}{values}", case.id);
    match case.members.iter().find(|member| member.id == wanted) {
        Some(found) => Ok(member(catalogue, case, found)),
        None => {
            let near =
                wsspec_notation::nearest(&wanted, case.members.iter().map(|member| member.id.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`?"));
            Err(format!("`{}` has no member `{values}`{}", case.id, near.unwrap_or_default()))
        }
    }
}

/// A case as written, and its members.
fn family(catalogue: &Catalogue, case: &Case) -> String {
    let needs = common(case, |member| need_names(&member.needs));
    let autobahn = common(case, |member| member.autobahn.iter().map(String::as_str).collect());
    let mut out = head(catalogue, case, &case.id, &case.cites, &needs, &autobahn);
    out.push_str(&script(&case.script));
    if let [first, _, ..] = &*case.members {
        debug_assert!(!first.values.is_empty());
        out.push_str(&format!("\n{}\n", count(case.members.len(), "member")));
        for member in &case.members {
            match &*member.autobahn {
                [] => out.push_str(&format!("  {}\n", member.id)),
                ids => out.push_str(&format!("  {}  (Autobahn {})\n", member.id, ids.join(" "))),
            }
        }
    }
    out
}

/// One member, with its values filled in.
fn member(catalogue: &Catalogue, case: &Case, member: &Member) -> String {
    let autobahn: Vec<&str> = member.autobahn.iter().map(String::as_str).collect();
    let mut out = head(catalogue, case, &member.id, &member.cites, &need_names(&member.needs), &autobahn);
    out.push_str(&script(&member.script.to_string()));
    out
}

/// The words of all members, each once, in order.
fn common<'c>(case: &'c Case, words: impl Fn(&'c Member) -> Vec<&'c str>) -> Vec<&'c str> {
    let mut all = Vec::new();
    for word in case.members.iter().flat_map(words) {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all
}

/// Everything except the script: id, title, and a labelled line for each property.
fn head(
    catalogue: &Catalogue,
    case: &Case,
    id: &str,
    cites: &[RequirementId],
    needs: &[&str],
    autobahn: &[&str],
) -> String {
    let tags: Vec<&str> = case.tags.iter().map(String::as_str).collect();
    let extra: Vec<&str> = case.extra.map(Extra::name).into_iter().collect();
    let was: Vec<&str> = case.was.iter().map(String::as_str).collect();
    let mut out = format!("{id}\n{}\n\n", case.title);
    for (index, cited) in cites.iter().enumerate() {
        out.push_str(&labelled(if index == 0 { "tests" } else { "also" }, &requirement(catalogue, cited)));
    }
    out.push_str(&labelled("peer", &role_names(&case.roles).join(", ")));
    for (label, words) in
        [("needs", needs), ("extra", &extra), ("tags", &tags), ("autobahn", autobahn), ("was", &was)]
    {
        if !words.is_empty() {
            out.push_str(&labelled(label, &words.join(", ")));
        }
    }
    out.push_str(&labelled("case", &format!("{}:{}", case.location.path, case.location.line)));
    out.push('\n');
    out
}

fn labelled(label: &str, text: &str) -> String {
    format!("  {label:<9} {text}\n")
}

/// `MUST  RFC 6455 section 5.5.2: text (rfc6455#5.5.2:2)`.
fn requirement(catalogue: &Catalogue, id: &RequirementId) -> String {
    match catalogue.requirements.get(id) {
        Some(found) => format!("{} {}: {} ({id})", found.level, found.citation(), found.text),
        None => id.to_string(),
    }
}

fn script(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_case_and_member_can_be_shown() {
        let catalogue = Catalogue::embedded().unwrap();
        for (case, member) in catalogue.members() {
            let of_case = shown(&catalogue, &case.id).unwrap();
            let of_member = shown(&catalogue, &member.id).unwrap();
            for (text, id) in [(of_case, &case.id), (of_member, &member.id)] {
                assert!(text.starts_with(&format!("{id}\n{}\n", case.title)), "{text}");
                assert!(text.contains(&format!("{}:{}", case.location.path, case.location.line)), "{text}");
            }
        }
    }

    #[test]
    fn an_earlier_id_still_finds_its_case() {
        let catalogue = Catalogue::embedded().unwrap();
        for case in &catalogue.cases {
            for was in &case.was {
                assert_eq!(shown(&catalogue, was).unwrap(), shown(&catalogue, &case.id).unwrap());
            }
        }
    }
}

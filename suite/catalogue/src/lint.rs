//! The findings of `wsspec check` other than mistakes: rules of style and soundness for cases.

mod bugs;
mod codes;
mod explanations;
mod recommendations;
mod words;

use wsspec_notation::{Expected, Script, Step, Strength};
use wsspec_wire::Role;

use crate::{case::Case, catalogue::Catalogue, requirement::Requirement};

/// A finding about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// Full id of the case, or id of the requirement.
    pub subject: String,
    /// `path:line`, or empty for a requirement.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// Maximum number of lines in a script.
pub const LONGEST_SCRIPT: usize = 60;

/// All findings about the cases of a catalogue.
pub fn lint(catalogue: &Catalogue) -> Vec<Lint> {
    let mut found = Vec::new();
    let mut titles = std::collections::HashMap::new();
    for case in &catalogue.cases {
        let mut say = |message: String| {
            let place = format!("{}:{}", case.location.path, case.location.line);
            found.push(Lint { subject: case.id.clone(), place, message });
        };
        if let Some(first) = titles.insert(case.title.as_str(), case.id.as_str()) {
            say(format!("its title is also that of {first}"));
        }
        lint_words(case, &mut say);
        lint_script(case, &mut say);
        if case.members.iter().any(|member| member.uri.is_some()) && case.roles != [Role::Client] {
            let what = "it sets the URI of a client, but is not only for clients";
            say(format!("{what}: add `roles = [\"client\"]`"));
        }
        if case.members.iter().any(|member| member.certificate.is_some()) && case.roles != [Role::Client] {
            let what = "it says which certificate a client meets, and is not for clients alone";
            say(format!("{what}: add `roles = [\"client\"]`"));
        }
        if case.members.iter().any(|member| !member.script.streams().is_empty())
            && case.roles != [Role::Server]
        {
            say("only a client opens streams, and its peer is a server: add `roles = [\"server\"]`".into());
        }
        recommendations::lint(catalogue, case, &mut say);
    }
    found.extend(bugs::lint(catalogue));
    found.extend(explanations::lint(catalogue));
    found.extend(codes::lint(catalogue));
    found
}

/// Requirements that could be observed on the wire, that no case cites, and that give no reason for it.
pub fn untested(catalogue: &Catalogue) -> Vec<&Requirement> {
    let cited: std::collections::HashSet<_> = catalogue.cases.iter().flat_map(|case| &case.cites).collect();
    catalogue.requirements.values().filter(|r| r.gap.is_none() && !cited.contains(&r.id)).collect()
}

fn lint_words(case: &Case, say: &mut impl FnMut(String)) {
    let slug = case.id.rsplit('/').next().unwrap_or_default();
    let kebab =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !slug.split('-').all(kebab) {
        say(format!("`{slug}` is not lower-case words joined by hyphens"));
    }
    let length = case.title.chars().count();
    if length > 80 {
        say(format!("its title has {length} characters, more than 80"));
    }
    let title = case.title.to_lowercase();
    for banned in ["should", "test that"] {
        if title.contains(banned) {
            say(format!(
                "its title says `{}`: say in the present tense what the peer does",
                banned.trim_end()
            ));
        }
    }
    if case.title.ends_with('.') {
        say("its title ends with a full stop".into());
    }
}

fn lint_script(case: &Case, say: &mut impl FnMut(String)) {
    let lines = case.script.lines().filter(|line| !line.trim().is_empty()).count();
    if lines > LONGEST_SCRIPT {
        say(format!("its script has {lines} lines, more than {LONGEST_SCRIPT}"));
    }
    for member in &case.members {
        if fails_without_life(&member.script) {
            say("it expects `fail` before the peer has proved that it is alive: add `alive` before".into());
            break;
        }
    }
    // What is between both ends is judged by what arrives there, whatever the script expects.
    if !case.members.iter().any(|member| asserts(&member.script) || member.script.is_on_both_sides()) {
        say("it expects nothing of the peer".into());
    }
}

/// Whether `fail` (or just the end of the stream) is expected on a connection that has not proved to be alive.
fn fails_without_life(script: &Script) -> bool {
    if script.does_handshake() {
        return false;
    }
    for line in script.walk() {
        match &line.step {
            Step::Alive | Step::Finish => return false,
            Step::Expect(e) if e.expected().any(|x| matches!(x, Expected::Fail(_))) => return true,
            Step::Expect(e) if e.strength == Strength::Must => return false,
            _ => {}
        }
    }
    false
}

fn asserts(script: &Script) -> bool {
    script.walk().any(|line| match &line.step {
        Step::Alive | Step::Finish | Step::Quiet(_) | Step::Measure(Some(_)) | Step::Terminate => true,
        Step::Expect(e) => e.strength != Strength::May,
        _ => false,
    })
}

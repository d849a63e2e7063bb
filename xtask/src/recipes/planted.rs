//! `planted`: a campaign against each of many servers with one bug each, to measure the fuzzer. Asserts nothing.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde::Deserialize;
use wsspec_peer::Flaw;

use crate::{failure::RecipeError, peer, process, table::aligned, workspace::Workspace};

/// Default number of seconds for each bug.
pub const SECONDS: u32 = 60;

/// The specifications that a campaign is about.
const SPECIFICATIONS: [&str; 2] = ["rfc6455#", "rfc7692#"];

/// Sections with requirements about the opening handshake and its agreements.
const HANDSHAKE: [&str; 12] = [
    "rfc6455#1.",
    "rfc6455#3",
    "rfc6455#4",
    "rfc6455#9",
    "rfc6455#10",
    "rfc6455#11.3",
    "rfc6455#11.2",
    "rfc7692#5",
    "rfc7692#7:",
    "rfc7692#7.1",
    "rfc6455#2",
    "rfc6455#11.1",
];

/// The result of one campaign.
struct PlantedCampaign {
    flaw: Flaw,
    took: Duration,
    found: Option<FirstFinding>,
    /// Its last line, if nothing was found.
    last_line: String,
}

struct FirstFinding {
    id: String,
    lines: usize,
}

/// The part of `wsspec export` that is read.
#[derive(Deserialize)]
struct ExportedCatalogue {
    requirements: Vec<ExportedRequirement>,
}

#[derive(Deserialize)]
struct ExportedRequirement {
    id: String,
    level: String,
}

#[derive(Deserialize)]
struct SavedCampaign {
    findings: Vec<SavedFinding>,
}

#[derive(Deserialize)]
struct SavedFinding {
    trial: FindingTrial,
}

#[derive(Deserialize)]
struct FindingTrial {
    id: String,
    script: Vec<serde_json::Value>,
}

/// Fuzzes a server with each of the flaws for at most this many seconds, until something is found; prints a table.
pub fn run(workspace: &Workspace, names: &[String], seconds: u32) -> Result<(), RecipeError> {
    let wsspec = workspace.wsspec()?;
    let flaws = chosen(names, &musts(&wsspec)?)?;
    let dir = workspace.target("planted");
    let mut campaigns = Vec::new();
    for flaw in flaws {
        let campaign = campaign(&wsspec, &dir, flaw, seconds)?;
        let seconds = campaign.took.as_secs_f64();
        match &campaign.found {
            Some(FirstFinding { id, lines }) => {
                println!("{:36} {seconds:5.1} s  {lines} lines  {id}", flaw.name())
            }
            None => println!("{:36} {seconds:5.1} s  not found: {}", flaw.name(), campaign.last_line),
        }
        campaigns.push(campaign);
    }
    print!("\n{}", summary(&campaigns));
    Ok(())
}

/// The requirements that a finding may be about. A missed SHOULD is not one, so no campaign can find such a bug.
fn musts(wsspec: &Path) -> Result<BTreeSet<String>, RecipeError> {
    let json = process::stdout(std::process::Command::new(wsspec).arg("export"))?;
    let exported: ExportedCatalogue =
        serde_json::from_str(&json).map_err(|error| RecipeError::Other(format!("wsspec export: {error}")))?;
    let musts = exported.requirements.into_iter().filter(|requirement| requirement.level == "must");
    Ok(musts.map(|requirement| requirement.id).collect())
}

fn chosen(names: &[String], musts: &BTreeSet<String>) -> Result<Vec<Flaw>, RecipeError> {
    if names.is_empty() {
        let breaks_must = |flaw: &Flaw| musts.contains(flaw.requirement());
        return Ok(Flaw::of_servers()
            .filter(breaks_must)
            .filter(|flaw| is_of_the_data_phase(*flaw))
            .collect());
    }
    let named = |name: &String| {
        Flaw::named(name)
            .ok_or_else(|| RecipeError::Other(format!("no flaw of suite/peer is named `{name}`")))
    };
    names.iter().map(named).collect()
}

/// Whether it shows after the opening handshake, in frames or compression. The rest depends on the request or its
/// agreements, or on another protocol: HTTP, HTTP/2, TLS.
fn is_of_the_data_phase(flaw: Flaw) -> bool {
    let is_of_websocket = SPECIFICATIONS.iter().any(|of| flaw.requirement().starts_with(of));
    is_of_websocket && !HANDSHAKE.iter().any(|section| flaw.requirement().starts_with(section))
}

fn campaign(wsspec: &Path, dir: &Path, flaw: Flaw, seconds: u32) -> Result<PlantedCampaign, RecipeError> {
    let server = peer::start(Some(flaw))?;
    let out = dir.join(flaw.name());
    if out.exists() {
        fs::remove_dir_all(&out).map_err(RecipeError::file("remove", &out))?;
    }
    fs::create_dir_all(&out).map_err(RecipeError::file("create", &out))?;
    let mut command = std::process::Command::new(wsspec);
    command.arg("fuzz").arg(server.url()).args(["--findings", "1", "--seed", "1", "--quiet"]);
    command.arg("--duration").arg(format!("{seconds}s")).arg("--out").arg(&out);
    let start = Instant::now();
    let spent = process::timed(&mut command)?;
    let took = start.elapsed();
    let saved = fs::read_to_string(out.join("campaign.json")).ok();
    let saved = saved.and_then(|text| serde_json::from_str::<SavedCampaign>(&text).ok());
    let found = saved.and_then(|saved| {
        let trial = saved.findings.into_iter().next()?.trial;
        Some(FirstFinding { id: trial.id, lines: trial.script.len() })
    });
    Ok(PlantedCampaign { flaw, took, found, last_line: spent.last_line })
}

fn summary(campaigns: &[PlantedCampaign]) -> String {
    let found: Vec<&PlantedCampaign> = campaigns.iter().filter(|campaign| campaign.found.is_some()).collect();
    let mut times: Vec<f64> = found.iter().map(|campaign| campaign.took.as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    let mut lines: Vec<usize> =
        found.iter().filter_map(|campaign| Some(campaign.found.as_ref()?.lines)).collect();
    lines.sort_unstable();
    let share = 100.0 * found.len() as f64 / campaigns.len().max(1) as f64;
    let middle = |all: &[f64]| all.get(all.len() / 2).copied().unwrap_or(f64::NAN);
    let missed: Vec<&str> = campaigns
        .iter()
        .filter(|campaign| campaign.found.is_none())
        .map(|campaign| campaign.flaw.name())
        .collect();
    let rows = vec![
        vec!["planted".to_owned(), campaigns.len().to_string()],
        vec!["found".to_owned(), format!("{} ({share:.1} %)", found.len())],
        vec!["seconds, median".to_owned(), format!("{:.1}", middle(&times))],
        vec!["seconds, most".to_owned(), format!("{:.1}", times.last().copied().unwrap_or(f64::NAN))],
        vec![
            "lines, median".to_owned(),
            lines.get(lines.len() / 2).map_or_else(String::new, usize::to_string),
        ],
        vec!["lines, most".to_owned(), lines.last().map_or_else(String::new, usize::to_string)],
        vec!["not found".to_owned(), missed.join(" ")],
    ];
    aligned(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_that_break_a_must_after_the_handshake_are_chosen() {
        let should = Flaw::AnswersPongs.requirement();
        let all = Flaw::ALL.iter().map(|flaw| flaw.requirement().to_owned());
        let musts: BTreeSet<String> = all.filter(|requirement| requirement != should).collect();
        let flaws = chosen(&[], &musts).unwrap();
        assert!(flaws.len() > 150, "{}", flaws.len());
        assert!(flaws.contains(&Flaw::SendsNoPong));
        for other in [Flaw::SpeaksBeforeRequest, Flaw::AnswersPongs, Flaw::OmitsAllow, Flaw::IgnoresWindows] {
            assert!(!flaws.contains(&other), "{other:?}");
        }
        assert_eq!(chosen(&["answers-pongs".to_owned()], &musts).unwrap(), [Flaw::AnswersPongs]);
        let unknown = chosen(&["sends-no-ping".to_owned()], &musts).unwrap_err();
        assert!(unknown.to_string().contains("`sends-no-ping`"));
    }
}

//! `planted`: a campaign against each of many servers that have one bug each: what a fuzzer is worth. Asserts nothing.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde::Deserialize;
use wsspec_peer::Flaw;

use crate::{failure::RecipeError, peer, process, table::aligned, workspace::Workspace};

/// Seconds for each bug unless others are asked for.
pub const SECONDS: u32 = 60;

/// Sections whose requirements are about the opening handshake, and what is agreed in it.
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

/// What came of one campaign.
struct PlantedHunt {
    flaw: Flaw,
    took: Duration,
    found: Option<FirstFinding>,
    /// What it ended with, where nothing was found.
    last_line: String,
}

struct FirstFinding {
    id: String,
    lines: usize,
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

/// Fuzzes a server with each of the flaws for at most so many seconds, until something is found; prints a table.
pub fn run(workspace: &Workspace, names: &[String], seconds: u32) -> Result<(), RecipeError> {
    let flaws = chosen(names)?;
    let wsspec = workspace.wsspec()?;
    let dir = workspace.target("planted");
    let mut hunts = Vec::new();
    for flaw in flaws {
        let hunt = hunt(&wsspec, &dir, flaw, seconds)?;
        let seconds = hunt.took.as_secs_f64();
        match &hunt.found {
            Some(FirstFinding { id, lines }) => {
                println!("{:36} {seconds:5.1} s  {lines} lines  {id}", flaw.name())
            }
            None => println!("{:36} {seconds:5.1} s  not found: {}", flaw.name(), hunt.last_line),
        }
        hunts.push(hunt);
    }
    print!("\n{}", summary(&hunts));
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<Flaw>, RecipeError> {
    if names.is_empty() {
        return Ok(Flaw::of_servers().filter(|flaw| !is_of_the_handshake(*flaw)).collect());
    }
    let named = |name: &String| {
        Flaw::named(name)
            .ok_or_else(|| RecipeError::Other(format!("no flaw of suite/peer is named `{name}`")))
    };
    names.iter().map(named).collect()
}

/// Whether it shows before, or by what is agreed in, the opening handshake.
fn is_of_the_handshake(flaw: Flaw) -> bool {
    HANDSHAKE.iter().any(|section| flaw.requirement().starts_with(section))
}

fn hunt(wsspec: &Path, dir: &Path, flaw: Flaw, seconds: u32) -> Result<PlantedHunt, RecipeError> {
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
    Ok(PlantedHunt { flaw, took, found, last_line: spent.last_line })
}

fn summary(hunts: &[PlantedHunt]) -> String {
    let found: Vec<&PlantedHunt> = hunts.iter().filter(|hunt| hunt.found.is_some()).collect();
    let mut times: Vec<f64> = found.iter().map(|hunt| hunt.took.as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    let mut lines: Vec<usize> = found.iter().filter_map(|hunt| Some(hunt.found.as_ref()?.lines)).collect();
    lines.sort_unstable();
    let share = 100.0 * found.len() as f64 / hunts.len().max(1) as f64;
    let middle = |all: &[f64]| all.get(all.len() / 2).copied().unwrap_or(f64::NAN);
    let missed: Vec<&str> =
        hunts.iter().filter(|hunt| hunt.found.is_none()).map(|hunt| hunt.flaw.name()).collect();
    let rows = vec![
        vec!["planted".to_owned(), hunts.len().to_string()],
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
    fn flaws_of_frames_are_chosen_and_those_of_the_handshake_are_not() {
        let flaws = chosen(&[]).unwrap();
        assert!(flaws.len() > 150, "{}", flaws.len());
        assert!(flaws.contains(&Flaw::SendsNoPong) && !flaws.contains(&Flaw::SpeaksBeforeRequest));
        assert_eq!(chosen(&["sends-no-pong".to_owned()]).unwrap(), [Flaw::SendsNoPong]);
        assert!(chosen(&["sends-no-ping".to_owned()]).unwrap_err().to_string().contains("`sends-no-ping`"));
    }
}

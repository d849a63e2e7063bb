//! The results of a campaign, for people, for programs, and as an exit code.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use wsspec_campaign::{campaign::CampaignRecord, finding::CampaignFinding};
use wsspec_record::{Declared, FORMAT, Guide, LimitsRecord, PeerProfile, Record, TrialRecord, Verdict};
use wsspec_reports::{ExitStatus, Report, clean_line, rerun_command, trial_text};
use wsspec_runner::HuntEnd;
use wsspec_wire::Role;

use super::paths::shown_path;
use crate::{
    failure::{CommandError, count},
    output::{self, destination},
};

/// What the case of a finding is run against.
pub struct CampaignOrigin {
    /// The address.
    pub target: String,
    /// The peer's role.
    pub role: Role,
    /// Options of the command line that it depends on.
    pub options: Vec<String>,
    /// The folder of findings.
    pub findings: PathBuf,
    /// What the peer can do.
    pub peer: PeerProfile,
    /// All that the catalogue says about rules.
    pub guide: Guide,
}

impl CampaignOrigin {
    /// A record of trials, as `wsspec run` on the folder of findings would save it.
    fn record(&self, trials: Vec<TrialRecord>, incidents: Vec<String>, elapsed_ms: u64) -> Record {
        let cases = ["--cases".to_owned(), self.findings.display().to_string()];
        Record {
            format: FORMAT,
            wsspec: env!("CARGO_PKG_VERSION").to_owned(),
            started: String::new(),
            duration_us: elapsed_ms.saturating_mul(1000),
            role: self.role,
            target: self.target.clone(),
            seed: 0,
            options: [self.options.clone(), cases.to_vec()].concat(),
            declared: Declared::default(),
            peer: self.peer.clone(),
            limits: LimitsRecord::default(),
            incidents,
            process: None,
            deaths: Vec::new(),
            aborted: None,
            guide: self.guide.of(&trials),
            trials,
        }
    }
}

impl CampaignOrigin {
    /// The command that runs the cases of all findings.
    fn everything(&self) -> String {
        let target = [self.target.clone()];
        let (word, target) = match self.role {
            Role::Server => ("run", &target[..]),
            // Its command is one of the options.
            Role::Client => ("test-client", &[][..]),
        };
        let words = target.iter().chain(&self.options).map(|word| clean_line(word));
        // `shlex` refuses only NUL, which a clean line does not contain.
        let quoted = words.map(|word| shlex::try_quote(&word).unwrap_or_default().into_owned());
        let words = quoted.collect::<Vec<_>>().join(" ");
        format!("{word} {words} --cases {} fuzz/", shown_path(&self.findings))
    }
}

/// A finding, formatted like a failure of `wsspec run`: the broken rule, why it matters, how to fix and reproduce it.
pub fn finding_text(finding: &CampaignFinding, origin: &CampaignOrigin, colour: bool) -> String {
    trial_text(&origin.record(vec![finding.trial.clone()], Vec::new(), 0), &finding.trial, colour)
}

/// The campaign's record, with what its readers need: the explanations of the broken rules, and for each finding the
/// command that reproduces it.
pub fn explained(mut record: CampaignRecord, origin: &CampaignOrigin) -> CampaignRecord {
    let trials: Vec<TrialRecord> = record.findings.iter().map(|finding| finding.trial.clone()).collect();
    let report = origin.record(trials, Vec::new(), 0);
    for (finding, trial) in record.findings.iter_mut().zip(&report.trials) {
        finding.again = rerun_command(&report, trial);
    }
    CampaignRecord { guide: report.guide, ..record }
}

/// Writes the record of the campaign as JSON: what is saved as `campaign.json`.
pub fn write_json(path: &Path, record: &CampaignRecord) -> Result<(), CommandError> {
    destination::write_text(path, &record.json())
}

/// Writes a report with a failure for each finding, and one success for all sessions without findings.
pub fn write_report(
    path: &Path,
    format: &dyn Report,
    record: &CampaignRecord,
    passed: TrialRecord,
    origin: &CampaignOrigin,
) -> Result<(), CommandError> {
    let mut trials: Vec<TrialRecord> = record.findings.iter().map(|finding| finding.trial.clone()).collect();
    let counts = record.counts;
    if counts.sessions > counts.inconclusive {
        trials.push(passed);
    }
    let report = origin.record(trials, record.incidents.clone(), record.elapsed_ms);
    output::save(path, format, &report)
}

/// The last lines of a campaign.
pub fn summary(
    record: &CampaignRecord,
    origin: &CampaignOrigin,
    end: &HuntEnd,
    sessions: u64,
    elapsed: Duration,
) -> String {
    let counts = record.counts;
    let mut text = String::new();
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    let rate = sessions as f64 / elapsed.as_secs_f64().max(0.001);
    let seconds = elapsed.as_secs_f64();
    line(format!(
        "\n{} in {seconds:.1} s ({rate:.0}/s), seed {}",
        count_of(counts.sessions, "session"),
        record.seed
    ));
    let taken = record.transitions.len();
    line(format!(
        "  {taken} of {} transitions, {} requirements; {} lenient, {} failed, {} inconclusive, {} not confirmed",
        taken + record.untaken.len(),
        record.requirements.len(),
        counts.lenient,
        counts.failed,
        counts.inconclusive,
        counts.unconfirmed
    ));
    if !record.edges.is_empty() {
        let (count, of, role) = (record.edges.count(), record.edges.of(), origin.role.word());
        line(format!("  {count} of {of} edges of the {role}'s code"));
    }
    for (why, sessions) in record.unjudged.reasons() {
        line(format!("  inconclusive ({}): {}", count_of(sessions, "session"), clean_line(why)));
    }
    if !record.untaken.is_empty() {
        line(format!("  not taken: {}", record.untaken.join("; ")));
    }
    for finding in &record.findings {
        let times = count_of(finding.count, "session");
        line(format!(
            "  {}  {}",
            clean_line(&finding.trial.id),
            clean_line(&format!("{} ({times})", finding.signature))
        ));
    }
    if !record.findings.is_empty() {
        line(format!("  again: wsspec {}", origin.everything()));
    }
    if record.deaths > 0 {
        let times = count_of(record.deaths, "time");
        line(format!("  the {} died {times}; the sessions are in incidents/", origin.role.word()));
    }
    line(match (end, record.findings.len()) {
        (HuntEnd::Lost(why), found) => format!("{}. Ended early: {}.", found_text(found), clean_line(why)),
        (HuntEnd::Stopped, found) => format!("{}. Stopped; the same command continues.", found_text(found)),
        (_, found) => format!("{}.", found_text(found)),
    });
    text
}

fn found_text(found: usize) -> String {
    match found {
        0 => "Nothing found".into(),
        _ => format!("{} found", count(found, "thing")),
    }
}

fn count_of(number: u64, what: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), what)
}

/// The exit code of a campaign.
pub fn exit_status(record: &CampaignRecord, end: &HuntEnd) -> ExitStatus {
    let judged = record.counts.sessions > record.counts.inconclusive;
    match end {
        _ if record.findings.iter().any(|finding| matches!(finding.trial.verdict, Verdict::Fail { .. })) => {
            ExitStatus::Broken
        }
        // A death is one, whether or not a session alone leads to it.
        _ if record.deaths > 0 => ExitStatus::Broken,
        HuntEnd::Lost(_) => ExitStatus::Inconclusive,
        _ if !judged => ExitStatus::Inconclusive,
        _ => ExitStatus::Success,
    }
}

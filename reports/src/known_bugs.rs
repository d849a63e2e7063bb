//! Which known bugs a peer has, as far as the trials of a record show: one line per bug.
//!
//! Does not judge: the verdicts of a bug's trials decide.

use anstyle::Style;
use wsspec_catalogue::Bug;
use wsspec_record::{DeathRecord, Record, TrialRecord, Verdict};
use wsspec_wire::RequirementId;

use crate::{
    clean::{clean, count, sentence},
    layout::{Layout, USUAL_WIDTH},
    origin::{Origin, again},
    paint::{BAD, BOLD, DIM, GOOD, Paint, WARN},
    verdict_line::{numbers, verdict},
};

/// Maximum width of the id column.
const WIDEST_ID: usize = 48;
/// The column of the text next to the answer.
const BESIDE: usize = 13;

/// Whether a peer has a bug.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Presence<'r> {
    /// It failed a trial of the bug.
    Present {
        /// The first trial that shows it.
        trial: &'r TrialRecord,
    },
    /// No trial failed, but one was inconclusive, or none was run.
    CannotTell {
        /// The first reason.
        why: &'r str,
    },
    /// It passed all trials of the bug; a lenient verdict has other reasons.
    NotFound,
}

/// The reason if a trial failed only among others.
const FLAKY: &str = "it failed among other trials and not alone";

/// The reason if a failure may have other causes than memory.
const UNMEASURED: &str = "its memory was not measured; start the server with --spawn";

/// The reason if a trial failed by a rule that is not the subject of its case.
const OTHER_RULE: &str = "its case failed for another reason";

/// Whether the case is about this requirement. A rule that the peer breaks on every connection counts only in cases that
/// are about it first of all.
fn is_about(trial: &TrialRecord, requirement: &RequirementId, record: &Record) -> bool {
    let is_usual = record.peer.always_breaks.contains(requirement);
    trial.requirement.id == *requirement || !is_usual && trial.also.contains(requirement)
}

/// Whether a trial measures memory that the peer keeps.
fn measures(trial: &TrialRecord) -> bool {
    trial.script.iter().any(|line| line.text.trim_start().starts_with("measure held"))
}

impl<'r> Presence<'r> {
    /// What the trials of a record show about a bug: the worst of their results.
    pub fn of(bug: &Bug, record: &'r Record) -> Self {
        let trials = || record.trials.iter().filter(|trial| bug.fits(&trial.id));
        // Only a measurement, not a missing answer, shows that memory is kept.
        let is_measured = trials().any(measures);
        let shows = |trial: &&TrialRecord| match trial.verdict {
            Verdict::Fail { .. } if trial.death.is_some() => true,
            Verdict::Fail { ref failure } => {
                is_about(trial, &failure.requirement, record) && (!is_measured || measures(trial))
            }
            Verdict::Lenient { .. } if bug.recommended => true,
            _ => died_of(trial, record).is_some(),
        };
        if let Some(trial) = trials().find(shows) {
            return Self::Present { trial };
        }
        if let Some(failed) = trials().find(|trial| trial.verdict.is_fail()) {
            let why = if is_measured && !measures(failed) { UNMEASURED } else { OTHER_RULE };
            return Self::CannotTell { why };
        }
        match trials().find_map(doubt) {
            Some(why) => Self::CannotTell { why },
            None if trials().next().is_none() => Self::CannotTell { why: "its cases were not run" },
            None => Self::NotFound,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Present { .. } => "PRESENT",
            Self::CannotTell { .. } => "cannot tell",
            Self::NotFound => "not found",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Present { trial } if trial.known().is_some() => WARN.bold(),
            Self::Present { .. } => BAD.bold(),
            Self::CannotTell { .. } => WARN,
            Self::NotFound => GOOD,
        }
    }
}

/// How a watched server died, if a trial killed it alone, whatever the trial's own connection showed.
fn died_of<'r>(trial: &'r TrialRecord, record: &'r Record) -> Option<&'r str> {
    if let Some(death) = &trial.death {
        return Some(&death.how);
    }
    let deaths = &record.process.as_ref()?.deaths;
    let own = |death: &&DeathRecord| matches!(&death.trials[..], [id] if *id == trial.id);
    deaths.iter().find(own).map(|death| death.how.as_str())
}

/// Why a trial does not decide whether the bug is there.
fn doubt(trial: &TrialRecord) -> Option<&str> {
    match &trial.verdict {
        Verdict::Flaky { .. } => Some(FLAKY),
        Verdict::Inconclusive { why } => Some(why),
        Verdict::Skip { reason } => Some(reason),
        Verdict::Pass | Verdict::Lenient { .. } | Verdict::Fail { .. } => None,
    }
}

/// A line for each bug, followed by the trial and the command that show it if it is present; then incidents, the
/// numbers, and the outcome of the run. Each line has its line end.
///
/// With `colour`, ANSI styles are its only escape sequences. `strict` is as in
/// [`RunOutcome::of`](crate::RunOutcome::of).
pub fn known_bugs(bugs: &[Bug], record: &Record, colour: bool, strict: bool) -> String {
    answers(bugs, record, Layout::new(Paint(colour), USUAL_WIDTH), strict)
}

/// The same, fitted to a layout.
pub(crate) fn answers(bugs: &[Bug], record: &Record, layout: Layout, strict: bool) -> String {
    let found: Vec<_> = bugs.iter().map(|bug| (bug, Presence::of(bug, record))).collect();
    let width = bugs.iter().map(|bug| bug.id.chars().count()).max().unwrap_or(0).min(WIDEST_ID);
    let mut out = String::new();
    for (bug, presence) in &found {
        answer(bug, *presence, width, layout, &mut out);
        if let Presence::Present { trial } = presence {
            evidence(bug, trial, record, layout, &mut out);
        }
    }
    for incident in &record.incidents {
        layout.after("", 0, WARN, &format!("incident: {}", sentence(incident)), &mut out);
    }
    let number = |word: &str| found.iter().filter(|(_, presence)| presence.word() == word).count();
    let words = ["PRESENT", "not found", "cannot tell"]
        .map(|word| format!("{} {}", number(word), word.to_lowercase()));
    let counts = format!("{}: {}", count(bugs.len(), "known bug"), words.join(", "));
    layout.after("", 0, Style::new(), &counts, &mut out);
    layout.after("", 0, Style::new(), &numbers(record), &mut out);
    let (style, sentence) = verdict(record, strict);
    layout.after("", 0, style, &sentence, &mut out);
    out
}

/// `not found    length-loops  Apache Tomcat: CVE-2020-13935`.
fn answer(bug: &Bug, presence: Presence<'_>, width: usize, layout: Layout, out: &mut String) {
    let paint = layout.paint;
    let mark = paint.on(presence.style(), format!("{:<11}", presence.word()));
    let id = paint.on(BOLD, format!("{:<width$}", clean(&bug.id)));
    let origin = sentence(&format!("{}: {}", bug.software.join(", "), bug.references.join(", ")));
    let why = match presence {
        Presence::CannotTell { why } => format!(": {}", sentence(why)),
        _ => String::new(),
    };
    // One line, whatever its length, so that scripts can search for it.
    out.push_str(&format!("{mark}  {id}  {}\n", paint.on(DIM, format!("{origin}{why}"))));
}

/// What the peer does, which trial shows it, and how to reproduce it.
fn evidence(bug: &Bug, trial: &TrialRecord, record: &Record, layout: Layout, out: &mut String) {
    let death = died_of(trial, record);
    let mut lines = vec![sentence(&bug.title)];
    if !trial.verdict.is_fail() && death.is_none() {
        lines[0].push_str("; the specification only recommends otherwise");
    }
    let found = match &trial.verdict {
        _ if death.is_some() => format!("the server died: {}", sentence(death.unwrap_or_default())),
        Verdict::Fail { failure } => sentence(&failure.headline()),
        Verdict::Lenient { notes } => notes.first().map(|note| sentence(&note.text)).unwrap_or_default(),
        _ => String::new(),
    };
    lines.push(format!("{}: {found}", clean(&trial.id)));
    if let Some(reason) = trial.known() {
        lines.push(format!("known: {}", sentence(reason)));
    }
    for line in &lines {
        layout.after(&" ".repeat(BESIDE), BESIDE, Style::new(), line, out);
    }
    layout.command_at(BESIDE, &again(trial, &Origin::of(record)), out);
}

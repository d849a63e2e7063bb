//! One trial as people read it: in the terminal, and as the body of a JUnit failure.

use wsspec_record::{Failure, Note, Record, RequirementRecord, TrialRecord, Verdict};
use wsspec_wire::Role;

use crate::{
    clean::{clean, cut, seconds, sentence, shell_quoted},
    paint::{BAD, BOLD, DIM, GOOD, Paint, WARN},
    standing,
    timeline::timeline,
};

/// Where a trial's duration ends.
const HEAD: usize = 92;
/// The most lines of a process that died that are shown.
const MOST_LINES: usize = 8;
/// The most notes of a trial that are shown.
const MOST_NOTES: usize = 8;

/// How a trial came out, with the bytes that prove it. Several lines, each with its end.
///
/// A failure has the script and what happened at each of its lines; what is lenient, flaky or inconclusive is told in
/// short, what passed or was skipped on one line. With `colour`, ANSI styles are the only escape sequences in it.
pub fn trial_text(record: &Record, trial: &TrialRecord, colour: bool) -> String {
    render(trial, &Origin::of(record), Paint(colour))
}

/// What running a trial again takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// The peer's.
    pub role: Role,
    pub target: &'a str,
    pub seed: u64,
    pub options: &'a [String],
}

impl<'a> Origin<'a> {
    pub(crate) fn of(record: &'a Record) -> Self {
        Self { role: record.role, target: &record.target, seed: record.seed, options: &record.options }
    }
}

/// The command that runs a trial again.
pub(crate) fn again(trial: &TrialRecord, origin: &Origin<'_>) -> String {
    let (before, after) = around_id(origin);
    format!("{before}{}{after}", shell_quoted(&clean(&trial.id)))
}

/// What stands before and after a trial's id in the command that runs it again.
pub(crate) fn around_id(origin: &Origin<'_>) -> (String, String) {
    // A client is no address: how it is started, or where it comes to, stands among the options.
    let before = match (origin.role, origin.options.first()) {
        (Role::Server, _) => format!("wsspec run {} ", shell_quoted(&clean(origin.target))),
        (Role::Client, Some(option)) if option == "--listen" => "wsspec serve ".into(),
        (Role::Client, _) => "wsspec test-client ".into(),
    };
    let mut after = String::new();
    if origin.seed != 0 {
        after.push_str(&format!(" --seed {}", origin.seed));
    }
    for option in origin.options {
        after.push_str(&format!(" {}", shell_quoted(&clean(option))));
    }
    (before, after)
}

/// The text of a trial, for those who have no record yet.
pub(crate) fn render(trial: &TrialRecord, origin: &Origin<'_>, paint: Paint) -> String {
    let mut text = TrialText { out: String::new(), paint };
    match &trial.verdict {
        Verdict::Pass => text.pass(trial),
        Verdict::Skip { reason } => {
            let word = paint.verdict(trial);
            text.line(&format!("{word}  {}  {}", clean(&trial.id), paint.on(DIM, sentence(reason))));
        }
        Verdict::Fail { failure } => text.fail(trial, failure, origin),
        Verdict::Lenient { notes } => text.lenient(trial, notes, origin),
        Verdict::Flaky { failure } => {
            text.head(trial);
            text.labelled("found", &format!("the first time: {}", sentence(&failure.headline())));
            text.labelled("alone", "it did not fail when it ran again alone");
            text.tail(trial, origin);
        }
        Verdict::Inconclusive { why } => {
            text.head(trial);
            text.labelled("why", &sentence(why));
            text.timeline(trial, origin.role);
            text.tail(trial, origin);
        }
    }
    text.out
}

/// What happened in a trial, line by line, where [`render`] leaves that out: nothing failed.
pub(crate) fn transcript(trial: &TrialRecord, role: Role, paint: Paint) -> String {
    let mut text = TrialText { out: String::new(), paint };
    match trial.verdict {
        Verdict::Pass | Verdict::Lenient { .. } | Verdict::Flaky { .. } => text.timeline(trial, role),
        Verdict::Fail { .. } | Verdict::Inconclusive { .. } | Verdict::Skip { .. } => {}
    }
    text.out
}

struct TrialText {
    out: String,
    paint: Paint,
}

impl TrialText {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn labelled(&mut self, label: &str, text: &str) {
        let label = self.paint.on(DIM, format!("{label:<5}"));
        self.line(&format!("  {label}  {text}"));
    }

    fn pass(&mut self, trial: &TrialRecord) {
        self.first(trial);
        if let Some(reason) = trial.unexpected_pass() {
            self.labelled("known", &format!("listed as a known deviation: {}", sentence(reason)));
        }
    }

    fn fail(&mut self, trial: &TrialRecord, failure: &Failure, origin: &Origin<'_>) {
        self.head(trial);
        self.requirement(&trial.requirement);
        if let Some(broken) = &trial.broken {
            let (level, citation, text) = (broken.level, clean(&broken.citation), sentence(&broken.text));
            self.labelled("broke", &format!("{level}, {citation}: {text} ({})", clean(broken.id.as_str())));
        }
        self.timeline(trial, origin.role);
        let headline = sentence(&failure.headline());
        let headline = self.paint.on(BAD, headline);
        self.labelled("found", &headline);
        self.last_words(trial);
        self.notes(&trial.remarks, trial.requirement.id.as_str());
        if let Some(reason) = standing::known_or_expired(trial) {
            self.labelled("known", &sentence(&reason));
        }
        self.tail(trial, origin);
    }

    /// What the process wrote last that died of a trial.
    fn last_words(&mut self, trial: &TrialRecord) {
        let lines = trial.death.iter().flat_map(|death| &death.output);
        for line in lines.collect::<Vec<_>>().into_iter().rev().take(MOST_LINES).rev() {
            let line = self.paint.on(DIM, format!("| {}", cut(&clean(line), 200)));
            self.labelled("wrote", &line);
        }
    }

    fn lenient(&mut self, trial: &TrialRecord, notes: &[Note], origin: &Origin<'_>) {
        self.head(trial);
        self.requirement(trial.named());
        self.notes(notes, trial.named().id.as_str());
        if let Some(reason) = standing::known_or_expired(trial) {
            self.labelled("known", &sentence(&reason));
        }
        self.tail(trial, origin);
    }

    /// Verdict, id and duration; and the title below.
    fn head(&mut self, trial: &TrialRecord) {
        self.first(trial);
        self.line(&format!("      {}", sentence(&trial.title)));
    }

    fn first(&mut self, trial: &TrialRecord) {
        let plain = Paint(false).verdict(trial);
        let (id, time) = (cut(&clean(&trial.id), 200), seconds(trial.duration_us));
        let used = [&plain, &id, &time].iter().map(|part| part.chars().count()).sum::<usize>() + 2;
        let gap = HEAD.saturating_sub(used).max(2);
        let word = self.paint.verdict(trial);
        let id = self.paint.on(BOLD, id);
        self.line(&format!("{word}  {id}{:gap$}{}", "", self.paint.on(DIM, time)));
    }

    fn requirement(&mut self, requirement: &RequirementRecord) {
        let level = self.paint.on(BOLD, requirement.level);
        self.line(&format!("  {level}  {}: {}", clean(&requirement.citation), sentence(&requirement.text)));
    }

    fn timeline(&mut self, trial: &TrialRecord, peer: Role) {
        for line in timeline(trial, peer, self.paint) {
            self.line(&line);
        }
    }

    fn notes(&mut self, notes: &[Note], named: &str) {
        for note in notes.iter().take(MOST_NOTES) {
            let mut text = self.paint.on(WARN, sentence(&note.text));
            if note.line != 0 {
                text.push_str(&format!(" (line {})", note.line));
            }
            if note.requirement != named {
                text.push_str(&format!(" [{}]", clean(note.requirement.as_str())));
            }
            self.labelled("note", &text);
        }
        if notes.len() > MOST_NOTES {
            self.labelled("note", &format!("... {} more", notes.len() - MOST_NOTES));
        }
    }

    fn tail(&mut self, trial: &TrialRecord, origin: &Origin<'_>) {
        self.labelled("case", &format!("{}:{}", clean(&trial.file), trial.line));
        let command = self.paint.on(GOOD, again(trial, origin));
        self.labelled("again", &command);
        let about = format!("wsspec explain {}", shell_quoted(&clean(trial.named().id.as_str())));
        let about = self.paint.on(GOOD, about);
        self.labelled("why", &about);
    }
}

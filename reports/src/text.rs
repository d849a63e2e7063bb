//! One trial for people to read: in the terminal, and as the body of a JUnit failure.

use anstyle::Style;
use wsspec_record::{
    DeathRecord, ExplainedRule, Failure, Guide, Note, Record, RequirementRecord, TrialRecord, Verdict,
};

use crate::{
    clean::{clean, cut, seconds, sentence, shell_quoted},
    layout::{Layout, USUAL_WIDTH, first_sentence},
    origin::{Origin, again},
    paint::{BAD, BOLD, DIM, Paint, WARN},
    rule::Rule,
    standing,
    timeline::timeline,
};

/// Maximum number of output lines shown of a process that died.
const MOST_LINES: usize = 8;
/// Maximum number of notes shown of a trial.
const MOST_NOTES: usize = 8;

/// A trial's verdict, with the bytes that prove it. Several lines of 80 columns, each with its line end.
///
/// A failure has the script and what happened at each of its lines; a lenient, flaky or inconclusive trial is
/// described briefly; a passed or skipped one is one line. With `colour`, ANSI styles are its only escape sequences.
pub fn trial_text(record: &Record, trial: &TrialRecord, colour: bool) -> String {
    let layout = Layout::new(Paint(colour), USUAL_WIDTH);
    render(record, trial, Detail { explains: Explains::Whole, passed: false }, layout)
}

/// How much detail a trial's text has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Detail {
    pub(crate) explains: Explains,
    /// Whether a passed trial has its transcript, too.
    pub(crate) passed: bool,
}

/// How much to explain why a rule exists and how to fix a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Explains {
    /// The first sentences.
    Short,
    /// Everything.
    Whole,
}

/// The text of a trial.
pub(crate) fn render(record: &Record, trial: &TrialRecord, detail: Detail, layout: Layout) -> String {
    let origin = Origin::of(record);
    let mut text = TrialText { out: String::new(), layout, origin, detail, guide: &record.guide };
    match &trial.verdict {
        Verdict::Pass => text.pass(trial),
        Verdict::Skip { reason } => {
            let word = layout.paint.verdict(trial);
            let start = format!("{word}  {}  ", clean(&trial.id));
            // A long id leaves too little space next to it.
            let indent = 6 + clean(&trial.id).chars().count() + 2;
            match indent < layout.width() / 2 {
                true => layout.after(&start, indent, DIM, &sentence(reason), &mut text.out),
                false => {
                    text.line(start.trim_end());
                    text.beside_title(DIM, &sentence(reason));
                }
            }
        }
        Verdict::Fail { failure } => text.fail(trial, failure),
        Verdict::Lenient { notes } => text.lenient(trial, notes),
        Verdict::Flaky { failure } => {
            text.head(trial);
            text.labelled("found", &format!("the first time: {}", sentence(&failure.headline())));
            text.labelled("alone", "it did not fail when it ran again alone");
            text.tail(trial);
        }
        Verdict::Inconclusive { why } => {
            text.head(trial);
            text.labelled("why", &sentence(why));
            text.timeline(trial);
            text.tail(trial);
        }
    }
    text.out
}

struct TrialText<'a> {
    out: String,
    layout: Layout,
    origin: Origin<'a>,
    detail: Detail,
    guide: &'a Guide,
}

impl TrialText<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn labelled(&mut self, label: &str, text: &str) {
        self.styled(label, Style::new(), text);
    }

    fn styled(&mut self, label: &str, style: Style, text: &str) {
        self.layout.labelled(label, style, text, &mut self.out);
    }

    fn beside_title(&mut self, style: Style, text: &str) {
        self.layout.after("      ", 6, style, text, &mut self.out);
    }

    fn pass(&mut self, trial: &TrialRecord) {
        self.first(trial);
        if let Some(reason) = trial.unexpected_pass() {
            self.labelled("known", &format!("listed as a known deviation: {}", sentence(reason)));
        }
        if self.detail.passed {
            self.beside_title(Style::new(), &sentence(&trial.title));
            self.timeline(trial);
            self.notes(&trial.remarks, trial.requirement.id.as_str());
        }
    }

    fn fail(&mut self, trial: &TrialRecord, failure: &Failure) {
        self.head(trial);
        self.requirement(Rule::of(&trial.requirement));
        if let Some(broken) = &trial.broken {
            self.labelled("broke", &format!("{}, {}", broken.level, demanded(broken)));
        }
        self.timeline(trial);
        self.styled("found", BAD, &sentence(&failure.headline()));
        trial.death.iter().for_each(|death| last_words(death, self.layout, &mut self.out));
        self.notes(&trial.remarks, trial.requirement.id.as_str());
        if let Some(reason) = standing::known_or_expired(trial) {
            self.labelled("known", &sentence(&reason));
        }
        self.tail(trial);
    }

    fn lenient(&mut self, trial: &TrialRecord, notes: &[Note]) {
        self.head(trial);
        self.requirement(Rule::named_by(trial));
        if self.detail.passed {
            self.timeline(trial);
        }
        self.notes(notes, trial.named().id.as_str());
        if let Some(reason) = standing::known_or_expired(trial) {
            self.labelled("known", &sentence(&reason));
        }
        self.tail(trial);
    }

    /// Verdict, id and duration; the title below.
    fn head(&mut self, trial: &TrialRecord) {
        self.first(trial);
        self.beside_title(Style::new(), &sentence(&trial.title));
    }

    fn first(&mut self, trial: &TrialRecord) {
        let (paint, width) = (self.layout.paint, self.layout.width());
        let plain = Paint(false).verdict(trial);
        let (id, time) = (cut(&clean(&trial.id), 200), seconds(trial.duration_us));
        let used = [&plain, &id, &time].iter().map(|part| part.chars().count()).sum::<usize>() + 2;
        let (word, id) = (paint.verdict(trial), paint.on(BOLD, id));
        match width.checked_sub(used).filter(|gap| *gap >= 2) {
            Some(gap) => self.line(&format!("{word}  {id}{:gap$}{}", "", paint.on(DIM, time))),
            None => self.line(&format!("{word}  {id}")),
        }
    }

    fn requirement(&mut self, rule: Rule<'_>) {
        let label = rule.level.to_string();
        self.labelled(&label, &demanded(rule.requirement));
    }

    fn timeline(&mut self, trial: &TrialRecord) {
        for line in timeline(trial, self.origin.role, self.layout) {
            self.line(&line);
        }
    }

    fn notes(&mut self, notes: &[Note], named: &str) {
        for note in notes.iter().take(MOST_NOTES) {
            let mut text = sentence(&note.text);
            if note.line != 0 {
                text.push_str(&format!(" (line {})", note.line));
            }
            if note.requirement != named {
                text.push_str(&format!(" [{}]", clean(note.requirement.as_str())));
            }
            self.styled("note", WARN, &text);
        }
        if notes.len() > MOST_NOTES {
            self.labelled("note", &format!("... {} more", notes.len() - MOST_NOTES));
        }
    }

    fn tail(&mut self, trial: &TrialRecord) {
        let named = trial.named();
        if !matches!(trial.verdict, Verdict::Flaky { .. } | Verdict::Inconclusive { .. }) {
            explanation(self.guide.rule(&named.id), self.detail.explains, self.layout, &mut self.out);
        }
        self.labelled("case", &format!("{}:{}", clean(&trial.file), trial.line));
        self.layout.command("again", &again(trial, &self.origin), &mut self.out);
        more(named, self.layout, &mut self.out);
    }
}

/// `RFC 6455 section 5.5.2: A ping is answered with a pong (rfc6455#5.5.2:2)`.
pub(crate) fn demanded(rule: &RequirementRecord) -> String {
    format!("{}: {} ({})", clean(&rule.citation), sentence(&rule.text), clean(rule.id.as_str()))
}

/// Why a rule exists, and how to fix a violation.
pub(crate) fn explanation(
    rule: Option<&ExplainedRule>,
    explains: Explains,
    layout: Layout,
    out: &mut String,
) {
    let Some(rule) = rule else { return };
    let texts = match explains {
        Explains::Short => vec![("why", first_sentence(&rule.why)), ("fix", first_sentence(&rule.fix))],
        Explains::Whole => vec![("why", &*rule.why), ("breaks", &rule.breaks), ("fix", &rule.fix)],
    };
    for (label, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        layout.labelled(label, Style::new(), &clean(text), out);
    }
}

/// The command that explains a rule in full.
pub(crate) fn more(rule: &RequirementRecord, layout: Layout, out: &mut String) {
    layout.command("more", &format!("wsspec explain {}", shell_quoted(&clean(rule.id.as_str()))), out);
}

/// The last output of a process that died.
pub(crate) fn last_words(death: &DeathRecord, layout: Layout, out: &mut String) {
    for line in death.output.iter().rev().take(MOST_LINES).rev() {
        layout.labelled("wrote", DIM, &format!("| {}", cut(&clean(line), 200)), out);
    }
}

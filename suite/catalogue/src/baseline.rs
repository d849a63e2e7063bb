//! The expected deviations of trials: globs over member ids, each with a reason.
//!
//! Written as `[[expect]]`, or more simply as `[known]` with lines of `"glob" = "reason"`. Never reads a clock: the
//! caller passes the date to find expired expectations.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use schemars::JsonSchema;
use serde::Deserialize;
use time::{Date, Month};
use toml::{Spanned, value::Datetime};

use wsspec_notation::{NotationError, nearest, suggestion};

use crate::{
    catalogue::Catalogue,
    error::{CaseError, toml_error},
    glob::{GlobIndex, IdGlob},
};

/// At most this many mistakes of one kind are reported.
const MOST_ERRORS: usize = 100;

/// How a trial is expected to deviate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deviation {
    /// It breaks a rule.
    Fail,
    /// It misses a recommendation.
    Lenient,
    /// It fails sometimes.
    Flaky,
    /// It is inconclusive.
    Inconclusive,
}

/// One expectation.
#[derive(Clone, Debug)]
pub struct ExpectedOutcome {
    /// The members that it covers.
    pub glob: IdGlob,
    /// How they deviate.
    pub deviation: Deviation,
    /// Why; never empty.
    pub reason: String,
    /// The last day, in UTC, on which it holds.
    pub expires: Option<Date>,
    /// The name of the only target that it applies to.
    pub target: Option<String>,
    /// The byte range of the glob in the file.
    span: Range<usize>,
    file: Arc<BaselineFile>,
}

/// The expected deviations of one run; the first entry that matches a member counts.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// In order.
    entries: Vec<ExpectedOutcome>,
    /// Made when it is first needed.
    index: OnceLock<GlobIndex>,
    /// The day of the run, in UTC; without it, nothing expires.
    pub today: Option<Date>,
}

/// An expected deviation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawExpected {
    /// An id, the start of one up to a `/` or `[`, or a glob of one; brackets are literal.
    #[schemars(with = "String")]
    case: Spanned<String>,
    /// The verdict of these cases: fail, lenient, flaky or inconclusive; fail by default.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("enum" = Deviation::NAMES))]
    outcome: Option<Spanned<String>>,
    /// The reason, for readers of the report.
    #[schemars(with = "String", length(min = 1))]
    reason: Spanned<String>,
    /// The last day, in UTC, on which it is valid: a date without quotes.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    expires: Option<Spanned<Datetime>>,
    /// The name of the only target that it applies to.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    target: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFile {
    /// `"glob" = "reason"`.
    #[serde(default)]
    known: toml::map::Map<String, toml::Value>,
}

#[derive(Debug)]
struct BaselineFile {
    path: String,
    source: Arc<str>,
}

impl Deviation {
    /// The words of all deviations.
    pub const NAMES: [&str; 4] = ["fail", "lenient", "flaky", "inconclusive"];

    /// Parses the word.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Fail, Self::Lenient, Self::Flaky, Self::Inconclusive];
        all.into_iter().find(|deviation| deviation.word() == word)
    }

    /// Its word, the same as for verdicts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Lenient => "lenient",
            Self::Flaky => "flaky",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl ExpectedOutcome {
    /// Whether `today` is after its last day.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// A mistake in this entry, with its place.
    pub fn error(&self, error: impl FnOnce(Range<usize>) -> NotationError) -> CaseError {
        self.file.error(error(self.span.clone()))
    }
}

impl Baseline {
    /// Parses `[known]` with lines of `"glob" = "reason"`: expected failures. `path` is for errors.
    pub fn parse_known(path: &str, source: &str) -> Result<Self, CaseError> {
        let file = Arc::new(BaselineFile { path: path.to_owned(), source: source.into() });
        let raw: KnownFile = toml::from_str(source).map_err(|error| {
            let error = toml_error(&error);
            let help = error.help.clone();
            file.error(error.help(help.unwrap_or("write `[known]`, then `\"glob\" = \"reason\"`".into())))
        })?;
        let mut from = 0;
        let entries = raw.known.iter().map(|(glob, reason)| {
            // In the order of the file: each one follows the one before.
            let at = source[from..].find(glob.as_str()).map_or(0, |at| from + at);
            from = from.max(at);
            let reason = Spanned::new(0..0, reason.as_str().unwrap_or_default().to_owned());
            let case = Spanned::new(at..at + glob.len(), glob.clone());
            expectation(&file, RawExpected { case, outcome: None, reason, expires: None, target: None })
        });
        Ok(Self::of_entries(entries.collect::<Result<_, _>>()?))
    }

    /// Checks the `[[expect]]` tables of a file, whose path and text are for errors. Returns every mistake in them.
    pub fn read(path: &str, source: &Arc<str>, raw: Vec<RawExpected>) -> Result<Self, Vec<CaseError>> {
        let file = Arc::new(BaselineFile { path: path.to_owned(), source: source.clone() });
        let (mut entries, mut errors) = (Vec::new(), Vec::new());
        for raw in raw {
            match expectation(&file, raw) {
                Ok(entry) => entries.push(entry),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(Self::of_entries(entries)) } else { Err(errors) }
    }

    fn of_entries(entries: Vec<ExpectedOutcome>) -> Self {
        Self { entries, ..Self::default() }
    }

    /// The entries, in order.
    pub fn entries(&self) -> &[ExpectedOutcome] {
        &self.entries
    }

    /// Adds the entries of another baseline after its own.
    pub fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.index = OnceLock::new();
    }

    /// Keeps the entries about every target, and those about the target with this name.
    #[must_use]
    pub fn of_target(mut self, name: Option<&str>) -> Self {
        self.entries.retain(|entry| entry.target.is_none() || entry.target.as_deref() == name);
        self.index = OnceLock::new();
        self
    }

    /// The expectation that counts for a member.
    pub fn of(&self, id: &str) -> Option<&ExpectedOutcome> {
        self.fitting(id).next().map(|index| &self.entries[index])
    }

    /// The indexes of the entries that match a member, in order.
    pub fn fitting(&self, id: &str) -> impl Iterator<Item = usize> {
        let index = self.index.get_or_init(|| GlobIndex::new(self.entries.iter().map(|entry| &entry.glob)));
        index.candidates(id).into_iter().filter(move |&index| self.entries[index].glob.fits(id))
    }

    /// Whether an expectation has expired.
    pub fn is_expired(&self, expectation: &ExpectedOutcome) -> bool {
        self.today.is_some_and(|today| expectation.is_expired(today))
    }

    /// An error for each glob that matches nothing in `catalogue`, up to a limit.
    pub fn check(&self, catalogue: &Catalogue) -> Vec<CaseError> {
        let mut is_used = vec![false; self.entries.len()];
        for (_, member) in catalogue.members() {
            self.fitting(&member.id).for_each(|index| is_used[index] = true);
        }
        let idle = self.entries.iter().zip(is_used).filter(|(_, is_used)| !is_used).map(|(entry, _)| entry);
        let error = |entry: &ExpectedOutcome| {
            let glob = entry.glob.as_str();
            let help = catalogue.nearest_case(glob).map(|near| format!("did you mean `{near}`?"));
            let help = help.unwrap_or_else(|| "`wsspec list` has the ids of all cases".into());
            entry.error(|span| NotationError::new(span, format!("no case fits `{glob}`")).help(help))
        };
        idle.take(MOST_ERRORS).map(error).collect()
    }

    /// An error for each target that is not in `names`, up to a limit.
    pub fn check_targets(&self, names: &[&str]) -> Vec<CaseError> {
        let strange = self.entries.iter().filter_map(|entry| {
            let target = entry.target.as_deref().filter(|target| !names.contains(target))?;
            let help = match (names, nearest(target, names.iter().copied())) {
                ([], _) => "the file names no target: write `[target.NAME]`".to_owned(),
                _ => suggestion(target, names),
            };
            Some(entry.error(|span| {
                let what =
                    format!("`{}` is about a target `{target}` that does not exist", entry.glob.as_str());
                NotationError::new(span, what).help(help)
            }))
        });
        strange.take(MOST_ERRORS).collect()
    }
}

impl BaselineFile {
    fn error(&self, error: NotationError) -> CaseError {
        CaseError { path: self.path.clone(), source: self.source.clone(), error }
    }
}

fn expectation(file: &Arc<BaselineFile>, raw: RawExpected) -> Result<ExpectedOutcome, CaseError> {
    let span = raw.case.span();
    let glob = IdGlob::parse(raw.case.get_ref())
        .map_err(|error| file.error(NotationError::new(span.clone(), error.to_string())))?;
    if raw.reason.get_ref().trim().is_empty() {
        let error = NotationError::new(span, format!("`{}` has no reason", glob.as_str()));
        return Err(file.error(error.help("say in a string why it deviates")));
    }
    let deviation = raw.outcome.as_ref().map_or(Ok(Deviation::Fail), deviation);
    let expires = raw.expires.as_ref().map(date).transpose();
    Ok(ExpectedOutcome {
        glob,
        deviation: deviation.map_err(|error| file.error(error))?,
        reason: raw.reason.into_inner(),
        expires: expires.map_err(|error| file.error(error))?,
        target: raw.target.map(Spanned::into_inner),
        span,
        file: file.clone(),
    })
}

fn deviation(word: &Spanned<String>) -> Result<Deviation, NotationError> {
    Deviation::parse(word.get_ref()).ok_or_else(|| {
        NotationError::new(word.span(), format!("`{}` is not an outcome to expect", word.get_ref()))
            .help(suggestion(word.get_ref(), &Deviation::NAMES))
    })
}

fn date(written: &Spanned<Datetime>) -> Result<Date, NotationError> {
    let date = match written.get_ref() {
        Datetime { date: Some(date), time: None, offset: None } => Month::try_from(date.month)
            .ok()
            .and_then(|month| Date::from_calendar_date(date.year.into(), month, date.day).ok()),
        _ => None,
    };
    date.ok_or_else(|| {
        NotationError::new(written.span(), format!("`{}` is not a day", written.get_ref()))
            .help("write year, month and day: `2027-01-31`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Raw {
        expect: Vec<RawExpected>,
    }

    fn read(source: &str) -> Result<Baseline, String> {
        let raw: Raw = toml::from_str(source).map_err(|error| toml_error(&error).message)?;
        Baseline::read("wsspec.toml", &source.into(), raw.expect)
            .map_err(|errors| errors.iter().map(|error| format!("{error}\n")).collect())
    }

    fn day(year: i32, month: u8, day: u8) -> Date {
        Date::from_calendar_date(year, Month::try_from(month).unwrap(), day).unwrap()
    }

    #[test]
    fn a_known_glob_is_an_expected_failure() {
        let source = "[known]\n\"rfc6455/5.1/*\" = \"accepts unmasked frames\"\n";
        let known = Baseline::parse_known("known.toml", source).unwrap();
        let found = known.of("rfc6455/5.1/unmasked[kind=text]").unwrap();
        assert_eq!((found.deviation, &*found.reason), (Deviation::Fail, "accepts unmasked frames"));
        assert!(known.of("rfc6455/5.2/x").is_none());
    }

    #[test]
    fn a_glob_without_a_reason_is_an_error() {
        let error = Baseline::parse_known("known.toml", "[known]\n\"rfc6455/5.1/*\" = \"\"\n");
        let message = "known.toml:2:2: `rfc6455/5.1/*` has no reason";
        assert_eq!(error.unwrap_err().to_string(), message);
        let error = read("[[expect]]\ncase = \"a/1/b\"\nreason = \" \"\n").unwrap_err();
        assert_eq!(error, "wsspec.toml:2:8: `a/1/b` has no reason\n");
    }

    #[test]
    fn the_first_that_fits_counts_and_other_targets_have_their_own() {
        let source = "[[expect]]\ncase = \"a/1\"\ntarget = \"old\"\nreason = \"1\"\n\
                      [[expect]]\ncase = \"a/1/b\"\noutcome = \"lenient\"\nreason = \"2\"\n\
                      [[expect]]\ncase = \"a\"\nreason = \"3\"\n";
        let reason = |target: Option<&str>, id: &str| {
            read(source).unwrap().of_target(target).of(id).map(|found| found.reason.clone())
        };
        assert_eq!(reason(Some("old"), "a/1/b[x=1]").as_deref(), Some("1"));
        assert_eq!(reason(None, "a/1/b[x=1]").as_deref(), Some("2"));
        assert_eq!(reason(Some("new"), "a/1/c").as_deref(), Some("3"));
        assert_eq!(reason(None, "b/1/c"), None);
    }

    #[test]
    fn an_expectation_holds_to_the_end_of_its_last_day() {
        let read = read("[[expect]]\ncase = \"a\"\nreason = \"1\"\nexpires = 2027-01-31\n").unwrap();
        assert!(!read.is_expired(&read.entries[0]), "without a date nothing expires");
        assert!(!read.entries[0].is_expired(day(2027, 1, 31)));
        assert!(read.entries[0].is_expired(day(2027, 2, 1)));
    }

    #[test]
    fn a_time_is_no_day_and_a_word_no_outcome() {
        let error = read("[[expect]]\ncase = \"a\"\nreason = \"1\"\nexpires = 2027-01-31T12:00:00\n");
        assert_eq!(error.unwrap_err(), "wsspec.toml:4:11: `2027-01-31T12:00:00` is not a day\n");
        let error = read("[[expect]]\ncase = \"a\"\nreason = \"1\"\noutcome = \"fails\"\n");
        assert_eq!(error.unwrap_err(), "wsspec.toml:4:11: `fails` is not an outcome to expect\n");
    }

    #[test]
    fn globs_and_targets_that_are_not_there_are_errors_with_the_nearest() {
        let catalogue = Catalogue::embedded().unwrap();
        let read = read("[[expect]]\ncase = \"rfc6455/5.5.2/pnig\"\ntarget = \"stagign\"\nreason = \"1\"\n");
        let read = read.unwrap();
        let help = |errors: &[CaseError]| errors[0].error.help.clone().unwrap();
        assert_eq!(help(&read.check(&catalogue)), "did you mean `rfc6455/5.5.2/ping`?");
        assert_eq!(help(&read.check_targets(&["local", "staging"])), "did you mean `staging`?");
        assert_eq!(help(&read.check_targets(&[])), "the file names no target: write `[target.NAME]`");
        assert!(read.check_targets(&["stagign"]).is_empty());
    }
}

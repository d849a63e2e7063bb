//! `wsspec run --bless`: turns the current deviations into expectations in `wsspec.toml`.
//!
//! Never extends an expired entry, and leaves entries for trials that did not run alone.

use std::{fs::File, path::Path};

use fs4::FileExt;
use wsspec_catalogue::{Baseline, Catalogue, Deviation, ExpectedOutcome, IdGlob, family};
use wsspec_exchange::{Comparison, compare};
use wsspec_record::{Record, TrialRecord, Verdict};
use wsspec_reports::{ExitStatus, clean_line, exit_status, reason};

use crate::{
    config::Config,
    failure::{CommandError, complain, count, print},
    output::destination,
};

mod edit;

/// What a run is compared with.
pub struct BlessedRun<'r> {
    /// What was run.
    pub catalogue: &'r Catalogue,
    /// Its record.
    pub record: &'r Record,
    /// The name of the target in the file.
    pub target: Option<&'r str>,
    /// Whether a missed SHOULD counts as a failure.
    pub strict: bool,
    /// Whether a report goes to standard output, so that nothing else may.
    pub aside: bool,
}

/// What happens to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is.
    Keep,
    /// None of its trials deviates any more.
    Remove,
    /// Only these globs still deviate.
    Narrow(Vec<String>),
}

/// A new entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The ids that it covers.
    pub glob: String,
    /// How they deviate.
    pub deviation: Deviation,
    /// Why.
    pub reason: String,
    /// The only target that it applies to.
    pub target: Option<String>,
}

/// Updates the file and prints what has changed. Returns the exit status of the run judged by the new file; `baseline`
/// turns the file's expectations into all expectations of a run.
pub fn run(
    run: &BlessedRun<'_>,
    config: &Config,
    baseline: impl FnOnce(&Config) -> Result<Baseline, CommandError>,
) -> Result<ExitStatus, CommandError> {
    let path = config.path().display();
    if run.record.aborted.is_some() || run.record.trials.is_empty() {
        complain(&format!("`{path}` is unchanged: the run did not finish\n"))?;
        return Ok(exit_status(run.record, run.strict));
    }
    // Another run may have updated the file meanwhile, or be about to: its entries are kept.
    let lock = lock_folder(config.path());
    let config = &config.reread()?;
    let fates = fates(run, &config.baseline);
    let additions = additions(run, config.names().count() > 1);
    let text = edit::edited(config.source(), &fates, &additions)
        .map_err(|error| CommandError::Usage(format!("cannot edit `{path}`: {error}")))?;
    let blessed = Config::parse(config.path().to_owned(), &text).map_err(CommandError::Cases)?;
    if text != config.source() {
        destination::write_text(config.path(), &text)?;
    }
    drop(lock);
    let say = if run.aside { complain } else { print };
    say(&told(&path.to_string(), config.baseline.entries(), &fates, &additions))?;
    let mut record = run.record.clone();
    let expired = record.trials.iter().filter(|trial| trial.is_expired()).count();
    if expired > 0 {
        say(&format!(
            "  {} expired and kept: set a new date in `expires`, or remove them\n",
            count(expired, "trial")
        ))?;
    }
    let baseline = baseline(&blessed)?;
    record.trials.iter_mut().for_each(|trial| compare(trial, &baseline));
    Ok(exit_status(&record, run.strict))
}

/// Waits until no other run updates a file in the folder of `path`, and keeps others waiting while the result lives. The
/// folder is locked, since the file itself is replaced. Where folders cannot be locked, nobody waits.
fn lock_folder(path: &Path) -> Option<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder).ok()?;
    FileExt::lock(&folder).ok()?;
    Some(folder)
}

impl BlessedRun<'_> {
    /// The ids of the members that can be run.
    fn members(&self) -> impl Iterator<Item = &str> {
        let of_role = self.catalogue.members().filter(|(case, _)| case.roles.contains(&self.record.role));
        of_role.map(|(_, member)| member.id.as_str())
    }

    fn trial(&self, id: &str) -> Option<&TrialRecord> {
        self.record.trials.iter().find(|trial| trial.id == id)
    }

    /// Globs that match these members and otherwise only skipped ones; one glob for a complete family.
    fn globs(&self, ids: &[&str]) -> Vec<String> {
        let is_skipped =
            |id: &str| self.trial(id).is_some_and(|trial| matches!(trial.verdict, Verdict::Skip { .. }));
        let mut globs: Vec<String> = Vec::new();
        for id in ids {
            let case = family(id);
            let mut members = self.members().filter(|member| family(member) == case);
            let glob = match members.all(|member| ids.contains(&member) || is_skipped(member)) {
                true => case.to_owned(),
                false => self.spelled(id),
            };
            if !globs.contains(&glob) {
                globs.push(glob);
            }
        }
        globs
    }

    /// The id itself, escaped if it would match other ids as a glob.
    fn spelled(&self, id: &str) -> String {
        let plain =
            IdGlob::parse(id).is_ok_and(|glob| self.members().all(|other| other == id || !glob.fits(other)));
        if plain { id.to_owned() } else { IdGlob::exact(id) }
    }
}

/// What happens to each entry of a file.
fn fates(run: &BlessedRun<'_>, baseline: &Baseline) -> Vec<Fate> {
    let concerns = |entry: &ExpectedOutcome| entry.target.is_none() || entry.target.as_deref() == run.target;
    let counting = |id: &str| baseline.fitting(id).find(|&index| concerns(&baseline.entries()[index]));
    let mut members = vec![Vec::new(); baseline.entries().len()];
    for id in run.members() {
        if let Some(index) = counting(id) {
            members[index].push(id);
        }
    }
    let entries = baseline.entries().iter().zip(&members);
    entries.map(|(entry, members)| fate(run, entry.deviation, members)).collect()
}

fn fate(run: &BlessedRun<'_>, deviation: Deviation, members: &[&str]) -> Fate {
    let mut needed = Vec::new();
    let mut is_gone = false;
    for id in members {
        let Some(trial) = run.trial(id) else {
            needed.push(*id);
            continue;
        };
        match (Comparison::of(&trial.verdict, deviation), &trial.verdict) {
            (Comparison::Gone, _) | (Comparison::Open, Verdict::Fail { .. }) => is_gone = true,
            (Comparison::Open, Verdict::Skip { .. }) => {}
            (Comparison::Holds | Comparison::Open, _) => needed.push(id),
        }
    }
    match (is_gone, &*needed) {
        (false, _) => Fate::Keep,
        (true, []) => Fate::Remove,
        (true, needed) => Fate::Narrow(run.globs(needed)),
    }
}

/// One entry for each family that deviates unexpectedly, or one for each of its members.
fn additions(run: &BlessedRun<'_>, several_targets: bool) -> Vec<Addition> {
    let mut additions = Vec::new();
    for deviation in [Deviation::Fail, Deviation::Lenient] {
        let counts = deviation == Deviation::Fail || run.strict;
        let is_new = |trial: &&TrialRecord| {
            counts
                && trial.known().is_none()
                && !trial.is_expired()
                && Comparison::of(&trial.verdict, deviation) == Comparison::Holds
        };
        let mut trials: Vec<&TrialRecord> = run.record.trials.iter().filter(is_new).collect();
        while let [first, ..] = &*trials {
            let case = first.family();
            let (group, rest): (Vec<_>, _) = trials.iter().copied().partition(|trial| trial.family() == case);
            let ids: Vec<&str> = group.iter().map(|trial| trial.id.as_str()).collect();
            let target = run.target.filter(|_| several_targets).map(str::to_owned);
            for glob in run.globs(&ids) {
                // A single member has its own reason; a family has that of its first member.
                let trial = group.iter().find(|trial| is_about(&glob, &trial.id)).unwrap_or(&group[0]);
                let (reason, target) = (reason(trial), target.clone());
                additions.push(Addition { glob, deviation, reason, target });
            }
            trials = rest;
        }
    }
    additions
}

fn is_about(glob: &str, id: &str) -> bool {
    glob == id || glob == IdGlob::exact(id)
}

/// What has changed, one line per entry.
fn told(path: &str, entries: &[ExpectedOutcome], fates: &[Fate], additions: &[Addition]) -> String {
    let number = |wanted: fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count();
    let (removed, kept) = (number(|fate| *fate == Fate::Remove), number(|fate| *fate == Fate::Keep));
    let mut text = format!(
        "{path}: {} added, {removed} removed, {} narrowed, {kept} kept\n",
        count(additions.len(), "expected outcome"),
        fates.len() - removed - kept
    );
    for (entry, fate) in entries.iter().zip(fates) {
        let glob = clean_line(entry.glob.as_str());
        match fate {
            Fate::Keep => {}
            Fate::Remove => text.push_str(&format!("  - {glob}: {}\n", clean_line(&entry.reason))),
            Fate::Narrow(globs) => text.push_str(&format!("  ~ {glob} to {}\n", globs.join(", "))),
        }
    }
    for Addition { glob, deviation, reason, .. } in additions {
        text.push_str(&format!("  + {glob} ({}): {reason}\n", deviation.word()));
    }
    text
}

#[cfg(test)]
mod tests {
    use wsspec_record::{
        Declared, FORMAT, Failure as Found, Fence, Guide, LimitsRecord, PeerProfile, RequirementRecord,
        Standing,
    };
    use wsspec_wire::{Level, RequirementId, Role};

    use super::*;

    const FAMILY: &str = "rfc6455/5.5.2/ping-length";

    fn failing() -> Verdict {
        let (expected, actual, requirement) =
            ("a".into(), "\u{1b}b".into(), RequirementId::from_static("rfc6455#5.5.2:2"));
        Verdict::Fail { failure: Found { line: 1, expected, actual, requirement, level: Level::Must } }
    }

    fn trial(id: &str, verdict: Verdict) -> TrialRecord {
        let requirement = RequirementRecord {
            id: RequirementId::from_static("rfc6455#5.5.2:2"),
            level: Level::Must,
            citation: "RFC 6455 section 5.5.2".into(),
            text: "a".into(),
        };
        TrialRecord {
            id: id.into(),
            title: String::new(),
            verdict,
            requirement,
            broken: None,
            also: Vec::new(),
            autobahn: Vec::new(),
            tags: Vec::new(),
            file: String::new(),
            line: 0,
            duration_us: 0,
            attempts: 1,
            standing: None,
            script: Vec::new(),
            transcript: Vec::new(),
            omitted: 0,
            remarks: Vec::new(),
            death: None,
            unconfirmed: None,
        }
    }

    fn record(trials: Vec<TrialRecord>) -> Record {
        Record {
            format: FORMAT,
            wsspec: String::new(),
            started: String::new(),
            duration_us: 0,
            role: Role::Server,
            target: String::new(),
            seed: 0,
            options: Vec::new(),
            declared: Declared::default(),
            peer: PeerProfile { fence: Fence::Ping, ..PeerProfile::default() },
            limits: LimitsRecord::default(),
            incidents: Vec::new(),
            process: None,
            deaths: Vec::new(),
            aborted: None,
            guide: Guide::default(),
            trials,
        }
    }

    /// Ids of the members of the family.
    fn members(catalogue: &Catalogue) -> Vec<String> {
        let all = catalogue.members().map(|(_, member)| member.id.clone());
        all.filter(|id| family(id) == FAMILY).collect()
    }

    /// Fates and additions for a file's entries; `verdict` gives the verdict of each member of the family.
    fn blessed(
        entries: &str,
        verdict: impl Fn(usize) -> Option<Verdict>,
        target: Option<&str>,
    ) -> (Vec<Fate>, Vec<Addition>) {
        let catalogue = Catalogue::embedded().unwrap();
        let config = format!("[target.a]\nurl = \"ws://a\"\n[target.b]\nurl = \"ws://b\"\n{entries}");
        let config = Config::parse("wsspec.toml".into(), &config).unwrap();
        let ids = members(&catalogue);
        assert!(ids.len() > 3);
        let trials = ids.iter().enumerate().filter_map(|(at, id)| Some(trial(id, verdict(at)?)));
        let mut record = record(trials.collect());
        let baseline = config.baseline.clone().of_target(target);
        record.trials.iter_mut().for_each(|trial| compare(trial, &baseline));
        let run = BlessedRun { catalogue: &catalogue, record: &record, target, strict: false, aside: false };
        (fates(&run, &config.baseline), additions(&run, true))
    }

    fn entry(glob: &str) -> String {
        format!("[[expect]]\ncase = \"{glob}\"\nreason = \"R\"\n")
    }

    fn addition(glob: &str) -> Addition {
        let reason = "expected a, got \\u{1b}b (RFC 6455 section 5.5.2)".into();
        Addition { glob: glob.into(), deviation: Deviation::Fail, reason, target: Some("a".into()) }
    }

    #[test]
    fn a_family_that_fails_as_a_whole_is_one_entry() {
        let skip = Verdict::Skip { reason: "a".into() };
        let verdict = |at| Some(if at == 0 { skip.clone() } else { failing() });
        assert_eq!(blessed("", verdict, Some("a")).1, [addition(FAMILY)]);
    }

    #[test]
    fn of_a_family_that_fails_in_part_or_was_not_run_as_a_whole_each_member_is_one() {
        let ids = members(&Catalogue::embedded().unwrap());
        let in_part = blessed("", |at| Some(if at < 2 { failing() } else { Verdict::Pass }), Some("a"));
        assert_eq!(in_part.1, [addition(&ids[0]), addition(&ids[1])]);
        let not_all = blessed("", |at| (at < 1).then(failing), Some("a"));
        assert_eq!(not_all.1, [addition(&ids[0])]);
    }

    #[test]
    fn entries_that_hold_and_those_of_other_targets_are_kept() {
        let other = "[[expect]]\ncase = \"rfc6455/5.4\"\nreason = \"R\"\ntarget = \"b\"\n";
        let (fates, additions) = blessed(&(entry(FAMILY) + other), |_| Some(failing()), Some("a"));
        assert_eq!((&*fates, &*additions), (&[Fate::Keep, Fate::Keep][..], &[][..]));
    }

    #[test]
    fn entries_that_are_gone_are_removed_and_those_half_gone_narrowed() {
        let ids = members(&Catalogue::embedded().unwrap());
        assert_eq!(blessed(&entry(FAMILY), |_| Some(Verdict::Pass), None).0, [Fate::Remove]);
        let half = blessed(&entry(FAMILY), |at| Some(if at == 1 { failing() } else { Verdict::Pass }), None);
        assert_eq!(half.0, [Fate::Narrow(vec![ids[1].clone()])]);
    }

    #[test]
    fn what_did_not_run_is_still_expected() {
        let ids = members(&Catalogue::embedded().unwrap());
        let first = blessed(&entry(FAMILY), |at| (at == 0).then_some(Verdict::Pass), None);
        assert_eq!(first.0, [Fate::Narrow(ids[1..].to_vec())]);
        assert_eq!(blessed(&entry("rfc6455/5.4"), |_| Some(Verdict::Pass), None).0, [Fate::Keep]);
    }

    #[test]
    fn what_has_expired_is_neither_taken_out_nor_put_in_again() {
        let catalogue = Catalogue::embedded().unwrap();
        let mut trial = trial(&members(&catalogue)[0], failing());
        trial.standing = Some(Standing::Expired {
            pattern: "a".into(),
            deviation: "fail".into(),
            until: "2026-01-31".into(),
            reason: "over".into(),
        });
        let record = record(vec![trial]);
        let run =
            BlessedRun { catalogue: &catalogue, record: &record, target: None, strict: true, aside: false };
        assert_eq!(additions(&run, false), []);
    }

    #[test]
    fn what_is_lenient_is_an_entry_when_strict() {
        let catalogue = Catalogue::embedded().unwrap();
        let (requirement, level) = (RequirementId::from_static("rfc6455#7.1.7:5"), Level::Should);
        let note = wsspec_record::Note { line: 1, text: "n".into(), requirement, level };
        let record = record(vec![trial(FAMILY, Verdict::Lenient { notes: vec![note] })]);
        let run = |strict| BlessedRun {
            catalogue: &catalogue,
            record: &record,
            target: None,
            strict,
            aside: false,
        };
        assert_eq!(additions(&run(false), false), []);
        let found = additions(&run(true), false);
        assert_eq!(
            (found[0].deviation, &*found[0].reason),
            (Deviation::Lenient, "n (RFC 6455 section 5.5.2)")
        );
    }
}

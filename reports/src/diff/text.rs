//! A comparison as text for people: by kind, then by section, each family once.

use std::fmt::Write as _;

use anstyle::Style;

use super::{Change, ComparedRecord, Diff, TrialChange};
use crate::{
    clean::{clean, count, sentence},
    grouped::grouped,
    paint::{BAD, BOLD, DIM, GOOD, Paint, WARN},
};

/// Number of members listed for a family whose members differ.
const LISTED: usize = 3;

const KINDS: [Change; 11] = [
    Change::NewlyFailing,
    Change::Doubtful,
    Change::NewlyLenient,
    Change::Fixed,
    Change::NoLongerLenient,
    Change::Other,
    Change::OtherRequirement,
    Change::NewlySkipped,
    Change::NoLongerSkipped,
    Change::Added,
    Change::Removed,
];

impl Diff {
    /// Several lines, each with its line end; the last says whether anything has become worse. With `colour`, ANSI
    /// styles are its only escape sequences.
    pub fn text(&self, colour: bool) -> String {
        let paint = Paint(colour);
        let mut out = format!("old  {}\nnew  {}\n", side(&self.old), side(&self.new));
        for change in &self.peer {
            let (old, new) = (sentence(&change.old), sentence(&change.new));
            let _ = writeln!(out, "peer {}: {old} -> {new}", change.what);
        }
        for kind in KINDS {
            let changes: Vec<_> = self.trials.iter().filter(|change| change.kind == kind).collect();
            if !changes.is_empty() {
                let title = format!("{}: {}", kind.title(), count(changes.len(), "trial"));
                let _ = writeln!(out, "\n{}", paint.on(kind.style(), title));
                self.sections(&changes, paint, &mut out);
            }
        }
        out.push('\n');
        self.verdict(paint, &mut out);
        out
    }

    fn sections(&self, changes: &[&TrialChange], paint: Paint, out: &mut String) {
        for (section, changes) in grouped(changes.iter().copied(), |change| &change.section) {
            let _ = writeln!(out, "  {}", paint.on(BOLD, sentence(section)));
            // Passed trials that only one record has may be most of a catalogue, so they are only counted.
            let (fine, telling): (Vec<_>, Vec<_>) =
                changes.into_iter().partition(|change| change.is_fine_alone());
            if !fine.is_empty() {
                let _ = writeln!(out, "    {}", paint.on(DIM, words(&fine)));
            }
            let alike = grouped(telling.iter().copied(), |change| {
                (&change.family, change.old, change.new, &change.old_requirement, &change.requirement)
            });
            for (_, group) in alike {
                family(&group, paint, out);
            }
        }
    }

    fn verdict(&self, paint: Paint, out: &mut String) {
        let mut parts: Vec<String> = Vec::new();
        for kind in KINDS.into_iter().filter(|kind| kind.is_worse()) {
            let number = self.trials.iter().filter(|change| change.kind == kind).count();
            if number > 0 {
                parts.push(format!("{} {}", count(number, "trial"), kind.title().to_lowercase()));
            }
        }
        if self.is_cut_short() {
            parts.push("the new run was cut short".to_owned());
        }
        let nothing = self.trials.is_empty() && self.peer.is_empty();
        let line = match (&*parts, nothing) {
            ([], true) => paint.on(GOOD, "No difference."),
            ([], false) => paint.on(GOOD, "Nothing has become worse."),
            (parts, _) => paint.on(BAD, format!("Worse: {}.", parts.join(", "))),
        };
        let _ = writeln!(out, "{line}");
    }
}

impl Change {
    fn title(self) -> &'static str {
        match self {
            Self::NewlyFailing => "Newly failing",
            Self::Doubtful => "Newly in doubt",
            Self::NewlyLenient => "Newly lenient",
            Self::Fixed => "Fixed",
            Self::NoLongerLenient => "No longer lenient",
            Self::Other => "Otherwise",
            Self::OtherRequirement => "By another requirement",
            Self::NewlySkipped => "Newly skipped",
            Self::NoLongerSkipped => "No longer skipped",
            Self::Added => "Only in the new record",
            Self::Removed => "Only in the old record",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::NewlyFailing => BAD,
            Self::Doubtful | Self::NewlyLenient => WARN,
            Self::Fixed | Self::NoLongerLenient => GOOD,
            _ => BOLD,
        }
    }
}

impl TrialChange {
    /// Only one record has it, and it passed or was skipped there.
    fn is_fine_alone(&self) -> bool {
        let alone = matches!(self.kind, Change::Added | Change::Removed);
        alone && self.new.or(self.old).is_some_and(|word| matches!(word, "pass" | "skip"))
    }
}

/// `30 pass, 2 skip`.
fn words(changes: &[&TrialChange]) -> String {
    let groups = grouped(changes.iter().copied(), |change| change.new.or(change.old).unwrap_or_default());
    let counts: Vec<_> = groups.iter().map(|(word, group)| format!("{} {word}", group.len())).collect();
    counts.join(", ")
}

fn side(side: &ComparedRecord) -> String {
    let aborted = side.aborted.as_ref().map(|why| format!(", cut short ({})", sentence(why)));
    format!(
        "{}  {}  {}, by wsspec {}{}",
        sentence(&side.started),
        sentence(&side.target),
        count(side.trials, "trial"),
        sentence(&side.wsspec),
        aborted.unwrap_or_default()
    )
}

/// Members of a family with the same change, never empty.
fn family(group: &[&TrialChange], paint: Paint, out: &mut String) {
    let Some(first) = group.first() else { return };
    let name = match group.len() {
        1 => within(&first.id, first),
        number => format!("{} ({number} members)", within(&first.family, first)),
    };
    let words = match (first.old, first.new) {
        (Some(old), Some(new)) if old != new => format!("{old} -> {new}"),
        (old, new) => new.or(old).unwrap_or_default().to_owned(),
    };
    let requirement = match (&first.old_requirement, &first.requirement) {
        (Some(old), Some(new)) if old != new => format!("  {} -> {}", clean(old), clean(new)),
        (old, new) => new.as_ref().or(old.as_ref()).map(|id| format!("  {}", clean(id))).unwrap_or_default(),
    };
    let _ = writeln!(out, "    {name}  {words}{requirement}");
    if group.len() > 1 {
        let ids: Vec<_> = group.iter().take(LISTED).map(|change| values(change)).collect();
        let more = if group.len() > LISTED { ", ..." } else { "" };
        let _ = writeln!(out, "      {}", paint.on(DIM, format!("{}{more}", ids.join(", "))));
    }
    let tells = first.new.is_some_and(|word| !matches!(word, "pass" | "skip"));
    if tells {
        let _ = writeln!(out, "      {}", first.found);
    }
}

/// An id without its section, which is in the heading above.
fn within(id: &str, change: &TrialChange) -> String {
    sentence(id.strip_prefix(&change.section).and_then(|rest| rest.strip_prefix('/')).unwrap_or(id))
}

/// A member's values: `[size=125]`.
fn values(change: &TrialChange) -> String {
    sentence(change.id.strip_prefix(&change.family).unwrap_or(&change.id))
}

//! A trial's script with what happened at each line: who sent what when, and what was wrong with it.

use anstyle::Style;
use wsspec_notation::{is_octets, is_sending};
use wsspec_record::{EntryRecord, EventKind, Meaning, ScriptLine, TrialRecord, Verdict};
use wsspec_wire::Role;

use crate::{
    clean::{clean, count, cut, seconds, sentence},
    layout::Layout,
    meaning,
    paint::{BAD, DIM, GOOD, THEIRS, WARN},
};

/// The column of what was sent or received.
const TEXT: usize = 15;
/// The last column at which remarks may begin.
const REMARK: usize = 62;
/// Minimum width of a remark.
const REMARK_ROOM: usize = 30;
/// Number of entries shown for one line, at the start and at the end.
const ENDS: usize = 3;
/// Indentation of a text's continuation lines.
const CONTINUED: usize = 4;
/// Maximum number of lines of one text.
const TEXT_LINES: usize = 2;
/// Number of lines shown of a head.
const HEAD_LINES: usize = 24;

/// A script line with its field lines, and what happened there.
#[derive(Default)]
struct Group<'a> {
    lines: Vec<&'a ScriptLine>,
    entries: Vec<&'a EntryRecord>,
}

/// The lines of the timeline, without line ends.
pub(crate) fn timeline(trial: &TrialRecord, peer: Role, layout: Layout) -> Vec<String> {
    let mut out = Vec::new();
    let (before, groups) = groups(trial);
    if is_telling(trial, &before) {
        write_entries(&before, peer, layout, &mut out);
    }
    groups.iter().for_each(|group| write_group(group, peer, layout, &mut out));
    if trial.omitted > 0 {
        out.push(format!("{:6}... {} more frames, not kept", "", trial.omitted));
    }
    out
}

/// Script lines with their entries, and the entries before the first line. Entries without a line are placed where they
/// happened.
fn groups(trial: &TrialRecord) -> (Vec<&EntryRecord>, Vec<Group<'_>>) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in &trial.script {
        match groups.iter_mut().find(|group| group.lines[0].number == line.number) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { lines: vec![line], entries: Vec::new() }),
        }
    }
    let mut before = Vec::new();
    let mut current = None;
    for entry in &trial.transcript {
        let place = groups.iter().position(|group| group.lines[0].number == entry.line && entry.line != 0);
        current = place.or(current);
        match current {
            Some(place) => groups[place].entries.push(entry),
            None => before.push(entry),
        }
    }
    (before, groups)
}

/// Whether what came before the first line, usually an ordinary opening handshake, matters here.
fn is_telling(trial: &TrialRecord, before: &[&EntryRecord]) -> bool {
    let at_fault = match &trial.verdict {
        Verdict::Fail { failure } | Verdict::Flaky { failure } => failure.line == 0,
        Verdict::Inconclusive { .. } => true,
        _ => false,
    };
    at_fault || before.iter().any(|entry| !matches!(entry.meaning, None | Some(Meaning::Matched)))
}

fn write_group(group: &Group<'_>, peer: Role, layout: Layout, out: &mut Vec<String>) {
    let (own, entries) = split_own(group);
    for (index, line) in group.lines.iter().enumerate() {
        let own = own.filter(|_| index == 0);
        let row = TimelineRow {
            number: if index == 0 { line.number.to_string() } else { String::new() },
            time: own.filter(|own| own.event == EventKind::Sent).map(|own| own.at_us),
            style: Style::new(),
            text: cut(&clean(&line.text), room(layout)),
        };
        let below = row.write(own.map(|own| Remark::of(own, peer)).unwrap_or_default(), layout, out);
        out.extend(below);
    }
    write_entries(entries, peer, layout, out);
}

/// Splits off the entry that a `>` line itself sent: its time is shown on the script line.
fn split_own<'a, 'b>(group: &'b Group<'a>) -> (Option<&'a EntryRecord>, &'b [&'a EntryRecord]) {
    match group.entries.split_first() {
        Some((first, rest))
            if is_sending(&group.lines[0].text)
                && matches!(first.event, EventKind::Sent | EventKind::Skipped) =>
        {
            (Some(first), rest)
        }
        _ => (None, &group.entries),
    }
}

fn write_entries(entries: &[&EntryRecord], peer: Role, layout: Layout, out: &mut Vec<String>) {
    let hidden = entries.len().saturating_sub(2 * ENDS);
    for (index, entry) in entries.iter().enumerate() {
        if hidden > 1 && index == ENDS {
            out.push(format!("{:TEXT$}... {} more like these", "", hidden));
        }
        if hidden <= 1 || index < ENDS || index >= ENDS + hidden {
            write_entry(entry, peer, layout, out);
        }
    }
}

fn write_entry(entry: &EntryRecord, peer: Role, layout: Layout, out: &mut Vec<String>) {
    let (sign, style) = match entry.event {
        EventKind::Sent | EventKind::Skipped => ("> ", Style::new()),
        _ => ("< ", THEIRS),
    };
    let mut texts = match entry.event {
        EventKind::Timeout => vec![String::new()],
        EventKind::Eof => vec!["< eof".to_owned()],
        EventKind::Reset => vec!["< reset".to_owned()],
        EventKind::Measured => vec!["measure".to_owned()],
        _ => texts(&entry.text, sign, room(layout)),
    };
    if let (Some(name), Some(first)) = (&entry.connection, texts.first_mut()) {
        first.insert_str(0, &format!("{name} "));
    }
    let time = (entry.event != EventKind::Skipped).then_some(entry.at_us);
    let mut texts = texts.into_iter();
    let row = TimelineRow { number: String::new(), time, style, text: texts.next().unwrap_or_default() };
    let below = row.write(Remark::of(entry, peer), layout, out);
    for text in texts {
        for (at, piece) in pieces(text.trim_end(), layout).iter().enumerate() {
            let indent = if at == 0 { TEXT } else { TEXT + CONTINUED };
            out.push(format!("{:indent$}{}", "", layout.paint.on(style, piece)));
        }
    }
    out.extend(below);
}

/// Maximum number of characters shown of a text.
fn room(layout: Layout) -> usize {
    (layout.width() - TEXT - CONTINUED) * TEXT_LINES
}

/// The lines of a text.
fn pieces(text: &str, layout: Layout) -> Vec<String> {
    match text.chars().count() + TEXT <= layout.width() {
        true => vec![text.to_owned()],
        false => layout.pieces(TEXT + CONTINUED, text),
    }
}

/// The text of an entry as lines that fit: one for each line of a head; other text is shortened.
fn texts(text: &str, sign: &str, width: usize) -> Vec<String> {
    let one_line = clean(text);
    let is_head = is_octets(text) && one_line.matches("\\r\\n").count() > 1;
    let parts: Vec<String> = match is_head {
        true => one_line.split_inclusive("\\r\\n").map(str::to_owned).collect(),
        // What we sent may have field lines, each with its own sign.
        false => text.split('\n').map(|line| clean(line).into_owned()).collect(),
    };
    let more = parts.len().saturating_sub(HEAD_LINES);
    let mut out: Vec<String> = Vec::new();
    for (index, part) in parts.iter().take(HEAD_LINES).enumerate() {
        // A head ends with its empty line and the closing quote, which get no lines of their own.
        let closes = index > 0 && matches!(part.as_str(), "\\r\\n" | "\"");
        match out.last_mut().filter(|_| is_head && closes) {
            Some(last) => last.push_str(part),
            None => {
                let start = match (index, is_head) {
                    (0, _) => sign.to_owned(),
                    (_, true) => " ".repeat(sign.len() + "raw \"".len()),
                    (_, false) => String::new(),
                };
                out.push(cut(&format!("{start}{part}"), width));
            }
        }
    }
    if more > 0 {
        out.push(format!("... {}", count(more, "more line")));
    }
    out
}

/// One line of a timeline.
struct TimelineRow {
    number: String,
    time: Option<u64>,
    style: Style,
    text: String,
}

impl TimelineRow {
    /// Writes the row with its remark. A remark that does not fit is returned as lines to put below.
    fn write(&self, remark: Remark, layout: Layout, out: &mut Vec<String>) -> Vec<String> {
        // Trimmed before painting, so that colours do not affect the text.
        let pieces = pieces(self.text.trim_end(), layout);
        let text = pieces.first().map_or("", String::as_str);
        let sentence = sentence(&remark.text);
        let sentence = sentence.trim_end();
        let time = self.time.map(seconds).unwrap_or_default();
        // A time of more than 999 seconds is wider than its column, and shifts the rest.
        let before = TEXT + time.chars().count().saturating_sub(7) + text.chars().count();
        let column = REMARK.min(layout.width().saturating_sub(REMARK_ROOM));
        let gap = column.saturating_sub(before).max(2);
        let fits = pieces.len() < 2 && before + gap + sentence.chars().count() <= layout.width();
        let paint = layout.paint;
        let (time, text) = (paint.on(DIM, format!("{time:>7}")), paint.on(self.style, text));
        let mut line = format!("{:>4}  {time}  {text}", self.number);
        if fits && !sentence.is_empty() {
            line.push_str(&" ".repeat(gap));
            line.push_str(&paint.on(remark.style, sentence));
        }
        let mut below = Vec::new();
        if !fits && !sentence.is_empty() {
            below = layout.lines(TEXT + 2, sentence);
            below.iter_mut().for_each(|line| *line = paint.on(remark.style, &*line));
        }
        // If there is only a time, the remark may begin next to it.
        if text.is_empty() && !below.is_empty() {
            line.push_str(&format!("  {}", below.remove(0)));
        }
        out.push(line.trim_end().to_owned());
        let more = pieces.iter().skip(1);
        out.extend(more.map(|piece| format!("{:1$}{2}", "", TEXT + CONTINUED, paint.on(self.style, piece))));
        below.iter().map(|line| format!("{:1$}{line}", "", TEXT + 2)).collect()
    }
}

/// The remark next to an entry.
#[derive(Default)]
struct Remark {
    text: String,
    style: Style,
}

impl Remark {
    fn of(entry: &EntryRecord, peer: Role) -> Self {
        Self { text: meaning::sentence(entry, peer), style: style(entry) }
    }
}

fn style(entry: &EntryRecord) -> Style {
    match (&entry.meaning, entry.event) {
        (Some(Meaning::Matched), _) => GOOD,
        (Some(Meaning::Broke { .. } | Meaning::Unexpected { .. }), _) => BAD,
        (None, EventKind::Skipped) => DIM,
        // For example the end of a wait: not always a fault.
        _ => WARN,
    }
}

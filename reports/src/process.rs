//! The peer's process: its resource usage if it was watched, and its deaths.

use anstyle::Style;
use wsspec_record::{DeathRecord, ProcessRecord, Record};

use crate::{
    clean::{clean, count, cut, sentence},
    layout::Layout,
    paint::{BAD, DIM},
    run_outcome::{is_deadly, peer},
};

/// Number of trials named for a death.
const NAMED: usize = 3;
/// Number of its last output lines shown.
const LINES: usize = 8;
/// Number of deaths shown.
pub(crate) const DEATHS: usize = 10;

/// Writes a line on its resource usage, and some for each death that no trial accounts for. Writes nothing if no
/// process was watched and none died.
pub(crate) fn process(record: &Record, layout: Layout, out: &mut String) {
    let who = peer(record);
    let shown = deaths(record);
    for death in shown.iter().take(DEATHS) {
        layout.after("", 0, BAD, &format!("{who} died: {}", sentence(&death.how)), out);
        layout.after("  during  ", 10, Style::new(), &trials(&death.trials), out);
        for line in last_words(death) {
            layout.after("  ", 2, DIM, &format!("| {line}"), out);
        }
    }
    if shown.len() > DEATHS {
        out.push_str(&format!("{who} died: {} more times\n", shown.len() - DEATHS));
    }
    if !shown.is_empty() {
        out.push('\n');
    }
    if let Some(process) = record.process.as_ref().filter(|process| process.peak_memory > 0) {
        layout.after("server  ", 8, Style::new(), &used(process), out);
        out.push('\n');
    }
}

/// Each death with something new to show, of a watched process or of a peer that disappeared, that no trial accounts
/// for.
pub(crate) fn deaths(record: &Record) -> Vec<&DeathRecord> {
    let watched = record.process.iter().flat_map(|process| &process.deaths);
    let mut shown: Vec<&DeathRecord> = Vec::new();
    for death in watched.chain(&record.deaths) {
        // If the trial was run again alone, that run shows the same and names one trial.
        match shown.iter_mut().find(|other| other.how == death.how && other.output == death.output) {
            Some(other) if death.trials.len() == 1 && other.trials.contains(&death.trials[0]) => {
                *other = death
            }
            _ => shown.push(death),
        }
    }
    // A trial that failed for this has already said all of it.
    let is_deadly = |id: &String| record.trials.iter().any(|trial| trial.id == *id && is_deadly(trial));
    shown.retain(|death| !matches!(&*death.trials, [only] if is_deadly(only)));
    shown
}

/// Its last output.
pub(crate) fn last_words(death: &DeathRecord) -> Vec<String> {
    death.output.iter().rev().take(LINES).rev().map(|line| cut(&clean(line), 200)).collect()
}

/// The trials that were running at a death.
pub(crate) fn trials(ids: &[String]) -> String {
    let named: Vec<_> = ids.iter().take(NAMED).map(|id| cut(&clean(id), 200)).collect();
    match ids.len() {
        0 => "no trial".into(),
        all if all > NAMED => format!("{} and {} more", named.join(", "), all - NAMED),
        _ => named.join(", "),
    }
}

/// `peak 41.2 MiB, 0.83 s CPU, 37 descriptors, 5 threads`.
fn used(process: &ProcessRecord) -> String {
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let mut text = format!(
        "{:.1} MiB at the start, {:.1} MiB at most, {}.{:02} s CPU",
        mebibytes(process.start_memory),
        mebibytes(process.peak_memory),
        process.cpu_ms / 1000,
        process.cpu_ms % 1000 / 10,
    );
    let counts = [(process.peak_descriptors, "descriptor"), (process.peak_threads, "thread")];
    for (number, what) in counts {
        if let Some(number) = number {
            text.push_str(&format!(", {}", count(usize::try_from(number).unwrap_or(usize::MAX), what)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::Paint;

    fn shown(process: ProcessRecord) -> String {
        let json = r#"{"format":2,"wsspec":"","started":"","duration_us":0,"target":"","seed":0,"options":[],
            "peer":{"echo":true,"pong":true,"deflate":true,"subprotocol":null,"server":null,"connections":1,
            "round_trip_us":1,"fence":"ping"},"limits":{"line_ms":1,"trial_ms":1,"watch_ms":1},"incidents":[],
            "aborted":null,"trials":[]}"#;
        let mut record = Record::parse(json.as_bytes()).unwrap();
        record.process = Some(process);
        let mut out = String::new();
        super::process(&record, Layout::new(Paint(false), 100), &mut out);
        out
    }

    fn death(trials: &[&str], how: &str, line: &str) -> DeathRecord {
        let trials = trials.iter().map(|&id| id.to_owned()).collect();
        DeathRecord { trials, how: how.into(), output: vec![line.into()] }
    }

    #[test]
    fn what_a_server_used_is_one_line() {
        let process = ProcessRecord {
            start_memory: 10 << 20,
            peak_memory: 43_200_000,
            cpu_ms: 1830,
            peak_descriptors: Some(37),
            peak_threads: Some(1),
            ..ProcessRecord::default()
        };
        assert_eq!(
            shown(process),
            "server  10.0 MiB at the start, 41.2 MiB at most, 1.83 s CPU, 37 descriptors, 1 thread\n\n"
        );
        assert_eq!(shown(ProcessRecord::default()), "");
    }

    #[test]
    fn a_death_is_told_once_with_the_trial_that_does_it_alone() {
        let deaths = vec![death(&["a", "b"], "signal 11", "ouch"), death(&["b"], "signal 11", "ouch")];
        let text = shown(ProcessRecord { deaths, ..ProcessRecord::default() });
        assert_eq!(text, "server died: signal 11\n  during  b\n  | ouch\n\n");
    }

    #[test]
    fn a_hostile_last_line_is_escaped() {
        let deaths = vec![death(&[], "exit\u{1b}[2J", "\u{1b}]0;x\u{7}\u{202e}")];
        let text = shown(ProcessRecord { deaths, ..ProcessRecord::default() });
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
    }
}

//! Every report, rendered from one record that holds everything.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use wsspec_record::{Record, RunEvent};
use wsspec_reports::{
    Badge, CompactJson, Github, Json, Junit, Markdown, Report, Sarif, Tap, Terminal, TerminalOptions, Text,
    summary, trial_text,
};
use wsspec_wire::ConnectionName;

mod fixture;

fn rendered(report: &dyn Report, record: &Record) -> String {
    let mut out = Vec::new();
    report.render(record, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Escape sequences that can be read in a diff.
fn visible(text: &str) -> String {
    text.replace('\x1b', "␛")
}

#[test]
fn each_trial_has_its_text() {
    let record = fixture::record();
    let texts: Vec<String> = record.trials.iter().map(|trial| trial_text(&record, trial, false)).collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn a_failure_has_colours() {
    let record = fixture::record();
    insta::assert_snapshot!(visible(&trial_text(&record, &record.trials[1], true)));
}

#[test]
fn a_failure_reads_from_the_rule_to_the_command_that_repeats_it() {
    let mut record = fixture::record();
    record.seed = 0;
    record.options.clear();
    let text = trial_text(&record, &fixture::between_fragments(), false);
    let without_found: String =
        text.lines().filter(|line| !line.starts_with("  found")).map(|l| format!("{l}\n")).collect();
    let expected = r#"
FAIL  rfc6455/5.4/ping-between-fragments                                             2.003 s
      A ping between two fragments is answered, and the message still arrives
  MUST  RFC 6455 section 5.5.2: a ping is answered with a pong, unless a close was received
   1  0.000 s  > text "frag" -fin
   2  0.000 s  > ping "p"
   3  0.001 s  > cont "ment"
   4           < pong "p" & text "fragment"
      0.003 s  < text "fragment"                              matched
      2.003 s                                                 nothing more within 2s
  case   cases/rfc6455/5.4-fragmentation.toml:14
  again  wsspec run ws://127.0.0.1:9001 rfc6455/5.4/ping-between-fragments
  why    wsspec explain 'rfc6455#5.5.2:2'
"#;
    assert_eq!(without_found, expected.trim_start());
}

#[test]
fn no_line_of_a_trial_is_blank_or_ends_in_blanks() {
    let record = fixture::record();
    for trial in &record.trials {
        let text = trial_text(&record, trial, false);
        assert!(text.lines().all(|line| !line.is_empty() && line.trim_end() == line), "{text}");
    }
}

#[test]
fn the_summary_tells_all_there_is() {
    insta::assert_snapshot!(summary(&fixture::record(), false));
}

#[test]
fn the_summary_has_colours() {
    insta::assert_snapshot!(visible(&summary(&fixture::record(), true)));
}

#[test]
fn the_whole_text_leaves_out_what_passed() {
    insta::assert_snapshot!(rendered(&Text, &fixture::record()));
}

#[test]
fn json_has_the_whole_record() {
    insta::assert_snapshot!(rendered(&Json, &fixture::record()));
}

#[test]
fn compact_json_is_one_line() {
    let text = rendered(&CompactJson, &fixture::record());
    assert_eq!(text.lines().count(), 1);
    assert!(text.ends_with("}\n"));
}

#[test]
fn junit_has_every_trial() {
    insta::assert_binary_snapshot!("junit.xml", rendered(&Junit, &fixture::record()).into_bytes());
}

#[test]
fn the_other_formats_have_what_they_show() {
    let record = fixture::record();
    let reports: [(&str, &dyn Report); 5] = [
        ("summary.md", &Markdown::default()),
        ("annotations.txt", &Github),
        ("scanning.sarif", &Sarif),
        ("harness.tap", &Tap),
        ("badge.svg", &Badge::default()),
    ];
    for (name, report) in reports {
        insta::assert_binary_snapshot!(name, rendered(report, &record).into_bytes());
    }
}

#[test]
fn a_run_shows_its_failures() {
    insta::assert_snapshot!(shown(TerminalOptions { seed: 7, ..TerminalOptions::default() }));
}

#[test]
fn a_verbose_run_shows_every_trial() {
    let options = TerminalOptions { seed: 7, verbose: true, ..TerminalOptions::default() };
    insta::assert_snapshot!(shown(options));
}

#[test]
fn a_quiet_run_is_its_last_line() {
    let options =
        TerminalOptions { quiet: true, verbose: true, progress: true, ..TerminalOptions::default() };
    insta::assert_snapshot!(shown(options));
}

/// What a terminal shows of the fixture's run.
fn shown(options: TerminalOptions) -> String {
    let out = Shared::default();
    let mut terminal = Terminal::new(TerminalOptions { out: Box::new(out.clone()), ..options });
    for event in events(fixture::record()) {
        terminal.handle(&event).unwrap();
    }
    let bytes = out.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn events(record: Record) -> Vec<RunEvent> {
    let mut events = vec![
        RunEvent::Started { trials: record.trials.len(), role: record.role, target: record.target.clone() },
        RunEvent::Probed(record.peer.clone()),
    ];
    for trial in &record.trials {
        if trial.attempts > 1 {
            events.push(RunEvent::Confirming(trial.id.clone()));
        }
        events.push(RunEvent::Finished(Arc::new(trial.clone())));
    }
    events.extend(record.incidents.iter().cloned().map(RunEvent::Incident));
    events.push(RunEvent::Ended(Arc::new(record)));
    events
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_entry_shows_its_connection() {
    let mut record = fixture::record();
    let entry = &mut record.trials[1].transcript[5];
    entry.connection = ConnectionName::parse("front");
    let text = trial_text(&record, &record.trials[1], false);
    assert!(text.contains(r#"front < text "fragment""#), "{text}");
}

//! Every report, rendered from one record with everything in it.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use wsspec_record::{Record, RunEvent};
use wsspec_reports::{
    Badge, Github, Json, Junit, Markdown, Report, Sarif, Shows, Tap, Terminal, TerminalOptions, TextOptions,
    run_text, trial_text,
};
use wsspec_wire::ConnectionName;

mod fixture;

fn rendered(report: &dyn Report, record: &Record) -> String {
    let mut out = Vec::new();
    report.render(record, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Makes escape sequences readable in a diff.
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
FAIL  rfc6455/5.4/ping-between-fragments                                 2.003 s
      A ping between two fragments is answered, and the message still arrives
  MUST   RFC 6455 section 5.5.2: a ping is answered with a pong, unless a close
         was received (rfc6455#5.5.2:2)
   1  0.000 s  > text "frag" -fin
   2  0.000 s  > ping "p"
   3  0.001 s  > cont "ment"
   4           < pong "p" & text "fragment"
      0.003 s  < text "fragment"                  matched
      2.003 s                                     nothing more within 2s
  why    a ping shows who is alive.
  breaks a read loop that looks at pings between messages only.
  fix    answer a ping where it is read.
  case   cases/rfc6455/5.4-fragmentation.toml:14
  again  wsspec run ws://127.0.0.1:9001 rfc6455/5.4/ping-between-fragments
  more   wsspec explain 'rfc6455#5.5.2:2'
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
fn a_run_is_its_causes_and_its_summary() {
    insta::assert_snapshot!(shown(Shows::Causes, false));
}

#[test]
fn a_run_has_colours() {
    insta::assert_snapshot!(visible(&shown(Shows::Causes, true)));
}

#[test]
fn a_run_shows_each_trial_that_did_not_pass() {
    insta::assert_snapshot!(shown(Shows::Each, false));
}

#[test]
fn a_run_shows_all_trials() {
    insta::assert_snapshot!(shown(Shows::All, false));
}

#[test]
fn a_quiet_run_is_its_last_line() {
    insta::assert_snapshot!(shown(Shows::LastLine, false));
}

#[test]
fn a_run_fits_its_width() {
    for width in [60, 80, 120] {
        for shows in [Shows::Causes, Shows::Each, Shows::All] {
            let record = fixture::long();
            let text = run_text(&record, &TextOptions { width, shows, ..TextOptions::default() });
            let wide = text.lines().find(|line| line.chars().count() > width);
            assert_eq!(wide, None, "{width}");
        }
    }
}

#[test]
fn a_run_with_many_failures_of_one_cause_is_short() {
    let mut record = fixture::record();
    record.incidents.clear();
    record.trials = (0..461)
        .map(|number| {
            let mut trial = fixture::between_fragments();
            trial.id = format!("rfc6455/5.4/ping-between-fragments[chop={number}]");
            trial
        })
        .collect();
    let text = run_text(&record, &TextOptions::default());
    assert!(text.lines().count() < 40, "{text}");
    assert!(text.contains("FAIL  461 trials break rfc6455#5.5.2:2\n"), "{text}");
    assert_eq!(text.matches("nothing more within 2s").count(), 1, "{text}");
}

#[test]
fn what_is_recommended_and_missed_is_a_line_a_fact_and_names_no_must() {
    let mut record = fixture::record();
    record.trials.retain(|trial| trial.verdict.word() == "lenient");
    let text = run_text(&record, &TextOptions::default());
    let expected = "Recommended but missed
     1  ended the stream without a close frame
          SHOULD: an endpoint that fails an established connection first sends a
          close frame with a fitting code (rfc6455#7.1.7:5)
     1  better: the server ends the TCP connection first
          SHOULD: rfc6455#7.1.1:6
";
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("MUST"), "{text}");
}

#[test]
fn a_run_cut_short_says_why_once() {
    let why = "nothing listens on 127.0.0.1:9";
    let record = Record {
        trials: Vec::new(),
        incidents: vec![why.into()],
        aborted: Some(why.into()),
        ..fixture::record()
    };
    let text = run_text(&record, &TextOptions::default());
    assert_eq!(text.matches(why).count(), 1, "{text}");
    assert!(text.ends_with("Nothing was tested: nothing listens on 127.0.0.1:9.\n"), "{text}");
}

#[test]
fn what_was_not_tested_comes_before_the_verdict() {
    let mut record = fixture::record();
    record.trials.retain(|trial| matches!(trial.verdict.word(), "pass" | "skip") && trial.standing.is_none());
    record.incidents.clear();
    let text = run_text(&record, &TextOptions::default());
    let end = "
Not tested: 2 of 3 trials
     2  the peer does not negotiate permessage-deflate

3 trials: 1 passed, 2 skipped; in 0.41 s
The peer conforms as far as it was tested (2 of 3 trials skipped).
";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn json_has_the_whole_record() {
    insta::assert_snapshot!(rendered(&Json, &fixture::record()));
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

/// What a terminal shows of the fixture's run: the same as a report on its record.
fn shown(shows: Shows, colour: bool) -> String {
    let text = TextOptions { shows, colour, ..TextOptions::default() };
    let out = Shared::default();
    let options =
        TerminalOptions { out: Box::new(out.clone()), text: text.clone(), ..TerminalOptions::default() };
    let mut terminal = Terminal::new(options);
    for event in events(fixture::record()) {
        terminal.handle(&event).unwrap();
    }
    let bytes = out.0.lock().unwrap().clone();
    let shown = String::from_utf8(bytes).unwrap();
    assert_eq!(shown, run_text(&fixture::record(), &text));
    shown
}

fn events(record: Record) -> Vec<RunEvent> {
    let mut events = vec![
        RunEvent::Started { trials: record.trials.len(), role: record.role, target: record.target.clone() },
        RunEvent::Probed(Box::new(record.peer.clone())),
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

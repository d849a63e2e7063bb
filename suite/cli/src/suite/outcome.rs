//! Turns the verdict of a trial into a test result: as in JUnit, with known and expired deviations taken into account.

use libtest_mimic::{Completion, Failed};
use wsspec_record::{Record, Verdict};
use wsspec_reports::{clean_line, trial_text};

/// The result of a trial's test.
pub(super) fn of(record: &Record, id: &str, strict: bool) -> Result<Completion, Failed> {
    let Some(trial) = record.trials.iter().find(|trial| trial.id == id) else {
        let why = record.aborted.as_deref().unwrap_or("it was not run");
        return Err(Failed::from(clean_line(why)));
    };
    let failed = || Failed::from(trial_text(record, trial, false));
    if trial.unexpected_pass().is_some() || trial.is_expired() {
        return Err(failed());
    }
    match (&trial.verdict, trial.known()) {
        (Verdict::Skip { reason }, _) => Ok(Completion::ignored_with(clean_line(reason))),
        (_, Some(reason)) => Ok(Completion::ignored_with(clean_line(&format!("known: {reason}")))),
        (Verdict::Fail { .. } | Verdict::Inconclusive { .. }, None) => Err(failed()),
        (Verdict::Lenient { .. }, None) if strict => Err(failed()),
        (Verdict::Pass | Verdict::Lenient { .. } | Verdict::Flaky { .. }, None) => Ok(Completion::Completed),
    }
}

#[cfg(test)]
mod tests {
    use wsspec_record::TrialRecord;

    use super::*;

    fn ended(verdict: &str, standing: &str, strict: bool) -> String {
        let trial = format!(
            r#"{{"id":"a","title":"t","verdict":{verdict},"requirement":{{"id":"rfc6455#5.5.2:2","level":"MUST",
            "citation":"c","text":"x"}},"broken":null,"also":[],"autobahn":[],"tags":[],"file":"f","line":1,
            "duration_us":1,"attempts":1,{standing}"script":[],"transcript":[],"omitted":0,"remarks":[]}}"#
        );
        let trial: TrialRecord = serde_json::from_str(&trial).unwrap();
        let record = Record { trials: vec![trial], ..empty() };
        match of(&record, "a", strict) {
            Ok(Completion::Completed) => "passed".into(),
            Ok(Completion::Ignored { reason }) => format!("ignored: {}", reason.unwrap_or_default()),
            Err(failed) => {
                failed.message().unwrap_or_default().lines().next().unwrap_or_default()[..4].into()
            }
        }
    }

    fn empty() -> Record {
        Record::parse(
            br#"{"format":2,"wsspec":"0","started":"s","duration_us":1,"target":"t","seed":0,"options":[],
            "peer":{"echo":true,"pong":true,"deflate":false,"subprotocol":null,"server":null,"connections":1,
            "round_trip_us":1,"fence":"ping"},"limits":{"line_ms":1,"trial_ms":1,"watch_ms":1},"incidents":[],
            "aborted":null,"trials":[]}"#,
        )
        .unwrap()
    }

    const FAILURE: &str =
        r#"{"line":1,"expected":"e","actual":"a","requirement":"rfc6455#5.5.2:2","level":"MUST"}"#;
    const KNOWN: &str = r#""standing":{"kind":"known","reason":"because"},"#;

    #[test]
    fn each_verdict_ends_a_test() {
        let fail = format!(r#"{{"kind":"fail","failure":{FAILURE}}}"#);
        let note = r#"{"line":1,"text":"t","requirement":"rfc6455#5.5.2:2","level":"SHOULD"}"#;
        let lenient = format!(r#"{{"kind":"lenient","notes":[{note}]}}"#);
        let pass = r#"{"kind":"pass"}"#;
        assert_eq!(ended(pass, "", true), "passed");
        assert_eq!(ended(&fail, "", false), "FAIL");
        assert_eq!(ended(&fail, KNOWN, false), "ignored: known: because");
        assert_eq!((ended(&lenient, "", false), ended(&lenient, "", true)), ("passed".into(), "LENI".into()));
        assert_eq!(ended(r#"{"kind":"skip","reason":"no"}"#, "", false), "ignored: no");
        assert_ne!(ended(r#"{"kind":"inconclusive","why":"w"}"#, "", false), "passed");
        let better = KNOWN.replace("known\"", "unexpected-pass\"");
        assert_eq!(ended(pass, &better, false), "UNEX");
    }

    #[test]
    fn a_trial_that_was_not_run_has_not_passed() {
        let message = |record: &Record| {
            let failed = of(record, "a", false).err();
            failed.and_then(|failed| failed.message().map(str::to_owned)).unwrap_or_default()
        };
        let aborted = Record { aborted: Some("nobody\u{1b}[31m".into()), ..empty() };
        assert!(message(&aborted).starts_with("nobody") && !message(&aborted).contains('\u{1b}'));
        assert_eq!(message(&empty()), "it was not run");
    }
}

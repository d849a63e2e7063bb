//! Where a trial ran, and the command that runs it again.

use wsspec_record::{Record, TrialRecord};
use wsspec_wire::Role;

use crate::clean::{clean, shell_quoted};

/// Everything needed to run a trial again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// The peer's role.
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

/// The command that runs one of the record's trials again.
pub fn rerun_command(record: &Record, trial: &TrialRecord) -> String {
    again(trial, &Origin::of(record))
}

/// The command that runs a trial again.
pub(crate) fn again(trial: &TrialRecord, origin: &Origin<'_>) -> String {
    if let Some(command) = watching(origin) {
        return command;
    }
    let (before, after) = around_id(origin);
    format!("{before}{}{after}", shell_quoted(&clean(&trial.id)))
}

/// The parts before and after a trial's id in the command that runs it again.
pub(crate) fn around_id(origin: &Origin<'_>) -> (String, String) {
    if let Some(command) = watching(origin) {
        // What others sent cannot be asked for: the id is a comment.
        return (format!("{command} # "), String::new());
    }
    // A client has no address: the options say how it is started or where it connects.
    let (words, options) = named(origin);
    let before = match (origin.role, options.first()) {
        _ if !words.is_empty() => {
            let words: Vec<_> = words.iter().map(|word| shell_quoted(&clean(word)).into_owned()).collect();
            format!("wsspec {} ", words.join(" "))
        }
        (Role::Server, _) => format!("wsspec run {} ", shell_quoted(&clean(origin.target))),
        (Role::Client, Some(option)) if option == "--listen" => "wsspec serve ".into(),
        (Role::Client, _) => "wsspec test-client ".into(),
    };
    let mut after = String::new();
    if origin.seed != 0 {
        after.push_str(&format!(" --seed {}", origin.seed));
    }
    for option in options {
        after.push_str(&format!(" {}", shell_quoted(&clean(option))));
    }
    (before, after)
}

/// The command that tests a proxy and the proxy's address, which are its own first options, and the other options. Without
/// that command, there are only the latter.
fn named<'o>(origin: &Origin<'o>) -> (&'o [String], &'o [String]) {
    let tests_proxy = origin.options.first().is_some_and(|first| first == "test-proxy");
    let is_word = |option: &String| tests_proxy && !option.starts_with("--");
    let count = origin.options.iter().take_while(|option| is_word(option)).count();
    origin.options.split_at(count)
}

/// The command that judges traffic of others, which is its own first option.
fn watching(origin: &Origin<'_>) -> Option<String> {
    origin.options.first().filter(|first| ["tap", "lint"].contains(&first.as_str()))?;
    let words: Vec<_> =
        origin.options.iter().map(|option| shell_quoted(&clean(option)).into_owned()).collect();
    Some(format!("wsspec {}", words.join(" ")))
}

/// The command that runs everything again and shows each trial that did not simply pass.
pub(crate) fn everything(origin: &Origin<'_>) -> String {
    if let Some(command) = watching(origin) {
        return command;
    }
    let (before, after) = around_id(origin);
    format!("{}{after} --each", before.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_tested_again_by_its_own_command() {
        let again = |options: &[&str]| {
            let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
            let (before, after) =
                around_id(&Origin { role: Role::Server, target: "x", seed: 0, options: &options });
            format!("{before}ID{after}")
        };
        assert_eq!(
            again(&["test-proxy", "ws://a", "--backend", "b:1"]),
            "wsspec test-proxy ws://a ID --backend b:1"
        );
        assert_eq!(again(&["test-proxy", "--spawn", "p"]), "wsspec test-proxy ID --spawn p");
    }

    #[test]
    fn traffic_of_others_is_watched_again_as_a_whole() {
        let options = ["tap", "--to", "ws://a"].map(str::to_owned);
        let origin = Origin { role: Role::Server, target: "ws://a", seed: 0, options: &options };
        assert_eq!(around_id(&origin), ("wsspec tap --to ws://a # ".to_owned(), String::new()));
        assert_eq!(everything(&origin), "wsspec tap --to ws://a");
    }
}

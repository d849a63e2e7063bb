//! `loaded`: the same verdicts on a busy machine. The catalogue runs against conforming peers while other processes
//! keep the processors busy: nothing may fail, almost nothing may be flaky, and every run must reach the same
//! verdicts.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use wsspec_peer::PeerPacing;

use crate::{
    failure::RecipeError,
    peer, process,
    saved::Saved,
    server::{self, ServerProcess},
    slow_peer,
    workspace::Workspace,
};

/// Default number of runs against each peer.
pub const RUNS: u32 = 10;
/// How many processes keep the processors busy.
pub const SPINNERS: u32 = 8;
/// How long one run may take.
const LIMIT: Duration = Duration::from_secs(3600);
/// How many of a thousand trials may be flaky.
const FLAKY: usize = 10;
/// The most ids listed of each kind.
const LISTED: usize = 10;

/// The peers, by name.
const PEERS: [&str; 3] = ["peer", "ws", "slow-peer"];

/// A verdict's word, or a substitute.
type VerdictWords = BTreeMap<String, String>;

/// Runs the catalogue this many times against each of the peers named, or all.
pub fn run(
    workspace: &Workspace,
    names: &[String],
    runs: u32,
    spinners: u32,
    wsspec: Option<&Path>,
) -> Result<(), RecipeError> {
    let names = chosen(names)?;
    let wsspec = wsspec.map_or_else(|| workspace.wsspec(), |path| Ok(path.to_owned()))?;
    let dir = workspace.target("loaded");
    std::fs::create_dir_all(&dir).map_err(RecipeError::file("create", &dir))?;
    let mut wrong = Vec::new();
    for name in names {
        let peer = ConformingPeer::start(workspace, name, &dir)?;
        let _busy = Spinners::start(spinners)?;
        let mut first: Option<VerdictWords> = None;
        for number in 1..=runs {
            let saved = once(workspace, &wsspec, name, number, &peer, &dir)?;
            let words = words(&saved);
            println!("{}", line(name, number, &saved, &words));
            wrong.extend(faults(&words).into_iter().map(|what| format!("{name}, run {number}: {what}")));
            let before = first.get_or_insert_with(|| words.clone());
            wrong.extend(differences(before, &words).map(|what| format!("{name}, run {number}: {what}")));
        }
    }
    match wrong.len() {
        0 => Ok(()),
        all => {
            let listed: Vec<String> = wrong.iter().take(LISTED).map(|what| format!("\n    {what}")).collect();
            Err(RecipeError::Other(format!("{all} verdicts are not what they should be{}", listed.concat())))
        }
    }
}

fn chosen(names: &[String]) -> Result<Vec<&'static str>, RecipeError> {
    if names.is_empty() {
        return Ok(PEERS.to_vec());
    }
    let known = |name: &String| {
        let found = PEERS.into_iter().find(|peer| peer == name);
        found.ok_or_else(|| RecipeError::Other(format!("no peer `{name}`; there are {}", PEERS.join(", "))))
    };
    names.iter().map(known).collect()
}

/// A peer that breaks only what its list says; stopped when dropped.
struct ConformingPeer {
    url: String,
    known: Option<PathBuf>,
    _server: Box<dyn std::any::Any>,
}

impl ConformingPeer {
    fn start(workspace: &Workspace, name: &str, logs: &Path) -> Result<Self, RecipeError> {
        Ok(match name {
            "peer" => Self::threaded(peer::start(None)?),
            "slow-peer" => Self::threaded(slow_peer::start(PeerPacing::SLOW)?),
            _ => {
                let server = ServerProcess::start(workspace, name, logs)?;
                let known = server::known(workspace, name, "known.toml");
                Self { url: server.url(), known, _server: Box::new(server) }
            }
        })
    }

    fn threaded(server: crate::listener::ThreadedServer) -> Self {
        Self { url: server.url(), known: None, _server: Box::new(server) }
    }
}

/// Processes that keep the processors busy until this is dropped.
struct Spinners(Vec<Child>);

impl Spinners {
    fn start(number: u32) -> Result<Self, RecipeError> {
        let mut all = Self(Vec::new());
        for _ in 0..number {
            let mut command = Command::new("sh");
            command.args(["-c", "while :; do :; done"]).stdin(Stdio::null());
            all.0.push(process::spawn(&mut command)?);
        }
        Ok(all)
    }
}

impl Drop for Spinners {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(process::stop);
    }
}

fn once(
    workspace: &Workspace,
    wsspec: &Path,
    name: &str,
    number: u32,
    peer: &ConformingPeer,
    dir: &Path,
) -> Result<Saved, RecipeError> {
    let json = dir.join(format!("{name}-{number}.json"));
    // An old record must not be taken for one that was not written.
    let _ = std::fs::remove_file(&json);
    let mut command = workspace.command(wsspec);
    command.args(["run", &peer.url, "--quiet", "--json"]).arg(&json);
    if let Some(known) = &peer.known {
        command.arg("--known").arg(known);
    }
    let log = json.with_extension("txt");
    let out = std::fs::File::create(&log).map_err(RecipeError::file("write", &log))?;
    let err = out.try_clone().map_err(RecipeError::file("write", &log))?;
    command.stdin(Stdio::null()).stdout(out).stderr(err);
    let mut child = process::spawn(&mut command)?;
    process::wait(&command, &mut child, LIMIT, |_| ())?;
    Saved::read(&json).map_err(|error| RecipeError::Other(format!("{error}{}", server::tail(&log))))
}

/// Each trial's verdict.
fn words(saved: &Saved) -> VerdictWords {
    saved.verdicts().map(|(id, word)| (id.to_owned(), word.to_owned())).collect()
}

/// What no run may contain.
fn faults(words: &VerdictWords) -> Vec<String> {
    let with = |word: &str| -> Vec<&str> {
        words.iter().filter(|(_, found)| *found == word).map(|(id, _)| id.as_str()).collect()
    };
    let mut faults: Vec<String> = with("fail").iter().map(|id| format!("{id} fails")).collect();
    let flaky = with("flaky");
    if flaky.len() * 1000 > words.len() * FLAKY {
        faults.push(format!("{} of {} trials are flaky, {} first", flaky.len(), words.len(), flaky[0]));
    }
    faults
}

/// Trials with a different result; flaky ones are counted elsewhere.
fn differences<'w>(first: &'w VerdictWords, words: &'w VerdictWords) -> impl Iterator<Item = String> + 'w {
    let is_flaky = |word: &String| word == "flaky";
    words.iter().filter_map(move |(id, word)| match first.get(id) {
        Some(before) if before != word && !is_flaky(before) && !is_flaky(word) => {
            Some(format!("{id} is {word}, and was {before} in run 1"))
        }
        _ => None,
    })
}

fn line(name: &str, number: u32, saved: &Saved, words: &VerdictWords) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    words.values().for_each(|word| *counts.entry(word).or_default() += 1);
    let counts: Vec<String> = counts.into_iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{name:10} {number:3}  {:7.1} s  {}", saved.duration_us as f64 / 1e6, counts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(of: &[(&str, &str)]) -> VerdictWords {
        of.iter().map(|&(id, word)| (id.to_owned(), word.to_owned())).collect()
    }

    #[test]
    fn a_failure_is_a_fault_and_so_are_many_flaky_trials() {
        assert_eq!(faults(&words(&[("a", "pass"), ("b", "fail")])), ["b fails"]);
        assert_eq!(faults(&words(&[("a", "pass"), ("b", "flaky")])), ["1 of 2 trials are flaky, b first"]);
        let many: VerdictWords = (0..200).map(|n| (format!("{n:03}"), "pass".to_owned())).collect();
        let few = many.iter().map(|(id, word)| {
            let word = if id == "007" { "flaky" } else { word };
            (id.clone(), word.to_owned())
        });
        assert_eq!(faults(&few.collect()), [""; 0]);
    }

    #[test]
    fn a_changed_verdict_is_reported() {
        let (first, second) =
            (words(&[("a", "pass"), ("b", "known")]), words(&[("a", "inconclusive"), ("b", "known")]));
        let found: Vec<_> = differences(&first, &second).collect();
        assert_eq!(found, ["a is inconclusive, and was pass in run 1"]);
        let lenient = words(&[("a", "lenient")]);
        let found: Vec<_> = differences(&first, &lenient).collect();
        assert_eq!(found, ["a is lenient, and was pass in run 1"]);
    }

    #[test]
    fn an_unknown_peer_is_answered_with_those_there_are() {
        let error = chosen(&["wss".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "no peer `wss`; there are peer, ws, slow-peer");
    }
}

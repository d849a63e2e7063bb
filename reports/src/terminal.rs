//! A run as it happens: a listener of its events.
//!
//! Never decides anything: it shows what events say.

use std::{
    collections::HashSet,
    fmt,
    io::{self, Write},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wsspec_catalogue::Bug;
use wsspec_record::{EchoedKind, PeerProfile, RunEvent, TrialRecord, Verdict};
use wsspec_wire::{RequirementId, Role};

use crate::{
    clean::{clean, count, sentence},
    known_bugs::known_bugs,
    paint::{BAD, DIM, Paint, WARN},
    summary::{numbers, summary_of, verdict},
    text::{Origin, render, transcript},
};

/// How a run is shown.
pub struct TerminalOptions {
    /// Where lines go.
    pub out: Box<dyn Write + Send>,
    /// Styles them with ANSI sequences.
    pub colour: bool,
    /// Shows a progress bar on the standard error stream; ask for it only where that is a terminal.
    pub progress: bool,
    /// Shows every trial with its transcript, not only those that failed.
    pub verbose: bool,
    /// Shows the final line only.
    pub quiet: bool,
    /// A missing recommendation counts as broken in the final line.
    pub strict: bool,
    /// The run's seed, for the command that repeats a trial.
    pub seed: u64,
    /// Further options for that command.
    pub again: Vec<String>,
    /// Known bugs to answer for, one by one, in place of the summary; and in place of the failures, unless `verbose`.
    pub bugs: Option<Vec<Bug>>,
}

/// Plain lines on the standard output, without colour or progress.
impl Default for TerminalOptions {
    fn default() -> Self {
        let out = Box::new(io::stdout());
        Self {
            out,
            colour: false,
            progress: false,
            verbose: false,
            quiet: false,
            strict: false,
            seed: 0,
            again: Vec::new(),
            bugs: None,
        }
    }
}

impl fmt::Debug for TerminalOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TerminalOptions")
            .field("colour", &self.colour)
            .field("progress", &self.progress)
            .field("verbose", &self.verbose)
            .field("quiet", &self.quiet)
            .field("strict", &self.strict)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// Shows a run as it happens.
#[derive(Debug)]
pub struct Terminal {
    options: TerminalOptions,
    paint: Paint,
    /// The peer's.
    role: Role,
    target: String,
    bar: ProgressBar,
    failed: usize,
    /// Families of which a failure was shown whole, with the rule it broke.
    shown: HashSet<(String, RequirementId)>,
    /// The last line written is blank, or there is none.
    after_gap: bool,
}

impl Terminal {
    /// A listener that has heard nothing yet.
    pub fn new(options: TerminalOptions) -> Self {
        let paint = Paint(options.colour);
        let bar = ProgressBar::hidden();
        Self {
            options,
            paint,
            role: Role::Server,
            target: String::new(),
            bar,
            failed: 0,
            shown: HashSet::new(),
            after_gap: true,
        }
    }

    /// Shows an event.
    pub fn handle(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::Started { trials, role, target } => {
                self.role = *role;
                self.started(*trials, target)
            }
            RunEvent::Probed(peer) => self.say(&peer_line(peer)),
            RunEvent::Finished(trial) => self.finished(trial),
            RunEvent::Confirming(id) => {
                self.bar.set_message(format!("again alone: {}", clean(id)));
                match self.options.verbose {
                    true => self.say(&self.paint.on(DIM, format!("again alone: {}", sentence(id)))),
                    false => Ok(()),
                }
            }
            RunEvent::Estimated(left) => {
                let minutes = left.as_secs().div_ceil(60);
                self.say(&format!(
                    "this is going to take about {} more; --max-time limits it",
                    count(usize::try_from(minutes).unwrap_or(usize::MAX), "minute")
                ))
            }
            RunEvent::Incident(what) => {
                self.say(&format!("{}: {}", self.paint.on(WARN, "incident"), sentence(what)))
            }
            RunEvent::Ended(record) => {
                self.bar.finish_and_clear();
                let strict = self.options.strict;
                if !self.options.quiet {
                    let text = match &self.options.bugs {
                        Some(bugs) => known_bugs(bugs, record, self.paint.0, strict),
                        None => summary_of(record, self.paint, strict),
                    };
                    return self.say_apart(text.trim_end());
                }
                writeln!(self.options.out, "{}. {}", numbers(record), verdict(record, self.paint, strict))?;
                self.options.out.flush()
            }
        }
    }

    fn started(&mut self, trials: usize, target: &str) -> io::Result<()> {
        target.clone_into(&mut self.target);
        if self.options.progress && !self.options.quiet {
            self.bar = ProgressBar::with_draw_target(Some(trials as u64), ProgressDrawTarget::stderr());
            self.bar.set_style(bar_style());
        }
        self.say(&format!("{} against {}", count(trials, "trial"), sentence(target)))
    }

    fn finished(&mut self, trial: &TrialRecord) -> io::Result<()> {
        self.bar.inc(1);
        let failed = trial.verdict.is_fail() && trial.known().is_none();
        self.failed += usize::from(failed);
        let failures = if self.failed == 0 { String::new() } else { format!("{} failed", self.failed) };
        self.bar.set_message(failures);
        let telling = (failed && self.options.bugs.is_none())
            || trial.unexpected_pass().is_some()
            || trial.is_expired();
        if !telling && !self.options.verbose {
            return Ok(());
        }
        let once = (trial.family().to_owned(), trial.named().id.clone());
        if failed && !self.shown.insert(once) && !self.options.verbose {
            return self.say(&brief(trial, self.paint));
        }
        let mut text = render(
            trial,
            &Origin {
                role: self.role,
                target: &self.target,
                seed: self.options.seed,
                options: &self.options.again,
            },
            self.paint,
        );
        if self.options.verbose {
            text.push_str(&transcript(trial, self.role, self.paint));
        }
        match trial.verdict {
            Verdict::Pass | Verdict::Skip { .. } => self.say(text.trim_end()),
            _ => self.say_apart(&text),
        }
    }

    /// Writes lines with a blank one before them; whether one follows is theirs to say.
    fn say_apart(&mut self, text: &str) -> io::Result<()> {
        match self.after_gap {
            true => self.say(text),
            false => self.say(&format!("\n{text}")),
        }
    }

    /// Writes a line, or several, above the progress bar.
    fn say(&mut self, text: &str) -> io::Result<()> {
        if self.options.quiet {
            return Ok(());
        }
        self.after_gap = text.ends_with('\n');
        let out = &mut self.options.out;
        self.bar.suspend(|| {
            writeln!(out, "{text}")?;
            out.flush()
        })
    }
}

/// A further member of a family that fails by the same rule: what was found, without script and transcript.
fn brief(trial: &TrialRecord, paint: Paint) -> String {
    let found = match &trial.verdict {
        Verdict::Fail { failure } => failure.headline(),
        _ => String::new(),
    };
    format!("{}  {}\n      likewise: {}\n", paint.on(BAD, "FAIL"), sentence(&trial.id), sentence(&found))
}

fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed}  {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn echo(peer: &PeerProfile) -> String {
    let echo = match (peer.echo, peer.echoes_only) {
        (false, _) => "no echo",
        (true, None) => "echo",
        (true, Some(EchoedKind::Text)) => "echo of text only",
        (true, Some(EchoedKind::Binary)) => "echo of binary only",
    };
    if peer.speaks_unasked { format!("speaks first, {echo}") } else { echo.to_owned() }
}

/// `peer: echo, pong, no deflate; round trip 0.21 ms; server "X"`.
fn peer_line(peer: &PeerProfile) -> String {
    let has = |has: bool, word: &str| if has { word.to_owned() } else { format!("no {word}") };
    let mut parts =
        vec![format!("peer: {}, {}, {}", echo(peer), has(peer.pong, "pong"), has(peer.deflate, "deflate"))];
    let hundredths = peer.round_trip_us.saturating_add(5) / 10;
    parts.push(format!("round trip {}.{:02} ms", hundredths / 100, hundredths % 100));
    if let Some(subprotocol) = &peer.subprotocol {
        parts.push(format!("subprotocol \"{}\"", sentence(subprotocol)));
    }
    if let Some(server) = &peer.server {
        parts.push(format!("server \"{}\"", sentence(server)));
    }
    if peer.connections > 0 {
        parts.push(count(peer.connections as usize, "connection"));
    }
    parts.join("; ")
}

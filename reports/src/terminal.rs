//! A run as it happens: a listener of its events.
//!
//! During the run, shows progress on the standard error stream. After the run, writes the result as [`run_text`]
//! formats it. Decides nothing: shows what events say.

use std::{
    fmt,
    io::{self, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wsspec_record::{RunEvent, TrialRecord};

use crate::{
    clean::{clean, count, sentence},
    paint::Paint,
    run_text::{Shows, TextOptions, run_text},
};

/// Without a terminal, a line of progress appears this often.
const BEAT: Duration = Duration::from_secs(10);

/// How to show a run.
pub struct TerminalOptions {
    /// Where to write the run's text.
    pub out: Box<dyn Write + Send>,
    /// How to show progress.
    pub progress: Progress,
    /// How to show the finished run.
    pub text: TextOptions,
}

/// How progress is shown.
pub enum Progress {
    /// No progress.
    None,
    /// A bar on the standard error stream; use it only if that is a terminal.
    Bar,
    /// A line every ten seconds.
    Lines(Box<dyn Write + Send>),
}

/// Plain lines on standard output, without colour or progress.
impl Default for TerminalOptions {
    fn default() -> Self {
        Self { out: Box::new(io::stdout()), progress: Progress::None, text: TextOptions::default() }
    }
}

impl fmt::Debug for TerminalOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TerminalOptions").field("text", &self.text).finish_non_exhaustive()
    }
}

/// Shows a run as it happens.
#[derive(Debug)]
pub struct Terminal {
    options: TerminalOptions,
    bar: ProgressBar,
    /// Numbers of trials: planned, ended, failed.
    trials: usize,
    ended: usize,
    failed: usize,
    began: Instant,
    /// When a line of progress was last shown.
    beat: Duration,
}

impl Terminal {
    /// A listener before the first event.
    pub fn new(options: TerminalOptions) -> Self {
        let (bar, began) = (ProgressBar::hidden(), Instant::now());
        Self { options, bar, trials: 0, ended: 0, failed: 0, began, beat: Duration::ZERO }
    }

    /// Shows an event.
    pub fn handle(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::Started { trials, target, .. } => {
                self.started(*trials, target);
                Ok(())
            }
            RunEvent::Probed(_) => Ok(()),
            RunEvent::Finished(trial) => self.finished(trial),
            RunEvent::Confirming(id) => {
                self.bar.set_message(format!("again alone: {}", clean(id)));
                Ok(())
            }
            RunEvent::Estimated(left) => {
                let minutes = usize::try_from(left.as_secs().div_ceil(60)).unwrap_or(usize::MAX);
                let minutes = count(minutes, "minute");
                self.tell(&format!("about {minutes} left; --max-time limits the run"))
            }
            // The run's text contains it.
            RunEvent::Incident(what) => {
                self.bar.set_message(sentence(what));
                Ok(())
            }
            RunEvent::Ended(record) => {
                self.bar.finish_and_clear();
                self.options.out.write_all(run_text(record, &self.options.text).as_bytes())?;
                self.options.out.flush()
            }
        }
    }

    fn started(&mut self, trials: usize, target: &str) {
        self.trials = trials;
        if matches!(self.options.progress, Progress::Bar) {
            self.bar = ProgressBar::with_draw_target(Some(trials as u64), ProgressDrawTarget::stderr());
            self.bar.set_style(bar_style());
            self.bar.set_message(sentence(target));
        }
    }

    fn finished(&mut self, trial: &TrialRecord) -> io::Result<()> {
        self.bar.inc(1);
        self.ended += 1;
        if trial.verdict.is_fail() && trial.known().is_none() {
            self.failed += 1;
            self.bar.set_message(format!("{} failed, last {}", self.failed, sentence(&trial.id)));
        }
        if self.options.text.shows == Shows::All {
            let word = Paint(false).verdict(trial);
            return self.tell(&format!("{word}  {}", sentence(&trial.id)));
        }
        match self.is_time(self.began.elapsed()) {
            true => self.tell(&self.progress()),
            false => Ok(()),
        }
    }

    /// Whether the next line of progress is due.
    fn is_time(&mut self, elapsed: Duration) -> bool {
        let is_due = elapsed.saturating_sub(self.beat) >= BEAT;
        if is_due {
            self.beat = elapsed;
        }
        is_due && matches!(self.options.progress, Progress::Lines(_))
    }

    fn progress(&self) -> String {
        format!(
            "{} of {}, {} failed, {} s",
            self.ended,
            count(self.trials, "trial"),
            self.failed,
            self.began.elapsed().as_secs()
        )
    }

    /// Writes a line of progress.
    fn tell(&mut self, text: &str) -> io::Result<()> {
        match &mut self.options.progress {
            Progress::None => Ok(()),
            Progress::Bar => {
                self.bar.println(text);
                Ok(())
            }
            Progress::Lines(out) => {
                writeln!(out, "{text}")?;
                out.flush()
            }
        }
    }
}

fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed}  {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_line_every_ten_seconds() {
        let progress = Progress::Lines(Box::new(io::sink()));
        let mut terminal = Terminal::new(TerminalOptions { progress, ..TerminalOptions::default() });
        let due = [1, 9, 10, 11, 19, 20, 45, 46, 54, 55].map(|at| terminal.is_time(Duration::from_secs(at)));
        assert_eq!(due, [false, false, true, false, false, true, true, false, false, true]);
    }
}

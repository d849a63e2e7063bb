//! `wsspec lint`: judges the WebSocket connections in captures, HAR files and records of runs.

mod again;

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::{Path, PathBuf},
    time::{Instant, SystemTime},
};

use wsspec_capture::{CaptureError, CaptureLint, Ledger, ObserverSettings, RecordHead, RuleBook};
use wsspec_catalogue::Catalogue;
use wsspec_reports::{clean_line, clean_text, guide, run_text};

use crate::{
    color::ColorArgs,
    exit_status::{ExitStatus, TRAFFIC_EXIT_CODES},
    failure::{CommandError, complain, count},
    heading,
    output::{Outputs, ShowsArgs, first_error},
    protocol::TrafficProtocolArgs,
    report::worst_exit_status,
    traffic::{finding, summary, write_reports},
};

use self::again::RecordAgain;

const EXAMPLES: &str = "\
Examples:
  tcpdump -i any -s 0 -w session.pcap port 9001
  wsspec lint session.pcap
  wsspec lint *.pcapng --json lint.json --sarif lint.sarif
  wsspec lint browser.har
  wsspec lint record.json

Reads pcap and pcapng of Ethernet, Linux cooked mode, loopback and raw IP, the opening handshakes in HAR files, and records
that `wsspec run --json` wrote, whose trials are judged again. The line of a finding in SARIF is the number of its packet, or
of its entry in a HAR file. TLS is not decrypted: capture behind
whatever ends TLS, or put `wsspec tap --to wss://...` in between.";

/// Options of `wsspec lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{TRAFFIC_EXIT_CODES}"))]
pub struct LintArgs {
    /// Captures, HAR files and records to judge
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// What rides on connections.
    #[command(flatten)]
    pub protocol: TrafficProtocolArgs,
    /// Treat a missed SHOULD as a failure
    #[arg(long, help_heading = heading::VERDICT)]
    pub strict: bool,
    /// Reports.
    #[command(flatten)]
    pub outputs: Outputs,
    /// Print only the last lines
    #[arg(short, long, help_heading = heading::OUTPUT)]
    pub quiet: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

impl LintArgs {
    /// The command that does the same again.
    fn shown(&self) -> Vec<String> {
        let files = self.files.iter().map(|file| file.display().to_string());
        ["lint".to_owned()].into_iter().chain(files).chain(self.protocol.shown()).collect()
    }
}

/// Judges every file. One that cannot be read does not keep the others from being judged.
pub fn run(args: &LintArgs) -> Result<ExitStatus, CommandError> {
    args.color.apply();
    args.outputs.check()?;
    let catalogue = Catalogue::embedded().map_err(CommandError::Cases)?;
    let guide = guide(&catalogue);
    let (began, started) = (Instant::now(), humantime::format_rfc3339_millis(SystemTime::now()).to_string());
    let settings = ObserverSettings { layer: args.protocol.protocol, ..ObserverSettings::default() };
    let mut lint = CaptureLint::new(Ledger::new(RuleBook::of(&guide)), settings);
    let (mut troubles, mut again) = (Vec::new(), Vec::new());
    for file in &args.files {
        match read(&mut lint, file) {
            Ok(LintedFile::Traffic) => {}
            Ok(LintedFile::Record) => match again::read(file, &catalogue) {
                Ok(record) => again.push((file.display().to_string(), record)),
                Err(error) => troubles.push(error.to_string()),
            },
            Err(error) => troubles.push(format!("`{}`: {error}", file.display())),
        }
    }
    let files = count(args.files.len() - again.len(), "capture");
    let head = RecordHead {
        wsspec: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        duration_us: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        ends: [format!("clients in {files}"), format!("servers in {files}")],
        command: args.shown(),
        folder: "lint",
        incidents: incidents(&lint, &troubles),
        aborted: None,
    };
    told(args, (&lint, &again), &head, &guide, &troubles)
}

/// What a file contains.
enum LintedFile {
    /// Traffic, which was judged.
    Traffic,
    /// The record of a run.
    Record,
}

fn read(lint: &mut CaptureLint, path: &Path) -> Result<LintedFile, CaptureError> {
    let name = path.display().to_string();
    let malformed = |error: std::io::Error| CaptureError::Malformed(error.to_string());
    let mut file = File::open(path).map_err(malformed)?;
    let mut start = [0; 64];
    let read = file.read(&mut start).map_err(malformed)?;
    file.rewind().map_err(malformed)?;
    if start[..read].trim_ascii_start().first() == Some(&b'{') {
        let mut json = Vec::new();
        file.read_to_end(&mut json).map_err(malformed)?;
        if again::is_record(&json) {
            return Ok(LintedFile::Record);
        }
        return lint.read_har(&name, &json).map(|()| LintedFile::Traffic);
    }
    lint.read_capture(&name, BufReader::new(file)).map(|()| LintedFile::Traffic)
}

/// What was not judged, for reports.
fn incidents(lint: &CaptureLint, troubles: &[String]) -> Vec<String> {
    let left_out = lint.left_out().map(|(what, times)| format!("{what} ({times})"));
    troubles.iter().cloned().chain(left_out).collect()
}

fn told(
    args: &LintArgs,
    (lint, again): (&CaptureLint, &[(String, RecordAgain)]),
    head: &RecordHead,
    guide: &wsspec_record::Guide,
    troubles: &[String],
) -> Result<ExitStatus, CommandError> {
    let mut records: Vec<_> = again.iter().map(|(_, again)| again.record.clone()).collect();
    let shows = ShowsArgs { quiet: args.quiet, each: false, verbose: false };
    let shows = shows.options(args.strict, None, args.outputs.takes_stdout());
    let runs: String = again.iter().map(|(_, again)| run_text(&again.record, &shows)).collect();
    let mut text: String = again.iter().map(|(name, again)| verdicts(name, again)).collect();
    if again.len() < args.files.len() || again.is_empty() {
        records.extend(wsspec_capture::records(&lint.ledger, head, guide));
        if !args.quiet {
            lint.ledger.broken().iter().for_each(|broken| text += &finding(broken));
        }
        text += &summary(&lint.ledger, head, "The servers");
    }
    lint.left_out().for_each(|(what, times)| text += &format!("not judged: {what} ({times})\n"));
    let printed = args.outputs.say(&(runs + &clean_text(&text)));
    let errors = troubles.iter().map(|trouble| complain(&format!("error: {}\n", clean_text(trouble))));
    let errors = first_error(errors.collect::<Vec<_>>());
    let written = write_reports(&args.outputs, &records, args.strict, args.quiet);
    first_error([printed, errors, written])?;
    let status = worst_exit_status(&records, args.strict);
    Ok(if troubles.is_empty() { status } else { status.worse(ExitStatus::Usage) })
}

/// Which verdicts of a record are others now.
fn verdicts(name: &str, again: &RecordAgain) -> String {
    let trials = count(again.judged, "trial");
    let mut text = format!("{name}: {trials} judged again, {} with another verdict\n", again.changed.len());
    for (id, was, is) in &again.changed {
        let rule = is.requirement().map(|rule| format!(" by {rule}")).unwrap_or_default();
        text += &format!("  {}: {}, now {}{rule}\n", clean_line(id), was.word(), is.word());
    }
    again.left_out.iter().for_each(|(what, times)| text += &format!("not judged: {what} ({times})\n"));
    text
}

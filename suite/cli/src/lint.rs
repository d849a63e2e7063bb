//! `wsspec lint`: judges the WebSocket connections in captures and HAR files.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::{Path, PathBuf},
    time::{Instant, SystemTime},
};

use wsspec_capture::{CaptureError, CaptureLint, Ledger, ObserverSettings, RecordHead, RuleBook, records};
use wsspec_catalogue::Catalogue;
use wsspec_reports::{clean_text, guide};

use crate::{
    color::ColorArgs,
    exit_status::{ExitStatus, TRAFFIC_EXIT_CODES},
    failure::{CommandError, complain, count},
    heading,
    output::{Outputs, first_error},
    report::worst_exit_status,
    traffic::{finding, summary, write_reports},
};

const EXAMPLES: &str = "\
Examples:
  tcpdump -i any -s 0 -w session.pcap port 9001
  wsspec lint session.pcap
  wsspec lint *.pcapng --json lint.json --sarif lint.sarif
  wsspec lint browser.har

Reads pcap and pcapng of Ethernet, Linux cooked mode, loopback and raw IP, and the opening handshakes in HAR files. The line
of a finding in SARIF is the number of its packet, or of its entry in a HAR file. TLS is not decrypted: capture behind
whatever ends TLS, or put `wsspec tap --to wss://...` in between.";

/// Options of `wsspec lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{TRAFFIC_EXIT_CODES}"))]
pub struct LintArgs {
    /// Captures to judge
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
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
        ["lint".to_owned()].into_iter().chain(files).collect()
    }
}

/// Judges every file. One that cannot be read does not keep the others from being judged.
pub fn run(args: &LintArgs) -> Result<ExitStatus, CommandError> {
    args.color.apply();
    args.outputs.check()?;
    let guide = guide(&Catalogue::embedded().map_err(CommandError::Cases)?);
    let (began, started) = (Instant::now(), humantime::format_rfc3339_millis(SystemTime::now()).to_string());
    let mut lint = CaptureLint::new(Ledger::new(RuleBook::of(&guide)), ObserverSettings::default());
    let mut troubles = Vec::new();
    for file in &args.files {
        if let Err(error) = read(&mut lint, file) {
            troubles.push(format!("`{}`: {error}", file.display()));
        }
    }
    let files = count(args.files.len(), "capture");
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
    told(args, &lint, &head, &guide, &troubles)
}

fn read(lint: &mut CaptureLint, path: &Path) -> Result<(), CaptureError> {
    let name = path.display().to_string();
    let malformed = |error: std::io::Error| CaptureError::Malformed(error.to_string());
    let mut file = File::open(path).map_err(malformed)?;
    let mut start = [0; 64];
    let read = file.read(&mut start).map_err(malformed)?;
    file.rewind().map_err(malformed)?;
    if start[..read].trim_ascii_start().first() == Some(&b'{') {
        let mut json = Vec::new();
        file.read_to_end(&mut json).map_err(malformed)?;
        return lint.read_har(&name, &json);
    }
    lint.read_capture(&name, BufReader::new(file))
}

/// What was not judged, for reports.
fn incidents(lint: &CaptureLint, troubles: &[String]) -> Vec<String> {
    let left_out = lint.left_out().map(|(what, times)| format!("{what} ({times})"));
    troubles.iter().cloned().chain(left_out).collect()
}

fn told(
    args: &LintArgs,
    lint: &CaptureLint,
    head: &RecordHead,
    guide: &wsspec_record::Guide,
    troubles: &[String],
) -> Result<ExitStatus, CommandError> {
    let records = records(&lint.ledger, head, guide);
    let mut text = String::new();
    if !args.quiet {
        lint.ledger.broken().iter().for_each(|broken| text += &finding(broken));
    }
    text += &summary(&lint.ledger, head, "The servers");
    lint.left_out().for_each(|(what, times)| text += &format!("not judged: {what} ({times})\n"));
    let printed = args.outputs.say(&clean_text(&text));
    let errors = troubles.iter().map(|trouble| complain(&format!("error: {}\n", clean_text(trouble))));
    let errors = first_error(errors.collect::<Vec<_>>());
    let written = write_reports(&args.outputs, &records, args.strict, args.quiet);
    first_error([printed, errors, written])?;
    let status = worst_exit_status(&records, args.strict);
    Ok(if troubles.is_empty() { status } else { status.worse(ExitStatus::Usage) })
}

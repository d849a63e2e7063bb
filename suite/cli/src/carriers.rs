//! `--carrier`: what carries the connections of a run, or of several runs in turn.

use clap::ValueEnum;
use wsspec_exchange::Carrier;
use wsspec_record::{Record, Verdict};
use wsspec_reports::{clean_line, exit_status};
use wsspec_runner::Target;

use crate::{
    exit_status::ExitStatus,
    failure::CommandError,
    heading,
    output::{OutputArgs, first_error},
    preparation::ShownRun,
};

/// The carriers of a run.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct CarrierArgs {
    /// What carries connections: `http1`, `http2`, `http3`, or `auto` for each that the server speaks, one run after
    /// another
    // The values have descriptions, which would lengthen the whole help.
    #[arg(
        long,
        value_name = "CARRIER",
        value_enum,
        hide_possible_values = true,
        conflicts_with_all = ["http2", "http2_prior_knowledge", "http3"],
        help_heading = heading::CARRIER
    )]
    pub carrier: Option<CarrierChoice>,
}

/// A value of `--carrier`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CarrierChoice {
    /// Each that the server speaks, one run after another
    Auto,
    /// HTTP/1.1
    Http1,
    /// HTTP/2: by ALPN with wss://, by prior knowledge with ws://
    Http2,
    /// HTTP/3
    Http3,
}

impl CarrierArgs {
    /// The carriers to the server at an address, or to the embedded one; `None` if the option is not given.
    pub fn to(self, address: Option<&str>) -> Result<Option<Carriers>, CommandError> {
        let Some(choice) = self.carrier else { return Ok(None) };
        let target = address.map(parsed).transpose()?;
        // HTTP/3 always has TLS, and is over UDP.
        let takes_http3 = target.as_ref().is_none_or(|target| target.secure && target.socket.is_none());
        let order = match choice {
            CarrierChoice::Auto if takes_http3 => vec![Carrier::Http1, Carrier::Http2, Carrier::Http3],
            CarrierChoice::Auto => vec![Carrier::Http1, Carrier::Http2],
            CarrierChoice::Http1 => vec![Carrier::Http1],
            CarrierChoice::Http2 => vec![Carrier::Http2],
            CarrierChoice::Http3 => vec![Carrier::Http3],
        };
        Ok(Some(Carriers { order, have_tls: target.is_some_and(|target| target.secure) }))
    }
}

/// Carriers to one server.
pub struct Carriers {
    /// In the order of their runs.
    pub order: Vec<Carrier>,
    /// Whether connections to the server are over TLS.
    pub have_tls: bool,
}

fn parsed(address: &str) -> Result<Target, CommandError> {
    Target::parse(address).map_err(|error| CommandError::Usage(error.to_string()))
}

/// Runs over several carriers, each with its name.
#[derive(Default)]
pub struct CarrierRuns(Vec<(String, ShownRun)>);

impl CarrierRuns {
    /// Whether no run has been added so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one more.
    pub fn add(&mut self, name: String, played: ShownRun) {
        self.0.push((name, played));
    }

    /// Writes the reports of those that the server speaks, and says which it does not; the page shows them beside each
    /// other. Returns the worst exit status. Where the server speaks none, all count.
    pub fn finish(self, output: &OutputArgs, strict: bool) -> Result<ExitStatus, CommandError> {
        let (mut spoken, mut unspoken): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|(_, played)| is_spoken(&played.record));
        if spoken.is_empty() {
            spoken.append(&mut unspoken);
        }
        let options = output.report_options(strict);
        let each = spoken
            .iter()
            .enumerate()
            .map(|(number, (_, played))| output.files.numbered(number).write_one(&played.record, options));
        let each = first_error(each.collect::<Vec<_>>());
        let all: Vec<_> = spoken.iter().map(|(name, played)| (name.clone(), &*played.record)).collect();
        let pages = output.files.write_pages(&all);
        let status = all.iter().map(|(_, record)| exit_status(record, strict));
        let status = status.fold(ExitStatus::Success, ExitStatus::worse);
        let said = unspoken.iter().map(|(name, _)| {
            output.files.say(&format!("\nNot tested, and not counted: {}\n", clean_line(name)))
        });
        let said = first_error(said.collect::<Vec<_>>());
        first_error(
            [each, pages, said].into_iter().chain(spoken.into_iter().map(|(_, played)| played.shown)),
        )?;
        Ok(status)
    }
}

/// Whether a trial came to something, which needs a server that speaks the carrier.
fn is_spoken(record: &Record) -> bool {
    record.trials.iter().any(|trial| match trial.verdict {
        Verdict::Pass | Verdict::Lenient { .. } | Verdict::Fail { .. } | Verdict::Flaky { .. } => true,
        Verdict::Inconclusive { .. } | Verdict::Skip { .. } => false,
    })
}

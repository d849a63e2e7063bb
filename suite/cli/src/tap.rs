//! `wsspec tap`: sits between clients and a server, passes everything on unchanged, and judges it.

use std::{
    future::ready,
    num::NonZeroUsize,
    path::PathBuf,
    pin::pin,
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::mpsc::unbounded_channel;
use wsspec_capture::{Ledger, ObserverSettings, RecordHead, RuleBook, records};
use wsspec_catalogue::Catalogue;
use wsspec_record::Guide;
use wsspec_reports::guide;
use wsspec_runner::{
    Dialer, Listener, TapLedger, TapOptions, Target, allow_many_connections, most_connections, tap,
};

use crate::{
    color::ColorArgs,
    exit_status::{ExitStatus, TRAFFIC_EXIT_CODES},
    failure::CommandError,
    heading,
    interrupt::interrupted,
    output::{Outputs, first_error},
    protocol::TrafficProtocolArgs,
    proxy,
    report::worst_exit_status,
    runtime,
    traffic::{summary, write_reports},
    trust::TrustArgs,
    values,
};

mod live;

use live::LiveFindings;

const EXAMPLES: &str = "\
Examples:
  wsspec tap --listen 127.0.0.1:9001 --to ws://127.0.0.1:9000
  wsspec tap --to wss://staging.example.org --json tap.json --html tap.html
  wsspec tap --to ws://127.0.0.1:9000 --save found
  wsspec run ws://127.0.0.1:9000 --cases found --no-builtin
                                              play again what --save has kept

Clients connect to the address that it prints in place of the server's. Ctrl-C ends it: then it prints what was broken, and
writes reports: one about the server, and, with .2 in its name, one about the clients.";

/// How much of each connection is kept, in bytes: without and with --save.
const ROOM: [usize; 2] = [8 << 10, 32 << 10];

/// Options of `wsspec tap`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{TRAFFIC_EXIT_CODES}"))]
pub struct TapArgs {
    /// Where clients connect; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9001", help_heading = heading::TARGET)]
    pub listen: String,
    /// The server that they are passed on to: a `ws://`, `wss://` or `ws+unix://` address without a path
    #[arg(long, value_name = "ADDRESS", help_heading = heading::TARGET)]
    pub to: String,
    /// Proxy to go through to the server: http://, https://, socks5:// or socks5h://. By default ALL_PROXY, except for this
    /// machine and what NO_PROXY lists; an empty one stands for none
    #[arg(long, value_name = "URL", help_heading = heading::TARGET)]
    pub proxy: Option<String>,
    /// Maximum number of connections at once; further clients wait [default: as many as this process may open]
    #[arg(long, value_name = "N", help_heading = heading::TIME)]
    pub max_connections: Option<NonZeroUsize>,
    /// How long a connection to the server may take to open
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = values::duration,
        default_value = "5s",
        help_heading = heading::TIME
    )]
    pub connect_timeout: Duration,
    /// Certificates.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// What rides on connections.
    #[command(flatten)]
    pub protocol: TrafficProtocolArgs,
    /// Treat a missed SHOULD as a failure
    #[arg(long, help_heading = heading::VERDICT)]
    pub strict: bool,
    /// Reports.
    #[command(flatten)]
    pub outputs: Outputs,
    /// Folder for a case of each session that breaks a rule in a new way: `wsspec run --cases` and
    /// `wsspec test-client --cases` play it again
    #[arg(long, value_name = "DIR", help_heading = heading::OUTPUT)]
    pub save: Option<PathBuf>,
    /// Print only the last lines
    #[arg(short, long, help_heading = heading::OUTPUT)]
    pub quiet: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

impl TapArgs {
    fn target(&self) -> Result<Arc<Target>, CommandError> {
        let usage = |error: &dyn std::fmt::Display| CommandError::Usage(error.to_string());
        let mut target = Target::parse(&self.to).map_err(|error| usage(&error))?;
        if target.bare {
            return Err(CommandError::Usage(
                "`tcp:` is not a WebSocket scheme; write `ws://host:port`".into(),
            ));
        }
        if target.resource != "/" || !target.fields.is_empty() {
            let why = "its path and credentials come from the clients, whose requests are passed on unchanged; \
                       write `ws://host:port`";
            return Err(CommandError::Usage(format!("`{}`: {why}", target.shown)));
        }
        target.connect_timeout = self.connect_timeout;
        target.tls = self.trust.options();
        target.proxy = proxy::of(&target, self.proxy.as_deref())?;
        target.check_tls().map_err(|error| usage(&error))?;
        Ok(Arc::new(target))
    }

    /// The command that does the same again.
    fn shown(&self) -> Vec<String> {
        let mut shown = ["tap", "--listen", &*self.listen, "--to", &*self.to].map(str::to_owned).to_vec();
        self.proxy.iter().for_each(|address| shown.extend(["--proxy".to_owned(), proxy::shown(address)]));
        shown.extend(self.trust.shown());
        shown.extend(self.trust.shown_insecure());
        shown.extend(self.protocol.shown());
        shown
    }
}

/// Passes traffic on until it is interrupted.
pub fn run(args: &TapArgs) -> Result<ExitStatus, CommandError> {
    args.color.apply();
    let target = args.target()?;
    args.outputs.check()?;
    let guide = guide(&Catalogue::embedded().map_err(CommandError::Cases)?);
    let ledger = TapLedger::new(Ledger::new(RuleBook::of(&guide)));
    allow_many_connections();
    let runtime = runtime::of_all_processors()?;
    let (began, started) = (Instant::now(), humantime::format_rfc3339_millis(SystemTime::now()).to_string());
    let listening = runtime.block_on(watch(args, &target, &ledger))?;
    runtime.shutdown_background();
    let head = RecordHead {
        wsspec: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        duration_us: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        ends: [format!("clients of {listening}"), target.shown.clone()],
        command: args.shown(),
        folder: "tap",
        incidents: ledger.unreachable().into_iter().collect(),
        aborted: None,
    };
    told(args, &ledger, &head, &guide)
}

/// Watches until a signal arrives. Returns the address that clients connected to.
async fn watch(args: &TapArgs, target: &Arc<Target>, ledger: &TapLedger) -> Result<String, CommandError> {
    let listener = Listener::bind(&args.listen, None).await;
    let listener = listener.map_err(|error| CommandError::Usage(error.to_string()))?;
    let dialer = Dialer::new(target.clone()).await;
    let dialer = dialer.map_err(|error| CommandError::Unreachable(error.to_string()))?;
    let address = listener.address().to_string();
    let mut stop = pin!(interrupted(false));
    // From the line below on, a signal asks for the summary.
    tokio::select! {
        biased;
        () = &mut stop => {}
        () = ready(()) => {}
    }
    args.outputs.say(&format!("listening on ws://{address}, passing everything on to {}\n", target.shown))?;
    let room = ROOM[usize::from(args.save.is_some())];
    let options = TapOptions {
        most_connections: args.max_connections.map_or_else(most_connections, NonZeroUsize::get),
        observer: ObserverSettings { room, layer: args.protocol.protocol, ..ObserverSettings::default() },
    };
    let (sender, receiver) = unbounded_channel();
    let live = LiveFindings::new(args, &target.shown);
    // Where nobody reads the terminal, traffic goes on.
    let printing = thread::spawn(move || live.follow(receiver));
    tap(&listener, &dialer, &options, ledger, &sender, stop).await;
    drop(sender);
    // It ends as it has no more to say.
    let _ = printing.join();
    Ok(address)
}

/// Prints the summary, and writes the reports.
fn told(
    args: &TapArgs,
    ledger: &TapLedger,
    head: &RecordHead,
    guide: &Guide,
) -> Result<ExitStatus, CommandError> {
    let records = ledger.read(|ledger| records(ledger, head, guide));
    let text = ledger.read(|ledger| summary(ledger, head, "The server"));
    let printed = args.outputs.say(&text);
    first_error([printed, write_reports(&args.outputs, &records, args.strict, args.quiet)])?;
    if let (Some(why), 0) = (ledger.unreachable(), ledger.read(|ledger| ledger.asked)) {
        return Err(CommandError::Unreachable(why));
    }
    Ok(worst_exit_status(&records, args.strict))
}

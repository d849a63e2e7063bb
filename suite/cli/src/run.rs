//! `wsspec run`: tests a server.

use std::num::NonZeroUsize;

use wsspec_catalogue::{Bug, Filter, IntermediaryKind, Plan};
use wsspec_exchange::Carrier;
use wsspec_runner::{EmbeddedServer, RunOptions, run_plan};
use wsspec_wire::{Layer, Role};

use crate::{
    bugs::BugArgs,
    carriers::{CarrierArgs, CarrierRuns, Carriers},
    catalogue::{PlanArgs, Selection, Source},
    config::{Chosen, Config, ConfigArgs, FirstWord, RunSettings},
    endpoint::{EMBEDDED, EndpointArgs},
    exit_status::{EXIT_CODES, ExitStatus},
    failure::CommandError,
    grading::GradingArgs,
    heading,
    interrupt::was_interrupted,
    last_run::LastRun,
    output::OutputArgs,
    preparation::{Preparation, ShownRun, dry_run},
    protocol::ProtocolArgs,
    runtime,
    spawn::SpawnArgs,
    stopping::StopArgs,
    values,
};

const EXAMPLES: &str = "\
Examples:
  wsspec run ws://127.0.0.1:9001
  wsspec run wss://localhost:8443/chat level:must --ca-file ca.pem --subprotocol chat
  wsspec run ws://127.0.0.1:9001 rfc6455/5.4 rfc6455/5.5.2 --exclude tag:slow
  wsspec run --spawn 'node server.js {port}' rfc6455/5.4
  wsspec run ws://127.0.0.1:9001 --known-bugs CVE-2020-13935
  wsspec run ws://127.0.0.1:9001 --json record.json --junit junit.xml
  wsspec run --protocol stomp ws://127.0.0.1:15674/ws --login guest --passcode guest
  wsspec run --protocol socketio http://127.0.0.1:3000
  wsspec run --protocol sockjs http://127.0.0.1:8081/echo
  wsspec run wss://localhost:8443 --carrier auto  over HTTP/1.1, HTTP/2 and HTTP/3
  wsspec run ws://127.0.0.1:9001 --last-failed    only what did not pass the last time
  wsspec run ws://127.0.0.1:9001 --json - | jq .trials[].id";

/// Options of `wsspec run`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", EXIT_CODES))]
pub struct RunArgs {
    /// Server to test: a `ws://`, `wss://` or `ws+unix://` address, the name of a target in wsspec.toml, or `embedded` for
    /// the embedded echo server. Without it, the only target in wsspec.toml, or the embedded server
    #[arg(value_name = "TARGET")]
    pub target: Option<String>,
    /// Settings from a file.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// The selected bugs.
    #[command(flatten)]
    pub bugs: BugArgs,
    /// Which of the selected trials are run.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// A server to start for the run.
    #[command(flatten)]
    pub spawn: SpawnArgs,

    /// How to reach the server.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// What carries connections.
    #[command(flatten)]
    pub carriers: CarrierArgs,
    /// What rides on the connection.
    #[command(flatten)]
    pub protocol: ProtocolArgs,
    /// Maximum number of trials at once [default: 64]
    #[arg(short, long, value_name = "N", value_parser = values::jobs, help_heading = heading::TIME)]
    pub jobs: Option<NonZeroUsize>,
    /// When to stop early.
    #[command(flatten)]
    pub stopping: StopArgs,
    /// What counts as a failure.
    #[command(flatten)]
    pub grading: GradingArgs,

    /// What is printed and written.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl RunArgs {
    /// The options that wsspec.toml can set, too.
    pub fn settings(&mut self) -> RunSettings<'_> {
        RunSettings {
            config: &self.config,
            timeout: &mut self.endpoint.timeout.line.0,
            connect_timeout: &mut self.endpoint.connect_timeout,
            seed: &mut self.grading.seed,
            jobs: &mut self.jobs,
            strict: &mut self.grading.strict,
            source: &mut self.source,
            selection: &mut self.selection,
            outputs: &mut self.output.files,
        }
    }
}

/// Runs the selected cases.
pub fn run(mut args: RunArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    let config = Config::load(&args.config)?;
    config.fill_settings(args.settings());
    let prepared = Preparation::new(config, &args.source, &args.grading)?;
    let chosen = choose(&mut args, &prepared)?;
    let (address, selection) = args.spawn.sort(args.target.as_deref(), &args.selection)?;
    let (filter, bugs) = args.bugs.select(&selection, &prepared.catalogue)?;
    let address = address.filter(|address| address != EMBEDDED);
    let name = address.clone().unwrap_or_else(|| EMBEDDED.to_owned());
    // The port may differ with each run of the command.
    let last = LastRun::of("run", args.spawn.spawn.as_deref().unwrap_or(&name));
    let carriers = args.carriers.to(address.as_deref())?;
    let tested = Tested { filter, bugs, address, name, last };
    let mut prepared = prepared.with_target(chosen);
    match carriers {
        None => {}
        Some(Carriers { order, have_tls }) if order.len() == 1 => {
            args.endpoint.set_carrier(order[0], have_tls);
        }
        Some(carriers) => return over_each(args, prepared, &tested, &carriers),
    }
    let plan = tested.plan(&args, &prepared)?;
    if args.plan.dry_run {
        return dry_run(&plan, &tested.name);
    }
    args.output.files.check()?;
    let played = test(&args, &mut prepared, &tested, &plan)?;
    prepared.finish(played, (&args.config, &args.output))
}

/// What is tested, whatever carries it.
struct Tested {
    filter: Filter,
    bugs: Option<Vec<Bug>>,
    /// `None`: the embedded server.
    address: Option<String>,
    /// What stands for the address in texts.
    name: String,
    last: LastRun,
}

impl Tested {
    /// The selected trials over the carrier that the options name. If the selection fits another kind of run, the error
    /// says which options to give.
    fn plan(&self, args: &RunArgs, prepared: &Preparation) -> Result<Plan, CommandError> {
        let filter = &self.filter;
        let mut plan = match args.protocol.protocol {
            Some(layer) => prepared.plan_about(layer, filter, Role::Server),
            None => prepared.plan_over(args.endpoint.carrier(), filter, Role::Server),
        };
        let is_about = |layer: &Layer| !prepared.plan_about(*layer, filter, Role::Server).trials.is_empty();
        if plan.trials.is_empty()
            && let Some(layer) = Layer::PROTOCOLS.into_iter().find(is_about)
        {
            let (title, name) = (layer.title(), layer.name());
            return Err(CommandError::Usage(format!(
                "the selected cases are about {title}; give --protocol {name}"
            )));
        }
        let hints = [
            (Carrier::Http2, "--http2 with wss://, or --http2-prior-knowledge with ws://"),
            (Carrier::Http3, "--http3 with wss://"),
        ];
        for (carrier, options) in hints {
            if plan.trials.is_empty() && !prepared.plan_over(carrier, filter, Role::Server).trials.is_empty()
            {
                let protocol = carrier.protocol();
                return Err(CommandError::Usage(format!(
                    "the selected cases are about {protocol}; give {options}"
                )));
            }
        }
        let is_played = |kind: &IntermediaryKind| {
            !prepared.plan_through_intermediary(filter, (*kind, Carrier::Http1, false)).trials.is_empty()
        };
        let kind = IntermediaryKind::ALL.into_iter().find(|kind| plan.trials.is_empty() && is_played(kind));
        if let Some(kind) = kind {
            let option = match kind {
                IntermediaryKind::Reverse => String::new(),
                kind => format!(" --kind {kind}"),
            };
            let why = format!("the selected cases are about proxies; `wsspec test-proxy{option}` plays them");
            return Err(CommandError::Usage(why));
        }
        if args.plan.last_failed {
            self.last.select(&mut plan)?;
        }
        Ok(plan)
    }
}

/// Runs what the filter selects over each of these carriers that the server speaks.
fn over_each(
    mut args: RunArgs,
    mut prepared: Preparation,
    tested: &Tested,
    carriers: &Carriers,
) -> Result<ExitStatus, CommandError> {
    let of_one = [
        (args.config.bless(), "--bless"),
        (args.plan.last_failed, "--last-failed"),
        (args.protocol.protocol.is_some(), "--protocol"),
    ];
    if let Some((_, option)) = of_one.into_iter().find(|(given, _)| *given) {
        return Err(CommandError::Usage(format!(
            "{option} is for one carrier; give --carrier http1, http2 or http3 with it"
        )));
    }
    if !args.plan.dry_run {
        args.output.files.check()?;
    }
    let mut runs = CarrierRuns::default();
    for carrier in &carriers.order {
        args.endpoint.set_carrier(*carrier, carriers.have_tls);
        let plan = prepared.plan_over(*carrier, &tested.filter, Role::Server);
        if plan.trials.is_empty() {
            continue;
        }
        let name = format!("{} over {}", tested.name, carrier.protocol());
        if args.plan.dry_run {
            dry_run(&plan, &name)?;
            continue;
        }
        let gap = if runs.is_empty() { "" } else { "\n" };
        args.output.files.say(&format!("{gap}Over {}:\n", carrier.protocol()))?;
        runs.add(name, test(&args, &mut prepared, tested, &plan)?);
        if was_interrupted() {
            break;
        }
    }
    if args.plan.dry_run { Ok(ExitStatus::Success) } else { runs.finish(&args.output, args.grading.strict) }
}

fn test(
    args: &RunArgs,
    prepared: &mut Preparation,
    tested: &Tested,
    plan: &Plan,
) -> Result<ShownRun, CommandError> {
    let carrier = args.endpoint.carrier();
    if tested.address.is_none() {
        prepared.expect_of_embedded(match carrier.is_stream() {
            true => EmbeddedServer::KNOWN_ON_STREAMS,
            false => EmbeddedServer::KNOWN,
        });
    }
    let start = match args.protocol.protocol {
        Some(Layer::Stomp) => EmbeddedServer::start_stomp,
        Some(Layer::EngineIo) => EmbeddedServer::start_engineio,
        Some(Layer::SocketIo) => EmbeddedServer::start_socketio,
        Some(Layer::SockJs | Layer::Http) => EmbeddedServer::start_sockjs,
        None if carrier == Carrier::Http3 => EmbeddedServer::start_http3,
        None => EmbeddedServer::start,
    };
    let server = tested.address.is_none().then(start).transpose();
    let server =
        server.map_err(|error| CommandError::Usage(format!("cannot start the embedded server: {error}")))?;
    let address = tested.address.clone().map(|address| args.protocol.address(address));
    let target = args.protocol.on(&args.endpoint.target(address, server.as_ref())?)?;
    let runtime = runtime::of_this_thread()?;
    let options = RunOptions {
        jobs: args.jobs.map_or(RunOptions::default().jobs, values::count),
        limits: args.endpoint.limits(),
        seed: args.grading.seed,
        baseline: prepared.baseline()?,
        shown: shown_options(args, prepared.secrets()),
        watched: args.spawn.start(&runtime, &target, Vec::new())?,
        checks_survival: args.bugs.known_bugs && args.spawn.spawn.is_none(),
        max_time: args.stopping.max_time,
        max_failures: args.stopping.most_failures(),
        keeps_payloads: args.output.payloads,
        ..RunOptions::default()
    };
    let bugs = tested.bugs.clone();
    Ok(prepared.show(&args.output, &tested.last, options, bugs, |options, listen| {
        let record = runtime.block_on(run_plan(plan, &target, options, listen, args.spawn.interrupted()));
        drop(server);
        record
    }))
}

/// Applies the settings of a target. If the argument in place of the target selects cases, it becomes the first filter.
fn choose(args: &mut RunArgs, prepared: &Preparation) -> Result<Chosen, CommandError> {
    let bugs = args.bugs;
    let selects = |word: &str| bugs.is_filter(word, &prepared.catalogue);
    let word = match args.target.take() {
        Some(word) if args.spawn.spawn.is_none() || !prepared.config.is_empty() => {
            match prepared.config.sort(word, selects)? {
                FirstWord::Target(word) => Some(word),
                FirstWord::Filter(word) => {
                    args.selection.filters.insert(0, word);
                    None
                }
            }
        }
        // The command that starts the server decides which of the two it is.
        other => other,
    };
    args.target = word;
    prepared.config.fill_target(&mut args.target, &mut args.endpoint)
}

/// The options that a trial depends on, for the command that runs it again.
fn shown_options(args: &RunArgs, secrets: &[String]) -> Vec<String> {
    let mut shown = args.spawn.shown();
    shown.extend(args.endpoint.shown(secrets));
    shown.extend(args.protocol.shown());
    shown.extend(args.source.shown());
    shown
}

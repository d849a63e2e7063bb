//! What a campaign is against: a server that is there, one that we start, the embedded one, or a client.

use std::{num::NonZeroU32, sync::Arc, thread};

use tokio::runtime::Runtime;
use wsspec_runner::{ClientCommand, EmbeddedServer, Hunter, Target};
use wsspec_wire::Role;

use super::LiveArgs;
use crate::{catalogue::Selection, endpoint::EMBEDDED, failure::CommandError, interrupt::unless_interrupted};

/// What stands for the address in a client's command.
const URL: &str = "{url}";
/// Sessions at once with a server.
const JOBS: u32 = 64;
/// Clients at once for each processor: they spend most of their time starting.
const JOBS_PER_PROCESSOR: u32 = 2;

/// What a campaign is against.
pub(super) enum CampaignTarget {
    Server { target: Arc<Target>, _embedded: Option<EmbeddedServer> },
    Client(ClientCommand),
}

impl CampaignTarget {
    pub(super) fn of(args: &LiveArgs) -> Result<Self, CommandError> {
        if let Some(command) = &args.client {
            return client(command, args).map(Self::Client);
        }
        let (address, _) = args.spawn.sort(args.target.as_deref(), &Selection::default())?;
        let embedded = address.as_deref().is_none_or(|target| target == EMBEDDED);
        let server = embedded.then(EmbeddedServer::start).transpose();
        let server = server
            .map_err(|error| CommandError::Usage(format!("cannot start the embedded server: {error}")))?;
        let target = args.endpoint.target(address, server.as_ref())?;
        Ok(Self::Server { target, _embedded: server })
    }

    /// Its address or its command.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Server { target, .. } => &target.shown,
            Self::Client(client) => &client.command,
        }
    }

    pub(super) const fn role(&self) -> Role {
        match self {
            Self::Server { .. } => Role::Server,
            Self::Client(_) => Role::Client,
        }
    }

    /// The options that a case of a finding depends on.
    pub(super) fn options(&self, args: &LiveArgs) -> Vec<String> {
        match self {
            Self::Server { .. } => [args.spawn.shown(), args.endpoint.shown(&[])].concat(),
            Self::Client(client) => {
                let exec = vec!["--exec".to_owned(), client.command.clone()];
                [exec, args.endpoint.timeout.shown()].concat()
            }
        }
    }

    /// How many sessions run at once at most.
    pub(super) fn jobs(&self, args: &LiveArgs) -> u32 {
        let usual = match self {
            Self::Server { .. } => JOBS,
            Self::Client(_) => {
                let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
                u32::try_from(processors).unwrap_or(1).saturating_mul(JOBS_PER_PROCESSOR)
            }
        };
        args.jobs.map_or(usual, NonZeroU32::get)
    }

    /// Starts what is to be started, and finds out what the peer can do.
    pub(super) fn meet(&self, args: &LiveArgs, runtime: &Runtime) -> Result<Hunter, CommandError> {
        let (limits, jobs) = (args.endpoint.limits(), self.jobs(args));
        let met = match self {
            Self::Server { target, .. } => {
                let watched = args.spawn.start(runtime, target)?;
                let spawned = watched.is_some();
                unless_interrupted(runtime, spawned, Hunter::new(target.clone(), limits, jobs, watched))?
            }
            Self::Client(client) => {
                unless_interrupted(runtime, true, Hunter::of_client(client.clone(), limits, jobs))?
            }
        };
        met.map_err(|unfit| CommandError::Unreachable(unfit.to_string()))
    }
}

fn client(command: &str, args: &LiveArgs) -> Result<ClientCommand, CommandError> {
    if !command.contains(URL) {
        return Err(CommandError::Usage(format!(
            "--client has no `{URL}` in its command, so the client cannot know where to connect"
        )));
    }
    Ok(ClientCommand {
        http2: false,
        authority: None,
        command: command.to_owned(),
        host: "127.0.0.1".to_owned(),
        tls: None,
        connect_timeout: args.endpoint.connect_timeout,
    })
}

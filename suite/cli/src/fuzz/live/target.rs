//! What a campaign is against: a server that is there, one that we start, the embedded one, or a client.

use std::{
    io,
    num::NonZeroU32,
    path::{self, Path, PathBuf},
    sync::Arc,
    thread,
};

use tokio::runtime::Runtime;
use wsspec_runner::{ClientCommand, EdgeMap, EmbeddedServer, Hunter, Target};
use wsspec_wire::Role;

use super::LiveArgs;
use crate::{
    catalogue::Selection, client_command::client_command, endpoint::EMBEDDED, failure::CommandError,
    interrupt::unless_interrupted,
};

/// Where clients connect.
const HOST: &str = "127.0.0.1";
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
            if let [first, ..] = &args.endpoint.of_servers()[..] {
                return Err(CommandError::Usage(format!(
                    "{first} is for connections to a server, and a --client opens its own: leave it out, or write it into \
                     the command"
                )));
            }
            let made = ("--client", &**command);
            return client_command(made, HOST, &args.tls, args.endpoint.connect_timeout).map(Self::Client);
        }
        if args.tls.is_given() {
            return Err(CommandError::Usage(
                "--tls and --tls-cert are for the connections of a --client; a server over TLS has a wss:// address"
                    .to_owned(),
            ));
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
                [exec, args.tls.shown(), args.endpoint.timeout.shown()].concat()
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

    /// The map in which the peer may count the edges of its code: the one asked for, or for a peer that we start, a
    /// temporary one.
    pub(super) fn edges(&self, args: &LiveArgs) -> Result<Option<EdgeMap>, CommandError> {
        let starts = args.spawn.spawn.is_some() || matches!(self, Self::Client(_));
        match &args.edges {
            Some(path) => {
                let path = absolute(path)?;
                // A file of something else is named once the campaign begins, which goes on without it.
                let emptied = starts.then(|| EdgeMap::of_start(path.clone()).ok()).flatten();
                Ok(Some(emptied.unwrap_or_else(|| EdgeMap::of(path))))
            }
            None if starts => EdgeMap::temporary().map(Some).map_err(|error| no_map(&error)),
            None => Ok(None),
        }
    }

    /// Starts what is to be started, and finds out what the peer can do.
    pub(super) fn meet(
        &self,
        args: &LiveArgs,
        edges: Option<&EdgeMap>,
        runtime: &Runtime,
    ) -> Result<Hunter, CommandError> {
        let variables: Vec<_> = edges.map(EdgeMap::variable).into_iter().collect();
        let (limits, jobs) = (args.endpoint.limits(), self.jobs(args));
        let met = match self {
            Self::Server { target, .. } => {
                let watched = args.spawn.start(runtime, target, variables)?;
                let spawned = watched.is_some();
                unless_interrupted(runtime, spawned, Hunter::new(target.clone(), limits, jobs, watched))?
            }
            Self::Client(client) => {
                let client = ClientCommand { variables, ..client.clone() };
                unless_interrupted(runtime, true, Hunter::of_client(client, limits, jobs))?
            }
        };
        met.map_err(|unfit| CommandError::Unreachable(unfit.to_string()))
    }
}

/// The path of a map for a program that may run in another folder.
fn absolute(path: &Path) -> Result<PathBuf, CommandError> {
    path::absolute(path).map_err(|error| no_map(&error))
}

fn no_map(error: &io::Error) -> CommandError {
    CommandError::Usage(format!("no place for a map of edges: {error}"))
}

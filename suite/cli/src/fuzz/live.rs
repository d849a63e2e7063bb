//! A campaign against a server or a client: what is asked for on the command line, and what is done with what it finds.

mod folder;
mod progress;
mod target;

use std::{
    num::{NonZeroU32, NonZeroU64},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use wsspec_campaign::{
    campaign::{Campaign, CampaignSettings, Shard},
    model::{Abilities, predict},
    session::FuzzSession,
};
use wsspec_catalogue::Catalogue;
use wsspec_exchange::Event;
use wsspec_record::EchoedKind;
use wsspec_referee::Received;
use wsspec_reports::guide;
use wsspec_runner::Hunter;
use wsspec_wire::Role;

use self::{folder::Folder, progress::Live, target::CampaignTarget};
use super::{lock::FolderLock, outcome::CampaignOrigin, output::FuzzOutputArgs, seed::drawn};
use crate::{
    endpoint::EndpointArgs,
    exit_status::ExitStatus,
    failure::CommandError,
    heading,
    interrupt::{interrupted, unless_interrupted},
    runtime,
    serve::TlsArgs,
    spawn::SpawnArgs,
    values,
};

/// Options of a campaign.
#[derive(Debug, clap::Args)]
pub struct LiveArgs {
    /// Server to fuzz, `ws://` or `wss://`; without it, or with `embedded`, the embedded echo server
    #[arg(value_name = "TARGET")]
    pub target: Option<String>,
    /// A server to start for the campaign.
    #[command(flatten)]
    pub spawn: SpawnArgs,
    /// Shell command that starts a client to fuzz, once for each session; `{url}` stands for the address to connect to,
    /// `{ca}` for the PEM file of an authority to trust: the campaign is over TLS then
    #[arg(
        long,
        value_name = "COMMAND",
        conflicts_with_all = ["target", "spawn"],
        help_heading = heading::CLIENT
    )]
    pub client: Option<String>,
    /// TLS for a client.
    #[command(flatten)]
    pub tls: TlsArgs,

    /// How long to fuzz; without it and without --sessions, until Ctrl-C
    #[arg(long, value_name = "DURATION", value_parser = values::long_duration, help_heading = heading::CAMPAIGN)]
    pub duration: Option<Duration>,
    /// Number of sessions to play
    #[arg(long, value_name = "N", help_heading = heading::CAMPAIGN)]
    pub sessions: Option<NonZeroU64>,
    /// Stop after N findings
    #[arg(long, value_name = "N", help_heading = heading::CAMPAIGN)]
    pub findings: Option<NonZeroU32>,
    /// Seed for the sessions: the same seed gives the same sessions; without it, one is drawn and printed
    #[arg(long, value_name = "N", help_heading = heading::CAMPAIGN)]
    pub seed: Option<u64>,
    /// Maximum number of sessions at once; fewer run while the peer cannot keep up [default: 64; with --client, two per
    /// processor]
    #[arg(short, long, value_name = "N", value_parser = values::few_jobs, help_heading = heading::CAMPAIGN)]
    pub jobs: Option<NonZeroU32>,
    /// Part K of N, so that each of N machines plays different sessions
    #[arg(long, value_name = "K/N", value_parser = shard, help_heading = heading::CAMPAIGN)]
    pub shard: Option<Shard>,
    /// Folder of the campaign: findings as cases, sessions worth varying, and the state to resume from
    #[arg(short, long, value_name = "DIR", default_value = "wsspec-fuzz", help_heading = heading::CAMPAIGN)]
    pub out: PathBuf,
    /// Folder of sessions to start with, in addition to those of the campaign
    #[arg(long, value_name = "DIR", help_heading = heading::CAMPAIGN)]
    pub corpus: Vec<PathBuf>,
    /// File in which the peer counts the edges of its code, built with SanitizerCoverage and wsspec_edges.c; one that is
    /// started learns it from WSSPEC_EDGES, and counts in a temporary file by default
    #[arg(long, value_name = "FILE", help_heading = heading::CAMPAIGN)]
    pub edges: Option<PathBuf>,

    /// How to reach the server.
    #[command(flatten)]
    pub endpoint: EndpointArgs,

    /// What is printed and written.
    #[command(flatten)]
    pub output: FuzzOutputArgs,
}

/// Reads `2/8`.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
        _ => Err(format!("`{text}` is not a part of a whole: write `1/8` to `8/8` for eight parts")),
    }
}

/// Runs a campaign.
pub fn run(args: &LiveArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    let catalogue = Catalogue::embedded().map_err(CommandError::Cases)?;
    if args.endpoint.is_http2() || args.endpoint.http3 {
        return Err(CommandError::Usage(
            "`wsspec fuzz` is over HTTP/1.1; leave out --http2 and --http3".to_owned(),
        ));
    }
    let target = CampaignTarget::of(args)?;
    args.output.check()?;
    let _lock = FolderLock::take(&args.out)?;
    let folder = Folder::open(args)?;
    let runtime = runtime::of_this_thread()?;
    let edges = target.edges(args)?;
    let hunter = target.meet(args, edges.as_ref(), &runtime)?;
    let guide = guide(&catalogue);
    let mut settings = CampaignSettings {
        seed: args.seed.or(folder.seed()).unwrap_or_else(drawn),
        shard: args.shard.or(folder.shard()).unwrap_or_default(),
        sessions: args.sessions.map(NonZeroU64::get),
        abilities: Abilities::ALL,
        target: target.shown().to_owned(),
        requirements: Arc::new(catalogue.requirements),
    };
    let starts = args.spawn.spawn.is_some() || args.client.is_some();
    settings.abilities = unless_interrupted(&runtime, starts, abilities(&hunter, &settings, target.role()))?;
    let origin = CampaignOrigin {
        target: target.shown().to_owned(),
        role: target.role(),
        options: target.options(args),
        findings: args.out.join("findings"),
        peer: hunter.profile().clone(),
        guide,
    };
    let (campaign, before) = folder.campaign(args, settings)?;
    let mut live = Live::new(args, origin, campaign, before);
    live.introduce()?;
    let end = runtime.block_on(hunter.hunt(&mut live, target.jobs(args), edges, interrupted(starts)));
    live.conclude(&end)
}

/// What the peer can do: what its probes found, and whether it takes binary messages.
async fn abilities(hunter: &Hunter, settings: &CampaignSettings, role: Role) -> Abilities {
    let profile = hunter.profile();
    let all = Abilities {
        client: role == Role::Client,
        echo: profile.echo,
        text: profile.echoes_only != Some(EchoedKind::Binary),
        binary: true,
        pong: profile.pong,
        deflate: profile.deflate,
    };
    // A peer that speaks unasked does not answer by that: of such a peer, only an echo counts.
    if profile.speaks_unasked {
        return Abilities { binary: profile.echo && profile.echoes_only != Some(EchoedKind::Text), ..all };
    }
    let question = FuzzSession::parse("> binary x\"00 ff\"\n").map(|session| predict(&session, all));
    let Ok(question) = question else { return all };
    let trial = Campaign::new(CampaignSettings { abilities: all, ..settings.clone() }).probe(&question);
    let outcome = hunter.play(&trial).await;
    // A peer that sends anything back, even something different, accepts them.
    let answers = outcome.transcript.entries.iter().any(|entry| match &entry.event {
        Event::Received(Received::Frame(frame)) => frame.header.opcode.is_data(),
        _ => false,
    });
    Abilities { binary: profile.echo && answers, ..all }
}

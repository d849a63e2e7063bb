//! A campaign against a server: its options, and what is done with its findings.

use std::{
    num::{NonZeroU32, NonZeroU64},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use wsspec_campaign::{
    Job, PlayedSession, SessionSource, Ticket, Turn,
    campaign::{
        Campaign, CampaignRecord, CampaignSettings, Corpus, FolderError, Shard, load, read_corpus, save,
    },
    model::{Abilities, predict},
    session::FuzzSession,
};
use wsspec_catalogue::Catalogue;
use wsspec_exchange::Event;
use wsspec_record::Usage;
use wsspec_referee::Received;
use wsspec_reports::clean_line;
use wsspec_runner::{EmbeddedServer, HuntEnd, Hunter};

use super::{
    lock::FolderLock,
    outcome::{self, CampaignOrigin},
    output::FuzzOutputArgs,
    seed::drawn,
    status::Status,
};
use crate::{
    catalogue::Selection,
    endpoint::{EMBEDDED, EndpointArgs},
    exit_status::ExitStatus,
    failure::{CommandError, complain},
    heading,
    interrupt::unless_interrupted,
    runtime,
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
    /// Maximum number of sessions at once
    #[arg(short, long, value_name = "N", default_value = "64", value_parser = values::few_jobs, help_heading = heading::CAMPAIGN)]
    pub jobs: NonZeroU32,
    /// Part K of N, so that each of N machines plays different sessions
    #[arg(long, value_name = "K/N", value_parser = shard, help_heading = heading::CAMPAIGN)]
    pub shard: Option<Shard>,
    /// Folder of the campaign: findings as cases, sessions worth varying, and the state to resume from
    #[arg(short, long, value_name = "DIR", default_value = "wsspec-fuzz", help_heading = heading::CAMPAIGN)]
    pub out: PathBuf,
    /// Folder of sessions to start with, in addition to those of the campaign
    #[arg(long, value_name = "DIR", help_heading = heading::CAMPAIGN)]
    pub corpus: Vec<PathBuf>,

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

/// Interval between two saves of the campaign.
const SAVED_EVERY: Duration = Duration::from_secs(1);
/// Extra time for investigating suspects after the time limit.
const GRACE: Duration = Duration::from_secs(30);
/// Growth of the server's memory that is reported, in bytes; reported again each time it doubles.
const GROWTH: u64 = 256 << 20;

/// Runs a campaign.
pub fn run(args: &LiveArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    let catalogue = Catalogue::embedded().map_err(CommandError::Cases)?;
    let (address, _) = args.spawn.sort(args.target.as_deref(), &Selection::default())?;
    let embedded = address.as_deref().is_none_or(|target| target == EMBEDDED);
    let server = embedded.then(EmbeddedServer::start).transpose();
    let server =
        server.map_err(|error| CommandError::Usage(format!("cannot start the embedded server: {error}")))?;
    if args.endpoint.is_http2() {
        return Err(CommandError::Usage("`wsspec fuzz` is over HTTP/1.1; leave out --http2".to_owned()));
    }
    let target = args.endpoint.target(address, server.as_ref())?;
    args.output.check()?;
    let _lock = FolderLock::take(&args.out)?;
    let folder = Folder::open(args)?;
    let runtime = runtime::of_this_thread()?;
    let watched = args.spawn.start(&runtime, &target)?;
    let limits = args.endpoint.limits();
    let spawned = watched.is_some();
    let hunter = Hunter::new(target.clone(), limits, args.jobs.get(), watched.clone());
    let hunter = unless_interrupted(&runtime, spawned, hunter)?
        .map_err(|unfit| CommandError::Unreachable(unfit.to_string()))?;
    let mut settings = CampaignSettings {
        seed: args.seed.or(folder.seed()).unwrap_or_else(drawn),
        shard: args.shard.or(folder.shard()).unwrap_or_default(),
        sessions: args.sessions.map(NonZeroU64::get),
        abilities: Abilities { echo: false, binary: false, pong: false, deflate: false },
        target: target.shown.clone(),
        requirements: Arc::new(catalogue.requirements),
    };
    settings.abilities = unless_interrupted(&runtime, spawned, abilities(&hunter, &settings))?;
    let origin = CampaignOrigin {
        target: target.shown.clone(),
        options: [args.spawn.shown(), args.endpoint.shown(&[])].concat(),
        findings: args.out.join("findings"),
        peer: hunter.profile().clone(),
    };
    let (campaign, before) = folder.campaign(args, settings)?;
    let mut live = Live {
        args,
        status: Status::new(args.output.quiet, args.output.takes_stdout()),
        origin,
        campaign,
        began: Instant::now(),
        before,
        sessions_before: 0,
        saved: Instant::now(),
        told: 0,
        incidents: Vec::new(),
        memory: None,
        broken: None,
    };
    live.told = live.campaign.findings().len();
    live.sessions_before = live.campaign.summary().counts.sessions;
    live.introduce()?;
    let end = runtime.block_on(hunter.hunt(&mut live, args.jobs.get(), args.spawn.interrupted()));
    live.conclude(&end)
}

/// The peer's capabilities: the result of its probes, and whether it accepts binary messages.
async fn abilities(hunter: &Hunter, settings: &CampaignSettings) -> Abilities {
    let profile = hunter.profile();
    let all = Abilities { echo: profile.echo, binary: true, pong: profile.pong, deflate: profile.deflate };
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

/// The contents of the campaign's folder at the start.
struct Folder {
    saved: Option<(CampaignRecord, Corpus)>,
    others: Vec<FuzzSession>,
}

impl Folder {
    fn open(args: &LiveArgs) -> Result<Self, CommandError> {
        let usage = |error: FolderError| CommandError::Usage(error.to_string());
        let mut skipped = Vec::new();
        let saved = load(&args.out).map_err(usage)?.map(|(record, corpus, left_out)| {
            skipped.extend(left_out);
            (record, corpus)
        });
        let mut others = Vec::new();
        for folder in &args.corpus {
            if !folder.is_dir() {
                return Err(CommandError::Usage(format!(
                    "--corpus: there is no folder `{}`",
                    folder.display()
                )));
            }
            let inner = folder.join("corpus");
            let folder = if inner.is_dir() { &inner } else { folder };
            let (corpus, left_out) = read_corpus(folder).map_err(usage)?;
            skipped.extend(left_out);
            others.extend(corpus.iter().map(|(_, session)| session.clone()));
        }
        for left_out in skipped {
            let (path, why) = (left_out.path.display().to_string(), left_out.why);
            complain(&format!("warning: left out {}: {}\n", clean_line(&path), clean_line(&why)))?;
        }
        Ok(Self { saved, others })
    }

    fn seed(&self) -> Option<u64> {
        self.saved.as_ref().map(|(record, _)| record.seed)
    }

    fn shard(&self) -> Option<Shard> {
        self.saved.as_ref().and_then(|(record, _)| record.shard)
    }

    /// The campaign, and how long it has run.
    fn campaign(
        self,
        args: &LiveArgs,
        settings: CampaignSettings,
    ) -> Result<(Campaign, Duration), CommandError> {
        let Some((record, corpus)) = self.saved else {
            return Ok((Campaign::new(settings).with_corpus(self.others), Duration::ZERO));
        };
        record.continues(&args.out, &settings).map_err(|error| CommandError::Usage(error.to_string()))?;
        let settings = CampaignSettings {
            sessions: settings.sessions.map(|more| more.saturating_add(record.counts.sessions)),
            ..settings
        };
        let before = Duration::from_millis(record.elapsed_ms);
        Ok((Campaign::resume(settings, &record, corpus).with_corpus(self.others), before))
    }
}

/// A running campaign.
struct Live<'a> {
    args: &'a LiveArgs,
    status: Status,
    origin: CampaignOrigin,
    campaign: Campaign,
    began: Instant,
    /// How long it had run when it was last saved.
    before: Duration,
    /// How many sessions it had played by then.
    sessions_before: u64,
    saved: Instant,
    /// Number of findings printed so far.
    told: usize,
    incidents: Vec<String>,
    /// The server's memory at the start, and the amount last reported, in bytes.
    memory: Option<(u64, u64)>,
    /// Why something could not be written.
    broken: Option<CommandError>,
}

impl Live<'_> {
    fn introduce(&mut self) -> Result<(), CommandError> {
        let CampaignSettings { seed, shard, target, .. } = self.campaign.settings();
        let part =
            if shard.of > 1 { format!(", part {} of {}", shard.number, shard.of) } else { String::new() };
        let mut text = format!("fuzzing {}, seed {seed}{part}", clean_line(target));
        let sessions = self.campaign.summary().counts.sessions;
        if sessions > 0 {
            text += &format!("; continuing after {sessions} sessions and {} findings", self.told);
        }
        self.status.say(&text)
    }

    fn record(&self) -> CampaignRecord {
        let elapsed = self.before + self.began.elapsed();
        self.campaign.record(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX), &self.incidents)
    }

    fn save(&mut self) -> Result<(), CommandError> {
        self.saved = Instant::now();
        save(&self.args.out, &self.record(), self.campaign.corpus())
            .map_err(|error| CommandError::Usage(error.to_string()))
    }

    /// Prints findings since the last call.
    fn tell(&mut self) -> Result<(), CommandError> {
        let findings = self.campaign.findings();
        for finding in findings.iter().skip(self.told) {
            self.status.say(&outcome::finding_text(finding, &self.origin, self.status.colour()))?;
        }
        self.told = findings.len();
        self.save()
    }

    fn incident(&mut self, what: String) -> Result<(), CommandError> {
        self.status.say(&format!("incident: {}", clean_line(&what)))?;
        self.incidents.push(what);
        Ok(())
    }

    /// Checks whether the server's memory keeps growing.
    fn measure(&mut self, usage: Usage) -> Result<(), CommandError> {
        let (first, told) = *self.memory.get_or_insert((usage.memory, usage.memory + GROWTH / 2));
        if usage.memory < first + GROWTH || usage.memory < 2 * (told - first) + first {
            return Ok(());
        }
        self.memory = Some((first, usage.memory));
        let sessions = self.campaign.summary().counts.sessions;
        let mib = |bytes: u64| bytes >> 20;
        self.incident(format!(
            "the server's memory has grown from {} MiB to {} MiB in {sessions} sessions",
            mib(first),
            mib(usage.memory)
        ))
    }

    fn on_tick(&mut self, usage: Option<Usage>) -> Result<(), CommandError> {
        let elapsed = self.began.elapsed();
        if let Some(duration) = self.args.duration {
            if elapsed >= duration + GRACE {
                self.campaign.hurry();
            } else if elapsed >= duration {
                self.campaign.close();
            }
        }
        self.status.update(&self.campaign.summary(), elapsed);
        if let Some(usage) = usage {
            self.measure(usage)?;
        }
        if self.saved.elapsed() >= SAVED_EVERY { self.save() } else { Ok(()) }
    }

    fn on_played(&mut self, job: &Job, played: &PlayedSession) -> Result<(), CommandError> {
        if let (Ticket::Session(_), Some(how)) = (job.ticket, &played.death) {
            let text = format!("the server died: {how}");
            if self.incidents.last() != Some(&text) {
                self.incident(text)?;
            }
        }
        self.campaign.played(job, played);
        let found = self.campaign.summary().findings;
        if self.args.findings.is_some_and(|most| found >= most.get() as usize) {
            self.campaign.hurry();
        }
        if found > self.told { self.tell() } else { Ok(()) }
    }

    fn note(&mut self, result: Result<(), CommandError>) {
        if let Err(failure) = result {
            self.broken.get_or_insert(failure);
            self.campaign.hurry();
        }
    }

    /// Saves the campaign, and prints and writes its results.
    fn conclude(mut self, end: &HuntEnd) -> Result<ExitStatus, CommandError> {
        self.status.finish();
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        if let HuntEnd::Lost(why) = end {
            let why = why.clone();
            self.incident(why)?;
        }
        self.save()?;
        let record = self.record();
        self.args.output.write(
            |path| outcome::write_json(path, &record),
            |path| outcome::write_junit(path, &record, self.campaign.passed(), &self.origin),
        )?;
        let sessions = record.counts.sessions - self.sessions_before;
        self.status.last(&outcome::summary(&record, &self.origin, end, sessions, self.began.elapsed()))?;
        Ok(outcome::exit_status(&record, end))
    }
}

impl SessionSource for Live<'_> {
    fn turn(&mut self) -> Turn {
        self.campaign.turn()
    }

    fn played(&mut self, job: &Job, played: &PlayedSession) {
        let result = self.on_played(job, played);
        self.note(result);
    }

    fn tick(&mut self, usage: Option<Usage>) {
        let result = self.on_tick(usage);
        self.note(result);
    }
}

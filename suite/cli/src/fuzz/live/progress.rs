//! A campaign under way: what is printed and saved meanwhile, and at its end.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use wsspec_campaign::{
    HuntPulse, Job, PlayedSession, ServerDeath, SessionSource, Ticket, Turn,
    campaign::{Campaign, CampaignRecord, CampaignSettings, save},
    edges::CountedEdges,
};
use wsspec_record::Usage;
use wsspec_reports::{Html, Junit, Report, clean_line};
use wsspec_runner::HuntEnd;
use wsspec_wire::Role;

use super::{LiveArgs, folder::save_death};
use crate::{
    exit_status::ExitStatus,
    failure::CommandError,
    fuzz::{
        outcome::{self, CampaignOrigin},
        status::Status,
    },
};

/// Between two times that the campaign is saved.
const SAVED_EVERY: Duration = Duration::from_secs(1);
/// What is suspect when the time is over is looked into for so much longer.
const GRACE: Duration = Duration::from_secs(30);
/// Growth of the server's memory that is reported, in bytes; it is reported again each time it has doubled.
const GROWTH: u64 = 256 << 20;

/// A campaign under way.
pub(super) struct Live<'a> {
    args: &'a LiveArgs,
    status: Status,
    origin: CampaignOrigin,
    campaign: Campaign,
    began: Instant,
    /// How long it had lasted when it was saved.
    before: Duration,
    /// How many sessions it had played then.
    sessions_before: u64,
    saved: Instant,
    /// Findings that were printed.
    told: usize,
    incidents: Vec<String>,
    /// It was said that the peer cannot keep up.
    is_strained: bool,
    /// The server's memory at first, and how much of it was told of, in bytes.
    memory: Option<(u64, u64)>,
    /// Why something could not be written.
    broken: Option<CommandError>,
}

impl<'a> Live<'a> {
    pub(super) fn new(
        args: &'a LiveArgs,
        origin: CampaignOrigin,
        campaign: Campaign,
        before: Duration,
    ) -> Self {
        Self {
            args,
            status: Status::new(args.output.quiet, args.output.takes_stdout()),
            origin,
            began: Instant::now(),
            before,
            sessions_before: campaign.summary().counts.sessions,
            saved: Instant::now(),
            told: campaign.findings().len(),
            incidents: Vec::new(),
            is_strained: false,
            memory: None,
            broken: None,
            campaign,
        }
    }

    pub(super) fn introduce(&mut self) -> Result<(), CommandError> {
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
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        outcome::explained(self.campaign.record(elapsed, &self.incidents), &self.origin)
    }

    fn save(&mut self) -> Result<(), CommandError> {
        self.saved = Instant::now();
        save(&self.args.out, &self.record(), self.campaign.corpus())
            .map_err(|error| CommandError::Usage(error.to_string()))
    }

    /// Tells of what was found since.
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

    /// Looks whether the server keeps ever more.
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

    fn on_tick(&mut self, pulse: &HuntPulse) -> Result<(), CommandError> {
        let elapsed = self.began.elapsed();
        if let Some(duration) = self.args.duration {
            if elapsed >= duration + GRACE {
                self.campaign.hurry();
            } else if elapsed >= duration {
                self.campaign.close();
            }
        }
        self.status.update(&self.campaign.summary(), elapsed, pulse);
        self.note_strain(pulse)?;
        if let Some(usage) = pulse.usage {
            self.measure(usage)?;
        }
        if self.saved.elapsed() >= SAVED_EVERY { self.save() } else { Ok(()) }
    }

    /// Says once why fewer sessions run at once than were asked for.
    fn note_strain(&mut self, pulse: &HuntPulse) -> Result<(), CommandError> {
        if self.is_strained || pulse.waiting == 0 {
            return Ok(());
        }
        self.is_strained = true;
        let why = pulse.why.as_deref().unwrap_or("no answer");
        self.status.say(&format!(
            "note: {}; with so many sessions at once the peer or this machine cannot keep up, so fewer run, and those \
             without an answer are played again alone",
            clean_line(why)
        ))
    }

    /// A server died; the sessions that may be the cause are saved and looked into.
    fn on_death(&mut self, death: &ServerDeath) -> Result<(), CommandError> {
        let numbers = self.campaign.died();
        let sessions =
            numbers.into_iter().filter_map(|number| Some((number, self.campaign.session_text(number)?)));
        let sessions: Vec<_> = sessions.collect();
        let mut text = format!("the server died: {}", death.how);
        if let Some(folder) = save_death(&self.args.out, death.number, &sessions)? {
            text += &format!("; the sessions that ran then and shortly before are in {folder}");
        }
        self.incident(text)
    }

    /// A client is started for each session: its death has one cause.
    fn on_client_death(&mut self, number: u64, how: &str) -> Result<(), CommandError> {
        let sessions = self.campaign.session_text(number).map(|text| (number, text));
        let place = usize::try_from(self.campaign.summary().deaths).unwrap_or(usize::MAX);
        let mut text = format!("the client died: {how}");
        if let Some(folder) = save_death(&self.args.out, place, sessions.as_slice())? {
            text += &format!("; its session is in {folder}");
        }
        self.incident(text)
    }

    fn on_played(&mut self, job: &Job, played: &PlayedSession) -> Result<(), CommandError> {
        if let (Ticket::Session(number), Some(how), Role::Client) =
            (job.ticket, &played.death, self.origin.role)
        {
            self.on_client_death(number, how)?;
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

    fn write_report(
        &self,
        path: &Path,
        format: &dyn Report,
        record: &CampaignRecord,
    ) -> Result<(), CommandError> {
        outcome::write_report(path, format, record, self.campaign.passed(), &self.origin)
    }

    /// Saves, prints and writes what came of it all.
    pub(super) fn conclude(mut self, end: &HuntEnd) -> Result<ExitStatus, CommandError> {
        self.status.finish();
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        if let HuntEnd::Lost(why) = end {
            let why = why.clone();
            self.incident(why)?;
        }
        // The last finding may have been confirmed after the last session.
        self.tell()?;
        let record = self.record();
        self.args.output.write(
            |path| outcome::write_json(path, &record),
            |path| self.write_report(path, &Junit, &record),
            |path| self.write_report(path, &Html, &record),
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

    fn died(&mut self, death: &ServerDeath) {
        let result = self.on_death(death);
        self.note(result);
    }

    fn counted(&mut self, edges: &CountedEdges) {
        self.campaign.counted(edges);
    }

    fn uncounted(&mut self, why: &str) {
        let why = clean_line(why);
        let warning = format!("{why}; the campaign goes on without the edges of the peer's code");
        let result = self.status.warn(&warning);
        self.note(result);
    }

    fn tick(&mut self, pulse: &HuntPulse) {
        let result = self.on_tick(pulse);
        self.note(result);
    }
}

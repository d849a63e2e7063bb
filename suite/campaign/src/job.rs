//! What passes between a campaign and whoever plays its sessions against a server.

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::Trial;
use wsspec_exchange::Outcome;
use wsspec_record::Usage;

/// Says which trial is next, and hears what came of it.
pub trait SessionSource {
    /// What to do next.
    fn turn(&mut self) -> Turn;

    /// What came of a job.
    fn played(&mut self, job: &Job, played: &PlayedSession);

    /// Called a few times a second, with what the server's process uses where it is watched.
    fn tick(&mut self, usage: Option<Usage>);
}

/// What to do next.
#[derive(Debug)]
pub enum Turn {
    /// Play this.
    Play(Job),
    /// Wait until something that is being played has come to its end.
    Wait,
    /// All is done.
    Done,
}

/// A trial to play.
#[derive(Clone, Debug)]
pub struct Job {
    /// Tells it apart from others.
    pub ticket: Ticket,
    /// What to play.
    pub trial: Arc<Trial>,
    /// With what beside it, and how patiently.
    pub pace: Pacing,
}

/// Which job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ticket {
    /// The session with this number.
    Session(u64),
    /// The second look at one.
    Look,
}

/// How a trial is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pacing {
    /// Beside others; silence is believed after a quarter of the time that a line may take.
    Together,
    /// Alone; silence is believed after twice the time that the peer ever took.
    Alone,
    /// Alone, with all the time that a line may take.
    Careful,
}

/// What came of a trial.
#[derive(Clone, Debug)]
pub struct PlayedSession {
    /// Its own outcome.
    pub outcome: Outcome,
    /// From the opening of the connection to the outcome.
    pub duration: Duration,
    /// The server died while it was played, or serves nobody any more: how, and what it wrote last.
    pub death: Option<String>,
}

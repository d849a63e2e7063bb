//! The interface between a campaign and the driver that plays its sessions against a peer.

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::Trial;
use wsspec_exchange::Outcome;
use wsspec_record::Usage;

use crate::edges::CountedEdges;

/// Says which trial is next, and takes its result.
pub trait SessionSource {
    /// What to do next.
    fn turn(&mut self) -> Turn;

    /// The result of a job.
    fn played(&mut self, job: &Job, played: &PlayedSession);

    /// The server died. The cause may be any session that is running, or one that ended shortly before.
    fn died(&mut self, death: &ServerDeath);

    /// Edges of the peer's code were counted that belong to no session that has just ended.
    fn counted(&mut self, edges: &CountedEdges);

    /// The edges of the peer's code cannot be learned any more, and why.
    fn uncounted(&mut self, why: &str);

    /// Called a few times a second.
    fn tick(&mut self, pulse: &HuntPulse);
}

/// How things stand, a few times a second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HuntPulse {
    /// The usage of the server's process if it is watched.
    pub usage: Option<Usage>,
    /// How many sessions run at once at most: fewer than asked for if the peer cannot keep up.
    pub at_once: usize,
    /// Sessions that got no answer and wait to be played again, alone.
    pub waiting: usize,
    /// Why the latest of them could not be judged.
    pub why: Option<String>,
}

/// The end of a server that was started by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerDeath {
    /// Which one, from 0.
    pub number: usize,
    /// How it ended, and the last lines that it wrote.
    pub how: String,
}

/// What to do next.
#[derive(Debug)]
pub enum Turn {
    /// Play this.
    Play(Job),
    /// Wait until something that is running has ended.
    Wait,
    /// Everything is done.
    Done,
}

/// A trial to play.
#[derive(Clone, Debug)]
pub struct Job {
    /// Distinguishes it from others.
    pub ticket: Ticket,
    /// What to play.
    pub trial: Arc<Trial>,
    /// What else runs at the same time, and how patiently it waits.
    pub pace: Pacing,
    /// The session may be the cause of a death: the server has to show afterwards that it lives.
    pub autopsy: bool,
}

/// Which job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ticket {
    /// The session with this number.
    Session(u64),
    /// The second look at one.
    Look,
    /// One that is played again alone, to learn which edges of the peer's code it takes.
    Replay,
}

/// How a trial is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pacing {
    /// In parallel with others; silence is believed after a quarter of a line's time limit.
    Together,
    /// Alone; silence is believed after twice the peer's longest response time.
    Alone,
    /// Alone, with a line's full time limit.
    Careful,
}

/// The result of a trial.
#[derive(Clone, Debug)]
pub struct PlayedSession {
    /// Its own outcome.
    pub outcome: Outcome,
    /// From the opening of the connection to the outcome.
    pub duration: Duration,
    /// The peer died meanwhile, or no longer serves anybody: how, and its last output.
    pub death: Option<String>,
    /// Edges of the peer's code that were counted since the session before it ended, or since it began, if it ran alone.
    pub edges: CountedEdges,
}

//! The exchange: plays a script against a peer, as a pure function of bytes and time.
//!
//! Never reads a clock, never opens a connection. The caller writes what it says, passes in what arrives, and calls it
//! again when it asks for that.

use std::sync::Arc;

use bytes::Bytes;
use wsspec_carriers::Carried;
use wsspec_catalogue::{Need, Trial};
use wsspec_wire::ConnectionName;

use crate::{
    action::{Action, Input},
    moment::Moment,
    outcome::Outcome,
    play::Play,
    setup::Setup,
    stream_rest::StreamRest,
    streams::Streams,
    transcript::Event,
};

/// A running trial.
#[derive(Debug)]
pub struct Exchange(Players);

/// What plays it.
#[derive(Debug)]
enum Players {
    /// On a connection, or a stream of its own.
    One(Box<Play>),
    /// On several streams of one connection.
    Several(Streams),
}

impl Exchange {
    /// Starts a trial on a connection that has just opened.
    pub fn new(trial: Arc<Trial>, setup: Arc<Setup>) -> Self {
        match plays_on_streams(&trial, &setup) {
            true => Self(Players::Several(Streams::new(&trial, &setup))),
            false => Self(Players::One(Box::new(fitting(Play::new(trial.clone(), setup), &trial)))),
        }
    }

    /// Starts a replay of a record, whose entries say when a time limit ran out.
    pub(crate) fn replay(trial: Arc<Trial>, setup: Arc<Setup>) -> Self {
        match plays_on_streams(&trial, &setup) {
            true => Self(Players::Several(Streams::replay(&trial, &setup))),
            false => Self(Players::One(Box::new(fitting(Play::replay(trial.clone(), setup), &trial)))),
        }
    }

    /// What a record says next is about the stream with this name.
    pub(crate) fn turn_to(&mut self, name: Option<&ConnectionName>) {
        if let Players::Several(streams) = &mut self.0 {
            streams.turn_to(name);
        }
    }

    /// The record says that the waiting line's time limit ran out.
    pub(crate) fn time_over(&mut self, at: Moment) {
        match &mut self.0 {
            Players::One(play) => play.time_over(at),
            Players::Several(streams) => streams.time_over(at),
        }
    }

    /// Whether the outcome is known.
    pub fn is_done(&self) -> bool {
        match &self.0 {
            Players::One(play) => play.is_done(),
            Players::Several(streams) => streams.is_done(),
        }
    }

    /// Whether the caller should now read what has arrived, and pass it in.
    pub fn reads(&self, now: Moment) -> bool {
        match &self.0 {
            Players::One(play) => play.reads(now),
            Players::Several(_) => true,
        }
    }

    /// What is to be written before the connection is closed, by a carrier that has something to say then.
    pub fn farewell(&mut self) -> Option<Bytes> {
        match &mut self.0 {
            Players::One(play) => play.farewell(),
            Players::Several(streams) => streams.farewell(),
        }
    }

    /// The outcome; an unfinished trial was cut short by `why`.
    pub fn finish(self, why: &str) -> Outcome {
        match self.0 {
            Players::One(play) => play.finish(why),
            Players::Several(streams) => streams.finish(why),
        }
    }

    /// Keeps what crosses the connection if it is a stream, until [`Self::carried`] asks for it.
    #[must_use]
    pub fn watched(self) -> Self {
        match self.0 {
            Players::One(play) => Self(Players::One(Box::new(play.watched()))),
            several @ Players::Several(_) => Self(several),
        }
    }

    /// What has crossed the stream since this was asked last; `None`: the connection is not a stream, or has several.
    pub fn carried(&mut self) -> Option<Vec<Carried>> {
        match &mut self.0 {
            Players::One(play) => play.carried(),
            Players::Several(_) => None,
        }
    }

    /// Like [`Self::finish`], with the stream, if the connection is one.
    pub fn finish_with_stream(self, why: &str) -> (Outcome, Option<StreamRest>) {
        match self.0 {
            Players::One(play) => play.finish_with_stream(why),
            Players::Several(streams) => (streams.finish(why), None),
        }
    }

    /// Handles what the peer did.
    pub fn receive(&mut self, input: Input<'_>, at: Moment) {
        match &mut self.0 {
            Players::One(play) => play.receive(input, at),
            Players::Several(streams) => streams.receive(input, at),
        }
    }

    /// Handles what a record says of a connection for HTTP.
    pub(crate) fn receive_on(&mut self, name: &ConnectionName, event: Event, at: Moment) {
        if let Players::One(play) = &mut self.0 {
            play.receive_on(name, event, at);
        }
    }

    /// What to do next; nothing after [`Action::Done`].
    pub fn next(&mut self, now: Moment) -> Action {
        match &mut self.0 {
            Players::One(play) => play.next(now),
            Players::Several(streams) => streams.next(now),
        }
    }
}

fn plays_on_streams(trial: &Trial, setup: &Setup) -> bool {
    !trial.script.streams().is_empty() && setup.carrier.is_stream()
}

/// Skips a trial on several streams over a carrier without streams.
fn fitting(mut play: Play, trial: &Trial) -> Play {
    if !trial.script.streams().is_empty() {
        play.skip(Need::Http2.lacking());
    }
    play
}

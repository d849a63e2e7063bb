//! A scripted WebSocket exchange without I/O: runs a script's lines against a peer's bytes, and gives the transcript
//! and the verdict.
//!
//! Never reads a clock, never opens a connection.

mod action;
mod closing;
mod compose;
mod composed;
mod connection;
mod cursor;
mod direct_attempt;
mod distrust;
mod duties;
mod ending;
mod endpoint;
mod engineio;
mod engineio_server;
mod exchange;
mod expected;
mod grading;
mod http_link;
mod inbox;
mod learnt;
mod lift;
mod lines;
mod link;
mod matcher;
mod measure;
mod moment;
mod opening;
mod outbound;
mod outcome;
mod output;
mod overdue;
mod pace;
mod peer_value;
mod polls;
mod posts;
mod probe;
mod reconnecting;
mod recorded;
mod reflections;
mod replay;
mod resource;
mod sent;
mod session_answer;
mod session_names;
mod setup;
mod sizes;
mod sockjs;
mod stall;
mod stomp;
mod stomp_broker;
mod stream_rest;
mod surprise;
mod tls_ending;
mod transcript;
mod unasked;
mod waiting;
mod waiver;
mod web;
mod web_response;
mod wording;

pub use action::{Action, Input};
pub use direct_attempt::DirectAttempt;
pub use distrust::Distrust;
pub use exchange::Exchange;
pub use expected::{Comparison, compare};
pub use moment::Moment;
pub use outcome::Outcome;
pub use pace::Pace;
pub use probe::{
    Probe, announced, items, layer_on_top, named_versions, round_trip, says_more, spoke_unasked, upgrades,
};
pub use reconnecting::Reconnections;
pub use recorded::received_text;
pub use replay::judge;
pub use resource::ClientUri;
pub use session_names::SessionNames;
pub use setup::{Carrier, Setup, Side, TunnelSettings};
pub use stomp::StompSettings;
pub use stream_rest::StreamRest;
pub use tls_ending::TlsEnding;
pub use transcript::{Entry, Event, Transcript};
pub use waiver::Waiver;
pub use wording::layer_item;
pub use wsspec_carriers::{Carried, CarriedPart};

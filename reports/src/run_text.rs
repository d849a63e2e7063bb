//! A whole run in a terminal: what was tested, what is wrong, and the summary. `wsspec run` prints it after a run, and
//! `wsspec report` from the record; the same record gives the same text.

use wsspec_catalogue::Bug;
use wsspec_record::{
    EchoedKind, EngineIoClientProfile, EngineIoProfile, PeerProfile, Record, SockJsProfile, SocketIoProfile,
    StompClientProfile, StompProfile, TrialRecord, Verdict,
};
use wsspec_wire::Layer;

use anstyle::Style;

use crate::{
    block::block,
    cause::causes,
    clean::{count, sentence},
    known_bugs::answers,
    layout::{Layout, USUAL_WIDTH},
    paint::Paint,
    summary::summary,
    text::{Detail, Explains, render},
    verdict_line::{numbers, verdict},
};

/// How to show a run.
#[derive(Clone, Debug)]
pub struct TextOptions {
    /// Adds ANSI styles, the only escape sequences in the text.
    pub colour: bool,
    /// Maximum width of a line, in columns.
    pub width: usize,
    /// Which trials are shown.
    pub shows: Shows,
    /// A missed recommendation counts as broken in the last line.
    pub strict: bool,
    /// Known bugs to report on, one by one, instead of the failures and the summary.
    pub bugs: Option<Vec<Bug>>,
}

/// Which trials a run's text shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shows {
    /// None, only the last line.
    LastLine,
    /// One for each cause.
    #[default]
    Causes,
    /// Each that did not simply pass.
    Each,
    /// All, each with its transcript.
    All,
}

/// Plain text of 80 columns.
impl Default for TextOptions {
    fn default() -> Self {
        Self { colour: false, width: USUAL_WIDTH, shows: Shows::default(), strict: false, bugs: None }
    }
}

/// The text of a run.
pub fn run_text(record: &Record, options: &TextOptions) -> String {
    let layout = Layout::new(Paint(options.colour), options.width);
    if options.shows == Shows::LastLine {
        let (style, sentence) = verdict(record, options.strict);
        return format!("{}. {}\n", numbers(record), layout.paint.on(style, sentence));
    }
    let mut out = String::new();
    head(record, layout, &mut out);
    match options.shows {
        Shows::Each | Shows::All => trials(record, options.shows == Shows::All, layout, &mut out),
        Shows::Causes if options.bugs.is_none() => {
            for cause in causes(&record.trials) {
                block(record, &cause, layout, &mut out);
                out.push('\n');
            }
        }
        Shows::Causes | Shows::LastLine => {}
    }
    out.push_str(&match &options.bugs {
        Some(bugs) => answers(bugs, record, layout, options.strict),
        None => summary(record, layout, options.strict),
    });
    out
}

/// What was tested, and what the probes found.
fn head(record: &Record, layout: Layout, out: &mut String) {
    let trials = count(record.trials.len(), "trial");
    let target = sentence(&record.target);
    layout.after("", 0, Style::new(), &format!("{trials} against {target}"), out);
    // A peer that was never probed has the default profile.
    if record.peer != PeerProfile::default() {
        layout.after("peer: ", 6, Style::new(), &profile(&record.peer), out);
    }
    out.push('\n');
}

fn trials(record: &Record, all: bool, layout: Layout, out: &mut String) {
    let is_plain = |trial: &TrialRecord| {
        matches!(trial.verdict, Verdict::Pass | Verdict::Skip { .. }) && trial.unexpected_pass().is_none()
    };
    let mut after_line = false;
    for trial in record.trials.iter().filter(|trial| all || !is_plain(trial)) {
        let text = render(record, trial, Detail { explains: Explains::Short, passed: all }, layout);
        // One-line texts follow each other without an empty line.
        let is_line = text.lines().count() == 1;
        if after_line && !is_line {
            out.push('\n');
        }
        out.push_str(&text);
        if !is_line {
            out.push('\n');
        }
        after_line = is_line;
    }
    if after_line {
        out.push('\n');
    }
}

/// `echo, pong, no deflate; round trip 0.21 ms; server "X"`.
fn profile(peer: &PeerProfile) -> String {
    let has = |has: bool, word: &str| if has { word.to_owned() } else { format!("no {word}") };
    let mut parts = vec![match (&peer.stomp, &peer.engineio, &peer.sockjs) {
        _ if peer.stomp_client.is_some() => peer.stomp_client.as_ref().map(stomp_client).unwrap_or_default(),
        _ if peer.engineio_client.is_some() => {
            peer.engineio_client.as_ref().map(engineio_client).unwrap_or_default()
        }
        (Some(stomp), ..) => broker(stomp),
        (None, Some(engineio), _) => packets(engineio, peer.socketio.as_ref()),
        (None, None, Some(sockjs)) => services(sockjs),
        (None, None, None) => {
            format!("{}, {}, {}", echo(peer), has(peer.pong, "pong"), has(peer.deflate, "deflate"))
        }
    }];
    if peer.round_trip_us > 0 {
        let hundredths = peer.round_trip_us.saturating_add(5) / 10;
        parts.push(format!("round trip {}.{:02} ms", hundredths / 100, hundredths % 100));
    }
    if let Some(subprotocol) = &peer.subprotocol {
        parts.push(format!("subprotocol \"{}\"", sentence(subprotocol)));
    }
    if let Some(server) = &peer.server {
        parts.push(format!("server \"{}\"", sentence(server)));
    }
    if peer.connections > 0 {
        parts.push(count(peer.connections as usize, "connection"));
    }
    parts.extend(on_top(peer));
    parts.join("; ")
}

/// `speaks SockJS, which --protocol sockjs tests`.
fn on_top(peer: &PeerProfile) -> Option<String> {
    let name = peer.on_top.as_deref()?;
    match Layer::ALL.into_iter().find(|layer| layer.name() == name)? {
        Layer::EngineIo => {
            Some("speaks Engine.IO, which --protocol engineio and --protocol socketio test".into())
        }
        layer => Some(format!("speaks {}, which --protocol {name} tests", layer.title())),
    }
}

/// `STOMP 1.0, 1.1, 1.2`.
fn broker(stomp: &StompProfile) -> String {
    let versions = stomp.versions.join(", ");
    let delivers = if stomp.delivers { "" } else { "; delivers nothing to the client that sent it" };
    format!("STOMP {}{delivers}", sentence(&versions))
}

/// `client of STOMP 1.1, 1.2; heart-beats 1000,1000`.
fn stomp_client(stomp: &StompClientProfile) -> String {
    let [sends, wants] = stomp.heart_beat_ms;
    format!("client of STOMP {}; heart-beats {sends},{wants}", sentence(&stomp.versions.join(", ")))
}

/// `client of Engine.IO`, or `client of Socket.IO; acknowledges; /custom`.
fn engineio_client(client: &EngineIoClientProfile) -> String {
    let Some(SocketIoProfile { acks, namespace, .. }) = client.socketio else {
        return "client of Engine.IO".to_owned();
    };
    let acks = if acks { "acknowledges" } else { "acknowledges nothing" };
    let namespace = if namespace { "/custom" } else { "no /custom" };
    format!("client of Socket.IO; {acks}; {namespace}")
}

/// `Engine.IO; pings every 25000 ms, waits 20000 ms; at most 1000000 bytes; long-polling`.
fn packets(engineio: &EngineIoProfile, socketio: Option<&SocketIoProfile>) -> String {
    let protocol = if socketio.is_some() { "Socket.IO" } else { "Engine.IO" };
    let EngineIoProfile { ping_interval_ms, ping_timeout_ms, max_payload, polling, upgrades, .. } = engineio;
    let transports = match (polling, upgrades) {
        (true, true) => "; long-polling with upgrade",
        (true, false) => "; long-polling",
        (false, _) => "",
    };
    format!(
        "{protocol}; pings every {ping_interval_ms} ms, waits {ping_timeout_ms} ms; at most {max_payload} bytes{transports}"
    )
}

/// `SockJS; close, disabled_websocket_echo, no cookie_needed_echo`.
fn services(sockjs: &SockJsProfile) -> String {
    let SockJsProfile { websocket, close, disabled, cookies, .. } = *sockjs;
    let has = |has: bool, word: &str| if has { word.to_owned() } else { format!("no {word}") };
    let services = [
        has(websocket, "WebSocket"),
        has(close, "close"),
        has(disabled, "disabled_websocket_echo"),
        has(cookies, "cookie_needed_echo"),
    ];
    let absent = [
        (sockjs.no_xhr_streaming, "no xhr_streaming"),
        (sockjs.no_eventsource, "no eventsource"),
        (sockjs.no_htmlfile, "no htmlfile"),
        (sockjs.no_jsonp, "no jsonp"),
    ];
    let absent = absent.into_iter().filter(|(is_absent, _)| *is_absent).map(|(_, words)| words.to_owned());
    format!("SockJS; {}", services.into_iter().chain(absent).collect::<Vec<_>>().join(", "))
}

fn echo(peer: &PeerProfile) -> String {
    let echo = match (peer.echo, peer.echoes_only) {
        (false, _) => "no echo",
        (true, None) => "echo",
        (true, Some(EchoedKind::Text)) => "echo of text only",
        (true, Some(EchoedKind::Binary)) => "echo of binary only",
    };
    let echo = if peer.drops_fragmented { format!("{echo}, not of fragments") } else { echo.to_owned() };
    if peer.speaks_unasked { format!("speaks first, {echo}") } else { echo }
}

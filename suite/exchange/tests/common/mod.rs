//! Drives an exchange against a peer in memory, in virtual time.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod bundled;
pub mod framed;
pub mod layered;
pub mod streams;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use wsspec_catalogue::{Catalogue, Extra, Filter, Limits, Location, Need, Plan, Requirements, Trial, family};
use wsspec_exchange::{
    Action, Carrier, ClientUri, DirectAttempt, Distrust, Exchange, Input, Moment, Outcome, Probe,
    Reconnections, Setup, Side, TlsEnding, Waiver, named_versions,
};
use wsspec_notation::Script;
use wsspec_peer::{Client, Flaw, Http2Client, HttpPeer, Peer, PeerOutput};
use wsspec_record::{Declared, Fence, Usage, Verdict};
use wsspec_referee::{ClientTls, Uri};
use wsspec_wire::{Level, RequestHead, RequirementId, Role};

/// The peer's end of a connection.
pub trait Other {
    fn receive(&mut self, bytes: &[u8]);
    fn end(&mut self);
    fn take(&mut self) -> Vec<PeerOutput>;
    /// It is this late.
    fn advance(&mut self, _now: Duration) {}
    /// When it does something of its own accord.
    fn wake(&self) -> Option<Duration> {
        None
    }
    /// The memory it uses beyond what it needs, in bytes.
    fn held(&self) -> u64 {
        0
    }
}

impl Other for Peer {
    fn receive(&mut self, bytes: &[u8]) {
        Peer::receive(self, bytes);
    }

    fn end(&mut self) {
        Peer::end(self);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        Peer::take(self)
    }

    fn held(&self) -> u64 {
        Peer::held(self)
    }
}

impl Other for HttpPeer {
    fn receive(&mut self, bytes: &[u8]) {
        HttpPeer::receive(self, bytes);
    }

    fn end(&mut self) {
        HttpPeer::end(self);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        HttpPeer::take(self)
    }

    fn held(&self) -> u64 {
        HttpPeer::held(self)
    }
}

impl Other for Http2Client {
    fn receive(&mut self, bytes: &[u8]) {
        Http2Client::receive(self, bytes);
    }

    fn end(&mut self) {
        Http2Client::end(self);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        Http2Client::take(self)
    }

    fn held(&self) -> u64 {
        Http2Client::held(self)
    }
}

impl Other for Client {
    fn receive(&mut self, bytes: &[u8]) {
        Client::receive(self, bytes);
    }

    fn end(&mut self) {
        Client::end(self);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        Client::take(self)
    }

    fn held(&self) -> u64 {
        Client::held(self)
    }
}

/// A peer that completes the handshake and then sends given bytes, whatever it receives; closes after them or not.
pub struct Canned {
    peer: Peer,
    upgraded: bool,
    then: Option<(Vec<u8>, bool)>,
}

impl Canned {
    pub fn new(then: Vec<u8>, closes: bool) -> Self {
        Self { peer: Peer::new(), upgraded: false, then: Some((then, closes)) }
    }
}

impl Other for Canned {
    fn receive(&mut self, bytes: &[u8]) {
        if !self.upgraded {
            self.peer.receive(bytes);
        }
    }

    fn end(&mut self) {}

    fn take(&mut self) -> Vec<PeerOutput> {
        let mut out = self.peer.take();
        if !out.is_empty() {
            self.upgraded = true;
            let (bytes, closes) = self.then.take().unwrap_or_default();
            out.push(PeerOutput::Write(bytes.into()));
            if closes {
                out.push(PeerOutput::Close);
            }
        }
        out
    }
}

/// How the peer's bytes are split on their way to us.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    Whole,
    /// This many bytes at a time.
    Every(usize),
}

/// The resource usage of a peer's process that keeps nothing.
const USAGE: Usage =
    Usage { memory: 1 << 20, cpu: Duration::from_millis(10), descriptors: Some(5), threads: Some(1) };

/// How long an exchange that does not read is left alone.
const DEAF: Duration = Duration::from_millis(10);

/// Plays a trial to its end.
pub fn play(trial: &Arc<Trial>, setup: &Arc<Setup>, other: &mut impl Other, cut: Cut) -> Outcome {
    let mut exchange = Exchange::new(trial.clone(), setup.clone());
    let mut now = Moment::START;
    let mut incoming: VecDeque<PeerOutput> = VecDeque::new();
    // Far more steps than any script needs: an exchange that does not end is a bug.
    for _ in 0..2_000_000 {
        other.advance(now.0);
        match exchange.next(now) {
            Action::Write(bytes) => other.receive(&bytes),
            Action::Gap | Action::Terminate => {}
            Action::Shutdown | Action::Reset => other.end(),
            Action::Measure(_) => {
                let usage = Usage { memory: USAGE.memory + other.held(), ..USAGE };
                exchange.receive(Input::Usage(Some(usage)), now);
            }
            Action::Done => return of_levels_apart(&trial.id, exchange.finish("cut short")),
            Action::Wait(until) if !exchange.reads(now) => now = until.min(now + DEAF),
            Action::Wait(until) => {
                incoming.extend(other.take());
                match incoming.pop_front() {
                    Some(PeerOutput::Write(bytes)) => {
                        now = now + Duration::from_micros(10);
                        let size = match cut {
                            Cut::Whole => bytes.len().max(1),
                            Cut::Every(size) => size,
                        };
                        bytes.chunks(size).for_each(|piece| exchange.receive(Input::Bytes(piece), now));
                    }
                    Some(PeerOutput::Close) => exchange.receive(Input::Eof, now),
                    Some(PeerOutput::Reset) => exchange.receive(Input::Reset, now),
                    // It may have something to do before that, and does not wait for what is over.
                    None => {
                        let wake = other
                            .wake()
                            .map_or(until, |wake| Moment(wake).max(now + Duration::from_micros(1)));
                        now = until.min(wake);
                    }
                }
            }
        }
    }
    panic!("the exchange of {} does not end", trial.id);
}

/// Asserts that notes cite recommendations and remarks cite permissions, so neither cites a MUST.
fn of_levels_apart(id: &str, outcome: Outcome) -> Outcome {
    if let Verdict::Lenient { notes } = &outcome.verdict {
        assert!(notes.iter().all(|note| note.level == Level::Should), "{id}: {notes:?}");
    }
    // A probe remarks on whatever it sees.
    if id.starts_with("probe/") {
        return outcome;
    }
    assert!(outcome.remarks.iter().all(|remark| remark.level == Level::May), "{id}: {:?}", outcome.remarks);
    outcome
}

pub fn setup() -> Arc<Setup> {
    Arc::new(Setup::client("example.com", "/"))
}

/// What the peer is declared to speak, accept and refuse.
fn declared() -> Declared {
    Declared {
        subprotocol: Some("wsspec.echo".into()),
        allowed_origin: Some("https://app.peer.example".into()),
        foreign_origin: Some("https://other.peer.example".into()),
    }
}

pub fn server_plan() -> Plan {
    plan(Role::Server)
}

pub fn client_plan() -> Plan {
    plan(Role::Client)
}

/// The measuring cases that are played: those in which a flaw uses more memory than it needs.
const MEASURED: [&str; 2] = ["rfc6455/10.4/declared-length", "rfc6455/10.4/tiny-fragments"];

fn plan(peer: Role) -> Plan {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    let filter = Filter::new::<&str>(&[], &[]).unwrap().with_extra(&[Extra::KnownBugs, Extra::Resources]);
    let mut plan = Plan::new(&catalogue, &filter, peer, 0);
    plan.trials
        .retain(|trial| !trial.needs.contains(&Need::Process) || MEASURED.contains(&family(&trial.id)));
    plan
}

/// A trial with only this script, which cites a MUST and a SHOULD of the catalogue.
pub fn trial(script: &str) -> Arc<Trial> {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    Arc::new(Trial {
        title: "A script".into(),
        location: Location { path: "test.toml".into(), line: 1, script_line: 1 },
        seed: 7,
        also: vec![RequirementId::parse("rfc6455#5.5.2:3").unwrap()],
        requirements: Arc::new(Requirements::clone(&catalogue.requirements)),
        ..Trial::new(
            "test/script",
            RequirementId::parse("rfc6455#5.5.2:2").unwrap(),
            script.parse::<Script>().unwrap(),
        )
    })
}

/// The requirements that a verdict names.
pub fn named(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Fail { failure } => vec![failure.requirement.to_string()],
        Verdict::Lenient { notes } => notes.iter().map(|note| note.requirement.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// What probes find out about a peer with a flaw.
pub struct Abilities {
    pub echo: bool,
    pub binary: bool,
    pub pong: bool,
    pub deflate: bool,
    pub empty: bool,
    pub fragmented: bool,
    pub versions: Vec<u8>,
}

impl Abilities {
    pub fn of(flaw: Option<Flaw>) -> Self {
        let probed = |probe: Probe| {
            let mut peer = flaw.map_or_else(Peer::new, Peer::with);
            let setup = Arc::new(Setup { waiver: Waiver::Everything, ..(*setup()).clone() });
            play(&probe.trial(), &setup, &mut peer, Cut::Whole)
        };
        let succeeds = |probe: Probe| probe.succeeded(&probed(probe));
        Self {
            echo: succeeds(Probe::Echo),
            binary: succeeds(Probe::BinaryEcho),
            pong: succeeds(Probe::Pings),
            deflate: succeeds(Probe::Deflate),
            empty: succeeds(Probe::EmptyEcho),
            fragmented: succeeds(Probe::FragmentedEcho),
            versions: named_versions(&probed(Probe::Versions).transcript),
        }
    }

    pub fn has(&self, need: Need) -> bool {
        match need {
            Need::Echo => self.echo || self.binary,
            Need::EchoText => self.echo,
            Need::EchoBinary => self.binary,
            Need::EchoEmpty => (self.echo || self.binary) && self.empty,
            Need::EchoFragmented => (self.echo || self.binary) && self.fragmented,
            Need::Pong => self.pong,
            Need::Fence => self.pong || self.echo,
            Need::PermessageDeflate => self.deflate,
            Need::Process | Need::Http1 | Need::Http2 | Need::Http3 | Need::Http2Behind | Need::WebSocket => {
                true
            }
            Need::Stomp10 | Need::Stomp11 | Need::Stomp12 | Need::Delivery => false,
            Need::Acknowledgements | Need::Nacks | Need::Swaps | Need::Leaves | Need::Unsubscribes => false,
            Need::Transactions | Need::HeartBeats => false,
            Need::Heartbeat | Need::LargePayload => false,
            Need::Polling | Need::HeldPolls | Need::EarlyPosts | Need::Upgrade => false,
            Need::Namespace | Need::NamespaceEcho | Need::NamespaceAcks => false,
            Need::Acks | Need::Greeting => false,
            Need::SockJsWebSocket | Need::CloseService => false,
            Need::XhrStreaming | Need::EventSource | Need::HtmlFile | Need::Jsonp => false,
            Need::DisabledService | Need::CookieService => false,
        }
    }

    /// A peer that can do everything.
    pub const ALL: Self = Self {
        echo: true,
        binary: true,
        pong: true,
        deflate: true,
        empty: true,
        fragmented: true,
        versions: Vec::new(),
    };

    /// A peer that can do nothing gets every trial if its probes are not the point.
    pub fn or_all(self) -> Self {
        if self.echo || self.binary || self.pong { self } else { Self::ALL }
    }

    pub fn setup(&self) -> Arc<Setup> {
        let fence = if self.pong || !self.echo { Fence::Ping } else { Fence::Echo };
        Arc::new(Setup {
            fence,
            limits: Limits::default(),
            declared: declared(),
            versions: self.versions.clone(),
            ..Setup::client("example.com", "/")
        })
    }
}

/// The verdict on a trial of a peer; skipped if the peer lacks what it needs.
pub fn verdict(trial: &Arc<Trial>, flaw: Option<Flaw>, abilities: &Abilities) -> Verdict {
    if let Some(lacking) = trial.needs.iter().find(|need| !abilities.has(**need)) {
        return Verdict::Skip { reason: lacking.lacking().into() };
    }
    if trial.needs.contains(&Need::Http2) {
        return streams::verdict_over(Carrier::Http2, trial, flaw, abilities);
    }
    if trial.needs.contains(&Need::Http3) {
        return streams::verdict_over(Carrier::Http3, trial, flaw, abilities);
    }
    let mut peer = flaw.map_or_else(Peer::new, Peer::with);
    match trial.script.side_by_side() {
        1 => {
            let outcome = play(trial, &abilities.setup(), &mut peer, Cut::Whole);
            let ending = if peer.truncates_tls() { TlsEnding::Truncated } else { TlsEnding::Clean };
            ending.judge(trial, outcome).verdict
        }
        count => play_beside(trial, &abilities.setup(), &peer, count),
    }
}

/// One of several connections.
struct Connected<P> {
    /// `None` once it is done.
    exchange: Option<Exchange>,
    peer: P,
    /// What the peer has written, and was not read yet.
    incoming: VecDeque<PeerOutput>,
    outcome: Option<Outcome>,
}

/// Plays a trial on several connections of one server; returns the first verdict that is not a pass.
fn play_beside(trial: &Arc<Trial>, setup: &Arc<Setup>, peer: &Peer, count: u32) -> Verdict {
    let mut sides: Vec<_> =
        (0..count).map(|number| Connected::new(trial, number, setup, peer.beside())).collect();
    play_all(&mut sides, |_| None)
}

/// Like [`play_beside`], with clients: the second begins when the first allows it.
fn play_clients_beside(trial: &Arc<Trial>, setup: &Arc<Setup>, first: Client, second: Client) -> Verdict {
    let mut second = Some(second);
    let mut sides = vec![Connected::new(trial, 0, setup, first)];
    let verdict = play_all(&mut sides, |sides| {
        let first = &sides[0].peer;
        let second = second.take_if(|_| first.goes_on())?;
        let setup = Setup { is_beside: first.is_opening(), ..(**setup).clone() };
        Some(Connected::new(trial, 1, &Arc::new(setup), second))
    });
    assert!(second.is_none() || verdict != Verdict::Pass, "{}: it used only one connection", trial.id);
    verdict
}

fn play_all<P: Other>(
    sides: &mut Vec<Connected<P>>,
    mut another: impl FnMut(&[Connected<P>]) -> Option<Connected<P>>,
) -> Verdict {
    let mut now = Moment::START;
    for _ in 0..100_000 {
        let more = another(sides);
        sides.extend(more);
        let waits: Vec<Moment> = sides.iter_mut().filter_map(|side| side.go_on(now)).collect();
        match waits.into_iter().min() {
            Some(first) if first <= now => now = now + Duration::from_micros(10),
            Some(first) => now = first,
            None => match another(sides) {
                Some(side) => sides.push(side),
                None => break,
            },
        }
    }
    let verdicts = sides.drain(..).map(|side| side.outcome.expect("it ends").verdict);
    let verdicts: Vec<_> = verdicts.collect();
    verdicts.into_iter().find(|verdict| *verdict != Verdict::Pass).unwrap_or(Verdict::Pass)
}

impl<P: Other> Connected<P> {
    fn new(trial: &Arc<Trial>, number: u32, setup: &Arc<Setup>, peer: P) -> Self {
        let exchange = Some(Exchange::new(Arc::new(trial.on(number)), setup.clone()));
        Self { exchange, peer, incoming: VecDeque::new(), outcome: None }
    }

    /// Does what it can; returns until when it waits then.
    fn go_on(&mut self, now: Moment) -> Option<Moment> {
        loop {
            let exchange = self.exchange.as_mut()?;
            match exchange.next(now) {
                Action::Write(bytes) => self.peer.receive(&bytes),
                Action::Gap | Action::Terminate | Action::Measure(_) => {}
                Action::Shutdown | Action::Reset => self.peer.end(),
                Action::Done => {
                    self.outcome = self.exchange.take().map(|exchange| exchange.finish("cut short"));
                    return None;
                }
                Action::Wait(until) if !exchange.reads(now) => return Some(until.min(now + DEAF)),
                Action::Wait(until) => {
                    self.incoming.extend(self.peer.take());
                    match self.incoming.pop_front() {
                        Some(PeerOutput::Write(bytes)) => exchange.receive(Input::Bytes(&bytes), now),
                        Some(PeerOutput::Close) => exchange.receive(Input::Eof, now),
                        Some(PeerOutput::Reset) => exchange.receive(Input::Reset, now),
                        None => return Some(until),
                    }
                }
            }
        }
    }
}

/// Host and port of the URI that clients get.
const AUTHORITY: (&str, u16) = ("127.0.0.1", 9001);
const TARGET: &str = "/chat%20room%231?case=7";

fn client(flaw: Option<Flaw>, seed: u64) -> Client {
    let (host, port) = AUTHORITY;
    Client::of_uri(flaw, &format!("ws://{host}:{port}{TARGET}"), seed)
}

impl Abilities {
    /// What probes find out about a client with a flaw.
    pub fn of_client(flaw: Option<Flaw>) -> Self {
        let succeeds = |probe: Probe| {
            let setup = Arc::new(Setup { waiver: Waiver::Everything, ..Setup::server() });
            let seed = 1 + probe as u64;
            probe.succeeded(&play(
                &probe.trial_for(Role::Client),
                &setup,
                &mut client(flaw, seed),
                Cut::Whole,
            ))
        };
        Self {
            echo: succeeds(Probe::Echo),
            binary: succeeds(Probe::BinaryEcho),
            pong: succeeds(Probe::Pings),
            deflate: succeeds(Probe::Deflate),
            empty: succeeds(Probe::EmptyEcho),
            fragmented: succeeds(Probe::FragmentedEcho),
            versions: Vec::new(),
        }
    }

    fn client_setup(&self) -> Setup {
        let fence = if self.pong || !self.echo { Fence::Ping } else { Fence::Echo };
        Setup { fence, ..Setup::server() }
    }
}

/// Cases about many connections together.
const OF_MANY: [&str; 2] = ["rfc6455/4.1/keys-of-the-run", "rfc6455/5.3/keys-of-other-connections"];

/// Enough connections for those.
const MANY: u64 = 40;

/// The verdict on a trial of a client, on its second connection or later.
pub fn client_verdict(trial: &Arc<Trial>, flaw: Option<Flaw>, abilities: &Abilities) -> Verdict {
    if let Some(lacking) = trial.needs.iter().find(|need| !abilities.has(**need)) {
        return Verdict::Skip { reason: lacking.lacking().into() };
    }
    if trial.needs.contains(&Need::Http2) {
        return client_verdict_over_http2(trial, flaw, abilities);
    }
    match client_verdict_over(false, trial, flaw, abilities) {
        Verdict::Skip { reason } if reason.ends_with("not over TLS") => {
            client_verdict_over(true, trial, flaw, abilities)
        }
        verdict => verdict,
    }
}

/// The verdict on a trial of a client that speaks HTTP/2.
pub fn client_verdict_over_http2(trial: &Arc<Trial>, flaw: Option<Flaw>, abilities: &Abilities) -> Verdict {
    let (client, setup) = http2_client_for(trial, flaw, abilities);
    played_to(trial, &setup, client)
}

/// A client that speaks HTTP/2, and the setup for it.
pub fn http2_client_for(
    trial: &Arc<Trial>,
    flaw: Option<Flaw>,
    abilities: &Abilities,
) -> (Http2Client, Arc<Setup>) {
    let ClientUri { text, uri } = uri_for(trial, false);
    let client = Http2Client::of_uri(flaw, &text, 200);
    let setup = Setup { side: Side::Server(Some(uri)), carrier: Carrier::Http2, ..abilities.client_setup() };
    (client, Arc::new(setup))
}

/// The URI that a client gets.
fn uri_for(trial: &Arc<Trial>, secure: bool) -> ClientUri {
    let (host, port) = AUTHORITY;
    if trial.uri.is_some() {
        return ClientUri::of(trial, secure, host, port);
    }
    let uri = Uri { secure, ..Uri::new(format!("{host}:{port}"), TARGET) };
    let scheme = if secure { "wss" } else { "ws" };
    ClientUri { text: format!("{scheme}://{host}:{port}{TARGET}"), uri }
}

fn client_verdict_over(
    secure: bool,
    trial: &Arc<Trial>,
    flaw: Option<Flaw>,
    abilities: &Abilities,
) -> Verdict {
    let ClientUri { text, uri } = uri_for(trial, secure);
    let client = |seed| Client::of_uri(flaw, &text, seed);
    if let Some(fault) = trial.certificate {
        if !secure {
            return Verdict::Skip { reason: "the run is not over TLS".into() };
        }
        let trusts = client(0).trusts_in_spite_of(fault.name());
        return if trusts { Distrust::Missing } else { Distrust::Shown }.judge(trial, fault).verdict;
    }
    let hello = |client: &Client| ClientTls { server_name: client.server_name().map(str::to_owned) };
    let one = client(0);
    let tls = (secure && one.is_secure()).then(|| hello(&one));
    let setup = Arc::new(Setup { side: Side::Server(Some(uri)), tls, ..abilities.client_setup() });
    let before = if OF_MANY.iter().any(|id| trial.id == *id) { MANY } else { 1 };
    for seed in 100..100 + before {
        let earlier = if before > 1 { trial.clone() } else { Probe::Handshake.trial_for(Role::Client) };
        play(&earlier, &setup, &mut client(seed), Cut::Whole);
    }
    if trial.script.expects_tunnel() {
        let credentials = trial.script.expects_proxy_credentials().then_some("dXNlcjpwYXNzd29yZA==");
        return played_to(trial, &setup, Client::through_proxy(flaw, &text, credentials, 200));
    }
    let first = client(200);
    if trial.script.side_by_side() > 1 {
        let second = first.beside(&text, 201);
        return play_clients_beside(trial, &setup, first, second);
    }
    played_to(trial, &setup, first)
}

/// A client that may do more than what its one connection shows.
pub trait OneClient: Other {
    fn goes_around_proxy(&self) -> bool {
        false
    }

    fn reconnects(&self, _: u32) -> Option<Duration> {
        None
    }
}

impl OneClient for Client {
    fn goes_around_proxy(&self) -> bool {
        Client::goes_around_proxy(self)
    }

    fn reconnects(&self, times: u32) -> Option<Duration> {
        Client::reconnects(self, times)
    }
}

impl OneClient for Http2Client {}

/// The verdict on a trial of a client on one connection, and on those that it opens on its own.
pub fn played_to(trial: &Arc<Trial>, setup: &Arc<Setup>, mut client: impl OneClient) -> Verdict {
    let outcome = play(trial, setup, &mut client, Cut::Whole);
    if DirectAttempt::is_watched_for_in(trial) {
        let mut seen = DirectAttempt::default();
        if client.goes_around_proxy() {
            seen.look_at(&RequestHead::parse(b"GET / HTTP/1.1\r\n\r\n"));
        }
        return seen.judge(outcome).verdict;
    }
    if !Reconnections::are_watched_in(trial) {
        return outcome.verdict;
    }
    let mut seen = Reconnections::default();
    let mut now = Duration::ZERO;
    for gap in (0..).map_while(|times| client.reconnects(times)) {
        now += gap;
        if now > Reconnections::WATCH || seen.are_enough() {
            break;
        }
        seen.add(gap);
    }
    seen.judge(outcome).verdict
}

//! Any script against any bytes of a peer ends within its limits, with a verdict that depends neither on how the
//! bytes are split nor on whether they come from a record.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use arbitrary::{Arbitrary, Unstructured};
use wsspec_catalogue::{Catalogue, Limits, Location, Need, Requirements, Trial};
use wsspec_decoder::Cuts;
use wsspec_exchange::{Action, Exchange, Input, Moment, Outcome, Setup, judge};
use wsspec_notation::{Script, Sending, Step};
use wsspec_record::{EventKind, TrialRecord, Verdict};
use wsspec_wire::RequirementId;
use wsspec_wire::{Offer, Role, accept_for};

use crate::{generate::text, same};

/// How a trial is played and judged again.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    /// Plays a trial against bytes in segments.
    pub play: fn(&Arc<Trial>, &ScriptedPeer<'_>, &[&[u8]]) -> Outcome,
    /// Judges a record.
    pub judge: fn(&Arc<Trial>, &TrialRecord) -> Verdict,
}

impl Engine {
    /// That of `wsspec-exchange`.
    pub const EXCHANGE: Self = Self { play, judge: judged };
}

/// What a peer does besides sending bytes.
#[derive(Clone, Copy, Debug)]
pub struct ScriptedPeer<'a> {
    /// First accepts the handshake, with this line among the fields.
    pub field: Option<&'a str>,
    /// Ends the stream after the bytes.
    pub closes: bool,
}

/// The beginning of an input.
#[derive(Clone, Copy, Debug, Arbitrary)]
struct Begin {
    cuts: Cuts,
    accepts: bool,
    agrees: bool,
    closes: bool,
    script: u16,
}

/// The longest script, in lines that run, and in bytes of payload.
const LINES: usize = 500;
const PAYLOAD: usize = 64 << 10;

/// The time between two reads: entries with the same time in a record were read together.
const READ: Duration = Duration::from_micros(10);

/// More steps than any such trial needs.
const STEPS: usize = 200_000;

static REQUIREMENTS: LazyLock<Arc<Requirements>> = LazyLock::new(|| {
    let catalogue = Catalogue::embedded().expect("the catalogue has no mistakes");
    Arc::new(Requirements::clone(&catalogue.requirements))
});

/// Judges the real engine with an input: 9 bytes, a script whose length is in the last two, then the bytes of a peer.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(&Engine::EXCHANGE, input);
}

/// Judges an engine with an input.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with(engine: &Engine, input: &[u8]) {
    let Some(given) = Given::of(input) else { return };
    let Given { trial, peer, cuts, bytes } = &given;
    let outcome = (engine.play)(trial, peer, &[bytes]);
    let segments: Vec<&[u8]> = cuts.cut(bytes).collect();
    let cut = (engine.play)(trial, peer, &segments);
    same(&essence(&cut.verdict), &essence(&outcome.verdict), "the verdict depends on the segments");
    let verdict = outcome.verdict.clone();
    let record = outcome.into_record(trial, Role::Server, 0, 1);
    if record.omitted == 0 && record.transcript.iter().all(|entry| entry.event != EventKind::Oversize) {
        let again = (engine.judge)(trial, &record);
        // The reason for an inconclusive verdict is not always in the record.
        if !matches!((&again, &verdict), (Verdict::Inconclusive { .. }, Verdict::Inconclusive { .. })) {
            same(&again, &verdict, "the record gives another verdict");
        }
    }
}

/// A trial, and a peer to play it against.
pub(crate) struct Given<'a> {
    pub trial: Arc<Trial>,
    pub peer: ScriptedPeer<'static>,
    pub cuts: Cuts,
    pub bytes: &'a [u8],
}

impl<'a> Given<'a> {
    /// From an input; `None` if it contains no script, or one that would take too long.
    pub fn of(input: &'a [u8]) -> Option<Self> {
        let mut unstructured = Unstructured::new(input);
        let begin = Begin::arbitrary(&mut unstructured).ok()?;
        let rest = unstructured.take_rest();
        let (script, bytes) = rest.split_at(usize::from(begin.script).min(rest.len()));
        let script = text(script).parse::<Script>().ok().filter(is_short)?;
        let agreed = if begin.agrees { "Sec-WebSocket-Extensions: permessage-deflate\r\n" } else { "" };
        let peer = ScriptedPeer { field: begin.accepts.then_some(agreed), closes: begin.closes };
        Some(Self { trial: trial(script), peer, cuts: begin.cuts, bytes })
    }
}

/// Where an input's frames begin: after its script.
#[must_use]
pub fn frames_at(input: &[u8]) -> usize {
    let mut unstructured = Unstructured::new(input);
    let Ok(begin) = Begin::arbitrary(&mut unstructured) else { return input.len() };
    (input.len() - unstructured.len()).saturating_add(begin.script.into()).min(input.len())
}

/// The kind of a verdict, with the line and rule it names.
pub(crate) fn essence(verdict: &Verdict) -> (&'static str, Option<(usize, RequirementId)>) {
    let broken = match verdict {
        Verdict::Fail { failure } => Some((failure.line, failure.requirement.clone())),
        _ => None,
    };
    (verdict.word(), broken)
}

fn is_short(script: &Script) -> bool {
    let is_small = |step: &Step| match step {
        Step::Send(Sending::Frame(frame)) => frame.payload.len() <= PAYLOAD,
        Step::Send(Sending::Raw(payload)) => payload.len() <= PAYLOAD,
        _ => true,
    };
    script.walk().nth(LINES).is_none() && script.walk().all(|line| is_small(&line.step))
}

fn trial(script: Script) -> Arc<Trial> {
    let offers = script
        .walk()
        .any(|line| matches!(&line.step, Step::Send(Sending::Frame(frame)) if frame.attributes.deflate));
    Arc::new(Trial {
        title: "A script".into(),
        needs: if offers { vec![Need::PermessageDeflate] } else { Vec::new() },
        location: Location { path: "fuzz.toml".into(), line: 1, script_line: 1 },
        seed: 7,
        requirements: REQUIREMENTS.clone(),
        ..Trial::new("fuzz/exchange", RequirementId::parse("rfc6455#5.5.2:2").expect("an id"), script)
    })
}

fn setup() -> Arc<Setup> {
    Arc::new(Setup { limits: Limits::default(), ..Setup::client("example.com", "/") })
}

pub(crate) fn judged(trial: &Arc<Trial>, record: &TrialRecord) -> Verdict {
    judge(trial, &setup(), &record.transcript, record.omitted)
}

/// Plays a trial in virtual time: all bytes of the peer are available as soon as something was written to it.
pub(crate) fn play(trial: &Arc<Trial>, peer: &ScriptedPeer<'_>, segments: &[&[u8]]) -> Outcome {
    let mut exchange = Exchange::new(trial.clone(), setup());
    let (mut now, mut written) = (Moment::START, Vec::new());
    let mut pending = segments.iter();
    let (mut begun, mut ended) = (false, false);
    for _ in 0..STEPS {
        match exchange.next(now) {
            Action::Write(bytes) if written.len() < PAYLOAD => written.extend_from_slice(&bytes),
            Action::Write(_) | Action::Gap | Action::Terminate | Action::Shutdown | Action::Reset => {}
            Action::Measure(_) => exchange.receive(Input::Usage(None), now),
            Action::Done => return exchange.finish("cut short"),
            Action::Wait(_) if !std::mem::replace(&mut begun, true) => {
                now = now + READ;
                if let Some(field) = peer.field {
                    exchange.receive(Input::Bytes(response(&written, field).as_bytes()), now);
                }
            }
            // A pause between two segments.
            Action::Wait(until) if until <= now + READ => now = until,
            Action::Wait(until) => match pending.next() {
                Some([]) => {}
                Some(segment) => {
                    now = now + READ;
                    exchange.receive(Input::Bytes(segment), now);
                }
                None if peer.closes && !std::mem::replace(&mut ended, true) => {
                    exchange.receive(Input::Eof, now)
                }
                None => now = until,
            },
        }
    }
    panic!("the exchange does not end");
}

fn response(request: &[u8], field: &str) -> String {
    let accept = accept_for(&Offer::from_bytes(request).key);
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{field}\r\n"
    )
}

//! Requests that a server turns away because there are too many. That breaks no rule, and shows nothing about the trial.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;
use wsspec_carriers::recorded_response;
use wsspec_catalogue::Trial;
use wsspec_exchange::{Event, Outcome, Setup};
use wsspec_record::Verdict;
use wsspec_referee::Received;
use wsspec_wire::{ResponseHead, Role};

use super::{PlanRun, TestedPeer};
use crate::trial::TrialRun;

/// Too Many Requests (RFC 6585, 4).
const TOO_MANY: u16 = 429;
/// Service Unavailable (RFC 9110, 15.6.4): many servers that limit requests answer so.
const UNAVAILABLE: u16 = 503;
/// The pause before the first repetition, which is doubled for each further one, and its bound.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));
/// The longest pause that a server may ask for with Retry-After.
const LONGEST: Duration = Duration::from_secs(10);
/// How often a trial is repeated.
const REPETITIONS: u32 = 8;

impl PlanRun<'_> {
    /// Plays a trial, and again later if the server turns its request away.
    pub(super) async fn play_until_let_in(
        &self,
        peer: &TestedPeer,
        trial: &Arc<Trial>,
        setup: &Arc<Setup>,
    ) -> TrialRun {
        let mut ran = self.play(peer, trial, setup).await;
        let (mut pause, mut repetitions) = (PAUSE.0, 0);
        while self.role == Role::Server
            && let Some(refusal) = refusal(&ran)
        {
            if !std::mem::replace(&mut self.state.borrow_mut().turns_away, true) {
                self.incident(format!(
                    "the server turned requests away with {}, which breaks no rule: they were made again later",
                    refusal.status
                ));
            }
            if repetitions == REPETITIONS || self.is_aborted() {
                let why =
                    format!("the server turned the request away with {} again and again", refusal.status);
                let verdict = Verdict::Inconclusive { why };
                let outcome = Outcome { verdict, ..ran.outcome };
                return TrialRun { outcome, turned_away: true, ..ran };
            }
            sleep(refusal.pause.map_or(pause, |asked| asked.min(LONGEST))).await;
            pause = (pause * 2).min(PAUSE.1);
            repetitions += 1;
            ran = self.play(peer, trial, setup).await;
        }
        TrialRun { turned_away: repetitions > 0, ..ran }
    }
}

/// A response that says that there are too many requests.
struct TurnedAway {
    status: u16,
    /// How long to wait, as it says (RFC 9110, 10.2.3).
    pause: Option<Duration>,
}

/// The first response that turns the request away.
fn refusal(ran: &TrialRun) -> Option<TurnedAway> {
    // 503 may also be the answer to a bad request.
    let is_open = matches!(ran.outcome.verdict, Verdict::Fail { .. } | Verdict::Inconclusive { .. });
    let turns_away = |status: u16| status == TOO_MANY || status == UNAVAILABLE && is_open;
    let mut heads = ran.outcome.transcript.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received(Received::Head(bytes)) => Some(recorded_response(bytes)),
        _ => None,
    });
    heads.find_map(|head| {
        let status = head.status.filter(|&status| turns_away(status))?;
        Some(TurnedAway { status, pause: retry_after(&head) })
    })
}

/// The seconds that Retry-After asks for; a date says nothing to us, whose clock may differ.
fn retry_after(head: &ResponseHead) -> Option<Duration> {
    let value = head.fields.get("Retry-After")?;
    str::from_utf8(value).ok()?.trim().parse().ok().map(Duration::from_secs)
}

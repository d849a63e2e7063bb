//! Judging a saved transcript again: the same exchange, fed what was recorded.

use std::sync::Arc;

use wsspec_script::Trial;

use crate::{
    exchange::{Action, Exchange, Input},
    moment::Moment,
    record::{EntryRecord, EventKind},
    setup::Setup,
    text::bytes_of,
    verdict::Verdict,
};

/// The verdict on a recorded trial: a pure function, the same as when it was recorded, or a newer suite's.
pub fn judge(trial: &Arc<Trial>, setup: &Arc<Setup>, transcript: &[EntryRecord], omitted: u64) -> Verdict {
    if omitted > 0 {
        return cannot("frames were left out of the transcript");
    }
    let mut exchange = Exchange::replay(trial.clone(), setup.clone());
    let peer = setup.role.peer();
    run(&mut exchange, Moment::START);
    let mut last = Moment::START;
    let mut entries = transcript.iter().peekable();
    while let Some(entry) = entries.next() {
        let at = Moment::from_micros(entry.at_us);
        last = last.max(at);
        match entry.event {
            EventKind::Sent | EventKind::Skipped => continue,
            EventKind::Oversize => return cannot("the payload of a frame was not kept"),
            EventKind::Received | EventKind::Unfinished => {
                let Some(mut bytes) = bytes_of(&entry.text, peer) else {
                    return cannot("an entry of the transcript is not in the notation");
                };
                // What was read at once is fed at once.
                while let Some(next) = entries.next_if(|next| follows(entry, next)) {
                    match bytes_of(&next.text, peer) {
                        Some(more) => bytes.extend(more),
                        None => return cannot("an entry of the transcript is not in the notation"),
                    }
                }
                exchange.receive(Input::Bytes(&bytes), at);
                if entry.event == EventKind::Unfinished {
                    continue;
                }
            }
            EventKind::Eof => exchange.receive(Input::Eof, at),
            EventKind::Reset => exchange.receive(Input::Reset, at),
            EventKind::Measured => exchange.receive(Input::Usage(entry.text.parse().ok()), at),
            EventKind::Timeout => exchange.time_over(at),
        }
        run(&mut exchange, at);
    }
    exchange.time_over(last);
    exchange.finish("the transcript ends before the outcome").verdict
}

fn follows(entry: &EntryRecord, next: &EntryRecord) -> bool {
    next.event == EventKind::Received && entry.event == EventKind::Received && next.at_us == entry.at_us
}

fn cannot(why: &str) -> Verdict {
    Verdict::Inconclusive { why: format!("cannot be judged again: {why}") }
}

/// Lets the exchange do all that it can do at `at`.
fn run(exchange: &mut Exchange, at: Moment) {
    while !matches!(exchange.next(at), Action::Wait(_) | Action::Done) {}
}

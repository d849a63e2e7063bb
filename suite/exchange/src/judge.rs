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

/// The verdict on a transcript: a pure function, the same as when it was recorded, or a newer suite's.
pub fn judge(trial: &Arc<Trial>, setup: &Arc<Setup>, transcript: &[EntryRecord]) -> Verdict {
    let mut exchange = Exchange::new(trial.clone(), setup.clone());
    let peer = setup.role.peer();
    run(&mut exchange, Moment::START);
    for entry in transcript {
        let at = Moment::from_micros(entry.at_us);
        match entry.event {
            EventKind::Sent | EventKind::Skipped => continue,
            EventKind::Oversize => return cannot("the payload of a frame was not kept"),
            EventKind::Received => match bytes_of(&entry.text, peer) {
                Some(bytes) => {
                    run(&mut exchange, at);
                    exchange.receive(Input::Bytes(&bytes), at);
                }
                None => return cannot("an entry of the transcript is not in the notation"),
            },
            // It is noted only when its time is over, or the stream: that comes next.
            EventKind::Unfinished => match bytes_of(&entry.text, peer) {
                Some(bytes) => {
                    exchange.receive(Input::Bytes(&bytes), at);
                    continue;
                }
                None => return cannot("an entry of the transcript is not in the notation"),
            },
            EventKind::Eof => {
                run(&mut exchange, at);
                exchange.receive(Input::Eof, at);
            }
            EventKind::Reset => {
                run(&mut exchange, at);
                exchange.receive(Input::Reset, at);
            }
            EventKind::Timeout => {}
        }
        run(&mut exchange, at);
    }
    exchange.finish("the transcript ends before the outcome").verdict
}

fn cannot(why: &str) -> Verdict {
    Verdict::Inconclusive { why: format!("cannot be judged again: {why}") }
}

/// Lets the exchange do all that it can do at `at`.
fn run(exchange: &mut Exchange, at: Moment) {
    while !matches!(exchange.next(at), Action::Wait(_) | Action::Done) {}
}

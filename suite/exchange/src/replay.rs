//! Judges a saved transcript again: the same exchange, with the recorded input.

use std::{mem, sync::Arc, time::Duration};

use wsspec_catalogue::Trial;
use wsspec_notation::bytes_of;
use wsspec_record::{EntryRecord, EventKind, Verdict};
use wsspec_referee::Received;
use wsspec_wire::Role;

use crate::{
    action::{Action, Input},
    exchange::Exchange,
    moment::Moment,
    setup::{Carrier, Setup},
    transcript::Event,
};

/// The verdict on a recorded trial, a pure function: the same as when it was recorded, or that of a newer suite.
pub fn judge(trial: &Arc<Trial>, setup: &Arc<Setup>, transcript: &[EntryRecord], omitted: u64) -> Verdict {
    if omitted > 0 {
        return cannot("frames were left out of the transcript");
    }
    let peer = setup.role().peer();
    let mut exchange = Exchange::replay(trial.clone(), carried(setup, transcript, peer));
    let is_web = trial.script.uses_http();
    let mut now = Moment::START;
    let mut entries = transcript.iter();
    // Whether the unfinished rest was passed in early.
    let mut is_fed = false;
    while let Some(entry) = entries.next() {
        let at = Moment::from_micros(entry.at_us);
        run(&mut exchange, &mut now, at);
        if let Some(name) = entry.connection.as_ref().filter(|_| is_web) {
            let Some(event) = web_event(entry, peer) else {
                return cannot("an entry of the transcript is not in the notation");
            };
            event.into_iter().for_each(|event| exchange.receive_on(name, event, at));
            run(&mut exchange, &mut now, at);
            continue;
        }
        exchange.turn_to(entry.connection.as_ref());
        match entry.event {
            // The exchange writes its own side again, so recorded output is not passed in.
            EventKind::Sent | EventKind::Skipped => continue,
            EventKind::Unfinished if mem::take(&mut is_fed) => continue,
            EventKind::Oversize => return cannot("the payload of a frame was not kept"),
            EventKind::Received | EventKind::Unfinished => {
                // Entries of one instant came from one read, and are passed in together: a frame that ends the trial
                // must not keep later bytes of the read from being judged.
                let mut read = vec![entry];
                while let Some(next) = entries.as_slice().first().filter(|next| follows(entry, next)) {
                    read.push(next);
                    entries.next();
                }
                let unfinished = unfinished_behind(entry, entries.as_slice(), setup.role());
                is_fed = unfinished.is_some();
                read.extend(unfinished);
                let bytes: Option<Vec<Vec<u8>>> =
                    read.into_iter().map(|entry| bytes_of(&entry.text, peer)).collect();
                let Some(bytes) = bytes else {
                    return cannot("an entry of the transcript is not in the notation");
                };
                exchange.receive(Input::Bytes(&bytes.concat()), at);
                if entry.event == EventKind::Unfinished {
                    continue;
                }
            }
            EventKind::Eof => exchange.receive(Input::Eof, at),
            EventKind::Reset => exchange.receive(Input::Reset, at),
            EventKind::Measured => exchange.receive(Input::Usage(entry.text.parse().ok()), at),
            EventKind::Timeout => exchange.time_over(at),
        }
        run(&mut exchange, &mut now, at);
    }
    run(&mut exchange, &mut now, Moment(Duration::MAX));
    // An expired limit is an entry; the end of the last limit is here.
    exchange.time_over(now);
    exchange.finish("the transcript ends before the outcome").verdict
}

/// What an entry says of a connection for HTTP: nothing, if it is about what we did. `None`: it cannot be read.
fn web_event(entry: &EntryRecord, peer: Role) -> Option<Option<Event>> {
    Some(match entry.event {
        EventKind::Received => Some(Event::Received(Received::Raw(bytes_of(&entry.text, peer)?.into()))),
        EventKind::Eof => Some(Event::Eof),
        EventKind::Reset => Some(Event::Reset),
        _ => None,
    })
}

/// The setup with the carrier that a trial had: where clients may choose, the first head shows it.
fn carried(setup: &Arc<Setup>, transcript: &[EntryRecord], peer: Role) -> Arc<Setup> {
    let first = transcript.iter().find(|entry| entry.event == EventKind::Received);
    let head = first.and_then(|entry| bytes_of(&entry.text, peer)).unwrap_or_default();
    if setup.carrier == Carrier::Http2 && head.first().is_some_and(u8::is_ascii_uppercase) {
        return Arc::new(Setup { carrier: Carrier::Http1, ..(**setup).clone() });
    }
    setup.clone()
}

fn follows(entry: &EntryRecord, next: &EntryRecord) -> bool {
    next.connection == entry.connection
        && next.event == EventKind::Received
        && entry.event == EventKind::Received
        && next.at_us == entry.at_us
}

/// The unfinished bytes after the last frame. They are recorded when the trial ends, but may have come from the same
/// read as that frame, which must not end the trial before them. Passing them in early does no harm: they are judged
/// only at the end, except if a client must wait for our response.
fn unfinished_behind<'e>(
    entry: &EntryRecord,
    entries: &'e [EntryRecord],
    role: Role,
) -> Option<&'e EntryRecord> {
    let entries = || entries.iter().filter(|other| other.connection == entry.connection);
    let waits = |entry: &EntryRecord| role == Role::Server && entry.event == EventKind::Sent;
    let is_input = |entry: &EntryRecord| {
        !matches!(entry.event, EventKind::Sent | EventKind::Skipped | EventKind::Timeout)
    };
    let next = entries().take_while(|entry| !waits(entry)).find(|entry| is_input(entry));
    next.filter(|entry| entry.event == EventKind::Unfinished)
}

fn cannot(why: &str) -> Verdict {
    Verdict::Inconclusive { why: format!("cannot be judged again: {why}") }
}

/// Lets the exchange do everything it can until `at`. Only its pauses between segments take time: other limits are over
/// when an entry says so.
fn run(exchange: &mut Exchange, now: &mut Moment, at: Moment) {
    loop {
        match exchange.next(*now) {
            Action::Wait(until) if *now < until && until <= at => *now = until,
            Action::Wait(_) | Action::Done => break,
            _ => {}
        }
    }
    *now = at.max(*now);
}

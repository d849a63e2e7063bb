//! Judges one connection, and enters the result into the ledger of all.

use std::time::Instant;

use tokio::sync::mpsc::UnboundedSender;
use wsspec_capture::{ObservedEnd, ObservedFault, Observer, ObserverSettings, TrafficPlace};
use wsspec_wire::Role;

use super::{TapEvent, TapLedger};

/// How many kinds of other traffic are named.
const MOST_FOREIGN: usize = 16;

/// The judge of one connection. When it is dropped, the connection is judged as a whole.
pub(super) struct TapJudge {
    number: u64,
    observer: Observer,
    ledger: TapLedger,
    events: UnboundedSender<TapEvent>,
    began: Instant,
    has_asked: bool,
    has_opened: bool,
}

impl TapJudge {
    pub(super) fn new(
        number: u64,
        settings: ObserverSettings,
        ledger: TapLedger,
        events: UnboundedSender<TapEvent>,
    ) -> Self {
        ledger.state().ledger.connections += 1;
        let observer = Observer::new(settings);
        Self { number, observer, ledger, events, began: Instant::now(), has_asked: false, has_opened: false }
    }

    /// The server has been reached.
    pub(super) fn reached(&self) {
        self.ledger.state().unreachable = None;
    }

    /// It cannot be reached.
    pub(super) fn unreachable(&self, why: &str) {
        let before = self.ledger.state().unreachable.replace(why.to_owned());
        if before.as_deref() != Some(why) {
            self.tell(TapEvent::Unreachable(why.to_owned()));
        }
    }

    /// An end has sent this, and it was passed on.
    pub(super) fn saw(&mut self, from: Role, bytes: &[u8]) {
        let faults = self.observer.saw(from, bytes, self.began.elapsed());
        self.enter(&faults);
    }

    /// An end has ended its half.
    pub(super) fn ended(&mut self, from: Role, how: ObservedEnd) {
        let faults = self.observer.ended(from, how, self.began.elapsed());
        self.enter(&faults);
    }

    fn enter(&mut self, faults: &[ObservedFault]) {
        let foreign = self.observer.take_foreign();
        let has_news = !faults.is_empty()
            || foreign.is_some()
            || self.observer.has_asked() != self.has_asked
            || self.observer.has_opened() != self.has_opened;
        if !has_news {
            return;
        }
        let mut state = self.ledger.state();
        if self.observer.has_asked() && !self.has_asked {
            state.ledger.asked += 1;
        }
        if self.observer.has_opened() && !self.has_opened {
            state.ledger.opened += 1;
        }
        (self.has_asked, self.has_opened) = (self.observer.has_asked(), self.observer.has_opened());
        for fault in faults {
            let place =
                TrafficPlace { connection: self.number, at: fault.at, file: String::new(), packet: 0 };
            if let Some(broken) = state.ledger.note(fault, place, self.observer.recent()) {
                self.tell(TapEvent::Broken(Box::new(broken.clone())));
            }
        }
        if let Some(what) = foreign
            && !state.foreign.contains(&what)
            && state.foreign.len() < MOST_FOREIGN
        {
            state.foreign.push(what.clone());
            self.tell(TapEvent::Foreign(self.number, what));
        }
    }

    /// Nobody may be listening any more.
    fn tell(&self, event: TapEvent) {
        let _ = self.events.send(event);
    }
}

impl Drop for TapJudge {
    fn drop(&mut self) {
        let faults = self.observer.conclude(self.began.elapsed());
        self.enter(&faults);
        self.ledger.state().ledger.count(&mut self.observer);
    }
}

//! Our end of the connection: sends what the script says, answers at once what every endpoint must answer, and keeps
//! what the peer sends for the lines of the script.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wsspec_carriers::BundleKind;
use wsspec_catalogue::{Need, Trial};
use wsspec_notation::{
    Attributes, Expected, FieldExpectation, FrameKind, FrameSpec, Http2Spec, ItemSpec, Payload, Sending,
    Step, Strength,
};
use wsspec_record::Meaning;
use wsspec_referee::{Arrival, Broken, Received, Seen, SentClose};
use wsspec_wire::{
    CloseBody, ConnectionName, ErrorCode, Http2Setting, Layer, LayerItem, MessageKind, Offer, Opcode,
    RequirementId, Role, Violation, is_interim,
};

use crate::{
    closing::{self, TOO_BIG},
    composed::kind,
    connection::{Connection, Happened},
    duties,
    ending::Ending,
    grading::Grading,
    inbox::Inbox,
    link::LayerLink,
    moment::Moment,
    outbound::{Outbound, Sent},
    output::Output,
    peer_value,
    polls::UnwrittenRequest,
    reflections::Reflections,
    sent::has_invalid_text,
    setup::{Carrier, Setup},
    sizes::{longest_received, longest_sent},
    stomp_broker::subprotocols,
    surprise::surprise,
    transcript::Event,
    waiting::Wait,
    web::{WebSeen, shown_name},
    web_response::ending,
};

mod lacking;
mod leaving;
mod sharing;
mod watching;

/// Bytes from the peer that a transcript keeps, in addition to twice what the script suggests.
const KEPT: usize = 1 << 20;

/// Bytes of payload kept, in addition to what the script sends and expects.
const SLACK: usize = 64 << 10;

/// Messages of a layer longer than this, in bytes, are not recorded as they were sent.
const LONG_ITEM: usize = 512;

/// Why nothing is tested behind a 101 that HTTP follows.
const NO_FRAMES: &str =
    "text follows the server's 101 response where frames should, so that nothing behind it can be read";

/// How long to wait at most for a peer to lose the first bytes that it loses.
const LOST: Duration = Duration::from_millis(50);

/// What fits into a frame with the shortest header, in bytes (RFC 6455, 5.2).
const SHORT: usize = 125;

/// Our end of the connection.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub setup: Arc<Setup>,
    pub outbound: Outbound,
    pub inbox: Inbox,
    pub ending: Ending,
    pub grading: Grading,
    trial: Arc<Trial>,
    connection: Connection,
    reflections: Reflections,
    /// Whether a whole message of the peer has arrived.
    has_sent_message: bool,
    /// Whether the connection has other streams.
    is_shared: bool,
    /// Whether the stream ended with a reset.
    was_reset: bool,
}

impl Endpoint {
    /// For a trial whose script sends or expects at most `largest` bytes at once.
    pub(crate) fn new(trial: Arc<Trial>, setup: Arc<Setup>, largest: usize) -> Self {
        let uses_deflate = trial.needs.contains(&Need::PermessageDeflate);
        Self {
            outbound: Outbound::new(setup.clone(), trial.seed, uses_deflate)
                .selecting(subprotocols(&trial.script)),
            inbox: Inbox::default(),
            ending: Ending::default(),
            grading: Grading::new(
                trial.clone(),
                setup.waiver.clone(),
                largest.saturating_mul(2).saturating_add(KEPT),
            ),
            connection: Connection::new(
                &setup,
                decides_settings(&trial, setup.carrier),
                largest.saturating_add(SLACK),
            )
            .with_layer(LayerLink::of(&trial, &setup, largest.saturating_add(SLACK)))
            .bundled(trial.script.uses_http()),
            trial,
            setup,
            reflections: Reflections::default(),
            has_sent_message: false,
            is_shared: false,
            was_reset: false,
        }
    }

    /// When the time limit of the trial runs out.
    pub(crate) fn end_of_trial(&self) -> Moment {
        Moment::START + self.setup.limits.trial
    }

    /// The role of the peer.
    pub(crate) fn peer(&self) -> Role {
        self.setup.role().peer()
    }

    /// The trial being played.
    pub(crate) fn trial(&self) -> &Trial {
        &self.trial
    }

    /// Whether the request offers permessage-deflate.
    pub(crate) fn offers_deflate(&self) -> bool {
        self.connection.conversation().offer().is_some_and(Offer::has_deflate)
    }

    /// The close frame that we have sent, unless it was an answer.
    pub(crate) fn our_close(&self) -> Option<&SentClose> {
        self.connection.conversation().close(self.setup.role()).filter(|close| !close.is_answer)
    }

    /// Whether an arrival may mean that what we sent is too much for the peer. Nothing more follows from an end after its
    /// close frame. If messages are compressed, an end without one is rather that of a failed decompression.
    pub(crate) fn may_be_refusal(&self, arrival: &Arrival) -> bool {
        let conversation = self.connection.conversation();
        match arrival {
            Arrival::Eof | Arrival::Reset if conversation.close(self.peer()).is_some() => false,
            Arrival::Eof => conversation.agreed().is_none(),
            _ => true,
        }
    }

    /// The rule about answering close frames, where no answer has come from a peer that never answers one.
    pub(crate) fn never_answered(&self, wait: &Wait, arrival: Option<&Arrival>) -> Option<RequirementId> {
        closing::unanswered(wait, arrival, self.our_close())
            .filter(|rule| self.grading.is_always_broken(rule))
    }

    /// Whether an arrival is the pong for a ping of ours.
    pub(crate) fn answers_ping(&self, arrival: &Arrival) -> bool {
        self.reflections.is_answer(arrival)
    }

    /// What the request of the connection offers; `None` before it.
    pub(crate) fn offer(&self) -> Option<&Offer> {
        self.connection.conversation().offer()
    }

    /// Whether the server, be it us or the peer, has answered the request.
    pub(crate) fn is_answered(&self) -> bool {
        self.connection.conversation().is_answered()
    }

    /// Whether the peer has refused our request.
    pub(crate) fn is_refused(&self) -> bool {
        self.setup.role() == Role::Client && self.connection.conversation().is_refused()
    }

    /// Whether sending is pointless by now.
    pub(crate) fn is_over(&self) -> bool {
        self.ending.is_over() || self.is_refused()
    }

    /// What bytes of the peer's amount to; they are not taken in yet.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<Happened> {
        self.inbox.count(bytes.len());
        self.connection.read(bytes)
    }

    /// What the end of the connection amounts to; `None`: it is that of the stream.
    pub(crate) fn lose(&mut self) -> Option<Vec<Happened>> {
        self.connection.lost()
    }

    /// From here on, what is read comes from a record.
    pub(crate) fn replay(&mut self) {
        self.connection.replay();
    }

    /// What is written last of all, by a carrier that has something to say then.
    pub(crate) fn farewell(&mut self) -> Option<Bytes> {
        self.connection.farewell()
    }

    /// The peer has let nothing be written for too long.
    pub(crate) fn give_up_writing(&mut self) {
        let protocol = self.setup.carrier.protocol();
        let why = match self.connection.lacks_setting() {
            Some(lacking) => format!("the server does not take WebSockets over {protocol}: {lacking}"),
            None => "the peer grants too small a window for what the script sends".into(),
        };
        self.grading.give_up(why);
        self.connection.give_up();
    }

    /// The peer breaks the protocol that carries the connection; `what` it did.
    pub(crate) fn give_up_broken(&mut self, what: &str) {
        self.grading.give_up(format!("the peer breaks {}: it {what}", self.setup.carrier.protocol()));
    }

    /// Handles one event from the peer while `line` waits: records and judges it, reacts as the protocol demands, and
    /// queues it for the lines.
    pub(crate) fn take(&mut self, mut seen: Seen, at: Moment, line: usize) {
        // Whoever takes a frame or a text that it must refuse may send anything back, such as a text that it has not unmasked.
        // Its fault is that it took this, which is what the line is about.
        let is_invalid = |broken: &Broken| matches!(broken.violation, Violation::InvalidUtf8 { .. });
        if seen.broken.iter().any(is_invalid)
            && (self.connection.conversation().is_spoilt(self.setup.role()) || has_invalid_text(&self.trial))
        {
            seen.broken.retain(|broken| !is_invalid(broken));
            if seen.arrivals.is_empty() {
                seen.arrivals.push(Arrival::Lost);
            }
        }
        let is_http =
            seen.broken.iter().any(|broken| matches!(broken.violation, Violation::HttpBehindResponse(_)));
        let place = self.note(seen.what, &seen.broken, at, line);
        if self.inbox.is_over_full() {
            return self.grading.give_up("the peer sends without end".into());
        }
        if is_http && self.connection.conversation().close(self.peer()).is_none() {
            return self.grading.skip(NO_FRAMES);
        }
        for arrival in seen.arrivals {
            self.has_sent_message |= matches!(arrival, Arrival::Message(..));
            self.react(&arrival);
            if !self.reflections.is_reflected(&arrival) {
                self.inbox.push((arrival, place));
            }
        }
        while let Some(answer) = self.connection.layer().and_then(LayerLink::due) {
            self.send_due(answer, at);
        }
    }

    /// Sends a message that the layer demands at once. What we send as a server is recorded: the client waits for it.
    fn send_due(&mut self, message: Bytes, at: Moment) {
        let is_bare = self.connection.is_bare();
        if !is_bare && !self.may_answer() {
            return;
        }
        let sending = as_sent(kind(&message), &message, is_bare);
        if self.setup.role() == Role::Server {
            self.grading.add(at, 0, Event::Sent(sending.to_string()));
        }
        let observer = &mut |sent: Sent<'_>| drop(self.connection.wrote(sent));
        match kind(&message) {
            _ if is_bare => self.outbound.send(&sending, &Offer::default(), false, observer),
            MessageKind::Text => self.outbound.frame(Opcode::TEXT, message, observer),
            MessageKind::Binary => self.outbound.frame(Opcode::BINARY, message, observer),
        }
        self.outbound.flush();
    }

    /// Handles what has come on a connection for HTTP.
    pub(crate) fn take_web(&mut self, seen: WebSeen, at: Moment, line: usize) {
        let WebSeen { connection, event, arrivals, broken } = seen;
        let place = event.and_then(|event| self.grading.add_on(connection, at, 0, event));
        self.grading.judge(&broken, place, line);
        if self.inbox.is_over_full() {
            return self.grading.give_up("the peer sends without end".into());
        }
        arrivals.into_iter().for_each(|arrival| self.inbox.push((arrival, place)));
        self.ask_unprompted(at);
    }

    /// What a record says of a connection for HTTP.
    pub(crate) fn replay_web(&mut self, name: &ConnectionName, event: Event) -> Vec<Happened> {
        self.connection.replay_web(name, event)
    }

    /// Whether the script has connections for HTTP.
    pub(crate) fn is_bundled(&self) -> bool {
        self.trial.script.uses_http()
    }

    /// Ends a connection for HTTP.
    pub(crate) fn close_web(&mut self, line: usize, name: &ConnectionName, sending: &Sending, now: Moment) {
        let kind = if matches!(sending, Sending::Reset) { BundleKind::Reset } else { BundleKind::End };
        self.grading.add_on(Some(name.clone()), now, line, Event::Sent(sending.to_string()));
        if let Some(octets) = self.connection.layer().and_then(|layer| layer.close_web(name, kind)) {
            self.outbound.bundle(octets);
        }
    }

    /// Sends what a client of long-polling sends unprompted.
    fn ask_unprompted(&mut self, now: Moment) {
        let setup = self.setup.clone();
        let requests = self.connection.layer().map(|layer| layer.requests(&setup)).unwrap_or_default();
        requests.into_iter().for_each(|request| self.ask_unwritten(request, now));
    }

    /// When that may happen, if it may.
    pub(crate) fn next_poll(&self, wait: Option<&Wait>) -> Option<Moment> {
        let name = wait.and_then(Wait::polls_on)?;
        self.connection.layer_link()?.next_poll(&name, &self.setup)
    }

    fn ask_unwritten(&mut self, request: UnwrittenRequest, now: Moment) {
        if !request.shown.is_empty() {
            self.grading.add_on(request.connection, now, 0, Event::Sent(request.shown));
        }
        self.outbound.bundle(request.octets);
    }

    /// Polls on, if the waiting line is for packets of long-polling and all that the last request brought has been read.
    pub(crate) fn poll_again(&mut self, wait: Option<&Wait>, now: Moment, replayed: bool) -> bool {
        let Some(name) = wait.and_then(Wait::polls_on) else { return false };
        let setup = self.setup.clone();
        let at = (!replayed).then_some(now);
        let request = self.connection.layer().and_then(|layer| layer.poll_again(&name, at, &setup));
        let is_asked = request.is_some();
        request.into_iter().for_each(|request| self.ask_unwritten(request, now));
        is_asked
    }

    /// Sends a request on a connection for HTTP.
    pub(crate) fn ask(&mut self, line: usize, spec: &ItemSpec, now: Moment) {
        let setup = self.setup.clone();
        let asked = self.connection.layer().and_then(|layer| layer.ask(spec, &setup));
        let Some((shown, octets)) = asked else { return };
        let name = shown_name(spec.connection.as_ref());
        match octets {
            Some(octets) => {
                self.grading.add_on(name, now, line, Event::Sent(shown));
                if !octets.is_empty() {
                    self.outbound.bundle(octets);
                }
            }
            // The server has closed what the script goes on with: nothing will come.
            None => {
                let place = self.grading.add_on(name, now, line, Event::Skipped(shown));
                let item = LayerItem { connection: spec.connection.clone(), ..ending("broken") };
                self.inbox.push((Arrival::Item(item), place));
            }
        }
    }

    /// The peer has ended the stream, by closing or resetting it.
    pub(crate) fn end(&mut self, event: Event, arrival: Arrival, at: Moment, line: usize) {
        if self.ending.receive() {
            self.was_reset = event == Event::Reset;
            self.note_unfinished(at, line);
            let place = self.grading.add(at, 0, event);
            self.inbox.push((arrival, place));
        }
    }

    /// Whether what was begun and not finished breaks a rule already.
    pub(crate) fn breaks_unfinished(&self) -> bool {
        self.connection.unfinished().is_some_and(|seen| !seen.broken.is_empty())
    }

    /// Records and judges what was begun and not finished.
    pub(crate) fn note_unfinished(&mut self, at: Moment, line: usize) {
        if let Some(seen) = self.connection.unfinished() {
            self.note(seen.what, &seen.broken, at, line);
        }
    }

    /// Records what was received, and judges it.
    fn note(&mut self, what: Option<Received>, broken: &[Broken], at: Moment, line: usize) -> Option<usize> {
        let place = what.and_then(|what| self.grading.add(at, 0, Event::Received(what)));
        self.grading.judge(broken, place, line);
        place
    }

    /// Sends an item and records it; if the peer accepts nothing more, only records it as skipped.
    pub(crate) fn send_unless_over(&mut self, line: usize, sending: &Sending, now: Moment) {
        // The server closes TCP after the closing handshake (RFC 6455, 7.1.1).
        let is_our_end =
            self.peer() == Role::Client && matches!(sending, Sending::Eof) && !self.ending.is_eof();
        let is_elsewhere = matches!(sending, Sending::Item(ItemSpec { layer: Layer::Http, .. }));
        if self.is_over() && !is_our_end && !is_elsewhere {
            self.grading.add(now, line, Event::Skipped(sending.to_string()));
        } else {
            self.send(line, sending, now);
        }
    }

    /// Sends an item and records it.
    pub(crate) fn send(&mut self, line: usize, sending: &Sending, now: Moment) {
        if self.lacks_extension(sending) {
            return self.conclude_declined();
        }
        if let Sending::Item(spec @ ItemSpec { layer: Layer::Http, .. }) = sending {
            return self.ask(line, spec, now);
        }
        if let Sending::Item(spec) = sending {
            return self.send_item(line, spec, now);
        }
        let filled = self.connection.layer_link().and_then(|layer| layer.filled(sending));
        let sending = filled.as_ref().unwrap_or(sending);
        let offered = self.connection.conversation().offer().cloned().unwrap_or_default();
        if let Some(why) = peer_value::lacking(sending, &offered, &self.setup) {
            return self.grading.skip(why);
        }
        if self.connection.conversation().has_tunnel() && sending.asks_for_tunnel() {
            return self
                .grading
                .skip("the proxy has opened a tunnel for the request before, so it wants no other");
        }
        self.reflections.note_sent(sending);
        self.grading.add(now, line, Event::Sent(sending.to_string()));
        let responds = matches!(sending, Sending::Response(_));
        let tunnels = self.connection.conversation().awaits_tunnel();
        let offered = self.connection.conversation().offer().filter(|_| responds).cloned();
        let mut ours = Vec::new();
        let observer = &mut |sent: Sent<'_>| ours.extend(self.connection.wrote(sent));
        self.outbound.send(sending, &offered.unwrap_or_default(), tunnels, observer);
        if responds {
            self.responded(&ours);
            self.send_what_may_be_lost();
        }
    }

    /// Sends an item of a layer as the messages, or octets, that it becomes. The record has these, except for passwords and
    /// what is long.
    fn send_item(&mut self, line: usize, spec: &ItemSpec, now: Moment) {
        let Some(layer) = self.connection.layer() else { return };
        if let Some(name) = layer.learnt().unbound(spec) {
            return self.grading.skip(&format!("the peer has sent nothing that `${name}` could stand for"));
        }
        let composed = layer.compose(spec);
        let is_bare = self.connection.is_bare();
        let item = Sending::Item(spec.clone()).to_string();
        let is_short = composed.messages.iter().all(|(_, message)| message.len() <= LONG_ITEM);
        let is_shown = !composed.is_secret && is_short;
        if !is_shown || composed.messages.is_empty() {
            self.grading.add(now, line, Event::Sent(item));
        }
        for (kind, message) in composed.messages {
            let sending = as_sent(kind, &message, is_bare);
            if is_shown {
                self.grading.add(now, line, Event::Sent(sending.to_string()));
            }
            let observer = &mut |sent: Sent<'_>| drop(self.connection.wrote(sent));
            self.outbound.send(&sending, &Offer::default(), false, observer);
        }
    }

    /// What an item of the layer has instead of an expected field.
    pub(crate) fn item_lacks(&mut self, wanted: &FieldExpectation, item: &LayerItem) -> Option<String> {
        self.connection.layer()?.learning().lacks(wanted, item)
    }

    /// Whether an item of the layer has another body than this.
    pub(crate) fn has_other_body(&self, wanted: &Payload, item: &LayerItem) -> bool {
        self.connection.layer_link().is_some_and(|layer| layer.has_other_body(wanted, item))
    }

    /// Whether an item has other values than a line wants, as far as these are known.
    pub(crate) fn is_for_another(&self, wait: &Wait, arrival: &Arrival) -> bool {
        let (Wait::Expect(expectation, _), Arrival::Item(item)) = (wait, arrival) else { return false };
        let learnt = self.connection.layer_link().map(LayerLink::learnt);
        learnt.is_some_and(|learnt| expectation.fields.iter().any(|wanted| learnt.contradicts(wanted, item)))
    }

    /// The rule that the peer breaks if nothing more comes of an item that it has begun.
    pub(crate) fn unfinished_item(&self) -> Option<Violation> {
        self.connection.layer_link()?.unfinished()
    }

    /// Whether there is no WebSocket below the layer.
    pub(crate) fn is_bare(&self) -> bool {
        self.connection.is_bare()
    }

    /// The requirement that the trial is about.
    pub(crate) fn own_requirement(&self) -> &RequirementId {
        &self.trial.requirement
    }

    /// Whether the peer has closed because a message of ours is too big for it. No rule says where its limit must be (RFC
    /// 6455, 7.4.1 and 10.4), but whatever has one takes what fits into the shortest header, and what it took before.
    fn is_too_big(&self) -> bool {
        let is_so = |code| code == Some(TOO_BIG);
        is_so(self.ending.close().and_then(CloseBody::code))
            && !self.our_close().is_some_and(|ours| is_so(ours.body.code()))
            && longest_sent(&self.trial) > SHORT.max(longest_received(self.grading.transcript()))
    }

    /// The script cannot continue: the peer should have done something else, by this requirement or the case's own.
    pub(crate) fn fail(
        &mut self,
        line: usize,
        expected: String,
        actual: String,
        requirement: Option<RequirementId>,
    ) {
        if self.is_too_big() {
            return self.grading.skip("the peer takes no message of this size: it closes with 1009");
        }
        if self.has_lost_all_streams() && self.excuse_end_of_all_streams(line) {
            return;
        }
        let is_about_leaving =
            [duties::OPEN_STREAMS_GO_ON, duties::OPEN_REQUESTS_GO_ON].contains(&self.trial.requirement);
        let requirement = match self.connection.gone() {
            // It takes our GOAWAY for a fault.
            Some(_) if is_about_leaving && self.connection.is_leaving() => self.trial.requirement.clone(),
            // It takes for a fault what it has to ignore.
            Some(_) if duties::IGNORED.contains(&self.trial.requirement) => self.trial.requirement.clone(),
            // It says that the connection cannot go on, for something that it takes for a fault of ours (RFC 9113, 5.4.1).
            Some(code) if !code.is_own() => {
                return self
                    .grading
                    .give_up(format!("the peer ended the HTTP connection with the code {code}"));
            }
            Some(ErrorCode::NO_ERROR | ErrorCode::INTERNAL_ERROR) => duties::OPEN_STREAMS_GO_ON,
            Some(_) => duties::OPEN_REQUESTS_GO_ON,
            None => requirement.unwrap_or_else(|| self.trial.requirement.clone()),
        };
        self.grading.fell_short(line, expected, actual, requirement);
        self.conclude();
    }

    /// The script is finished.
    pub(crate) fn conclude(&mut self) {
        if self.grading.is_decided() {
            return;
        }
        let whole = self.connection.conversation().judge_whole();
        let broken: Vec<_> = whole.map(|violation| Broken { violation, bytes: 0..0 }).collect();
        self.grading.judge(&broken, None, 0);
        self.grading.conclude();
    }

    /// Reacts at once as the protocol demands.
    fn react(&mut self, arrival: &Arrival) {
        match arrival {
            Arrival::Request(_) => self.skip_unless_applies(),
            Arrival::Response(_) => {
                self.agree();
                self.send_what_may_be_lost();
            }
            Arrival::Ping(payload) if self.may_answer() => self.pong(payload.clone()),
            Arrival::Close(body) if self.may_answer() => self.answer_close(body),
            _ => {}
        }
    }

    /// Answers the close frame of a peer that fails the connection for a close frame of ours: that was none to it, and it
    /// may wait for one before it ends TCP.
    pub(crate) fn close_after_bad_close(&mut self) {
        let is_bad = self.our_close().is_some_and(|close| !close.is_good);
        if is_bad
            && self.outbound.is_whole()
            && let Some(body) = self.ending.close().cloned()
        {
            self.answer_close(&body);
        }
    }

    fn answer_close(&mut self, body: &CloseBody) {
        let code = body.code().map(|code| Bytes::copy_from_slice(&code.0.to_be_bytes()));
        self.answer(Opcode::CLOSE, code.unwrap_or_default());
        self.ending.answer_close();
    }

    /// Whether we may send an answer: not in the middle of a frame, nor before the opening handshake is complete.
    fn may_answer(&self) -> bool {
        self.outbound.may_answer() && (self.setup.role() == Role::Client || self.is_answered())
    }

    fn pong(&mut self, payload: Bytes) {
        self.outbound.pong(payload, &mut |sent| drop(self.connection.wrote(sent)));
        self.outbound.flush();
    }

    /// What to send next; a delayed pong goes out when there is room for it.
    pub(crate) fn take_output(&mut self) -> Option<Output> {
        loop {
            if let Some(bytes) = self.connection.carried() {
                return Some(Output::Write(bytes));
            }
            if self.connection.is_blocked() {
                return Some(Output::Blocked);
            }
            let Some(output) = self.next_output() else {
                match self.connection.end_refusal() {
                    true => continue,
                    false => return None,
                }
            };
            if let Some(left) = self.connection.carry(output) {
                return Some(left);
            }
        }
    }

    fn next_output(&mut self) -> Option<Output> {
        let next = self.outbound.take();
        if self.may_answer()
            && let Some(payload) = self.outbound.delayed_pong()
        {
            self.pong(payload);
        }
        next
    }

    /// Whether we may send a ping that is not in the script. Not after a frame for which the peer must fail the
    /// connection, because its pong would be another fault.
    pub(crate) fn may_ask(&self) -> bool {
        !self.connection.conversation().is_spoilt(self.setup.role())
            && self.may_answer()
            && self.is_answered()
            && !self.is_over()
            && self.outbound.is_open()
    }

    fn answer(&mut self, opcode: Opcode, payload: Bytes) {
        self.outbound.frame(opcode, payload, &mut |sent| drop(self.connection.wrote(sent)));
        self.outbound.flush();
    }

    /// From now on, compresses as agreed. Skips a trial about messages that refer back if the agreement allows none.
    fn agree(&mut self) {
        let Some(agreed) = self.connection.conversation().agreed() else { return };
        let refers_back = !agreed.no_context_takeover(self.setup.role());
        self.outbound.agree(agreed);
        if !refers_back && self.trial.requirement == duties::WINDOW_IS_KEPT {
            self.grading.skip("the server asks for messages that do not refer back to others");
        }
    }

    /// Sends what a peer loses that is not ready as soon as the opening handshake is over: one fault is one failure, that of
    /// the trials which are about it.
    fn send_what_may_be_lost(&mut self) {
        let rule = match self.peer() {
            Role::Server => &duties::OPEN_AT_ONCE,
            Role::Client => &duties::READ_BEHIND_RESPONSE,
        };
        let opens = self.is_answered() && !self.is_refused();
        if self.setup.loses_first && opens && !self.trial.cites(rule) {
            let payload = Bytes::from_static(b"wsspec: lost?");
            self.outbound.frame(Opcode::PING, payload, &mut |sent| drop(self.connection.wrote(sent)));
            self.outbound.set_apart(self.setup.limits.watch.min(LOST));
        }
    }

    /// Skips the trial if it does not apply to the client: its URI is not known, or it does not offer what the trial is
    /// about.
    fn skip_unless_applies(&mut self) {
        let conversation = self.connection.conversation();
        let own = &self.trial.requirement;
        let undecidable =
            conversation.undecidable().into_iter().find(|it| it.violation.requirement() == *own);
        let is_offered = self.offers_deflate();
        let is_direct = self.trial.script.expects_tunnel() && !conversation.has_asked_for_tunnel();
        if is_direct && !self.trial.cites(&duties::PROXY_IS_ASKED) {
            self.grading.skip("the client does not ask its proxy for a tunnel");
        } else if let Some(undecidable) = undecidable {
            self.grading.skip(undecidable.why);
        } else if self.trial.needs.contains(&Need::PermessageDeflate) && !is_offered {
            self.grading.skip("the client does not offer permessage-deflate");
        }
    }

    /// Handles a response that we have sent. What a response may contain depends on the client's offer: the case does
    /// not apply if it wants a refusal of something that the offer allows, or acceptance of something that it does not.
    fn responded(&mut self, ours: &[Seen]) {
        self.agree();
        if self.setup.answers_anything {
            return;
        }
        for seen in ours {
            let [Arrival::Response(head)] = &seen.arrivals[..] else { continue };
            let by_offer = seen.broken.iter().any(|broken| depends_on_offer(&broken.violation));
            match wants_refusal(&self.trial) {
                _ if !head.accepts() => {}
                true if seen.broken.is_empty() => {
                    self.grading.skip("the client's request allows the response that it should refuse");
                }
                false if by_offer => {
                    self.grading.skip("the client has not offered what the response accepts");
                }
                _ => {}
            }
        }
    }

    /// Whether the item should be compressed and the peer has declined, as it may (RFC 7692, 5).
    fn lacks_extension(&self, sending: &Sending) -> bool {
        let is_compressed = matches!(sending, Sending::Frame(frame) if frame.attributes.deflate);
        is_compressed && self.is_answered() && self.connection.conversation().agreed().is_none()
    }

    /// The script's subject cannot be observed.
    fn conclude_declined(&mut self) {
        match self.grading.has_notes() {
            true => self.conclude(),
            false => self.grading.skip("the peer declined the offer of permessage-deflate"),
        }
    }

    /// Marks what was received as unexpected by the waiting line.
    pub(crate) fn mark_unexpected(&mut self, place: Option<usize>, line: usize, wait: &Wait) {
        let received = self.grading.transcript().received(place);
        let bytes = received.and_then(|received| surprise(wait, received));
        self.grading.explain(place, line, Meaning::Unexpected { bytes });
    }
}

/// Whether a script begins with the settings that we send: over HTTP/2, as a server, with that for extended CONNECT (RFC
/// 8441, 3); over HTTP/3, where they are sent once, with any (RFC 9114, 7.2.4).
fn decides_settings(trial: &Trial, carrier: Carrier) -> bool {
    let connects = |setting: &Http2Setting| setting.id == Http2Setting::ENABLE_CONNECT_PROTOCOL;
    let first = trial.script.walk().next().map(|line| &line.step);
    match first {
        Some(Step::Send(Sending::Http2(Http2Spec::Settings(all)))) => {
            carrier == Carrier::Http3 || all.iter().any(connects)
        }
        _ => false,
    }
}

/// Octets of a layer as the carrier takes them.
fn as_sent(kind: MessageKind, octets: &Bytes, is_bare: bool) -> Sending {
    let payload = Payload::of(octets);
    if is_bare {
        return Sending::Raw(payload);
    }
    let kind = match kind {
        MessageKind::Text => FrameKind::Text,
        MessageKind::Binary => FrameKind::Binary,
    };
    Sending::Frame(FrameSpec { kind, payload, attributes: Attributes::default() })
}

/// Whether the first thing that must follow the script's response is the end of the stream.
fn wants_refusal(trial: &Trial) -> bool {
    let steps = trial.script.walk().map(|line| &line.step);
    let after = steps.skip_while(
        |step| !matches!(step, Step::Send(Sending::Response(spec)) if !is_interim(spec.status())),
    );
    let first = after.skip(1).find_map(|step| match step {
        Step::Expect(e) if e.strength == Strength::Must => Some(e),
        _ => None,
    });
    first.and_then(|e| e.alternatives.first()).is_some_and(|first| matches!(first.all[..], [Expected::Eof]))
}

/// Whether another request might have allowed this.
fn depends_on_offer(violation: &Violation) -> bool {
    matches!(
        violation,
        Violation::ExtensionNotOffered(_)
            | Violation::SubprotocolNotOffered { .. }
            | Violation::DeflateNotAsOffered { .. }
    )
}

//! The end: judges the events and makes the report.

use data_encoding::HEXLOWER;
use wsspec_wire::Role;

use super::{CaseSession, FULL_PAUSE, MARGIN, SessionPace, Timing};
use crate::{
    Behavior, CaseEvent, CaseResult, CloseBehavior,
    case::{CaseJudge, Noted},
    grade::{EndOfConnection, grade_close},
};

impl CaseSession {
    /// The report, once the connection has ended. `place` is the number with which the case was requested, `started`
    /// the time of day.
    #[must_use]
    pub fn finish(mut self, agent: &str, place: usize, started: String) -> CaseResult {
        let (mut grade, mut words) = self.grade();
        if self.facts.was_open {
            self.override_with(&mut grade, &mut words);
        }
        let is_settled = self.is_settled(grade);
        let duration = self.now.saturating_sub(self.opened_at).as_millis();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let in_hex = self.case.rules.reason_in_hex;
        let local_reason = self.facts.local_reason.as_deref();
        let local_reason = if in_hex {
            Some(local_reason.map_or("?".into(), |bytes| HEXLOWER.encode(bytes)))
        } else {
            local_reason.map(text)
        };
        let (report_time, report_compression_ratio) = self.case.reported();
        let missing_close = !self.facts.was_clean && !self.facts.dropped_by_me;
        let why = self.facts.why_not_clean;
        let why = why.or_else(|| missing_close.then_some("the peer ended TCP without a closing handshake"));
        CaseResult {
            agent: agent.to_owned(),
            behavior: self.verdict.0,
            behavior_close: grade,
            case: place,
            closed_by_me: self.facts.closed_by_me,
            create_stats: true,
            create_wirelog: self.log.on,
            description: self.case.description.clone(),
            dropped_by_me: self.facts.dropped_by_me,
            duration: if self.facts.was_open { u64::try_from(duration).unwrap_or(u64::MAX) } else { 0 },
            expectation: self.case.expectation.clone(),
            expected: self.expected().into_iter().collect(),
            expected_close: self.case.close.clone(),
            failed_by_me: self.facts.failed_by_me,
            http_request: text(&self.facts.request),
            http_response: text(&self.facts.response),
            id: self.case.id.clone(),
            is_server: self.role == Role::Server,
            is_settled,
            local_close_code: self.facts.local_code,
            local_close_reason: local_reason,
            received: self.received,
            remote_close_code: self.facts.remote_code,
            remote_close_reason: self.facts.remote_reason.as_deref().map(text),
            report_compression_ratio,
            report_time,
            result: self.verdict.1,
            result_close: words,
            rx_frame_stats: self.log.rx_frames,
            rx_octet_stats: self.log.rx_octets,
            started,
            traffic_stats: self.stats,
            tx_frame_stats: self.log.tx_frames,
            tx_octet_stats: self.log.tx_octets,
            was_clean: self.facts.was_clean,
            was_close_handshake_timeout: self.facts.close_timeout,
            was_not_clean_reason: why.map(str::to_owned),
            was_open_handshake_timeout: self.facts.open_timeout,
            was_server_connection_drop_timeout: self.facts.drop_timeout,
            wirelog: self.log.rows,
        }
    }

    /// Whether more time would not change the verdict, as far as can be seen.
    fn is_settled(&self, grade: CloseBehavior) -> bool {
        let Timing { quiet, reaction, .. } = self.timing;
        let slowest = reaction.unwrap_or(FULL_PAUSE).max(self.opened_at);
        if quiet.is_some_and(|quiet| MARGIN * slowest > quiet) {
            return false;
        }
        let good_end = matches!(grade, CloseBehavior::Ok | CloseBehavior::Informational);
        match self.verdict.0 {
            Behavior::Ok | Behavior::Informational | Behavior::Unimplemented if good_end => true,
            // Pieces that arrive together are handled together.
            Behavior::NonStrict if self.pace == SessionPace::Quick && self.case.is_in_pieces() => false,
            _ => !self.timing.expired && (good_end || self.facts.was_clean),
        }
    }

    fn grade(&mut self) -> (CloseBehavior, String) {
        let seen = self.expected().into_iter().find(|(_, events)| *events == self.received);
        if let Some((name, _)) = seen {
            let behavior = if name == Behavior::Ok.as_str() { Behavior::Ok } else { Behavior::NonStrict };
            self.verdict = (behavior, "Actual events match at least one expected.".into());
        }
        let facts = &self.facts;
        let ending = EndOfConnection {
            was_open: facts.was_open,
            closed_by_me: facts.closed_by_me,
            was_clean: facts.was_clean,
            remote_code: facts.remote_code,
            is_server: self.role == Role::Server,
            dropped_by_me: facts.dropped_by_me,
        };
        // If nothing was ever exchanged, receiving nothing proves nothing.
        if !facts.was_open {
            self.verdict = (Behavior::Failed, "WebSocket connection was never open".into());
        }
        grade_close(&self.case.close, &ending)
    }

    /// Additional rules of the case.
    fn override_with(&mut self, grade: &mut CloseBehavior, words: &mut str) {
        let (close, rules) = (&self.case.close, self.case.rules);
        if close.fatal == Some(true) && close.by_me != self.facts.closed_by_me {
            self.verdict.0 = Behavior::Failed;
        }
        if rules.wrong_code_fails && *grade == CloseBehavior::WrongCode {
            self.verdict = (Behavior::Failed, words.to_owned());
        }
        let Some(noted) = rules.informational else { return };
        let result = match (noted, self.verdict.0) {
            (Noted::Undefined, _) => "Actual events are undefined by the spec.",
            (Noted::Order, Behavior::Ok) => "Text message was processed before close.",
            (Noted::Order, Behavior::NonStrict) => {
                "Close was processed before text message could be returned."
            }
            (Noted::Order, _) => self.verdict.1.as_str(),
        };
        self.verdict = (Behavior::Informational, result.to_owned());
        *grade = CloseBehavior::Informational;
    }

    /// The accepted lists of events, by the verdict they earn.
    pub(super) fn expected(&self) -> Vec<(&'static str, Vec<CaseEvent>)> {
        let CaseJudge::Events { ok, non_strict } = &self.case.judge else { return Vec::new() };
        let mut expected = vec![(Behavior::Ok.as_str(), ok.clone())];
        expected.extend(non_strict.clone().map(|events| (Behavior::NonStrict.as_str(), events)));
        expected
    }
}

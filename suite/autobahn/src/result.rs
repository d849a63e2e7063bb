//! What is known about a case when its connection has ended.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Serialize, Serializer, ser::SerializeTuple as _};
use serde_json::Value;
use wsspec_wire::MessageKind;

use crate::{Behavior, CaseEvent, CaseId, CloseBehavior, CloseRule, log::shown, traffic::TrafficStats};

/// The size of a result, and of a row or event in it, in bytes, roughly.
const BASE: usize = 4 << 10;
const ROW: usize = 512;

/// The results of the cases with each agent.
pub(crate) type ResultsByAgent = BTreeMap<String, BTreeMap<CaseId, Arc<CaseResult>>>;

/// The report of one case with one agent. Its fields are serialised in alphabetical order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseResult {
    /// The peer's name.
    pub agent: String,
    /// What it did.
    pub behavior: Behavior,
    /// How the connection ended.
    pub behavior_close: CloseBehavior,
    /// The number with which the case was requested.
    pub case: usize,
    pub(crate) closed_by_me: bool,
    pub(crate) create_stats: bool,
    pub(crate) create_wirelog: bool,
    pub(crate) description: String,
    pub(crate) dropped_by_me: bool,
    /// Milliseconds.
    pub duration: u64,
    pub(crate) expectation: String,
    pub(crate) expected: BTreeMap<&'static str, Vec<CaseEvent>>,
    pub(crate) expected_close: CloseRule,
    pub(crate) failed_by_me: bool,
    pub(crate) http_request: String,
    pub(crate) http_response: String,
    /// The case.
    pub id: CaseId,
    pub(crate) is_server: bool,
    #[serde(skip)]
    pub(crate) is_settled: bool,
    pub(crate) local_close_code: Option<u16>,
    pub(crate) local_close_reason: Option<String>,
    pub(crate) received: Vec<CaseEvent>,
    pub(crate) remote_close_code: Option<u16>,
    pub(crate) remote_close_reason: Option<String>,
    pub(crate) report_compression_ratio: bool,
    pub(crate) report_time: bool,
    /// Why the behaviour was graded this way.
    pub result: String,
    /// Why the end was graded this way.
    pub result_close: String,
    pub(crate) rx_frame_stats: BTreeMap<u8, u64>,
    pub(crate) rx_octet_stats: BTreeMap<usize, u64>,
    pub(crate) started: String,
    pub(crate) traffic_stats: Option<TrafficStats>,
    pub(crate) tx_frame_stats: BTreeMap<u8, u64>,
    pub(crate) tx_octet_stats: BTreeMap<usize, u64>,
    pub(crate) was_clean: bool,
    pub(crate) was_close_handshake_timeout: bool,
    pub(crate) was_not_clean_reason: Option<String>,
    pub(crate) was_open_handshake_timeout: bool,
    pub(crate) was_server_connection_drop_timeout: bool,
    pub(crate) wirelog: Vec<Value>,
}

impl CaseResult {
    /// Whether more time would not change the verdict, as far as can be seen: no limit decided it, and if nothing
    /// should happen in a pause, the peer had several times its response time.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Its size in bytes, roughly, without the part that every case has.
    pub(crate) fn size(&self) -> usize {
        let text = self.agent.len() + self.http_request.len() + self.http_response.len();
        BASE + text + ROW * self.wirelog.len() + ROW * self.received.len()
    }
}

impl Serialize for Behavior {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for CloseBehavior {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for CaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for CaseEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if matches!(self, Self::Message(..)) { 3 } else { 2 };
        let mut tuple = serializer.serialize_tuple(fields)?;
        match self {
            Self::Message(payload, kind) => {
                tuple.serialize_element("message")?;
                tuple.serialize_element(&shown(payload))?;
                tuple.serialize_element(&(*kind == MessageKind::Binary))?;
            }
            Self::Pong(payload) => {
                tuple.serialize_element("pong")?;
                tuple.serialize_element(&shown(payload))?;
            }
            Self::Timeout(tag) => {
                tuple.serialize_element("timeout")?;
                tuple.serialize_element(tag)?;
            }
        }
        tuple.end()
    }
}

/// Its fields as named in reports, in the order of those names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenClose<'a> {
    close_code: &'a [u16],
    closed_by_me: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_by_wrong_endpoint_is_fatal: Option<bool>,
    require_clean: bool,
}

impl Serialize for CloseRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = WrittenClose {
            close_code: &self.codes,
            closed_by_wrong_endpoint_is_fatal: self.fatal,
            closed_by_me: self.by_me,
            require_clean: self.clean,
        };
        written.serialize(serializer)
    }
}

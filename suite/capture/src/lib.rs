//! Traffic between two other endpoints, judged: the octets of both ends go in, the rules that either end breaks come out,
//! then records and cases that show them.
//!
//! Never opens a connection, never reads a clock, never changes an octet. Whatever the ends send costs it bounded memory.

mod body;
mod flow;
mod har;
mod head_fault;
mod held;
mod http;
mod lane;
mod lane_heads;
mod layer_watch;
mod ledger;
mod lint;
mod observer;
mod packets;
mod proxy_end;
mod reassembly;
mod recent;
mod relation;
mod relation_heads;
mod relation_violation;
mod replay;
mod report;
mod segment;
mod step;
mod tunnel;
mod tunnel_relation;
mod tunnel_violation;

pub use head_fault::HeadFault;
pub use ledger::{BrokenRule, Ledger, RuleBook, TrafficPlace};
pub use lint::CaptureLint;
pub use observer::{ObservedEnd, ObservedFault, Observer, ObserverSettings, TrafficCount};
pub use packets::CaptureError;
pub use proxy_end::ProxyEnd;
pub use recent::{ItemMeaning, RecentTraffic, TrafficEvent, TrafficItem};
pub use relation::{ProxyRelation, RelationFault};
pub use relation_violation::{LaneDigest, RelationViolation};
pub use replay::SavedCase;
pub use report::{RecordHead, records};
pub use tunnel_violation::{TunnelAnswerFault, TunnelViolation};

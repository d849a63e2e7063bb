//! A session that broke a rule as a case that shows it again: one half of the connection as a script, the other half as
//! what the peer may send.
//!
//! The script demands nothing: what the peer sends is judged in every case, so only the rule decides.

use std::collections::HashSet;

use bytes::Bytes;
use wsspec_catalogue::WrittenCase;
use wsspec_notation::{
    FieldEdit, Payload, RequestSpec, Script, Sending, Step, Word, frame_text, octets_text,
};
use wsspec_record::RequirementRecord;
use wsspec_referee::Received;
use wsspec_wire::{Frame, MessageKind, Opcode, RequestHead, RequirementId, ResponseHead, Role, Rsv};

use crate::{
    observer::ObservedFault,
    recent::{ItemMeaning, RecentTraffic, TrafficEvent, TrafficItem},
};

/// How many lines a script has at most; `wsspec check` accepts 60.
const MOST_LINES: usize = 48;
/// Frames with more payload than this, in bytes, are not written out.
const LONGEST: u64 = 1 << 20;
/// The header fields of a request that decide what the server answers, apart from those that we write ourselves. Others may
/// contain secrets.
const FIELDS: [&str; 3] = ["Origin", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"];

/// A case made of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCase {
    section: String,
    case: WrittenCase,
}

impl SavedCase {
    /// The case that shows a fault again, if what is kept of the session suffices.
    pub(crate) fn of(
        fault: &ObservedFault,
        rule: &RequirementRecord,
        recent: &RecentTraffic,
    ) -> Option<Self> {
        if !rule.id.spec().starts_with("rfc") {
            // A case of a layer has items, and opens a session of its own.
            return None;
        }
        let name = fault.violation.name();
        let script = SessionScript::of(fault.from, recent)?;
        let case = WrittenCase {
            title: title(name, &rule.id),
            id: slug(name, &rule.id),
            cites: rule.id.to_string(),
            role: fault.from,
            tag: "traffic",
            script,
        };
        Some(Self { section: rule.id.section().to_owned(), case })
    }

    /// Its file, below a folder of cases: `tap/5.1-masked-frame-5.toml`. The full id of the case is then that of the trial in
    /// the record.
    pub fn file(&self, folder: &str) -> String {
        format!("{folder}/{}-{}.toml", self.section, self.case.id)
    }

    /// The text of the file, with a comment of one line.
    pub fn to_toml(&self, comment: &str) -> String {
        self.case.to_toml(comment)
    }
}

/// The last part of the id of what is about this rule and violation: `masked-frame-5`. A violation may break one of several
/// rules, as that of reserved bits does.
pub(crate) fn slug(violation: &str, rule: &RequirementId) -> String {
    match rule.spec() {
        "rfc6455" => format!("{violation}-{}", rule.ordinal()),
        spec => format!("{violation}-{spec}-{}", rule.ordinal()),
    }
}

/// The title of what is about this rule and violation.
pub(crate) fn title(violation: &str, rule: &RequirementId) -> String {
    format!("Traffic with: {} ({rule})", violation.replace('-', " "))
}

/// The script of a session, being written.
struct SessionScript {
    /// The end that is to be judged.
    peer: Role,
    lines: Vec<String>,
    /// The payloads of its pings, which are answered without a line.
    pings: HashSet<Bytes>,
    /// It has sent a close frame, which is answered without a line.
    is_closing: bool,
    /// A message of ours has begun in this script, so that it may go on.
    is_within_message: bool,
}

impl SessionScript {
    fn of(peer: Role, recent: &RecentTraffic) -> Option<String> {
        let mut script = Self {
            peer,
            lines: Vec::new(),
            pings: HashSet::new(),
            is_closing: false,
            is_within_message: recent.omitted() == 0,
        };
        script.opening(recent.heads())?;
        let opening = script.lines.len();
        let items: Vec<_> = recent.items().skip(recent.heads().len()).collect();
        for (at, item) in items.iter().enumerate() {
            let is_last = at + 1 == items.len();
            if item.from == peer { script.received(item, is_last) } else { script.sent(item)? }
        }
        let surplus = script.lines.len().saturating_sub(MOST_LINES);
        script.lines.drain(opening..(opening + surplus).min(script.lines.len()));
        let text = script.lines.concat();
        // What is written is read again by the program that plays it.
        text.parse::<Script>().ok().map(|_| text)
    }

    fn line(&mut self, text: &str) {
        self.lines.push(format!("{text}\n"));
    }

    /// The opening handshake, as far as it is not the usual one.
    fn opening(&mut self, heads: &[TrafficItem]) -> Option<()> {
        let head = |from| {
            let mut own = heads.iter().rev().filter(move |head| head.from == from);
            own.find_map(|head| match &head.event {
                TrafficEvent::Sent(Received::Head(bytes)) => Some(bytes.clone()),
                _ => None,
            })
        };
        let request = RequestHead::parse(&head(Role::Client)?);
        let response = head(Role::Server).map(|bytes| ResponseHead::parse(&bytes));
        match self.peer {
            Role::Server => {
                let fields = request
                    .fields
                    .0
                    .iter()
                    .filter(|field| FIELDS.iter().any(|name| field.name.eq_ignore_ascii_case(name)));
                let fields = fields.map(|field| {
                    FieldEdit::Add(field.name.clone(), Word::Payload(Payload::of(&field.value)))
                });
                let request = RequestSpec { fields: fields.collect(), ..RequestSpec::default() };
                let step = Step::Send(Sending::Request(request));
                self.line(&step.to_string());
                let accepts = response.is_some_and(|head| head.accepts());
                self.line(if accepts { "< accepted" } else { "< response" });
            }
            Role::Client => {
                self.line("< request");
                match response {
                    Some(head) if head.accepts() => self.line("> accepted"),
                    Some(head) => self.line(&format!("> response {}", head.status?)),
                    None => {}
                }
            }
        }
        Some(())
    }

    /// What the other end sent; `None` if it cannot be sent again.
    fn sent(&mut self, item: &TrafficItem) -> Option<()> {
        let (what, is_whole) = match &item.event {
            TrafficEvent::Sent(what) => (what, !matches!(what, Received::Oversize(_))),
            TrafficEvent::Began(what) => (what, false),
            TrafficEvent::Eof => {
                self.line("> eof");
                return Some(());
            }
            TrafficEvent::Reset => {
                self.line("> reset");
                return Some(());
            }
        };
        match what {
            Received::Frame(frame) if is_whole => self.frame(frame, frame.payload.clone()),
            Received::Frame(Frame { header, .. }) | Received::Oversize(header) => {
                // The content is not kept, only its length; that of a compressed message matters.
                if header.length.value > LONGEST || header.rsv != Rsv::NONE {
                    return None;
                }
                let length = usize::try_from(header.length.value).ok()?;
                let frame = Frame { header: *header, payload: Bytes::new() };
                self.frame(&frame, vec![b'x'; length].into());
            }
            Received::Raw(bytes) | Received::Unfinished(bytes) if is_whole => {
                self.line(&format!("> {}", octets_text(bytes)));
            }
            _ => return None,
        }
        Some(())
    }

    fn frame(&mut self, frame: &Frame, payload: Bytes) {
        let opcode = frame.header.opcode;
        let is_answer = match opcode {
            Opcode::PONG => self.pings.contains(&frame.payload),
            Opcode::CLOSE => self.is_closing,
            _ => false,
        };
        // A fragment whose message began before what is kept would be a fault of ours.
        if is_answer || opcode == Opcode::CONTINUATION && !self.is_within_message {
            return;
        }
        self.is_within_message |= opcode.is_data();
        let mut frame = Frame { payload, header: frame.header };
        // A masking key is as good as any other.
        let sender = match frame.header.mask.take() {
            Some(_) => Role::Server,
            None => self.peer.peer(),
        };
        self.line(&format!("> {}", frame_text(&frame, sender)));
    }

    /// What the peer sent: it may do so again. The last thing broke the rule, and is waited for longer.
    fn received(&mut self, item: &TrafficItem, is_last: bool) {
        let payload = match &item.event {
            TrafficEvent::Sent(Received::Frame(frame)) => frame.payload.clone(),
            _ => Bytes::new(),
        };
        let wanted = match &item.meaning {
            Some(ItemMeaning::Message(MessageKind::Text)) => Some("text"),
            Some(ItemMeaning::Message(MessageKind::Binary)) => Some("binary"),
            Some(ItemMeaning::Close) => Some("close"),
            Some(ItemMeaning::Pong) => Some("pong"),
            Some(ItemMeaning::Ping) => {
                self.pings.insert(payload);
                is_last.then_some("ping")
            }
            _ => None,
        };
        self.is_closing |= matches!(item.meaning, Some(ItemMeaning::Close));
        match wanted {
            Some(what) if is_last => self.line(&format!("<~ {what} within 2s")),
            Some(what) => self.line(&format!("<~ {what}")),
            None if is_last => self.line("wait 1s"),
            None => {}
        }
    }
}

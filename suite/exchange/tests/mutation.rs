//! Mutation testing of the catalogue: every tested MUST of a server is broken by some flaw, and a flaw is caught by a
//! verdict that names the requirement it breaks.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use common::{Abilities, named, server_plan, verdict};
use wsspec_catalogue::{IdGlob, Need, Plan, Trial};
use wsspec_peer::Flaw;
use wsspec_record::Verdict;
use wsspec_wire::{
    CloseCode, DeflateParams, Disallowed, Length, Opcode, ParamError, Role, Rsv, Version, Violation,
};
use wsspec_wire::{Level, RequirementId};

/// Requirements that are tested, but that no verdict on a flaw names, and why.
const UNNAMED: &[(&str, &str)] = &[
    ("rfc8441#5:7", "a server that takes other versions breaks rfc6455#4.2.1:25 as well, which is named"),
    (
        "rfc9113#6.8:1",
        "a server that ends at GOAWAY answers no close frame, and that is named: rfc6455#5.5.1:14",
    ),
    ("rfc9113#8.3:2", "one flaw takes every bad pseudo-field, and is named by one of their rules"),
    ("rfc9113#8.3:4", "one flaw takes every bad pseudo-field, and is named by one of their rules"),
    (
        "rfc6455#4.2.2:22",
        "an empty subprotocol and one not offered have rules of their own: 4.3:12, 4.2.2:20",
    ),
    ("rfc6455#5.5.1:3", "a code in another byte order is judged as the code that it then is: 7.4, 11.7"),
    (
        "rfc6455#4.2.2:1",
        "only a known bug cites it first; 4.2.2:28 to 4.2.2:33 say what the handshake consists of",
    ),
    ("rfc6455#7.1.1:1", "only a known bug cites it first; 5.5.1:22 and 7.1.7:3 say when a server closes"),
    ("rfc7692#5:6", "each parameter has a rule of its own: 7.1.1.1:4, 7.1.2.1:7, 7.2.1:14, 7.2.1:18"),
    (
        "rfc7692#5.2:2",
        "a server that refuses for it breaks 3:4, and one that misreads it answers what was not offered",
    ),
    ("rfc7692#5:23", "the referee names RSV1 that no extension defines: rfc6455#5.2:3"),
];

/// Flaws that no verdict attributes to the requirement they break, and why.
const ATTRIBUTED_OTHERWISE: &[(&str, &str)] = &[
    ("ends-on-goaway", "it ends the stream at once, and so answers no close frame: rfc6455#5.5.1:14"),
    ("sends-empty-subprotocol", "the referee names the grammar that an empty field breaks: 4.3:12"),
    ("names-other-version", "one case asks for the field and for its value, and cites the field first"),
    ("never-ends-messages", "whatever message a case waits for is missing, not its FIN"),
    ("writes127-in-seven-bits", "one family asks for every form of length, and cites the shortest first"),
    ("ends-every-fragment", "the first half, a message of its own, is what the case did not expect"),
    ("loses-second-fragment", "the message that a case waits for is missing, whichever frame of it"),
    ("compresses-without-rsv1", "what it sends is no text: the referee names rfc6455#5.6:2"),
    ("compresses-unasked", "RSV1 without an extension is what the referee names: rfc6455#5.2:3"),
    ("swaps-code-bytes", "the code that it sends is one that nobody may send, and the referee names that"),
];

fn is_attributed_otherwise(flaw: Flaw) -> bool {
    ATTRIBUTED_OTHERWISE.iter().any(|(name, _)| *name == flaw.name())
}

/// What the referee can find in a server's bytes.
#[expect(clippy::too_many_lines, reason = "a table: one line for each kind of violation")]
fn violations() -> Vec<Violation> {
    let sender = Role::Server;
    let text = Opcode::TEXT;
    let name = || "a".to_owned();
    let value = Bytes::from_static(b"a");
    let bad = |name: &str, value: Option<&str>| Violation::DeflateParam {
        sender,
        error: ParamError::BadValue { name: name.into(), value: value.map(str::to_owned) },
    };
    let disallowed = |why| Violation::DeflateNotAsOffered { answer: DeflateParams::default(), why };
    let mut all = vec![
        Violation::MaskedFrame,
        Violation::ReservedOpcode(Opcode::from_low_bits(3)),
        Violation::ReservedOpcode(Opcode::from_low_bits(11)),
        Violation::LengthNotMinimal(Length::minimal(0)),
        Violation::LengthTopBit(1 << 63),
        Violation::FragmentedControl(Opcode::PING),
        Violation::LongControl { opcode: Opcode::PING, length: 126 },
        Violation::OrphanContinuation,
        Violation::InterruptedMessage { opcode: text },
        Violation::InvalidUtf8 { offset: 0 },
        Violation::CloseBodyOneByte,
        Violation::CloseReasonInvalidUtf8,
        Violation::DataAfterClose(text),
        Violation::SecondClose,
        Violation::ControlAfterClose(Opcode::PONG),
        Violation::HttpBehindResponse(value.clone()),
        Violation::FrameBeforeResponse(value.clone()),
        Violation::FrameBehindRefusal(text),
        Violation::MaskNotApplied,
        Violation::PongForPong,
        Violation::PongAfterFailure,
        Violation::CompressedControl(Opcode::PING),
        Violation::CompressedContinuation,
        Violation::DeflateCorrupt { offset: 0 },
        Violation::DeflateWindow { sender, bits: 8, distance: 257 },
        Violation::DeflateContext { sender, bytes: 1 },
        Violation::DeflateParam { sender, error: ParamError::Unknown(name()) },
        Violation::DeflateParam { sender, error: ParamError::Repeated(name()) },
        bad("server_no_context_takeover", Some("1")),
        bad("client_no_context_takeover", Some("1")),
        bad("server_max_window_bits", Some("7")),
        bad("server_max_window_bits", None),
        bad("client_max_window_bits", Some("7")),
        bad("client_max_window_bits", None),
        disallowed(Disallowed::Missing("server_no_context_takeover")),
        disallowed(Disallowed::Missing("server_max_window_bits")),
        disallowed(Disallowed::TooLarge("server_max_window_bits")),
        disallowed(Disallowed::Unasked("client_max_window_bits")),
        Violation::DeflateAccepted(ParamError::Unknown(name())),
        Violation::DeflateAccepted(ParamError::Repeated(name())),
        Violation::DeflateRepeated,
        Violation::StatusLineMalformed(value.clone()),
        Violation::FieldMalformed { sender, line: value.clone() },
        Violation::FieldOutdated { sender, line: value.clone() },
        Violation::BareLineFeed(sender),
        Violation::HttpVersion { sender, version: Version::HTTP_11 },
        Violation::UpgradeMissing(sender),
        Violation::UpgradeWrong { sender, value: value.clone() },
        Violation::ConnectionMissing(sender),
        Violation::ConnectionLacksUpgrade { sender, value: value.clone() },
        Violation::AcceptMissing,
        Violation::AcceptWrong { expected: name(), actual: value.clone() },
        Violation::SubprotocolNotOffered { name: name(), any_offered: true },
        Violation::SubprotocolNotOffered { name: name(), any_offered: false },
        Violation::SubprotocolMalformed { sender, value: value.clone() },
        Violation::ExtensionNotOffered(name()),
        Violation::ExtensionMalformed { sender, value, at: 0, what: "a" },
        Violation::RefusalMalformed(Box::new(Violation::BareLineFeed(sender))),
        Violation::UpgradeUnconnected(sender),
        Violation::VersionsMalformed(Bytes::new()),
        Violation::DuplicateField("Sec-WebSocket-Accept"),
        Violation::DuplicateField("Sec-WebSocket-Protocol"),
    ];
    all.extend(
        [(401, "WWW-Authenticate"), (405, "Allow"), (426, "Upgrade")]
            .map(|(status, field)| Violation::RefusalLacksField { status, field }),
    );
    all.extend([Rsv::RSV1, Rsv::RSV2, Rsv::RSV3].map(|rsv| Violation::ReservedBits { rsv, opcode: text }));
    let codes = [0, 999, 1004, 1005, 1006, 1010, 1015, 2999, 5000, 65535];
    all.extend(codes.map(|code| Violation::CloseCodeNotSendable(CloseCode(code))));
    all
}

/// Every MUST of a server that some verdict can name first, and what names it.
fn tested(plan: &Plan) -> BTreeMap<String, String> {
    let levels = &plan.trials[0].requirements;
    let is_must = |id: &str| levels[&RequirementId::parse(id).unwrap()].level == Level::Must;
    // Those about HTTP/3 are in tests/http3.rs: their flaws are named by rules of HTTP/2 or of RFC 6455 here.
    let is_here = |trial: &&Arc<Trial>| trial.level == Level::Must && !trial.needs.contains(&Need::Http3);
    let cases = plan.trials.iter().filter(is_here);
    let cases = cases.map(|trial| (trial.requirement.to_string(), trial.id.clone()));
    let rules =
        violations().into_iter().map(|found| (found.requirement().to_string(), found.name().to_owned()));
    cases.chain(rules).filter(|(id, _)| is_must(id)).collect()
}

#[test]
fn every_must_that_is_tested_is_named_by_the_verdict_on_a_flaw_that_breaks_it() {
    let rightly = Flaw::of_servers().filter(|flaw| !is_attributed_otherwise(*flaw));
    let broken: BTreeSet<&str> = rightly.map(|flaw| flaw.requirement()).collect();
    let mut wrong = Vec::new();
    for (id, by) in tested(&server_plan()) {
        let listed = UNNAMED.iter().any(|(unnamed, _)| *unnamed == id);
        match (broken.contains(id.as_str()), listed) {
            (false, false) => {
                wrong.push(format!("{id}, tested by {by}: no verdict on a flaw that breaks it names it"))
            }
            (true, true) => wrong.push(format!("{id}: is named, and listed as unnamed")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What the verdicts on a flaw name: those of the cases that the flaw lists, or of all cases.
fn attributed(plan: &Plan, flaw: Flaw) -> BTreeMap<String, String> {
    let abilities = Abilities::of(Some(flaw)).or_all();
    let globs: Vec<_> = flaw.caught_by().iter().map(|pattern| IdGlob::parse(pattern).unwrap()).collect();
    let named_by = |trial: &Arc<Trial>| {
        let seen = match verdict(trial, Some(flaw), &abilities) {
            Verdict::Skip { .. } => verdict(trial, Some(flaw), &Abilities::ALL),
            seen => seen,
        };
        named(&seen).into_iter().map(|id| (id, trial.id.clone())).collect::<Vec<_>>()
    };
    let catches = |trial: &&Arc<Trial>| globs.iter().any(|glob| glob.fits(&trial.id));
    let mut all: BTreeMap<_, _> = plan.trials.iter().filter(catches).flat_map(named_by).collect();
    if !all.contains_key(flaw.requirement()) {
        all.extend(plan.trials.iter().flat_map(named_by).filter(|(id, _)| id == flaw.requirement()));
    }
    all
}

#[test]
fn every_flaw_is_caught_by_a_verdict_that_names_the_requirement_it_breaks() {
    let plan = server_plan();
    let mut wrong = Vec::new();
    for flaw in Flaw::of_servers() {
        let seen = attributed(&plan, flaw);
        match (seen.contains_key(flaw.requirement()), is_attributed_otherwise(flaw)) {
            (false, false) => {
                let seen: Vec<_> = seen.keys().collect();
                wrong.push(format!("{} breaks {}: named are {seen:?}", flaw.name(), flaw.requirement()));
            }
            (true, true) => wrong.push(format!("{}: is attributed rightly, and listed", flaw.name())),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

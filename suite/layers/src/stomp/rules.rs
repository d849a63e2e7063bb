//! What a frame of a server must be like.

use wsspec_wire::{LayerItem, Violation};

use super::{
    frame::{FrameFault, StompFrame},
    session::{StompSession, of_line},
    version::StompVersion,
    violation::StompViolation,
};

impl StompSession {
    /// The rules that a frame of the server breaks, the form before the meaning.
    pub(super) fn broken(&self, frame: &StompFrame, item: &LayerItem) -> Vec<Violation> {
        let mut out = of_order(self, &item.word);
        let mut form = of_form(self.version, frame, &[b"MESSAGE", b"ERROR"]);
        if !self.is_connected {
            // No version has been agreed on, whose escapes they would be.
            form.retain(|violation| !is_about_escapes(violation));
        }
        out.extend(form);
        match &item.word[..] {
            b"CONNECTED" => of_connected(self, item, &mut out),
            b"MESSAGE" => of_message(self, item, &mut out),
            b"RECEIPT" => out.extend(of_receipt(self, item)),
            b"ERROR" => of_error(item, &mut out),
            other => out.push(StompViolation::CommandUnknown(other.to_vec())),
        }
        out.iter().filter_map(|violation| violation.of(self.version)).collect()
    }
}

fn of_order(session: &StompSession, word: &[u8]) -> Vec<StompViolation> {
    let mut out = Vec::new();
    if session.has_failed {
        out.push(StompViolation::AfterError(word.to_vec()));
    }
    match word {
        b"CONNECTED" if session.is_connected => out.push(StompViolation::ConnectedAgain),
        b"MESSAGE" | b"RECEIPT" if !session.is_connected => {
            out.push(StompViolation::BeforeConnected(word.to_vec()));
        }
        _ => {}
    }
    out
}

/// What is wrong with the form of a frame, if only these commands of its sender may have a body.
pub(super) fn of_form(version: StompVersion, frame: &StompFrame, with_body: &[&[u8]]) -> Vec<StompViolation> {
    let may_have_body = with_body.contains(&&frame.command[..]);
    let mut out: Vec<_> =
        frame.lines.iter().filter_map(|line| of_line(line, version, frame.connects())).take(1).collect();
    if !frame.body.is_empty() && !may_have_body {
        out.push(StompViolation::BodyNotAllowed(frame.command.to_vec()));
    }
    out.extend(frame.fault.as_ref().map(|fault| match fault {
        FrameFault::NulInHead => StompViolation::NulInHead,
        FrameFault::LengthMalformed(value) => StompViolation::LengthMalformed(value.to_vec()),
        FrameFault::LengthWrong(length) => StompViolation::LengthWrong(*length),
    }));
    out
}

fn is_about_escapes(violation: &StompViolation) -> bool {
    matches!(
        violation,
        StompViolation::EscapeUndefined(_)
            | StompViolation::ColonUnescaped(_)
            | StompViolation::ReturnUnescaped(_)
    )
}

fn of_connected(session: &StompSession, item: &LayerItem, out: &mut Vec<StompViolation>) {
    let offered = session.offered.as_deref().unwrap_or_default();
    match item.get(b"version") {
        Some(version) if !offered.contains(version) => {
            out.push(StompViolation::VersionNotOffered(version.to_vec()));
        }
        // A server of version 1.0 names none.
        None if !offered.iter().any(|version| version == "1.0") => out.push(StompViolation::VersionMissing),
        _ => {}
    }
    if let Some(server) = item.get(b"server").filter(|server| !has_name(server)) {
        out.push(StompViolation::ServerNameMissing(server.to_vec()));
    }
    out.extend(of_heart_beat(item));
}

/// What is wrong with the heart-beat header of a frame that connects.
pub(super) fn of_heart_beat(item: &LayerItem) -> Option<StompViolation> {
    let value = item.get(b"heart-beat").filter(|value| !is_heart_beat(value))?;
    Some(StompViolation::HeartBeatMalformed(value.to_vec()))
}

fn has_name(server: &[u8]) -> bool {
    server.first().is_some_and(|first| !matches!(first, b' ' | b'/'))
}

/// Two integers, neither negative, with a comma between; spaces around them do no harm.
fn is_heart_beat(value: &[u8]) -> bool {
    let numbers: Vec<_> = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).collect();
    numbers.len() == 2
        && numbers.iter().all(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

fn of_message(session: &StompSession, item: &LayerItem, out: &mut Vec<StompViolation>) {
    lacks_body_fields(item, out);
    if item.get(b"destination").is_none() {
        out.push(StompViolation::DestinationMissing);
    }
    match item.get(b"message-id") {
        None => out.push(StompViolation::MessageIdMissing),
        Some(id) if session.repeats(item) => out.push(StompViolation::MessageIdRepeated(id.to_vec())),
        Some(_) => {}
    }
    match item.get(b"subscription") {
        None => out.push(StompViolation::SubscriptionMissing),
        Some(id) => match session.subscriptions.get(id) {
            None => out.push(StompViolation::SubscriptionUnknown(id.to_vec())),
            Some(true) if item.get(b"ack").is_none() => out.push(StompViolation::AckMissing),
            Some(_) => {}
        },
    }
}

fn of_receipt(session: &StompSession, item: &LayerItem) -> Option<StompViolation> {
    let Some(id) = item.get(b"receipt-id") else { return Some(StompViolation::ReceiptIdMissing) };
    (!session.receipts.contains(id)).then(|| StompViolation::ReceiptUnasked(id.to_vec()))
}

fn of_error(item: &LayerItem, out: &mut Vec<StompViolation>) {
    lacks_body_fields(item, out);
    if item.get(b"message").is_none() {
        out.push(StompViolation::ErrorWithoutMessage);
    }
    // That of a MESSAGE is its sender's.
    if let Some(value) = item.get(b"content-type").filter(|value| !is_mime_type(value)) {
        out.push(StompViolation::TypeMalformed(value.to_vec()));
    }
}

fn lacks_body_fields(item: &LayerItem, out: &mut Vec<StompViolation>) {
    if item.body.is_empty() {
        return;
    }
    if item.get(b"content-length").is_none() {
        out.push(StompViolation::LengthMissing(item.word.to_vec()));
    }
    // A MESSAGE has the type that its sender gave it.
    if &item.word[..] == b"ERROR" && item.get(b"content-type").is_none() {
        out.push(StompViolation::TypeMissing(item.word.to_vec()));
    }
}

/// `type/subtype`, with parameters or without.
pub(super) fn is_mime_type(value: &[u8]) -> bool {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let token = |part: &[u8]| {
        !part.is_empty()
            && part.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(byte))
    };
    let mut parts = essence.split(|byte| *byte == b'/');
    matches!((parts.next(), parts.next(), parts.next()), (Some(kind), Some(sub), None) if token(kind) && token(sub))
}

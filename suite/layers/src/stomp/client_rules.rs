//! What a frame of a client must be like.

use wsspec_wire::{LayerItem, Violation};

use super::{
    client::ClientHalf,
    client_violation::StompClientViolation,
    frame::{FrameFault, StompFrame},
    rules::{is_mime_type, of_form, of_heart_beat},
    version::StompVersion,
    violation::StompViolation,
};

impl ClientHalf {
    /// The rules that a frame of the client breaks in a session of this version, the form before the meaning.
    pub(super) fn broken(
        &self,
        version: StompVersion,
        frame: &StompFrame,
        item: &LayerItem,
    ) -> Vec<Violation> {
        if self.sends_unmeasured && frame.fault == Some(FrameFault::NulInHead) {
            // This is no frame, but what follows a NUL in the body of the one before.
            return StompClientViolation::LengthMissingForNuls.of(version).into_iter().collect();
        }
        let mut form = of_form(version, frame, &[b"SEND"]);
        let connects = frame.connects();
        match connects {
            true => form.extend(of_heart_beat(item)),
            false => lacks_body_fields(item, &mut form),
        }
        let version = if connects { offered(item, version) } else { version };
        let meaning = self.of_order(item).into_iter().chain(self.of_meaning(version, item));
        let form = form.iter().filter_map(|violation| violation.of(version));
        form.chain(meaning.filter_map(|violation| violation.of(version))).collect()
    }

    fn of_order(&self, item: &LayerItem) -> Vec<StompClientViolation> {
        let word = || item.word.to_vec();
        let is_first = matches!(&item.word[..], b"CONNECT" | b"STOMP");
        let mut out = Vec::new();
        if self.has_disconnected {
            out.push(StompClientViolation::AfterDisconnect(word()));
        }
        if !self.connects && !is_first {
            out.push(StompClientViolation::NotConnected(word()));
        }
        if self.connects && !self.is_connected {
            out.push(StompClientViolation::BeforeConnected(word()));
        }
        out
    }

    fn of_meaning(&self, version: StompVersion, item: &LayerItem) -> Vec<StompClientViolation> {
        let lacks = |name: &[u8]| item.get(name).is_none();
        let mut out = Vec::new();
        match &item.word[..] {
            b"CONNECT" | b"STOMP" => of_connect(version, item, &mut out),
            b"SEND" if lacks(b"destination") => out.push(StompClientViolation::SendWithoutDestination),
            b"SUBSCRIBE" => self.of_subscribe(version, item, &mut out),
            b"UNSUBSCRIBE" => out.extend(self.of_unsubscribe(item)),
            b"ACK" | b"NACK" => out.extend(self.of_ack(version, item)),
            b"BEGIN" => out.extend(match item.get(b"transaction") {
                None => Some(StompClientViolation::TransactionMissing(item.word.to_vec())),
                Some(name) if self.transactions.contains(name) => {
                    Some(StompClientViolation::TransactionRepeated(name.to_vec()))
                }
                Some(_) => None,
            }),
            b"COMMIT" | b"ABORT" => out.extend(match item.get(b"transaction") {
                None => Some(StompClientViolation::TransactionMissing(item.word.to_vec())),
                Some(name) if !self.transactions.contains(name) => {
                    Some(StompClientViolation::TransactionUnknown(item.word.to_vec(), name.to_vec()))
                }
                Some(_) => None,
            }),
            _ => {}
        }
        out
    }

    fn of_subscribe(&self, version: StompVersion, item: &LayerItem, out: &mut Vec<StompClientViolation>) {
        if item.get(b"destination").is_none() {
            out.push(StompClientViolation::SubscribeWithoutDestination);
        }
        match item.get(b"id") {
            None => out.push(StompClientViolation::SubscribeWithoutId),
            Some(id) if self.subscribes(id) => {
                out.push(StompClientViolation::SubscriptionRepeated(id.to_vec()));
            }
            Some(_) => {}
        }
        let mode = item.get(b"ack").map_or(&b"auto"[..], |mode| mode);
        let modes: &[&[u8]] = &[b"auto", b"client", b"client-individual"];
        if version != StompVersion::V10 && !modes.contains(&mode) {
            out.push(StompClientViolation::AckModeUnknown(mode.to_vec()));
        }
    }

    fn of_unsubscribe(&self, item: &LayerItem) -> Option<StompClientViolation> {
        match item.get(b"id") {
            None => Some(StompClientViolation::UnsubscribeWithoutId),
            Some(id) if !self.subscribes(id) => Some(StompClientViolation::UnsubscribeUnknown(id.to_vec())),
            Some(_) => None,
        }
    }

    /// Version 1.2 names a message by its `ack` header, earlier ones by its id, 1.1 also by its subscription.
    fn of_ack(&self, version: StompVersion, item: &LayerItem) -> Option<StompClientViolation> {
        let word = || item.word.to_vec();
        let missing = |name| Some(StompClientViolation::AckWithout(word(), name));
        let value = |name: &[u8]| item.get(name).map(|value| &value[..]);
        let (id, is_known) = match version {
            StompVersion::V12 => {
                let Some(id) = value(b"id") else { return missing("id") };
                (id, self.was_sent_ack(id))
            }
            StompVersion::V11 => {
                let Some(id) = value(b"message-id") else { return missing("message-id") };
                let Some(to) = value(b"subscription") else { return missing("subscription") };
                (id, self.was_sent(id, Some(to)))
            }
            StompVersion::V10 => {
                let Some(id) = value(b"message-id") else { return missing("message-id") };
                // Values were padded then.
                (id, self.was_sent(id, None) || self.was_sent(id.trim_ascii(), None))
            }
        };
        (!is_known).then(|| StompClientViolation::AckUnknown(word(), id.to_vec()))
    }
}

/// The highest version that a client offers, whose rules its CONNECT follows; `otherwise` if it offers no known version.
fn offered(item: &LayerItem, otherwise: StompVersion) -> StompVersion {
    match item.get(b"accept-version") {
        None => otherwise,
        Some(list) => {
            let known =
                list.split(|byte| *byte == b',').filter_map(|name| StompVersion::parse(name.trim_ascii()));
            known.max().unwrap_or(otherwise)
        }
    }
}

fn of_connect(version: StompVersion, item: &LayerItem, out: &mut Vec<StompClientViolation>) {
    let Some(list) = item.get(b"accept-version") else {
        // Without it, this is a client of version 1.0, unless it has something that this does not have.
        if &item.word[..] == b"STOMP" || item.get(b"heart-beat").is_some() {
            out.push(StompClientViolation::AcceptVersionMissing);
        }
        return;
    };
    if item.get(b"host").is_none() && version != StompVersion::V10 {
        out.push(StompClientViolation::HostMissing);
    }
    if !is_incrementing(list) {
        out.push(StompClientViolation::VersionsNotIncrementing(list.to_vec()));
    }
}

/// Whether this is a list of versions with commas between them, each higher than the one before.
fn is_incrementing(list: &[u8]) -> bool {
    let number = |text: &[u8]| str::from_utf8(text).ok()?.parse::<u32>().ok();
    let versions: Option<Vec<(u32, u32)>> = list
        .split(|byte| *byte == b',')
        .map(|name| {
            let mut parts = name.trim_ascii().split(|byte| *byte == b'.');
            let version = (number(parts.next()?)?, number(parts.next()?)?);
            parts.next().is_none().then_some(version)
        })
        .collect();
    versions.is_some_and(|versions| versions.is_sorted_by(|one, other| one < other))
}

fn lacks_body_fields(item: &LayerItem, out: &mut Vec<StompViolation>) {
    if &item.word[..] != b"SEND" {
        return;
    }
    if !item.body.is_empty() && item.get(b"content-length").is_none() {
        out.push(StompViolation::LengthMissing(item.word.to_vec()));
    }
    match item.get(b"content-type") {
        None if !item.body.is_empty() => out.push(StompViolation::TypeMissing(item.word.to_vec())),
        Some(value) if !is_mime_type(value) => out.push(StompViolation::TypeMalformed(value.to_vec())),
        _ => {}
    }
}

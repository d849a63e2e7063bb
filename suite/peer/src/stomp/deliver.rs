//! Messages and transactions of the broker.

use bytes::Bytes;

use super::{
    broker::{Headers, Refusal, StompBroker, value},
    flaw::StompFlaw,
};

/// Headers of a SEND that are not those of its message.
const OWN: [&[u8]; 4] = [b"receipt", b"transaction", b"destination", b"content-length"];

impl StompBroker {
    pub(super) fn send(&mut self, headers: &Headers, body: &Bytes) -> Result<(), Refusal> {
        if value(headers, b"destination").is_none() {
            let passes = self.has(StompFlaw::SendWithoutDestination);
            return if passes { Ok(()) } else { Err("SEND has no destination") };
        }
        if self.has(StompFlaw::LengthWanted)
            && !body.is_empty()
            && value(headers, b"content-length").is_none()
        {
            return Err("SEND has a body and no content-length");
        }
        match value(headers, b"transaction") {
            Some(_) if self.has(StompFlaw::DeliversBeforeCommit) => {}
            Some(name) => {
                let open = self.transactions.get_mut(name).ok_or("there is no such transaction")?;
                open.push((headers.clone(), body.clone()));
                return Ok(());
            }
            None => {}
        }
        self.deliver(headers, body);
        Ok(())
    }

    pub(super) fn commit(&mut self, headers: &Headers) -> Result<(), Refusal> {
        let name = value(headers, b"transaction").ok_or("COMMIT has no transaction")?;
        let sent = self.transactions.remove(name).ok_or("there is no such transaction")?;
        if !self.has(StompFlaw::CommitIgnored) {
            sent.iter().for_each(|(headers, body)| self.deliver(headers, body));
        }
        Ok(())
    }

    pub(super) fn abort(&mut self, headers: &Headers) -> Result<(), Refusal> {
        let name = value(headers, b"transaction").ok_or("ABORT has no transaction")?;
        let sent = self.transactions.remove(name).ok_or("there is no such transaction")?;
        if self.has(StompFlaw::DeliversAborted) {
            sent.iter().for_each(|(headers, body)| self.deliver(headers, body));
        }
        Ok(())
    }

    /// Sends a message to each subscription to its destination.
    fn deliver(&mut self, headers: &Headers, body: &Bytes) {
        let destination = value(headers, b"destination").unwrap_or_default().to_vec();
        let subscribed: Vec<_> = self
            .subscriptions
            .iter()
            .filter(|(_, subscription)| subscription.destination == destination)
            .map(|(id, subscription)| (id.clone(), subscription.acknowledges))
            .collect();
        for (id, acknowledges) in subscribed {
            self.messages += 1;
            let number = if self.has(StompFlaw::MessageIdsRepeated) { 1 } else { self.messages };
            let message_id = format!("m-{number}").into_bytes();
            let mut fields = self.of_message(&id, &destination, &message_id);
            if acknowledges {
                self.unacknowledged.insert(message_id.clone());
                if !self.has(StompFlaw::MessageWithoutAck) {
                    fields.push((b"ack".to_vec(), message_id));
                }
            }
            fields.extend(self.passed_through(headers));
            self.message(fields, body);
        }
    }

    fn of_message(&self, id: &[u8], destination: &[u8], message_id: &[u8]) -> Headers {
        let id = if self.has(StompFlaw::SubscriptionWrong) { b"other" } else { id };
        let destination = match self.has(StompFlaw::DestinationRenamed) {
            true => [destination, b".renamed"].concat(),
            false => destination.to_vec(),
        };
        let all = [
            (b"subscription".to_vec(), id.to_vec(), StompFlaw::MessageWithoutSubscription),
            (b"message-id".to_vec(), message_id.to_vec(), StompFlaw::MessageWithoutId),
            (b"destination".to_vec(), destination, StompFlaw::MessageWithoutDestination),
        ];
        let kept = all.into_iter().filter(|(_, _, flaw)| !self.has(*flaw));
        kept.map(|(name, value, _)| (name, value)).collect()
    }

    /// The headers that a message has from its SEND.
    fn passed_through(&self, headers: &Headers) -> Headers {
        if self.has(StompFlaw::HeadersDropped) {
            return Vec::new();
        }
        let mut own: Headers =
            headers.iter().filter(|(name, _)| !OWN.contains(&&name[..])).cloned().collect();
        if self.has(StompFlaw::LastRepeated) {
            own.reverse();
        }
        own
    }
}

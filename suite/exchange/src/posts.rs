//! The POSTs of a trial of Engine.IO: pongs that no line sends, and those of the script, never at once unless the script asks for
//! that. Two at once end a session (Engine.IO v4, Sending data).

use std::collections::{BTreeSet, VecDeque};

use wsspec_layers::engineio::{EngineIoPacket, EngineIoType};
use wsspec_notation::{HttpRequestSpec, ItemSpec, Payload, Word};
use wsspec_wire::{ConnectionName, Layer};

/// The connection on which pings are answered that no line names.
const PONGS: &str = "pongs";

/// The most pongs that wait: a server needs one to know that its client is alive.
const MOST_PONGS: usize = 64;

/// Whether a connection is the one for pongs.
pub(crate) fn is_of_pongs(name: &Option<ConnectionName>) -> bool {
    name.as_ref().is_some_and(|name| name.as_str() == PONGS)
}

/// What is being sent, and what waits.
#[derive(Debug, Default)]
pub(crate) struct PostQueue {
    /// The connections whose POSTs are not answered.
    open: BTreeSet<Option<ConnectionName>>,
    /// Pongs that wait until no POST is left without an answer.
    pongs: VecDeque<ItemSpec>,
    /// POSTs of the script that wait until a pong is answered.
    delayed: VecDeque<ItemSpec>,
}

impl PostQueue {
    /// Whether a pong is not answered yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.open.iter().any(is_of_pongs)
    }

    /// A POST of the script has to wait.
    pub(crate) fn delay(&mut self, spec: ItemSpec) {
        self.delayed.push_back(spec);
    }

    /// A POST goes out on this connection.
    pub(crate) fn begins(&mut self, name: Option<ConnectionName>) {
        self.open.insert(name);
    }

    /// The POST on this connection is answered, or will not be.
    pub(crate) fn over(&mut self, name: &Option<ConnectionName>) {
        self.open.remove(name);
    }

    /// A ping has come in the response to a request with this target.
    pub(crate) fn pong(&mut self, ping: &EngineIoPacket, target: &str) {
        if self.pongs.len() >= MOST_PONGS {
            return;
        }
        let pong = EngineIoPacket::new(EngineIoType::Pong, ping.data.clone());
        let target = Word::Payload(Payload::text(target.to_owned()));
        self.pongs.push_back(ItemSpec {
            layer: Layer::Http,
            word: Word::Bare("POST".into()),
            request: Some(Box::new(HttpRequestSpec { target, version: None, same: false })),
            connection: ConnectionName::parse(PONGS),
            fields: Vec::new(),
            body: Some(Payload::text(pong.encode_polled())),
            pieces: None,
            more: false,
        });
    }

    /// The next POST that may go out now.
    pub(crate) fn next(&mut self) -> Option<ItemSpec> {
        if self.is_busy() {
            return None;
        }
        let delayed = self.delayed.pop_front();
        delayed.or_else(|| self.open.is_empty().then(|| self.pongs.pop_front()).flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_and_a_post_of_the_script_wait_for_each_other() {
        let mut queue = PostQueue::default();
        let name = |text: &str| ConnectionName::parse(text);
        let next = |queue: &mut PostQueue| queue.next().map(|spec| spec.connection);
        queue.begins(name("send"));
        queue.pong(&EngineIoPacket::new(EngineIoType::Ping, ""), "/");
        assert_eq!(next(&mut queue), None);
        queue.over(&name("send"));
        assert_eq!(next(&mut queue), Some(name(PONGS)));
        queue.begins(name(PONGS));
        assert!(queue.is_busy());
        let mut script = PostQueue::default();
        script.pong(&EngineIoPacket::new(EngineIoType::Ping, ""), "/");
        let spec = ItemSpec { connection: name("send"), ..script.next().unwrap() };
        queue.delay(spec);
        assert_eq!(next(&mut queue), None);
        queue.over(&name(PONGS));
        assert_eq!(next(&mut queue), Some(name("send")));
        assert_eq!(next(&mut queue), None);
    }
}

//! Packets on their way to a client: in the response to a GET, or as messages of a WebSocket.

use data_encoding::BASE64URL;
use wsspec_layers::engineio::{EngineIoPacket, EngineIoPayload, EngineIoType};

use super::{flaw::PollingFlaw, server::PollingServer};
use crate::{engineio::MessageOutput, web::WebReply};

impl PollingServer {
    /// Sends what waits in a session on the transport that it has.
    pub(super) fn flush(&mut self, sid: &str) {
        let Some(session) = self.sessions.get_mut(sid) else { return };
        for output in session.engine.take() {
            if let MessageOutput::Send(kind, message) = output {
                session.waiting.push(EngineIoPacket::decode(kind, &message));
            }
        }
        if let Some(socket) = session.socket {
            let waiting = std::mem::take(&mut session.waiting);
            let is_over = session.engine.is_over();
            waiting.iter().for_each(|packet| self.send(socket, packet));
            if is_over {
                self.close_socket(socket);
            }
            return;
        }
        if session.engine.is_over() {
            return self.close(sid);
        }
        self.answer_get(sid);
    }

    /// Answers the GET that waits, if there is something to send.
    fn answer_get(&mut self, sid: &str) {
        let is_forgotten = self.has(PollingFlaw::HeldGetForgotten);
        let Some(session) = self.sessions.get_mut(sid).filter(|session| !session.waiting.is_empty()) else {
            return;
        };
        let is_message =
            session.waiting.iter().any(|packet| packet.packet_type == Some(EngineIoType::Message));
        if is_forgotten && is_message {
            return;
        }
        let Some(connection) = session.get.take() else { return };
        let mut packets = std::mem::take(&mut session.waiting);
        session.answered += 1;
        if session.answered == 1 {
            session.opened = packets.first().cloned();
        }
        let (answered, opened) = (session.answered, session.opened.clone());
        if self.has(PollingFlaw::OpenRepeated) && answered == 2 {
            packets.extend(opened);
        }
        if self.has(PollingFlaw::PollOrderLost) {
            packets.reverse();
        }
        let reply = self.packed(packets, answered > 1);
        self.reply(connection, &reply);
        if self.has(PollingFlaw::GetAnsweredTwice) && answered > 1 {
            self.reply(connection, &reply);
        }
    }

    /// A response with packets.
    fn packed(&self, packets: Vec<EngineIoPacket>, is_later: bool) -> WebReply {
        let mut parts: Vec<Vec<u8>> = packets.iter().map(|packet| self.written(packet)).collect();
        if self.has(PollingFlaw::SeparatorAtEnd) && is_later {
            parts.push(Vec::new());
        }
        let separator = if self.has(PollingFlaw::SeparatorOther) { b'\n' } else { 0x1e };
        WebReply::new(200).with_body("text/plain; charset=UTF-8", parts.join(&separator))
    }

    fn written(&self, packet: &EngineIoPacket) -> Vec<u8> {
        if self.has(PollingFlaw::BodyLatin1) {
            let text = String::from_utf8_lossy(&packet.encode_polled()).into_owned();
            return text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        }
        match (packet.is_binary, EngineIoPayload(vec![packet.clone()]).encode()) {
            (true, text) if self.has(PollingFlaw::Base64WithoutLetter) => [b"4", &text[1..]].concat(),
            (true, _) if self.has(PollingFlaw::Base64ForUrls) => {
                format!("b{}", BASE64URL.encode(&packet.data)).into_bytes()
            }
            (_, text) => text,
        }
    }

    /// Ends a session: a GET that waits gets a close packet, and its WebSockets are closed.
    pub(super) fn close(&mut self, sid: &str) {
        let Some(mut session) = self.sessions.remove(sid) else { return };
        if let Some(connection) = session.get.filter(|_| !self.has(PollingFlaw::HeldGetForgotten)) {
            session.waiting.push(EngineIoPacket::new(EngineIoType::Close, ""));
            let reply = self.packed(session.waiting, true);
            self.reply(connection, &reply);
        }
        session.socket.into_iter().chain(session.probed).for_each(|socket| self.close_socket(socket));
    }
}

//! Packets of Socket.IO that a client gets: it connects to two namespaces, and has the handlers of a server under test there.

use std::collections::BTreeSet;

use bytes::Bytes;
use wsspec_layers::{
    engineio::EngineIoPacket,
    socketio::{SocketIoPacket, SocketIoType},
};

use super::{
    app::{array, fault_of, is_excused},
    client_flaw::EngineIoClientFlaw,
    events,
    flaw::EngineIoFlaw::EventsAfterDisconnect,
    habit::EngineIoHabit,
    outbound::MessageOutbound,
    reply::{Faulty, answer, write},
};

/// The namespaces that it connects to.
const NAMESPACES: [&str; 2] = ["/", "/custom"];
/// The most attachments of a packet.
const MOST_ATTACHMENTS: usize = 100;

/// What the client knows about its server.
#[derive(Debug)]
pub(super) struct SocketIoClientApp {
    flaw: Option<EngineIoClientFlaw>,
    connected: BTreeSet<Vec<u8>>,
    /// A packet whose attachments are still to come.
    pending: Option<SocketIoPacket>,
}

impl SocketIoClientApp {
    pub const fn new(flaw: Option<EngineIoClientFlaw>) -> Self {
        Self { flaw, connected: BTreeSet::new(), pending: None }
    }

    /// The session of Engine.IO is open.
    pub fn start(&self, out: &mut MessageOutbound) {
        let event = || SocketIoPacket::new(SocketIoType::Event, "[\"early\"]");
        if self.flaw == Some(EngineIoClientFlaw::EventFirst) {
            write(out, &event());
        }
        let mut namespaces = NAMESPACES;
        if out.does(EngineIoHabit::ConnectsBackwards) {
            namespaces.reverse();
        }
        for namespace in namespaces {
            let connect = SocketIoPacket::new(SocketIoType::Connect, Bytes::new());
            write(out, &SocketIoPacket { namespace: Some(namespace.into()), ..connect });
        }
        if self.flaw == Some(EngineIoClientFlaw::ConnectNotAwaited) {
            write(out, &event());
        }
    }

    pub fn receive(&mut self, packet: &EngineIoPacket, out: &mut MessageOutbound) {
        let done = match packet.is_binary {
            true => self.attachment(packet.data.clone(), out),
            false => self.text(&packet.data, out),
        };
        if let Err(faulty) = done {
            faulty.end(out);
        }
    }

    fn text(&mut self, text: &Bytes, out: &mut MessageOutbound) -> Result<(), Faulty> {
        let packet = SocketIoPacket::decode(text);
        if self.pending.take().is_some() {
            return Err(Faulty::MayClose);
        }
        let packet_type = packet.packet_type.ok_or(Faulty::MayClose)?;
        match packet.count() {
            _ if !packet_type.is_binary() => self.whole(&packet, out),
            Some(1..=MOST_ATTACHMENTS) => {
                self.pending = Some(packet);
                Ok(())
            }
            _ => Err(Faulty::MayClose),
        }
    }

    fn attachment(&mut self, data: Bytes, out: &mut MessageOutbound) -> Result<(), Faulty> {
        let mut packet = self.pending.take().ok_or(Faulty::MayClose)?;
        packet.attachments.push(data);
        if packet.count() > Some(packet.attachments.len()) {
            self.pending = Some(packet);
            return Ok(());
        }
        self.whole(&packet, out)
    }

    fn whole(&mut self, packet: &SocketIoPacket, out: &mut MessageOutbound) -> Result<(), Faulty> {
        match packet.packet_type {
            Some(SocketIoType::Connect) => {
                self.connected.insert(packet.about().to_vec());
            }
            Some(SocketIoType::ConnectError) => {
                if self.flaw == Some(EngineIoClientFlaw::RefusalIgnored) {
                    write(out, &answer(packet, SocketIoType::Event, b"[\"refused\"]".to_vec()));
                }
                Self::left(out);
            }
            Some(SocketIoType::Disconnect) => {
                if !out.has(EventsAfterDisconnect) {
                    self.connected.remove(packet.about());
                }
                Self::left(out);
            }
            Some(SocketIoType::Event | SocketIoType::BinaryEvent) => return self.event(packet, out),
            Some(SocketIoType::Ack | SocketIoType::BinaryAck) => {
                array(packet).ok_or(Faulty::MayClose)?;
            }
            None => return Err(Faulty::MayClose),
        }
        Ok(())
    }

    /// What it does when it is not, or no longer, connected to a namespace, if it has such a habit.
    fn left(out: &mut MessageOutbound) {
        match out.habit {
            Some(EngineIoHabit::DisconnectsBack) => {
                write(out, &SocketIoPacket::new(SocketIoType::Disconnect, Bytes::new()));
                out.close();
            }
            Some(EngineIoHabit::ClosesAfterDisconnect) => out.close(),
            _ => {}
        }
    }

    fn event(&self, packet: &SocketIoPacket, out: &mut MessageOutbound) -> Result<(), Faulty> {
        match array(packet).filter(|array| !array.is_empty()) {
            None if is_excused(packet, out.flaw) => Ok(()),
            None => Err(fault_of(packet)),
            Some(_) if !self.connected.contains(packet.about()) => Ok(()),
            Some(array) => events::handle(packet, array, out),
        }
    }
}

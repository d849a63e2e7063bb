//! Judges the WebSocket connections in captures.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io::Read,
    net::SocketAddr,
    time::Duration,
};

use wsspec_referee::KeyBook;

use crate::{
    flow::{CapturedFlow, FlowNews},
    har::{self, HarOpening},
    ledger::{Ledger, TrafficPlace},
    observer::{ObservedFault, Observer, ObserverSettings},
    packets::{CaptureError, CapturedPacket, read_packets},
    segment::{PacketContent, TcpSegment, content},
};

/// The two ends of a connection, the one with the lower address first.
type FlowEnds = [SocketAddr; 2];

/// How many connections of a capture are followed at once; the one that was seen first makes room.
const MOST_FLOWS: usize = 1 << 16;

/// The captures that were read, and what was found in them.
#[derive(Debug)]
pub struct CaptureLint {
    /// The rules that are broken.
    pub ledger: Ledger,
    settings: ObserverSettings,
    /// The file that is being read.
    file: String,
    flows: HashMap<FlowEnds, CapturedFlow>,
    /// The connections in the order in which they were seen first, each with its number.
    order: VecDeque<(FlowEnds, u64)>,
    /// What is not judged, and why, with the number of times.
    left_out: BTreeMap<String, u64>,
    packets: u64,
}

impl CaptureLint {
    /// Nothing was read yet.
    pub fn new(ledger: Ledger, settings: ObserverSettings) -> Self {
        Self {
            ledger,
            settings,
            file: String::new(),
            flows: HashMap::new(),
            order: VecDeque::new(),
            left_out: BTreeMap::new(),
            packets: 0,
        }
    }

    /// What is not judged, and why: sentences without a full stop, each with the number of times.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, u64)> {
        self.left_out.iter().map(|(what, times)| (what.as_str(), *times))
    }

    /// How many packets were read.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Judges a capture of pcap or pcapng. What comes before an error is judged, too.
    pub fn read_capture(&mut self, name: &str, file: impl Read + Send) -> Result<(), CaptureError> {
        name.clone_into(&mut self.file);
        let mut last = 0;
        let read = read_packets(file, |packet| {
            last = packet.number;
            self.packet(&packet);
        });
        self.order.clear();
        let flows = std::mem::take(&mut self.flows);
        let mut flows: Vec<_> = flows.into_values().collect();
        flows.sort_by_key(|flow| flow.number);
        flows.into_iter().for_each(|flow| self.conclude(flow, last));
        read
    }

    /// Judges the opening handshakes in a HAR file. The number of a packet is that of an entry.
    pub fn read_har(&mut self, name: &str, json: &[u8]) -> Result<(), CaptureError> {
        name.clone_into(&mut self.file);
        for (entry, opening) in har::openings(json)? {
            self.ledger.connections += 1;
            match opening {
                HarOpening::Heads(request, response) => self.heads(entry, [request, response]),
                HarOpening::NotHttp1 => {
                    self.leave_out("connections over HTTP/2 or HTTP/3, of which a HAR does not have enough");
                }
                HarOpening::NoFields => self.leave_out("connections whose header fields are not in the HAR"),
            }
        }
        Ok(())
    }

    fn heads(&mut self, entry: u64, heads: [Vec<u8>; 2]) {
        let mut observer = Observer::new(self.settings());
        let faults = har::HALVES.into_iter().zip(&heads);
        let faults = faults.flat_map(|(role, head)| observer.saw(role, head, har::AT)).collect::<Vec<_>>();
        self.ledger.asked += u64::from(observer.has_asked());
        self.ledger.opened += u64::from(observer.has_opened());
        for fault in faults.iter().filter(|fault| har::shows(fault)) {
            let place = place(&self.file, self.ledger.connections, fault, entry);
            self.ledger.note(fault, place, observer.recent());
        }
        self.leave_out("connections of a HAR, which has no frames: only their opening handshakes are judged");
    }

    fn packet(&mut self, packet: &CapturedPacket<'_>) {
        self.packets += 1;
        match content(packet.link, packet.data) {
            PacketContent::Tcp(segment) => self.segment(&segment, packet.number, packet.at),
            PacketContent::Other => {}
            PacketContent::Fragment => {
                self.leave_out("packets of IP that are fragments, which are not put together")
            }
            PacketContent::UnknownLink(number) => {
                self.leave_out(&format!("packets of link type {number}, which is not read"));
            }
        }
    }

    fn segment(&mut self, segment: &TcpSegment<'_>, packet: u64, at: Option<Duration>) {
        let key = [segment.from.min(segment.to), segment.from.max(segment.to)];
        let is_another = segment.begins && segment.acknowledged.is_none();
        if is_another && let Some(flow) = self.flows.remove(&key).filter(CapturedFlow::is_over) {
            self.conclude(flow, packet);
        }
        if !self.flows.contains_key(&key) {
            if segment.payload.is_empty() && !segment.begins {
                return;
            }
            self.make_room(packet);
            self.ledger.connections += 1;
            let flow = CapturedFlow::new(self.ledger.connections, key, self.settings(), at);
            self.order.push_back((key, flow.number));
            self.flows.insert(key, flow);
        }
        let Some(flow) = self.flows.get_mut(&key).filter(|flow| !flow.is_over()) else { return };
        let news = flow.take(segment, packet, at);
        let is_over = flow.is_over();
        if segment.missing > 0 {
            self.leave_out("packets of which not all was captured; capture with a snapshot length of 0");
        }
        self.enter(&key, news);
        if is_over && let Some(flow) = self.flows.remove(&key) {
            self.flows.insert(key, flow.over(self.settings.clone()));
            self.conclude(flow, packet);
        }
    }

    /// For one connection. Keys are not compared with those of others: a capture may show a connection twice, before and after
    /// something that passes it on.
    fn settings(&self) -> ObserverSettings {
        ObserverSettings { keys: KeyBook::default(), ..self.settings.clone() }
    }

    /// Follows one connection less, if there are too many: the one that was seen first.
    fn make_room(&mut self, packet: u64) {
        while self.flows.len() >= MOST_FLOWS {
            let Some((key, number)) = self.order.pop_front() else { return };
            if self.flows.get(&key).is_some_and(|flow| flow.number == number)
                && let Some(flow) = self.flows.remove(&key)
            {
                self.conclude(flow, packet);
            }
        }
    }

    fn enter(&mut self, key: &FlowEnds, news: FlowNews) {
        if let Some(what) = news.foreign {
            self.leave_out(&format!("connections that carry {what}"));
        }
        if news.faults.is_empty() {
            return;
        }
        let Some(flow) = self.flows.get_mut(key) else { return };
        let connection = flow.number;
        let Some(observer) = flow.observer() else { return };
        for (fault, packet) in &news.faults {
            let place = place(&self.file, connection, fault, *packet);
            self.ledger.note(fault, place, observer.recent());
        }
    }

    /// A connection is over.
    fn conclude(&mut self, mut flow: CapturedFlow, packet: u64) {
        let news = flow.conclude(packet);
        let (connection, missing, from_start) = (flow.number, flow.missing, flow.from_start);
        let Some(observer) = flow.observer() else { return };
        for (fault, packet) in &news.faults {
            let place = place(&self.file, connection, fault, *packet);
            self.ledger.note(fault, place, observer.recent());
        }
        self.ledger.asked += u64::from(observer.has_asked());
        self.ledger.opened += u64::from(observer.has_opened());
        self.ledger.count(observer);
        if observer.has_asked() && missing > 0 {
            self.leave_out("connections with gaps, judged where it is beyond doubt what follows them");
        }
        if observer.has_asked() && !from_start {
            self.leave_out(
                "connections that began before the capture, judged from their first whole frames on",
            );
        }
    }

    fn leave_out(&mut self, what: &str) {
        match self.left_out.get_mut(what) {
            Some(times) => *times += 1,
            None => drop(self.left_out.insert(what.to_owned(), 1)),
        }
    }
}

fn place(file: &str, connection: u64, fault: &ObservedFault, packet: u64) -> TrafficPlace {
    TrafficPlace { connection, at: fault.at, file: file.to_owned(), packet }
}

//! A captured packet to the TCP segment in it.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;

/// A TCP segment, as much as was captured of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TcpSegment<'a> {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub sequence: u32,
    /// What its sender has received; `None` if it does not say.
    pub acknowledged: Option<u32>,
    pub begins: bool,
    pub ends: bool,
    pub resets: bool,
    pub payload: &'a [u8],
    /// How many octets at the end of the payload were not captured.
    pub missing: u32,
}

/// What a packet contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PacketContent<'a> {
    /// A TCP segment.
    Tcp(TcpSegment<'a>),
    /// A part of a packet of IP (RFC 791, 3.2), which is not put together.
    Fragment,
    /// Something else.
    Other,
    /// A link type that is not read.
    UnknownLink(i32),
}

/// Reads a packet.
pub(crate) fn content(link: Linktype, data: &[u8]) -> PacketContent<'_> {
    match below_ip(link, data) {
        Ok(Some(packet)) => of_ip(&packet),
        Ok(None) => PacketContent::Other,
        Err(UnknownLink(number)) => PacketContent::UnknownLink(number),
    }
}

/// A link type that is not read.
struct UnknownLink(i32);

/// Cuts a packet after the header of the link.
fn below_ip(link: Linktype, data: &[u8]) -> Result<Option<LaxSlicedPacket<'_>>, UnknownLink> {
    let ether_type = |at: usize| Some(EtherType(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?])));
    let after = |ether_type: Option<EtherType>, header: usize| {
        Some(LaxSlicedPacket::from_ether_type(ether_type?, data.get(header..)?))
    };
    Ok(match link {
        Linktype::ETHERNET => LaxSlicedPacket::from_ethernet(data).ok(),
        // The family of addresses, in the order of octets of the machine: 4 octets.
        Linktype::NULL | Linktype::LOOP => {
            data.get(4..).and_then(|packet| LaxSlicedPacket::from_ip(packet).ok())
        }
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12 | 14) => {
            LaxSlicedPacket::from_ip(data).ok()
        }
        Linktype::LINUX_SLL => after(ether_type(14), 16),
        Linktype::LINUX_SLL2 => after(ether_type(0), 20),
        Linktype(number) => return Err(UnknownLink(number)),
    })
}

fn of_ip<'a>(packet: &LaxSlicedPacket<'a>) -> PacketContent<'a> {
    let (from, to, payload, declared): (IpAddr, IpAddr, _, usize) = match &packet.net {
        Some(LaxNetSlice::Ipv4(ip)) => {
            let header = ip.header();
            let options = usize::from(header.ihl()) * 4;
            let declared = usize::from(header.total_len()).saturating_sub(options);
            (header.source_addr().into(), header.destination_addr().into(), ip.payload(), declared)
        }
        Some(LaxNetSlice::Ipv6(ip)) => {
            let header = ip.header();
            let declared = usize::from(header.payload_length());
            (header.source_addr().into(), header.destination_addr().into(), ip.payload(), declared)
        }
        _ => return PacketContent::Other,
    };
    if payload.fragmented {
        return PacketContent::Fragment;
    }
    let Some(TransportSlice::Tcp(tcp)) = &packet.transport else { return PacketContent::Other };
    let missing = if payload.incomplete { declared.saturating_sub(payload.payload.len()) } else { 0 };
    PacketContent::Tcp(TcpSegment {
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledged: tcp.ack().then(|| tcp.acknowledgment_number()),
        begins: tcp.syn(),
        ends: tcp.fin(),
        resets: tcp.rst(),
        payload: tcp.payload(),
        missing: u32::try_from(missing).unwrap_or(u32::MAX),
    })
}

//! The packets of a capture: pcap or pcapng, of any endianness and resolution of time.

use std::{io::Read, time::Duration};

use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};
use thiserror::Error;

/// How much of a file is in memory at once, in octets; no packet is as long.
const CAPACITY: usize = 4 << 20;
/// Nanoseconds in a second.
const NANOS: u64 = 1_000_000_000;

/// A packet as it was captured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CapturedPacket<'a> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// When, since some moment; `None` if the file does not say.
    pub at: Option<Duration>,
    /// What its octets begin with.
    pub link: Linktype,
    /// As many of its octets as were captured.
    pub data: &'a [u8],
}

/// Why a file, or the rest of it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CaptureError {
    /// It is not a capture.
    #[error("it is not a capture: neither pcap nor pcapng, and no HAR")]
    NotACapture,
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// Its last packet is not whole.
    #[error("it ends in the middle of packet {}", .0 + 1)]
    Cut(u64),
    /// A packet is not one.
    #[error("what follows packet {0} is damaged")]
    Damaged(u64),
    /// The operating system says so.
    #[error("cannot be read after packet {0}")]
    Unreadable(u64),
    /// It cannot be read, or it is JSON but not a HAR, and why.
    #[error("{0}")]
    Malformed(String),
}

/// What is known of an interface of a pcapng file.
#[derive(Clone, Copy)]
struct CaptureInterface {
    link: Linktype,
    /// Units of time in a second.
    resolution: u64,
}

/// Reads all packets. An error comes after everything before it has been passed to `each`.
pub(crate) fn read_packets(
    file: impl Read + Send,
    mut each: impl FnMut(CapturedPacket<'_>),
) -> Result<(), CaptureError> {
    let mut reader = create_reader(CAPACITY, file).map_err(|error| match error {
        PcapError::Eof => CaptureError::Empty,
        PcapError::ReadError => CaptureError::Unreadable(0),
        _ => CaptureError::NotACapture,
    })?;
    let mut interfaces: Vec<CaptureInterface> = Vec::new();
    let mut number = 0;
    loop {
        match reader.next() {
            Ok((offset, block)) => {
                if let Some(packet) = packet(&block, &mut interfaces, number + 1) {
                    number += 1;
                    each(packet);
                }
                drop(block);
                reader.consume(offset);
            }
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => {
                if reader.refill().is_err() {
                    return Err(CaptureError::Unreadable(number));
                }
            }
            Err(PcapError::UnexpectedEof) => return Err(CaptureError::Cut(number)),
            Err(PcapError::ReadError) => return Err(CaptureError::Unreadable(number)),
            Err(_) => return Err(CaptureError::Damaged(number)),
        }
    }
}

/// The packet in a block, if it contains one.
fn packet<'a>(
    block: &'a PcapBlockOwned<'_>,
    interfaces: &mut Vec<CaptureInterface>,
    number: u64,
) -> Option<CapturedPacket<'a>> {
    let usual = |link, resolution| CaptureInterface { link, resolution };
    match block {
        PcapBlockOwned::LegacyHeader(header) => {
            let resolution = if header.is_nanosecond_precision() { NANOS } else { 1_000_000 };
            *interfaces = vec![usual(header.network, resolution)];
            None
        }
        PcapBlockOwned::Legacy(packet) => {
            let CaptureInterface { link, resolution } = *interfaces.first()?;
            let fraction = u64::from(packet.ts_usec).saturating_mul(NANOS / resolution);
            let at = Duration::from_secs(packet.ts_sec.into()).saturating_add(Duration::from_nanos(fraction));
            Some(CapturedPacket { number, at: Some(at), link, data: up_to(packet.data, packet.caplen) })
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => {
            interfaces.clear();
            None
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
            let resolution =
                interface.ts_resolution().filter(|resolution| *resolution > 0).unwrap_or(1_000_000);
            interfaces.push(usual(interface.linktype, resolution));
            None
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
            let CaptureInterface { link, resolution } = *interfaces.get(packet.if_id as usize)?;
            let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            let nanos = u128::from(units % resolution) * u128::from(NANOS) / u128::from(resolution);
            let nanos = Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
            let at = Duration::from_secs(units / resolution).saturating_add(nanos);
            Some(CapturedPacket { number, at: Some(at), link, data: up_to(packet.data, packet.caplen) })
        }
        PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
            let link = interfaces.first()?.link;
            Some(CapturedPacket { number, at: None, link, data: up_to(packet.data, packet.origlen) })
        }
        PcapBlockOwned::NG(_) => None,
    }
}

/// The octets without padding.
fn up_to(data: &[u8], length: u32) -> &[u8] {
    &data[..data.len().min(length as usize)]
}
